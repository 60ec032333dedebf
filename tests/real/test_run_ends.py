"""The main job itself, from a simulated GX to a relay behind pigpio, ended in every way there is.

``main.py run`` as an owner starts it; the relay's level is read from outside. (The ends that
need a fault inside the loop are in test_process_ends.py.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import WAIT_S, children_of, gone, until
from tests.standin_process import StandinProcess

ROOT = Path(__file__).parents[2]
RELAY, SERVO = 17, 18

HOME = """
version: 1
site: {latitude: 50, longitude: 14, timezone: Europe/Prague}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
loads: [{id: boiler, max_w: 2000, drive: on_off, output: {kind: gpio, relay: {pin: 17}}}]
gpio: {factory: mock}
demo: {sky: clear, soc_pct: 100}
"""

OURS = """
version: 1
site: {latitude: 50, longitude: 14, timezone: Europe/Prague, inverter: {max_w: 3000}}
sources: [{kind: gx_modbus, host: 127.0.0.1, port: GX_PORT}]
loads:
  - id: boiler
    max_w: 2000
    verify: false  # the heater of this home is not behind our relay
    output:
      kind: gpio
      relay: {pin: 17, min_off_s: 0}
      knob: {kind: servo, pin: 18, pulse: pigpio}
control: {enable_delay_s: 0, daylight: {mode: always}}
gpio: {factory: pigpio, pigpio_port: PIGPIO_PORT}
state: {folder: STATE}
log: {file: ""}
"""


@pytest.fixture(scope="module")
def gx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The port of a simulated GX whose panels are held back: there is sun to be found."""
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
    """``main.py run`` with its guardian, loop and pins."""

    def __init__(
        self,
        daemon: StandinProcess,
        gx_port: str,
        folder: Path,
        *words: str,
        stderr: int | None = None,
    ) -> None:
        self.daemon = daemon
        self.config = folder / "config.yaml"
        text = OURS.replace("GX_PORT", gx_port).replace("PIGPIO_PORT", str(daemon.port))
        self.config.write_text(text.replace("STATE", str(folder / "state")))
        self.log = folder / "log"
        command = ["run", "--config", str(self.config), *words]
        with self.log.open("w") as log:
            self.guardian = subprocess.Popen(
                [sys.executable, "-u", str(ROOT / "main.py"), *command],
                stderr=log if stderr is None else stderr,
                process_group=0,
            )
        self.loop = 0

    def wait_on(self) -> None:
        assert until(lambda: self.daemon.seen.level(RELAY) == 1, 30), self.log.read_text()
        [self.loop] = children_of(self.guardian.pid)

    def assert_off(self) -> None:
        assert self.daemon.seen.level(RELAY) == 0, self.log.read_text()
        assert self.daemon.seen.pulse_us(SERVO) == 0

    def kill_all(self) -> None:
        loops = [] if self.guardian.poll() is not None else children_of(self.guardian.pid)
        for pid in (self.guardian.pid, *loops, *([self.loop] if self.loop else [])):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.guardian.wait()


@pytest.fixture
def job(standin_process: StandinProcess, gx: str, tmp_path: Path) -> Iterator[Callable[..., Job]]:
    started: list[Job] = []

    def start(*words: str, stderr: int | None = None) -> Job:
        started.append(Job(standin_process, gx, tmp_path, *words, stderr=stderr))
        return started[-1]

    yield start
    for one in started:
        one.kill_all()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_stop_signal(job: Callable[..., Job], number: signal.Signals) -> None:
    running = job()
    running.wait_on()
    asked_s = time.monotonic()
    running.guardian.send_signal(number)
    assert running.guardian.wait(WAIT_S) == 0, running.log.read_text()
    assert time.monotonic() - asked_s < 3.5
    running.assert_off()
    assert gone(running.loop)


def test_nobody_reads_its_log(job: Callable[..., Job]) -> None:
    """A full pipe on standard error costs lines; the loop works on and ends in order."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(write, b"x" * 4096):
            pass
    os.set_blocking(write, True)
    running = job(stderr=write)
    running.wait_on()
    asked_s = time.monotonic()
    running.guardian.send_signal(signal.SIGTERM)
    assert running.guardian.wait(WAIT_S) == 0
    assert time.monotonic() - asked_s <= 10.0
    running.assert_off()
    assert gone(running.loop)
    assert not os.read(read, 1 << 20).strip(b"x"), "it was full all the time"
    os.close(read)
    os.close(write)


@pytest.mark.slow
def test_the_end_of_its_time(job: Callable[..., Job]) -> None:
    running = job("--duration", "5")
    running.wait_on()
    assert running.guardian.wait(WAIT_S) == 0
    running.assert_off()


def test_loop_killed(job: Callable[..., Job]) -> None:
    """Off at once, and a second loop goes on with the work."""
    running = job()
    running.wait_on()
    killed = running.loop
    os.kill(killed, signal.SIGKILL)
    assert until(lambda: running.daemon.seen.level(RELAY) == 0, 2.0)
    running.wait_on()
    assert running.loop != killed
    running.guardian.terminate()
    assert running.guardian.wait(WAIT_S) == 0
    running.assert_off()


@pytest.mark.slow
def test_loop_stopped(job: Callable[..., Job]) -> None:
    running = job()
    running.wait_on()
    stopped, stopped_s = running.loop, time.monotonic()
    os.kill(stopped, signal.SIGSTOP)
    assert until(lambda: running.daemon.seen.level(RELAY) == 0)
    assert time.monotonic() - stopped_s < 8.0
    assert until(lambda: gone(stopped))


@pytest.mark.slow
def test_guardian_killed(job: Callable[..., Job]) -> None:
    running = job()
    running.wait_on()
    running.guardian.kill()
    assert until(lambda: running.daemon.seen.level(RELAY) == 0, 5.0), running.log.read_text()
    assert until(lambda: gone(running.loop), 5.0)


@pytest.mark.slow
@pytest.mark.parametrize("by_systemd", [True, False])
def test_everything_killed_at_once(job: Callable[..., Job], by_systemd: bool) -> None:
    """What nothing inside can answer: with systemd's stop action, and how it is without.

    Without it the pin stays as it is, which is why the unit has that action, the README
    recommends the Pi's hardware watchdog, and the next start begins with everything off.
    """
    running = job()
    running.wait_on()
    os.kill(running.guardian.pid, signal.SIGSTOP)  # so that it cannot answer in between
    running.kill_all()
    time.sleep(0.3)
    assert running.daemon.seen.level(RELAY) == 1
    if by_systemd:
        subprocess.run(stop_action(running.config), check=True)
    else:
        again = job()
        assert until(lambda: "pvopt starts" in again.log.read_text())
        assert until(lambda: running.daemon.seen.level(RELAY) == 0)
        return
    running.assert_off()


def stop_action(config: Path) -> list[str]:
    """ExecStopPost of the unit as it stands, with the paths of this test."""
    unit = (ROOT / "Files/pvopt.service").read_text()
    [line] = [row for row in unit.splitlines() if row.startswith("ExecStopPost=")]
    words = line.removeprefix("ExecStopPost=").split()
    here = {
        "/opt/pvopt/.venv/bin/python": sys.executable,
        "/opt/pvopt/main.py": str(ROOT / "main.py"),
        "/etc/pvopt/config.yaml": str(config),
    }
    return [here.get(word, word) for word in words]


@pytest.mark.slow
def test_a_second_instance_is_refused_and_disturbs_nothing(job: Callable[..., Job]) -> None:
    running = job()
    running.wait_on()
    second = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "run", "--config", str(running.config)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 2
    assert "GPIO17 is driven by another pvopt" in second.stderr
    assert str(running.loop) in second.stderr
    assert running.daemon.seen.level(RELAY) == 1
    assert running.guardian.poll() is None
