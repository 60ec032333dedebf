"""What is forgotten: old ticks, still older minutes, and the oldest of all where room ends."""

from __future__ import annotations

import sqlite3

from pvopt.store.database import size_bytes
from pvopt.store.rolls import HOUR_S

DAY_HOURS = 24
YEAR_HOURS = 8766
FULL_SHARE = 0.9  # of the room: beyond it the oldest ticks go before their time
MOST_STRETCHES = 60  # that go at once: the thread has other work


def retain(
    made: sqlite3.Connection, now_utc_s: float, days: float, years: float, most_mb: float
) -> int:
    """Delete what is too old, within a transaction of the caller's; how many stretches went.

    Ticks by ``days``, minutes by ``years``; the days' sums stay. A clock that was set forward by
    mistake deletes at most what the next hours would have deleted, an hour's worth at a time.
    """
    now_hour = int(now_utc_s // HOUR_S)
    old = made.execute(
        "SELECT id FROM stretches WHERE hour < ? ORDER BY id LIMIT ?",
        (now_hour - int(days * DAY_HOURS), MOST_STRETCHES),
    ).fetchall()
    gone = _forget(made, [one for (one,) in old])
    made.execute(
        "DELETE FROM hours WHERE hour IN (SELECT hour FROM hours WHERE hour < ? LIMIT 100)",
        (now_hour - int(years * YEAR_HOURS),),
    )
    _forget_means(made)
    if size_bytes(made) > FULL_SHARE * most_mb * 1e6:
        gone += make_room(made)
    return gone


def make_room(made: sqlite3.Connection) -> int:
    """Without the oldest tenth of the ticks, or where there are none, of the hours."""
    (count,) = made.execute("SELECT count(*) FROM stretches").fetchone()
    if count > 1:  # the newest is being written
        oldest = made.execute(
            "SELECT id FROM stretches ORDER BY id LIMIT ?", (max(1, (count - 1) // 10),)
        ).fetchall()
        return _forget(made, [one for (one,) in oldest])
    made.execute(
        "DELETE FROM hours WHERE hour IN (SELECT hour FROM hours ORDER BY hour LIMIT "
        "(SELECT count(*) / 10 + 1 FROM hours))"
    )
    _forget_means(made)
    return 0


def _forget_means(made: sqlite3.Connection) -> None:
    """The means of a day go with its hours."""
    made.execute("DELETE FROM means WHERE day < (SELECT min(hour) / 24 FROM hours)")


def _forget(made: sqlite3.Connection, stretches: list[int]) -> int:
    """Stretches with their batches, and runs and forecasts that nothing is left of."""
    for one in stretches:
        (end,) = made.execute("SELECT min(id) FROM stretches WHERE id > ?", (one,)).fetchone()
        if end is None:
            made.execute("DELETE FROM batches WHERE id >= ?", (one,))
        else:
            made.execute("DELETE FROM batches WHERE id >= ? AND id < ?", (one, end))
        made.execute("DELETE FROM stretches WHERE id = ?", (one,))
    if stretches:
        (first,) = made.execute("SELECT min(run) FROM stretches").fetchone()
        if first is not None:
            made.execute("DELETE FROM forecasts WHERE run < ?", (first,))
            made.execute("DELETE FROM runs WHERE id < ?", (first,))
    return len(stretches)
