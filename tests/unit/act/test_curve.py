"""Watts and knob position: laws, limits, and tables as meters give them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.act.curve import Curve, monotone
from pvopt.config.outputs import Curve as CurveConfig
from pvopt.errors import ConfigError

MAX_W = 2000.0

percents = st.floats(0, 100)
tables = st.lists(st.tuples(st.integers(1, 100), st.floats(0, 3000)), min_size=1, max_size=30).map(
    lambda rows: tuple(sorted(dict(rows).items()))
)
configs = st.one_of(
    st.builds(
        CurveConfig,
        kind=st.sampled_from(["linear", "phase_angle"]),
        dead_zone_pct=st.floats(0, 50),
        snap_on_pct=st.floats(0, 50),
        min_w=st.floats(0, 500),
    ),
    st.builds(
        CurveConfig,
        kind=st.just("table"),
        points=tables.filter(lambda rows: sum(w for _, w in rows) > 1.0),
        snap_on_pct=st.floats(0, 20),
    ),
)


def curve(**config: object) -> Curve:
    return Curve.from_config(CurveConfig(**config), MAX_W)  # type: ignore[arg-type]


def test_phase_angle_of_a_quarter_of_the_watts_is_a_third_of_the_knob() -> None:
    assert curve().position_pct(500.0) == pytest.approx(100 / 3)
    assert curve().watts(100 / 3) == pytest.approx(500.0)


def test_phase_angle_stays_near_the_exact_integral() -> None:
    worst = max(
        abs(curve().watts(pct) / MAX_W - (p - math.sin(2 * math.pi * p) / (2 * math.pi)))
        for pct in range(101)
        for p in [pct / 100]
    )
    assert 0.05 < worst < 0.058


@pytest.mark.parametrize(("watts", "pct"), [(0, 0), (500, 25), (1000, 50), (2000, 100)])
def test_linear(watts: float, pct: float) -> None:
    assert curve(kind="linear").position_pct(watts) == pytest.approx(pct)
    assert curve(kind="linear").watts(pct) == pytest.approx(watts)


@pytest.mark.parametrize(("watts", "on"), [(49.9, False), (50.0, True), (50.1, True)])
def test_below_min_w_the_knob_is_at_zero(watts: float, on: bool) -> None:
    assert (curve(kind="linear", min_w=50.0).position_pct(watts) > 0) is on


@pytest.mark.parametrize(("pct", "flows"), [(9.9, False), (10.0, False), (10.1, True)])
def test_in_the_dead_zone_nothing_flows_and_the_law_begins_at_its_end(
    pct: float, flows: bool
) -> None:
    dead = curve(kind="linear", dead_zone_pct=10.0)
    assert (dead.watts(pct) > 0) is flows
    assert dead.position_pct(1000.0) == pytest.approx(55.0)


@pytest.mark.parametrize(("pct", "watts"), [(19.9, 0.0), (20.0, 400.0)])
def test_snap_on_begins_with_the_laws_watts_at_once(pct: float, watts: float) -> None:
    assert curve(kind="linear", snap_on_pct=20.0).watts(pct) == pytest.approx(watts)


@pytest.mark.parametrize(("watts", "pct"), [(399.0, 0.0), (401.0, 20.05)])
def test_watts_below_snap_on_cannot_be_had(watts: float, pct: float) -> None:
    assert curve(kind="linear", snap_on_pct=20.0).position_pct(watts) == pytest.approx(pct)


@pytest.mark.parametrize("asked", [math.nan, -math.inf, -1.0, 0.0])
def test_what_is_not_a_positive_number_is_zero(asked: float) -> None:
    assert curve().position_pct(asked) == 0.0
    assert curve().watts(asked) == 0.0


def test_more_than_the_heater_has_is_full() -> None:
    assert curve().position_pct(math.inf) == 100.0
    assert curve().watts(250.0) == pytest.approx(MAX_W)


def test_a_measured_table_is_pooled_where_it_falls() -> None:
    rows = ((0.0, 1.0), (10.0, 20.0), (20.0, 10.0), (30.0, 12.0), (40.0, 50.0))
    assert monotone(rows) == ((0.0, 0.0), (10.0, 14.0), (20.0, 14.0), (30.0, 14.0), (40.0, 50.0))


def test_a_table_is_read_between_its_points_and_flat_above_them() -> None:
    table = curve(kind="table", points=((20.0, 100.0), (60.0, 1500.0), (80.0, 1900.0)))
    assert table.watts(40.0) == pytest.approx(800.0)
    assert table.position_pct(800.0) == pytest.approx(40.0)
    assert table.watts(95.0) == 1900.0
    assert table.position_pct(2000.0) == pytest.approx(80.0)
    assert table.watts(10.0) == pytest.approx(50.0)


@pytest.mark.parametrize(
    "points",
    [
        (),
        ((0.0, 5.0),),
        ((10.0, 0.0), (20.0, 0.0)),
        ((10.0, 5.0), (10.0, 6.0)),
        ((20.0, 5.0), (10.0, 6.0)),
        ((50.0, 5.0), (101.0, 6.0)),
        ((-1.0, 5.0), (50.0, 6.0)),
    ],
)
def test_unusable_tables_are_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ConfigError, match=r"curve\.points"):
        curve(kind="table", points=points)


@given(configs, st.floats(0, 2 * MAX_W))
def test_there_and_back_never_gives_more_and_gives_the_watts_where_it_can(
    config: CurveConfig, asked: float
) -> None:
    made = Curve.from_config(config, MAX_W)
    pct = made.position_pct(asked)
    given_w = made.watts(pct)
    assert 0.0 <= pct <= 100.0
    assert given_w <= asked + 1e-6
    reachable_w = min(asked, MAX_W, made.watts(100.0))
    least_w = max(config.min_w, made.watts(config.snap_on_pct), made.watts(config.dead_zone_pct))
    if reachable_w > least_w + 1e-3:
        assert given_w == pytest.approx(reachable_w, abs=1e-3)


@given(configs, percents, percents)
def test_both_ways_rise(config: CurveConfig, a: float, b: float) -> None:
    made = Curve.from_config(config, MAX_W)
    low, high = sorted((a, b))
    assert made.watts(low) <= made.watts(high) + 1e-9
    assert made.position_pct(low * 20) <= made.position_pct(high * 20) + 1e-9
    assert made.watts(0.0) == made.position_pct(0.0) == 0.0


@given(tables.filter(lambda rows: max(w for _, w in rows) > 0))
def test_pooling_makes_any_table_monotone_and_keeps_its_mean(
    rows: tuple[tuple[float, float], ...],
) -> None:
    fitted = monotone(rows)
    assert all(a[1] <= b[1] + 1e-9 for a, b in pairwise(fitted))
    assert sum(w for _, w in fitted) == pytest.approx(sum(w for _, w in rows))
