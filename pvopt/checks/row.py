"""One line of the doctor: what was looked at, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """WARN: it works, but look at it. FAIL: it cannot work like this."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Row:
    """``todo``: what the owner should do; empty when nothing has to be done."""

    area: str
    level: Level
    text: str
    todo: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<4} {self.area}: {self.text}"
        return f"{line} — {self.todo}" if self.todo else line


def ok(area: str, text: str, todo: str = "") -> Row:
    return Row(area, Level.OK, text, todo)


def warn(area: str, text: str, todo: str) -> Row:
    return Row(area, Level.WARN, text, todo)


def fail(area: str, text: str, todo: str) -> Row:
    return Row(area, Level.FAIL, text, todo)


def guarded(area: str, look: Callable[[], Iterable[Row]]) -> Iterator[Row]:
    """The rows of ``look``; an exception in it costs only this area's further rows."""
    try:
        yield from look()
    except Exception as fault:  # a doctor may not fall ill himself
        yield fail(
            area,
            f"could not be looked at ({type(fault).__name__})",
            "this is a fault of pvopt: please report it with your configuration, secrets removed",
        )
