"""What a demo adds to any inputs of the home: grid outages and the battery's temperature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pvopt.config.service import Demo
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.refine import around
from pvopt.simulator.refine_load import load_seconds
from pvopt.simulator.shapes import HomeInputs

DAY_S = 86_400.0


class Outages(NamedTuple):
    """When the grid is down: stretches of Unix time, and stretches of every local day (s)."""

    once: tuple[tuple[float, float], ...] = ()
    daily: tuple[tuple[float, float], ...] = ()

    def down(self, utc_s: float, day_s: float) -> bool:
        """Starts belong to an outage, ends do not. A daily one may pass midnight."""
        for start_s, end_s in self.once:
            if start_s <= utc_s < end_s:
                return True
        for start_s, end_s in self.daily:
            if start_s <= day_s < end_s or (end_s < start_s and not end_s <= day_s < start_s):
                return True
        return False


def outages_of(demo: Demo, timezone: str) -> Outages:
    """The demo's outages; 13:00 to 13:20 of every day is 46800 to 48000 s."""
    once, daily = [], []
    for start, end in demo.outages:
        if len(start) <= len("13:00"):
            daily.append((60.0 * minute_of(start), 60.0 * minute_of(end)))
        else:
            once.append((utc_of(start, timezone), utc_of(end, timezone)))
    return Outages(tuple(once), tuple(daily))


def utc_of(text: str, timezone: str) -> float:
    """Unix time of a local ``2026-06-21 11:00``."""
    local = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(timezone))
    return local.timestamp()


def minute_of(text: str) -> int:
    """Minute of the day of ``13:20``: 800."""
    return 60 * int(text[:2]) + int(text[3:])


class Surroundings:
    """``inputs_at`` with the demo's outages and battery temperature laid over it."""

    def __init__(
        self,
        inputs_at: Callable[[float], HomeInputs],
        outages: Outages,
        battery_c: float,
        local_offset_s: float,
    ) -> None:
        self._inputs_at = inputs_at
        self._outages = outages
        self._battery_c = battery_c
        self._offset_s = local_offset_s

    def __call__(self, utc_s: float) -> HomeInputs:
        down = self._outages.down(utc_s, (utc_s + self._offset_s) % DAY_S)
        inputs = self._inputs_at(utc_s)
        return inputs._replace(grid_up=inputs.grid_up and not down, battery_c=self._battery_c)


class LoadOver:
    """``inputs_at`` with a measured load of the house in place of its own, all of it on L1.

    Refined to seconds, with the mean of each row kept.
    """

    def __init__(
        self, inputs_at: Callable[[float], HomeInputs], load: Measured, seed: int = 1
    ) -> None:
        self._inputs_at = inputs_at
        self._load = load
        self._seed = seed
        self._row = -1
        self._block: list[float] = []

    def __call__(self, utc_s: float) -> HomeInputs:
        load = self._load
        into_s = min(max(0.0, utc_s - load.start_utc_s), len(load) * load.step_s - 1.0)
        row = int(into_s // load.step_s)
        if row != self._row:
            rows, first_s = around(load.load_w, row), load.start_utc_s + row * load.step_s
            self._block = load_seconds(rows, first_s, int(load.step_s), self._seed)
            self._row = row
        watts = self._block[int(into_s - row * load.step_s)]
        return self._inputs_at(utc_s)._replace(load_l1_w=watts, load_l2_w=0.0, load_l3_w=0.0)
