"""Signals turned into an orderly end: at once in a sleep, else after the tick."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType

from pvopt.clock import Deadline

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopper:
    """``asked`` becomes true for good. Nothing is raised anywhere: no tick is torn in two."""

    def __init__(self) -> None:
        self.asked = False
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)

    def install(self) -> None:
        """Take over the signals; only in the main thread."""
        # Python's own first answer to a signal writes its number: none can slip in between a
        # look at ``asked`` and the sleep.
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in SIGNALS:
            # Under nohup a hang-up was ignored on purpose.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask)

    def sleep(self, seconds: float) -> None:
        """Real seconds, fewer if a stop is asked for meanwhile or was before."""
        deadline = Deadline(seconds)
        while not self.asked and (left_s := deadline.left_s()) > 0:
            if select.select([self._woken], [], [], left_s)[0]:
                numbers = os.read(self._woken, 512)
                self.asked = self.asked or any(number in SIGNALS for number in numbers)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
