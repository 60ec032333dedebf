"""Where the sun stands: position by the NOAA solar calculator's equations. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple


class SunAt(NamedTuple):
    """``elevation_deg`` -90..90 (no refraction); ``azimuth_deg`` 0 south, -90 east, 90 west."""

    elevation_deg: float
    azimuth_deg: float


J2000_UTC_S = 946_728_000.0  # 2000-01-01 12:00 UTC


def sun_at(utc_s: float, latitude_deg: float, longitude_deg: float) -> SunAt:
    """Position of the sun at Unix time ``utc_s``; latitude north, longitude east.

    Source: NOAA Global Monitoring Laboratory, "Solar Calculation Details" (after J. Meeus,
    Astronomical Algorithms, low accuracy): good to about 0.01 deg between 1950 and 2050.
    Worked: 2026-06-21 11:00 UTC at 50.08 N, 14.43 E -> elevation 63.35, azimuth -2.1 deg,
    four minutes before the highest point of the day.
    """
    century = (utc_s - J2000_UTC_S) / (86400.0 * 36525.0)
    mean_long = (280.46646 + century * (36000.76983 + century * 0.0003032)) % 360.0
    anomaly = math.radians(357.52911 + century * (35999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = (
        math.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + math.sin(2.0 * anomaly) * (0.019993 - 0.000101 * century)
        + math.sin(3.0 * anomaly) * 0.000289
    )
    node = math.radians(125.04 - 1934.136 * century)
    apparent = math.radians(mean_long + centre - 0.00569 - 0.00478 * math.sin(node))
    seconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
    tilt = math.radians(23.0 + (26.0 + seconds / 60.0) / 60.0 + 0.00256 * math.cos(node))
    declination = math.asin(math.sin(tilt) * math.sin(apparent))
    day_minutes = (utc_s % 86400.0) / 60.0
    solar_minutes = (
        day_minutes + _equation_of_time_min(tilt, mean_long, eccentricity, anomaly)
    ) + 4.0 * longitude_deg
    hour = math.radians(solar_minutes / 4.0 - 180.0)
    latitude = math.radians(latitude_deg)
    up = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(
        declination
    ) * math.cos(hour)
    west = math.cos(declination) * math.sin(hour)
    south = math.sin(latitude) * math.cos(declination) * math.cos(hour) - math.cos(
        latitude
    ) * math.sin(declination)
    elevation = math.asin(min(1.0, max(-1.0, up)))
    return SunAt(math.degrees(elevation), math.degrees(math.atan2(west, south)))


def _equation_of_time_min(
    tilt: float, mean_long_deg: float, eccentricity: float, anomaly: float
) -> float:
    """Minutes by which a sundial is ahead of the mean sun."""
    y = math.tan(tilt / 2.0) ** 2
    long = math.radians(mean_long_deg)
    return 4.0 * math.degrees(
        y * math.sin(2.0 * long)
        - 2.0 * eccentricity * math.sin(anomaly)
        + 4.0 * eccentricity * y * math.sin(anomaly) * math.cos(2.0 * long)
        - 0.5 * y * y * math.sin(4.0 * long)
        - 1.25 * eccentricity * eccentricity * math.sin(2.0 * anomaly)
    )
