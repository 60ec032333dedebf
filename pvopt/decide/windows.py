"""Hours of the day by the local clock: off-peak windows and tariffs, across midnight and DST.

A window opens on a local day and is one piece until it closes, also in a night of a clock change:
02:05 to 06:50 lasts 4 h 45 min, in the night of spring 3 h 45 min, in that of autumn 5 h 45 min.
Windows that touch or overlap are one. Nothing here raises: an instant that is not a number lies
in no window.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from pvopt.daylight import DAY_S, hhmm_minutes, local_day, local_utc_s

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
# A week, a day for the window that began before, and one for what a zone may shift.
AHEAD_DAYS = 9


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` until before ``end``, local minutes after midnight (0 to 1440).

    ``end`` <= ``start``: it closes on the day after; equal: it lasts a whole day. ``days``: on
    which it opens, 0 Monday to 6 Sunday.
    """

    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY


def window(start: str, end: str, days: tuple[int, ...] = EVERY_DAY) -> Window | None:
    """The window between two times of day; None if one is no such time.

    Worked: "22:30" to "06:00" is ``Window(1350, 360)``.
    """
    first, last = hhmm_minutes(start), hhmm_minutes(end)
    return None if first is None or last is None else Window(first, last, days)


@dataclass(frozen=True, slots=True)
class PricedWindow:
    """What energy costs within a window, currency a kWh."""

    window: Window
    per_kwh: float


@dataclass(frozen=True, slots=True)
class Tariff:
    """Price of a kWh from the grid: of the first window that is open, else ``base_per_kwh``."""

    base_per_kwh: float
    windows: tuple[PricedWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """When energy is cheap (``off_peak``; none: no hour is better than another), and its price."""

    off_peak: tuple[Window, ...] = ()
    tariff: Tariff = Tariff(1.0)


def price_per_kwh(tariff: Tariff, tz: str, utc_s: float) -> float:
    """What a kWh costs now. Worked: 0.30, and 0.20 from 22:00 to 06:00: 0.20 at 05:59."""
    for one in tariff.windows:
        if is_in((one.window,), tz, utc_s):
            return one.per_kwh
    return tariff.base_per_kwh


def is_in(windows: tuple[Window, ...], tz: str, utc_s: float) -> bool:
    """Whether one of the windows is open."""
    return _is_in(windows, tz, 60.0 * (utc_s // 60.0))


@lru_cache(32)
def _is_in(windows: tuple[Window, ...], tz: str, utc_s: float) -> bool:
    """They open and close on whole minutes: each is looked up once."""
    return _closes_s(windows, tz, utc_s) is not None


def seconds_left(windows: tuple[Window, ...], tz: str, utc_s: float) -> float:
    """How long the windows stay open (s): 0 outside, inf if one is always open.

    Worked: 22:00 to 24:00 and 00:00 to 06:00, at 23:00: 7 h, for they touch.
    """
    now_s = utc_s
    while (closes_s := _closes_s(windows, tz, now_s)) is not None:
        if closes_s - utc_s > (AHEAD_DAYS - 1) * DAY_S:
            return math.inf
        now_s = closes_s
    return now_s - utc_s if math.isfinite(utc_s) else 0.0


def next_opening_s(windows: tuple[Window, ...], tz: str, utc_s: float) -> float | None:
    """Unix time of the next opening after now, and after the present window closes.

    None: never within a week, or it is always open. Worked: 02:05 to 06:50, at 02:05: tomorrow.
    """
    closes_s = utc_s + seconds_left(windows, tz, utc_s)
    if not math.isfinite(closes_s):
        return None
    spans = _spans(windows, tz, closes_s, AHEAD_DAYS)
    return min((opens_s for opens_s, _ in spans if opens_s > closes_s), default=None)


def seconds_until(windows: tuple[Window, ...], tz: str, utc_s: float) -> float:
    """How long until a window is open (s): 0 inside, inf if that is never."""
    if is_in(windows, tz, utc_s):
        return 0.0
    opens_s = next_opening_s(windows, tz, utc_s)
    return math.inf if opens_s is None else opens_s - utc_s


def openings(
    windows: tuple[Window, ...], tz: str, from_s: float, to_s: float
) -> tuple[tuple[float, float], ...]:
    """When windows are open between two instants, in order, joined where they touch.

    Worked: 22:00 to 24:00 and 00:00 to 06:00, from 23:00 to 23:00: 23:00-06:00 and 22:00-23:00.
    """
    if not math.isfinite(to_s - from_s):
        return ()
    days = 1 + max(0, math.ceil((to_s - from_s) / DAY_S))
    found: list[tuple[float, float]] = []
    for opens_s, closes_s in sorted(_spans(windows, tz, from_s, days)):
        start_s, end_s = max(opens_s, from_s), min(closes_s, to_s)
        if start_s >= end_s:
            continue
        if found and start_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((start_s, end_s))
    return tuple(found)


def _closes_s(windows: tuple[Window, ...], tz: str, utc_s: float) -> float | None:
    """When the one that is open longest closes; None: none is open."""
    if not math.isfinite(utc_s):
        return None
    spans = _spans(windows, tz, utc_s, 1)
    return max((end for start, end in spans if start <= utc_s < end), default=None)


def _spans(
    windows: tuple[Window, ...], tz: str, utc_s: float, days: int
) -> Iterator[tuple[float, float]]:
    """Opening and closing of every window that opens from yesterday on, for so many days."""
    yesterday = local_day(utc_s, tz) - timedelta(days=1)
    for ahead in range(days + 1):
        day = yesterday + timedelta(days=ahead)
        for one in windows:
            if day.weekday() in one.days:
                opens_s, closes_s = _span(one, day, tz)
                if opens_s < closes_s:  # 02:30 to 03:00 does not exist in a night of spring
                    yield opens_s, closes_s


def _span(one: Window, day: date, tz: str) -> tuple[float, float]:
    closing = day if one.end > one.start else day + timedelta(days=1)
    return local_utc_s(day, one.start, tz), local_utc_s(closing, one.end, tz)
