"""Verdicts on single blocks, just below and just above each threshold."""

from __future__ import annotations

import math

import pytest

from pvopt.calibration.judge import Verdict, judge, suspects
from pvopt.calibration.shapes import DOWN, UP, Block, Level, Point, plan_of

PLAN = plan_of(2000.0, 10.0, both_ways=False, has_play=False)
FULL = (Point(100.0, 2000.0, DOWN), Point(90.0, 1800.0, DOWN))


def verdict(
    pcts: tuple[float, ...],
    watts: tuple[float, ...],
    known: tuple[Point, ...] = FULL,
    *,
    first_w: float = 300.0,
    last_w: float = 300.0,
    tries: int = 0,
    noise_w: float = 1.0,
) -> Verdict:
    """``watts``: of the load; the house takes ``first_w`` before and ``last_w`` after."""
    levels = [Level(first_w, 0.0), *(Level(300.0 + w, 10.0 + k) for k, w in enumerate(watts))]
    levels.append(Level(last_w, 60.0))
    block = Block(pcts, DOWN)
    return judge(PLAN, block, tuple(levels), known, noise_w, tries)[1]


@pytest.mark.parametrize(("last_w", "expected"), [(319.0, Verdict.GOOD), (321.0, Verdict.AGAIN)])
def test_the_house_before_and_after(last_w: float, expected: Verdict) -> None:
    """1 % of the heater."""
    assert verdict((80.0,), (1600.0,), last_w=last_w) == expected


def test_a_loud_house_may_differ_by_more() -> None:
    assert verdict((80.0,), (1600.0,), last_w=330.0, noise_w=30.0) == Verdict.GOOD


@pytest.mark.parametrize(("watts", "expected"), [(1639.0, Verdict.GOOD), (1641.0, Verdict.AGAIN)])
def test_watts_that_rise_as_the_knob_falls(watts: float, expected: Verdict) -> None:
    """2 % of the heater, within a block ..."""
    assert verdict((80.0, 70.0), (1600.0, watts)) == expected
    assert verdict((80.0, 70.0), (1600.0, watts), tries=3) == Verdict.GOOD


@pytest.mark.parametrize(("watts", "expected"), [(1839.0, Verdict.GOOD), (1841.0, Verdict.AGAIN)])
def test_watts_above_a_higher_place(watts: float, expected: Verdict) -> None:
    """... and beside what is known."""
    assert verdict((80.0,), (watts,)) == expected


@pytest.mark.parametrize(("watts", "expected"), [(-19.0, Verdict.GOOD), (-21.0, Verdict.AGAIN)])
def test_no_load_gives_watts_back(watts: float, expected: Verdict) -> None:
    assert verdict((10.0,), (watts,)) == expected


@pytest.mark.parametrize(
    ("pct", "watts", "expected"),
    [
        (100.0, 201.0, Verdict.GOOD),
        (100.0, 199.0, Verdict.NOTHING),
    ],
)
def test_the_first_place_says_whether_a_heater_is_there(
    pct: float, watts: float, expected: Verdict
) -> None:
    assert verdict((pct,), (watts,), ()) == expected


@pytest.mark.parametrize(
    ("pct", "watts", "expected"),
    [
        (60.0, 101.0, Verdict.GOOD),
        (60.0, 99.0, Verdict.NOTHING),
        (59.0, 99.0, Verdict.GOOD),
    ],
)
def test_no_watts_at_an_open_knob(pct: float, watts: float, expected: Verdict) -> None:
    assert verdict((pct,), (watts,)) == expected


@pytest.mark.parametrize(("beside_w", "expected"), [(1090.0, 0), (1110.0, 2)])
def test_no_watts_beside_a_place_with_many(beside_w: float, expected: int) -> None:
    """A fall by 15 % and four times the step (55 %) is more than any knob's curve has."""
    known = (*FULL, Point(50.0, beside_w, DOWN))
    assert verdict((40.0,), (0.0,), known) == expected


@pytest.mark.parametrize(("below_w", "expected"), [(290.0, 0), (310.0, 2)])
def test_no_watts_above_a_place_with_some(below_w: float, expected: int) -> None:
    known = (*FULL, Point(20.0, below_w, UP))
    assert verdict((40.0,), (10.0,), known, tries=9) == expected


def test_a_kettle_is_no_heater_that_is_too_large() -> None:
    assert verdict((100.0,), (2601.0,), ()) == Verdict.TOO_MUCH
    assert verdict((80.0,), (2601.0,)) == Verdict.AGAIN


def cosine_row(way: int = DOWN) -> list[Point]:
    return [
        Point(pct, 1000.0 * (1.0 - math.cos(math.pi * pct / 100.0)), way)
        for pct in (10.0 * k for k in range(1, 11))
    ]


def test_no_place_of_a_sound_curve_stands_out() -> None:
    assert suspects(PLAN, tuple(cosine_row() + cosine_row(UP))) == ()


@pytest.mark.parametrize("k", range(10))
def test_a_place_that_stands_out_is_found_and_at_an_end_too(k: int) -> None:
    row = cosine_row()
    row[k] = Point(row[k].pct, row[k].watts + 500.0, DOWN)
    assert row[k] in suspects(PLAN, tuple(row))


def test_two_points_stand_out_from_nothing() -> None:
    assert suspects(PLAN, tuple(cosine_row()[:2])) == ()
