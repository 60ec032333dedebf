"""The VRM portal and the forecasts: one real question to each, asked in the background."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.sources import ForecastSolar, OpenMeteo, Vrm, VrmForecast
from pvopt.daylight import zone
from pvopt.model import Forecast, Instant, Samples, Site
from pvopt.workers import Periodic

POLL_S = 0.05
LATE_S = 300.0  # a log so late is more than a slow upload
LOG_SETTING = "Settings → VRM online portal → Log interval: 1 min"


@runtime_checkable
class Worked(Protocol):
    """A source whose reading is done by a worker of its own."""

    name: str
    worker: Periodic[Any]

    def read(self, instant: Instant, budget_s: float) -> Samples: ...


class Poll(Protocol):
    """What the portal's worker brings."""

    site: Site
    site_id: int
    log_interval_s: float
    newest_utc_s: float


def wait_for(source: Worked, deadline: Deadline) -> str:
    """Until the worker has brought something or failed; the fault's words, empty if it is well."""
    clock = SystemClock()
    while True:
        cell = source.worker.cell
        if cell.latest is not None or cell.fault:
            return cell.fault
        if deadline.left_s() <= 0:
            return "no answer in time"
        clock.wait_until(clock.now().mono_s + POLL_S)


def rows(
    source: Worked, config: Vrm, deadline: Deadline, now_utc_s: float, alone: bool
) -> Iterator[Row]:
    """Login, site, age of its numbers, log interval. ``alone``: no other source has a site."""
    area = config.name
    fault = wait_for(source, deadline)
    poll: Poll | None = source.worker.latest
    if poll is None:
        todo = "look at token (or user and password), site_id and the internet connection"
        yield fail(area, fault, todo) if alone else warn(area, fault, todo)
        return
    age_s = max(0.0, now_utc_s - poll.newest_utc_s)
    yield ok(area, f"logged in, installation {poll.site_id}, newest numbers {age_s:.0f} s old")
    if poll.site.grid_w.value is None:
        yield warn(area, "the portal has no grid power of this home", "is the GX online?")
    yield _interval(area, poll.log_interval_s, poll.site.allowed_age_s)
    if age_s > poll.log_interval_s + LATE_S:
        yield warn(
            area,
            "the GX has logged nothing for longer than its interval",
            "look at Settings → VRM online portal on the GX: last contact",
        )


def _interval(area: str, interval_s: float, usable_s: float) -> Row:
    text = f"the GX logs every {interval_s:.0f} s"
    if interval_s <= usable_s:
        return ok(area, f"{text}: by the portal alone the heater follows with that delay")
    return warn(
        area,
        f"{text}, but numbers older than {usable_s:.0f} s are not used: by the portal alone the "
        f"heater would be off for the rest of each {interval_s:.0f} s",
        f"set {LOG_SETTING} on the GX",
    )


def forecast_rows(
    source: Worked,
    config: ForecastSolar | OpenMeteo | VrmForecast,
    deadline: Deadline,
    timezone: str,
) -> Iterator[Row]:
    """One real fetch. A missing forecast is never a fault: the clear sky takes its place."""
    fault = wait_for(source, deadline)
    forecast: Forecast | None = source.worker.latest
    if forecast is None or not forecast.points:
        yield warn(
            config.name,
            f"no forecast: {_without_name(fault, config.name) or 'it is empty'}",
            "pvopt reckons with a clear sky meanwhile; look at the internet connection"
            f"{_more(config)}",
        )
        return
    best = max(forecast.points, key=lambda point: point.pv_w)
    at = datetime.fromtimestamp(best.start_utc_s, zone(timezone))
    yield ok(
        config.name,
        f"{len(forecast.points)} points fetched, the most {best.pv_w:.0f} W from {at:%a %H:%M} on",
    )


def _without_name(fault: str, name: str) -> str:
    """The row begins with the source's name already."""
    while fault.startswith(f"{name}: "):
        fault = fault.removeprefix(f"{name}: ")
    return fault


def _more(config: ForecastSolar | OpenMeteo | VrmForecast) -> str:
    if isinstance(config, ForecastSolar):
        return ", the key, and site.planes; without a key 12 calls an hour are free"
    if isinstance(config, VrmForecast):
        return " and the token; the portal needs about a month of records and a location"
    return " and at site.planes"
