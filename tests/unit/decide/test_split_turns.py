"""Turns: while the need does not reach every floor, some rest; nobody for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.split_turns import SPARE_WS, Chair, Turns, choose

TWO = (Chair("a", 80.0), Chair("b", 80.0))


@pytest.mark.parametrize(("need_w", "active"), [(79.0, 0), (80.0, 1), (159.0, 1), (160.0, 2)])
def test_as_many_as_the_need_reaches(need_w: float, active: int) -> None:
    assert len(choose(TWO, need_w, Turns(), 900.0, 1.0).active) == active


@given(st.floats(-500.0, 5000.0), st.lists(st.sampled_from([0.0, 40.0, 80.0]), max_size=8))
def test_all_give_as_soon_as_the_need_reaches_all_floors(
    need_w: float, floors_w: list[float]
) -> None:
    chairs = tuple([Chair(str(k), floor_w) for k, floor_w in enumerate(floors_w)])
    for before in (Turns(), Turns(active=("0",)), Turns(active=tuple([c.id for c in chairs]))):
        active = choose(chairs, need_w, before, 900.0, 1.0).active
        if need_w > 0.0 and need_w >= sum(floors_w):
            assert set(active) == {chair.id for chair in chairs}


def test_the_turns_of_a_day_are_even() -> None:
    """Three with a floor of 80 W at 100 W: each gives for a third of the day."""
    chairs = tuple([Chair(name, 80.0) for name in "abc"])
    turns, given_s = Turns(), dict.fromkeys("abc", 0)
    for _ in range(86400 // 10):
        turns = choose(chairs, 100.0, turns, 900.0, 10.0)
        for name in turns.active:
            given_s[name] += 10
    assert sum(given_s.values()) == 86400
    assert max(given_s.values()) - min(given_s.values()) <= 910


@given(st.lists(st.floats(-200.0, 400.0), min_size=5, max_size=200))
def test_beyond_the_need_no_more_than_half_a_watt_hour_is_given_before_one_is_parked(
    needs_w: list[float],
) -> None:
    turns, beyond_ws = Turns(), 0.0
    for need_w in needs_w:
        turns = choose(TWO, need_w, turns, 900.0, 1.0)
        over_w = 80.0 * len(turns.active) - need_w
        beyond_ws = beyond_ws + over_w if over_w > 0.0 and turns.active else 0.0
        assert beyond_ws <= SPARE_WS


def test_a_need_about_the_sum_of_floors_switches_seldom() -> None:
    turns, switches = Turns(), 0
    for second in range(600):
        need_w = 160.0 + (15.0 if second % 7 < 4 else -15.0)
        after = choose(TWO, need_w, turns, 1e9, 1.0)
        switches += after.active != turns.active
        turns = after
    assert switches == 1


def test_one_that_is_kept_is_never_parked_and_a_new_one_gets_its_turn() -> None:
    kept = (Chair("a", 40.0, kept=True), Chair("b", 80.0))
    assert choose(kept, -500.0, Turns(), 900.0, 1.0).active == ("a",)
    turns = choose(TWO, 100.0, Turns(), 900.0, 1.0)
    three = (*TWO, Chair("c", 80.0))
    seen = set()
    for _ in range(40):
        turns = choose(three, 100.0, turns, 900.0, 100.0)
        seen |= set(turns.active)
    assert seen == {"a", "b", "c"}


def test_one_that_is_gone_is_forgotten() -> None:
    turns = choose(TWO, 500.0, Turns(), 900.0, 1.0)
    after = choose(TWO[1:], 500.0, turns, 900.0, 1.0)
    assert after.order == after.active == ("b",)
