"""What the calendar knows: daylight, clear sky, forecast."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pvopt.decide import sky
from pvopt.decide.settings import DaylightSettings, PlaneSettings
from pvopt.decide.site import CLEAR_SKY_OFFSET_W, ceiling_w
from pvopt.model import Forecast, ForecastPoint, Instant
from tests.unit.decide.samples import DAYLIGHT, NOON_UTC_S

SUN = replace(DAYLIGHT, mode="sun")
HOURS = replace(DAYLIGHT, mode="hours")
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
    panels = replace(DAYLIGHT, planes=(PlaneSettings(4000.0, 35.0, 0.0),))
    midnight = Instant(0.0, NOON_UTC_S + 43_200.0)
    assert 3000.0 < ceiling_w(sky.clear_sky(panels, NOON)) < 6000.0
    assert ceiling_w(sky.clear_sky(panels, midnight)) == CLEAR_SKY_OFFSET_W
    assert math.isnan(ceiling_w(sky.clear_sky(panels, Instant(0.0, 0.0, utc_ok=False))))
    assert math.isnan(ceiling_w(sky.clear_sky(DAYLIGHT, NOON)))
