"""The chart of months and years: from means of hours, quickly, and the same as from the minutes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.store import database
from pvopt.store.means import MOST_DAYS, hour_mean, means_between, put_means
from pvopt.store.minutes import Row, hour_bytes, merged
from pvopt.store.reader import Reader
from pvopt.store.retention import retain
from tests.unit.store.rig import HOUR_UTC_S, Home
from tests.unit.store.test_reader import live

FIRST = 490_000 // 24 * 24  # an hour at which a day of UTC begins
NAMES = ("pv_w", "load_w", "load.a.expected_w", "load.a.why", "seconds")


def hour_of(watts: float) -> bytes:
    """As any hour's: what is kept of a minute is its place in the hour."""
    rows: dict[int, Row] = {
        k: {"seconds": 60.0, "pv_w": watts + k, "load_w": 500.0, "load.a.expected_w": 7.0 * k,
            "load.a.why": float(k % 5)}
        for k in range(60)
    }  # fmt: skip
    return hour_bytes(rows)


BODIES = [hour_of(100.0 * k) for k in range(24)]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = database.for_writing(tmp_path / "store.db", 500.0)
    yield connection
    connection.close()


def fill(made: sqlite3.Connection, days: int, whole: bool = True) -> None:
    with database.transaction(made):
        for hour in range(FIRST, FIRST + 24 * days):
            made.execute("INSERT INTO hours VALUES (?, ?)", (hour, BODIES[hour % 24]))
        for _ in range(1 + days // MOST_DAYS if whole else 0):
            put_means(made, ())


def days_of(made: sqlite3.Connection) -> list[int]:
    return [day - FIRST // 24 for (day,) in made.execute("SELECT day FROM means ORDER BY day")]


def test_the_mean_of_an_hour_is_that_of_its_minutes_one_after_another() -> None:
    rows: dict[int, Row] = {
        0: {"seconds": 60.0, "pv_w": 100.0, "load.a.why": 3.0, "load.a.on_s": 60.0},
        1: {"seconds": 30.0, "pv_w": None, "load.a.why": 4.0, "load.a.on_s": 1.0},
        2: {"seconds": 30.0, "pv_w": 400.0, "load.a.why": None},
    }
    told = hour_mean(rows)
    assert told == {"seconds": 120.0, "pv_w": 200.0, "load.a.why": 4.0, "load.a.on_s": 61.0}
    assert told == merged(merged(rows[0], {**rows[1], "pv_w": None}), rows[2]) | {"pv_w": 200.0}


def test_days_that_are_over_have_a_row(made: sqlite3.Connection) -> None:
    fill(made, 3)
    assert days_of(made) == [0, 1]


def test_an_hour_that_comes_late_changes_its_day(made: sqlite3.Connection) -> None:
    fill(made, 3)
    late = hour_bytes({0: {"seconds": 60.0, "pv_w": 9999.0}})
    made.execute("INSERT OR REPLACE INTO hours VALUES (?, ?)", (FIRST + 5, late))
    put_means(made, [FIRST + 5])
    rows = means_between(made, FIRST * 3600.0, (FIRST + 24) * 3600.0, ["pv_w"], {})
    assert rows[FIRST + 5]["pv_w"] == 9999.0
    assert rows[FIRST + 6]["pv_w"] == 629.5


def test_an_older_file_is_caught_up_little_by_little(made: sqlite3.Connection) -> None:
    fill(made, 12, whole=False)
    asked = (FIRST * 3600.0, (FIRST + 12 * 24) * 3600.0, NAMES)
    before = means_between(made, *asked, {})
    put_means(made, ())
    assert len(days_of(made)) == MOST_DAYS
    while len(days_of(made)) < 11:
        known = len(days_of(made))
        put_means(made, ())
        assert known < len(days_of(made)) <= known + MOST_DAYS + 1
    after = means_between(made, *asked, {})
    assert set(after) == set(before) == set(range(FIRST, FIRST + 288))
    for hour, row in before.items():
        assert after[hour] == pytest.approx(row, abs=0.06)  # as much as is kept


def test_a_file_of_an_older_release_is_read(made: sqlite3.Connection, tmp_path: Path) -> None:
    fill(made, 3)
    made.execute("DROP TABLE means")
    found = Reader(tmp_path / "store.db").series(["pv_w"], FIRST * 3600.0, (FIRST + 72) * 3600.0, 3)
    assert found.columns["pv_w"] == [pytest.approx(1179.5)] * 3


def test_it_is_the_same_as_of_the_minutes(made: sqlite3.Connection, tmp_path: Path) -> None:
    fill(made, 9)
    reader = Reader(tmp_path / "store.db")
    from_s, to_s = FIRST * 3600.0, (FIRST + 9 * 24) * 3600.0
    few = reader.series(NAMES, from_s, to_s, 216)
    many = reader.series(NAMES, from_s, to_s, 217)  # so many that it comes from the minutes
    assert len(few.t_utc_s) == 216
    assert few.t_utc_s[:2] == [(FIRST + 0.5) * 3600.0, (FIRST + 1.5) * 3600.0]
    for name in ("pv_w", "load_w", "load.a.expected_w"):
        means = [sum(column) / len(column) for column in (few.columns[name], many.columns[name])]  # type: ignore[arg-type]
        assert means[0] == pytest.approx(means[1], rel=0.01)
    assert set(few.columns["load.a.why"]) == {4.0}


def test_what_is_not_rolled_up_yet_is_in_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db", decides=False)
    live(home, 1000.0, 360, 10.0)
    live(home, 2000.0, 180, 10.0)
    home.store.look(last=True)
    found = Reader(home.path).series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 7200, 2)
    assert found.columns == {"pv_w": [1000.0, 2000.0]}
    home.store.close()


def test_months_are_told_much_sooner(made: sqlite3.Connection, tmp_path: Path) -> None:
    """As many points of the same span: from the means of hours, and from their minutes."""
    fill(made, 60)
    reader = Reader(tmp_path / "store.db")
    asked = (NAMES, FIRST * 3600.0, (FIRST + 60 * 24) * 3600.0, 900)
    reader.series(*asked)
    begin_s = time.process_time()
    quick = reader.series(*asked)
    quick_s = time.process_time() - begin_s
    made.execute("DELETE FROM means")
    begin_s = time.process_time()
    slow = reader.series(*asked)
    slow_s = time.process_time() - begin_s
    assert quick.t_utc_s == slow.t_utc_s
    assert quick_s < 0.25 * slow_s
    assert quick_s < 1.0  # a year takes 0.1 s on a machine of today


def test_the_means_go_with_their_hours(made: sqlite3.Connection) -> None:
    fill(made, 10)
    now_s = (FIRST + 240) * 3600.0 + 365.25 * 86_400.0
    for _ in range(3):  # a hundred hours at once
        retain(made, now_s - 3 * 86_400.0, 14.0, 1.0, 500.0)
    (first,) = made.execute("SELECT min(hour) FROM hours").fetchone()
    assert first == FIRST + 7 * 24
    assert days_of(made) == [7, 8]
