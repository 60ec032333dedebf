"""What the calendar knows: daylight, the clear sky's power, the forecast's watts for now.

Ordinary Python; its results enter the kernels as plain numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.daylight import clear_sky_w, elevation_deg, is_daylight
from pvopt.decide.settings import DaylightSettings
from pvopt.model import Forecast, Instant

# PV above this counts as daylight while the date is unknown.
DAY_PV_W = 30.0
# The sun climbs 15.04 degrees an hour at most, refracted at the horizon less than twice that.
FASTEST_DEG_S = 0.01
# The clear sky's power is good for so long.
CLEAR_S = 30.0


class Sky(NamedTuple):
    """What was last worked out. ``day`` holds within ``day_s`` of ``day_utc_s``; ``clear_w``
    (W, NaN: not known) is as of ``clear_utc_s``. NaN: nothing was."""

    day: bool = False
    day_utc_s: float = math.nan
    day_s: float = 0.0
    clear_w: float = math.nan
    clear_utc_s: float = math.nan


def sky_step(rule: DaylightSettings, sky: Sky, instant: Instant, pv_w: float) -> Sky:
    """Daylight and clear sky of now; the sun is slow, so most of it is still known."""
    day, day_utc_s, day_s = sky.day, sky.day_utc_s, sky.day_s
    if not (instant.utc_ok and abs(instant.utc_s - day_utc_s) < day_s):
        day = daylight(rule, instant, pv_w)
        day_utc_s = instant.utc_s if instant.utc_ok else math.nan
        day_s = _sure_s(rule, instant)
    if abs(instant.utc_s - sky.clear_utc_s) < CLEAR_S:
        return Sky(day, day_utc_s, day_s, sky.clear_w, sky.clear_utc_s)
    clear_utc_s = instant.utc_s if instant.utc_ok else math.nan
    return Sky(day, day_utc_s, day_s, clear_sky(rule, instant), clear_utc_s)


def _sure_s(rule: DaylightSettings, instant: Instant) -> float:
    """For how long, before and after now, daylight cannot change (s, >= 0).

    Worked: sun at 31 degrees, threshold 1 degree: 30 / 0.01 = 3000 s.
    """
    if rule.mode != "sun" or not instant.utc_ok:
        return 0.0
    height_deg = elevation_deg(rule.latitude, rule.longitude, instant.utc_s)
    return abs(height_deg - rule.min_elevation_deg) / FASTEST_DEG_S


def daylight(rule: DaylightSettings, instant: Instant, pv_w: float) -> bool:
    """By the sun's elevation, by local hours, or always; by PV power while the date is unknown."""
    if not instant.utc_ok and rule.mode != "always":
        return pv_w > DAY_PV_W
    return is_daylight(rule, rule.latitude, rule.longitude, rule.timezone, instant.utc_s)


def clear_sky(rule: DaylightSettings, instant: Instant) -> float:
    """PV power under a cloudless sky (W); NaN without panels or without a date."""
    if not rule.planes or not instant.utc_ok:
        return math.nan
    return clear_sky_w(rule.planes, rule.latitude, rule.longitude, instant.utc_s)


def forecast_w(forecast: Forecast | None, instant: Instant) -> float:
    """Mean PV power that the forecast has for now (W); NaN outside it or without a date."""
    if forecast is None or not instant.utc_ok:
        return math.nan
    found_w = math.nan
    for point, following in zip(forecast.points, forecast.points[1:], strict=False):
        if point.start_utc_s <= instant.utc_s < following.start_utc_s:
            found_w = point.pv_w
    return found_w if math.isfinite(found_w) else math.nan
