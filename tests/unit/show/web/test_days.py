"""Days of the page: of the store, of what is seen, and of both together."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

import pytest

from pvopt.errors import StoreError
from pvopt.score.day import DayScore
from pvopt.show.web.days import AGAIN_S, Days
from pvopt.show.web.published import Published
from pvopt.show.web.stored import Stored
from pvopt.store.days import DayRow, LoadDay
from tests.unit.show.web.samples import LEDGER, UTC_S, tick_at

Found = TypeVar("Found")


def latest(mono_s: float = 100.0) -> Published:
    tick = tick_at(UTC_S, mono_s=mono_s)
    return Published(1, tick, LEDGER, "2026-06-21", {"pv_wh": 4321.6, "import_wh": 10.0})


class Reader:
    """A store's reader with two days, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    def span(self) -> tuple[float, float] | None:
        return self._or((UTC_S - 1e6, UTC_S))

    def names(self) -> list[str]:
        return self._or(["pv_w"])

    def series(
        self, names: Any, from_utc_s: float, to_utc_s: float, most: int
    ) -> tuple[list[float], dict[str, list[float | None]]]:
        columns: dict[str, list[float | None]] = {"pv_w": [1.23456], "grid_w": [None]}
        return self._or(([UTC_S + 0.123], columns))

    def days(self, from_day: date, to_day: date) -> list[DayRow]:
        self.asked += 1
        loads = (LoadDay("ecs", 2.0, 1.0, 3),)
        rows = [
            DayRow("2026-06-19", 24.0, 12.5, 8.0, 0.25, 1.5, loads=loads),
            DayRow("2026-06-21", 10.0, 4.0, 2.0, 0.5, 0.0, loads=loads),
        ]
        return self._or([row for row in rows if str(from_day) <= row.date <= str(to_day)])

    def scores(self, from_day: date, to_day: date) -> dict[int, DayScore]:
        day = date(2026, 6, 19).toordinal()
        return self._or({day: DayScore(day, caught_wh=900.0, missed_wh=(100.0,))})

    def _or(self, found: Found) -> Found:
        if self.fails:
            raise StoreError("the disk is gone")
        return found


def test_days_of_the_store_and_of_today() -> None:
    rows = Days(Stored(Reader()).days).rows(latest(), "", "")
    assert [row["date"] for row in rows] == ["2026-06-19", "2026-06-20", "2026-06-21"]
    assert (rows[0]["pv_wh"], rows[0]["loads"]) == (12500.0, {"ecs": 2000.0})
    assert rows[1]["loads"] == {"ecs": 5678.9, "pool": 0.0}
    # Of two accounts of today the larger numbers: each may have missed a part.
    assert (rows[2]["pv_wh"], rows[2]["import_wh"]) == (4321.6, 500.0)
    assert rows[2]["loads"] == {"ecs": 2000.0, "pool": 0.0}


def test_only_the_asked_days() -> None:
    days = Days(Stored(Reader()).days)
    assert [row["date"] for row in days.rows(latest(), "2026-06-18", "2026-06-19")] == [
        "2026-06-19"
    ]
    assert days.rows(latest(), "2027-01-01", "2027-01-05") == []
    with pytest.raises(ValueError, match="month"):
        days.rows(latest(), "2026-13-01", "")


def test_many_pages_ask_the_store_no_oftener_than_one() -> None:
    reader = Reader()
    days = Days(Stored(reader).days)
    for _ in range(30):
        days.rows(latest(), "", "")
    assert reader.asked == 1
    days.rows(latest(100.0 + AGAIN_S - 1.0), "", "")
    assert reader.asked == 1
    days.rows(latest(100.0 + AGAIN_S), "", "")
    assert reader.asked == 2


def test_without_a_store_there_are_today_and_what_loads_had_yesterday() -> None:
    days = Days(None)
    assert not days.kept
    assert [row["date"] for row in days.rows(latest(), "", "")] == ["2026-06-20", "2026-06-21"]


def test_a_store_that_cannot_be_read_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader()
    reader.fails = True
    stored = Stored(reader)
    assert stored.span() is None
    assert stored.names() == []
    assert stored.series(["pv_w"], 0.0, 1.0, 9) == ([], {})
    assert stored.days("2026-06-01", "2026-06-02") == []
    assert caplog.text.count("the page does without the store") == 1


def test_numbers_are_rounded() -> None:
    found = Stored(Reader()).series(["pv_w"], 0.0, 1.0, 9)
    assert found.t_utc_s == [UTC_S + 0.1]
    assert found.columns == {"pv_w": [1.2], "grid_w": [None]}
