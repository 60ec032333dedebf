"""Seconds within steps: means kept, bounds kept, joints that join, edges like real ones."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import mean, median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.measured_pv import MeasuredPanels
from pvopt.simulator.panel import clear_sky
from pvopt.simulator.refine import Around, around, curve, level_between, to_mean
from pvopt.simulator.refine_load import load_seconds
from pvopt.simulator.refine_sky import OVER_SHARE, SHORTEST_S, beam_seconds, edge_s
from pvopt.simulator.sun import sun_at
from tests.unit.simulator.weather_samples import LYNGBY, MONTHS, measured_month, start

NOON_S = start(2026, 6, 21, 11)
beams = st.floats(0.0, 950.0).map(lambda x: 0.0 if x < 1.0 else x)
loads = st.floats(0.0, 9000.0)


def fives(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Around]:
    return st.builds(Around, numbers, numbers, numbers, numbers, numbers)


@given(fives(beams), st.floats(0.0, 1000.0), st.integers(0, 10_000), st.sampled_from((60, 300)))
def test_beam_keeps_its_mean_and_its_bounds(
    rows: Around, top: float, minute: int, count: int
) -> None:
    seconds = beam_seconds(rows, top, NOON_S + 60.0 * minute, count, 1)
    assert len(seconds) == count
    assert math.fsum(seconds) / count == pytest.approx(rows.here, abs=1e-9)
    assert min(seconds) >= 0.0
    assert max(seconds) <= OVER_SHARE * max(top, *rows) + 1e-9


@given(fives(loads), st.integers(0, 10_000), st.sampled_from((60, 600)))
def test_load_keeps_its_mean_and_is_never_negative(rows: Around, minute: int, count: int) -> None:
    seconds = load_seconds(rows, NOON_S + 60.0 * minute, count, 1)
    assert len(seconds) == count
    assert math.fsum(seconds) / count == pytest.approx(rows.here, abs=1e-8)
    assert min(seconds) >= 0.0


@given(
    st.lists(st.floats(0.0, 900.0), min_size=2, max_size=90),
    st.floats(0.0, 900.0),
    st.floats(0.0, 300.0),
)
def test_to_mean_is_exact_within_bounds(shape: list[float], wanted: float, room: float) -> None:
    seconds = to_mean(shape, wanted, wanted + room)
    assert math.fsum(seconds) / len(seconds) == pytest.approx(wanted, abs=1e-9)
    assert min(seconds) >= 0.0
    assert max(seconds) <= wanted + room + 1e-9


def test_to_mean_worked_numbers() -> None:
    assert to_mean([2.0, 6.0], 5.0, 8.0) == pytest.approx([2.5, 7.5])
    assert to_mean([2.0, 6.0], 5.0, 7.0) == pytest.approx([3.0, 7.0])


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((800.0, 800.0, 500.0, 100.0), 800.0),  # the third holds the edge
        ((800.0, 500.0, 150.0, 150.0), 150.0),  # the second does
        ((300.0, 300.0, 310.0, 310.0), 305.0),  # no edge
        ((300.0, 300.0, 325.0, 325.0), 312.5),  # just none
        ((300.0, 300.0, 326.0, 326.0), 326.0),  # just one
        ((800.0, 800.0, 50.0, 800.0), 50.0),  # so dark a minute holds no edge
        ((200.0, 400.0, 600.0, 800.0), 500.0),  # a long slope
    ],
)
def test_levels_at_boundaries(rows: tuple[float, float, float, float], level: float) -> None:
    assert level_between(*rows, 25.0) == level
    assert level_between(*rows[::-1], 25.0) == level  # both sides say the same


def test_a_curve_joins_its_ends() -> None:
    seconds = curve(100.0, 160.0, 200.0, 600)
    assert mean(seconds) == pytest.approx(160.0, abs=0.01)
    assert seconds[0] == pytest.approx(100.0, abs=0.5)
    assert seconds[-1] == pytest.approx(200.0, abs=0.5)


def test_one_edge_explains_a_minute_between_its_neighbours() -> None:
    seconds = load_seconds(Around(100.0, 100.0, 1100.0, 2100.0, 2100.0), NOON_S, 60, 1)
    assert all(abs(x - 100.0) < 10.0 for x in seconds[:29])
    assert all(abs(x - 2100.0) < 10.0 for x in seconds[31:])
    beam = beam_seconds(Around(800.0, 800.0, 450.0, 100.0, 100.0), 900.0, NOON_S, 60, 1)
    assert beam[0] > 700.0
    assert beam[-1] < 200.0
    assert beam == sorted(beam, reverse=True)


def test_a_kettle_within_a_minute_is_two_switches() -> None:
    found = set()
    for k in range(200):
        rows = Around(200.0, 200.0, 900.0, 200.0, 200.0)
        seconds = load_seconds(rows, NOON_S + 60.0 * k, 60, 1)
        on = [x for x in seconds if abs(x - max(seconds)) < 15.0]
        off = [x for x in seconds if abs(x - 200.0) < 15.0]
        switched = [x for x in seconds if 215.0 <= x <= max(seconds) - 15.0]
        assert len(on) + len(off) + len(switched) == 60
        assert len(switched) <= 2  # the seconds within which it is switched
        where = [x > 500.0 for x in seconds]
        assert sum(a != b for a, b in pairwise([False, *where, False])) == 2
        found.add(round(max(seconds), -2))
    assert found == {1100.0, 1400.0, 2200.0}


def test_edges_are_as_wide_as_published() -> None:
    widths = [edge_s(1, NOON_S + 60.0 * k, 0) for k in range(20_000)]
    assert min(widths) >= SHORTEST_S
    assert 12.0 < median(widths) < 20.0
    assert 18.0 < mean(widths) < 26.0  # 150 m at 6 to 8 m/s


@pytest.mark.parametrize("name", MONTHS)
def test_ramps_of_a_real_month_are_like_measured_ones(name: str) -> None:
    """Three days at 1 s. A transition: a run of one direction over 10 % of a clear sky's beam.

    Published: edges of about 150 m, which clouds of 10 to 15 m/s take over a place in 10 to
    15 s (Lappalainen, Valkealahti 2017); no second above 60 % of a clear sky in a year (Lave,
    Kleissl, Arias-Castro 2012); some 50 shadows a day at 52 N over the year (Mol et al. 2023).
    """
    weather = measured_month(name)
    panels = MeasuredPanels(
        weather, (((4400.0, 35.0, 0.0),),), LYNGBY, refined=True, seed=1, shades=(), snows=()
    )
    beam: list[float] = []
    clear: list[float] = []
    for row in range(10 * 1440, 13 * 1440):
        seconds, diffuse = panels.sky_seconds(row)
        assert abs(math.fsum(seconds) / 60.0 - weather.dni[row]) < 1e-9
        assert abs(math.fsum(diffuse) / 60.0 - weather.dhi[row]) < 1e-9
        beam += seconds
        elevation = sun_at(weather.start_utc_s + 60.0 * row + 30.0, *LYNGBY).elevation_deg
        sky, up = clear_sky(elevation), math.sin(math.radians(elevation))
        clear += [sky.beam_wm2 if elevation > 10.0 else 0.0] * 60
        if elevation > 10.0:  # clouds lift it to 1.5 of a clear sky at most (Jarvela et al. 2020)
            most = max(b * up + d for b, d in zip(seconds, diffuse, strict=True))
            own = weather.dni[row] * up + weather.dhi[row]
            assert most <= max(1.52 * (sky.beam_wm2 * up + sky.diffuse_wm2), 1.07 * own)
    ramps = [abs(b - a) / top for (a, b), top in zip(pairwise(beam), clear[1:], strict=True) if top]
    assert 0.25 < max(ramps) < 0.65
    assert 0.001 < mean(x > 0.05 for x in ramps) < 0.02
    runs = transitions(beam, clear)
    lasting = [length for length, _ in runs]
    assert 8.0 < mean(lasting) < 16.0
    assert 5.0 <= median(lasting) <= 14.0
    assert quantiles(lasting, n=20)[-1] < 60.0
    shadows = sum(b < 120.0 <= a for a, b in pairwise(beam)) / 3.0
    assert (3.0 if name == "spring" else 25.0) < shadows < 100.0
    # Joints between minutes are no steeper than edges.
    joints = [abs(beam[k] - beam[k - 1]) for k in range(60, len(beam), 60)]
    assert mean(x > 100.0 for x in joints) < 0.002


def transitions(beam: list[float], clear: list[float]) -> list[tuple[int, float]]:
    """(seconds, W/m2) of each run of one direction, by 0.5 W/m2 a second or more."""
    found, begin = [], 0
    signs = [0 if abs(b - a) < 0.5 else 1 if b > a else -1 for a, b in pairwise(beam)]
    for k in range(1, len(signs) + 1):
        if k < len(signs) and signs[k] == signs[begin]:
            continue
        rise = abs(beam[k] - beam[begin])
        if signs[begin] and clear[begin] and rise > 0.1 * clear[begin]:
            found.append((k - begin, rise))
        begin = k
    return found


def test_around_repeats_the_ends() -> None:
    assert around([1.0, 2.0, 3.0], 0) == (1.0, 1.0, 1.0, 2.0, 3.0)
    assert around([1.0, 2.0, 3.0], 2) == (1.0, 2.0, 3.0, 3.0, 3.0)
