"""What was recorded, for charts, days and whoever else looks back. Reads only.

A connection a thread; none holds up the writer. Short spans come from the ticks, longer ones from
the minutes, those whose points are hours apart from means of hours; all are thinned to as many
points as are asked for.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from pvopt.decide.settings import Settings
from pvopt.errors import StoreError
from pvopt.score.day import DayScore
from pvopt.store.codec import settings_from
from pvopt.store.database import for_reading
from pvopt.store.days import DayRow
from pvopt.store.means import means_between
from pvopt.store.minutes import (
    KNOWN,
    LAST,
    MINUTE_S,
    MOMENT,
    SECONDS,
    Row,
    columns_of,
    hour_rows,
)
from pvopt.store.rolls import (
    HOUR_S,
    batches,
    computed_day,
    minutes_between,
    open_minutes,
    stored_days,
    stored_scores,
)

TICKS_S = 3600.0  # spans up to so long come from the ticks
HIDDEN = (".on_s", ".switches")

P = ParamSpec("P")
T = TypeVar("T")


def _readable(
    method: Callable[Concatenate[Reader, P], T],
) -> Callable[Concatenate[Reader, P], T]:
    """A fault of the database becomes a StoreError, and the next look opens the file anew."""

    @wraps(method)
    def look(reader: Reader, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(reader, *args, **kwargs)
        except sqlite3.Error as fault:
            reader.leave()
            raise StoreError(f"{reader.path}: cannot be read ({fault})") from fault

    return look


class Series(NamedTuple):
    """Moments (Unix seconds, rising) and, by name, a value at each; None: not known."""

    t_utc_s: list[float]
    columns: dict[str, list[float | None]]


class Reader:
    """Of the store at ``path``. Before anything is recorded all answers are empty; a file that
    cannot be read raises StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    @_readable
    def span(self) -> tuple[float, float] | None:
        """First and last moment that there are records of (Unix seconds)."""
        made = self._made()
        if made is None:
            return None
        (first,) = made.execute("SELECT min(hour) FROM hours").fetchone()
        (from_s, to_s) = made.execute(
            "SELECT min(from_utc_s), max(to_utc_s) FROM batches"
        ).fetchone()
        starts = [
            one for one in (None if first is None else first * HOUR_S, from_s) if one is not None
        ]
        if not starts:
            return None
        (last,) = made.execute("SELECT max(hour) FROM hours").fetchone()
        return min(starts), to_s if to_s is not None else (last + 1) * HOUR_S

    @_readable
    def names(self) -> list[str]:
        """What ``series`` can be asked for, as of the newest records."""
        made = self._made()
        if made is None:
            return []
        newest = made.execute("SELECT max(id) FROM batches").fetchone()[0]
        found: list[str] = []
        for one in batches(made, "b.id = ?", (newest if newest is not None else -1,)):
            found = list(columns_of(one.text))
        if not found:
            row = made.execute("SELECT hour, body FROM hours ORDER BY hour DESC LIMIT 1").fetchone()
            found = [] if row is None else list(next(iter(hour_rows(*row).values()), {}))
        own = (*MOMENT, SECONDS, KNOWN)
        return sorted(one for one in found if one not in own and not one.endswith(HIDDEN))

    @_readable
    def series(self, names: Sequence[str], from_utc_s: float, to_utc_s: float, most: int) -> Series:
        """At most ``most`` points from ``from_utc_s`` until before ``to_utc_s``: means of equal
        stretches (``.why``: the last of each), without those that nothing is known of."""
        made = self._made()
        most = max(1, most)
        thin = _Thin(names, from_utc_s, to_utc_s, most)
        if made is None or not to_utc_s > from_utc_s:
            return thin.series()
        short = to_utc_s - from_utc_s <= TICKS_S
        if not (short and self._ticks(made, thin, from_utc_s, to_utc_s)):
            more = open_minutes(made, names)
            long = to_utc_s - from_utc_s >= most * HOUR_S
            between, each_s = (means_between, HOUR_S) if long else (minutes_between, MINUTE_S)
            for rank, row in sorted(between(made, from_utc_s, to_utc_s, names, more).items()):
                thin.add((rank + 0.5) * each_s, [row.get(name) for name in names])
        return thin.series()

    @_readable
    def minutes(self, from_utc_s: float, to_utc_s: float, names: Sequence[str]) -> dict[int, Row]:
        """Rows by minute (Unix seconds / 60) that begin within."""
        made = self._made()
        if made is None:
            return {}
        return minutes_between(made, from_utc_s, to_utc_s, names, open_minutes(made, names))

    @_readable
    def days(self, from_day: date, to_day: date) -> list[DayRow]:
        """The local days from one to the other, both included, that there are records of."""
        made = self._made()
        settings = self.settings()
        if made is None or settings is None:
            return []
        known = stored_days(made, from_day, to_day)
        more = None
        rows: list[DayRow] = []
        for number in range(from_day.toordinal(), to_day.toordinal() + 1):
            row = known.get(number)
            if row is None:
                more = open_minutes(made) if more is None else more
                row = computed_day(made, date.fromordinal(number), settings, more)
            if row is not None:
                rows.append(row)
        return rows

    @_readable
    def scores(self, from_day: date, to_day: date) -> dict[int, DayScore]:
        """Of the local days from one to the other, both included, by their number."""
        made = self._made()
        return {} if made is None else stored_scores(made, from_day, to_day)

    @_readable
    def settings(self) -> Settings | None:
        """Of the newest run; None before there is one."""
        made = self._made()
        if made is None:
            return None
        row = made.execute("SELECT settings FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else settings_from(row[0])

    def _ticks(self, made: sqlite3.Connection, thin: _Thin, from_s: float, to_s: float) -> bool:
        """Feed the ticks of a span; False: there are none (any more)."""
        found = False
        where = "s.hour BETWEEN ? AND ? AND b.to_utc_s >= ? AND b.from_utc_s < ?"
        hours = (int(from_s // HOUR_S), int(to_s // HOUR_S))
        for batch in batches(made, where, (*hours, from_s, to_s)):
            columns = columns_of(batch.text, thin.names)
            each = [columns.get(name) for name in thin.names]
            for rank, utc_s in enumerate(columns["utc_s"]):
                if from_s <= utc_s < to_s:
                    thin.add(utc_s, [None if one is None else one[rank] for one in each])
                    found = True
        return found

    def leave(self) -> None:
        """Close this thread's connection."""
        made: sqlite3.Connection | None = getattr(self._local, "made", None)
        self._local.made = None
        if made is not None:
            made.close()

    def _made(self) -> sqlite3.Connection | None:
        """This thread's connection; a file that was begun anew is opened anew."""
        try:
            now = self.path.stat().st_ino
        except OSError:
            return None
        made: sqlite3.Connection | None = getattr(self._local, "made", None)
        if made is not None and self._local.file == now:
            return made
        self.leave()
        try:
            self._local.made = for_reading(self.path)
        except StoreError as fault:
            if "nothing is recorded" in str(fault):
                return None
            raise
        self._local.file = now
        return self._local.made  # type: ignore[no-any-return]


class _Thin:
    """Sums of equal stretches of a span; only those that something falls into exist."""

    def __init__(self, names: Sequence[str], from_s: float, to_s: float, most: int) -> None:
        self.names = tuple(dict.fromkeys(names))
        self._from_s = from_s
        self._each_s = max((to_s - from_s) / most, 1e-9)
        self._most = most
        self._cells: dict[int, tuple[list[float], list[list[float]]]] = {}

    def add(self, utc_s: float, row: Sequence[float | None]) -> None:
        rank = min(self._most - 1, int((utc_s - self._from_s) / self._each_s))
        cell = self._cells.get(rank)
        if cell is None:
            cell = self._cells[rank] = ([], [[] for _ in self.names])
        cell[0].append(utc_s)
        for known, one in zip(cell[1], row, strict=True):
            if one is not None:
                known.append(float(one))

    def series(self) -> Series:
        ordered = [self._cells[rank] for rank in sorted(self._cells)]
        columns = {
            name: [_one(name, known[k]) for _, known in ordered]
            for k, name in enumerate(self.names)
        }
        return Series([sum(moments) / len(moments) for moments, _ in ordered], columns)


def _one(name: str, known: list[float]) -> float | None:
    if not known:
        return None
    return known[-1] if name.endswith(LAST) else sum(known) / len(known)


__all__ = ["DayRow", "Reader", "Series"]
