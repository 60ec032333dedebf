"""Seconds, daylight, clear sky and hours, as the loop has them."""

from __future__ import annotations

from array import array

import pytest

from pvopt.benchmarks import inputs as made
from pvopt.benchmarks.homes import PLANES
from pvopt.benchmarks.inputs import (
    by_left,
    first_seconds,
    left_of,
    load_of,
    made_inputs,
    made_up_inputs,
    measured_inputs,
    sun_rule,
)
from pvopt.decide.sky import Sky, sky_step
from pvopt.model import Instant
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.shapes import HomeInputs

np = pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
PLACE = (55.79, 12.52)
DAWN_S = 1_783_389_600.0  # 2026-07-07 02:00 UTC; the sun reaches 1 degree at 2:40
HOURS = 4


def counting(utc_s: float) -> HomeInputs:
    return HomeInputs(pv_a_w=utc_s - DAWN_S, load_l1_w=2.0 * (utc_s - DAWN_S), draw_l_s=0.01)


def test_daylight_and_clear_sky_are_the_loops_in_every_second() -> None:
    inputs = made_inputs(counting, DAWN_S, HOURS * 3600, PLACE)
    rule, sky = sun_rule(PLACE), Sky()
    for k in range(inputs.seconds):
        sky = sky_step(rule, sky, Instant(float(k), DAWN_S + k, True), 0.0)
        assert bool(inputs.day[k]) == sky.day, k
        assert inputs.clear_w[k // 30] == sky.clear_w, k
    assert not inputs.day[0]
    assert inputs.day[-1]


def test_the_series_is_asked_for_each_second() -> None:
    inputs = made_inputs(counting, DAWN_S, 7200, PLACE)
    assert inputs.pv_w[5] == 5.0
    assert inputs.load_w[7199] == 2.0 * 7199
    assert inputs.litres.sum() == pytest.approx(72.0)
    assert inputs.hourly_w.tolist() == pytest.approx([3599 / 2, 3600 + 3599 / 2])


def test_hours_are_those_of_the_clock() -> None:
    inputs = made_inputs(counting, DAWN_S + 3000.0, 1200, PLACE)
    assert len(inputs.hourly_w) == 2
    assert inputs.hourly_w[0] == pytest.approx(3000.0 + 599 / 2)


def test_nights_are_where_day_ends_and_the_runs_end() -> None:
    inputs = made_inputs(counting, DAWN_S, 2 * 86_400, PLACE)
    first, second, last = inputs.nights
    for night in (first, second):
        assert inputs.day[night - 1]
        assert not inputs.day[night]
    assert last == inputs.seconds
    assert second - first == pytest.approx(86_400, abs=120)


def test_the_first_seconds() -> None:
    inputs = made_inputs(counting, DAWN_S, 86_400, PLACE)
    short = first_seconds(inputs, 600)
    assert (short.seconds, short.nights) == (600, (600,))
    assert first_seconds(inputs, inputs.nights[0] + 1).nights == (
        inputs.nights[0],
        inputs.nights[0] + 1,
    )


def measured(rows: int = 20) -> Measured:
    noon_s = DAWN_S + 9 * 3600.0
    return Measured(
        path="weather.csv",
        start_utc_s=noon_s,
        step_s=60.0,
        lines=array("L", range(2, rows + 2)),
        ghi=array("d", [600.0] * rows),
        dni=array("d", [100.0 * (k % 7) for k in range(rows)]),
        dhi=array("d", [100.0] * rows),
        air_c=array("d", [20.0] * rows),
        load_w=array("d", [300.0 + 200.0 * (k % 3) for k in range(rows)]),
    )


def test_refined_and_plain_have_the_same_means() -> None:
    fine, plain = (measured_inputs(measured(), PLACE, refined=refined) for refined in (True, False))
    assert fine.seconds == plain.seconds == 1200
    for name in ("pv_w", "load_w"):
        a, b = (getattr(one, name).reshape(20, 60) for one in (fine, plain))
        assert a.mean(axis=1) == pytest.approx(b.mean(axis=1), rel=1e-9)
        assert b.std(axis=1).max() < 1e-9
    assert fine.pv_w.reshape(20, 60).std(axis=1).max() > 1.0
    assert (fine.refined, plain.refined) == (True, False)


def test_only_the_days_that_were_asked_for() -> None:
    assert measured_inputs(measured(), PLACE, days=600 / 86_400).seconds == 600


def test_a_made_up_month_is_the_mixed_series() -> None:
    inputs = made_up_inputs(days=0.02)
    series = HomeSeries(
        latitude_deg=made.MADE_UP_PLACE[0],
        longitude_deg=made.MADE_UP_PLACE[1],
        local_offset_s=3600.0,
        planes=PLANES,
        sky="mixed",
    )
    for k in (0, 1000, inputs.seconds - 1):
        now = series(inputs.start_utc_s + k)
        assert (inputs.pv_w[k], inputs.load_w[k]) == (now.pv_a_w, now.load_l1_w)


def test_a_load_brings_its_own_days() -> None:
    load = measured()
    inputs = made_up_inputs(load)
    assert (inputs.start_utc_s, inputs.seconds) == (load.start_utc_s, 1200)
    assert inputs.load_w.reshape(20, 60).mean(axis=1) == pytest.approx(list(load.load_w))


@pytest.mark.parametrize(
    ("count", "days"),
    [(1, [2]), (2, [0, 1]), (3, [2, 3, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])],
)
def test_days_are_chosen_by_what_they_leave(count: int, days: list[int]) -> None:
    """Rising: days 3, 0, 2, 1, 4. One alone is the median, and none is chosen for its date."""
    assert by_left([2.0, 7.0, 3.0, 1.0, 9.0], count) == days


def test_a_day_leaves_what_its_house_does_not_take() -> None:
    """1200 W for twelve hours of it, from six to eighteen; a house of 200 W, later of 2000 W."""

    def shining(utc_s: float) -> HomeInputs:
        load_w = 200.0 if utc_s - DAWN_S < 43_200 else 2000.0
        return HomeInputs(1200.0 if 21_600 <= utc_s - DAWN_S < 64_800 else 0.0, load_l1_w=load_w)

    assert left_of(shining, DAWN_S) == pytest.approx(6000.0)
    assert left_of(shining, DAWN_S + 43_200) == 0.0
    assert left_of(shining, DAWN_S - 86_400) == 0.0


def test_the_load_of_a_day_is_what_the_house_draws() -> None:
    """300 W, and 2000 W more for two hours."""

    def drawing(utc_s: float) -> HomeInputs:
        busy = 36_000 <= utc_s - DAWN_S < 43_200
        return HomeInputs(load_l1_w=2300.0 if busy else 300.0)

    assert load_of(drawing, DAWN_S) == pytest.approx(24 * 300.0 + 2 * 2000.0)
