"""What a full battery lent: the account, the refill, and the watts that are ours again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.hunt import hunt_step
from pvopt.decide.hunt_debt import DEBT_WS, FULL_W, MOST_DEBT_WS, lent, refilling
from pvopt.decide.hunt_moves import given_back
from pvopt.decide.hunt_shapes import LASTING_CHIP_S, HuntMeters, HuntState
from pvopt.decide.hunt_watch import lacking_w, visible_w
from pvopt.decide.settings import HuntParams
from pvopt.model import Why
from tests.unit.decide.samples import HUNT

CHIP = HUNT._replace(lasting_s=LASTING_CHIP_S, margin_w=0.0)
FULL = HuntState(accept_w=0.0, response_s=6.0, budget_w=800.0, trusted=True)


def sample(battery_w: float, limited: float = 0.0, own_w: float = 800.0) -> HuntMeters:
    return HuntMeters(
        grid_w=0.0,
        pv_w=1300.0 + battery_w,
        load_w=300.0 + own_w,
        battery_w=battery_w,
        own_w=own_w,
        limited=limited,
        age_s=1.0,
        fresh=True,
        ceiling_w=math.nan,
        may_export=False,
        high_w=own_w,
        low_w=own_w,
        still=True,
    )


def lived(
    state: HuntState, meters: HuntMeters, seconds: int, params: HuntParams = CHIP
) -> HuntState:
    for _ in range(seconds):
        state = lent(params, state, meters, 1.0)
    return state


def test_what_a_full_battery_gives_is_owed_and_what_it_takes_pays() -> None:
    owing = lived(FULL, sample(-300.0), 2)
    assert owing.debt_ws == 600.0
    assert owing.repays
    assert lived(owing, sample(35.0), 10).debt_ws == 250.0


@pytest.mark.parametrize(("gave_ws", "repays"), [(DEBT_WS, False), (DEBT_WS + 1.0, True)])
def test_a_little_is_not_given_back(gave_ws: float, repays: bool) -> None:
    assert lived(FULL, sample(-gave_ws), 1).repays is repays


@pytest.mark.parametrize(
    ("params", "meters"),
    [
        (HUNT._replace(lasting_s=LASTING_CHIP_S + 0.1), sample(-300.0)),
        (CHIP, sample(-300.0)._replace(may_export=True)),
        (CHIP, sample(-300.0)._replace(battery_w=math.nan)),
    ],
)
def test_no_account_for_a_servo_where_surplus_shows_or_without_a_battery(
    params: HuntParams, meters: HuntMeters
) -> None:
    state = lived(FULL, meters, 5, params)
    assert (state.debt_ws, state.repays, state.freed_w) == (0.0, False, 0.0)


@pytest.mark.parametrize(("wish_w", "debt_ws"), [(FULL_W - 1.0, 100.0), (FULL_W, 0.0)])
def test_only_a_full_battery_lends(wish_w: float, debt_ws: float) -> None:
    assert lived(FULL._replace(accept_w=wish_w), sample(-100.0), 1).debt_ws == debt_ws


def test_one_that_gave_much_is_not_full_any_more() -> None:
    evening = lived(FULL, sample(-300.0), round(MOST_DEBT_WS / 300.0) - 1)
    assert evening.debt_ws == MOST_DEBT_WS - 300.0
    assert lent(CHIP, evening, sample(-300.0), 1.0).debt_ws == 0.0


def test_what_its_meter_errs_by_is_no_debt() -> None:
    assert lived(FULL._replace(accept_w=-20.0), sample(-20.0), 600).debt_ws == 0.0


def test_what_it_takes_when_it_can_choose_is_learned_and_wished_for_until_all_is_back() -> None:
    owing = FULL._replace(debt_ws=2000.0, repays=True, rest_s=10.0)
    learned = lived(owing, sample(35.0, limited=1.0), 20)
    assert learned.refill_w == pytest.approx(35.0, abs=0.5)
    assert lacking_w(learned, sample(0.0)) == learned.refill_w
    assert lacking_w(learned._replace(repays=False), sample(0.0)) == 0.0


def test_one_that_takes_nothing_although_it_could_has_all_back() -> None:
    owing = FULL._replace(debt_ws=2000.0, repays=True, rest_s=10.0)
    assert lent(CHIP, owing, sample(4.0, limited=1.0), 1.0).debt_ws == 0.0
    assert lent(CHIP, owing, sample(4.0, limited=0.0), 1.0).debt_ws == 1996.0


def test_when_all_is_back_its_watts_are_ours_at_once() -> None:
    owing = FULL._replace(debt_ws=80.0, repays=True, refill_w=35.0)
    first = hunt_step(CHIP, owing, sample(35.0), 1.0)
    assert first.budget_w == 800.0
    second = hunt_step(CHIP, first.state, sample(35.0), 1.0)
    assert (second.budget_w, second.why) == (835.0, Why.VISIBLE)
    assert not second.state.repays


def test_giving_back_is_no_sign_of_less_sun() -> None:
    owing = FULL._replace(debt_ws=500.0, repays=True, refill_w=35.0)
    back = given_back(CHIP, owing, sample(0.0), 35.0)
    assert back.budget_w == 765.0
    assert back.state.next_w == CHIP.edge_step_w
    cloud = given_back(CHIP, owing, sample(-200.0), 235.0)
    assert cloud.state.next_w == CHIP.first_step_w


def test_a_ripple_of_export_does_not_take_it_again() -> None:
    owing = FULL._replace(budget_w=765.0, debt_ws=500.0, repays=True, refill_w=35.0)
    ripple = sample(5.0)._replace(grid_w=-2.0)
    assert visible_w(CHIP, owing, ripple) <= 7.0
    assert visible_w(CHIP, owing._replace(repays=False), ripple) == 37.0


@pytest.mark.parametrize(("watts", "refills"), [(FULL_W - 0.1, True), (FULL_W, False)])
def test_a_refill_is_a_few_watts(watts: float, refills: bool) -> None:
    assert refilling(FULL._replace(debt_ws=1.0), watts) is refills
    assert not refilling(FULL, watts)


@given(st.lists(st.floats(-2000.0, 2000.0), max_size=100), st.sampled_from([0.0, 1.0]))
def test_the_account_stays_within_its_bounds(watts: list[float], limited: float) -> None:
    state = FULL
    for battery_w in watts:
        state = lent(CHIP, state, sample(battery_w, limited), 1.0)
        assert 0.0 <= state.debt_ws < MOST_DEBT_WS
        assert 0.0 <= state.refill_w <= FULL_W
        assert state.freed_w == 0.0 or not state.repays
