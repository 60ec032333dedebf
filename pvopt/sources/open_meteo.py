"""api.open-meteo.com: irradiance on each plane and air temperature, to watts.

``P = peak x GTI/1000 x (1 - 0.004 (Tcell - 25)) x 0.9`` with ``Tcell = Tair + 0.0342 GTI``
(nominal cell temperature 47 °C; 0.9 for wiring, dirt and inverter). Worked: 1000 W of panels,
800 W/m², 20 °C: Tcell 47.4 °C, P = 1000 x 0.8 x 0.9106 x 0.9 = 655.6 W.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from pvopt.config.site import Plane, Site
from pvopt.config.sources import OpenMeteo
from pvopt.errors import SourceError
from pvopt.links.http import HttpError, Params, get_json, plain_text
from pvopt.model import ForecastPoint, Instant
from pvopt.sources.forecast_points import HOUR_S, Span, of_planes, points_from

TOO_MANY = 429
DAY_S = 24 * HOUR_S
EFFICIENCY = 0.9
UNKNOWN_AIR_C = 20.0
# Brighter than the sun above the air: a slip of the model, not weather.
BRIGHTEST_W_M2 = 1500.0
FORECAST_DAYS = 3


class OpenMeteoFetcher:
    """A forecast.Fetcher; raises SourceError, HttpError with how long to wait."""

    def __init__(self, config: OpenMeteo, site: Site) -> None:
        self._config = config
        self._site = site

    def __call__(self, instant: Instant) -> tuple[ForecastPoint, ...]:
        return of_planes(self._site.planes, lambda plane: self._plane(plane, instant.utc_s))

    def _plane(self, plane: Plane, utc_s: float) -> tuple[ForecastPoint, ...]:
        params: Params = {
            "latitude": round(self._site.latitude, 4),
            "longitude": round(self._site.longitude, 4),
            "tilt": plane.tilt_deg,
            "azimuth": plane.azimuth_deg,
            "hourly": "global_tilted_irradiance,temperature_2m",
            "timezone": "GMT",
            "timeformat": "unixtime",
            "forecast_days": FORECAST_DAYS,
        }
        try:
            answer = get_json(f"{self._config.url.rstrip('/')}/v1/forecast", params).json
        except HttpError as fault:
            raise _words(fault, utc_s) from None
        hourly = answer.get("hourly") if isinstance(answer, Mapping) else None
        points = points_from(_spans(hourly, plane.peak_w)) if isinstance(hourly, Mapping) else ()
        if not points:
            raise SourceError("open-meteo: an answer without irradiance")
        return points


def pv_w(peak_w: float, gti_w_m2: float, air_c: float) -> float:
    """Watts of panels rated ``peak_w`` under an irradiance (see the head of the file), >= 0."""
    gti_w_m2 = min(max(gti_w_m2, 0.0), BRIGHTEST_W_M2)
    cell_c = air_c + 0.0342 * gti_w_m2
    return max(0.0, peak_w * gti_w_m2 / 1000.0 * (1 - 0.004 * (cell_c - 25.0)) * EFFICIENCY)


def _spans(hourly: Mapping[str, Any], peak_w: float) -> list[Span]:
    """Hours with their mean watts: a number is the mean of the hour before its time."""
    ends = _numbers(hourly.get("time"))
    gti = _filled(_numbers(hourly.get("global_tilted_irradiance")))
    air = _filled(_numbers(hourly.get("temperature_2m")))
    spans: list[Span] = []
    for index, end_s in enumerate(ends):
        irradiance = gti[index] if index < len(gti) else None
        if end_s is None or irradiance is None:
            continue
        air_c = air[index] if index < len(air) else None
        watts = pv_w(peak_w, irradiance, UNKNOWN_AIR_C if air_c is None else air_c)
        spans.append((end_s - HOUR_S, end_s, watts))
    return spans


def _numbers(series: Any) -> list[float | None]:
    return [_number(each) for each in series] if isinstance(series, list) else []


def _number(each: Any) -> float | None:
    good = isinstance(each, int | float) and math.isfinite(each)
    return float(each) if good else None


def _filled(series: Sequence[float | None]) -> list[float | None]:
    """Nulls between two numbers on the straight line between them; before and after, unknown."""
    filled = list(series)
    known = [index for index, each in enumerate(series) if each is not None]
    for left, right in pairwise(known):
        first, last = series[left] or 0.0, series[right] or 0.0
        for index in range(left + 1, right):
            filled[index] = first + (last - first) * (index - left) / (right - left)
    return filled


def _words(fault: HttpError, utc_s: float) -> HttpError:
    said = fault.json.get("reason") if isinstance(fault.json, Mapping) else None
    reason = plain_text(said) if said else ""
    wait_s = fault.retry_after_s
    if fault.status == TOO_MANY and wait_s is None:
        if reason.lower().startswith("daily"):
            wait_s = DAY_S - utc_s % DAY_S
        else:
            wait_s = 60.0 if reason.lower().startswith("minutely") else HOUR_S
    elif fault.status == 400:
        wait_s = 6 * HOUR_S
    return HttpError(f"open-meteo: {reason or fault}", fault.status, wait_s)
