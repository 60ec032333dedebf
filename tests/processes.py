"""Looking at processes from outside: waiting for them, their children, their end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

WAIT_S = 15.0  # for what takes milliseconds on an idle machine


def until(what: Callable[[], bool], within_s: float = WAIT_S) -> bool:
    """Whether it comes true in time."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        if what():
            return True
        time.sleep(0.01)
    return what()


def gone(pid: int) -> bool:
    """Whether no such process works any more (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def children_of(pid: int) -> list[int]:
    """Process ids of the children that live now."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descendants_of(pid: int) -> list[int]:
    """Its children, and theirs; the first is its first child."""
    return [one for child in children_of(pid) for one in (child, *descendants_of(child))]
