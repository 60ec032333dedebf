"""Every way a process can end leaves the relay off, as seen from outside on the daemon's pins."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pvopt.pulse import LATCHED_VARIABLE
from tests.processes import WAIT_S, gone, until
from tests.standin_process import StandinProcess

ROOT = Path(__file__).parents[2]
PIN = 17
QUICK = {"silence_s": 0.4, "start_s": 10.0, "stop_s": 1.0, "pauses_s": [30.0]}


class Running:
    """A guardian with its child, and the pins seen from outside."""

    def __init__(
        self,
        daemon: StandinProcess,
        folder: Path,
        timing: object,
        *words: str,
        stderr: int | None = None,
    ) -> None:
        self.daemon = daemon
        self.out, self.err = folder / "out", folder / "err"
        looping = [sys.executable, str(ROOT / "tests/looping_child.py")]
        guarded = [sys.executable, str(ROOT / "tests/guarded.py"), json.dumps(timing)]
        with self.out.open("w") as out, self.err.open("w") as err:
            self.guardian = subprocess.Popen(
                [*guarded, *looping, str(daemon.port), str(PIN), *words],
                stdout=out,
                stderr=err if stderr is None else stderr,
                env={**os.environ, "PYTHONPATH": str(ROOT), LATCHED_VARIABLE: "stale:69"},
                process_group=0,  # as a shell starts a job
            )

    @property
    def children(self) -> list[int]:
        """Process ids of all children so far."""
        return [int(line.split()[1]) for line in self.out.read_text().splitlines()]

    @property
    def child(self) -> int:
        return self.children[-1]

    def relay(self) -> int:
        return self.daemon.seen.level(PIN)

    def said(self) -> str:
        return self.err.read_text()

    def wait_on(self) -> None:
        assert until(lambda: self.relay() == 1), f"never on: {self.said()}"

    def wait_off(self) -> None:
        assert until(lambda: self.relay() == 0), f"still on: {self.said()}"

    def end(self) -> None:
        for pid in (self.guardian.pid, *self.children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.guardian.wait()


Start = Callable[..., Running]


@pytest.fixture
def start(standin_process: StandinProcess, tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def _start(*words: str, stderr: int | None = None, **timing: object) -> Running:
        times = {**QUICK, **timing}
        started.append(Running(standin_process, tmp_path, times, *words, stderr=stderr))
        return started[-1]

    yield _start
    for running in started:
        running.end()


def test_normal_end(start: Start) -> None:
    running = start("--ticks", "5")
    assert running.guardian.wait(WAIT_S) == 0
    assert len(running.children) == 1
    assert running.relay() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stop_signal(start: Start, number: signal.Signals) -> None:
    running = start()
    running.wait_on()
    running.guardian.send_signal(number)
    assert running.guardian.wait(WAIT_S) == 0
    assert running.relay() == 0
    assert gone(running.child)


def test_ctrl_c_reaches_the_whole_group(start: Start) -> None:
    running = start()
    running.wait_on()
    os.killpg(running.guardian.pid, signal.SIGINT)
    assert running.guardian.wait(WAIT_S) == 0
    assert running.relay() == 0


def test_loop_that_does_not_hear(start: Start) -> None:
    running = start("--stubborn", stop_s=0.3)
    running.wait_on()
    running.guardian.send_signal(signal.SIGTERM)
    assert running.guardian.wait(WAIT_S) == 1
    assert running.relay() == 0
    assert "did not stop within 0.3 s" in running.said()
    assert gone(running.child)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "died of signal 9"),
        (signal.SIGSEGV, "died of signal 11"),
        (signal.SIGSTOP, "no sign for 0.4 s"),
        (signal.SIGUSR1, "ended with code 1"),  # an exception in the loop
        (signal.SIGUSR2, "no sign for 0.4 s"),  # the loop hangs
    ],
)
def test_loop_fails(start: Start, number: signal.Signals, words: str) -> None:
    running = start()
    running.wait_on()
    os.kill(running.child, number)
    running.wait_off()
    assert until(lambda: words in running.said())
    assert "outputs off, next start in 30 s" in running.said()
    assert gone(running.child)
    running.guardian.send_signal(signal.SIGTERM)  # in the pause
    assert running.guardian.wait(WAIT_S) == 0
    assert len(running.children) == 1


def test_starts_again(start: Start) -> None:
    running = start(pauses_s=[0.2])
    running.wait_on()
    os.kill(running.child, signal.SIGKILL)
    running.wait_off()
    running.wait_on()
    assert len(running.children) == 2
    running.guardian.send_signal(signal.SIGTERM)
    assert running.guardian.wait(WAIT_S) == 0
    assert running.relay() == 0


def test_restarted_child_gets_the_rest_only(start: Start) -> None:
    running = start("--rest", "42.5", pauses_s=[0.1])
    running.wait_on()
    os.kill(running.child, signal.SIGKILL)
    assert until(lambda: len(running.children) == 2)
    assert [line.split()[3] for line in running.out.read_text().splitlines()] == ["None", "42.5"]


def test_restarted_child_knows_what_was_found_broken(start: Start) -> None:
    """But not what another guardian's environment says: an owner's restart clears it."""
    running = start("--latch", "boiler", pauses_s=[0.1])
    running.wait_on()
    os.kill(running.child, signal.SIGKILL)
    assert until(lambda: len(running.children) == 2)
    told = [line.partition("latched ")[2] for line in running.out.read_text().splitlines()]
    assert told == ["()", "(('boiler', 69),)"]


def test_nothing_left_of_its_time(start: Start) -> None:
    running = start("--rest", "0", pauses_s=[0.1])
    running.wait_on()
    os.kill(running.child, signal.SIGKILL)
    assert running.guardian.wait(WAIT_S) == 1
    assert len(running.children) == 1
    assert running.relay() == 0


@pytest.fixture
def unread() -> Iterator[int]:
    """The write end of a pipe whose reader stands still."""
    read, write = os.pipe()
    yield write
    os.close(read)
    os.close(write)


def test_loop_hangs_in_its_log_and_is_to_stop(start: Start, unread: int) -> None:
    """It blocks while it writes, and the guardian has the same full pipe to speak into."""
    running = start("--talks", stderr=unread, silence_s=60.0, stop_s=0.5)
    running.wait_on()
    time.sleep(0.2)
    asked_s = time.monotonic()
    running.guardian.send_signal(signal.SIGTERM)
    running.wait_off()
    assert running.guardian.wait(WAIT_S) == 1
    assert time.monotonic() - asked_s <= 10.0
    assert running.relay() == 0
    assert gone(running.child)


def test_loop_hangs_in_its_log(start: Start, unread: int) -> None:
    running = start("--talks", stderr=unread)
    running.wait_on()
    running.wait_off()
    running.guardian.send_signal(signal.SIGTERM)  # in the pause
    assert running.guardian.wait(WAIT_S) == 0
    assert running.relay() == 0
    assert gone(running.child)


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_end_before_the_first_tick(start: Start, code: int) -> None:
    running = start("--end", str(code), pauses_s=[0.1])
    assert running.guardian.wait(WAIT_S) == code
    assert len(running.children) == 1


def test_guardian_killed(start: Start) -> None:
    running = start()
    running.wait_on()
    running.guardian.kill()
    running.wait_off()
    assert until(lambda: gone(running.child))


def test_guardian_stopped_like_by_ctrl_z(start: Start) -> None:
    running = start()
    running.wait_on()
    running.guardian.send_signal(signal.SIGTSTP)
    os.kill(running.child, signal.SIGUSR2)  # it must still be on guard
    running.wait_off()


def test_all_killed_then_the_stop_action(start: Start, standin_process: StandinProcess) -> None:
    """The one end that nothing inside can answer: systemd's stop action does."""
    running = start()
    running.wait_on()
    running.end()
    time.sleep(0.2)
    assert running.relay() == 1, "this test proves nothing if the pin falls by itself"
    subprocess.run(
        [sys.executable, "-c", STOP_ACTION, str(standin_process.port)], cwd=ROOT, check=True
    )
    assert running.relay() == 0


STOP_ACTION = f"""
import sys
from pvopt.off import OffPin, OffPlan, switch_off
sys.exit(bool(switch_off(OffPlan([OffPin("pigpio", {PIN}, "low")], port=int(sys.argv[1])))))
"""


def test_daemon_dies_under_a_running_loop(start: Start) -> None:
    """The loop fails at its next write; the guardian says that no road led to the pin."""
    running = start()
    running.wait_on()
    running.daemon.kill()
    assert until(lambda: "GPIO17" in running.said())
    assert "NOT all off" in running.said()


@pytest.mark.slow
def test_five_seconds_of_silence(start: Start) -> None:
    """The real number: still on after 4 s, off after 5 s (and a second for slow machines)."""
    running = start(silence_s=5.0)
    running.wait_on()
    os.kill(running.child, signal.SIGSTOP)
    stopped_s = time.monotonic()
    time.sleep(4.0)
    assert running.relay() == 1
    running.wait_off()
    assert 4.9 <= time.monotonic() - stopped_s <= 10.0
