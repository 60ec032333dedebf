"""What goes through the store's writer: ticks, batches, its limits and counts."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.memory import Memory
from pvopt.model import Tick


class Item(NamedTuple):
    """A tick with its number in the run; ``memory``: before it, where a stretch begins."""

    number: int
    tick: Tick
    memory: Memory | None

    @property
    def utc_s(self) -> float:
        return self.tick.snapshot.instant.utc_s

    @property
    def mono_s(self) -> float:
        return self.tick.snapshot.instant.mono_s


class Batch(NamedTuple):
    """What waits to be written. ``text``: expanded; ``memory``: where a stretch begins."""

    number: int
    ticks: int
    from_utc_s: float
    to_utc_s: float
    text: bytes
    memory: bytes | None


class Limits(NamedTuple):
    """``days`` of ticks, ``years`` of minutes, ``most_mb`` in all, a batch each ``batch_s``."""

    days: float = 14.0
    years: float = 10.0
    most_mb: float = 200.0
    batch_s: float = 300.0


DEFAULT_LIMITS = Limits()


class Counts(NamedTuple):
    """Ticks kept and lost, and why nothing can be kept now (empty: it can)."""

    kept: int = 0
    lost: int = 0
    fault: str = ""
