"""From the configuration to what decide may see of storages and their shares."""

from __future__ import annotations

from pvopt.config.schema import Config
from pvopt.config.storage_wire import adjusts
from pvopt.config.storages import MqttStorage
from pvopt.decide.settings import SplitSettings, StorageSettings


def split_of(config: Config) -> SplitSettings:
    """All storages, in their order."""
    split = config.split
    return SplitSettings(
        storages=tuple(_storage(one) for one in config.storages),
        threshold_pct=split.threshold_pct,
        rate=split.rate,
        setpoint_w=split.target_w,
        rotation_s=split.rotation_s,
        meter_silent_s=split.meter_silent_s,
        assume=split.before_data == "assume",
        assumed_soc_pct=split.assumed_soc_pct,
        assumed_w=split.assumed_w,
        charge_first=split.charge_first,
    )


def _storage(one: MqttStorage) -> StorageSettings:
    return StorageSettings(
        id=one.id,
        max_discharge_w=one.max_discharge_w,
        min_discharge_w=one.min_discharge_w,
        boost_w=one.boost_w,
        floor_w=one.floor_w,
        max_charge_w=one.max_charge_w,
        min_charge_w=one.min_charge_w,
        efficiency=one.efficiency,
        adjusts=adjusts(one),
    )
