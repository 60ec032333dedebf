"""What the page asks of the store. A store that cannot be read is no reason to show nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from pvopt.errors import StoreError
from pvopt.score.day import DayScore, plain
from pvopt.show.web.ring import Series

log = logging.getLogger("pvopt.page")


class LoadDay(Protocol):
    id: str
    kwh: float


class DayRow(Protocol):
    date: str
    known_h: float
    pv_kwh: float | None
    load_kwh: float | None
    grid_in_kwh: float | None
    grid_out_kwh: float | None
    battery_in_kwh: float | None
    battery_out_kwh: float | None
    cost: float | None

    @property
    def loads(self) -> Sequence[LoadDay]: ...


class Reader(Protocol):
    """The store's own reader."""

    def span(self) -> tuple[float, float] | None: ...
    def names(self) -> list[str]: ...
    def series(
        self, names: Sequence[str], from_utc_s: float, to_utc_s: float, most: int
    ) -> tuple[list[float], dict[str, list[float | None]]]: ...
    def days(self, from_day: date, to_day: date) -> Sequence[Any]: ...
    def scores(self, from_day: date, to_day: date) -> dict[int, DayScore]: ...


class Stored:
    """A store as the page has it: rounded, days in Wh, and never an exception."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._told = False

    def span(self) -> tuple[float, float] | None:
        try:
            return self._reader.span()
        except StoreError as fault:
            self._failed(fault)
            return None

    def names(self) -> list[str]:
        try:
            return self._reader.names()
        except StoreError as fault:
            self._failed(fault)
            return []

    def series(self, names: Sequence[str], from_utc_s: float, to_utc_s: float, most: int) -> Series:
        try:
            t_utc_s, columns = self._reader.series(names, from_utc_s, to_utc_s, most)
        except StoreError as fault:
            self._failed(fault)
            return Series([], {})
        known = {
            name: [None if one is None else round(one, 1) for one in column]
            for name, column in columns.items()
        }
        return Series([round(one, 1) for one in t_utc_s], known)

    def days(self, first: str, last: str) -> list[dict[str, Any]]:
        """Rows of local days from ``first`` to ``last`` (ISO). Worked: 4.32 kWh are 4320 Wh."""
        try:
            span = (date.fromisoformat(first), date.fromisoformat(last))
            rows, scores = self._reader.days(*span), self._reader.scores(*span)
        except StoreError as fault:
            self._failed(fault)
            return []
        return [_day(row, scores.get(date.fromisoformat(row.date).toordinal())) for row in rows]

    def _failed(self, fault: StoreError) -> None:
        if not self._told:
            log.warning("the page does without the store: %s", fault)
        self._told = True


def _day(row: DayRow, score: DayScore | None) -> dict[str, Any]:
    kwh = {
        "pv_wh": row.pv_kwh,
        "load_wh": row.load_kwh,
        "import_wh": row.grid_in_kwh,
        "export_wh": row.grid_out_kwh,
        "charged_wh": row.battery_in_kwh,
        "discharged_wh": row.battery_out_kwh,
    }
    return {
        "date": row.date,
        "known_h": round(row.known_h, 2),
        **{
            name: None if number is None else round(1000.0 * number, 1)
            for name, number in kwh.items()
        },
        "loads": {one.id: round(1000.0 * one.kwh, 1) for one in row.loads},
        "cost": row.cost,
        "score": None if score is None else plain(score),
    }
