"""The small parent of the control loop: switches everything off when the loop dies or hangs.

``run`` starts here. The child runs the loop and writes one byte to a pipe after each whole tick
(``pvopt/pulse.py``). The pipe ends, or is silent for 5 s: the child is killed, the outputs are
switched off by the second path (``pvopt/off.py``), and the loop is started again. Standard
library only and below 12 MB, because it stays in memory all day beside the loop.

The child has a process group of its own: Ctrl-C reaches it through the guardian alone, and Ctrl-Z
does not freeze a heater that is on.
"""

from __future__ import annotations

import fcntl
import os
import select

from pvopt.clock import Deadline, wall_stamp
from pvopt.notify import Service
from pvopt.off import OffPlan, switch_off
from pvopt.pulse import (
    LATCHED_VARIABLE,
    PIPE_BYTES,
    PIPE_VARIABLE,
    REST_VARIABLE,
    WHY_VARIABLE,
)
from pvopt.stderr import Stderr, open_standard_streams, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType
else:  # the C module under ``signal``, without its enumerations: a megabyte less all day
    import _signal as signal

FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# A stopped terminal job would freeze the heater as it is; none of these may stop us or the loop.
IGNORED = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
BAD_START = 2  # the child said what is wrong, and gave back what it had begun
FINAL_CODES = (0, BAD_START, 3)  # in order, bad configuration, a fault that `check` found
EXIT_GRACE_S = 0.5  # between the end of the pipe and the end of a process that leaves in order
REAP_S = 1.0  # for the kernel to take away a killed process


class Timing:
    """Seconds. ``silence_s``: between two ticks; ``start_s``: before the first tick of a child
    (a Pi 1 needs its time); ``stop_s``: to leave after a signal; ``leave_s``: more, for the disk
    of one whose outputs are off; ``pauses_s``: before a restart, growing; ``steady_s``: of good
    work that makes the next pause the first again.
    """

    __slots__ = ("leave_s", "pauses_s", "silence_s", "start_s", "steady_s", "stop_s")

    def __init__(
        self,
        silence_s: float = 5.0,
        start_s: float = 30.0,
        stop_s: float = 3.0,
        pauses_s: tuple[float, ...] = (1, 2, 4, 8, 16, 30),
        steady_s: float = 60.0,
        leave_s: float = 8.0,
    ) -> None:
        self.silence_s, self.start_s, self.stop_s = silence_s, start_s, stop_s
        self.pauses_s, self.steady_s, self.leave_s = pauses_s, steady_s, leave_s


def send(process: int, number: int) -> None:
    """A signal to a process that may have ended; a negative process is a group."""
    try:  # noqa: SIM105 (contextlib is too large for the guardian)
        os.kill(process, number)
    except ProcessLookupError:
        pass


class Guardian:
    """Keeps ``command`` running. One object a process: it takes over the signals."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str] | None = None,
        timing: Timing | None = None,
        off: Callable[[OffPlan], list[str]] = switch_off,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._command = list(command)
        open_standard_streams()
        self._stderr = Stderr()
        passed = (PIPE_VARIABLE, REST_VARIABLE, LATCHED_VARIABLE, WHY_VARIABLE)
        ours = (*Service.VARIABLES, *passed)
        self._environ = {k: v for k, v in environ.items() if k not in ours}
        self._timing = timing or Timing()
        self._off = off
        self._service = Service(environ)
        self._silence_s = self._timing.silence_s
        self._plan: OffPlan | None = None
        self._rest_s: float | None = None
        self._latched = ""  # what the child found dangerous, in its own words
        self._why = ""  # the last child ended
        self._ticked = False  # since the guardian's start
        self._leaving = False  # the child: everything is off, it only writes to a disk
        self._stop = 0  # the signal that asked us to stop
        self._child = 0
        self._inbox = b""
        self._woken, self._wake = os.pipe()

    def run(self) -> int:
        """Start the child again and again until it ends in order; returns the exit code.

        0: done, or stopped by a signal; 2, 3: the child's own; 1: it failed before its first
        whole tick, could not be stopped in order, or failed with no ``--duration`` left.
        """
        self._take_signals()
        try:
            return self._keep_running()
        except BaseException as fault:
            if self._child:
                self._kill()
            self._switch_off()
            self._say(f"ends, {told(fault)}")
            return 1

    def _say(self, words: str) -> None:
        """One line on standard error; only after whatever has to be switched off is off."""
        self._stderr.write(f"{wall_stamp()} pvopt guardian: {words}\n")

    def _keep_running(self) -> int:
        restarts = 0
        while True:
            status, why, steady = self._watch()
            never_ran = not self._ticked and status is not None and not why
            never_ran = never_ran and os.waitstatus_to_exitcode(status or 0) == BAD_START
            faults = self._switch_off(said=not never_ran)
            code = self._final_code(status, why)
            if code is not None:
                self._service.stopping()
                return code
            self._why = why
            restarts = 1 if steady else restarts + 1
            pause_s = self._timing.pauses_s[min(restarts, len(self._timing.pauses_s)) - 1]
            off = "NOT all off" if faults else "off"
            self._say(f"{why}; outputs {off}, next start in {pause_s:g} s")
            self._service.restarting(pause_s + self._timing.start_s)
            stopped = self._pause(pause_s)
            if faults:
                faults = self._switch_off()
            if stopped:
                self._service.stopping()
                return 1 if faults else 0

    def _final_code(self, status: int | None, why: str) -> int | None:
        """The exit code if this was the end, None if the child must be started again."""
        code = -1 if status is None else os.waitstatus_to_exitcode(status)
        if self._stop:
            if not why or code == -self._stop:
                return max(0, code)
            self._say(why)
            return 1
        if not why and code in FINAL_CODES:
            return code
        if status is None:
            self._say(f"{why}; it cannot be killed, giving up")
        elif not self._ticked:
            self._say(f"{why} before its first whole tick, giving up")
        elif self._rest_s is not None and self._rest_s <= 0:
            if code != 1:  # with that it has said itself what went wrong
                self._say(f"{why} at the end of its time")
        else:
            return None
        return 1

    def _watch(self) -> tuple[int | None, str, bool]:
        """Start a child and stay with it to its end.

        Returns its wait status (None: not to be killed), why it ended (empty: by itself with a
        final code) and whether it had worked steadily.
        """
        pipe = self._spawn()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        deadline, steady, status, why = Deadline(self._timing.start_s), None, None, ""
        stopping = ended = given = False
        while status is None:
            ready = {fd for fd, _ in poll.poll(int(deadline.left_s() * 1000) + 1)}
            if self._woken in ready:
                os.read(self._woken, 512)
            if pipe in ready and not ended:
                ticks, ended = self._hear(pipe)
                if ended:
                    poll.unregister(pipe)
                    deadline = Deadline(EXIT_GRACE_S)
                elif ticks and not stopping:
                    deadline = Deadline(self._silence_s)
                    steady = steady or Deadline(self._timing.steady_s)
            if self._stop and not stopping:
                stopping, deadline = True, Deadline(self._timing.stop_s)
                self._service.stopping()
            status = self._reap()
            if status is None and deadline.left_s() <= 0:
                if self._leaving and not given:  # no later by the second path than ever
                    given, deadline = True, Deadline(self._timing.leave_s)
                    self._switch_off()
                    continue
                why = self._why_killed(stopping, ended, steady is not None)
                status = self._kill()
                break
        self._hear(pipe)  # what the child said last
        os.close(pipe)
        return status, why or _why_ended(status), steady is not None and steady.left_s() <= 0

    def _why_killed(self, stopping: bool, ended: bool, ticked: bool) -> str:
        if self._leaving:
            return "the loop has ended, but a disk held it up and it was killed"
        if stopping:
            return f"the loop did not stop within {self._timing.stop_s:g} s and was killed"
        if ended:
            return "the loop closed its pipe and stayed"
        if ticked:
            return f"the loop gave no sign for {self._silence_s:g} s and was killed"
        return f"the loop made no whole tick within {self._timing.start_s:g} s and was killed"

    def _spawn(self) -> int:
        """Start the child; returns the read end of its pipe."""
        read, write = os.pipe()
        os.set_blocking(read, False)
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_inheritable(write, True)
        environ = {**self._environ, PIPE_VARIABLE: str(write)}
        if self._rest_s is not None:
            environ[REST_VARIABLE] = str(self._rest_s)
        if self._latched:
            environ[LATCHED_VARIABLE] = self._latched
        if self._why:
            environ[WHY_VARIABLE] = self._why
        self._inbox, self._leaving = b"", False
        self._child = os.posix_spawn(self._command[0], self._command, environ, setpgroup=0)
        os.close(write)
        if self._stop:  # it came while there was no child to hear it
            send(self._child, self._stop)
        return read

    def _hear(self, pipe: int) -> tuple[bool, bool]:
        """Take the child's messages; whether a whole tick was among them, and their end."""
        ticks = 0
        while True:
            try:
                chunk = os.read(pipe, PIPE_BYTES)
            except BlockingIOError:
                return ticks > 0, False
            if not chunk:
                return ticks > 0, True
            ticks += self._take(chunk)

    def _take(self, chunk: bytes) -> int:
        """Messages as ``pvopt/pulse.py`` writes them, perhaps in pieces; returns the ticks."""
        inbox, ticks = self._inbox + chunk, 0
        while inbox:
            if inbox[:1] == b".":
                ticks, inbox = ticks + 1, inbox[1:]
                continue
            line, end, rest = inbox.partition(b"\n")
            if not end:
                break
            inbox = rest
            if line[:1] == b"P":
                self._plan = OffPlan.from_text(line[1:].decode())
            elif line[:1] == b"R":
                self._rest_s = float(line[1:])
            elif line[:1] == b"L":
                self._latched = line[1:].decode()
            elif line[:1] == b"E":
                self._leaving = True
            elif line[:1] == b"T":
                self._service.tick_s(float(line[1:]))
                self._silence_s = self._timing.silence_s + max(0.0, float(line[1:]) - 1)
        self._inbox = inbox
        if ticks:
            self._ticked = True
            self._service.tick()
        return ticks

    def _switch_off(self, said: bool = True) -> list[str]:
        """``said`` False: what fails is no news, for the child never came to use its pins."""
        faults = self._off(self._plan) if self._plan is not None else []
        for fault in faults if said else []:
            self._say(f"NOT switched off by the second path: {fault}")
        return faults

    def _kill(self) -> int | None:
        """SIGKILL for its group, which also ends stopped processes; the wait status, if any."""
        send(-self._child, signal.SIGKILL)
        deadline = Deadline(REAP_S)
        status = self._reap()
        while status is None and deadline.left_s() > 0:
            select.select([], [], [], 0.005)
            status = self._reap()
        return status

    def _reap(self) -> int | None:
        child, status = os.waitpid(self._child, os.WNOHANG)
        if not child:
            return None
        self._child = 0
        return status

    def _pause(self, pause_s: float) -> bool:
        """Wait before the next start; True when a signal asked us to stop meanwhile."""
        deadline = Deadline(pause_s)
        while not self._stop and deadline.left_s() > 0:
            if select.select([self._woken], [], [], deadline.left_s())[0]:
                os.read(self._woken, 512)
        return bool(self._stop)

    def _take_signals(self) -> None:
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in FORWARDED:
            # Under nohup a hang-up was ignored on purpose, and both of us go on guarded.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._forward)
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # wakes the poll

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self._stop = self._stop or number
        if self._child:
            send(self._child, number)


def _why_ended(status: int | None) -> str:
    code = -1 if status is None else os.waitstatus_to_exitcode(status)
    if code in FINAL_CODES:
        return ""
    return f"the loop ended with code {code}" if code > 0 else f"the loop died of signal {-code}"
