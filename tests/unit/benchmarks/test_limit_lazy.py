"""A knob that moves only when it is worth it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.benchmarks.limit_lazy import Lazy, LazyState, lazy_step

LAZY = Lazy(margin_w=10.0, cushion_w=20.0, up_ws=200.0, down_ws=500.0)


def budgets(lazy: Lazy, wanted: list[float], begin_w: float = 0.0) -> list[float]:
    state, found = LazyState(begin_w), []
    for wanted_w in wanted:
        state = lazy_step(lazy, state, wanted_w)
        found.append(state.budget_w)
    return found


@given(st.lists(st.floats(0.0, 2000.0), min_size=1, max_size=30))
def test_without_laziness_all_is_followed_at_once(wanted: list[float]) -> None:
    assert budgets(Lazy(), wanted) == pytest.approx(wanted)


def test_up_once_what_is_left_is_worth_it() -> None:
    assert budgets(LAZY, [100.0] * 3) == [0.0, 0.0, 90.0]
    assert budgets(LAZY, [201.0]) == [191.0]


def test_down_once_what_is_too_much_is_worth_it_and_a_little_further() -> None:
    assert budgets(LAZY, [700.0] * 2, 1000.0) == [1000.0, 680.0]
    assert budgets(LAZY, [499.0], 1000.0) == [479.0]
    assert budgets(LAZY, [10.0], 1000.0) == [0.0]


def test_what_is_too_much_begins_anew_when_it_was_not() -> None:
    assert budgets(LAZY, [700.0, 1000.0, 700.0, 700.0], 1000.0) == [1000.0] * 3 + [680.0]


def test_less_than_the_margin_moves_nothing() -> None:
    assert budgets(LAZY, [1010.0] * 100, 1000.0) == [1000.0] * 100


@given(
    st.lists(st.floats(0.0, 2000.0), min_size=1, max_size=30),
    st.floats(0.0, 100.0),
    st.floats(0.0, 2000.0),
)
def test_more_laziness_never_moves_above_what_was_wanted(
    wanted: list[float], left_w: float, worth_ws: float
) -> None:
    found = budgets(Lazy(left_w, left_w, worth_ws, worth_ws), wanted)
    for before_w, budget_w, wanted_w in zip([0.0, *found], found, wanted, strict=False):
        assert budget_w == before_w or budget_w <= wanted_w
