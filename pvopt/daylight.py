"""Sun and daylight: elevation, times, local hours, clear-sky potential. Pure; owns astral.

All angles in degrees, latitude + north, longitude + east, instants as Unix seconds. Nothing
here raises on any latitude, date or zone name: what cannot be known counts as night.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from astral import Observer
from astral.julian import julianday, julianday_to_juliancentury
from astral.sun import eq_of_time, zenith_and_azimuth

DAY_S = 86_400.0
DAY_MIN = 1440
# The sun's upper edge touches the horizon when its centre is half a diameter (16') below it;
# refraction is already in the apparent elevation.
HORIZON_DEG = -16.0 / 60.0
# Dates that calendars and zones can shift by days without leaving datetime's range.
_LATEST_S = datetime(9990, 1, 1, tzinfo=UTC).timestamp()
_EARLIEST_S = 0.0


class Plane(Protocol):
    """One plane of panels: rated watts, tilt from flat, azimuth (0 south, + west)."""

    @property
    def peak_w(self) -> float: ...
    @property
    def tilt_deg(self) -> float: ...
    @property
    def azimuth_deg(self) -> float: ...


class DaylightRule(Protocol):
    """``mode`` "sun" (elevation), "hours" (local ``start`` to ``end``, "HH:MM") or "always"."""

    @property
    def mode(self) -> str: ...
    @property
    def min_elevation_deg(self) -> float: ...
    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str: ...


class SunDay(IntEnum):
    """What the sun does on a calendar day."""

    ORDINARY = 0  # it rises, sets, or both
    POLAR_DAY = 1  # above the horizon all day
    POLAR_NIGHT = 2  # below the horizon all day


class SunTimes(NamedTuple):
    """Sunrise and sunset in local time; None where the day has none."""

    sunrise: datetime | None
    sunset: datetime | None
    kind: SunDay


def zone(name: str) -> tzinfo:
    """The time zone called ``name``; UTC where the machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _utc(utc_s: float) -> datetime | None:
    if not math.isfinite(utc_s):
        return None
    return datetime.fromtimestamp(min(max(utc_s, _EARLIEST_S), _LATEST_S), UTC)


def sun_position(lat: float, lon: float, utc_s: float) -> tuple[float, float]:
    """(apparent elevation, azimuth clockwise from north) of the sun in degrees.

    NOAA's equations through astral, refraction included; within 0.01° of NREL's SPA in
    elevation. An instant that is not a number gives (-90, 0): night.
    """
    moment = _utc(utc_s)
    if moment is None:
        return -90.0, 0.0
    observer = Observer(min(max(lat, -90.0), 90.0), lon)
    zenith_deg, azimuth_deg = zenith_and_azimuth(observer, moment)
    return 90.0 - zenith_deg, azimuth_deg


def elevation_deg(lat: float, lon: float, utc_s: float) -> float:
    """Apparent elevation of the sun, -90 to 90 degrees."""
    return sun_position(lat, lon, utc_s)[0]


def sun_times(lat: float, lon: float, day: date, tz: str) -> SunTimes:
    """Sunrise and sunset on the local calendar day ``day`` of zone ``tz``.

    Between the sun's lowest and highest moments its elevation only rises or only falls, so a
    bisection in each such piece of the day finds every crossing, at any latitude. No order is
    promised: in a zone far from the sun's, sunset can come before sunrise.
    """
    local = zone(tz)
    start_s = local_utc_s(day, 0, tz)
    end_s = local_utc_s(day + timedelta(days=1), 0, tz)
    edges = [start_s, *_turning_points(lon, start_s, end_s), end_s]
    heights = [elevation_deg(lat, lon, edge) - HORIZON_DEG for edge in edges]
    rise_s: float | None = None
    set_s: float | None = None
    for (left_s, right_s), (before, after) in zip(pairwise(edges), pairwise(heights), strict=True):
        if before < 0 <= after and rise_s is None:
            rise_s = _crossing_s(lat, lon, left_s, right_s)
        elif after < 0 <= before and set_s is None:
            set_s = _crossing_s(lat, lon, left_s, right_s)
    kind = SunDay.ORDINARY
    if rise_s is None and set_s is None:
        kind = SunDay.POLAR_DAY if max(heights) >= 0 else SunDay.POLAR_NIGHT
    return SunTimes(_local(rise_s, local), _local(set_s, local), kind)


def _local(utc_s: float | None, local: tzinfo) -> datetime | None:
    return None if utc_s is None else datetime.fromtimestamp(utc_s, local)


def _turning_points(lon: float, start_s: float, end_s: float) -> list[float]:
    """Solar noons and midnights within the span, by the equation of time."""
    middle = datetime.fromtimestamp((start_s + end_s) / 2, UTC)
    century = julianday_to_juliancentury(julianday(middle))
    noon_s = DAY_S / 2 - lon * 240.0 - eq_of_time(century) * 60.0
    half_s = DAY_S / 2
    first = math.ceil((start_s - noon_s) / half_s)
    last = math.floor((end_s - noon_s) / half_s)
    points = [noon_s + step * half_s for step in range(first, last + 1)]
    return [point for point in points if start_s < point < end_s]


def _crossing_s(lat: float, lon: float, left_s: float, right_s: float) -> float:
    """The second at which the sun crosses the horizon between two instants."""
    left_up = elevation_deg(lat, lon, left_s) >= HORIZON_DEG
    while right_s - left_s > 1.0:
        middle_s = (left_s + right_s) / 2
        if (elevation_deg(lat, lon, middle_s) >= HORIZON_DEG) == left_up:
            left_s = middle_s
        else:
            right_s = middle_s
    return right_s


def hhmm_minutes(text: str) -> int | None:
    """Minutes after midnight of ``"HH:MM"`` (00:00 to 24:00); None if it is no such time."""
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        return None
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= DAY_MIN else None


def local_utc_s(day: date, minutes: int, tz: str) -> float:
    """Unix time of a local wall-clock time, ``minutes`` after midnight (0 to 1440).

    A time that a clock change skips falls as much after the change as it would have fallen
    after the old clock's hour; one that comes twice is the first of the two.
    """
    day = min(max(day, date(1970, 1, 2)), date(9989, 12, 30))
    if minutes >= DAY_MIN:
        day, minutes = day + timedelta(days=1), minutes - DAY_MIN
    wall = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone(tz))
    return wall.timestamp()


def local_day(utc_s: float, tz: str) -> date:
    """The calendar day in zone ``tz``; 1970-01-01 for an instant that is not a number."""
    moment = _utc(utc_s)
    return date(1970, 1, 1) if moment is None else moment.astimezone(zone(tz)).date()


def is_within_hours(start: str, end: str, tz: str, utc_s: float) -> bool:
    """True from local ``start`` until before local ``end``; across midnight if end <= start.

    The window is one piece also on days of a clock change. Equal times mean the whole day;
    a text that is no time, never.
    """
    first, last = hhmm_minutes(start), hhmm_minutes(end)
    if first is None or last is None or not math.isfinite(utc_s):
        return False
    if first == last:
        return True
    today = local_day(utc_s, tz)
    for opened in (today - timedelta(days=1), today):
        closed = opened if last > first else opened + timedelta(days=1)
        if local_utc_s(opened, first, tz) <= utc_s < local_utc_s(closed, last, tz):
            return True
    return False


def is_daylight(rule: DaylightRule, lat: float, lon: float, tz: str, utc_s: float) -> bool:
    """Whether the configured daylight rule holds now; cheap enough for every tick."""
    if rule.mode == "always":
        return True
    if rule.mode == "hours":
        return is_within_hours(rule.start, rule.end, tz, utc_s)
    return elevation_deg(lat, lon, utc_s) >= rule.min_elevation_deg


def clear_sky_w(
    planes: Sequence[Plane], lat: float, lon: float, utc_s: float, performance: float = 0.9
) -> float:
    """Watts that the panels would give under a cloudless sky, >= 0: the bound of any search.

    Global irradiance by Haurwitz, ``1098 cos z exp(-0.059 / cos z)`` (J. Meteorology 2, 1945;
    3, 1946, constants as in Reno et al., SAND2012-2389); beam by Meinel, ``1353 x
    0.7^(AM^0.678)`` (Applied Solar Energy, 1976), air mass by Kasten and Young (1989); the
    rest is diffuse, spread evenly over the sky, with 20 % reflected by the ground.
    ``performance`` is watts out per watt of rated power at 1000 W/m².

    Worked: z = 30°: global 888 W/m², beam 914, of it 791 on the ground, so 97 diffuse; a
    plane facing the sun (tilt 30°): 914 + 97 x 0.933 + 888 x 0.2 x 0.067 = 1016 W/m²; 1000 W
    of panels at 0.9: 915 W.
    """
    height_deg, azimuth_deg = sun_position(lat, lon, utc_s)
    if height_deg <= 0:
        return 0.0
    global_w_m2, beam_w_m2 = _clear_irradiance(height_deg)
    cos_z = math.sin(math.radians(height_deg))
    sin_z = math.cos(math.radians(height_deg))
    diffuse_w_m2 = max(0.0, global_w_m2 - beam_w_m2 * cos_z)
    total_w = 0.0
    for plane in planes:
        tilt = math.radians(plane.tilt_deg)
        turn = math.radians(azimuth_deg - 180.0 - plane.azimuth_deg)
        facing = cos_z * math.cos(tilt) + sin_z * math.sin(tilt) * math.cos(turn)
        plane_w_m2 = (
            beam_w_m2 * max(0.0, facing)
            + diffuse_w_m2 * (1 + math.cos(tilt)) / 2
            + global_w_m2 * 0.2 * (1 - math.cos(tilt)) / 2
        )
        total_w += plane.peak_w * plane_w_m2 / 1000.0 * performance
    return total_w


def _clear_irradiance(height_deg: float) -> tuple[float, float]:
    """(global horizontal, direct normal) W/m² for a sun ``height_deg`` > 0 high."""
    cos_z = math.sin(math.radians(height_deg))
    global_w_m2 = 1098.0 * cos_z * math.exp(-0.059 / cos_z)
    air_mass = 1.0 / (cos_z + 0.50572 * (height_deg + 6.07995) ** -1.6364)
    return global_w_m2, 1353.0 * 0.7 ** (air_mass**0.678)
