"""The battery's wish: who gives way tells a charger that hides sun from one at its rating."""

from __future__ import annotations

import math

import pytest

from pvopt.decide.hunt_moves import judged
from pvopt.decide.hunt_shapes import CLEAR_W, LEAST_WISH_W, STEADY_W, HuntMeters, HuntState
from pvopt.decide.hunt_watch import sampled
from pvopt.decide.hunt_wish import answers_seen, wish_learned
from tests.unit.decide.samples import HUNT


def sample(pv_w: float, load_w: float, battery_w: float, limited: float = 1.0) -> HuntMeters:
    return HuntMeters(
        grid_w=0.0,
        pv_w=pv_w,
        load_w=load_w,
        battery_w=battery_w,
        own_w=0.0,
        limited=limited,
        age_s=1.0,
        fresh=True,
        ceiling_w=math.nan,
        may_export=False,
        still=True,
    )


def lived(state: HuntState, meters: HuntMeters, seconds: int = 30) -> HuntState:
    for _ in range(seconds):
        state = sampled(HUNT, state, meters, 1.0)
        state = answers_seen(state, meters, 1.0)
        state = wish_learned(HUNT, state, meters, True, 1.0, False)
        state = state._replace(pv_w=meters.pv_w, load_w=meters.load_w)
    return state


BEGUN = HuntState(response_s=6.0)
CONTENT = lived(BEGUN, sample(1000.0, 500.0, 500.0))


def test_the_wish_is_what_a_battery_takes_that_can_choose() -> None:
    assert CONTENT.accept_w == 500.0


def test_what_a_load_takes_is_still_wished_for() -> None:
    """A charger at its rating, and a kettle: the panels stay, the battery gives."""
    assert lived(CONTENT, sample(1000.0, 2500.0, -1500.0), 300).accept_w == 500.0


def test_panels_that_give_way_tell_of_a_battery_that_wants_less() -> None:
    assert lived(CONTENT, sample(800.0, 500.0, 300.0)).accept_w == pytest.approx(300.0, abs=1.0)
    # ... though the load rose meanwhile.
    assert lived(CONTENT, sample(800.0, 700.0, 100.0)).accept_w == pytest.approx(100.0, abs=1.0)


def test_panels_that_followed_a_load_leave_the_rest_to_the_battery() -> None:
    answered = lived(CONTENT, sample(1350.0, 900.0, 450.0))
    assert answered.accept_w == pytest.approx(450.0, abs=1.0)


def test_the_wish_does_not_fall_while_slow_chargers_are_on_their_way() -> None:
    """After a cloud they gain 40 W a second, and say that they are limited."""
    state = lived(BEGUN._replace(response_s=14.0), sample(1000.0, 500.0, 500.0))
    for k in range(40):
        state = lived(state, sample(40.0 * k, 500.0, 40.0 * k - 500.0), 1)
        assert state.accept_w >= 500.0


def test_a_full_battery_whose_meter_shows_less_than_nothing_wants_that() -> None:
    state = lived(BEGUN, sample(500.0, 500.0, -50.0))
    assert state.accept_w == pytest.approx(-50.0, abs=1.0)
    assert lived(BEGUN, sample(500.0, 500.0, LEAST_WISH_W - 1.0)).accept_w == 0.0


def test_our_own_draw_is_no_error_of_the_battery_meter() -> None:
    drawing = BEGUN._replace(budget_w=400.0)
    assert lived(drawing, sample(500.0, 550.0, -50.0)).accept_w == 0.0


@pytest.mark.parametrize("change_w", [CLEAR_W, -CLEAR_W, 2000.0])
def test_who_answers_a_load_is_trusted(change_w: float) -> None:
    before = sample(2500.0, 1000.0, 1500.0)
    hidden = lived(lived(BEGUN, before), sample(2500.0 + change_w, 1000.0 + change_w, 1500.0))
    assert hidden.trusted
    rated = lived(hidden, sample(2500.0 + change_w, 1000.0, 1500.0 + change_w))
    assert not rated.trusted


def test_nobody_is_judged_by_little_or_while_tracking() -> None:
    before = lived(BEGUN, sample(2500.0, 1000.0, 1500.0))
    assert not lived(before, sample(2579.0, 1079.0, 1500.0)).trusted
    assert not lived(before, sample(3500.0, 2000.0, 1500.0, limited=0.0)).trusted


@pytest.mark.parametrize(("step_w", "trusted"), [(CLEAR_W, True), (CLEAR_W - 1.0, False)])
def test_an_answered_step_of_ours_earns_trust(step_w: float, trusted: bool) -> None:
    """Steps that follow one another leave no rest in which the load could be compared."""
    begun = HuntState(budget_w=step_w, step_w=step_w, step_s=5.0, from_w=1000.0, response_s=6.0)
    meters = sample(1000.0 + step_w, 500.0 + step_w, 500.0)
    assert judged(HUNT, begun, meters, 0.0, 1.0).state.trusted == trusted


def test_a_house_that_falls_while_a_step_is_tried_earns_none() -> None:
    begun = HuntState(budget_w=200.0, step_w=200.0, step_s=5.0, from_w=1000.0, response_s=6.0)
    assert not judged(HUNT, begun, sample(1000.0, 500.0, 500.0), 0.0, 1.0).state.trusted


STEPPING = HuntState(
    budget_w=200.0,
    accept_w=300.0,
    step_w=100.0,
    step_s=2.0,
    from_w=1000.0,
    lacked_w=40.0,
    response_s=6.0,
    trusted=True,
)


@pytest.mark.parametrize(("risen_w", "soon"), [(50.0, True), (49.0, False)])
def test_a_step_is_judged_as_soon_as_the_panels_rise(risen_w: float, soon: bool) -> None:
    """Nothing lacks, a second after the step was seen: did it arrive at all?"""
    meters = sample(1000.0 + risen_w, 600.0, 300.0)
    after = judged(HUNT, STEPPING, meters, 0.0, 1.0).state
    assert (after.step_w == 0.0) == soon
    late = judged(HUNT, STEPPING._replace(step_s=4.0), meters, 0.0, 1.0).state
    assert late.step_w == 0.0


@pytest.mark.parametrize(
    ("risen_w", "lack_w", "answered"),
    [(80.0, 60.0, True), (79.0, 60.0, False), (80.0, 61.0, False)],
)
def test_what_lacked_before_does_not_count_against_a_step(
    risen_w: float, lack_w: float, answered: bool
) -> None:
    """The panels gave it whole, and no more than a fifth of it lacks beyond the 40 W of before."""
    after = judged(HUNT, STEPPING, sample(1000.0 + risen_w, 600.0, 250.0), lack_w, 1.0).state
    assert (after.step_w == 0.0) == answered
    # What lacked before the battery does not want: 300 W less 40 W.
    assert after.accept_w == (260.0 if answered else 300.0)


def test_a_wish_falls_with_an_answer_to_nothing_at_least_and_only_with_trust() -> None:
    meters = sample(1100.0, 600.0, 10.0)
    small = STEPPING._replace(accept_w=20.0)
    assert judged(HUNT, small, meters, 38.0, 1.0).state.accept_w == 0.0
    erring = STEPPING._replace(accept_w=-50.0)
    assert judged(HUNT, erring, meters, 38.0, 1.0).state.accept_w == -50.0
    rated = STEPPING._replace(trusted=False, step_w=70.0)  # too small a step to earn it
    assert judged(HUNT, rated, meters, 38.0, 1.0).state.accept_w == 300.0


@pytest.mark.parametrize(("more_w", "learned"), [(STEADY_W + 1.0, True), (STEADY_W, False)])
def test_a_house_that_falls_during_a_step_shows_a_larger_wish(more_w: float, learned: bool) -> None:
    """A charger at its rating: the panels stay, and the battery takes what the house left."""
    begun = CONTENT._replace(budget_w=100.0, step_w=100.0)
    after = lived(begun, sample(1000.0, 500.0 - more_w, 500.0 + more_w), 2)
    assert after.accept_w == 500.0  # a charger that hides sun needs a moment to give way
    after = lived(begun, sample(1000.0, 500.0 - more_w, 500.0 + more_w), 10)
    assert after.accept_w == (500.0 + more_w if learned else 500.0)
