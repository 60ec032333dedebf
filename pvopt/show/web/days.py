"""Energies by local day: today as it is seen now, days before from the store where there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from pvopt.score.day import plain
from pvopt.show.web.published import Published

DEFAULT_DAYS, MOST_DAYS = 31, 800
AGAIN_S = 50.0  # of the home's time
# First and last day to rows with `date` and energies in Wh.
Past = Callable[[str, str], list[dict[str, Any]]]


class Days:
    """``past`` None: no store, and of earlier days only what loads had yesterday is known."""

    def __init__(self, past: Past | None) -> None:
        self._past = past
        self.kept = past is not None
        self._read: dict[tuple[str, str], tuple[float, list[dict[str, Any]]]] = {}

    def rows(self, latest: Published, first: str, last: str) -> list[dict[str, Any]]:
        """Oldest first. ValueError: no days."""
        today = date.fromisoformat(latest.date)
        end = date.fromisoformat(last) if last else today
        begin = date.fromisoformat(first) if first else end - timedelta(days=DEFAULT_DAYS - 1)
        begin = max(begin, end - timedelta(days=MOST_DAYS - 1))
        rows: dict[str, dict[str, Any]] = {}
        if self._past is not None:
            for row in self._kept(begin, min(end, today), latest.tick.snapshot.instant.mono_s):
                rows[row["date"]] = row
        for row in _kept(latest, today):
            if begin.isoformat() <= row["date"] <= end.isoformat():
                rows[row["date"]] = _more(rows.get(row["date"]), row)
        return [rows[day] for day in sorted(rows)]

    def _kept(self, begin: date, end: date, now_s: float) -> list[dict[str, Any]]:
        """Of the store; thirty pages ask it no oftener than one."""
        key = (begin.isoformat(), end.isoformat())
        kept = self._read.get(key)
        if kept is None or not 0.0 <= now_s - kept[0] < AGAIN_S:
            assert self._past is not None
            rows = self._past(*key)
            kept = (now_s, rows)
            self._read = {**dict(list(self._read.items())[-3:]), key: kept}
        return kept[1]


def _kept(latest: Published, today: date) -> list[dict[str, Any]]:
    """What the ledger has of today and yesterday."""
    energy = latest.ledger.energy
    yesterday = {one.id: round(one.yesterday_wh, 1) for one in energy}
    rows = [
        {
            "date": today.isoformat(),
            **latest.today,
            "loads": {one.id: round(one.today_wh, 1) for one in energy},
            "score": None if latest.score is None else plain(latest.score),
        }
    ]
    if any(yesterday.values()):
        day = (today - timedelta(days=1)).isoformat()
        rows.append({"date": day, "loads": yesterday})
    return rows


def _more(stored: Mapping[str, Any] | None, seen: dict[str, Any]) -> dict[str, Any]:
    """Of two accounts of a day the larger number: each may have missed a part of it."""
    if stored is None:
        return seen
    both: dict[str, Any] = dict(stored)
    for name, number in seen.items():
        if isinstance(number, int | float):
            both[name] = max(number, both.get(name) or 0.0)
    if seen.get("score") is not None:
        both["score"] = seen["score"]
    loads = dict(stored.get("loads") or {})
    for load, wh in seen["loads"].items():
        loads[load] = max(wh, loads.get(load) or 0.0)
    both["loads"] = loads
    return both
