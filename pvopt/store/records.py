"""Recorded ticks in the order in which they were lived, stretch by stretch, for who goes over them.

A stretch lies within one hour of UTC and one run, and knows what was remembered before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pvopt.decide.memory import Memory
from pvopt.decide.settings import Settings
from pvopt.errors import StoreError
from pvopt.model import Forecast, Tick
from pvopt.store.codec import forecast_from, memory_of, settings_from, ticks_of
from pvopt.store.database import for_reading
from pvopt.store.rolls import HOUR_S, Batch, batches


class Stretch(NamedTuple):
    """``number``: of its first tick in the run; ``memory``: before that (None: it was lost)."""

    run: int
    number: int
    settings: Settings
    memory: Memory | None
    ticks: tuple[Tick, ...]


class Records:
    """Of the store at ``path``. StoreError: there is none, or it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._made = for_reading(path)
        self._settings: dict[int, Settings] = {}
        self._forecasts: dict[tuple[int, int], Forecast] = {}

    def close(self) -> None:
        self._made.close()

    def stretches(self, from_utc_s: float, to_utc_s: float) -> Iterator[Stretch]:
        """Those of the hours from one moment until before the other, each of them whole but for
        lost ticks: after such a gap a stretch without a memory begins."""
        gathered: list[Batch] = []
        for batch in self.batches(from_utc_s, to_utc_s):
            if gathered and not _follows(gathered[-1], batch):
                yield self._stretch(gathered)
                gathered = []
            gathered.append(batch)
        if gathered:
            yield self._stretch(gathered)

    def batches(self, from_utc_s: float, to_utc_s: float) -> Iterator[Batch]:
        """Expanded batches of those hours."""
        hours = (int(from_utc_s // HOUR_S), int(-(-to_utc_s // HOUR_S)) - 1)
        try:
            yield from batches(self._made, "s.hour BETWEEN ? AND ?", hours)
        except sqlite3.Error as fault:
            raise StoreError(f"the records cannot be read: {fault}") from fault

    def _stretch(self, gathered: list[Batch]) -> Stretch:
        first = gathered[0]
        ticks: list[Tick] = []
        for batch in gathered:
            ticks += ticks_of(batch.text, lambda number: self._forecast(first.run, number))
        memory = self._memory(first)
        return Stretch(first.run, first.tick, self._settings_of(first.run), memory, tuple(ticks))

    def _memory(self, first: Batch) -> Memory | None:
        if not first.first:
            return None
        row = self._made.execute(
            "SELECT memory FROM stretches WHERE id=?", (first.stretch,)
        ).fetchone()
        return None if row is None or row[0] is None else memory_of(row[0])

    def _settings_of(self, run: int) -> Settings:
        if run not in self._settings:
            row = self._made.execute("SELECT settings FROM runs WHERE id=?", (run,)).fetchone()
            if row is None:
                raise StoreError("records of a run whose settings are lost")
            self._settings[run] = settings_from(row[0])
        return self._settings[run]

    def _forecast(self, run: int, number: int) -> Forecast:
        """One object as long as it is the same."""
        if (run, number) not in self._forecasts:
            row = self._made.execute(
                "SELECT body FROM forecasts WHERE run=? AND number=?", (run, number)
            ).fetchone()
            if row is None:
                raise StoreError("a record whose forecast is lost")
            self._forecasts[run, number] = forecast_from(row[0])
        return self._forecasts[run, number]


def _follows(before: Batch, batch: Batch) -> bool:
    """Whether one batch goes on where the other ended, in the same stretch."""
    return before.stretch == batch.stretch and before.tick + before.ticks == batch.tick
