"""api.forecast.solar: the energy of each period, one call a plane.

https://doc.forecast.solar: /[key/]estimate/{lat}/{lon}/{tilt}/{azimuth}/{kWp}; azimuth 0
south, -90 east, like ours. ``watt_hours_period``: Wh in the period that ends at the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Any

from pvopt import daylight
from pvopt.config.site import Plane, Site
from pvopt.config.sources import ForecastSolar
from pvopt.errors import SourceError
from pvopt.links.http import HttpError, get_json, plain_text
from pvopt.model import ForecastPoint, Instant
from pvopt.sources.forecast_points import HOUR_S, Span, of_planes, points_from

TOO_MANY = 429
WORDS = {
    400: "the service rejects a number of the request (place, tilt, azimuth or watts)",
    401: "the key was refused",
    403: "the key was refused",
    404: "the service does not know this address; is url right?",
    422: "the service has no forecast for this place or these panels",
    502: "the service is down",
    503: "the service is down",
}
# Asking again soon changes none of these.
HOPELESS = (400, 401, 403, 404, 422)
HOPELESS_WAIT_S = 6 * HOUR_S


class ForecastSolarFetcher:
    """A forecast.Fetcher; raises SourceError, HttpError with how long to wait."""

    def __init__(self, config: ForecastSolar, site: Site) -> None:
        self._config = config
        self._site = site

    def __call__(self, instant: Instant) -> tuple[ForecastPoint, ...]:
        return of_planes(self._site.planes, lambda plane: self._plane(plane, instant.utc_s))

    def _plane(self, plane: Plane, utc_s: float) -> tuple[ForecastPoint, ...]:
        site, key = self._site, self._config.key
        url = (
            f"{self._config.url.rstrip('/')}/{key + '/' if key else ''}estimate"
            f"/{site.latitude:.4f}/{site.longitude:.4f}"
            f"/{plane.tilt_deg:.0f}/{plane.azimuth_deg:.0f}/{plane.peak_w / 1000:.3f}"
        )
        try:
            answer = get_json(url, {"time": "iso8601"}).json
        except HttpError as fault:
            raise self._words(fault, utc_s) from None
        result = answer.get("result") if isinstance(answer, Mapping) else None
        if not isinstance(result, Mapping):
            raise SourceError("forecast.solar: an answer without a result")
        points = points_from(_spans(result, daylight.zone(site.timezone)))
        if not points:
            raise SourceError("forecast.solar: a result without numbers")
        return points

    def _words(self, fault: HttpError, utc_s: float) -> HttpError:
        wait_s = fault.retry_after_s
        if fault.status == TOO_MANY:
            told_s = _retry_at_s(fault.json, utc_s)
            wait_s = max(wait_s or 0.0, told_s or 0.0) or HOUR_S
            words = f"the rate limit is reached, next call in {wait_s / 60:.0f} min"
        else:
            words = WORDS.get(fault.status or 0, str(fault))
            if fault.status in HOPELESS:
                wait_s = HOPELESS_WAIT_S
        said = _said(fault.json)
        if self._config.key:
            said = said.replace(self._config.key, "…")
        text = f"forecast.solar: {words}" + (f" ({said})" if said else "")
        return HttpError(text, fault.status, wait_s)


def _said(answer: Any) -> str:
    message = answer.get("message") if isinstance(answer, Mapping) else None
    text = message.get("text") if isinstance(message, Mapping) else None
    return plain_text(text) if text else ""


def _retry_at_s(answer: Any, utc_s: float) -> float | None:
    """Seconds until ``message.ratelimit.retry-at`` (ISO 8601 with offset)."""
    try:
        at = datetime.fromisoformat(answer["message"]["ratelimit"]["retry-at"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(0.0, at.timestamp() - utc_s) if at.tzinfo is not None else None


def _spans(result: Mapping[str, Any], local: tzinfo) -> list[Span]:
    """Periods with their mean watts, from the periods' energy, else from the momentary watts."""
    energy = _series(result.get("watt_hours_period"), local)
    if energy:
        return [
            (start, end, wh * HOUR_S / (end - start))
            for (start, _), (end, wh) in pairwise(energy)
            if end > start
        ]
    watts = _series(result.get("watts"), local)
    return [(a, b, (first + last) / 2) for (a, first), (b, last) in pairwise(watts)]


def _series(numbers: Any, local: tzinfo) -> list[tuple[float, float]]:
    """(Unix time, number) in order of time; what cannot be read is left out."""
    found: dict[float, float] = {}
    latest_s = float("-inf")
    for text, number in numbers.items() if isinstance(numbers, Mapping) else ():
        utc_s = _time(str(text), local, latest_s)
        if utc_s is not None and isinstance(number, int | float):
            found[utc_s] = float(number)
            latest_s = utc_s
    return sorted(found.items())


def _time(text: str, local: tzinfo, latest_s: float) -> float | None:
    """Unix time of a number, of ISO 8601, or of the home's wall clock without an offset.

    A wall-clock time that an autumn night has twice is the second if the first has passed.
    """
    if text.isdecimal():
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).timestamp()
    first_s = moment.replace(tzinfo=local).timestamp()
    return moment.replace(tzinfo=local, fold=1).timestamp() if first_s <= latest_s else first_s
