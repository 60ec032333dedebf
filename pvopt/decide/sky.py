"""What the calendar knows: daylight, the clear sky's power, the forecast's watts for now.

Ordinary Python; its results enter the kernels as plain numbers.
"""

from __future__ import annotations

import math

from pvopt.daylight import clear_sky_w, is_daylight
from pvopt.decide.settings import DaylightSettings
from pvopt.model import Forecast, Instant

# PV above this counts as daylight while the date is unknown.
DAY_PV_W = 30.0


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
