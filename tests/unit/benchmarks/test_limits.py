"""Who knows the exact surplus, and has to climb to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.benchmarks.limits import FALL_W, KNOWERS, ROWS, Climb, ClimbState, climb_step

CLIMB = Climb()


def budgets(climb: Climb, state: ClimbState, spare_w: float, seconds: int) -> list[float]:
    found = []
    for _ in range(seconds):
        state = climb_step(climb, state, spare_w)
        found.append(state.budget_w)
    return found


def test_a_climb_takes_larger_steps_five_seconds_apart() -> None:
    found = budgets(CLIMB, ClimbState(400.0), 2000.0, 15)
    assert found == [400.0] * 4 + [600.0] * 5 + [1200.0] * 5 + [2000.0]


def test_what_is_seen_is_followed_at_once() -> None:
    seen = dict(KNOWERS)["seen"]
    assert budgets(seen, ClimbState(400.0), 2000.0, 1) == [2000.0]


def test_a_fall_is_followed_at_once_and_a_deep_one_begins_the_climb_anew() -> None:
    high = ClimbState(1000.0, next_w=1800.0)
    little = climb_step(CLIMB, high, 1000.0 - FALL_W)
    deep = climb_step(CLIMB, high, 999.0 - FALL_W)
    assert (little.budget_w, little.next_w) == (1000.0 - FALL_W, 1800.0)
    assert (deep.budget_w, deep.next_w) == (999.0 - FALL_W, CLIMB.first_w)


@given(
    st.lists(st.floats(0.0, 2000.0), min_size=1, max_size=60),
    st.sampled_from([climb for _, climb in KNOWERS]),
)
def test_nobody_takes_more_than_there_is_known_to_be(spares: list[float], climb: Climb) -> None:
    state = ClimbState()
    for spare_w in spares:
        state = climb_step(climb, state, spare_w)
        assert 0.0 <= state.budget_w <= spare_w + 1e-9


def test_the_ring_is_long_enough() -> None:
    assert max(climb.delay_s for _, climb in KNOWERS) < ROWS


@pytest.mark.parametrize("first_w", [100.0, 200.0])
def test_a_steady_surplus_is_reached_whole(first_w: float) -> None:
    assert budgets(CLIMB._replace(first_w=first_w), ClimbState(), 1234.0, 60)[-1] == 1234.0
