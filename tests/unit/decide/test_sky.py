"""What the calendar knows: daylight, clear sky, forecast."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide import sky
from pvopt.decide.settings import DaylightSettings, PlaneSettings
from pvopt.decide.site import CLEAR_SKY_OFFSET_W, ceiling_w
from pvopt.model import Forecast, ForecastPoint, Instant
from tests.unit.decide.samples import DAYLIGHT, NOON_UTC_S

SUN = replace(DAYLIGHT, mode="sun")
HOURS = replace(DAYLIGHT, mode="hours")
PANELS = replace(SUN, planes=(PlaneSettings(4000.0, 35.0, 0.0),))
NOON = Instant(0.0, NOON_UTC_S)


def light(rule: DaylightSettings, utc_s: float, utc_ok: bool = True, pv_w: float = 0.0) -> bool:
    return sky.daylight(rule, Instant(0.0, utc_s, utc_ok), pv_w)


def test_daylight_by_the_sun_by_hours_or_always() -> None:
    midnight_s = NOON_UTC_S + 12 * 3600.0
    assert light(SUN, NOON_UTC_S)
    assert not light(SUN, midnight_s)
    assert light(HOURS, NOON_UTC_S)
    assert not light(HOURS, NOON_UTC_S + 6 * 3600.0)
    assert light(DAYLIGHT, midnight_s)


@pytest.mark.parametrize(("pv_w", "day"), [(30.0, False), (31.0, True), (math.nan, False)])
@pytest.mark.parametrize("rule", [SUN, HOURS])
def test_while_the_date_is_unknown_the_panels_say_whether_it_is_day(
    rule: DaylightSettings, pv_w: float, day: bool
) -> None:
    assert light(rule, NOON_UTC_S, False, pv_w) == day


def forecast(watts: float) -> Forecast:
    points = (ForecastPoint(NOON_UTC_S - 900.0, watts), ForecastPoint(NOON_UTC_S + 900.0, 0.0))
    return Forecast("f", NOON_UTC_S, "test", points)


def test_a_forecast_that_does_not_cover_now_is_none() -> None:
    assert math.isnan(sky.forecast_w(None, NOON))
    assert sky.forecast_w(forecast(100.0), NOON) == 100.0
    assert math.isnan(sky.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S + 900.0)))
    assert math.isnan(sky.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S - 901.0)))
    assert math.isnan(sky.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S, utc_ok=False)))


@pytest.mark.parametrize("watts", [math.nan, math.inf])
def test_a_forecast_of_no_finite_number_is_none(watts: float) -> None:
    assert math.isnan(sky.forecast_w(forecast(watts), NOON))


def test_the_skys_bound_needs_panels_and_a_date() -> None:
    midnight = Instant(0.0, NOON_UTC_S + 43_200.0)
    assert 3000.0 < ceiling_w(sky.clear_sky(PANELS, NOON)) < 6000.0
    assert ceiling_w(sky.clear_sky(PANELS, midnight)) == CLEAR_SKY_OFFSET_W
    assert math.isnan(ceiling_w(sky.clear_sky(PANELS, Instant(0.0, 0.0, utc_ok=False))))
    assert math.isnan(ceiling_w(sky.clear_sky(DAYLIGHT, NOON)))


@given(
    latitude=st.floats(-89.9, 89.9),
    threshold_deg=st.floats(-6.0, 60.0),
    start_s=st.floats(0.0, 365.0 * 86_400.0),
    steps_s=st.lists(st.floats(-7200.0, 7200.0), min_size=1, max_size=60),
)
def test_what_is_remembered_of_the_day_is_what_would_be_worked_out(
    latitude: float, threshold_deg: float, start_s: float, steps_s: list[float]
) -> None:
    rule = replace(SUN, latitude=latitude, min_elevation_deg=threshold_deg)
    utc_s, kept = NOON_UTC_S + start_s, sky.Sky()
    for step_s in steps_s:
        utc_s += step_s
        instant = Instant(0.0, utc_s)
        kept = sky.sky_step(rule, kept, instant, 0.0)
        assert kept.day == sky.daylight(rule, instant, 0.0)


@pytest.mark.parametrize("rule", [SUN, HOURS])
def test_sunset_is_seen_in_its_second(rule: DaylightSettings) -> None:
    kept, days = sky.Sky(), []
    for second in range(0, 86_400, 7):
        instant = Instant(0.0, NOON_UTC_S + second)
        kept = sky.sky_step(rule, kept, instant, 0.0)
        days.append(kept.day)
        assert kept.day == sky.daylight(rule, instant, 0.0)
    assert True in days
    assert False in days


def test_a_date_that_is_lost_leaves_nothing_of_the_day() -> None:
    kept = sky.sky_step(SUN, sky.Sky(), NOON, 0.0)
    assert kept.day
    lost = sky.sky_step(SUN, kept, Instant(1.0, NOON_UTC_S + 1.0, utc_ok=False), 0.0)
    assert not lost.day  # the panels give nothing
    assert sky.sky_step(SUN, lost, NOON, 0.0).day


@pytest.mark.parametrize(("later_s", "anew"), [(29.0, False), (30.0, True)])
def test_the_clear_sky_is_worked_out_anew_twice_a_minute(later_s: float, anew: bool) -> None:
    kept = sky.sky_step(PANELS, sky.Sky(), NOON, 0.0)
    after = sky.sky_step(PANELS, kept, Instant(0.0, NOON_UTC_S + later_s), 0.0)
    assert (after.clear_w != kept.clear_w) == anew
