"""The VRM portal's own PV forecast: Wh for each hour, of the whole installation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pvopt.config.sources import VrmForecast
from pvopt.errors import SourceError
from pvopt.model import ForecastPoint, Instant
from pvopt.sources import vrm_client
from pvopt.sources.forecast_points import HOUR_S, Span, points_from
from pvopt.sources.vrm_login import VrmPortal

CODE = "solar_yield_forecast"
AHEAD_S = 48 * HOUR_S


class VrmForecastFetcher:
    """A forecast.Fetcher; raises SourceError, HttpError with how long to wait."""

    def __init__(self, config: VrmForecast) -> None:
        self._portal = VrmPortal(config.url, config.token, config.user, config.password)
        self._site_id = config.site_id

    def __call__(self, instant: Instant) -> tuple[ForecastPoint, ...]:
        if self._site_id is None:
            self._site_id = vrm_client.site_id(self._portal, instant.utc_s)
        start_s = instant.utc_s - instant.utc_s % HOUR_S
        records = vrm_client.forecast_records(
            self._portal, self._site_id, int(start_s), int(start_s + AHEAD_S), instant.utc_s
        )
        rows = records.get(CODE) if isinstance(records, Mapping) else None
        points = points_from(_spans(rows))
        if not points:
            raise SourceError(
                "the portal has no forecast: it needs about 30 days of logs and the "
                "installation's location"
            )
        return points


def _spans(rows: Any) -> list[Span]:
    """[[ms, Wh], …] of hours that begin at the time; the portal says false where it has none."""
    spans: list[Span] = []
    for row in rows if isinstance(rows, list) else []:
        try:
            start_s, watts = float(row[0]) / 1000.0, float(row[1])
        except (TypeError, ValueError, IndexError, KeyError):
            continue
        if math.isfinite(start_s) and math.isfinite(watts):
            spans.append((start_s, start_s + HOUR_S, watts))
    return spans
