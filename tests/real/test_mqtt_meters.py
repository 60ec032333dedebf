"""A home whose meters publish to a real Mosquitto: the relay is watched from outside."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.act.curve import Curve
from pvopt.build import build
from pvopt.commands.cli import main
from pvopt.config import outputs
from pvopt.config.load import load_text
from pvopt.model import Tick
from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import children_of, until
from tests.standin_process import StandinProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

ROOT = Path(__file__).parents[2]
RELAY, SERVO = 23, 24
MIN_US, MAX_US = 600, 2400
TOPICS = ("meter/grid", "tele/roof/SENSOR")
FLOOD_S = 8
SLACK_S = 2.0  # a busy machine, beside what is allowed

HOME = """
version: 1
site: {latitude: 50, longitude: 14, feed_in: allowed}
mqtt: {host: 127.0.0.1, port: MQTT_PORT, keepalive_s: 5}
sources:
  - kind: mqtt_meters
    AGE
    grid: {topic: meter/grid}
    pv: {topic: tele/roof/SENSOR, json: ENERGY.Power}
loads:
  - id: boiler
    max_w: 2000
    output:
      relay: {pin: 23, min_off_s: 0, min_on_s: 0}
      knob: {kind: servo, pin: 24, pulse: pigpio}
control: {enable_delay_s: 0, min_soc_pct: 0, daylight: {mode: always}}
gpio: {factory: FACTORY, pigpio_port: PIGPIO_PORT}
state: {folder: STATE}
log: {file: ""}
"""


def home(
    folder: Path, port: int, age: str = "", pigpio_port: int = 8888, mock: bool = False
) -> str:
    text = HOME.replace("MQTT_PORT", str(port)).replace("AGE", age or "name: meters")
    text = text.replace("FACTORY", "mock" if mock else "pigpio")
    return text.replace("PIGPIO_PORT", str(pigpio_port)).replace("STATE", str(folder / "state"))


class House:
    """Panels, a house and the heater behind the pins; two meters publish twice a second."""

    def __init__(self, port: int, pins: StandinProcess) -> None:
        self.pv_w, self.house_w, self.silent = 1500.0, 300.0, False
        self._pins = pins
        self._port = port
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def heater_w(self) -> float:
        if self._pins.seen.level(RELAY) != 1:
            return 0.0
        width_us = self._pins.seen.pulse_us(SERVO)
        pct = 100.0 * (width_us - MIN_US) / (MAX_US - MIN_US)
        return Curve.from_config(outputs.Curve(), 2000.0).watts(pct) if width_us else self._rests_w

    @property
    def grid_w(self) -> float:
        return self.house_w + self.heater_w - self.pv_w

    def _run(self) -> None:
        self._rests_w = 0.0
        with client(self._port) as meter:
            while not self._ended.wait(0.5):
                self._rests_w = self.heater_w
                if not self.silent:
                    roof = json.dumps({"ENERGY": {"Power": self.pv_w}})
                    meter.publish("tele/roof/SENSOR", roof)
                    meter.publish("meter/grid", f"{self.grid_w:.1f}")

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


class Job:
    """``main.py run`` with its guardian and loop."""

    def __init__(self, folder: Path, text: str, *words: str) -> None:
        config = folder / "config.yaml"
        config.write_text(text)
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-u", str(ROOT / "main.py"), "--config", str(config), *words],
                stderr=log,
                process_group=0,
            )

    def kill(self) -> None:
        loops = [] if self.process.poll() is not None else children_of(self.process.pid)
        for pid in (self.process.pid, *loops):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


class Rig:
    """All of it: broker, pins, house and job."""

    def __init__(self, folder: Path, pins: StandinProcess, age: str = "") -> None:
        self.folder, self.pins, self.age = folder, pins, age
        self.broker = Mosquitto(folder).start()
        self.house = House(self.broker.port, pins)
        self.job = Job(folder, home(folder, self.broker.port, age, pins.port))

    def assert_on(self) -> None:
        assert until(lambda: self.house.heater_w > 0, 40), self.job.log.read_text()

    def assert_off_within(self, allowed_s: float) -> float:
        since_s = time.monotonic()
        off = until(lambda: self.pins.seen.level(RELAY) == 0, allowed_s + SLACK_S)
        assert off, self.job.log.read_text()
        return time.monotonic() - since_s

    def close(self) -> None:
        self.job.kill()
        self.house.stop()
        self.broker.kill()


@pytest.fixture
def rig(
    request: pytest.FixtureRequest, tmp_path: Path, standin_process: StandinProcess
) -> Iterator[Rig]:
    made = Rig(tmp_path, standin_process, getattr(request, "param", ""))
    yield made
    made.close()


def test_the_heater_takes_what_would_be_exported_and_a_silent_meter_ends_it(rig: Rig) -> None:
    """With the default ages: off 10 s after the last good sample, and not before 8 s."""
    rig.assert_on()
    assert until(lambda: abs(rig.house.grid_w) < 60, 30), rig.job.log.read_text()
    assert 1100 < rig.house.heater_w < 1300
    rig.house.pv_w = 900.0
    assert until(lambda: -60 < rig.house.grid_w < 60, 30), rig.job.log.read_text()
    rig.house.silent = True
    assert rig.assert_off_within(10.0) > 6.0
    text = rig.job.log.read_text()
    assert "is silent for more than 8 s" in text
    rig.house.silent = False
    rig.assert_on()
    rig.job.process.terminate()
    assert rig.job.process.wait(15) == 0
    assert rig.pins.seen.level(RELAY) == 0
    assert "none failed" in rig.job.log.read_text()


@pytest.mark.parametrize("rig", ["allowed_age_s: 2"], indirect=True)
def test_a_broker_that_hangs_is_killed_and_comes_back(rig: Rig) -> None:
    rig.assert_on()
    rig.broker.freeze()
    rig.assert_off_within(4.0)
    rig.broker.thaw()
    rig.assert_on()
    rig.broker.kill()
    rig.assert_off_within(4.0)
    rig.broker.start()
    rig.assert_on()
    assert "connected to 127.0.0.1" in rig.job.log.read_text()


def test_what_the_broker_kept_starts_nothing(
    tmp_path: Path, standin_process: StandinProcess
) -> None:
    """Retained nonsense from another summer; the broker comes when we are already there."""
    broker = Mosquitto(tmp_path)
    job = Job(tmp_path, home(tmp_path, broker.port, "", standin_process.port), "--duration", "8")
    try:
        with broker, client(broker.port) as other:
            say(other, "meter/grid", "-5000", retain=True)
            say(other, "tele/roof/SENSOR", '{"ENERGY": {"Power": 6000}}', retain=True)
            levels = set()
            while job.process.poll() is None:
                levels.add(standin_process.seen.level(RELAY))
                time.sleep(0.1)
        assert 1 not in levels, job.log.read_text()
        assert "nothing has come yet" in job.log.read_text()
    finally:
        job.kill()


class Seconds:
    """Records when each tick began and how long it took."""

    def __init__(self) -> None:
        self.ticks: list[tuple[float, float, bool]] = []

    def record(self, tick: Tick) -> None:
        began_s = tick.snapshot.instant.mono_s
        fresh = tick.snapshot.health[0].ok
        self.ticks.append((began_s, time.monotonic() - began_s, fresh))


def test_a_flood_of_rubbish_costs_no_second(tmp_path: Path, rate: int = 10_000) -> None:
    """On the meters' own topics: ticks keep their second, numbers grow old, and it heals."""
    with Mosquitto(tmp_path) as broker:
        config = load_text(home(tmp_path, broker.port, "allowed_age_s: 2", mock=True), "c", {})
        seen = Seconds()
        built = build(config, recorders=[seen])
        assert built.links is not None
        link = built.links.mqtt()
        ended: list[bool] = []
        thread = threading.Thread(target=built.loop.run, kwargs={"stopped": lambda: bool(ended)})
        thread.start()
        try:
            assert until(lambda: link.connected)
            flooded(broker.port, rate)
            assert link.flood.heard > FLOOD_S * rate / 5
            assert not seen.ticks[-1][2]
            count = len(seen.ticks)
            with client(broker.port) as meter:

                def well() -> bool:
                    meter.publish(TOPICS[0], "100")
                    meter.publish(TOPICS[1], '{"ENERGY": {"Power": 900}}')
                    time.sleep(0.2)
                    return any(fresh for _, _, fresh in seen.ticks[count:])

                assert until(well)
        finally:
            ended.append(True)
            thread.join()
            built.close()
    gaps = [b[0] - a[0] for a, b in zip(seen.ticks, seen.ticks[1:], strict=False)]
    assert max(gaps) < 5.0
    assert statistics.median(gaps) == pytest.approx(1.0, abs=0.05)
    assert max(took for _, took, _ in seen.ticks) < 1.0


def flooded(port: int, rate: int) -> None:
    """Rubbish on the meters' topics from another process, for some seconds."""
    script = str(ROOT / "tests/mqtt_flood.py")
    words = [sys.executable, script, str(port), f"{FLOOD_S}", str(rate), *TOPICS]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    assert int(done.stdout) > FLOOD_S * rate / 5


def checked(
    folder: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[dict[str, str]]]:
    """Exit code of `check`, and its rows about the meters."""
    config = folder / "check.yaml"
    config.write_text(home(folder, port, mock=True))
    code = main(["check", "--config", str(config), "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    return code, [row for row in rows if row["area"] == "meters"]


def test_the_doctor_tells_what_has_come(
    tmp_path: Path, standin_process: StandinProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    with Mosquitto(tmp_path) as broker:
        house = House(broker.port, standin_process)
        code, rows = checked(tmp_path, broker.port, capsys)
        house.stop()
        assert code == 0
        assert [row["level"] for row in rows] == ["OK"] * 3
        assert f"connected to the broker 127.0.0.1:{broker.port}" in rows[0]["text"]
        assert "grid from meter/grid: -1200 W" in rows[1]["text"]
        assert "pv from tele/roof/SENSOR: 1500 W" in rows[2]["text"]
        code, rows = checked(tmp_path, broker.port, capsys)
        assert code == 3
        assert [row["level"] for row in rows] == ["OK", "FAIL", "FAIL"]
        assert "nothing has come" in rows[1]["text"]
    code, rows = checked(tmp_path, broker.port, capsys)
    assert code == 3
    assert "nobody listens" in rows[0]["text"]
