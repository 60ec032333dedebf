"""A recorder that writes to the log where each load stands with its hygiene, when that changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from pvopt.daylight import zone
from pvopt.decide.legionella import LegionellaRule, Progress, stands
from pvopt.decide.memory import Ledger
from pvopt.model import Instant, Tick
from pvopt.show.words.hygiene import hygiene

log = logging.getLogger("pvopt")


class HygieneJournal:
    """``rules``: by load; ``ledger``: asks for the loop's; ``stamp``: as the journal's."""

    def __init__(
        self,
        rules: Mapping[str, LegionellaRule],
        ledger: Callable[[], Ledger],
        timezone: str,
        stamp: Callable[[Instant], str] | None = None,
    ) -> None:
        self._rules = rules
        self._ledger = ledger
        self._zone = zone(timezone)
        self._stamp = stamp
        self._told: dict[str, Progress] = {}
        self._failed = False

    def record(self, tick: Tick) -> None:
        """Log what changed in this tick. Never raises."""
        try:
            self._record(tick.snapshot.instant)
        except Exception:
            if not self._failed:
                log.exception("where hygiene stands could not be told")
            self._failed = True

    def _record(self, instant: Instant) -> None:
        if not instant.utc_ok:
            return
        known = {one.id: one.legionella for one in self._ledger().comfort}
        for load, rule in self._rules.items():
            if load not in known:
                continue
            now = stands(rule, known[load], instant.utc_s)
            if now is None or now.progress == self._told.get(load):
                continue
            self._told[load] = now.progress
            words = hygiene(now, self._zone)
            level = logging.WARNING if now.progress == Progress.OVERDUE else logging.INFO
            log.log(level, "%s%s: %s", self._stamp(instant) if self._stamp else "", load, words)
