"""A forecast's energy over a span, and what clouds take of a day by it."""

from __future__ import annotations

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pvopt.daylight import clear_sky_w
from pvopt.decide.clouds import cloud_pct, coming_day, expected_wh
from pvopt.decide.settings import PlaneSettings
from pvopt.model import Forecast, ForecastPoint, Instant

PARIS = "Europe/Paris"
NAN = math.nan


def at(text: str) -> Instant:
    return Instant(1.0, datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp())


POINTS = ((0, 0), (9, 1000), (10, 2000), (12, 0))
DAY_S = at("2026-06-21 00:00").utc_s
FORECAST = Forecast(
    "f", DAY_S, "t", tuple(ForecastPoint(DAY_S + h * 3600, float(w)) for h, w in POINTS)
)


@pytest.mark.parametrize(
    ("start_h", "end_h", "wh"),
    [(9.5, 11, 2500), (0, 12, 5000), (0, 9, 0), (10, 10, 0), (-1, 5, NAN), (11, 12.01, NAN)],
)
def test_expected_wh(start_h: float, end_h: float, wh: float) -> None:
    found = expected_wh(FORECAST, DAY_S + start_h * 3600, DAY_S + end_h * 3600)
    assert found == pytest.approx(wh, nan_ok=True)
    assert math.isnan(expected_wh(None, DAY_S, DAY_S + 1))


@pytest.mark.parametrize(
    ("now", "day"),
    [("2026-06-21 01:00", 21), ("2026-06-21 11:59", 21), ("2026-06-21 12:00", 22)],
)
def test_coming_day(now: str, day: int) -> None:
    assert coming_day(PARIS, at(now).utc_s) == date(2026, 6, day)


PLANES = (PlaneSettings(4000.0, 30.0, 0.0),)


def sky(day: date, share: float, first_h: float = 0.0, last_h: float = 24.0) -> Forecast:
    """A forecast of so much of the clear sky, by quarters of an hour."""
    start_s = at(f"{day} 00:00").utc_s
    starts = [start_s + q * 900 for q in range(int(first_h * 4), int(last_h * 4) + 1)]
    points = tuple(
        ForecastPoint(s, share * clear_sky_w(PLANES, 48.0, 11.0, s + 450)) for s in starts
    )
    return Forecast("f", start_s, "t", points)


@pytest.mark.parametrize("day", [date(2026, 6, 21), date(2026, 12, 21), date(2026, 3, 29)])
@pytest.mark.parametrize(("share", "pct"), [(1.0, 0), (0.3, 70), (0.0, 100), (1.5, 0)])
def test_clouds_of_a_forecast(day: date, share: float, pct: float) -> None:
    found = cloud_pct(sky(day, share), PLANES, 48.0, 11.0, day, PARIS)
    assert found == pytest.approx(pct, abs=0.5)


def test_a_forecast_from_sunrise_to_sunset_is_enough_and_half_a_day_is_not() -> None:
    day = date(2026, 6, 21)
    assert cloud_pct(sky(day, 0.5, 6, 21), PLANES, 48.0, 11.0, day, PARIS) == pytest.approx(
        50, abs=1
    )
    for known in (sky(day, 0.5, 12, 24), sky(day, 0.5, 0, 12), None):
        assert math.isnan(cloud_pct(known, PLANES, 48.0, 11.0, day, PARIS))


def test_no_panels_or_no_sun_say_nothing_of_clouds() -> None:
    day = date(2026, 12, 21)
    assert math.isnan(cloud_pct(sky(day, 1.0), (), 48.0, 11.0, day, PARIS))
    assert math.isnan(cloud_pct(sky(day, 1.0), PLANES, 80.0, 11.0, day, PARIS))
