"""What is allowed of storages and still worth a second look."""

from __future__ import annotations

from collections.abc import Iterator

from pvopt.config.schema import Config
from pvopt.config.storage_wire import adjusts

# It gives nothing below about 80 W, as its users tell, and takes nine tenths of what it is told.
B2500_FLOOR_W = 90.0


def of_storages(config: Config) -> Iterator[str]:
    """``key path: words``."""
    for one in config.storages:
        where = f"storages[{one.id}]"
        if one.preset == "b2500" and one.floor_w < B2500_FLOOR_W:
            yield (
                f"{where}.floor_w: a B2500 that is told less than about "
                f"{B2500_FLOOR_W:.0f} W gives nothing; so they take turns where less is needed"
            )
        if adjusts(one) and one.max_charge_w > 0.0:
            yield (
                f"{where}.output: whoever takes adjustments and can charge is told to hold when "
                "pvopt ends; it then goes on with what it gave or took last"
            )
        if adjusts(one) and one.meter.allowed_age_s > 2.0 * config.split.meter_silent_s:
            yield (
                f"{where}.meter.allowed_age_s: an adjustment is added to watts that may be "
                f"{one.meter.allowed_age_s:g} s old: it will overshoot"
            )
