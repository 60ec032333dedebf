"""The child's side of the guardian's pipe: its plan for "off", then one byte a whole tick.

Messages: ``T<seconds>\\n`` between two ticks and ``P<plan>\\n`` before the first pin is touched,
``R<seconds>\\n`` how much of ``--duration`` is left (of the home's seconds), ``L<verdicts>\\n``
which loads were found dangerous, at each change, ``.`` a whole tick, ``E\\n`` the end: everything
is off and given back, and only a disk is still written to.
"""

from __future__ import annotations

import fcntl
import os
import select
import stat

from pvopt.clock import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from pvopt.off import OffPlan

PIPE_VARIABLE = "PVOPT_PULSE_FD"
REST_VARIABLE = "PVOPT_REST_S"
LATCHED_VARIABLE = "PVOPT_LATCHED"
WHY_VARIABLE = "PVOPT_RESTART_WHY"
# A guardian that reads nothing for a page of beats is as good as gone.
PIPE_BYTES = 4096
PLAN_S = 5.0  # for the guardian to read the whole plan


class Pulse:
    """Write end of the pipe. ``rest_s``: seconds of ``--duration`` that an earlier child left;
    ``latched``: its verdicts, (load id, code of the reason); ``why``: its end, in words.
    """

    def __init__(
        self,
        pipe: int,
        rest_s: float | None = None,
        latched: Sequence[tuple[str, int]] = (),
        why: str = "",
    ) -> None:
        self._pipe = pipe
        self.why = why
        self.rest_s = rest_s
        self.latched = tuple(latched)
        os.set_inheritable(pipe, False)
        os.set_blocking(pipe, False)

    @classmethod
    def from_env(cls, environ: MutableMapping[str, str] | None = None) -> Pulse | None:
        """The pulse this process was started with, None without a guardian.

        Takes the variables out of the environment, so that no grandchild can beat.
        """
        environ = os.environ if environ is None else environ
        if not has_guardian(environ):
            return None
        rest = environ.pop(REST_VARIABLE, "")
        latched = _verdicts(environ.pop(LATCHED_VARIABLE, ""))
        why = environ.pop(WHY_VARIABLE, "")
        return cls(int(environ.pop(PIPE_VARIABLE)), float(rest) if rest else None, latched, why)

    def plan(self, plan: OffPlan, tick_s: float = 1.0) -> bool:
        """Hand over the way to "off"; to be called before any pin is touched, and after the lock
        on the pins is held (the guardian would switch off another instance's pins otherwise).
        ``tick_s``: seconds from tick to tick; the guardian waits for longer ones.

        False: the guardian is gone, nothing may be started.
        """
        rest = f"T{tick_s}\nP{plan.to_text()}\n".encode()
        left = Deadline(PLAN_S)
        while rest and left.left_s() > 0.0:  # a plan may be longer than the pipe
            try:
                rest = rest[os.write(self._pipe, rest) :]
            except BlockingIOError:
                select.select([], [self._pipe], [], left.left_s())
            except OSError:
                return False
        return not rest

    def beat(self, rest_s: float | None = None) -> bool:
        """A whole tick is done; ``rest_s`` seconds of ``--duration`` are left (0 with ``--once``).

        Never blocks. False: the guardian is gone, leave safely at once.
        """
        return self._send(b"." if rest_s is None else b"R%.1f\n." % max(0.0, rest_s))

    def latch(self, verdicts: Sequence[tuple[str, int]]) -> bool:
        """Have the next child know (load id, code) of what was found dangerous, if that is news:
        a broken heater is not heated once more after each restart. False as with ``beat``.
        """
        if tuple(verdicts) == self.latched:
            return True
        words = ",".join(f"{load}:{int(code)}" for load, code in verdicts)
        if not self._send(f"L{words}\n".encode()):
            return False
        self.latched = tuple(verdicts)
        return True

    def leaving(self) -> bool:
        """Everything is off and given back; what comes now may take a slow disk its time."""
        return self._send(b"E\n")

    def alive(self) -> bool:
        """Whether the guardian is still there, without beating: for a tick that was not whole."""
        poll = select.poll()
        poll.register(self._pipe, 0)
        return not poll.poll(0)  # an error on the write end: nobody can read any more

    def close(self) -> None:
        os.close(self._pipe)

    def _send(self, message: bytes) -> bool:
        try:
            return os.write(self._pipe, message) == len(message)
        except OSError:  # broken pipe; or full, since nobody reads
            return False


def _verdicts(words: str) -> list[tuple[str, int]]:
    pairs = (word.rpartition(":") for word in words.split(",") if word)
    return [(load, int(code)) for load, _, code in pairs]


def has_guardian(environ: MutableMapping[str, str]) -> bool:
    """Whether this process was started by a guardian: the named descriptor is its pipe."""
    try:
        pipe = int(environ.get(PIPE_VARIABLE, ""))
        return stat.S_ISFIFO(os.fstat(pipe).st_mode) and bool(
            fcntl.fcntl(pipe, fcntl.F_GETFL) & os.O_WRONLY
        )
    except (ValueError, OSError):
        return False
