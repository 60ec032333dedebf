"""The site's calendar: which local day it is, and when a local time of day comes next.

Ordinary Python, safe where clocks change: a day has 23 to 25 hours, a time that is skipped comes
when it would have been, one that comes twice counts twice.
"""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from typing import NamedTuple

from pvopt.daylight import zone


class Day(NamedTuple):
    """A local day: its number (1: 0001-01-01) and its first and last moments (Unix seconds)."""

    number: int
    start_utc_s: float
    end_utc_s: float

    def holds(self, utc_s: float) -> bool:
        return self.start_utc_s <= utc_s < self.end_utc_s


NO_DAY = Day(0, math.nan, math.nan)


def day_of(utc_s: float, timezone: str) -> Day:
    """The local day of an instant; ``NO_DAY`` for what no calendar holds."""
    local = zone(timezone)
    try:
        date = datetime.fromtimestamp(utc_s, local).date()
        start = datetime.combine(date, time(), local).timestamp()
        end = datetime.combine(date + timedelta(days=1), time(), local).timestamp()
    except (ValueError, OverflowError, OSError):
        return NO_DAY
    return Day(date.toordinal(), start, end)


def next_at(utc_s: float, timezone: str, hour: int, minute: int) -> float:
    """When the local time of day comes next (Unix seconds, after ``utc_s``).

    Worked: 14:30 in Prague, asked at 15:00 on 2026-06-21: 2026-06-22 12:30 UTC.
    """
    local = zone(timezone)
    today = datetime.fromtimestamp(utc_s, local).date()
    wanted = time(hour, minute)
    for days in range(3):
        for fold in (0, 1):
            at = datetime.combine(today + timedelta(days=days), wanted.replace(fold=fold), local)
            at_s = at.timestamp()
            # The second reading of a time that is skipped would come before the first.
            real = fold == 0 or datetime.fromtimestamp(at_s, local).time() == wanted
            if real and at_s > utc_s:
                return at_s
    return utc_s + 86_400.0


def end_of(end_utc_s: float, utc_s: float, timezone: str) -> tuple[float, int]:
    """When something ends as people are told: minutes since local midnight, rounded up, and in how
    many days. A second over is none: it is lost in computing.

    Worked: 11:00:20 is 660 s and some away at 10:48: (661, 0); asked at 11:30: (661, 1).
    """
    up_s = 60.0 * math.ceil((end_utc_s - 1.0) / 60.0)
    local = zone(timezone)
    today = datetime.fromtimestamp(utc_s, local).date()
    days = datetime.fromtimestamp(up_s, local).date() - today
    return minute_of_day(up_s, timezone), days.days


def minute_of_day(utc_s: float, timezone: str) -> float:
    """Minutes since local midnight on the clock's face, 0 to 1439."""
    local = datetime.fromtimestamp(utc_s, zone(timezone))
    return 60.0 * local.hour + local.minute
