"""Announced when connected and when Home Assistant starts; what is no more is taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pvopt.links.mqtt_cells import Message, Queue
from pvopt.model import Instant
from pvopt.show.ha_device import Told, topic_of
from pvopt.show.homeassistant import Announcer, read
from tests.mqtt_hand import HandLink
from tests.unit.show.web.samples import LOADS

TOLD = Told("pvopt", "homeassistant", "home", 10.0, True, LOADS)
OURS = "homeassistant/device/pvopt/config"
NOW = Instant(1.0, 1.0)


class Hand(HandLink):
    def __init__(self) -> None:
        super().__init__()
        self.queues: dict[str, Queue] = {}

    def queue(self, topic: str) -> Queue:
        return self.queues.setdefault(topic, Queue(topic))


class NoClock:
    def now(self) -> Instant:
        return NOW

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError


class Rig:
    def __init__(self, folder: Path, told: Told | None, broker: str = "broker:1883") -> None:
        self.path = folder / "homeassistant.json"
        self.link = Hand()
        self.link.broker = broker
        self.again = 0
        self.one = Announcer(told, self.link, self.path, NoClock(), self._again)
        self.link.connect()

    def _again(self) -> None:
        self.again += 1

    def look(self, times: int = 1) -> list[tuple[str, str]]:
        """What was said in so many looks: topic, payload. All of it is kept by the broker."""
        before = len(self.link.said)
        for _ in range(times):
            self.one.look(NOW)
        new = self.link.said[before:]
        assert all(said.retain and said.qos == 1 for said in new)
        return [(said.topic, said.payload) for said in new]


def parts(payload: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(payload)["components"]
    return found


def test_announced_once_and_again_at_the_next_connect(tmp_path: Path) -> None:
    rig = Rig(tmp_path, TOLD)
    assert [topic for topic, _ in rig.look()] == [OURS]
    assert rig.look(5) == []
    rig.link.connect()
    assert [topic for topic, _ in rig.look()] == [OURS]


def test_nothing_is_said_without_a_connection(tmp_path: Path) -> None:
    rig = Rig(tmp_path, TOLD)
    rig.link.lose()
    assert rig.look(3) == []
    rig.link.connect()
    assert len(rig.look()) == 1


@pytest.mark.parametrize(("payload", "said"), [(b"online", 1), (b"offline", 0), (b"\xff", 0)])
def test_home_assistant_has_started(tmp_path: Path, payload: bytes, said: int) -> None:
    rig = Rig(tmp_path, TOLD)
    rig.look(3)
    rig.link.queues["homeassistant/status"].take(
        Message("homeassistant/status", payload, 2.0, False)
    )
    assert len(rig.look()) == said
    assert rig.again == said


def test_a_load_that_was_renamed_is_taken_back(tmp_path: Path) -> None:
    Rig(tmp_path, TOLD).look(2)
    renamed = Rig(tmp_path, TOLD._replace(loads=LOADS[1:]))
    [(topic, payload)] = renamed.look()
    assert topic == OURS
    assert parts(payload)["load_ecs_mode"] == {"platform": "select"}
    assert parts(payload)["load_pool_mode"]["unique_id"] == "pvopt_load_pool_mode"
    renamed.look()  # acknowledged: it need not be said again
    renamed.link.connect()
    [(_, payload)] = renamed.look()
    assert not [key for key in parts(payload) if key.startswith("load_ecs")]


@pytest.mark.parametrize(
    "told",
    [TOLD._replace(prefix="ha"), TOLD._replace(base="other"), None],
    ids=["prefix", "base", "none"],
)
def test_a_topic_that_is_no_more_ours_is_emptied(tmp_path: Path, told: Told | None) -> None:
    Rig(tmp_path, TOLD).look(2)
    later = Rig(tmp_path, told)
    said = dict(later.look())
    assert said.pop(OURS) == ""
    assert list(said) == ([] if told is None else [topic_of(told)])
    later.look()
    later.link.connect()
    assert OURS not in dict(later.look())


def test_what_was_not_acknowledged_is_taken_back_by_the_next_run(tmp_path: Path) -> None:
    Rig(tmp_path, TOLD).look(1)  # and dies
    cut = Rig(tmp_path, None)
    cut.link.waits_s = 1.0  # no acknowledgement
    assert cut.look(4) == [(OURS, "")]
    assert Rig(tmp_path, None).look() == [(OURS, "")]


def test_another_broker_knows_nothing_of_it(tmp_path: Path) -> None:
    Rig(tmp_path, TOLD).look(2)
    assert Rig(tmp_path, None, "elsewhere:1883").look(2) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"schema": "other"}',
        '{"schema": "pvopt.homeassistant/1", "broker": "broker:1883", "topics": []}',
        '{"schema": "pvopt.homeassistant/1", "broker": "broker:1883", '
        '"topics": {"house/light": {}}}',
        '{"schema": "pvopt.homeassistant/1", "broker": "broker:1883", '
        '"topics": {"+/device/x/config": {}}}',
    ],
)
def test_a_broken_file_empties_no_topic(tmp_path: Path, text: str) -> None:
    rig = Rig(tmp_path, None)
    rig.path.write_text(text)
    assert read(rig.path, rig.link.broker) == {}
    assert rig.look(2) == []


def test_a_folder_that_cannot_be_written_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    rig = Rig(tmp_path / "file", TOLD)
    assert len(rig.look(3)) == 1
    rig.link.connect()
    assert len(rig.look(3)) == 1
    assert caplog.text.count("cannot be taken back") == 1


def test_an_unchanged_file_is_not_written_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path, TOLD)
    rig.look(3)
    before = rig.path.stat().st_ino
    rig.link.connect()
    rig.look(3)
    assert rig.path.stat().st_ino == before
