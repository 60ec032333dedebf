"""The VRM portal as a source: polled in the background, each number with its record's age."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from pvopt.config.sources import Vrm
from pvopt.errors import SourceError
from pvopt.links.http import HttpError
from pvopt.model import Instant, Samples, Site
from pvopt.ports import Clock
from pvopt.sources import vrm_client
from pvopt.sources.vrm_login import RefusedError, VrmPortal
from pvopt.sources.vrm_records import Record, Records, parse_records
from pvopt.sources.vrm_site import site_from
from pvopt.workers import Periodic, Turn

PAGE_ROWS = 1000
MAX_PAGES = 5
# A GX takes some seconds to send a log, and the portal some to show it.
UPLOAD_S = 8.0
LONGEST_WAIT_S = 300.0
REFUSED_WAIT_S = 900.0
NO_DATE_WAIT_S = 5.0
TOO_MANY = 429
RATE_WAIT_S = 60.0
FUTURE_S = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll's Site and the facts `check` speaks of."""

    site: Site
    site_id: int
    log_interval_s: float
    newest_utc_s: float


class VrmSource:
    """ports.Source of the portal. ``read`` never waits: a Periodic asks the portal.

    ``threaded`` False: nothing runs by itself; tests call ``worker.run_once()``. ``tick_s``: how
    often age is looked at; a slow loop must not stretch what is allowed.
    """

    def __init__(
        self, config: Vrm, clock: Clock, threaded: bool = True, tick_s: float = 1.0
    ) -> None:
        self.name = config.name
        self._config = config
        self._portal = VrmPortal(config.url, config.token, config.user, config.password)
        self._site_id = config.site_id
        self._threaded = threaded
        self._slack_s = max(0.0, tick_s - 1.0)
        self._newest_utc_s = 0.0
        self._first_seen_s = 0.0
        self._faults = 0
        self._overdue = 0
        self.worker: Periodic[Poll] = Periodic(f"{config.name} portal", self._poll, clock)

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The latest poll, at once. SourceError while there is none, or with the reason why
        the latest has become too old."""
        if self._threaded:
            self.worker.start()
        cell = self.worker.cell
        if cell.latest is None:
            raise SourceError(cell.fault or "the portal was not read yet")
        site = cell.latest.site
        if self._slack_s > 0.0:
            site = replace(site, allowed_age_s=site.allowed_age_s - self._slack_s)
        if cell.fault and instant.mono_s - site.at_s > site.allowed_age_s:
            raise SourceError(cell.fault)
        return Samples(self.name, site)

    def close(self) -> None:
        self.worker.stop()

    def _poll(self, instant: Instant) -> Turn[Poll]:
        latest = self.worker.latest
        if not instant.utc_ok:
            words = "this machine has no true date yet, so the records' age is unknown"
            return Turn(latest, NO_DATE_WAIT_S, words)
        try:
            poll = self._ask(instant)
        except RefusedError as fault:
            return Turn(latest, REFUSED_WAIT_S, str(fault))
        except HttpError as fault:
            return Turn(latest, self._wait_after(fault), str(fault))
        except SourceError as fault:
            return Turn(latest, self._backoff_s(), str(fault))
        self._faults = 0
        return Turn(poll, self._next_s(poll, instant.utc_s))

    def _ask(self, instant: Instant) -> Poll:
        if self._site_id is None:
            self._site_id = vrm_client.site_id(self._portal, instant.utc_s)
        rows, now_utc_s = self._diagnostics(self._site_id, instant.utc_s)
        records = Records(rows)
        origin = self._origin(records.newest_utc_s, now_utc_s)
        if records.newest_utc_s > self._newest_utc_s:
            self._first_seen_s = instant.mono_s

        def at_s(utc_s: float) -> float:
            """Never later than the poll that first brought a log: a clock that lags behind
            the portal's must not make the same numbers fresh again and again."""
            return min(instant.mono_s - (now_utc_s - utc_s), self._first_seen_s)

        site = site_from(records, origin, at_s)
        if site is None:
            raise SourceError("the portal has no record of grid, battery or panels")
        return Poll(site, self._site_id, records.log_interval_s, records.newest_utc_s)

    def _diagnostics(self, site_id: int, utc_s: float) -> tuple[list[Record], float]:
        """All records and the present time, the later of our clock and the portal's."""
        seen: dict[tuple[str, str, str, int], Record] = {}
        now_utc_s = utc_s
        for page in range(1, MAX_PAGES + 1):
            params = {"count": PAGE_ROWS, "page": page}
            answer = self._portal.get(f"installations/{site_id}/diagnostics", params, utc_s)
            now_utc_s = max(now_utc_s, answer.date_utc_s or 0.0)
            rows = answer.json.get("records")
            known = len(seen)
            for record in parse_records(rows):
                key = (record.service, record.path, record.code, record.instance)
                if key not in seen or seen[key].utc_s < record.utc_s:
                    seen[key] = record
            size = len(rows) if isinstance(rows, list | dict) else 0
            if size < PAGE_ROWS or len(seen) == known:
                break
        return list(seen.values()), now_utc_s

    def _origin(self, newest_utc_s: float, now_utc_s: float) -> str:
        if newest_utc_s <= now_utc_s + FUTURE_S:
            return self.name
        log.warning(
            "%s: the newest record is %.0f s in the future: is the GX's clock right?",
            self.name,
            newest_utc_s - now_utc_s,
        )
        return f"{self.name} (in the future)"

    def _next_s(self, poll: Poll, utc_s: float) -> float:
        """When the next log can be there; slower and slower when it does not come."""
        self._overdue = 0 if poll.newest_utc_s > self._newest_utc_s else self._overdue + 1
        self._newest_utc_s = max(self._newest_utc_s, poll.newest_utc_s)
        due_s = poll.newest_utc_s + poll.log_interval_s + UPLOAD_S - utc_s
        slower_s = min(LONGEST_WAIT_S, self._config.poll_s * 2.0 ** min(10, self._overdue // 4))
        return max(self._config.poll_s, slower_s, min(due_s, poll.log_interval_s + UPLOAD_S))

    def _wait_after(self, fault: HttpError) -> float:
        backoff_s = self._backoff_s()
        if fault.status != TOO_MANY:
            return max(backoff_s, fault.retry_after_s or 0.0)
        asked_s = fault.retry_after_s if fault.retry_after_s is not None else RATE_WAIT_S
        return min(max(backoff_s, asked_s), 3600.0)

    def _backoff_s(self) -> float:
        self._faults += 1
        return min(LONGEST_WAIT_S, self._config.poll_s * 2.0 ** min(10, self._faults - 1))
