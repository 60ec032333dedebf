"""Standard error without waiting: a line that nobody makes room for is lost, and we go on.

A terminal stopped by Ctrl-S, or a pipe whose reader stands still, blocks whoever writes to it;
neither the guardian nor the loop may stand still with a heater on. Standard library only.
"""

from __future__ import annotations

import os
import select
import stat
from _socket import MSG_DONTWAIT, MSG_NOSIGNAL  # as in pvopt/off.py: small
from _socket import socket as Socket  # noqa: N812

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# A pipe that is ready takes so much at once, whoever else writes to it (PIPE_BUF).
AT_ONCE = 4096


class Stderr:
    """``descriptor``: open, for writing. ``write`` never blocks and never raises."""

    def __init__(self, descriptor: int = 2) -> None:
        self._descriptor = descriptor
        self._send = self._way()
        self._cut = False

    def write(self, text: str) -> bool:
        """Whether all of ``text`` found room."""
        rest = text.encode(errors="replace")
        if self._cut:  # a line of which only the beginning was taken
            rest = b"\n" + rest
        started = False
        try:
            while rest:
                sent = self._send(rest[:AT_ONCE])
                started, rest = True, rest[sent:]
        except OSError:  # no room, or nobody there any more
            self._cut = started or self._cut
            return False
        self._cut = False
        return True

    def _way(self) -> Callable[[bytes], int]:
        """How to write without waiting.

        ``O_NONBLOCK`` belongs to the open file, which we share with the shell that started us:
        only a description of our own may have it.
        """
        try:
            mode = os.fstat(self._descriptor).st_mode
            if stat.S_ISSOCK(mode):  # systemd's journal
                journal = Socket(fileno=os.dup(self._descriptor))
                return lambda chunk: journal.send(chunk, MSG_DONTWAIT | MSG_NOSIGNAL)
            if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
                flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
                own = os.open(f"/proc/self/fd/{self._descriptor}", flags)
                return lambda chunk: os.write(own, chunk)
        except OSError:  # a terminal of another user may not be opened anew
            return self._when_ready
        return lambda chunk: os.write(self._descriptor, chunk)

    def _when_ready(self, chunk: bytes) -> int:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        if not any(event & select.POLLOUT for _, event in poll.poll(0)):
            raise BlockingIOError
        return os.write(self._descriptor, chunk)


def open_standard_streams() -> None:
    """Were one of the three closed, the next pipe would take its number and be written to."""
    descriptor = os.open(os.devnull, os.O_RDWR)
    while descriptor <= 2:
        os.set_inheritable(descriptor, True)
        descriptor = os.open(os.devnull, os.O_RDWR)
    os.close(descriptor)


def told(fault: BaseException) -> str:
    """What went wrong and where, in one line: a traceback of Python's waits for its reader."""
    words = f"{type(fault).__name__}: {fault}"
    trace = fault.__traceback__
    while trace is not None:
        if trace.tb_next is None:
            words += f" ({trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return words
