"""However a process with storages ends: what stands on their topics then is harmless."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.mosquitto import Mosquitto, client, program
from tests.processes import WAIT_S, descendants_of, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]
ROOT = Path(__file__).parents[2]
TOPIC = "sma/net_power/1"
HOME = """
site: {latitude: 50, longitude: 14, feed_in: allowed}
mqtt: {host: 127.0.0.1, port: %d}
sources: [{kind: mqtt_meters, preset: sma}]
storages:
  - {id: one, preset: b2500, device: "1", max_discharge_w: 400, output: {last_will: %s}}
state: {folder: state}
log: {file: ''}
"""
METER = b'{"1-0:1.7.0": {"value": 150}, "1-0:2.7.0": {"value": 0}}'


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


class Run:
    """pvopt at work beside a storage that gives 200 W and a house that wants 150 W more."""

    def __init__(self, process: subprocess.Popen[bytes], stranger: Any, log: Path) -> None:
        self.process, self._stranger, self._log = process, stranger, log
        self.said: list[str] = []
        stranger.on_message = lambda c, d, seen: self.said.append(seen.payload.decode())
        stranger.subscribe(TOPIC, 1)

    def until(self, true: Callable[[], bool]) -> None:
        def looked() -> bool:
            self._stranger.publish("sma", METER)
            self._stranger.publish("b2500/1/power/power", b"200")
            self._stranger.publish("b2500/1/battery/remaining_percent", b"80")
            return true()

        assert until(looked, WAIT_S), (self.said, self._log.read_text())

    def works(self) -> None:
        """It asks for more than the storage gives."""
        self.said.clear()
        self.until(lambda: any(int(one) > 20 for one in self.said))
        self.said.clear()


@contextmanager
def running(broker: Mosquitto, folder: Path, last_will: bool) -> Iterator[Run]:
    config, log = folder / "home.yaml", folder / "run.log"
    config.write_text(HOME % (broker.port, str(last_will).lower()))
    with client(broker.port) as stranger, log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "--config", str(config)],
            stdout=out, stderr=out, cwd=folder,
        )  # fmt: skip
        try:
            yield Run(process, stranger, log)
        finally:
            if process.poll() is None:
                for pid in (*descendants_of(process.pid), process.pid):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def test_an_end_in_order(broker: Mosquitto, tmp_path: Path) -> None:
    with running(broker, tmp_path, False) as run:
        run.works()
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(WAIT_S) == 0
        assert until(lambda: run.said[-1:] == ["-400"], WAIT_S), run.said


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_loop_that_is_killed_or_hangs(
    broker: Mosquitto, tmp_path: Path, how: signal.Signals
) -> None:
    """The guardian says it, and the next loop goes on."""
    with running(broker, tmp_path, False) as run:
        run.works()
        os.kill(descendants_of(run.process.pid)[0], how)
        run.until(lambda: "-400" in run.said)
        run.works()


def test_all_killed_at_once(broker: Mosquitto, tmp_path: Path) -> None:
    """Nobody of ours is left: the broker says it."""
    with running(broker, tmp_path, True) as run:
        run.works()
        for pid in (run.process.pid, *descendants_of(run.process.pid)):
            os.kill(pid, signal.SIGKILL)
        run.until(lambda: run.said[-1:] == ["-400"])
