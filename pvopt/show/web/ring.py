"""The last day in memory: means of half minutes, for the chart where there is no store.

24 h of 12 numbers are 150 kB: plain arrays, a column a number.
"""

from __future__ import annotations

import math
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from pvopt.model import Reading, Tick
from pvopt.show.status_forms import fresh_site

EACH_S = 30.0
KEPT_S = 86_400.0
MOST_ROWS = int(KEPT_S / EACH_S)
SPARE_ROWS = 240  # cut off together, so that arrays seldom move
HOME = ("grid_w", "pv_w", "load_w", "battery_w", "soc_pct")


class Series(NamedTuple):
    """Columns of numbers at ``t_utc_s``; None where nothing was known."""

    t_utc_s: list[float]
    columns: dict[str, list[float | None]]


class History(Protocol):
    """What is asked of a store."""

    def span(self) -> tuple[float, float] | None: ...
    def series(
        self, names: Sequence[str], from_utc_s: float, to_utc_s: float, most: int
    ) -> Series: ...
    def names(self) -> list[str]: ...


def numbers(tick: Tick) -> Iterator[tuple[str, float]]:
    """Name and number of everything that is kept; nan where nothing is known, or what is known
    is too old to be believed."""
    site = fresh_site(tick)
    for name in HOME:
        yield name, math.nan if site is None else _plain(getattr(site, name))
    yield "budget_w", tick.decision.budget_w
    for command, outcome in zip(tick.decision.commands, tick.outcomes, strict=True):
        yield f"load.{command.target}.setpoint_w", command.setpoint_w
        yield f"load.{command.target}.expected_w", outcome.expected_w
    for view in tick.snapshot.loads:
        yield f"load.{view.id}.actual_w", _plain(view.actual_w)
        yield f"load.{view.id}.temperature_c", _plain(view.temperature_c)
    for command in tick.decision.storages:
        yield f"storage.{command.target}.setpoint_w", command.setpoint_w
    for storage in tick.snapshot.storages:
        yield f"storage.{storage.id}.power_w", _plain(storage.power_w)
        yield f"storage.{storage.id}.soc_pct", _plain(storage.soc_pct)


def _plain(reading: Reading) -> float:
    return math.nan if reading.value is None else reading.value


class Ring:
    """Written by the loop, read by any thread; neither waits longer than a copy takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._t = array("d")
        self._columns: dict[str, array[float]] = {}
        self._sums: dict[str, tuple[float, int]] = {}
        self._slot = -math.inf

    def add(self, tick: Tick) -> None:
        """Of the loop's thread. A row is written when its half minute is over."""
        slot = math.floor(tick.snapshot.instant.utc_s / EACH_S) * EACH_S
        if slot != self._slot:
            if self._sums:
                self._write(self._slot)
            self._sums, self._slot = {}, slot
        for name, number in numbers(tick):
            if math.isfinite(number):
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + number, count + 1)
            else:
                self._sums.setdefault(name, (0.0, 0))

    def _write(self, slot: float) -> None:
        with self._lock:
            if self._t and slot <= self._t[-1]:  # the clock was set back
                self._cut(0, bisect_left(self._t, slot))
            rows = len(self._t)
            self._t.append(slot)
            for name, (total, count) in self._sums.items():
                column = self._columns.get(name)
                if column is None:
                    column = self._columns[name] = array("f", [math.nan]) * rows
                column.append(total / count if count else math.nan)
            for column in self._columns.values():
                if len(column) <= rows:
                    column.append(math.nan)
            if rows >= MOST_ROWS + SPARE_ROWS:
                self._cut(rows + 1 - MOST_ROWS, rows + 1)

    def _cut(self, first: int, end: int) -> None:
        self._t = self._t[first:end]
        for name, column in self._columns.items():
            self._columns[name] = column[first:end]

    def names(self) -> list[str]:
        with self._lock:
            return list(self._columns)

    def span(self) -> tuple[float, float] | None:
        """First and last moment (utc seconds)."""
        with self._lock:
            return (self._t[0], self._t[-1]) if self._t else None

    def series(self, names: Sequence[str], from_utc_s: float, to_utc_s: float, most: int) -> Series:
        """Rows from ``from_utc_s`` to ``to_utc_s``, at most ``most`` (means of neighbours)."""
        with self._lock:
            first, end = bisect_left(self._t, from_utc_s), bisect_right(self._t, to_utc_s)
            t = self._t[first:end]
            found: Mapping[str, array[float]] = {
                name: self._columns[name][first:end] for name in names if name in self._columns
            }
        step = max(1, math.ceil(len(t) / max(1, most)))
        starts = range(0, len(t), step)
        columns = {
            name: [_mean(column[k : k + step]) for k in starts] for name, column in found.items()
        }
        return Series([t[k] for k in starts], columns)


def _mean(part: array[float]) -> float | None:
    known = [number for number in part if math.isfinite(number)]
    return round(sum(known) / len(known), 1) if known else None


def joined(
    store: History, ring: Ring, names: Sequence[str], span: tuple[float, float], most: int
) -> Series:
    """Of the store, and of the ring what the store has not written yet."""
    old = store.series(names, span[0], span[1], most)
    kept = store.span()
    since_s = span[0] if kept is None else max(span[0], kept[1] + 1.0)
    if since_s >= span[1]:
        return old
    new = ring.series(names, since_s, span[1], most)
    if not new.t_utc_s:
        return old
    gaps_old: list[float | None] = [None] * len(old.t_utc_s)
    gaps_new: list[float | None] = [None] * len(new.t_utc_s)
    columns = {
        name: [*old.columns.get(name, gaps_old), *new.columns.get(name, gaps_new)]
        for name in names
        if name in old.columns or name in new.columns
    }
    return Series([*old.t_utc_s, *new.t_utc_s], columns)
