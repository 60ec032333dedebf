"""From batches to hours of minutes, and from hours to days: what is kept for years.

A batch lies within one hour of UTC. When the next hour begins, the minutes of the one before are
written as one row; until then they are read from its batches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from pvopt.daylight import local_day
from pvopt.decide.settings import Settings
from pvopt.errors import StoreError
from pvopt.score.day import DayScore
from pvopt.store.codec import expand, read, written
from pvopt.store.days import DayRow, bounds_of, day_row
from pvopt.store.means import put_means
from pvopt.store.minutes import (
    MINUTE_S,
    MINUTES,
    Minutes,
    Row,
    columns_of,
    hour_bytes,
    hour_rows,
    merged,
)

HOUR_S = 3600.0
ROLLED, DAYS = "rolled", "days"


def mark(made: sqlite3.Connection, name: str) -> int:
    """A number that is remembered, 0 if it is not."""
    row = made.execute("SELECT number FROM marks WHERE name=?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def put_mark(made: sqlite3.Connection, name: str, number: int) -> None:
    made.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, number))


class Batch(NamedTuple):
    """An expanded batch: its stretch and run, the number of its first tick, how many; ``first``:
    of its stretch."""

    stretch: int
    run: int
    tick: int
    ticks: int
    text: bytes
    first: bool


BATCHES = """
    SELECT s.id, s.run, b.id, b.tick, b.ticks, b.body FROM stretches s JOIN batches b
    ON b.id >= s.id
    AND b.id < coalesce((SELECT min(n.id) FROM stretches n WHERE n.id > s.id), 9e18)
"""


def batches(made: sqlite3.Connection, where: str, given: tuple[float, ...]) -> Iterator[Batch]:
    """In the order in which they were recorded. ``where``: on stretches s and batches b."""
    known, text = -1, b""
    for stretch, run, number, tick, ticks, body in made.execute(
        f"{BATCHES} WHERE {where} ORDER BY b.id", given
    ):
        if number == stretch:
            known, text = stretch, expand(body)
            yield Batch(stretch, run, tick, ticks, text, True)
            continue
        if stretch != known:
            known, text = stretch, _first_of(made, stretch)
        yield Batch(stretch, run, tick, ticks, expand(body, text), False)


def _first_of(made: sqlite3.Connection, stretch: int) -> bytes:
    row = made.execute("SELECT body FROM batches WHERE id=?", (stretch,)).fetchone()
    if row is None:
        raise StoreError("a stretch without its beginning")
    return expand(row[0])


def open_minutes(made: sqlite3.Connection, names: Iterable[str] | None = None) -> dict[int, Row]:
    """Minutes of what is not rolled up yet."""
    gathered, last = Minutes(), -1
    for batch in batches(made, "b.id > ?", (mark(made, ROLLED),)):
        if batch.run != last:
            gathered.begin_run()
        last = batch.run
        gathered.add(columns_of(batch.text, names))
    return gathered.rows


def roll(made: sqlite3.Connection, rows: dict[int, Row], upto: int, settings: Settings) -> None:
    """Write ``rows`` as hours, those of the batches up to ``upto``; and days that are over."""
    hours: dict[int, dict[int, Row]] = {}
    for minute, row in rows.items():
        hours.setdefault(minute // MINUTES, {})[minute] = row
    for hour, new in hours.items():
        there = made.execute("SELECT body FROM hours WHERE hour=?", (hour,)).fetchone()
        if there is not None:  # a restart within the hour, or a clock that was set back
            for minute, row in hour_rows(hour, there[0]).items():
                new[minute] = merged(row, new[minute]) if minute in new else row
        made.execute("INSERT OR REPLACE INTO hours VALUES (?, ?)", (hour, hour_bytes(new)))
    put_mark(made, ROLLED, upto)
    if hours:
        put_means(made, hours)
        _days(made, settings, min(hours), max(hours))


def _days(made: sqlite3.Connection, settings: Settings, first: int, last: int) -> None:
    zone = settings.daylight.timezone
    done = mark(made, DAYS)
    today = local_day(last * HOUR_S, zone)
    if done == 0:
        (earliest,) = made.execute("SELECT min(hour) FROM hours").fetchone()
        done = local_day(earliest * HOUR_S, zone).toordinal() - 1
    begin = min(done + 1, local_day(first * HOUR_S, zone).toordinal())
    for number in range(begin, today.toordinal()):
        row = computed_day(made, date.fromordinal(number), settings, {})
        if row is not None:
            made.execute(
                "INSERT OR REPLACE INTO days VALUES (?, ?)", (number, written(row, DayRow))
            )
    if today.toordinal() - 1 > done:
        put_mark(made, DAYS, today.toordinal() - 1)


def computed_day(
    made: sqlite3.Connection, day: date, settings: Settings, more: dict[int, Row]
) -> DayRow | None:
    """A day from its hours and ``more`` minutes; None: there are none of it."""
    zone = settings.daylight.timezone
    start_s, end_s = bounds_of(day, zone)
    rows = minutes_between(made, start_s, end_s, None, more)
    return day_row(day, rows, zone, settings.hours.tariff) if rows else None


def minutes_between(
    made: sqlite3.Connection,
    from_s: float,
    to_s: float,
    names: Iterable[str] | None,
    more: dict[int, Row],
) -> dict[int, Row]:
    """Rows by minute from hours and ``more``, of minutes that begin within."""
    rows: dict[int, Row] = {}
    wanted = None if names is None else tuple(names)
    for hour, body in made.execute(
        "SELECT hour, body FROM hours WHERE hour BETWEEN ? AND ? ORDER BY hour",
        (int(from_s // HOUR_S), int(to_s // HOUR_S)),
    ):
        rows |= hour_rows(hour, body, wanted)
    for minute, row in more.items():
        rows[minute] = merged(rows[minute], row) if minute in rows else row
    return {m: row for m, row in rows.items() if from_s <= m * MINUTE_S < to_s}


def stored_days(made: sqlite3.Connection, first: date, last: date) -> dict[int, DayRow]:
    """Days that are over, by their number."""
    found = made.execute(
        "SELECT day, body FROM days WHERE day BETWEEN ? AND ?",
        (first.toordinal(), last.toordinal()),
    )
    return {day: read(body, DayRow) for day, body in found}


def put_scores(made: sqlite3.Connection, scores: Sequence[DayScore]) -> None:
    """As they are now; some hundred bytes a day, kept for ever."""
    for one in scores:
        made.execute(
            "INSERT OR REPLACE INTO scores VALUES (?, ?)", (one.day, written(one, DayScore))
        )


def stored_scores(made: sqlite3.Connection, first: date, last: date) -> dict[int, DayScore]:
    """By the number of the day; none in a file that an older release wrote."""
    there = made.execute("SELECT 1 FROM sqlite_master WHERE name='scores'").fetchone()
    if there is None:
        return {}
    found = made.execute(
        "SELECT day, body FROM scores WHERE day BETWEEN ? AND ?",
        (first.toordinal(), last.toordinal()),
    )
    return {day: read(body, DayScore) for day, body in found}
