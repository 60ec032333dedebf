"""One budget, shared out by rank."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.ladder import (
    RESERVE_S,
    SHORT_S,
    TRIAL_AGAIN_S,
    TRIAL_LATEST_S,
    Seat,
    Sharing,
    Turn,
    held_w,
    is_waiting,
    lacking,
    nearly_w,
    on_trial,
    reach_w,
    turned,
    unused,
)

KNOB = Seat(2000.0, 40.0, True, True)
RELAY = Seat(1000.0, 1000.0, False, True, draws_w=1000.0)
OFF = RELAY._replace(on=False, draws_w=0.0)
FRESH = Turn()


def offers(budget_w: float, *seats: Seat, kept: tuple[float, ...] = ()) -> list[float]:
    """Every load takes what it is offered, if it is on."""
    sharing = Sharing(budget_w, seats, kept or tuple(seat.must_w for seat in seats))
    made = []
    for rank, seat in enumerate(seats):
        made.append(sharing.offer(rank))
        sharing.took(rank, made[-1], max(made[-1], seat.must_w) if seat.on else 0.0)
    return made


def test_the_first_rank_is_served_first() -> None:
    small = KNOB._replace(most_w=1000.0)
    assert offers(1500.0, small, KNOB) == [1000.0, 500.0]
    assert offers(3500.0, small, KNOB) == [1000.0, 2000.0]
    assert offers(1500.0, small._replace(most_w=0.0), KNOB) == [0.0, 1500.0]


@pytest.mark.parametrize(
    ("budget_w", "relay_w", "knob_w"), [(999.0, 0.0, 999.0), (1000.0, 1000.0, 0.0)]
)
def test_a_relay_takes_all_or_leaves_it_to_the_next(
    budget_w: float, relay_w: float, knob_w: float
) -> None:
    assert offers(budget_w, RELAY, KNOB) == [relay_w, knob_w]


def test_what_waits_keeps_its_watts_from_relays_but_not_from_knobs() -> None:
    waiting = OFF
    assert offers(1500.0, waiting, OFF._replace(least_w=800.0, most_w=800.0)) == [1000.0, 0.0]
    assert offers(1500.0, waiting, KNOB) == [1000.0, 1500.0]


@pytest.mark.parametrize(("wait_s", "lower_w"), [(RESERVE_S, 0.0), (RESERVE_S + 1.0, 800.0)])
def test_but_not_for_long(wait_s: float, lower_w: float) -> None:
    waiting, lower = OFF._replace(wait_s=wait_s), OFF._replace(least_w=800.0, most_w=800.0)
    assert offers(1500.0, waiting, lower) == [1000.0, lower_w]


def test_a_minimum_time_is_served_before_all() -> None:
    held = RELAY._replace(must_w=1000.0)
    assert offers(1500.0, KNOB, held) == [500.0, 1000.0]
    assert offers(900.0, KNOB, held) == [0.0, 0.0]  # it draws by its minimum time alone


@pytest.mark.parametrize(("short_s", "kept"), [(SHORT_S, 1000.0), (SHORT_S + 0.1, 0.0)])
def test_short_by_its_rank_a_relay_runs_on_for_seconds(short_s: float, kept: float) -> None:
    assert lacking(2900.0, (KNOB, RELAY)) == (False, True)
    turns = (FRESH, Turn(short_s=short_s))
    assert held_w(2900.0, (KNOB, RELAY), turns) == (0.0, kept)


@pytest.mark.parametrize(("budget_w", "kept"), [(1000.0, 1000.0), (999.0, 0.0)])
def test_but_not_beyond_the_budget(budget_w: float, kept: float) -> None:
    assert held_w(budget_w, (KNOB, RELAY), (FRESH, Turn(short_s=1.0))) == (0.0, kept)


def test_how_far_a_budget_is_followed() -> None:
    assert reach_w((KNOB, KNOB)) == math.inf
    assert reach_w((KNOB, RELAY, OFF)) == 3000.0
    assert reach_w((OFF, OFF)) == math.inf  # nothing runs: the first start is searched as ever
    assert reach_w((RELAY, OFF)) == 1000.0


def test_who_waits_for_a_contact() -> None:
    cold = KNOB._replace(on=False)
    assert not is_waiting((KNOB, OFF))
    assert is_waiting((cold, RELAY))
    assert is_waiting((OFF, OFF))
    assert not is_waiting((RELAY, OFF))


@pytest.mark.parametrize(
    ("seat", "turn", "rank"),
    [
        (OFF, FRESH, 1),
        (OFF, Turn(wait_s=1.0), None),
        (OFF._replace(wait_s=1.0), FRESH, None),
        (RELAY, FRESH, None),
        (OFF._replace(least_w=2001.0, most_w=2001.0), FRESH, None),
    ],
)
def test_a_trial_takes_no_more_than_knobs_can_give(
    seat: Seat, turn: Turn, rank: int | None
) -> None:
    assert on_trial((KNOB, seat), (FRESH, turn)) == rank


def test_a_trial_that_failed_waits_longer_each_time() -> None:
    turn, waits = FRESH, []
    for _ in range(5):
        turn = turned(turn._replace(trial=True), RELAY, True, True, 1.0)
        waits.append(turn.wait_s)
    assert waits == [TRIAL_AGAIN_S * 2**k for k in range(4)] + [TRIAL_LATEST_S]


def test_a_trial_is_proved_by_watts_for_all() -> None:
    turn = turned(Turn(trial=True, backoff=4.0), RELAY, False, False, 1.0)
    assert (turn.trial, turn.backoff) == (False, 1.0)


def _seat(most_w: float, knob: bool, on: bool, must: bool) -> Seat:
    draws_w = most_w if on and not knob else 0.0
    return Seat(most_w, 40.0 if knob else most_w, knob, on, draws_w if must else 0.0, draws_w)


WATTS = st.floats(50.0, 5000.0)
SEAT = st.builds(_seat, WATTS, st.booleans(), st.booleans(), st.booleans())
SEATS = st.lists(SEAT, max_size=6).map(tuple)


@given(st.floats(-1e4, 2e4), SEATS, st.floats(0.0, 10.0))
def test_nothing_is_made(budget_w: float, seats: tuple[Seat, ...], short_s: float) -> None:
    """What all draw is within the budget, but for what minimum times draw in any case."""
    turns = tuple(Turn(short_s=short_s if short else 0.0) for short in lacking(budget_w, seats))
    kept = held_w(budget_w, seats, turns)
    made = offers(budget_w, *seats, kept=kept)
    drawn = [max(w, seat.must_w) if seat.on else 0.0 for w, seat in zip(made, seats, strict=True)]
    must_w = sum(seat.must_w for seat in seats)
    assert sum(drawn) <= max(0.0, budget_w, must_w) + 1e-6
    assert all(0.0 <= w <= seat.most_w + 1e-9 for w, seat in zip(made, seats, strict=True))
    assert all(w == 0.0 or w >= seat.least_w for w, seat in zip(made, seats, strict=True))


@pytest.mark.parametrize(
    ("budget_w", "rank"), [(2999.0, None), (3000.0, 1), (5000.0, 1), (2000.0, None)]
)
def test_what_nobody_takes_is_the_first_relays(budget_w: float, rank: int | None) -> None:
    """A knob of 2000 W takes all it can, then 1000 W are left for either of two relays."""
    assert unused(budget_w, (KNOB, OFF, OFF)) == rank


def test_what_runs_or_may_not_close_yet_can_use_nothing_more() -> None:
    assert unused(5000.0, (KNOB, RELAY, OFF)) == 2
    assert unused(3999.0, (KNOB, RELAY, OFF)) is None
    assert unused(5000.0, (KNOB, OFF._replace(wait_s=1.0), OFF)) == 2
    assert unused(5000.0, (KNOB, OFF._replace(most_w=0.0))) is None
    assert unused(5000.0, (KNOB, KNOB)) is None


def test_a_stage_that_waits_keeps_only_the_next_step_from_lower_relays() -> None:
    stages = Seat(1500.0, 500.0, False, True, draws_w=500.0, next_w=1000.0)
    small = OFF._replace(most_w=400.0, least_w=400.0)
    sharing = Sharing(1500.0, (stages, small), (0.0, 0.0))
    sharing.took(0, sharing.offer(0), 500.0)
    assert sharing.offer(1) == 400.0
    whole = stages._replace(next_w=1500.0)
    sharing = Sharing(1500.0, (whole, small), (0.0, 0.0))
    sharing.took(0, sharing.offer(0), 500.0)
    assert sharing.offer(1) == 0.0


@pytest.mark.parametrize(
    ("budget_w", "offered_w"), [(999.0, 300.0), (1000.0, 0.0), (1300.0, 300.0)]
)
def test_stages_wait_only_for_a_step_that_is_there(budget_w: float, offered_w: float) -> None:
    """Stages at 500 W, the next is 1000 W; below them a relay of 300 W."""
    stages = Seat(1500.0, 500.0, False, True, draws_w=500.0, next_w=1000.0)
    small = OFF._replace(most_w=300.0, least_w=300.0)
    sharing = Sharing(budget_w, (stages, small), (0.0, 0.0))
    sharing.took(0, sharing.offer(0), 500.0)
    assert sharing.offer(1) == offered_w


@pytest.mark.parametrize(("least_w", "watts"), [(1000.0, 30.0), (300.0, 30.0), (200.0, 20.0)])
def test_next_to_nothing_is_a_part_of_a_small_load(least_w: float, watts: float) -> None:
    assert nearly_w(OFF._replace(least_w=least_w)) == pytest.approx(watts)
    assert nearly_w(RELAY._replace(least_w=least_w)) == 0.0
    assert nearly_w(KNOB._replace(least_w=least_w, on=False)) == 0.0


@pytest.mark.parametrize(
    ("budget_w", "pump_runs", "offered_w", "nearly"),
    [
        (1300.0, False, 0.0, True),  # the pump waits for the same watts
        (1799.0, False, 0.0, True),
        (1800.0, False, 500.0, False),  # enough for all
        (1299.0, False, 500.0, False),  # the pump gets nothing
        (1300.0, True, 0.0, False),  # it takes them
        (999.0, False, 0.0, True),  # next to nothing is missing
        (969.0, False, 0.0, False),
    ],
)
def test_what_was_waited_counts_on_while_a_higher_one_only_waits(
    budget_w: float, pump_runs: bool, offered_w: float, nearly: bool
) -> None:
    """Towels of 500 W that run, a pump of 800 W, stages from 500 W that wait."""
    towels = RELAY._replace(most_w=500.0, least_w=500.0, draws_w=500.0)
    pump = Seat(800.0, 800.0, False, pump_runs, draws_w=800.0 if pump_runs else 0.0)
    stages = Seat(1500.0, 500.0, False, False, next_w=500.0)
    sharing = Sharing(budget_w, (towels, pump, stages), (0.0, 0.0, 0.0))
    sharing.took(0, sharing.offer(0), 500.0)
    sharing.took(1, sharing.offer(1), 800.0 if pump_runs else 0.0)
    found_w = min(500.0, sharing.offer(2))
    assert (found_w, sharing.nearly(2)) == (offered_w, nearly)
    assert not sharing.nearly(0)


@pytest.mark.parametrize(("small_w", "offered_w"), [(350.0, 350.0), (486.0, 486.0), (587.0, 0.0)])
def test_stages_that_give_way_keep_nothing_from_lower_relays(
    small_w: float, offered_w: float
) -> None:
    """2086 W, a pump that waits for 800 W, stages that draw 1500 W, and a relay below them."""
    pump = OFF._replace(most_w=800.0, least_w=800.0)
    stages = Seat(1500.0, 500.0, False, True, draws_w=1500.0, next_w=1500.0)
    small = OFF._replace(most_w=small_w, least_w=small_w)
    assert offers(2086.0, pump, stages, small) == [800.0, 1500.0, offered_w]


def test_two_that_wait_both_keep_their_watts() -> None:
    pump, other = (OFF._replace(most_w=watts, least_w=watts) for watts in (800.0, 600.0))
    for small_w, offered_w in ((600.0, 600.0), (601.0, 0.0)):
        small = OFF._replace(most_w=small_w, least_w=small_w)
        assert offers(2000.0, pump, other, small) == [800.0, 600.0, offered_w]
