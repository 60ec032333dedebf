"""Recorded ticks through the law once more: the same decisions, or those of other settings.

Nothing of the home is simulated: it answers as it was recorded. With other settings this tells what
the law would have asked for at each moment of that recorded home, not how the home had gone on.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pvopt.decide.memory import Memory
from pvopt.decide.policy import TEXT, Kernels, decide
from pvopt.decide.settings import Settings
from pvopt.decide.windows import price_per_kwh
from pvopt.model import Decision, Tick, Why
from pvopt.store.days import NO_TARIFF
from pvopt.store.minutes import LONGEST_S, MINUTE_S
from pvopt.store.records import Records, Stretch

ON_W = 1.0
CLOSE_W = 1e-6  # another machine's mathematics may differ in the last digits


@dataclass
class Asked:
    """Of one load: kWh asked for, hours in which anything was, times that it began or ended,
    what the energy would cost if all of it were bought, and hours by reason."""

    kwh: float = 0.0
    on_h: float = 0.0
    switches: int = 0
    cost: float = 0.0
    hours: dict[Why, float] = field(default_factory=dict)
    on: bool | None = None

    def add(self, watts: float, why: Why, hours: float, price: float) -> None:
        on = watts > ON_W
        self.switches += self.on is not None and on != self.on
        self.on = on
        self.kwh += watts * hours / 1000.0
        self.cost += watts * hours / 1000.0 * price
        self.on_h += hours if on else 0.0
        self.hours[why] = self.hours.get(why, 0.0) + hours


class Difference(NamedTuple):
    """The first decision that was another one: of which target, what was recorded and what came
    out now (W), and why each."""

    utc_s: float
    target: str
    recorded_w: float
    now_w: float
    recorded_why: Why
    now_why: Why


class Minute(NamedTuple):
    """Means of a minute for a picture; by load the watts asked for, as recorded and now."""

    utc_s: float
    pv_w: float
    soc_pct: float
    recorded_w: tuple[float, ...]
    now_w: tuple[float, ...]


@dataclass
class Replayed:
    """``ticks`` were decided again, ``same`` of them alike; ``lost``: there is no telling what was
    remembered then; ``unlike``: hours that began with another memory than recorded."""

    ids: tuple[str, ...] = ()
    ticks: int = 0
    same: int = 0
    lost: int = 0
    unlike: int = 0
    runs: int = 0
    first: Difference | None = None
    recorded: dict[str, Asked] = field(default_factory=dict)
    now: dict[str, Asked] = field(default_factory=dict)
    minutes: list[Minute] = field(default_factory=list)


class Replay:
    """``settings`` None: as recorded. ``kernels``: of the law, as text or compiled."""

    def __init__(self, settings: Settings | None = None, kernels: Kernels = TEXT) -> None:
        self.result = Replayed()
        self._settings = settings
        self._kernels = kernels
        self._memory: Memory | None = None
        self._next = (-1, -1)  # run and number of the tick that would go on
        self._last_s: float | None = None
        self._gathered: list[tuple[Tick, Decision]] = []

    def go(
        self,
        records: Records,
        from_utc_s: float,
        to_utc_s: float,
        told: Callable[[float], bool] = lambda utc_s: True,
    ) -> Replayed:
        """Over a span of time; what was before it within its first hour is lived, not counted.
        ``told`` hears how far it is, and ends it with False."""
        for stretch in records.stretches(from_utc_s, to_utc_s):
            if not self._begin(stretch):
                self.result.lost += len(stretch.ticks)
                continue
            for tick in stretch.ticks:
                self._tick(tick, stretch.settings, from_utc_s, to_utc_s)
            self._next = (stretch.run, stretch.number + len(stretch.ticks))
            if not told(stretch.ticks[-1].snapshot.instant.utc_s):
                break
        self._minute()
        return self.result

    def _begin(self, stretch: Stretch) -> bool:
        """Take up the memory that a stretch begins with; False: nobody knows it."""
        goes_on = (stretch.run, stretch.number) == self._next and self._memory is not None
        if stretch.run != self._next[0]:
            self.result.runs += 1
        if not goes_on:
            self._memory, self._last_s = stretch.memory, None
            return stretch.memory is not None
        if stretch.memory is None:
            return True
        anew = stretch.memory.timers.last_s is None  # a tick failed: nothing was trusted any more
        if self._settings is None and not anew and not alike(self._memory, stretch.memory):
            self.result.unlike += 1
        if self._settings is None or anew:
            self._memory = stretch.memory
        return True

    def _tick(self, tick: Tick, recorded: Settings, from_utc_s: float, to_utc_s: float) -> None:
        settings = recorded if self._settings is None else self._settings
        assert self._memory is not None
        decision, self._memory = decide(tick.snapshot, self._memory, settings, self._kernels)
        instant = tick.snapshot.instant
        last_s, self._last_s = self._last_s, instant.mono_s
        if not from_utc_s <= instant.utc_s < to_utc_s:
            return
        lasted_s = 0.0 if last_s is None else instant.mono_s - last_s
        lasted_s = lasted_s if 0.0 < lasted_s <= LONGEST_S else 0.0
        self._compare(tick, decision)
        self._add(tick, decision, settings, lasted_s / 3600.0)

    def _compare(self, tick: Tick, decision: Decision) -> None:
        result = self.result
        result.ticks += 1
        if alike(decision, tick.decision):
            result.same += 1
        elif result.first is None:
            result.first = _difference(tick, decision)

    def _add(self, tick: Tick, decision: Decision, settings: Settings, hours: float) -> None:
        result, utc_s = self.result, tick.snapshot.instant.utc_s
        tariff, zone = settings.hours.tariff, settings.daylight.timezone
        price = 0.0 if tariff == NO_TARIFF else price_per_kwh(tariff, zone, utc_s)
        sides = ((tick.decision, result.recorded), (decision, result.now))
        for one, sums in sides:
            for command in one.commands:
                asked = sums.setdefault(command.target, Asked())
                asked.add(command.setpoint_w, command.reason.code, hours, price)
        if self._gathered:
            before_s = self._gathered[0][0].snapshot.instant.utc_s
            if int(before_s // MINUTE_S) != int(utc_s // MINUTE_S):
                self._minute()
        self._gathered.append((tick, decision))

    def _minute(self) -> None:
        gathered, self._gathered = self._gathered, []
        if not gathered:
            return
        result = self.result
        result.ids = tuple(dict.fromkeys((*result.recorded, *result.now)))
        first = gathered[0][0].snapshot
        site = first.site
        pv_w, soc_pct = (math.nan, math.nan)
        if site is not None:
            pv_w = math.nan if site.pv_w.value is None else site.pv_w.value
            soc_pct = math.nan if site.soc_pct.value is None else site.soc_pct.value
        recorded = _means([tick.decision for tick, _ in gathered], result.ids)
        now = _means([decision for _, decision in gathered], result.ids)
        moment = first.instant.utc_s // MINUTE_S * MINUTE_S
        result.minutes.append(Minute(moment, pv_w, soc_pct, recorded, now))


def _means(decisions: list[Decision], ids: tuple[str, ...]) -> tuple[float, ...]:
    sums = dict.fromkeys(ids, 0.0)
    for decision in decisions:
        for command in decision.commands:
            sums[command.target] += command.setpoint_w
    return tuple([sums[one] / len(decisions) for one in ids])


def _difference(tick: Tick, decision: Decision) -> Difference:
    recorded = {one.target: one for one in tick.decision.commands}
    utc_s = tick.snapshot.instant.utc_s
    for command in decision.commands:
        was = recorded.get(command.target)
        if was is not None and not alike(was, command):
            return Difference(
                utc_s,
                command.target,
                was.setpoint_w,
                command.setpoint_w,
                was.reason.code,
                command.reason.code,
            )
    before, after = tick.decision.budget_w, decision.budget_w
    return Difference(utc_s, "", before, after, Why.HOLD, Why.HOLD)


def alike(a: Any, b: Any) -> bool:
    """Whether two shapes hold the same; a NaN is like another, the last digits may differ."""
    if isinstance(a, float) or isinstance(b, float):
        if not (isinstance(a, int | float) and isinstance(b, int | float)):
            return False
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=CLOSE_W)
    if dataclasses.is_dataclass(a):
        if type(a) is not type(b):
            return False
        names = [one.name for one in dataclasses.fields(a)]
        return all(alike(getattr(a, name), getattr(b, name)) for name in names)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    return bool(a == b)
