"""The recorder that the page lives by: the last tick in one cell, the last day in a ring.

The loop writes, whoever serves the page reads; the loop waits for nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pvopt.daylight import zone
from pvopt.decide.memory import Ledger
from pvopt.model import Tick
from pvopt.score.day import DayScore
from pvopt.score.keeper import ScoreKeeper
from pvopt.show.web.ring import Ring
from pvopt.show.web.sums import Today

log = logging.getLogger("pvopt.page")


class Published(NamedTuple):
    """What was true at the end of one tick. ``number`` counts ticks; ``before``: what
    to add to today's Wh for those since the start; ``since_utc_s``: when today's begin, None: at
    midnight, or as far as was recorded."""

    number: int
    tick: Tick
    ledger: Ledger
    date: str
    today: dict[str, float]
    before: Mapping[str, float] = MappingProxyType({})
    score: DayScore | None = None
    since_utc_s: float | None = None

    def total_wh(self) -> dict[str, float]:
        """Wh by name since the start; never less than before."""
        both = {**self.before, **self.today}
        each = {name: self.before.get(name, 0.0) + self.today.get(name, 0.0) for name in both}
        return {name: round(number, 1) for name, number in each.items()}


class PageRecorder:
    """``ledger``: asks for the loop's. ``wake`` is called after each tick; it must not wait."""

    def __init__(
        self, ledger: Callable[[], Ledger], timezone: str, score: ScoreKeeper | None = None
    ) -> None:
        self.ring = Ring()
        self.latest: Published | None = None
        self.wake: Callable[[], None] = lambda: None
        self._ledger = ledger
        self._score = score
        self._today = Today(zone(timezone))
        self._number = 0
        self._failed = False

    def begin(self, date: str, wh: Mapping[str, float]) -> None:
        """Go on with what an earlier run recorded of a day (ISO)."""
        self._today.begin(date, wh)

    def record(self, tick: Tick) -> None:
        """Never raises."""
        try:
            self.ring.add(tick)
            self._today.add(tick)
            self._number += 1
            self.latest = Published(
                self._number,
                tick,
                self._ledger(),
                self._today.date,
                self._today.wh(),
                self._today.before_wh,
                None if self._score is None else self._score.today,
                self._today.since_utc_s,
            )
            self.wake()
            self._failed = False
        except Exception:
            if not self._failed:
                log.exception("a tick could not be published")
            self._failed = True
