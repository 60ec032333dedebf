"""Requests and status by a real Mosquitto: a demonstration that is asked and heard from outside."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho

from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import children_of, until
from tests.real.test_request import ROOT, SHIPPED, WAIT_S, Run, kept

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

FLOOD = ROOT / "tests/mqtt_flood.py"
ASKED = ("regul/mode", "scr/0/control")
TOLD = ("pvopt/#", "regul/status", "regulation/status", "domoticz/in")
MQTT = """
mqtt:
  host: 127.0.0.1
  port: PORT
  keepalive_s: 5
  requests:
    - kind: pvopt
    - kind: solar_balancer
    - {kind: linky_optimizer, load: boiler, topic: scr/0/control}
  status:
    - {kind: pvopt, every_s: 1}
    - {kind: solar_balancer, every_s: 1}
    - {kind: linky_optimizer, every_s: 1}
    - {kind: domoticz, grid_idx: 651, injection_idx: 648, every_s: 1}
"""


class Ears:
    """What somebody who listens has heard, by topic."""

    def __init__(self, listener: paho.Client) -> None:
        self.heard: dict[str, list[str]] = {}
        listener.on_message = self._message
        listener.subscribe([(one, 0) for one in TOLD])

    def _message(self, who: object, data: object, seen: paho.MQTTMessage) -> None:
        self.heard.setdefault(seen.topic, []).append(seen.payload.decode())

    def last(self, topic: str) -> str:
        return self.heard.get(topic, [""])[-1]

    def row(self, topic: str) -> Any:
        return json.loads(self.last(topic) or "{}")


class Place:
    """A broker, and a demonstration by night, ten times as fast, that talks to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Mosquitto(folder)
        text = SHIPPED.read_text(encoding="utf-8")
        for old, new in (
            ("  #speed: 1 ", "  speed: 10 "),
            ("  start: 2026-06-21 11:00 ", "  start: 2026-06-21 00:30 "),
        ):
            assert text.count(old) == 1
            text = text.replace(old, new)
        text += MQTT.replace("PORT", str(self.broker.port))
        (folder / "demo.yaml").write_text(text, encoding="utf-8")
        self.runs: list[Run] = []

    def start(self, *words: str) -> Run:
        self.runs.append(Run(self.folder, f"log-{len(self.runs)}", *words))
        return self.runs[-1]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for run in made.runs:
        run.kill_all()
    made.broker.kill()


def test_all_three_forms_of_asking_work_and_all_four_of_telling(place: Place) -> None:
    with place.broker, client(place.broker.port) as other:
        ears = Ears(other)
        say(other, "pvopt/boiler/set", "boost", retain=True)  # kept: of nobody knows when
        run = place.start()
        assert until(lambda: ears.last("pvopt/availability") == "online", WAIT_S)
        run.waits_for(r"boiler: night")
        run.waits_for(r"pvopt/boiler/set: a command that the broker had kept \(retained\) is not")

        say(other, "regul/mode", '{"command":"force","name":"boiler","power":1500,"duration":9000}')
        run.waits_for(r"boiler: on 1500 W until 0\d:\d\d \(asked by MQTT\)")
        run.waits_for(r"boiler: 1500 W, switched on by hand")
        told = ("regul/status", "regulation/status")
        assert until(
            lambda: all(ears.row(one)["equipments"][0]["current_power"] == 1500 for one in told),
            WAIT_S,
        )
        assert ears.row("regul/status")["equipments"][0]["forced"] is True
        assert '{ "idx": 651, "nvalue": 0, "svalue": "0"}' in ears.heard["domoticz/in"]
        say(other, "regul/mode", '{"command":"unforce","name":"boiler"}')
        run.waits_for(r"boiler: automatic again, temperatures stay")
        assert until(lambda: ears.row("pvopt/boiler/status").get("on") is False, WAIT_S)

        for words in ("ECO;50", "MIN;45", "ON"):
            say(other, "scr/0/control", words)
        run.waits_for(r"boiler: from the grid up to 50 °C")
        run.waits_for(r"boiler: at least 45 °C")
        run.waits_for(r"boiler: on until tomorrow \d\d:\d\d or 75 °C")
        assert until(lambda: ears.row("pvopt/boiler/status").get("setpoint_w") == 2000.0, WAIT_S)
        say(other, "scr/0/control", "OFF")
        run.waits_for(r"boiler: switched off by hand")
        say(other, "scr/0/control", "AUTO")
        assert until(lambda: len(ears.row("pvopt/boiler/status")["asked"]) == 2, WAIT_S)

        say(other, "pvopt/boiler/set", '{"kind": "set-temp", "to_c": 55}')
        run.waits_for(r"boiler: at most 55 °C")
        say(other, "pvopt/boiler/set", "auto")
        assert until(lambda: ears.row("pvopt/boiler/status")["asked"] == [], WAIT_S)
        assert until(lambda: kept(place.folder)["standing"] == [], WAIT_S)

        for _ in range(3):
            say(other, "regul/mode", "rubbish")
        run.waits_for(r"regul/mode: what has come is no JSON")
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(WAIT_S) == 0
        assert until(lambda: ears.last("pvopt/availability") == "offline", WAIT_S)
        said = run.log.read_text()
        assert said.count("is no JSON") == 1
        assert "none failed" in said


def test_a_flood_of_rubbish_on_the_topics_costs_no_tick_and_is_over_after_it(place: Place) -> None:
    """10,000 messages a second where we are asked."""
    with place.broker, client(place.broker.port) as other:
        ears = Ears(other)
        run = place.start()
        assert until(lambda: len(ears.heard.get("pvopt/status", [])) > 1, WAIT_S)
        words = [sys.executable, str(FLOOD), str(place.broker.port), "5", "10000", *ASKED]
        subprocess.run(words, check=True, capture_output=True, timeout=60)
        assert len(list((place.folder / "state" / "inbox").glob("*"))) < 5
        run.waits_for(r"sends more than \d+ messages a second; none is believed")

        def obeyed() -> bool:
            say(other, "pvopt/boiler/set", "off")
            time.sleep(0.3)
            return bool(ears.row("pvopt/boiler/status")["asked"])

        assert until(obeyed, WAIT_S)
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(WAIT_S) == 0
        found = re.search(r"(\d+) looks at the home, (\w+) late, none failed", run.log.read_text())
        assert found is not None, run.log.read_text()
        assert found[2] == "none" or int(found[2]) < 0.2 * int(found[1])


def test_the_will_is_seen_when_the_loop_is_killed_and_online_when_it_is_back(place: Place) -> None:
    with place.broker, client(place.broker.port) as other:
        ears = Ears(other)
        run = place.start()
        assert until(lambda: ears.last("pvopt/availability") == "online", WAIT_S)
        assert until(lambda: len(ears.heard.get("pvopt/status", [])) > 1, WAIT_S)  # whole ticks
        [loop] = children_of(run.process.pid)
        os.kill(loop, signal.SIGKILL)
        back = ["online", "offline", "online"]
        assert until(lambda: ears.heard["pvopt/availability"] == back, WAIT_S), (
            ears.heard["pvopt/availability"],
            run.log.read_text(),
        )
        run.kill_all()
        assert until(lambda: ears.last("pvopt/availability") == "offline", WAIT_S)
        with client(place.broker.port) as late:
            assert until(lambda: Ears(late).last("pvopt/availability") == "offline", WAIT_S)


def off_and_back(other: paho.Client) -> None:
    ears = Ears(other)
    assert until(lambda: ears.last("pvopt/availability") == "online", WAIT_S)
    assert until(lambda: ears.row("pvopt/boiler/status").get("asked") == [], WAIT_S)
    say(other, "pvopt/boiler/set", "off")
    assert until(lambda: ears.row("pvopt/boiler/status")["why"] == "person_off", WAIT_S)
    say(other, "pvopt/boiler/set", "release")
    assert until(lambda: ears.row("pvopt/boiler/status")["asked"] == [], WAIT_S)


def test_a_broker_that_is_away_costs_no_tick_and_is_told_when_it_comes(place: Place) -> None:
    run = place.start()
    run.waits_for(r"boiler: night")
    for _ in range(2):
        with place.broker, client(place.broker.port) as other:
            off_and_back(other)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(WAIT_S) == 0
    assert "none failed" in run.log.read_text()
