"""The sweep, tick by tick, against a small house that the test makes up."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from pvopt.calibration.shapes import DOWN, UP, End, Plan, Sample, plan_of
from pvopt.calibration.sweep import (
    ARRIVE_S,
    MOST_TRIES,
    ROOM_S,
    SAMPLE_S,
    State,
    asked_pct,
    begin,
    share,
    step,
)

HOUSE_W = 300.0
PLAN = plan_of(2000.0, 10.0, both_ways=False, has_play=False)


def linear(pct: float) -> float:
    return 20.0 * pct


class House:
    """A sweep and what it is told: outputs that take a second, a meter that is a second old."""

    def __init__(
        self,
        plan: Plan = PLAN,
        curve: Callable[[float], float] = linear,
        house: Callable[[float], float] = lambda now_s: HOUSE_W,
        room: Callable[[float], float] = lambda now_s: math.inf,
    ) -> None:
        self.plan, self.curve, self.house, self.room = plan, curve, house, room
        self.state: State = begin(plan)
        self.now_s = 0.0
        self.asked: list[float | None] = []
        self._at: float | None = None
        self._shown = (0.0, house(0.0))

    def tick(self, **changed: object) -> State:
        want = asked_pct(self.state)
        arrived = self._at == want
        sample = Sample(
            now_s=self.now_s,
            at_s=self._shown[0],
            watts=self._shown[1],
            closed=self._at is not None,
            resting=arrived,
            room_w=self.room(self.now_s),
        )
        fields = {name: getattr(sample, name) for name in Sample.__dataclass_fields__}
        self.state = step(self.plan, self.state, Sample(**{**fields, **changed}))
        self.asked.append(asked_pct(self.state))
        load_w = 0.0 if self._at is None else self.curve(self._at)
        self._shown = (self.now_s, self.house(self.now_s) + load_w)
        self._at = want
        self.now_s += 1.0
        return self.state

    def run(self, most: int = 4000) -> State:
        for _ in range(most):
            if self.tick().end is not None:
                return self.state
        pytest.fail(f"no end: {self.state}")


def test_a_quiet_house() -> None:
    house = House()
    state = house.run()
    assert state.end == End.DONE
    assert state.repeated == 0
    assert [(p.pct, p.watts) for p in state.points] == [
        (float(pct), 20.0 * pct) for pct in range(100, 0, -10)
    ]
    assert {p.way for p in state.points} == {DOWN}
    assert house.now_s < 1.1 * PLAN.estimate_s
    assert asked_pct(state) is None


def test_it_begins_with_the_relay_open_then_the_knob_at_zero() -> None:
    house = House()
    house.run()
    order = [pct for k, pct in enumerate(house.asked) if k == 0 or pct != house.asked[k - 1]]
    assert order[:4] == [None, 0.0, 100.0, 90.0]
    assert order[-2:] == [0.0, None]
    assert order.count(0.0) == 1 + len(PLAN.blocks)


def test_both_ways_and_each_place_from_its_side() -> None:
    plan = plan_of(2000.0, 10.0, both_ways=True, has_play=True)
    house = House(plan)
    state = house.run()
    assert [p.pct for p in state.points if p.way == UP] == [10.0 * k for k in range(1, 11)]
    order = [pct for k, pct in enumerate(house.asked) if k == 0 or pct != house.asked[k - 1]]
    for before, now, after in zip(order, order[1:], order[2:], strict=False):
        if before == 0.0 and after is not None and after < (now or 0.0):
            assert now == min(100.0, after + 10.0)
    assert state.end == End.DONE


def test_share_goes_from_nothing_to_all() -> None:
    house, seen = House(), [0.0]
    while house.tick().end is None:
        seen.append(share(PLAN, house.state))
    assert seen == sorted(seen)
    assert share(PLAN, house.state) == 1.0


@pytest.mark.parametrize("begins_s", range(20, 110, 3))
@pytest.mark.parametrize("lasts_s", [2, 5, 12, 40, 90])
def test_a_kettle_changes_nothing(begins_s: int, lasts_s: int) -> None:
    """Whenever it comes on, for however long; only time is lost."""
    house = House(house=lambda s: HOUSE_W + 2000.0 * (begins_s <= s < begins_s + lasts_s))
    state = house.run()
    assert state.end == End.DONE
    for point in state.points:
        assert point.watts == pytest.approx(20.0 * point.pct, abs=25.0)


def test_a_fridge_that_stays_on_makes_its_block_anew() -> None:
    house = House(house=lambda s: HOUSE_W + 90.0 * (s >= 45.0))
    state = house.run()
    assert state.repeated == 1
    for point in state.points:
        assert point.watts == pytest.approx(20.0 * point.pct, abs=5.0)


def test_a_slow_drift_is_taken_off() -> None:
    """Half a watt a second: within a block 20 W, which lie on a line."""
    state = House(house=lambda s: HOUSE_W + 0.3 * s).run()
    assert state.repeated == 0
    for point in state.points:
        assert point.watts == pytest.approx(20.0 * point.pct, abs=2.0)


def test_a_house_that_never_rests() -> None:
    state = House(house=lambda s: HOUSE_W + 700.0 * (int(s) // 7 % 2) * (s > 40)).run()
    assert state.end == End.NO_REST
    assert state.tries == MOST_TRIES - 1


def test_a_restless_house_is_measured_in_pieces() -> None:
    """Something comes and goes every half minute: four places never fit, one does."""
    state = House(house=lambda s: HOUSE_W + 500.0 * (int(s) // 33 % 2) * (s > 30)).run()
    assert state.end == End.DONE
    assert len(state.blocks) > len(PLAN.blocks)
    assert {point.pct for point in state.points} == {10.0 * k for k in range(1, 11)}


def test_no_heater() -> None:
    house = House(curve=lambda pct: 0.0)
    assert house.run().end == End.DRAWS_NOTHING


def test_the_thermostat_opens_on_the_way() -> None:
    heat = House()
    heat.curve = lambda pct: linear(pct) if heat.now_s < 60.0 else 0.0
    state = heat.run()
    assert state.end == End.DRAWS_NOTHING
    assert all(point.watts == pytest.approx(20.0 * point.pct) for point in state.points)


@pytest.mark.parametrize(("zero_w", "end"), [(99.0, End.DONE), (101.0, End.DRAWS_AT_ZERO)])
def test_watts_at_knob_zero(zero_w: float, end: End) -> None:
    """5 % of the heater is a regulator's standby; more is a fault."""
    assert House(curve=lambda pct: zero_w + 19.0 * pct).run().end == end


@pytest.mark.parametrize(("full_w", "end"), [(2590.0, End.DONE), (2610.0, End.DRAWS_TOO_MUCH)])
def test_more_than_the_plate_says(full_w: float, end: End) -> None:
    assert House(curve=lambda pct: full_w * pct / 100.0).run().end == end


def test_a_regulator_that_falls_at_its_top_is_believed() -> None:
    curve = {100.0: 1985.0, 90.0: 2000.0}
    state = House(curve=lambda pct: curve.get(pct, 20.0 * pct)).run()
    assert (state.end, state.repeated) == (End.DONE, 0)


def test_a_regulator_that_falls_in_its_middle_is_believed_in_the_end() -> None:
    state = House(curve=lambda pct: 20.0 * pct + 300.0 * (pct == 50.0)).run()
    assert state.end == End.DONE
    assert 1 <= state.repeated < 10
    assert next(p.watts for p in state.points if p.pct == 50.0) == pytest.approx(1300.0)


def test_a_meter_that_stands_still_is_noticed() -> None:
    house = House()
    for _ in range(30):
        house.tick()
    frozen_s, waited = house._shown[0], 0
    while house.tick(at_s=frozen_s).end is None:
        waited += 1
    assert house.state.end == End.NO_SAMPLES
    assert SAMPLE_S - 2.0 <= waited <= SAMPLE_S + 4.0


def test_no_number_at_all() -> None:
    house = House()
    while house.tick(watts=None).end is None:
        assert house.now_s < 2.0 * SAMPLE_S
    assert house.state.end == End.NO_SAMPLES


def test_outputs_that_never_arrive() -> None:
    house = House()
    while house.tick(resting=False).end is None:
        assert house.now_s < ARRIVE_S + 5.0
    assert house.state.end == End.OUTPUTS


def test_no_more_is_asked_than_the_inverter_has_room_for() -> None:
    """1800 W of room while an oven is on: nothing until it is off; then all."""
    house = House(room=lambda s: 1800.0 if s < 120.0 else 3000.0)
    state = house.run()
    assert state.end == End.DONE
    assert not any(house.asked[:118])
    assert house.now_s > 120.0


def test_what_has_no_room_goes_to_zero_at_once() -> None:
    house = House()
    while not asked_pct(house.state):
        house.tick()
    assert asked_pct(house.tick(room_w=1.0)) == 100.0
    assert asked_pct(house.tick(room_w=0.0)) == 0.0
    assert house.run().end == End.DONE


def test_it_does_not_wait_for_room_for_ever() -> None:
    house = House(room=lambda s: 1999.0)
    assert house.run().end == End.NO_ROOM
    assert ROOM_S < house.now_s < ROOM_S + 60.0
    assert not any(house.asked)


def test_noise_is_averaged_the_longer_the_louder() -> None:
    flutter = [((k * 7919) % 201 - 100) / 100.0 for k in range(997)]
    quiet = House(house=lambda s: HOUSE_W + 3.0 * flutter[int(s) % 997])
    loud = House(house=lambda s: HOUSE_W + 25.0 * flutter[int(s) % 997])
    assert quiet.run().end == loud.run().end == End.DONE
    assert loud.now_s > 1.2 * quiet.now_s
    for point in loud.state.points:
        assert point.watts == pytest.approx(20.0 * point.pct, abs=30.0)


@pytest.mark.parametrize(
    ("step_pct", "pcts"),
    [
        (25.0, (100.0, 75.0, 50.0, 25.0)),
        (30.0, (100.0, 70.0, 40.0, 10.0)),
    ],
)
def test_places(step_pct: float, pcts: tuple[float, ...]) -> None:
    plan = plan_of(2000.0, step_pct, both_ways=False, has_play=False)
    assert tuple(p for block in plan.blocks for p in block.pcts) == pcts
    assert plan.places == len(pcts)


def test_half_a_percent_is_two_hundred_places() -> None:
    assert plan_of(2000.0, 0.5, both_ways=False, has_play=False).places == 200
