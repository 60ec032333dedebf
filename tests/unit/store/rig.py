"""A store fed by hand: a plain home, a tick a second."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import Settings
from pvopt.model import Instant, Outcome, Snapshot, Tick
from pvopt.store import shapes
from pvopt.store.items import Limits
from pvopt.store.writer import Store
from tests.unit.decide.samples import NOON_UTC_S, SETTINGS, snapshot

# The hour begins here: 12:00 UTC of a June day.
HOUR_UTC_S = NOON_UTC_S - NOON_UTC_S % 3600.0


def plain(one: object) -> object:
    """All that a shape holds, so that equal bits are equal: a NaN is like another, -0.0 is not 0.0,
    and 40 is 40.0 where a number may have a point."""
    kind: Any = type(one)
    fields = shapes.fields_of(kind)
    if fields is not None:
        return tuple(plain(getattr(one, field.name)) for field in fields)
    if isinstance(one, tuple):
        return tuple(map(plain, one))
    number = isinstance(one, int | float) and not isinstance(one, bool)
    return repr(float(one)) if number else one  # type: ignore[arg-type]


@dataclass
class HandClock:
    mono_s: float = 0.0

    def now(self) -> Instant:
        return Instant(self.mono_s, HOUR_UTC_S + self.mono_s)

    def wait_until(self, mono_s: float) -> None:
        self.mono_s = mono_s


@dataclass
class Home:
    """Lives tick by tick and has each recorded. ``utc_s``: of the next tick."""

    path: Path
    limits: Limits = Limits(batch_s=60.0)
    settings: Settings = SETTINGS
    utc_s: float = HOUR_UTC_S
    mono_s: float = 1000.0
    utc_ok: bool = True
    decides: bool = True  # False: the first decision is repeated, which takes less time
    ticks: list[Tick] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = Memory()
        self.clock = HandClock()
        self.outcomes: tuple[Outcome, ...] = ()
        self.store = Store(self.path, self.settings, lambda: self.memory, self.clock, self.limits)
        self.store.begin(self.memory)

    @property
    def texts(self) -> list[object]:
        """What was recorded, for comparing."""
        return list(map(plain, self.ticks))

    def live(self, count: int, step_s: float = 1.0, look: bool = True) -> None:
        for k in range(count):
            self.tick(step_s)
            if look and k % 50 == 0:
                self.store.look()
        if look:
            self.store.look()

    def tick(self, step_s: float = 1.0, seen: Snapshot | None = None) -> None:
        """One tick; the heater does at once what it is told."""
        now = snapshot(self.mono_s) if seen is None else seen
        instant = Instant(self.mono_s, self.utc_s, self.utc_ok)
        views = tuple(
            replace(view, expected_w=one.expected_w, asked_w=one.asked_w, closed=one.closed)
            for view, one in zip(now.loads, self.outcomes, strict=False)
        )
        now = replace(now, instant=instant, loads=views or now.loads)
        if self.decides or not self.ticks:
            decision, self.memory = decide(now, self.memory, self.settings)
        else:
            decision = replace(self.ticks[-1].decision, instant=instant)
        self.outcomes = tuple(
            Outcome(
                one.target, one.setpoint_w, expected_w=one.setpoint_w, closed=one.setpoint_w > 0.0
            )
            for one in decision.commands
        )
        tick = Tick(now, decision, self.outcomes)
        self.ticks.append(tick)
        self.store.record(tick)
        self.mono_s += step_s
        self.utc_s += step_s
        self.clock.mono_s += step_s
