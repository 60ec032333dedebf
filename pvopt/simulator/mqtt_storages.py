"""The storages of a simulated home behind a broker: what they say, and what they make of a number.

A B2500 with an ESP32 beside it and a program that stands in for its meter, as those publish and
read: watts and percent as whole numbers every five seconds, ``smartmeter/connected`` when it
changes, kept by the broker; whatever number stood on its topic last is what its meter shows. Any
other storage says and understands what its owner wrote down.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from pvopt.config.json_path import Path, parse_path
from pvopt.config.storages import MqttStorage
from pvopt.simulator.mqtt_meters import Publication, json_of
from pvopt.simulator.storage_unit import (
    AWAKE_W,
    B2500,
    StorageParams,
    StorageState,
    storage_step,
)

B2500_SAYS_S = 5.0
SAYS_S = 2.0
FULLEST_PCT, APART_PCT = 85.0, 6.0  # at the start each is emptier than the one before
PEAK_W = 600.0  # of the panels that hang on a B2500 itself
NUMBER = re.compile(rb"\s*([-+]?\d+(\.\d+)?)\s*", re.ASCII)
# A storage with an inverter of its own, of no known make.
PLAIN = StorageParams(delay_s=2.0, ramp_w_s=200.0, capacity_wh=5000.0)

Take = Callable[[bytes], float | None]


class StorageUnit:
    """One storage. ``told_w``: the number that it heard last, in the sign of ``power_w`` (+
    charging), NaN: none yet. ``parked_s``: for so long it gave and took nothing."""

    def __init__(self, name: str, params: StorageParams, soc_pct: float, peak_w: float) -> None:
        self.name, self.params, self.peak_w = name, params, peak_w
        self.state = StorageState(soc_pct=soc_pct)
        self.told_w = math.nan
        self.alive = True  # it can be reached
        self.solar_wh = 0.0
        self.parked_s = 0.0
        self.passed_s = 0.0

    @property
    def power_w(self) -> float:
        """+ charging, - discharging."""
        return self.state.power_w

    def passed(self, sun_share: float, dt_s: float) -> None:
        """``dt_s`` seconds have passed; its panels gave ``sun_share`` (0 to 1) of their peak."""
        solar_w = self.peak_w * sun_share
        self.state = storage_step(self.params, self.state, self.told_w, dt_s, solar_w)
        self.solar_wh += solar_w * dt_s / 3600.0
        self.parked_s += dt_s if abs(self.power_w) < AWAKE_W else 0.0
        self.passed_s += dt_s


class StorageDevice:
    """A unit behind the broker. ``topic``: where it listens; ``there``: what it says at changes."""

    def __init__(
        self,
        unit: StorageUnit,
        topic: str,
        take: Take,
        reports: tuple[Publication, ...],
        there: tuple[str, Callable[[bool], bytes]] | None = None,
    ) -> None:
        self.unit, self.topic, self.reports = unit, topic, reports
        self.obeyed = 0
        self._take = take
        self._there = there
        self._told: bool | None = None
        self.silent = False

    @property
    def mute(self) -> bool:
        """Nothing is heard of it: what speaks for it is dead (``silent``), or it is away."""
        return self.silent or not self.unit.alive

    def hear(self, payload: bytes) -> bool:
        """A message on its topic; whether it was understood."""
        watts = self._take(payload)
        if watts is None:
            return False
        self.unit.told_w = watts
        self.obeyed += 1
        return True

    def changes(self) -> tuple[tuple[str, bytes], ...]:
        """What has to be said since the last time, for the broker to keep."""
        alive = self.unit.alive
        if self._there is None or alive == self._told:
            return ()
        self._told = alive
        return ((self._there[0], self._there[1](alive)),)


def device_of(storage: MqttStorage, rank: int) -> StorageDevice:
    """The device of a storage of the configuration. ``rank``: its place, from 0."""
    soc_pct = max(20.0, FULLEST_PCT - APART_PCT * rank)
    known = storage.preset == "b2500"
    unit = StorageUnit(storage.id, params_of(storage), soc_pct, PEAK_W if known else 0.0)
    return (_b2500 if known else _own)(storage, unit)


def params_of(storage: MqttStorage) -> StorageParams:
    """What it really can, whatever its owner believes of its floor."""
    if storage.preset == "b2500":
        return B2500
    return PLAIN._replace(
        max_discharge_w=storage.max_discharge_w,
        max_charge_w=storage.max_charge_w,
        floor_w=storage.floor_w,
        charge_floor_w=storage.min_charge_w,
        efficiency=storage.efficiency,
        adjusts=storage.output.send == "adjustment",
    )


def _b2500(storage: MqttStorage, unit: StorageUnit) -> StorageDevice:
    number = storage.device
    base = f"b2500/{number}"

    def watts() -> bytes:
        return b"%d" % max(0, round(-unit.power_w))

    def percent() -> bytes:
        return b"%d" % round(unit.state.soc_pct)

    return StorageDevice(
        unit,
        storage.output.topic or f"sma/net_power/{number}",
        meter_reading,
        (
            Publication(storage.meter.topic or f"{base}/power/power", B2500_SAYS_S, watts),
            Publication(
                storage.soc.topic or f"{base}/battery/remaining_percent", B2500_SAYS_S, percent
            ),
        ),
        (
            storage.connected.topic or f"{base}/smartmeter/connected",
            lambda alive: b"ON" if alive else b"OFF",
        ),
    )


def meter_reading(payload: bytes) -> float | None:
    """A number that stands for a meter's: + drawn from the grid, so that much more is to be
    given. ``50`` is -50 W here (+ charging)."""
    found = NUMBER.fullmatch(payload)
    return None if found is None else -float(found[1])


def _own(storage: MqttStorage, unit: StorageUnit) -> StorageDevice:
    output, meter, soc, there = storage.output, storage.meter, storage.soc, storage.connected
    kilo = 1000.0 if meter.unit == "kW" else 1.0
    sign = -1.0 if meter.positive == "discharging" else 1.0
    said: dict[str, dict[Path, Callable[[], Any]]] = {}

    def says(topic: str, way: str | None, read: Callable[[], Any]) -> None:
        said.setdefault(topic, {})[parse_path(way or "")] = read

    says(meter.topic, meter.json, lambda: sign * unit.power_w / (kilo * meter.scale))
    says(soc.topic, soc.json, lambda: unit.state.soc_pct / soc.scale)
    kept = None
    if there.topic and there.json:
        says(there.topic, there.json, lambda: _word(there.on, unit.alive))
    elif there.topic:
        kept = (there.topic, lambda alive: str(_word(there.on, alive)).lower().encode())
    reports = tuple(
        Publication(topic, SAYS_S, partial(_payload, found)) for topic, found in said.items()
    )
    take = partial(
        templated, template=output.payload, way=1.0 if output.positive == "charging" else -1.0
    )
    return StorageDevice(unit, output.topic, take, reports, kept)


def _word(on: str, alive: bool) -> bool | str:
    """What means that it is there, or not."""
    if on.lower() == "true":
        return alive
    return on if alive else "no"


def _payload(said: dict[Path, Callable[[], Any]]) -> bytes:
    alone = said.get(())
    return f"{alone():.1f}".encode() if alone else json_of({w: read() for w, read in said.items()})


def templated(payload: bytes, template: str, way: float) -> float | None:
    """``{"watts": {watts}}`` with ``{"watts": -50}`` is -50 W, in our sign by ``way``."""
    before, _, after = template.partition("{watts}")
    text = payload.decode("utf-8", "replace")
    if not (text.startswith(before) and text.endswith(after)):
        return None
    found = NUMBER.fullmatch(text[len(before) : len(text) - len(after)].encode())
    return None if found is None else way * float(found[1])
