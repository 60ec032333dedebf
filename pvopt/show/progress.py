"""How far a long run is: one line written over on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

WIDTH = 24
REDRAW_S = 0.2
SAY_S = 15.0  # elsewhere
GUESS_AFTER_S = 2.0  # before, an estimate says nothing


class Progress:
    """``mono_s``: real seconds, for the time that is left.

    That is judged by what was done since the first share above 0: what comes before it (kernels
    that are compiled, a sky that is made up) does not come again.
    """

    def __init__(self, mono_s: Callable[[], float], stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._on_terminal = self._stream.isatty()
        self._mono_s = mono_s
        self._first: tuple[float, float] | None = None  # (share, when)
        self._said_s = mono_s() if not self._on_terminal else float("-inf")
        self._drawn = 0

    def show(self, share: float, words: str) -> None:
        """``share`` 0 to 1 of the whole is done."""
        now_s = self._mono_s()
        if self._first is None and share > 0.0:
            self._first = (share, now_s)
        if now_s - self._said_s < (REDRAW_S if self._on_terminal else SAY_S):
            return
        self._said_s = now_s
        line = f"{100.0 * share:3.0f} %  {words}{self._left(share, now_s)}"
        if not self._on_terminal:
            print(line, file=self._stream, flush=True)
            return
        done = round(WIDTH * min(1.0, max(0.0, share)))
        line = f"{'█' * done}{'░' * (WIDTH - done)} {line}"
        print(f"\r{line:<{self._drawn}}", end="", file=self._stream, flush=True)
        self._drawn = len(line)

    def clear(self) -> None:
        """Take the line away, so that something else can be said."""
        if self._on_terminal and self._drawn:
            print("\r" + " " * self._drawn, end="\r", file=self._stream, flush=True)
            self._drawn = 0

    def _left(self, share: float, now_s: float) -> str:
        if self._first is None:
            return ""
        done, taken_s = share - self._first[0], now_s - self._first[1]
        if taken_s < GUESS_AFTER_S or done <= 0.0:
            return ""
        return f", about {span(taken_s * (1.0 - share) / done)} left"


def span(seconds: float) -> str:
    """``40 s``, ``3 min``, ``1 h 20 min``."""
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
