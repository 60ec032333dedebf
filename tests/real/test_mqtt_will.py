"""When pvopt vanishes without a word, guardian and all: the broker itself switches off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pvopt.act.mqtt import HEARD_S
from pvopt.clock import SystemClock
from pvopt.config.load import load_text
from pvopt.config.schema import Config
from pvopt.links.mqtt_will import WillLink
from pvopt.shared_links import Links
from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import descendants_of, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]
ROOT = Path(__file__).parents[2]
LONG_S = 40.0
HOME = """
site: {latitude: 50, longitude: 14, feed_in: allowed}
mqtt: {host: 127.0.0.1, port: %d}
sources: [{kind: mqtt_meters, grid: {topic: grid}}]
control: {enable_delay_s: 0, daylight: {mode: always}}
loads:
  - id: tank
    max_w: 1000
    place: ac_in
    output: {kind: mqtt, preset: vload, device: TANK}
  - id: rail
    max_w: 500
    place: ac_in
    drive: on_off
    enable_delay_s: 0
    output: {kind: mqtt, preset: tasmota, device: rail, min_off_s: 0}
  - id: plug
    max_w: 500
    place: ac_in
    drive: on_off
    enable_delay_s: 0
    output: {kind: mqtt, preset: shelly, device: plug, min_off_s: 0}
gpio: {factory: mock}
state: {folder: state}
log: {file: ''}
"""
TANK, RAIL = "regul/vload/TANK/cmd", "cmnd/rail/POWER"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


@contextmanager
def heard(broker: Mosquitto) -> Iterator[dict[str, list[str]]]:
    """What is said on each topic, in order."""
    said: dict[str, list[str]] = {}
    with client(broker.port) as ear:
        ear.on_message = lambda c, d, m: said.setdefault(m.topic, []).append(m.payload.decode())
        ear.subscribe("#", 1)
        yield said


def test_guardian_and_loop_killed_at_once_leave_nothing_on(
    broker: Mosquitto, tmp_path: Path
) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(HOME % broker.port)
    with heard(broker) as said, client(broker.port) as meter:

        def on() -> bool:
            say(meter, "grid", "-2500")
            time.sleep(0.3)
            tank, rail = said.get(TANK, []), said.get(RAIL, [])
            return tank[-1:] not in ([], ["0"]) and rail[-1:] == ["ON"]

        log = tmp_path / "run.log"
        with log.open("w") as out:
            run = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), "--config", str(path)],
                cwd=tmp_path, stdout=out, stderr=out,
            )  # fmt: skip
        try:
            assert until(on, LONG_S), log.read_text()
            family = [run.pid, *descendants_of(run.pid)]
            assert len(family) >= 2
            for pid in family:
                os.kill(pid, signal.SIGKILL)
            assert until(lambda: said[TANK][-1] == "0" and said[RAIL][-1] == "OFF"), said
        finally:
            run.kill()
            run.wait()
    with client(broker.port) as later:
        kept: list[str] = []
        later.on_message = lambda c, d, m: kept.append(m.payload.decode())
        later.subscribe(TANK, 1)
        assert until(lambda: kept == ["0"])  # who comes back later hears it, too


def config(port: int) -> Config:
    return load_text(HOME % port, "home.yaml", {})


@contextmanager
def links(port: int) -> Iterator[tuple[Links, WillLink]]:
    made = Links(config(port), SystemClock())
    will = made.will("tank")
    will.will(TANK, "0", True)
    made.start()
    try:
        assert until(lambda: will.connected and made.mqtt().connected)
        yield made, will
    finally:
        made.close()


def test_who_ends_in_order_leaves_no_will(broker: Mosquitto) -> None:
    with heard(broker) as said:
        with links(broker.port) as (shared, _):
            shared.mqtt().publish("mine", "bye", qos=1)
            assert until(lambda: shared.mqtt().unheard_s() == 0.0)
        with client(broker.port) as other:
            say(other, "after", "it")
        assert until(lambda: said.get("after") == ["it"])
        assert TANK not in said


def test_who_ends_unheard_leaves_it_to_the_broker(broker: Mosquitto) -> None:
    with heard(broker) as said:
        with links(broker.port) as (shared, will):
            shared.mqtt().renew()  # the other connection is gone, nobody heard its off
            assert not shared.mqtt().connected
            assert will.connected
        assert until(lambda: said.get(TANK) == ["0"], 5 * HEARD_S)


def test_a_will_that_was_said_is_no_news_and_the_connection_comes_back(
    broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    with links(broker.port) as (_, will):
        times = []
        will.on_connect.append(lambda: times.append(1))
        will.renew()
        assert until(lambda: will.connected and times == [1], LONG_S)
    assert "last will" not in caplog.text


def test_names_of_their_own_however_long(broker: Mosquitto) -> None:
    made = Links(config(broker.port), SystemClock())
    names = {made.will("x" * 40 + letter)._config.client_id for letter in "abc"}
    assert len(names) == 3
    assert all(len(name) <= 64 for name in names)
    made.close()
