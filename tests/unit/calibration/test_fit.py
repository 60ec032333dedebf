"""The fit: never falling, through what was measured, thin enough, and S0's polynomial beside it."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.calibration.fit import (
    merged,
    misfit,
    monotone_law,
    play_pct,
    polynomial_law,
    smoothed,
    straight_law,
    thinned,
)
from pvopt.calibration.shapes import DOWN, UP, Point
from pvopt.config.curve_file import read_points

MEASURED = Path(__file__).parents[4] / "shared/data/regulator_calibration.csv"
WATTS = st.floats(-20.0, 3000.0)
NOISY = st.lists(WATTS, min_size=2, max_size=40).filter(lambda ws: max(ws) > 1.0)


def pairs_of(watts: list[float]) -> list[tuple[float, float]]:
    """Evenly from just above 0 to 100 %."""
    return [(100.0 * (k + 1) / len(watts), w) for k, w in enumerate(watts)]


def cosine(pct: float) -> float:
    return 2000.0 * (1.0 - math.cos(math.pi * pct / 100.0)) / 2.0


@given(NOISY)
def test_the_curve_never_falls_and_stays_within_its_knots(watts: list[float]) -> None:
    law, knots = monotone_law(pairs_of(watts))
    curve = [law(0.25 * k) for k in range(401)]
    assert all(b >= a - 1e-9 for a, b in pairwise(curve))
    assert curve[0] == 0.0
    assert curve[-1] == knots[-1][1] <= max(watts)
    for pct, w in knots:
        assert law(pct) == pytest.approx(w, abs=1e-6)


@given(NOISY)
def test_a_thinned_curve_never_falls_and_stays_near(watts: list[float]) -> None:
    law, knots = monotone_law(pairs_of(watts))
    full_w = knots[-1][1]
    points = thinned(law, knots)
    assert points[0] == (0.0, 0.0)
    assert points[-1][0] == 100.0
    assert all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(points))
    straight = straight_law(points)
    assert [straight(pct) for pct, _ in points] == pytest.approx([w for _, w in points])
    for k in range(201):
        # Rounding to whole watts may add one.
        assert abs(straight(0.5 * k) - law(0.5 * k)) <= 0.005 * full_w + 1.0


def test_places_every_five_percent_give_the_curve_between_them() -> None:
    """Cubics between knots: straight lines would be 6 W off, these are 2 W."""
    law, _ = monotone_law([(5.0 * k, cosine(5.0 * k)) for k in range(1, 21)])
    assert max(abs(law(0.5 * k) - cosine(0.5 * k)) for k in range(201)) < 2.5


@given(
    st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=6),
    st.integers(12, 201),
)
def test_the_polynomial_recovers_a_polynomial(factors: list[float], places: int) -> None:
    def true(pct: float) -> float:
        return 1000.0 * sum(f * (pct / 100.0) ** k for k, f in enumerate(factors))

    pairs = [(100.0 * k / (places - 1), true(100.0 * k / (places - 1))) for k in range(places)]
    law = polynomial_law(pairs)
    for k in range(101):
        assert law(float(k)) == pytest.approx(true(float(k)), abs=1e-6)


def test_a_polynomial_of_a_higher_degree_is_not_recovered() -> None:
    pairs = [(float(k), 1000.0 * (k / 100.0) ** 9) for k in range(101)]
    assert misfit(polynomial_law(pairs), pairs, 1000.0).worst_pct > 1.0
    assert misfit(polynomial_law(pairs, 9), pairs, 1000.0).worst_pct < 1e-6


def test_fewer_points_than_degrees() -> None:
    law = polynomial_law([(0.0, 0.0), (50.0, 100.0), (100.0, 400.0)])
    assert [law(0.0), law(50.0), law(100.0)] == pytest.approx([0.0, 100.0, 400.0], abs=1e-9)


def test_misfit_in_percent_of_full() -> None:
    off = misfit(lambda pct: 10.0, [(0.0, 0.0), (100.0, 30.0)], 100.0)
    assert off.worst_pct == 20.0
    assert off.rms_pct == pytest.approx(math.sqrt((100.0 + 400.0) / 2.0))


def test_both_ways_are_averaged_and_of_three_the_middle_counts() -> None:
    points = [
        Point(50.0, 1100.0, DOWN), Point(50.0, 900.0, UP),
        Point(50.0, 3000.0, DOWN), Point(50.0, 1102.0, DOWN),
        Point(100.0, 2000.0, DOWN),
    ]  # fmt: skip
    assert merged(points) == [(50.0, (1102.0 + 900.0) / 2.0), (100.0, 2000.0)]


def test_play_is_told_where_both_ways_were_measured() -> None:
    places = [5.0 * k for k in range(1, 21)]
    down = [Point(pct, cosine(min(100.0, pct + 1.5)), DOWN) for pct in places]
    up = [Point(pct, cosine(pct - 1.5), UP) for pct in places]
    law, _ = monotone_law(merged([*down, *up]))
    assert play_pct([*down, *up], law) == pytest.approx(3.0, abs=0.1)
    assert play_pct(down, law) is None


@given(NOISY)
def test_places_far_apart_are_not_smoothed(watts: list[float]) -> None:
    pairs = pairs_of(watts)
    assert smoothed(pairs) == pairs


def test_smoothing_leaves_lines_and_jumps_and_takes_noise() -> None:
    line = [(0.5 * k, 10.0 * k) for k in range(201)]
    assert [w for _, w in smoothed(line)] == pytest.approx([w for _, w in line])
    snaps = [(0.5 * k, 10.0 * k if k >= 20 else 0.0) for k in range(201)]
    assert [w for _, w in smoothed(snaps)] == pytest.approx([w for _, w in snaps])
    noisy = [(pct, watts + (-1) ** k * 10.0) for k, (pct, watts) in enumerate(line)]
    smooth = smoothed(noisy)[2:-2]
    assert max(abs(a[1] - b[1]) for a, b in zip(smooth, line[2:-2], strict=True)) < 2.5


@pytest.mark.skipif(not MEASURED.exists(), reason=f"{MEASURED} is not here")
def test_a_real_regulator_that_is_not_monotone_at_its_top() -> None:
    points, faults = read_points(MEASURED)
    assert not faults
    assert len(points) == 201
    assert any(a[1] > b[1] for a, b in pairwise(points))
    law, knots = monotone_law(smoothed(points))
    assert all(a[1] <= b[1] for a, b in pairwise(knots))
    ours, theirs = misfit(law, points, 2298.5), misfit(polynomial_law(points), points, 2298.5)
    assert ours.worst_pct < 0.6 < theirs.worst_pct
    assert ours.rms_pct < theirs.rms_pct
    points_kept = thinned(law, knots)
    assert len(points_kept) < 20
    assert misfit(straight_law(points_kept), points, 2298.5).worst_pct < 1.0
