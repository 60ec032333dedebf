"""The compiled engine: one text at two speeds, with the same results to the last bit."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from pvopt.decide.hunt import HuntMeters, HuntState, hunt_step
from pvopt.decide.settings import HuntParams
from pvopt.simulator.compiled import compile_kernel

STEPS = 2000


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, in every field, and of the same shapes."""
    if isinstance(one, tuple):
        alike = type(one) is type(other) and len(one) == len(other)
        return alike and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return bool(one == other)


class Chance:
    """Seeded numbers in which the edges of the laws are frequent."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def watts(self, most: float = 3000.0) -> float:
        kind = self.random.random()
        if kind < 0.05:
            return math.nan
        if kind < 0.2:
            return 0.0
        if kind < 0.5:
            return float(round(self.random.uniform(-most, most) / 200.0) * 200)
        return self.random.uniform(-most, most)

    def yes(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def of(self, *these: float) -> float:
        return self.random.choice(these)

    def near(self, low: float, high: float) -> float:
        return self.random.uniform(low, high)


def hunt_meters(chance: Chance) -> tuple[Any, ...]:
    return HuntMeters(
        grid_w=chance.near(-300.0, 300.0) if chance.yes(0.8) else chance.watts(),
        pv_w=chance.near(0.0, 4000.0),
        load_w=chance.near(0.0, 3000.0),
        battery_w=chance.watts(400.0),
        own_w=chance.near(0.0, 2000.0),
        limited=chance.of(0.0, 1.0, 1.0, 1.0, math.nan),
        age_s=chance.of(0.0, 1.0, 60.0),
        fresh=chance.yes(0.8),
        ceiling_w=chance.of(math.nan, 5000.0, 1000.0),
        promise_w=chance.of(math.nan, 500.0, 5000.0),
        short_w=chance.of(-math.inf, 10.0, 500.0),
        waiting=chance.yes(0.1),
    )


HUNT = HuntParams(2000.0, 0.0, 20.0, 30.0, 100.0, 800.0, 50.0, 400.0, 400.0, 3.0, 30.0, 6.0, 20.0)


def run(
    kernel: Callable[..., Any], state: Any, feed: Callable[[Any], tuple[Any, ...]], dt_s: float
) -> None:
    """The interpreted text and the compiled one over the same stream, state by state."""
    fast = compile_kernel(kernel)
    kinds = set()
    for _ in range(STEPS):
        arguments = feed(state)
        slow = kernel(*arguments, dt_s)
        assert same(slow, fast(*arguments, dt_s)), arguments
        found = slow if isinstance(slow, type(state)) else slow[0]
        kinds.add(slow[2] if hasattr(slow, "why") else found[0])
        state = found
    assert len(kinds) > 1, "the stream never left its first state"


def test_hunt() -> None:
    chance = Chance(1)
    run(hunt_step, HuntState(), lambda state: (HUNT, state, hunt_meters(chance)), 1.0)
