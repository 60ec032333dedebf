"""What a forecast says of a whole day: its energy, and how much of a clear sky clouds will take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from pvopt.daylight import Plane, clear_sky_w, local_day, local_utc_s
from pvopt.model import Forecast

STEP_S = 900.0  # of the sum over a day
DIM = 0.05  # of the day's brightest moment; darker ones do not count
LEAST_CLEAR_WH = 100.0  # a clear day that gives less has no share of clouds (polar night)


def expected_wh(forecast: Forecast | None, from_utc_s: float, to_utc_s: float) -> float:
    """Energy that the forecast has for a span (Wh); NaN if it does not reach over all of it.

    Worked: 1000 W from 9 to 10 and 2000 W from 10 to 12, asked from 9:30 to 11: 2500 Wh.
    """
    points = () if forecast is None else forecast.points
    if not points or points[0].start_utc_s > from_utc_s or points[-1].start_utc_s < to_utc_s:
        return math.nan
    total_ws = 0.0
    for point, following in pairwise(points):
        begins_s = max(point.start_utc_s, from_utc_s)
        total_ws += point.pv_w * max(0.0, min(following.start_utc_s, to_utc_s) - begins_s)
    return total_ws / 3600.0


def coming_day(tz: str, utc_s: float) -> date:
    """The day whose sun is still to come: today until noon, then tomorrow."""
    today = local_day(utc_s, tz)
    return today if utc_s < local_utc_s(today, 720, tz) else today + timedelta(days=1)


def cloud_pct(
    forecast: Forecast | None,
    planes: Sequence[Plane],
    latitude_deg: float,
    longitude_deg: float,
    day: date,
    tz: str,
) -> float:
    """What clouds take of a day by the forecast, % of a clear sky's energy; NaN: not known.

    Of the bright hours only, for forecasts begin at sunrise. A few milliseconds of work: when
    ``is_due``, not every second.

    Worked: 6 kWh expected where a clear sky would give 20 kWh: 70 %.
    """
    start_s, end_s = local_utc_s(day, 0, tz), local_utc_s(day, 1440, tz)
    middles = [start_s + (step + 0.5) * STEP_S for step in range(int((end_s - start_s) / STEP_S))]
    clear_w = [clear_sky_w(planes, latitude_deg, longitude_deg, at_s) for at_s in middles]
    bright = [at_s for at_s, w in zip(middles, clear_w, strict=True) if w > DIM * max(clear_w)]
    clear_wh = sum(w for w in clear_w if w > DIM * max(clear_w)) * STEP_S / 3600.0
    if clear_wh < LEAST_CLEAR_WH:
        return math.nan
    told_wh = expected_wh(forecast, bright[0] - STEP_S / 2, bright[-1] + STEP_S / 2)
    if math.isnan(told_wh):
        return math.nan
    return min(100.0, max(0.0, 100.0 * (1.0 - told_wh / clear_wh)))
