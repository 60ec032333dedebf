"""What a person asked for, in words."""

from __future__ import annotations

import math
from collections.abc import Callable

from pvopt.decide.day import end_of
from pvopt.model import Instant, Request, RequestKind, Temp

_TEMP = {
    Temp.MAX: "at most",
    Temp.MIN: "at least",
    Temp.ECO: "from the grid up to",
}


def wish(request: Request, local: Callable[[float], str], most_w: float | None = None) -> str:
    """Such as "boost 2000 W until 14:30 or 55 °C". ``local``: a moment as people read it;
    ``most_w``: what the load can draw, said where no watts were asked for."""
    if request.kind == RequestKind.AUTO:
        return "automatic again, all wishes are ended"
    if request.kind == RequestKind.RELEASE:
        return "automatic again, temperatures stay as asked for"
    if request.kind == RequestKind.SET_TEMP:
        degrees = "?" if request.until_c is None else f"{request.until_c:.0f}"
        until = _until(request, local) or " until further notice"
        return f"{_TEMP[request.temp]} {degrees} °C{until}"
    if request.kind == RequestKind.OFF:
        return f"off{_until(request, local) or ' until further notice'}"
    name = "boost" if request.kind == RequestKind.BOOST else "on"
    watts = most_w if request.watts is None else request.watts
    shown = "" if watts is None else f" {watts:.0f} W"
    warm = "" if request.until_c is None else f" or {request.until_c:.0f} °C"
    return f"{name}{shown}{_until(request, local)}{warm}"


def asked_by(request: Request) -> str:
    """Who asked; made harmless, for it comes from outside."""
    who = "".join(letter for letter in request.by if letter.isprintable())[:60]
    return f" (asked by {who})" if who else ""


def _until(request: Request, local: Callable[[float], str]) -> str:
    if request.until_utc_s is not None:
        return f" until {local(request.until_utc_s)}"
    if request.lasts_s is not None and math.isfinite(request.lasts_s):
        minutes = math.ceil(request.lasts_s / 60.0)
        return f" for {minutes} minute{'' if minutes == 1 else 's'}"
    return ""


def local_time(timezone: str, instant: Instant | None = None) -> Callable[[float], str]:
    """How the ends of wishes are written: hours and minutes of the site as in the reasons of the
    log, rounded up. ``instant``: of now, for an end that is tomorrow's."""

    def written(utc_s: float) -> str:
        now_s = instant.utc_s if instant is not None and instant.utc_ok else utc_s
        try:
            minutes, days = end_of(utc_s, now_s, timezone)
        except (ValueError, OverflowError, OSError):
            return "?"
        clock = f"{minutes // 60.0:02.0f}:{minutes % 60.0:02.0f}"
        return f"tomorrow {clock}" if days == 1 and now_s != utc_s else clock

    return written
