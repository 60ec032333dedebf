"""A load's temperature over a real Mosquitto: heard, kept, lost with the broker, heard again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt import client as paho

from pvopt.build import load_wiring, make_sensors
from pvopt.clock import SystemClock
from pvopt.commands.cli import main
from pvopt.config.load import load_text
from pvopt.model import LoadView
from pvopt.shared_links import Links
from pvopt.sources.collect import Collector
from tests.check_config import text_of
from tests.modbus_standin import RegisterServer, home
from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]
TOPIC = "tank/sensor"
SENSOR = f"kind: mqtt, topic: {TOPIC}, json: DS18B20.Temperature, allowed_age_s: 5"


def told(celsius: float) -> str:
    return json.dumps({"DS18B20": {"Temperature": celsius}})


def config_text(folder: Path, port: int, gx_port: int = 502) -> str:
    text = text_of(folder, TEMPERATURE=SENSOR, PORT=gx_port)
    return f"{text}mqtt: {{host: 127.0.0.1, port: {port}}}\n"


@contextmanager
def speaking(sensor: paho.Client, payload: str) -> Iterator[None]:
    """A sensor that speaks ten times a second, so that no test has to wait for it."""
    done = threading.Event()

    def speak() -> None:
        while not done.wait(0.1):
            sensor.publish(TOPIC, payload)

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield
    done.set()
    thread.join()


def test_heard_lost_and_heard_again(tmp_path: Path) -> None:
    clock = SystemClock()
    with Mosquitto(tmp_path) as broker:
        config = load_text(config_text(tmp_path, broker.port), "c.yaml", {})
        links = Links(config, clock)
        sensors = make_sensors(config, clock, tmp_path, links)
        collector = Collector(sensors, load_wiring(config))

        def look() -> LoadView:
            return collector.collect(clock.now()).loads[0]

        def fault() -> str:
            return collector.collect(clock.now()).health[0].fault

        try:
            with client(broker.port) as sensor:
                say(sensor, TOPIC, told(77.0), retain=True)
            links.start()
            assert until(lambda: links.mqtt().connected)
            assert look().temperature_c.value is None  # kept by the broker: of no age
            with client(broker.port) as sensor:
                say(sensor, TOPIC, told(47.25))
            assert until(lambda: look().temperature_c.value == 47.25)
            heard_s = look().temperature_c.at_s
            broker.kill()
            assert until(lambda: fault() != "")
            assert time.monotonic() - heard_s > 5.0  # until then the last one counts
            assert "listens" in fault() or "closed" in fault()
            assert look().temperature_c.at_s == heard_s
            broker.start()
            assert until(lambda: links.mqtt().connected)
            with client(broker.port) as sensor, speaking(sensor, told(46.5)):
                assert until(lambda: look().temperature_c.value == 46.5)
            assert fault() == ""
        finally:
            collector.close()
            links.close()


def test_check_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config.yaml"
    with Mosquitto(tmp_path) as broker, RegisterServer(home()) as gx:
        path.write_text(config_text(tmp_path, broker.port, gx.port))
        with client(broker.port) as sensor, speaking(sensor, told(47.25)):
            main(["check", "--json", "--config", str(path)])
    rows = json.loads(capsys.readouterr().out)["rows"]
    (water,) = [row for row in rows if row["area"] == "water temperature"]
    assert water["level"] == "OK"
    assert f"boiler: 47.2 °C from {TOPIC}" in water["text"]
