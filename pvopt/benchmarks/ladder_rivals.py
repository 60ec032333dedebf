"""The all-knowing ladder and the rivals' laws on the six loads.

A rival's owner has a regulator of electronics alone for what is variable, no contact, and gets
exactly the watts that are asked. The floor heating is three constant loads to him, and the loads
with meters of their own tell what they draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from pvopt.benchmarks.ladder_best import best_shares
from pvopt.benchmarks.ladder_loads import Kind, Member, real_w
from pvopt.benchmarks.ladder_plant import Asked, LadderHome
from pvopt.simulator.baselines.ladders import (
    CONSTANT,
    UNKNOWN,
    VARIABLE,
    LadderState,
    Rung,
    fresh,
    s0_ladder,
    s1_ladder,
)
from pvopt.simulator.baselines.types import Sees

S0, S1 = "s0", "s1"
Step = Callable[[Sequence[Rung], LadderState, Sees, Sequence[float], float], LadderState]
_STEPS: dict[str, Step] = {S0: s0_ladder, S1: s1_ladder}


class Law(Protocol):
    def tick(self, home: LadderHome) -> list[Asked]:
        """What the outputs let through in the coming second."""


class AllKnowing:
    """Each second all that the panels could give beyond house and battery. ``headroom_w``: of the
    inverter, left free as the configuration says."""

    def __init__(self, headroom_w: float) -> None:
        self._headroom_w = headroom_w

    def tick(self, home: LadderHome) -> list[Asked]:
        real = home.most_w()
        shares = best_shares(home.members, real, home.spare_w(self._headroom_w))
        return [
            Asked(watts > 0.0 or not member.switched, watts / most_w if most_w > 0.0 else 0.0)
            for member, watts, most_w in zip(home.members, shares, real, strict=True)
        ]


def rungs(members: Sequence[Member]) -> tuple[tuple[int, Rung], ...]:
    """(place of the load, rung), by rank: a load of several levels is several constant ones."""
    made: list[tuple[int, Rung]] = []
    for place, member in enumerate(members):
        if member.kind == Kind.CONTINUOUS:
            made.append((place, Rung(VARIABLE, member.max_w)))
        elif member.kind == Kind.UNKNOWN:
            made.append((place, Rung(UNKNOWN, member.max_w)))
        else:
            below_w = 0.0
            for level_w in member.levels_w:
                made.append((place, Rung(CONSTANT, level_w - below_w)))
                below_w = level_w
    return tuple(made)


class Rival:
    """S0's or S1's law. Any of a floor heating's stages may be on, they are alike."""

    def __init__(self, name: str, members: Sequence[Member]) -> None:
        self._step = _STEPS[name]
        self._places = [place for place, _ in rungs(members)]
        self._rungs = [rung for _, rung in rungs(members)]
        self._state: LadderState = fresh(self._rungs)
        self._last = -1

    def tick(self, home: LadderHome) -> list[Asked]:
        dt_s = float(home.tick - self._last)
        self._last = home.tick
        own_w = [
            home.drawn_before_w[place] if home.members[place].metered else math.nan
            for place in self._places
        ]
        self._state = self._step(self._rungs, self._state, _sees(home), own_w, dt_s)
        watts = [0.0] * len(home.members)
        for place, asked_w in zip(self._places, self._state.watts, strict=True):
            watts[place] += asked_w
        return [
            _asked(member, asked_w, home.tick)
            for member, asked_w in zip(home.members, watts, strict=True)
        ]


def _sees(home: LadderHome) -> Sees:
    meters = home.meters_before
    return Sees(
        grid_w=float(sum(meters.grid_w)),
        battery_w=float(meters.battery_w) if meters.battery else math.nan,
        day_s=home.local_s,
    )


def _asked(member: Member, watts: float, tick: int) -> Asked:
    if member.kind == Kind.CONTINUOUS:
        return Asked(True, watts / member.max_w)
    if member.kind == Kind.UNKNOWN:
        return Asked(watts > 0.0, 1.0 if watts > 0.0 else 0.0)
    return Asked(watts > 0.0, watts / real_w(member, tick))
