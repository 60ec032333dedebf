"""Law and plant at two speeds: streams of random meters through text and machine code.

Each stream goes on from the state that it has reached, so that the laws come into all their
moods; states, results and reason codes must be equal to the last bit. The first run on a machine
takes half a minute, for it compiles them; later ones find them in the user's cache.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_type_hints

import pytest

from pvopt.decide.comfort import ComfortState, comfort_step
from pvopt.decide.drive import DriveState, drive_step
from pvopt.decide.effect_state import EffectMeters, EffectState
from pvopt.decide.effects import effect_step
from pvopt.decide.frozen import FrozenMeters, FrozenState, frozen_step
from pvopt.decide.hunt import HuntMeters, HuntState, hunt_step
from pvopt.decide.limits import LimitState, limits_step
from pvopt.decide.settings import ComfortParams, LimitParams
from pvopt.decide.unrest import Unrest, unrest_step
from pvopt.simulator.account import Totals, account_step, beside_step
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeControls, HomeInputs, HomeParams, HomeState, home_step
from tests.unit.decide.samples import HUNT, LOAD

pytestmark = pytest.mark.slow

STEPS = 2000


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, in every field, and of the same shapes."""
    if isinstance(one, tuple):
        alike = type(one) is type(other) and len(one) == len(other)
        return alike and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return bool(one == other)


class Chance(random.Random):
    """Seeded meters: they stay, drift and jump, round numbers and missing ones are frequent."""

    def next_of(self, shape: Any, before: Any, **most: float) -> Any:
        """A shape whose numbers follow on ``before``'s; ``most``: how large a field may be."""
        hints = get_type_hints(shape)
        return shape(
            *(
                self.next_one(hints[name], getattr(before, name, None), most.get(name, 3000.0))
                for name in shape._fields
            )
        )

    def next_one(self, kind: type, before: Any, most: float) -> Any:
        if kind is bool:
            return self.random() < 0.7
        if kind is int:
            return self.choice((0, 1, 2))
        dice = self.random()
        if isinstance(before, float) and not math.isnan(before) and dice < 0.7:
            return before + self.choice((0.0, self.gauss(0.0, 0.01 * most)))
        if dice < 0.75:
            return math.nan
        return self.choice((0.0, 0.1 * most, most, self.uniform(-0.2 * most, most)))


class Stream(NamedTuple):
    """A kernel, its first state, what feeds it, and what must come out in so many kinds."""

    kernel: Callable[..., Any]
    start: Any
    place: int  # of the state among the arguments
    feed: Callable[[Chance], Iterator[tuple[Any, ...]]]
    mood: Callable[[Any], Any]
    moods: int


def hunting(chance: Chance) -> Iterator[tuple[Any, ...]]:
    meters = None
    while True:
        most = {"limited": 1.0, "age_s": 60.0, "battery_w": 300.0, "grid_w": 200.0, "own_w": 1000.0}
        meters = chance.next_of(HuntMeters, meters, **most)
        meters = meters._replace(limited=chance.choice((0.0, 1.0, 1.0, math.nan)))
        yield (HUNT, meters, 1.0)


def effects(chance: Chance) -> Iterator[tuple[Any, ...]]:
    """A heater that obeys, draws at zero, draws without its relay, or does not draw at all."""
    while True:
        ill = chance.choice((0, 1, 2, 3))
        own = chance.random() < 0.3
        for _ in range(chance.randrange(5, 30)):
            expected_w = chance.choice((0.0, 0.0, 500.0, 2000.0))
            closed = expected_w > 0.0 or chance.random() < 0.7
            house_w = chance.uniform(100.0, 400.0)
            drawn_w = (expected_w, 2000.0 if closed else 0.0, 2000.0, 0.0)[ill]
            for _ in range(chance.randrange(3, 30)):
                load_w = house_w + drawn_w + chance.gauss(0.0, 3.0)
                actual_w = drawn_w if own else math.nan
                meters = (expected_w, closed, actual_w, load_w, 50.0, 2000.0, 1.0)
                yield (EffectMeters(*meters, fresh=chance.random() < 0.95), 1.0)


def driving(chance: Chance) -> Iterator[tuple[Any, ...]]:
    while True:
        offer_w = chance.choice((0.0, 39.0, 40.0, 500.0, 505.0, 1999.0, 2500.0))
        for _ in range(chance.randrange(1, 50)):
            yield (LOAD.drive, offer_w, chance.random() < 0.95, 1.0, chance.random() < 0.1)


def limiting(chance: Chance) -> Iterator[tuple[Any, ...]]:
    while True:
        asked_w = chance.choice((0.0, 1.0, 700.0))
        for _ in range(chance.randrange(1, 90)):
            yield (LimitParams(60.0, 20.0), asked_w, 1.0, chance.random() < 0.01, 1.0)


def comforting(chance: Chance) -> Iterator[tuple[Any, ...]]:
    params = ComfortParams(True, True, 60.0, 75.0, 3.0)
    tank_c = 70.0
    while True:
        tank_c += chance.uniform(-0.1, 0.15 if tank_c < 76.0 else -0.1)
        shown_c = tank_c
        if chance.random() < 0.005:
            shown_c = chance.choice((math.nan, 0.0, 111.0, tank_c - 12.0))
        age_s = 61.0 if chance.random() < 0.02 else 1.0
        yield (params, shown_c, age_s, chance.choice((0.0, 2000.0)), 1.0)


def freezing(chance: Chance) -> Iterator[tuple[Any, ...]]:
    meters = chance.next_of(FrozenMeters, None)
    while True:
        if chance.random() < 0.01:
            meters = chance.next_of(FrozenMeters, meters)
        own_w = chance.choice((0.0, 150.0, 300.0))
        yield (meters._replace(own_w=own_w, fresh=True, age_s=1.0), 1.0)


def jumping(chance: Chance) -> Iterator[tuple[Any, ...]]:
    load_w: float = 300.0
    while True:
        load_w = chance.next_one(float, load_w, 3000.0)
        moved_w = chance.choice((0.0, 0.0, chance.uniform(-900.0, 900.0)))
        yield (load_w, chance.random() < 0.9, 1.0, moved_w, 0.0, 2000.0, 1.0)


HOMES = (
    HomeParams(),
    HomeParams(pv_ac_rated_w=4000.0, charger_b_rated_w=1500.0, phases=3, heater_phase=0),
    HomeParams(battery_wh=0.0, pv_ac_rated_w=5000.0, ac_feed_in=False),
    HomeParams(dc_feed_in=True, feed_in_cap_w=1000.0, grid_setpoint_w=50.0, tank_layers=2),
)


def sunning(chance: Chance, inputs: Any) -> HomeInputs:
    most = {"draw_l_s": 0.05, "cold_c": 12.0, "room_c": 20.0, "battery_c": 15.0, "pv_a_w": 6000.0}
    told: HomeInputs = chance.next_of(HomeInputs, inputs, **most)
    kept = (abs(x) if isinstance(x, float) and math.isfinite(x) else x for x in told)
    known: list[Any] = [0.0 if isinstance(x, float) and math.isnan(x) else x for x in kept]
    return HomeInputs(*known)._replace(grid_up=chance.random() < 0.98)


STREAMS = (
    Stream(hunt_step, HuntState(), 1, hunting, lambda told: told.why, 6),
    Stream(effect_step, EffectState(), 0, effects, lambda told: told.why, 4),
    Stream(drive_step, DriveState(), 1, driving, lambda told: told.why, 3),
    Stream(limits_step, LimitState(), 1, limiting, lambda told: told.why, 3),
    Stream(comfort_step, ComfortState(), 1, comforting, lambda told: told.why, 4),
    Stream(frozen_step, FrozenState(), 0, freezing, lambda told: told.frozen, 2),
    Stream(unrest_step, Unrest(), 0, jumping, lambda told: told.jumps > 1.0, 2),
)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.kernel.__name__)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_kernel_of_the_law(stream: Stream, seed: int) -> None:
    fast = compile_kernel(stream.kernel)
    state = stream.start
    moods = set()
    feed = stream.feed(Chance(seed))
    for _ in range(STEPS):
        args = list(next(feed))
        args.insert(stream.place, state)
        slow = stream.kernel(*args)
        assert same(slow, fast(*args)), args
        state = slow if isinstance(slow, type(state)) else slow.state
        moods.add(stream.mood(slow))
        if getattr(state, "latched", False):
            state = stream.start
    assert len(moods) >= stream.moods, moods


@pytest.mark.parametrize("params", HOMES)
def test_the_plant_and_its_account(params: HomeParams) -> None:
    chance = Chance(7)
    home, beside, totals, inputs = HomeState(), HomeState(), Totals(), None
    step, count = compile_kernel(home_step), compile_kernel(account_step)
    step_beside = compile_kernel(beside_step)
    limited = set()
    for _ in range(STEPS):
        inputs = sunning(chance, inputs)
        controls = HomeControls(chance.random() < 0.8, chance.uniform(0.0, 100.0))
        told = home_step(params, home, inputs, controls, 1.0)
        assert same(told, step(params, home, inputs, controls, 1.0)), (home, inputs, controls)
        other = beside_step(params, home, beside, inputs, 1.0)
        assert same(other, step_beside(params, home, beside, inputs, 1.0))
        bill = (params, totals, told[1], other[1], chance.uniform(0.0, 3.0), True, 1.0, 1.0)
        totals = account_step(*bill)
        assert same(totals, count(*bill))
        home, beside = told[0], other[0]
        limited.add(told[1].limited)
    assert limited == {True, False}
    assert 0.0 < totals.heat_wh < STEPS * params.heater_w / 3600.0
