"""Daylight: known suns, every latitude, every zone, both clock changes."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt import daylight
from pvopt.config.control import Daylight
from pvopt.config.site import Plane
from pvopt.daylight import SunDay


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def wall(text: str, tz: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz), fold=fold).timestamp()


# Noon height is 90 - |latitude - declination|; the declination is 0 and ±23.44 at the turns.
@pytest.mark.parametrize("lat", [0, 10, 23.4, 30, 47, 60, 66.5, 70, 80, 89, 90])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("moment", "declination"),
    [
        ("2026-03-20 14:46", 0.0),
        ("2026-06-21 08:24", 23.44),
        ("2026-12-21 20:50", -23.44),
    ],
)
def test_noon_height_at_every_latitude(
    lat: float, sign: int, moment: str, declination: float
) -> None:
    start = utc(moment[:10] + " 11:40")  # the equation of time stays within 17 minutes
    highest = max(
        daylight.elevation_deg(sign * lat, 0.0, start + minute * 60) for minute in range(40)
    )
    expected = 90 - abs(sign * lat - declination)
    # refraction lifts a sun on the horizon by half a degree
    assert expected - 0.3 < highest < expected + 0.9


def test_elevation_against_a_published_position() -> None:
    """NREL's SPA example (2003-10-17 19:30:30 UTC, 39.742476 N, 105.1786 W): zenith 50.11°."""
    height, azimuth = daylight.sun_position(39.742476, -105.1786, utc("2003-10-17 19:30:30"))
    assert height == pytest.approx(90 - 50.11162, abs=0.02)
    assert azimuth == pytest.approx(194.34, abs=0.05)


@pytest.mark.parametrize("lat", [-90, -80, -60, -30, 0, 30, 47, 60, 66, 70, 80, 90])
@pytest.mark.parametrize("tz", ["UTC", "Europe/Oslo", "Pacific/Kiritimati", "Pacific/Honolulu"])
def test_sun_times_agree_with_the_elevation_all_year(lat: float, tz: str) -> None:
    for number in range(0, 365, 11):
        day = date(2026, 1, 1) + timedelta(days=number)
        times = daylight.sun_times(lat, 15.0, day, tz)
        for moment, before in ((times.sunrise, True), (times.sunset, False)):
            if moment is None:
                continue
            assert moment.astimezone(ZoneInfo(tz)).date() == day
            crossed = moment.timestamp()
            was_down = daylight.elevation_deg(lat, 15.0, crossed - 2) < daylight.HORIZON_DEG
            assert was_down is before
        start = daylight.local_utc_s(day, 0, tz)
        heights = [daylight.elevation_deg(lat, 15.0, start + hour * 3600) for hour in range(24)]
        if times.kind is SunDay.POLAR_DAY:
            assert min(heights) > daylight.HORIZON_DEG - 0.05
        elif times.kind is SunDay.POLAR_NIGHT:
            assert max(heights) < daylight.HORIZON_DEG + 0.05
        else:
            assert times.sunrise is not None or times.sunset is not None


OSLO = "Europe/Oslo"


@pytest.mark.parametrize(
    ("place", "day", "kind"),
    [
        ((69.65, 18.96, OSLO), date(2026, 6, 21), SunDay.POLAR_DAY),
        ((69.65, 18.96, OSLO), date(2026, 12, 21), SunDay.POLAR_NIGHT),
        ((63.43, 10.4, OSLO), date(2026, 6, 21), SunDay.ORDINARY),
        ((90.0, 0.0, "UTC"), date(2026, 6, 21), SunDay.POLAR_DAY),
        ((-90.0, 0.0, "UTC"), date(2026, 6, 21), SunDay.POLAR_NIGHT),
        ((47.37, 8.54, "Europe/Zurich"), date(2026, 6, 21), SunDay.ORDINARY),
    ],
)
def test_kind_of_day(place: tuple[float, float, str], day: date, kind: SunDay) -> None:
    lat, lon, tz = place
    assert daylight.sun_times(lat, lon, day, tz).kind is kind


def test_sun_times_of_a_known_place() -> None:
    """Zürich on the longest day: 05:29 to 21:26 by the almanac."""
    times = daylight.sun_times(47.37, 8.54, date(2026, 6, 21), "Europe/Zurich")
    assert times.sunrise is not None
    assert times.sunset is not None
    assert abs(times.sunrise.timestamp() - wall("2026-06-21 05:29", "Europe/Zurich")) < 150
    assert abs(times.sunset.timestamp() - wall("2026-06-21 21:26", "Europe/Zurich")) < 150


@pytest.mark.parametrize(
    ("lon", "tz"),
    [(174.76, "Pacific/Auckland"), (-157.4, "Pacific/Kiritimati"), (-157.86, "Pacific/Honolulu")],
)
def test_sunrise_comes_before_sunset_in_the_place_s_own_zone(lon: float, tz: str) -> None:
    for number in range(0, 365, 7):
        day = date(2026, 1, 1) + timedelta(days=number)
        times = daylight.sun_times(-20, lon, day, tz)
        assert times.sunrise is not None
        assert times.sunset is not None
        assert times.sunrise < times.sunset


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([*sorted(available_timezones())[::9], "Nowhere/Land", "", "../etc"]),
)
def test_nothing_raises_anywhere_at_any_time(lat: float, lon: float, utc_s: float, tz: str) -> None:
    assert -90.5 <= daylight.elevation_deg(lat, lon, utc_s) <= 90.5
    daylight.is_within_hours("09:00", "18:00", tz, utc_s)
    day = daylight.local_day(utc_s, tz)
    daylight.sun_times(lat, lon, day, tz)
    watts = daylight.clear_sky_w((Plane(peak_w=1000.0),), lat, lon, utc_s)
    assert 0 <= watts < 1300


def test_not_a_number_is_night() -> None:
    assert not daylight.is_daylight(Daylight(), 47, 8, "UTC", math.nan)
    assert not daylight.is_daylight(Daylight(mode="hours"), 47, 8, "UTC", math.nan)
    assert daylight.clear_sky_w((Plane(peak_w=1000.0),), 47, 8, math.nan) == 0


def test_daylight_by_the_sun_probed_around_the_threshold() -> None:
    now = utc("2026-06-21 04:30")
    height = daylight.elevation_deg(47.37, 8.54, now)
    for limit, expected in ((height - 0.01, True), (height + 0.01, False)):
        rule = Daylight(min_elevation_deg=limit)
        assert daylight.is_daylight(rule, 47.37, 8.54, "Europe/Zurich", now) is expected


@pytest.mark.parametrize(
    ("start", "end", "moment", "expected"),
    [
        ("09:00", "18:00", "2026-06-21 08:59:59", False),
        ("09:00", "18:00", "2026-06-21 09:00:00", True),
        ("09:00", "18:00", "2026-06-21 17:59:59", True),
        ("09:00", "18:00", "2026-06-21 18:00:00", False),
        ("9:00", "18:00", "2026-06-21 09:00:00", True),
        ("22:00", "06:00", "2026-06-21 21:59:59", False),
        ("22:00", "06:00", "2026-06-21 22:00:00", True),
        ("22:00", "06:00", "2026-06-21 05:59:59", True),
        ("22:00", "06:00", "2026-06-21 06:00:00", False),
        ("00:00", "24:00", "2026-06-21 23:59:59", True),
        ("06:00", "06:00", "2026-06-21 02:00:00", True),
        ("nine", "18:00", "2026-06-21 12:00:00", False),
        ("09:60", "18:00", "2026-06-21 12:00:00", False),
        ("09:00", "24:01", "2026-06-21 12:00:00", False),
    ],
)
def test_daylight_by_hours(start: str, end: str, moment: str, expected: bool) -> None:
    rule = Daylight(mode="hours", start=start, end=end)
    now = wall(moment, "Europe/Berlin")
    assert daylight.is_daylight(rule, 52.5, 13.4, "Europe/Berlin", now) is expected


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 9.0), ("2026-10-25", 9.0), ("2026-06-21", 9.0)]
)
def test_a_day_window_is_as_long_on_the_days_of_both_clock_changes(day: str, hours: float) -> None:
    assert open_hours("09:00", "18:00", day) == pytest.approx(hours)


def test_a_night_window_loses_or_gains_the_hour_of_the_change() -> None:
    assert open_hours("22:00", "06:00", "2026-03-28") == pytest.approx(7.0)
    assert open_hours("22:00", "06:00", "2026-10-24") == pytest.approx(9.0)


def test_a_window_that_opens_in_the_doubled_hour_opens_once() -> None:
    start = wall("2026-10-25 00:00", "Europe/Berlin")
    states = [
        daylight.is_within_hours("02:30", "18:00", "Europe/Berlin", start + step * 300)
        for step in range(12 * 12)
    ]
    assert sum(a != b for a, b in pairwise(states)) == 1


def open_hours(start: str, end: str, day: str) -> float:
    """Hours for which the window that opens on ``day`` is open, Berlin, by 5-minute steps."""
    first = wall(f"{day} 07:00", "Europe/Berlin")
    steps = sum(
        daylight.is_within_hours(start, end, "Europe/Berlin", first + step * 300)
        for step in range(24 * 12)
    )
    return steps / 12


def test_always() -> None:
    assert daylight.is_daylight(Daylight(mode="always"), 90, 0, "UTC", utc("2026-12-21 00:00"))


def test_a_machine_without_a_date_sees_the_sun_of_its_own_clock() -> None:
    """A Pi that wakes in 1970 gets an answer, and another one after the clock was set."""
    assert daylight.elevation_deg(47, 8, 0.0) < 0
    assert daylight.elevation_deg(47, 8, utc("2026-06-21 12:00")) > 50


def test_clear_sky_worked_number() -> None:
    """The number of the docstring: the sun 60° high, a plane that faces it."""
    lat = 30.0
    start = utc("2026-03-20 10:00")
    now = max(range(0, 4 * 3600, 10), key=lambda s: daylight.elevation_deg(lat, 0.0, start + s))
    height, azimuth = daylight.sun_position(lat, 0.0, start + now)
    assert height == pytest.approx(60, abs=0.2)
    plane = Plane(peak_w=1000.0, tilt_deg=30.0, azimuth_deg=azimuth - 180)
    assert daylight.clear_sky_w((plane,), lat, 0.0, start + now) == pytest.approx(915, abs=3)


def test_clear_sky_planes_add_up_and_face_the_sun_of_their_side() -> None:
    east = Plane(peak_w=1000.0, tilt_deg=30.0, azimuth_deg=-90.0)
    west = Plane(peak_w=1000.0, tilt_deg=30.0, azimuth_deg=90.0)
    morning, evening = utc("2026-06-21 07:00"), utc("2026-06-21 17:00")
    assert daylight.clear_sky_w((east,), 47, 0, morning) > 2 * daylight.clear_sky_w(
        (west,), 47, 0, morning
    )
    assert daylight.clear_sky_w((west,), 47, 0, evening) > 2 * daylight.clear_sky_w(
        (east,), 47, 0, evening
    )
    both = daylight.clear_sky_w((east, west), 47, 0, morning)
    alone = daylight.clear_sky_w((east,), 47, 0, morning) + daylight.clear_sky_w(
        (west,), 47, 0, morning
    )
    assert both == pytest.approx(alone)


def test_clear_sky_is_dark_at_night_and_without_panels() -> None:
    assert daylight.clear_sky_w((Plane(peak_w=5000.0),), 47, 8, utc("2026-06-21 23:30")) == 0
    assert daylight.clear_sky_w((), 47, 8, utc("2026-06-21 12:00")) == 0
