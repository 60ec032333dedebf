"""The inbox: one small JSON file a request, in ``inbox/`` of the state folder.

Whoever asks (the command line, later MQTT and the page) writes beside and renames, so that a file
is whole when it is there. The loop looks once a tick. A file is removed when what it asked for is
saved with the state: whatever happens in between, it is there again at the next start.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from pvopt.decide.asked import LONGEST_S
from pvopt.decide.day import next_at
from pvopt.model import Instant, Request, RequestKind

SCHEMA = "pvopt.request/1"
FOLDER, BROKEN = "inbox", "inbox-broken"
MOST_A_TICK = 8
MOST_BYTES = 4096
MOST_BROKEN = 20
MOST_SEEN = 500  # files a look: more would take the tick's time
MOST_TOLD = 20  # files with a fault that the log tells of
LATEST_UTC_S = 4e9  # 2096; no calendar holds much more
LONGEST_MIN = 1e7  # 19 years
MOST_TIMES = 3  # a request is handed on, when the ticks that it comes with fail
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
KINDS = {kind.name.lower().replace("_", "-"): kind for kind in RequestKind}

log = logging.getLogger("pvopt.inbox")


class BadRequestError(ValueError):
    """Words for what is wrong with a file."""


class Paper(NamedTuple):
    """A request as it is written. It ends at ``until_utc_s``, at the next local ``until``
    ("HH:MM"), or ``minutes`` after it is taken up. ``demo``: meant for a simulated home."""

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


def write(folder: Path, paper: Paper, utc_s: float) -> Path:
    """Put a request into the inbox of the state folder ``folder``. OSError if that fails.

    ``utc_s`` orders the files: a later one is read later.
    """
    inbox = folder / FOLDER
    inbox.mkdir(parents=True, exist_ok=True)
    name = f"{max(0, int(utc_s * 1e6)):020d}-{paper.id}.json"
    text = json.dumps({"schema": SCHEMA, **paper._asdict()})
    beside = inbox / f".{name}.new"
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(inbox / name)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    return inbox / name


class Inbox:
    """Reads the inbox of ``folder``. Never raises.

    ``loads``: ids there are; ``timezone``: of a file's ``until``; ``saved_s``: mono instant of
    the newest state that is safe on disk: what was taken by then is removed.
    """

    def __init__(
        self,
        folder: Path,
        loads: Sequence[str],
        timezone: str,
        demo: bool = False,
        saved_s: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._inbox, self._broken = folder / FOLDER, folder / BROKEN
        self._loads = tuple(loads)
        self._timezone = timezone
        self._demo = demo
        self._saved_s = saved_s
        self._taken: dict[str, float] = {}  # name -> mono instant
        self._times: dict[str, int] = {}  # name -> so often handed on
        self._faults: dict[str, str] = {}  # name -> what was told of it last

    def drain(self, instant: Instant) -> tuple[Request, ...]:
        """What is new, in the order of the files; a few a tick, the rest in the next."""
        try:
            with os.scandir(self._inbox) as entries:
                names = {entry.name for entry in islice(entries, MOST_SEEN)}
        except FileNotFoundError:
            return ()
        except OSError as fault:
            self._failed("", f"the inbox {self._inbox} cannot be read: {fault.strerror}")
            return ()
        if not names and not self._taken:
            return ()
        names -= self._settle(names)
        new = sorted(name for name in names if name not in self._taken and not name.startswith("."))
        found = [self._take(name, instant) for name in new[:MOST_A_TICK]]
        return tuple([request for request in found if request is not None])

    def forget(self, instant: Instant) -> None:
        """The tick of ``instant`` failed: its requests are new again in the next one.

        Not for ever: one that breaks each tick it comes with may not keep the heater off.
        """
        for name, times in self._times.items():
            if self._taken.get(name) != instant.mono_s:
                continue
            if times < MOST_TIMES:
                del self._taken[name]
            else:
                log.error("%s is given up: %d ticks with it failed", self._inbox / name, times)

    def _settle(self, there: set[str]) -> set[str]:
        """Remove what is saved, forget what is gone; the names that were removed."""
        saved_s, removed = self._saved_s(), set()
        for name, taken_s in list(self._taken.items()):
            if name not in there and len(there) < MOST_SEEN:
                self._drop(name)
            elif taken_s <= saved_s:
                try:
                    (self._inbox / name).unlink()
                except FileNotFoundError:
                    pass
                except OSError as fault:
                    self._failed(name, f"{self._inbox / name} cannot be removed: {fault.strerror}")
                    continue
                self._drop(name)
                removed.add(name)
        return removed

    def _drop(self, name: str) -> None:
        del self._taken[name]
        self._times.pop(name, None)
        self._faults.pop(name, None)

    def _take(self, name: str, instant: Instant) -> Request | None:
        path = self._inbox / name
        self._taken[name] = instant.mono_s
        try:
            request = self._understood(json.loads(_text(path)), instant)
            if request is not None:
                self._times[name] = self._times.get(name, 0) + 1
            return request
        except FileNotFoundError:
            pass  # taken back
        except OSError as fault:
            self._failed(name, f"{path} cannot be read: {fault.strerror}")
        except BadRequestError as fault:
            self._set_aside(name, str(fault))
        except (ValueError, RecursionError):
            self._set_aside(name, "is no JSON")
        return None

    def _understood(self, document: Any, instant: Instant) -> Request | None:
        paper = read(document)
        if paper.demo != self._demo:
            log.warning("a request for a %s home was left out", _home(paper.demo))
            return None
        if paper.target not in self._loads:
            log.warning(
                "a request is for %r, and there is no such load; there are: %s",
                paper.target,
                ", ".join(self._loads) or "none",
            )
            return None
        request = resolved(paper, self._timezone, instant)
        until_utc_s = request.until_utc_s
        if until_utc_s is not None and instant.utc_ok and until_utc_s <= instant.utc_s:
            log.warning("a request for %s came too late: its time is over", paper.target)
            return None
        return request

    def _set_aside(self, name: str, why: str) -> None:
        """Out of the way, to be looked at; only the first few are kept."""
        path, aside = self._inbox / name, self._broken / name
        log.warning("%s %s; set aside in %s", path, why, self._broken)
        try:
            self._broken.mkdir(exist_ok=True)
            if sum(1 for _ in self._broken.iterdir()) >= MOST_BROKEN:
                path.unlink()
            else:
                path.replace(aside)
        except OSError as fault:
            self._failed(name, f"{path} cannot be set aside: {fault.strerror}")

    def _failed(self, name: str, words: str) -> None:
        """Once a file, not every second; of a great many only the first."""
        known = self._faults.get(name)
        if words != known and (known is not None or len(self._faults) < MOST_TOLD):
            self._faults[name] = words
            log.warning("%s", words)


def _text(path: Path) -> bytes:
    """Of an ordinary file. A pipe or a device may neither hold up the tick nor be read."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise BadRequestError("is no ordinary file")
        text = os.read(file, MOST_BYTES + 1)
    finally:
        os.close(file)
    if len(text) > MOST_BYTES:
        raise BadRequestError(f"is larger than {MOST_BYTES} bytes")
    return text


def _home(demo: bool) -> str:
    return "simulated" if demo else "real"


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
    for name in ("id", "target", "kind", "until", "by"):
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
    if paper.watts == 0.0 and KINDS[paper.kind] in (RequestKind.ON, RequestKind.BOOST):
        raise BadRequestError("wants heat with 0 'watts'; there is 'off'")
    if paper.until is not None and not CLOCK.fullmatch(paper.until):
        raise BadRequestError("has an 'until' that is no time of day such as 14:30")
    if KINDS[paper.kind] == RequestKind.SET_TEMP and paper.until_c is None:
        raise BadRequestError("sets a temperature and lacks 'until_c'")


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
    if lasts_s is None and kind in (RequestKind.ON, RequestKind.BOOST):
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
    )


def default_s(kind: RequestKind) -> float | None:
    """How long a wish lasts whose end nobody said (s); None: until another.

    A boost is for the bath tonight. On is for "until tomorrow", a night without sun included, and
    ends by itself if it is forgotten. Off and a temperature harm nobody by lasting.
    """
    if kind == RequestKind.BOOST:
        return 3600.0
    return 0.5 * LONGEST_S if kind == RequestKind.ON else None
