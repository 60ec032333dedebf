"""Several loads in a closed loop around decide(), in a home of a dozen lines.

Commands are obeyed at once and shown a second later; a charger that is held back follows within
two seconds; a battery takes what it accepts, before the grid and before what is hidden.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import DriveParams, HuntParams, LimitParams, LoadSettings, Settings
from pvopt.model import (
    Decision,
    Instant,
    LimitWhy,
    LoadView,
    PvDevice,
    Reading,
    Request,
    Site,
    Snapshot,
    Why,
)
from tests.unit.decide.samples import LOAD, NOON_UTC_S, SETTINGS, site

FOLLOW_S = 2  # of a charger that is held back


def knob(name: str, most_w: float = 2000.0, **changes: Any) -> LoadSettings:
    """A heater behind a regulator."""
    drive = LOAD.drive._replace(max_w=most_w, min_w=0.02 * most_w, deadband_w=0.001 * most_w)
    plain = replace(LOAD, id=name, drive=drive, limits=LimitParams(30.0, 10.0), verify=False)
    return replace(plain, comfort=LOAD.comfort._replace(sensor=False), **changes)


def relay(
    name: str, watts: float = 1000.0, on_s: float = 60.0, off_s: float = 60.0, **changes: Any
) -> LoadSettings:
    """A load that knows all or nothing."""
    drive = DriveParams(watts, watts, True, 0.001 * watts, 30.0, 1200.0)
    plain = replace(knob(name), drive=drive, limits=LimitParams(on_s, off_s), has_knob=False)
    return replace(plain, **changes)


def steps(name: str, *watts: float) -> LoadSettings:
    """A load of several stages."""
    plain = relay(name, watts[-1])
    return replace(plain, drive=plain.drive._replace(min_w=watts[0]), steps_w=watts)


def ladder(*loads: LoadSettings) -> Settings:
    """Settings with these loads, as settings_of makes them."""
    first = [load for load in loads if load.before_battery]
    later = [load for load in loads if not load.before_battery]

    def hunt(members: list[LoadSettings]) -> HuntParams:
        knobs = [load for load in members if load.has_knob]
        lead_w = max((load.drive.max_w for load in knobs or members[:1]), default=0.0)
        return SETTINGS.hunt._replace(
            max_w=sum(load.drive.max_w for load in members),
            min_w=min((load.drive.min_w for load in members), default=0.0),
            margin_w=5.0,
            first_step_w=0.05 * lead_w,
            max_step_w=0.3 * lead_w,
            edge_step_w=0.009 * lead_w,
            retry_s=10.0,
        )

    return replace(SETTINGS, loads=loads, hunt=hunt(later), first=hunt(first) if first else None)


@dataclass
class LadderRig:
    """``sun_w``: what the panels can give, ``house_w``: what the house takes without ours, both by
    the second; ``accept_w``: what the battery takes while it can; ``feed_in``: the rest is
    exported, else it is held back."""

    rules: Settings
    sun_w: Callable[[float], float] = lambda _: 3000.0
    house_w: Callable[[float], float] = lambda _: 300.0
    accept_w: float = 50.0
    feed_in: bool = True
    real_w: dict[str, float] = field(default_factory=dict)  # of loads that draw something else
    shut: set[str] = field(default_factory=set)  # whose own thermostat is open
    now_s: float = 0.0
    asked: dict[str, float] = field(default_factory=dict)
    asks: tuple[Request, ...] = ()
    memory: Memory = Memory()
    decisions: list[Decision] = field(default_factory=list)
    drawn: list[dict[str, float]] = field(default_factory=list)
    charged_w: list[float] = field(default_factory=list)
    bought_wh: float = 0.0  # from grid and battery
    missed_wh: float = 0.0  # sun that nobody took
    _pv_w: list[float] = field(default_factory=list)

    def draws(self) -> dict[str, float]:
        """What each load draws now."""
        made = {}
        for load in self.rules.loads:
            watts = self.asked.get(load.id, 0.0)
            real_w = self.real_w.get(load.id)
            if real_w is not None and watts > 1.0:
                watts = real_w
            made[load.id] = 0.0 if watts <= 1.0 or load.id in self.shut else watts
        return made

    def live(self) -> Site:
        """One second of the home, and what its meters say of it."""
        now_s, own_w = self.now_s, sum(self.draws().values())
        sun_w, house_w = self.sun_w(now_s), self.house_w(now_s)
        wanted_w = house_w + own_w + self.accept_w
        self._pv_w.append(wanted_w)
        asked_w = self._pv_w[max(0, len(self._pv_w) - 1 - FOLLOW_S)]
        pv_w = sun_w if self.feed_in else min(sun_w, asked_w)
        over_w = pv_w - house_w - own_w
        battery_w = min(self.accept_w, over_w)
        export_w = over_w - battery_w
        self.charged_w.append(battery_w)
        self.drawn.append(self.draws())
        self.bought_wh += max(0.0, -battery_w) / 3600.0
        room_w = sum(load.drive.max_w for load in self.rules.loads) - own_w
        self.missed_wh += min(room_w, max(0.0, sun_w - wanted_w)) / 3600.0
        held = not self.feed_in and pv_w < sun_w - 1.0
        charger = PvDevice(
            "charger",
            Reading(round(pv_w), now_s, "test"),
            held,
            LimitWhy.BATTERY_FULL if held else LimitWhy.NONE,
        )
        return site(
            now_s,
            grid_w=Reading(round(-export_w), now_s, "test"),
            pv_w=Reading(round(pv_w), now_s, "test"),
            load_w=Reading(round(house_w + own_w), now_s, "test"),
            battery_w=Reading(round(battery_w), now_s, "test"),
            pv=(charger,),
        )

    def snapshot(self, views: tuple[LoadView, ...]) -> Snapshot:
        instant = Instant(self.now_s, NOON_UTC_S + self.now_s)
        return Snapshot(instant, self.live(), views, requests=self.asks)

    def _expected_w(self, name: str) -> float:
        watts = self.asked.get(name, 0.0)
        return watts if watts > 1.0 else 0.0

    def tick(self) -> Decision:
        views = tuple(
            LoadView(
                load.id,
                asked_w=self.asked.get(load.id, 0.0),
                expected_w=self.asked.get(load.id, 0.0)
                if self.asked.get(load.id, 0.0) > 1.0
                else 0.0,
                closed=self.asked.get(load.id, 0.0) > 0.0,
            )
            for load in self.rules.loads
        )
        snapshot = self.snapshot(views)
        self.asks = ()
        decision, self.memory = decide(snapshot, self.memory, self.rules)
        self.decisions.append(decision)
        self.asked = {c.target: 0.0 if c.urgent else c.setpoint_w for c in decision.commands}
        self.now_s += 1.0
        return decision

    def run(self, seconds: int) -> dict[str, float]:
        """What is asked of each load at the end."""
        for _ in range(seconds):
            self.tick()
        return self.asked

    def why(self, name: str) -> Why:
        rank = [load.id for load in self.rules.loads].index(name)
        return self.decisions[-1].commands[rank].reason.code

    def on(self, name: str) -> list[bool]:
        """Whether its contact was closed, by the second."""
        rank = [load.id for load in self.rules.loads].index(name)
        return [d.commands[rank].setpoint_w > 0.0 for d in self.decisions]


def clouds(high_w: float, low_w: float, period_s: float) -> Callable[[float], float]:
    """Sun that goes and comes, each way within ten seconds."""

    def at(now_s: float) -> float:
        wave = math.sin(2.0 * math.pi * now_s / period_s)
        share = min(1.0, max(0.0, 0.5 + wave * period_s / 60.0))
        return low_w + share * (high_w - low_w)

    return at


def steady(watts: float) -> Callable[[float], float]:
    """Always the same."""
    return lambda now_s: watts
