"""Time: the only module that imports ``time``. Delays use mono, people and the sun use utc."""

from __future__ import annotations

import math
import time

TYPE_CHECKING = False  # the guardian keeps Deadline in memory, but not the model nor typing
if TYPE_CHECKING:
    from collections.abc import Callable

    from pvopt.model import Instant

# A Pi without a battery clock wakes up in the past; a release cannot run before it was written.
EARLIEST_UTC_S = 1_767_225_600.0  # 2026-01-01


def wall_stamp() -> str:
    """The machine's local date and time, as the log writes it."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


class SystemClock:
    """The machine's clocks. ``utc_ok``: the date is at least that of the program.

    ``sleep``: how to wait for real seconds; one that a stop cuts short ends the wait, too.
    """

    def __init__(self) -> None:
        self.sleep: Callable[[float], None] = time.sleep

    def now(self) -> Instant:
        from pvopt.model import Instant  # noqa: PLC0415

        utc_s = round(time.time(), 3)  # milliseconds: what is recorded is what was decided on
        return Instant(round(time.monotonic(), 3), utc_s, utc_s >= EARLIEST_UTC_S)

    def wait_until(self, mono_s: float) -> None:
        left_s = mono_s - time.monotonic()
        if left_s > 0:
            self.sleep(left_s)


class VirtualClock:
    """A clock that moves only inside ``wait_until``: the simulated world advances there.

    ``advance(seconds)`` is called for each step of at most ``step_s`` seconds. ``pace`` is
    simulated seconds per real second; infinite runs as fast as the machine can. With a ``sleep``
    that a stop cuts short the rest of a wait takes no time.
    """

    def __init__(
        self,
        start_utc_s: float,
        advance: Callable[[float], None] | None = None,
        pace: float = math.inf,
        step_s: float = 1.0,
        start_mono_s: float = 0.0,
    ) -> None:
        self.sleep: Callable[[float], None] = time.sleep
        self._advance = advance
        self._pace = pace
        self._step_s = step_s
        self._mono_s = start_mono_s
        self._utc_offset_s = start_utc_s - start_mono_s
        self._real_start_s = time.monotonic()
        self._start_mono_s = start_mono_s
        from pvopt.model import Instant  # noqa: PLC0415

        self._instant = Instant

    def now(self) -> Instant:
        return self._instant(self._mono_s, self._mono_s + self._utc_offset_s, True)

    def wait_until(self, mono_s: float) -> None:
        while self._mono_s < mono_s:
            step_s = min(self._step_s, mono_s - self._mono_s)
            if self._pace != math.inf:
                self._sleep_to(self._mono_s + step_s)
            self._mono_s += step_s
            if self._advance is not None:
                self._advance(step_s)

    def _sleep_to(self, mono_s: float) -> None:
        due_s = self._real_start_s + (mono_s - self._start_mono_s) / self._pace
        left_s = due_s - time.monotonic()
        if left_s > 0:
            self.sleep(left_s)


class Deadline:
    """Real seconds left of a budget; for reads that may not outlast it."""

    def __init__(self, budget_s: float) -> None:
        self._end_s = time.monotonic() + budget_s

    def left_s(self) -> float:
        """Seconds left, 0 when the budget is spent."""
        return max(0.0, self._end_s - time.monotonic())
