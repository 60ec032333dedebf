"""Bounds that no course of a knob goes below."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")

from pvopt.benchmarks.limit_least import cheapest_moves, cheapest_way, dearest, least_of  # noqa: E402
from pvopt.simulator.compiled import available  # noqa: E402

EDGES = np.array([0.0, 40.0, 80.0, 120.0])
WAYS = np.array([0.5, 0.3, 0.2])
CAUGHT, BEYOND = 0.8, 0.1


def moves(surplus: list[float], missed: float, beyond: float) -> float:
    return cheapest_moves(np.array(surplus), EDGES, np.zeros(3), missed, beyond)


def way(surplus: list[float], missed: float, beyond: float) -> float:
    return cheapest_way(np.array(surplus), EDGES, WAYS, missed, beyond)


def test_to_stay_is_cheaper_than_a_movement_until_it_is_not() -> None:
    edges = np.array([0.0, 40.0, 80.0])
    steps = np.array([0.0] * 10 + [80.0] * 10)
    assert cheapest_moves(steps, edges, np.zeros(2), 0.001, 1.0) == pytest.approx(0.4)
    assert cheapest_moves(steps, edges, np.zeros(2), 0.01, 1.0) == pytest.approx(1.0)


def test_the_way_up_costs_its_share_and_the_way_down_the_same() -> None:
    up = [0.0] * 10 + [80.0] * 10
    assert way(up, 1.0, 1.0) == pytest.approx(0.8)
    assert way(up + [0.0] * 10, 1.0, 1.0) == pytest.approx(1.6)
    assert way(up, 0.0001, 1.0) == pytest.approx(0.08)
    assert way([0.0, 79.0], 1.0, 1.0) == pytest.approx(0.5)  # within the second band


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([0.0, 25.0, 60.0, 80.0, 115.0]), min_size=2, max_size=5))
def test_no_course_goes_below(surplus: list[float]) -> None:
    total_ws = sum(surplus)
    if total_ws <= 0.0:
        return
    courses = itertools.product((0.0, 20.0, 60.0, 80.0, 100.0, 120.0), repeat=len(surplus))
    turns, strokes = [], []
    for course in courses:
        missed = sum(max(0.0, a - b) for a, b in zip(surplus, course, strict=True))
        over = sum(max(0.0, b - a) for a, b in zip(surplus, course, strict=True))
        if missed > (1.0 - CAUGHT) * total_ws or over > BEYOND * total_ws:
            continue
        shares = np.interp(course, EDGES, np.concatenate([[0.0], np.cumsum(WAYS)]))
        turns.append(sum(a != b for a, b in itertools.pairwise(course)))
        strokes.append(float(np.abs(np.diff(shares)).sum()))
    bound = dearest(lambda a, b: moves(surplus, a, b), total_ws, CAUGHT, BEYOND)
    assert bound <= min(turns, default=99) + 1e-9
    bound = dearest(lambda a, b: way(surplus, a, b), total_ws, CAUGHT, BEYOND)
    assert bound <= min(strokes, default=99.0) + 1e-9


def test_the_bound_is_not_empty() -> None:
    """Ten times full sun: of the 19 turns six may go, for two blocks missed and one gap filled."""
    surplus = np.array(([0.0] * 20 + [120.0] * 20) * 10)
    edges, ways = np.linspace(0.0, 120.0, 41), np.full(40, 1.0 / 40.0)

    def turns(missed: float, beyond: float) -> float:
        return cheapest_moves(surplus, edges, np.zeros(40), missed, beyond)

    def strokes(missed: float, beyond: float) -> float:
        return cheapest_way(surplus, edges, ways, missed, beyond)

    for cost in (turns, strokes):
        bound = dearest(cost, float(surplus.sum()), CAUGHT, BEYOND)
        assert 12.0 < bound <= 13.0 + 1e-9


@pytest.mark.skipif(not available(), reason="numba is not installed:  . ./env.sh sim")
def test_a_day_of_clouds() -> None:
    day = np.zeros(86_400)
    day[30_000:60_000] = np.tile(np.repeat([1900.0, 300.0], 300), 50)
    found = least_of(day, 2000.0, lambda watts: watts / 2000.0)
    assert 60.0 < found.moves <= 101.0
    assert 50.0 < found.strokes <= 82.0
