"""`main.py calibrate` under its guardian, from a simulated GX to a relay behind pigpio, ended.

The relay's level is read from outside, as for `run` in test_run_ends.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import WAIT_S, children_of, gone, until
from tests.real.test_run_ends import HOME, OURS
from tests.standin_process import StandinProcess

ROOT = Path(__file__).parents[2]
RELAY, SERVO = 17, 18
pytestmark = pytest.mark.slow  # half a minute of real time until the knob opens


@pytest.fixture(scope="module")
def gx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a simulated GX; its heater is not behind our relay and draws nothing."""
    config = tmp_path_factory.mktemp("gx") / "home.yaml"
    config.write_text(HOME)
    command = ["simulate", "--serve", "127.0.0.1:0", "--config", str(config)]
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *command], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip().rpartition(":")[2]
        process.terminate()


class Job:
    """``main.py calibrate`` with its guardian, loop and pins."""

    def __init__(self, daemon: StandinProcess, gx_port: str, folder: Path) -> None:
        self.daemon = daemon
        self.config = folder / "config.yaml"
        text = OURS.replace("GX_PORT", gx_port).replace("PIGPIO_PORT", str(daemon.port))
        self.config.write_text(text.replace("STATE", str(folder / "state")))
        self.log, self.out = folder / "log", folder / "boiler.csv"
        words = ["calibrate", "--config", str(self.config), "--out", str(self.out)]
        with self.log.open("w") as log:
            self.guardian = subprocess.Popen(
                [sys.executable, "-u", str(ROOT / "main.py"), *words],
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.loop = 0

    def wait_open_knob(self) -> None:
        """The relay is closed, and the knob on its way to 100 %."""
        seen = self.daemon.seen
        assert until(lambda: seen.level(RELAY) == 1, 40), self.log.read_text()
        assert until(lambda: seen.pulse_us(SERVO) > 2000, 40), self.log.read_text()
        [self.loop] = children_of(self.guardian.pid)

    def assert_off(self) -> None:
        assert self.daemon.seen.level(RELAY) == 0, self.log.read_text()
        assert self.daemon.seen.pulse_us(SERVO) == 0
        assert not self.out.exists()

    def kill_all(self) -> None:
        loops = [] if self.guardian.poll() is not None else children_of(self.guardian.pid)
        for pid in (self.guardian.pid, *loops, *([self.loop] if self.loop else [])):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.guardian.wait()


@pytest.fixture
def job(standin_process: StandinProcess, gx: str, tmp_path: Path) -> Iterator[Callable[[], Job]]:
    started: list[Job] = []

    def start() -> Job:
        started.append(Job(standin_process, gx, tmp_path))
        return started[-1]

    yield start
    for one in started:
        one.kill_all()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle(job: Callable[[], Job], number: signal.Signals) -> None:
    running = job()
    running.wait_open_knob()
    running.guardian.send_signal(number)
    assert running.guardian.wait(WAIT_S) == 0, running.log.read_text()
    running.assert_off()
    assert gone(running.loop)
    assert "stopped: off, regulator at zero, nothing written" in running.log.read_text()


def test_a_killed_one_is_switched_off_and_not_begun_anew(job: Callable[[], Job]) -> None:
    running = job()
    running.wait_open_knob()
    os.kill(running.loop, signal.SIGKILL)
    assert until(lambda: running.daemon.seen.level(RELAY) == 0, 2.0)
    assert running.guardian.wait(WAIT_S) == 1
    running.assert_off()


def test_a_second_one_on_the_same_pins_is_refused(job: Callable[[], Job]) -> None:
    running = job()
    running.wait_open_knob()
    for command in ("run", "calibrate"):
        second = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), command, "--config", str(running.config)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            cwd=running.out.parent,
        )
        assert second.returncode == 2
        assert "GPIO17 is driven by another pvopt" in second.stderr
    assert running.daemon.seen.level(RELAY) == 1
