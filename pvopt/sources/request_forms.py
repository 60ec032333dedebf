"""What is asked by MQTT, in the three forms that are understood: from a message to a paper.

``pvopt``            a word, or JSON with the options of ``python main.py request``
``solar_balancer``   JSON: force with watts and perhaps seconds, unforce
``linky_optimizer``  ON, OFF, AUTO, MIN;t, MAX;t, ECO;t

All raise BadRequestError in words, which never quote more of a message than a name.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from pvopt.config.loads import Load
from pvopt.decide.asked import LONGEST_S
from pvopt.model import RequestKind
from pvopt.settings_of import least_w
from pvopt.sources.paper import (
    ENDING,
    HEATING,
    KINDS,
    LEAST_C,
    SCHEMA,
    BadRequestError,
    Paper,
    read,
)

KEYS = ("kind", "watts", "minutes", "until", "until_c", "to_c", "temp")
WORDS = "on, off, auto, boost or release, or JSON with `kind`"
DEGREES = re.compile(r"(MIN|MAX|ECO);(\d{1,3}(?:\.\d{1,6})?)", re.ASCII)
SWITCHES = {"ON": "on", "OFF": "off", "AUTO": "release"}
LONGEST_MIN = LONGEST_S / 60.0
MOST = 1e9  # of any number


def own(payload: bytes, load: str) -> Paper:
    """Of our own topic. Worked: ``boost`` is an hour of full power, ``{"kind": "set-temp",
    "to_c": 45, "temp": "min"}`` the least temperature."""
    text = _text(payload)
    if not text.startswith("{"):
        word = text.lower()
        if word not in KINDS or KINDS[word] == RequestKind.SET_TEMP:
            raise BadRequestError(f"is not understood; write {WORDS}")
        return _paper(target=load, kind=word)
    document = _json(text)
    for key in document:
        if key not in KEYS:
            raise BadRequestError(f"has an unknown {key[:32]!r}; there are: {', '.join(KEYS)}")
    if "to_c" in document and "until_c" in document:
        raise BadRequestError("has 'to_c' and 'until_c': either of them")
    fields = dict(document)
    if "to_c" in fields:
        fields["until_c"] = fields.pop("to_c")
    return _paper(**{**fields, "target": load})


def balancer(payload: bytes) -> Paper:
    """Of the solar balancer's topic. Worked: 1500 W for 600 s are on for 10 minutes; 0 W are off.

    Without a duration it lasts a day there, which is the longest that anything heats, and off
    until it is unforced.
    """
    document = _json(_text(payload))
    name, command = document.get("name"), document.get("command")
    if not isinstance(name, str) or not name:
        raise BadRequestError("lacks the 'name' of a load")
    if command == "unforce":
        return _paper(target=name, kind="release")
    if command != "force":
        raise BadRequestError("has a 'command' that is neither force nor unforce")
    watts, duration_s = document.get("power"), document.get("duration")
    if not _is_number(watts):
        raise BadRequestError("has a 'power' that is no number of watts")
    if duration_s is not None and not _is_number(duration_s):
        raise BadRequestError("has a 'duration' that is no number of seconds")
    minutes = duration_s / 60.0 if duration_s else None
    if watts == 0:
        return _paper(target=name, kind="off", minutes=minutes)
    return _paper(target=name, kind="on", watts=watts, minutes=minutes or LONGEST_MIN)


def linky(payload: bytes, load: str) -> Paper:
    """Of the Linky optimizer's topic. AUTO there leaves temperatures as they were set; ON ends at
    the highest temperature, or after a day."""
    text = _text(payload)
    if text in SWITCHES:
        kind = SWITCHES[text]
        return _paper(target=load, kind=kind, minutes=LONGEST_MIN if kind == "on" else None)
    found = DEGREES.fullmatch(text)
    if found is None:
        raise BadRequestError("is not understood; there are ON, OFF, AUTO, MIN;45, MAX;60, ECO;50")
    return _paper(target=load, kind="set-temp", temp=found[1].lower(), until_c=float(found[2]))


def fitted(paper: Paper, load: Load, until_full: bool = False) -> Paper:
    """The paper within what ``load`` can do: more than its most is its most. BadRequestError where
    it cannot be meant. ``until_full``: on ends at the owner's maximum, where that is measured."""
    kind, watts, degrees = KINDS[paper.kind], paper.watts, paper.until_c
    if watts is not None and kind not in HEATING:
        raise BadRequestError(f"has watts, which mean nothing with {paper.kind}")
    if (paper.minutes is not None or paper.until is not None) and kind in ENDING:
        raise BadRequestError(f"has an end, which means nothing with {paper.kind}")
    if paper.minutes is not None and paper.until is not None:
        raise BadRequestError("has 'minutes' and 'until': either of them")
    least = least_w(load)
    if watts is not None and least >= load.max_w:
        watts = None  # all or nothing
    if watts is not None and watts < least:
        raise BadRequestError(f"wants {watts:.0f} W; {load.id} draws {least:.0f} W or more")
    if degrees is None and until_full and kind == RequestKind.ON and load.temperature is not None:
        degrees = load.comfort.max_c
    if degrees is not None:
        degrees = _degrees(paper, load, degrees)
    return paper._replace(
        watts=None if watts is None else min(watts, load.max_w),
        until_c=degrees,
        minutes=_minutes(paper),
    )


def _minutes(paper: Paper) -> float | None:
    if paper.minutes is None or KINDS[paper.kind] not in HEATING:
        return paper.minutes
    return min(paper.minutes, LONGEST_MIN)


def _degrees(paper: Paper, load: Load, degrees: float) -> float:
    kind = KINDS[paper.kind]
    if kind not in (*HEATING, RequestKind.SET_TEMP):
        raise BadRequestError(f"has degrees, which mean nothing with {paper.kind}")
    if load.temperature is None:
        raise BadRequestError(f"has degrees; {load.id} has no temperature sensor")
    if degrees < LEAST_C and (kind in HEATING or paper.temp == "max"):
        raise BadRequestError(f"wants {degrees:.0f} °C; {LEAST_C:.0f} °C or more can be asked for")
    return min(degrees, load.comfort.max_c)


def _paper(**fields: Any) -> Paper:
    return read({**fields, "schema": SCHEMA, "id": uuid.uuid4().hex[:12], "by": "MQTT"})


def _text(payload: bytes) -> str:
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as fault:
        raise BadRequestError("is no text") from fault


def _json(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadRequestError("is no JSON") from fault
    if not isinstance(document, dict):
        raise BadRequestError("is no JSON with keys")
    return document


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given <= MOST
