"""The inbox: one small JSON file a request, in ``inbox/`` of the state folder.

Whoever asks (the command line, MQTT, the page) writes beside and renames, so that a file
is whole when it is there. The loop looks once a tick. A file is removed when what it asked for is
saved with the state: whatever happens in between, it is there again at the next start.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import stat
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pvopt.model import Instant, Request
from pvopt.sources.paper import SCHEMA, BadRequestError, Paper, read, resolved

FOLDER, BROKEN = "inbox", "inbox-broken"
MOST_A_TICK = 8
MOST_BYTES = 4096
MOST_BROKEN = 20
MOST_SEEN = 500  # files a look: more would take the tick's time
MOST_TOLD = 20  # files with a fault that the log tells of
MOST_FILES = 50  # in an inbox that nobody empties
MOST_TIMES = 3  # a request is handed on, when the ticks that it comes with fail

log = logging.getLogger("pvopt.inbox")


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


def is_full(folder: Path) -> bool:
    """Whether nobody empties the inbox: what is asked now would be for nothing."""
    try:
        with os.scandir(folder / FOLDER) as entries:
            return sum(1 for _ in islice(entries, MOST_FILES)) >= MOST_FILES
    except FileNotFoundError:
        return False


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
