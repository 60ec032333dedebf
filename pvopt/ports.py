"""The four ports of the loop. Concrete classes are wired in build.py alone."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from pvopt.model import Command, Instant, Outcome, Samples, Tick


class Clock(Protocol):
    def now(self) -> Instant:
        """The present instant."""

    def wait_until(self, mono_s: float) -> None:
        """Return when ``mono_s`` has come (at once if it has passed)."""


class Source(Protocol):
    name: str

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """What can be known now, within ``budget_s`` seconds of wall time.

        Raises only SourceError.
        """

    def close(self) -> None:
        """Give back sockets and threads; idempotent."""


class Actuator(Protocol):
    name: str

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """Move towards the command by at most one step; never sleeps.

        None or an expired command means the safe value. Raises only ActuatorError.
        """

    def safe(self) -> None:
        """Everything off now, relay first. Idempotent, never raises."""

    def close(self) -> None:
        """safe(), then give back the pins."""


class Recorder(Protocol):
    def record(self, tick: Tick) -> None:
        """Keep or show one tick. Never raises, never blocks."""


@runtime_checkable
class Counting(Protocol):
    """A recorder that knows what it wrote. ``name``: what people call it."""

    name: str

    def counted(self) -> tuple[int, int]:
        """How many were written, and how many were lost, since the start."""
