"""A request as it is written on paper: what may stand there, what it means, when it ends."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pvopt.decide.asked import LONGEST_S
from pvopt.decide.day import next_at
from pvopt.model import Instant, Request, RequestKind, Temp

SCHEMA = "pvopt.request/1"
LATEST_UTC_S = 4e9  # 2096; no calendar holds much more
LONGEST_MIN = 1e7  # 19 years
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
KINDS = {kind.name.lower().replace("_", "-"): kind for kind in RequestKind}
HEATING = (RequestKind.ON, RequestKind.BOOST)
ENDING = (RequestKind.AUTO, RequestKind.RELEASE)
LEAST_C = 20.0  # of a temperature that may be asked for
TEMPS = {temp.name.lower(): temp for temp in Temp}


class BadRequestError(ValueError):
    """Words for what is wrong with a file."""


class Paper(NamedTuple):
    """A request as it is written. It ends at ``until_utc_s``, at the next local ``until``
    ("HH:MM"), or ``minutes`` after it is taken up. ``demo``: meant for a simulated home.
    ``temp``: which temperature a set-temp sets.
    """

    id: str
    target: str
    kind: str
    watts: float | None = None
    until_c: float | None = None
    until_utc_s: float | None = None
    until: str | None = None
    minutes: float | None = None
    by: str = ""
    demo: bool = False
    temp: str = "max"


def read(document: Any) -> Paper:
    """What a document asks for. BadRequestError in words."""
    if not isinstance(document, Mapping):
        raise BadRequestError("is no request")
    if document.get("schema") != SCHEMA:
        raise BadRequestError(f"is not of the form {SCHEMA}")
    fields = {name: document[name] for name in Paper._fields if document.get(name) is not None}
    for name in ("id", "target", "kind"):
        if not fields.get(name):
            raise BadRequestError(f"lacks {name!r}")
    for name in ("id", "target", "kind", "until", "by", "temp"):
        if name in fields and not isinstance(fields[name], str):
            raise BadRequestError(f"has a {name!r} that is no text")
    for name in ("watts", "until_c", "until_utc_s", "minutes"):
        if name in fields:
            fields[name] = _number(name, fields[name])
    paper = Paper(**{**fields, "demo": fields.get("demo") is True})
    _check(paper)
    return paper


def _number(name: str, given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadRequestError(f"has a {name!r} that is no number")
    most = {"until_utc_s": LATEST_UTC_S, "minutes": LONGEST_MIN}.get(name, 1e12)
    number = float(given) if abs(given) <= most else math.nan
    if not math.isfinite(number) or number < 0.0:
        raise BadRequestError(f"has a {name!r} that cannot be")
    return number


def _check(paper: Paper) -> None:
    if paper.kind not in KINDS:
        raise BadRequestError(f"wants {paper.kind!r}; there are: {', '.join(KINDS)}")
    if paper.watts == 0.0 and KINDS[paper.kind] in HEATING:
        raise BadRequestError("wants heat with 0 'watts'; there is 'off'")
    if paper.until is not None and not CLOCK.fullmatch(paper.until):
        raise BadRequestError("has an 'until' that is no time of day such as 14:30")
    if KINDS[paper.kind] == RequestKind.SET_TEMP and paper.until_c is None:
        raise BadRequestError("sets a temperature and lacks 'until_c'")
    if paper.temp not in TEMPS:
        raise BadRequestError(f"sets the temperature {paper.temp!r}; there are: {', '.join(TEMPS)}")


def resolved(paper: Paper, timezone: str, instant: Instant) -> Request:
    """The request as of the moment it is taken up."""
    until_utc_s, lasts_s = paper.until_utc_s, None
    if paper.minutes is not None:
        lasts_s = 60.0 * paper.minutes
        if instant.utc_ok and until_utc_s is None:
            until_utc_s = instant.utc_s + lasts_s
    elif paper.until is not None and instant.utc_ok:
        clock = CLOCK.fullmatch(paper.until)
        assert clock is not None
        until_utc_s = next_at(instant.utc_s, timezone, int(clock[1]), int(clock[2]))
    if until_utc_s is not None and instant.utc_ok and lasts_s is None:
        lasts_s = until_utc_s - instant.utc_s
    kind = KINDS[paper.kind]
    if lasts_s is None and kind in HEATING:
        lasts_s = default_s(kind)
    return Request(
        id=paper.id,
        target=paper.target,
        kind=kind,
        watts=paper.watts,
        until_utc_s=until_utc_s,
        until_c=paper.until_c,
        by=paper.by,
        lasts_s=lasts_s,
        temp=TEMPS[paper.temp],
    )


def dated(paper: Paper, timezone: str, instant: Instant) -> Paper:
    """The same as it is written: a real home's end is a moment now, whenever it is taken up; a
    simulated one has a clock of its own. BadRequestError: the date is needed and not known."""
    if paper.minutes is None and paper.until is None and KINDS[paper.kind] in HEATING:
        lasts_s = default_s(KINDS[paper.kind])
        paper = paper._replace(minutes=None if lasts_s is None else lasts_s / 60.0)
    if paper.demo:
        return paper
    clock = None if paper.until is None else CLOCK.fullmatch(paper.until)
    if clock is not None:
        if not instant.utc_ok:
            raise BadRequestError("has an 'until', and this machine does not know the date yet")
        until_utc_s = next_at(instant.utc_s, timezone, int(clock[1]), int(clock[2]))
        return paper._replace(until=None, until_utc_s=until_utc_s)
    if paper.minutes is not None and instant.utc_ok:
        return paper._replace(until_utc_s=instant.utc_s + 60.0 * paper.minutes)
    return paper


def default_s(kind: RequestKind) -> float | None:
    """How long a wish lasts whose end nobody said (s); None: until another.

    A boost is for the bath tonight. On is for "until tomorrow", a night without sun included, and
    ends by itself if it is forgotten. Off and a temperature harm nobody by lasting.
    """
    if kind == RequestKind.BOOST:
        return 3600.0
    return 0.5 * LONGEST_S if kind == RequestKind.ON else None
