"""Means of hours, a row for each day of UTC: what the chart of months and years is made of.

They follow from the hours of minutes: a day that has no row yet (of an older release, or not over)
is read from those. So a year is 365 small rows, not 8760 hours of 60 minutes each.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping

from pvopt.store.minutes import (
    KNOWN,
    LAST,
    MINUTE_S,
    MINUTES,
    OF_HOME,
    SECONDS,
    SUMS,
    Row,
    hour_bytes,
    hour_rows,
    known_s,
    mean,
    merged,
)

HOURS = 24
DAY_HOURS_S = HOURS * 3600.0
MOST_DAYS = 3  # of an older release that are made up for at once: the thread has other work


def hour_mean(rows: Mapping[int, Row]) -> Row:
    """One row of the rows of an hour, by minute; not of none. As ``merged`` of all of them."""
    ordered = [row for _, row in sorted(rows.items())]
    weights = [row.get(SECONDS) or 0.0 for row in ordered]
    knowns = [known_s(row) for row in ordered]
    whole: Row = {}
    for name in dict.fromkeys(name for row in ordered for name in row):
        column = [row.get(name) for row in ordered]
        known = [one for one in column if one is not None]
        if name == KNOWN:
            whole[name] = math.fsum(knowns)
        elif name.endswith(SUMS):
            whole[name] = math.fsum(known)
        elif name.endswith(LAST):
            whole[name] = known[-1] if known else None
        else:
            whole[name] = mean(column, knowns if name in OF_HOME else weights)
    return whole


def put_means(made: sqlite3.Connection, changed: Iterable[int]) -> None:
    """Days that are over, after ``changed`` hours: theirs anew, and a few that have none yet."""
    (last,) = made.execute("SELECT max(hour) FROM hours").fetchone()
    if last is None:
        return
    today = last // HOURS
    days = {hour // HOURS for hour in changed}
    # The days before this hour's: one that has just ended, or of a time without this table.
    for (day,) in made.execute(
        "SELECT DISTINCT hour / 24 AS day FROM hours "
        "WHERE hour / 24 NOT IN (SELECT day FROM means) ORDER BY day DESC LIMIT ?",
        (MOST_DAYS + 1,),
    ).fetchall():
        days.add(day)
    for day in days:
        if day < today:
            rows = _computed(made, day, None)
            body = (day, hour_bytes(rows))
            made.execute("INSERT OR REPLACE INTO means VALUES (?, ?)", body)


def means_between(
    made: sqlite3.Connection,
    from_s: float,
    to_s: float,
    names: Iterable[str],
    more: Mapping[int, Row],
) -> dict[int, Row]:
    """Rows by hour (Unix seconds / 3600) whose middle is within; ``more``: minutes besides."""
    wanted = tuple(names)
    days = (int(from_s // DAY_HOURS_S), int(to_s // DAY_HOURS_S))
    rows: dict[int, Row] = {}
    there: set[int] = set()
    if made.execute("SELECT 1 FROM sqlite_master WHERE name='means'").fetchone():
        for day, body in made.execute(
            "SELECT day, body FROM means WHERE day BETWEEN ? AND ?", days
        ):
            there.add(day)
            rows |= _of_day(day, body, wanted)
    for day in sorted(_days_between(made, days) - there):
        found = _computed(made, day, wanted)
        rows |= {day * HOURS + one % MINUTES: row for one, row in found.items()}
    for hour, row in _hours_of(more).items():
        rows[hour] = merged(rows[hour], row) if hour in rows else row
    return {hour: row for hour, row in rows.items() if from_s <= (hour + 0.5) * 3600.0 < to_s}


def _days_between(made: sqlite3.Connection, days: tuple[int, int]) -> set[int]:
    found = made.execute(
        "SELECT DISTINCT hour / 24 FROM hours WHERE hour BETWEEN ? AND ?",
        (days[0] * HOURS, days[1] * HOURS + HOURS - 1),
    )
    return {day for (day,) in found}


def _of_day(day: int, body: bytes, names: Iterable[str]) -> dict[int, Row]:
    # The shape is that of an hour of minutes: here the "minutes" are the hours of the day.
    return {day * HOURS + one % MINUTES: row for one, row in hour_rows(day, body, names).items()}


def _computed(made: sqlite3.Connection, day: int, names: Iterable[str] | None) -> dict[int, Row]:
    """Of the hours of a day, by ``day`` * 60 + hour of the day, as ``hour_bytes`` takes them."""
    hours = made.execute(
        "SELECT hour, body FROM hours WHERE hour BETWEEN ? AND ? ORDER BY hour",
        (day * HOURS, day * HOURS + HOURS - 1),
    )
    return {
        day * MINUTES + hour % HOURS: hour_mean(hour_rows(hour, body, names))
        for hour, body in hours
    }


def _hours_of(more: Mapping[int, Row]) -> dict[int, Row]:
    found: dict[int, dict[int, Row]] = {}
    for minute, row in more.items():
        found.setdefault(int(minute * MINUTE_S // 3600), {})[minute] = row
    return {hour: hour_mean(rows) for hour, rows in found.items()}
