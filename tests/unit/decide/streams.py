"""Streams of snapshots as a heater's home gives them, seeded: ordinary stretches and troubles.

Each stretch of some seconds has one kind of sun and at most a few troubles: old samples, alarms,
islands, numbers that are missing or mad, a silent sensor, an output that fails, a stuck meter, a
clock that jumps. What was commanded comes back as load and as the load's view.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

from pvopt.model import (
    MISSING,
    Alarm,
    EssState,
    FeedIn,
    Forecast,
    ForecastPoint,
    Instant,
    Limits,
    LimitWhy,
    LoadView,
    PvDevice,
    Reading,
    Site,
    Snapshot,
)
from tests.unit.decide import samples

MAD = (math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0, -1e-300)
READINGS = (
    "grid_w",
    "pv_w",
    "load_w",
    "battery_w",
    "battery_v",
    "soc_pct",
    "inverter_out_w",
    "frequency_hz",
    "grid_setpoint_w",
)
TROUBLES = (
    *("none",) * 8,
    "hole",
    "mad",
    "stuck",
    "old",
    "ahead",
    "alarm",
    "island",
    "no site",
    "generator",
    "state",
    "hot",
    "silent sensor",
    "mad sensor",
    "fault",
    "full inverter",
    "other source",
    "phases",
    "welded",
    "idle",
    "clock",
    "dark",
    "unknown limits",
    "slow",
)
# These show only after a while.
LASTING = ("stuck", "welded", "idle", "hot")


@dataclass
class Stream:
    """``commands`` are the loads' set-points of the last tick, by name."""

    seed: int
    names: tuple[str, ...] = ("boiler",)
    now_s: float = 1000.0
    utc_s: float = samples.NOON_UTC_S
    temperature_c: float = 65.0
    commands: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.left = 0
        self.site: Site | None = None
        self.house_w = 350.0
        self._stretch()

    def _stretch(self) -> None:
        dice = self.dice
        self.surplus_w = dice.uniform(-500.0, 3500.0)
        self.hidden = dice.random() < 0.6
        self.trouble = dice.choice(TROUBLES)
        self.left = dice.choice([3, 30, 90]) if self.trouble not in LASTING else 150
        self.hole = dice.choice(READINGS)
        self.strange = dice.choice(MAD)
        self.metered = dice.random() < 0.3
        self.sensor = dice.random() < 0.9
        self.forecast = None
        if dice.random() < 0.5:
            watts = dice.choice([0.0, 900.0, 3000.0, math.nan])
            points = (ForecastPoint(0.0, watts), ForecastPoint(1e12, 5.0))
            self.forecast = Forecast("f", 0.0, "t", points)

    def next(self) -> Snapshot:
        """The next tick's snapshot; set ``commands`` after it."""
        self.left -= 1
        if self.left < 0:
            self._stretch()
        dice = self.dice
        step_s = 1.0 if dice.random() < 0.97 else dice.choice([0.0, 2.0, 30.0, 500.0])
        if self.trouble == "clock" and dice.random() < 0.1:
            step_s = dice.choice([-3000.0, 1e5])
        self.now_s += step_s
        self.utc_s += step_s
        if dice.random() < 0.01:
            self.house_w = dice.choice([200.0, 350.0, 2300.0, 1200.0])
        own_w = sum(self._drawn_w(name) for name in self.names)
        self._sample(own_w)
        night_s = 43_200.0 if self.trouble == "dark" else 0.0
        instant = Instant(self.now_s, self.utc_s + night_s, dice.random() < 0.95)
        views = tuple(self._view(name) for name in self.names)
        return Snapshot(instant, self.site, views, forecast=self.forecast)

    def _drawn_w(self, name: str) -> float:
        watts = self.commands.get(name, 0.0)
        if self.trouble == "welded":
            return samples.HEATER_W
        return 0.0 if watts <= 1.0 or self.trouble == "idle" else watts

    def _sample(self, own_w: float) -> None:
        kept = {"stuck": True, "old": True}.get(self.trouble, False)
        if self.trouble == "slow":
            kept = self.dice.random() < 0.8
        if not kept or self.site is None:
            self.site = self._home(own_w)
        elif self.trouble == "stuck":
            self.site = replace(self.site, at_s=self.now_s)

    def _home(self, own_w: float) -> Site | None:
        """The sample of now, with its trouble."""
        if self.trouble == "no site" and self.dice.random() < 0.5:
            return None
        flutter_w = self.dice.randint(-4, 4)
        spare_w = self.surplus_w - own_w + flutter_w
        export_w = min(0.0, spare_w) if self.hidden else spare_w
        pv_w = max(0.0, self.house_w + own_w + 60.0 + export_w)
        plain = samples.site(
            self.now_s,
            grid_w=self._reading(-export_w),
            pv_w=self._reading(pv_w),
            load_w=self._reading(self.house_w + own_w),
            battery_w=self._reading(60.0 + flutter_w),
            inverter_out_w=self._reading(self.house_w + own_w + max(0.0, export_w)),
            pv=(samples.charger(self.hidden and spare_w > 0.0),),
        )
        return replace(plain, **self._changes())

    def _reading(self, number: float) -> Reading:
        return Reading(number, self.now_s, "stream")

    def _changes(self) -> dict[str, Any]:
        """What the trouble changes of a home that is well."""
        dice, low = self.dice, {"soc_pct": self._reading(self.dice.choice([5.0, 19.0, 96.0]))}
        off_grid = {"grid_up": False, "grid_w": MISSING, "ess_state": EssState.ISLAND}
        l1, l2 = self._reading(-self.surplus_w), self._reading(400.0)
        silent = PvDevice("p", self._reading(800.0), None, LimitWhy.NONE)
        rating = samples.charger(True, LimitWhy.OWN_RATING)
        changes: dict[str, dict[str, Any]] = {
            "hole": {self.hole: MISSING},
            "mad": {self.hole: self._reading(self.strange)},
            "ahead": {"at_s": self.now_s + dice.choice([0.9, 1.1, 50.0])},
            "alarm": {"alarms": (dice.choice(list(Alarm)),)},
            "island": off_grid | {"frequency_hz": self._reading(dice.choice([50.0, 51.0, 60.5]))},
            "generator": {"generator": True, "grid_up": False},
            "state": {"ess_state": dice.choice(list(EssState))} | low,
            "full inverter": {"limits": Limits(inverter_w=dice.choice([0.0, 2500.0, math.nan]))},
            "other source": {"at_s": self.now_s - dice.choice([0.0, 1.5, 5.0])},
            "phases": {
                "grid_phase_w": (l1, l2, MISSING if dice.random() < 0.3 else l1),
                "summed_metering": dice.choice([None, False, False, True]),
                "grid_setpoint_w": self._reading(50.0),
            },
            "unknown limits": {
                "pv": dice.choice([(silent,), (rating,), (silent, rating), ()]),
                "feed_in": FeedIn(dc_allowed=dice.choice([None, True, False])),
                "soc_pct": self._reading(97.0),
            },
        }
        return changes.get(self.trouble, {})

    def _view(self, name: str) -> LoadView:
        asked_w = self.commands.get(name, 0.0)
        self.temperature_c += 0.1 if self.trouble == "hot" else -0.05
        self.temperature_c = max(65.0, self.temperature_c)
        seen_c = {"mad sensor": self.dice.choice([0.0, 200.0, 20.0, math.nan])}
        degrees = seen_c.get(self.trouble, self.temperature_c)
        there = self.sensor and self.trouble != "silent sensor"
        actual = self._reading(self._drawn_w(name)) if self.metered else MISSING
        mad = self.trouble == "mad" and self.dice.random() < 0.1
        return LoadView(
            name,
            asked_w,
            expected_w=self.strange if mad else (0.0 if asked_w <= 1.0 else asked_w),
            closed=asked_w > 0.0,
            actual_w=actual,
            temperature_c=self._reading(degrees) if there else MISSING,
            fault="lost" if self.trouble == "fault" else "",
        )
