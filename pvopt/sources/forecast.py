"""A forecast as a source: fetched in the background, kept on disk, given only while fresh."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from pvopt import daylight
from pvopt.config.site import Site
from pvopt.config.sources import ForecastSolar, OpenMeteo, VrmForecast
from pvopt.errors import SourceError
from pvopt.links.http import HttpError
from pvopt.model import Forecast, ForecastPoint, Instant, Samples
from pvopt.ports import Clock
from pvopt.sources.forecast_cache import ForecastCache, Kept
from pvopt.workers import Periodic, Turn

ForecastConfig = ForecastSolar | OpenMeteo | VrmForecast
# Asks the service for the points; raises SourceError (HttpError: with how long to wait).
Fetcher = Callable[[Instant], tuple[ForecastPoint, ...]]

HOUR_S = 3600.0
LOOK_S = 30.0  # the job looks this often whether a fetch is due; it costs nothing
NO_DATE_LOOK_S = 5.0
SPREAD_S = 300  # not every home in the country asks in the same second
FIRST_RETRY_S, LAST_RETRY_S = 300.0, 3600.0
LONGEST_REFUSAL_S = 86_400.0
FUTURE_S = 300.0

log = logging.getLogger(__name__)


def fetcher_for(config: ForecastConfig, site: Site) -> Fetcher:
    """Who asks the service of a configured kind; its file is imported only now."""
    if isinstance(config, ForecastSolar):
        from pvopt.sources.forecast_solar import ForecastSolarFetcher  # noqa: PLC0415

        return ForecastSolarFetcher(config, site)
    if isinstance(config, OpenMeteo):
        from pvopt.sources.open_meteo import OpenMeteoFetcher  # noqa: PLC0415

        return OpenMeteoFetcher(config, site)
    from pvopt.sources.vrm_forecast import VrmForecastFetcher  # noqa: PLC0415

    return VrmForecastFetcher(config)


class ForecastSource:
    """ports.Source. Fetches at ``fetch_at`` (local time, spread over five minutes by place),
    every ``refresh_h`` in daylight, and at once when nothing usable is kept.

    ``fetcher`` None: the service of the configured kind.
    ``threaded`` False: nothing runs by itself; tests call ``worker.run_once()``.
    """

    def __init__(
        self,
        config: ForecastConfig,
        site: Site,
        state_folder: Path,
        clock: Clock,
        fetcher: Fetcher | None = None,
        threaded: bool = True,
    ) -> None:
        self.name = config.name
        self.only_forecast = True
        self._config = config
        self._site = site
        self._fetcher = fetcher or fetcher_for(config, site)
        self._threaded = threaded
        self._cache = ForecastCache(state_folder, config.name)
        self._kept = Kept(None, _setup(config, site))
        self._loaded = False
        self._retry_s = FIRST_RETRY_S
        self._retry_mono_s = float("-inf")
        self._fault = ""
        place = f"{config.name} {site.latitude} {site.longitude}".encode()
        self._spread_s = float(zlib.crc32(place) % SPREAD_S)
        # Who reads this source says what is missing; while a forecast is fresh nothing is.
        self.worker: Periodic[Forecast] = Periodic(
            f"{config.name} forecast", self._look, clock, fault_level=logging.DEBUG
        )

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The forecast, one object until it is replaced. SourceError (and so none) while
        there is none, it is stale, or the date is not known."""
        if self._threaded:
            self.worker.start()
        cell = self.worker.cell
        if cell.latest is None:
            raise SourceError(cell.fault or "none was fetched yet")
        if not instant.utc_ok:
            raise SourceError("this machine has no true date yet")
        if not self._is_fresh(cell.latest, instant.utc_s):
            because = f": {cell.fault}" if cell.fault else ""
            raise SourceError(f"the last one is stale{because}")
        return Samples(self.name, forecast=cell.latest)

    def close(self) -> None:
        self.worker.stop()

    def _look(self, instant: Instant) -> Turn[Forecast]:
        """Fetch if that is due; cheap otherwise."""
        if not self._loaded:
            self._kept = self._cache.load(self._kept.setup)
            self._loaded = True
        if not instant.utc_ok:
            return Turn(self._kept.forecast, NO_DATE_LOOK_S, "waiting for the true date")
        if self._is_due(instant.utc_s) and self._may_ask(instant):
            self._fetch(instant)
        return Turn(self._kept.forecast, LOOK_S, self._fault)

    def _fetch(self, instant: Instant) -> None:
        try:
            points = self._fetcher(instant)
            if not points or points[-1].start_utc_s <= instant.utc_s:
                raise SourceError("the service has no forecast for the time to come")
        except SourceError as fault:
            self._failed(fault, instant)
            return
        issued = instant.utc_s
        forecast = Forecast(f"{self.name}@{issued:.0f}", issued, self.name, points)
        self._kept = Kept(forecast, self._kept.setup)
        self._retry_s, self._retry_mono_s, self._fault = FIRST_RETRY_S, float("-inf"), ""
        self._cache.save(self._kept)

    def _failed(self, fault: SourceError, instant: Instant) -> None:
        self._fault = str(fault)
        asked_s = fault.retry_after_s if isinstance(fault, HttpError) else None
        self._retry_mono_s = instant.mono_s + max(self._retry_s, asked_s or 0.0)
        self._retry_s = min(LAST_RETRY_S, self._retry_s * 2)
        if asked_s:
            # kept on disk, so that a program that restarts does not ask in vain again and again
            until_s = instant.utc_s + min(asked_s, LONGEST_REFUSAL_S)
            self._kept = self._kept._replace(not_before_utc_s=until_s)
            self._cache.save(self._kept)

    def _may_ask(self, instant: Instant) -> bool:
        wait_s = self._kept.not_before_utc_s - instant.utc_s
        # a wait longer than any service asks for was written by a clock gone wrong
        refused = 0 < wait_s <= LONGEST_REFUSAL_S
        return not refused and instant.mono_s >= self._retry_mono_s

    def _is_due(self, utc_s: float) -> bool:
        forecast = self._kept.forecast
        if forecast is None or not self._is_fresh(forecast, utc_s):
            return True
        if forecast.issued_utc_s < self._last_fetch_time_s(utc_s):
            return True
        grown_old = utc_s - forecast.issued_utc_s >= self._config.refresh_h * HOUR_S
        place = self._site
        return grown_old and daylight.elevation_deg(place.latitude, place.longitude, utc_s) > 0

    def _is_fresh(self, forecast: Forecast, utc_s: float) -> bool:
        age_s = utc_s - forecast.issued_utc_s
        covers = forecast.points[-1].start_utc_s > utc_s
        return -FUTURE_S <= age_s <= self._config.stale_h * HOUR_S and covers

    def _last_fetch_time_s(self, utc_s: float) -> float:
        """The latest ``fetch_at`` that has come; 05:30 if the configured text is no time."""
        minutes = daylight.hhmm_minutes(self._config.fetch_at)
        minutes = 330 if minutes is None else minutes
        today = daylight.local_day(utc_s, self._site.timezone)
        times = [
            daylight.local_utc_s(today - timedelta(days=back), minutes, self._site.timezone)
            + self._spread_s
            for back in (0, 1, 2)
        ]
        return max((moment for moment in times if moment <= utc_s), default=float("-inf"))


def _setup(config: ForecastConfig, site: Site) -> str:
    """What a kept forecast must agree with: place and panels. No secret is part of it."""
    planes = "; ".join(f"{p.peak_w:g} {p.tilt_deg:g} {p.azimuth_deg:g}" for p in site.planes)
    installation = config.site_id if isinstance(config, VrmForecast) else None
    return f"{config.kind} {installation} {site.latitude:g} {site.longitude:g} [{planes}]"
