"""Home Assistant's discovery at a real Mosquitto: kept by it, obeyed, and taken back."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from paho.mqtt import client as paho

from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import until
from tests.real.test_request import SHIPPED, WAIT_S, Run
from tests.unit.show import ha_schema

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

OURS = "homeassistant/device/pvopt/config"
MQTT = """
mqtt:
  host: 127.0.0.1
  port: PORT
  requests:
    - kind: pvopt
  status:
    - {kind: pvopt, every_s: 1}
  homeassistant:
    prefix: homeassistant
"""
ENGINE = jinja2.Environment(undefined=jinja2.StrictUndefined)


class Listener:
    """Somebody who came later: what the broker keeps comes at once."""

    def __init__(self, who: paho.Client) -> None:
        self.kept: dict[str, str] = {}
        self.count: dict[str, int] = {}
        self.last: dict[str, str] = {}
        who.on_message = self._message
        who.subscribe("#")

    def _message(self, who: object, data: object, seen: paho.MQTTMessage) -> None:
        text = seen.payload.decode()
        if seen.retain:
            self.kept[seen.topic] = text
        self.count[seen.topic] = self.count.get(seen.topic, 0) + 1
        self.last[seen.topic] = text

    def parts(self) -> dict[str, Any]:
        return ha_schema.check(OURS, self.last[OURS]) if self.last.get(OURS) else {}

    def shows(self, key: str) -> str:
        """What Home Assistant would show of an entity by now."""
        part = self.parts().get(key)
        whole = json.loads(self.last[OURS]) if part else {}
        topic = part.get("state_topic", whole["state_topic"]) if part else ""
        if topic not in self.last or part is None:
            return ""
        template = ENGINE.from_string(part["value_template"])
        return template.render(value_json=json.loads(self.last[topic]))

    def sets(self, who: paho.Client, key: str, given: object) -> None:
        part = self.parts()[key]
        template = ENGINE.from_string(part["command_template"])
        say(who, part["command_topic"], template.render(value=given))


class Place:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = Mosquitto(folder)
        self.runs: list[Run] = []
        self.text = SHIPPED.read_text(encoding="utf-8").replace("  #speed: 1 ", "  speed: 10 ")
        self.text = self.text.replace("  start: 2026-06-21 11:00 ", "  start: 2026-06-21 00:30 ")
        self.text += MQTT.replace("PORT", str(self.broker.port))

    def start(self, old: str = "", new: str = "") -> Run:
        assert not old or old in self.text
        (self.folder / "demo.yaml").write_text(self.text.replace(old, new), encoding="utf-8")
        self.runs.append(Run(self.folder, f"log-{len(self.runs)}"))
        return self.runs[-1]


def end(run: Run) -> None:
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(WAIT_S) == 0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for run in made.runs:
        run.kill_all()
    made.broker.kill()


def test_found_kept_asked_and_told_again(place: Place) -> None:
    with place.broker, client(place.broker.port) as other:
        run = place.start()
        run.waits_for(r"boiler: night")
        heard = Listener(other)
        assert until(lambda: heard.shows("load_boiler_mode") == "auto", WAIT_S)
        with client(place.broker.port) as late:
            kept = Listener(late).kept
            assert until(lambda: OURS in kept and "pvopt/availability" in kept, WAIT_S)
            assert kept["pvopt/availability"] == "online"
        assert until(lambda: heard.shows("load_boiler_power") == "0.0", WAIT_S)
        assert until(lambda: float(heard.shows("house") or 0.0) > 0.0, WAIT_S)

        heard.sets(other, "load_boiler_mode", "boost")
        run.waits_for(r"boiler: 2000 W, boost by hand")  # the mock pins: the simulated home draws
        assert until(lambda: heard.shows("load_boiler_power") == "2000.0", WAIT_S)
        assert until(lambda: float(heard.shows("house")) > 2000.0, WAIT_S)
        assert heard.shows("load_boiler_running") == "ON"
        heard.sets(other, "load_boiler_boost_min", 30)
        assert until(lambda: heard.shows("load_boiler_boost_min") in {"29", "30"}, WAIT_S)
        heard.sets(other, "load_boiler_max_c", 60)
        assert until(lambda: heard.shows("load_boiler_max_c") == "60.0", WAIT_S)
        heard.sets(other, "load_boiler_mode", "auto")  # the temperature stays
        assert until(lambda: heard.shows("load_boiler_mode") == "auto", WAIT_S)
        assert heard.shows("load_boiler_max_c") == "60.0"

        before = heard.count[OURS]
        say(other, "homeassistant/status", "online")
        assert until(lambda: heard.count[OURS] == before + 1, WAIT_S)
        end(run)
        assert until(lambda: heard.last["pvopt/availability"] == "offline", WAIT_S)


def test_what_was_renamed_while_nothing_ran_is_taken_back(place: Place) -> None:
    with place.broker, client(place.broker.port) as other:
        heard = Listener(other)
        run = place.start()
        assert until(lambda: "load_boiler_mode" in heard.parts(), WAIT_S)
        run.waits_for(r"boiler: night")
        end(run)
        run = place.start("  - id: boiler ", "  - id: tank ")
        assert until(lambda: "load_tank_mode" in heard.parts(), WAIT_S)
        assert heard.parts()["load_boiler_mode"] == {"platform": "select"}
        run.waits_for(r"tank: night")
        end(run)
        run = place.start("    prefix: homeassistant\n", "    prefix: ha\n")
        elsewhere = "ha/device/pvopt/config"
        assert until(lambda: heard.last[OURS] == "" and elsewhere in heard.last, WAIT_S)
        run.waits_for(r"boiler: night")
        end(run)
        run = place.start("  homeassistant:\n    prefix: homeassistant\n", "")
        assert until(lambda: heard.last[elsewhere] == "", WAIT_S)
        with client(place.broker.port) as late:
            kept = Listener(late)
            assert until(lambda: "pvopt/availability" in kept.kept, WAIT_S)
            assert not [topic for topic in kept.kept if topic.endswith("/config")]
