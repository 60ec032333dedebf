"""From topics into the inbox: what counts is written, once, in its order, and never too much."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.config.load import load_text
from pvopt.config.temperatures import GxTemperature
from pvopt.decide.asked import Standing, standing_now
from pvopt.links.mqtt_cells import MOST_COMMAND, Message, Queue
from pvopt.model import Instant, Request, RequestKind
from pvopt.sources import mqtt_requests, request_forms
from pvopt.sources.inbox import MOST_FILES, Inbox
from pvopt.sources.mqtt_requests import (
    BURST,
    LOOK_S,
    REFILL_S,
    RETRY_S,
    TOLD_AGAIN_S,
    Ear,
    MqttRequests,
)
from tests.processes import until
from tests.unit.config.samples import BASE
from tests.unit.decide.samples import LOAD, NOON_UTC_S

[BARE] = load_text(BASE, "c.yaml", {}).loads
BOILER = evolve(BARE, temperature=GxTemperature())
TANK = evolve(BOILER, id="tank")
TANKS, NOON = replace(LOAD, id="tank"), Instant(0.0, NOON_UTC_S)
OWN, FORCE, SCR = "pvopt/boiler/set", "regul/mode", "scr/0/control"
EARS = (
    Ear(OWN, partial(request_forms.own, load="boiler")),
    Ear(FORCE, request_forms.balancer),
    Ear(SCR, partial(request_forms.linky, load="tank"), until_full=True),
)


class HandClock:
    """The rig's own time, moved by hand."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def now(self) -> Instant:
        return self._rig.now

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits here")


@dataclass
class Rig:
    folder: Path
    demo: bool = False
    now_s: float = 100.0
    utc_ok: bool = True
    queues: dict[str, Queue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        loads = (BOILER, TANK)
        self.requests = MqttRequests(
            EARS, self, loads, self.folder, "Europe/Prague", HandClock(self), self.demo
        )
        self.look()

    def queue(self, topic: str) -> Queue:
        return self.queues.setdefault(topic, Queue(topic))

    def say(self, topic: str, *payloads: str, retained: bool = False) -> None:
        for payload in payloads:
            self.queues[topic].take(Message(topic, payload.encode(), self.now_s, retained))

    @property
    def now(self) -> Instant:
        return Instant(self.now_s, NOON_UTC_S + self.now_s, self.utc_ok)

    def look(self, after_s: float = LOOK_S) -> None:
        self.now_s += after_s
        assert self.requests.look(self.now).next_s == LOOK_S

    def papers(self) -> list[dict[str, Any]]:
        found = sorted((self.folder / "inbox").glob("*.json"))
        return [json.loads(path.read_text()) for path in found]

    def kinds(self) -> list[str]:
        return [paper["kind"] for paper in self.papers()]

    def emptied(self) -> tuple[Request, ...]:
        """All that is there, as the loop would take and remove it."""
        found = self.taken()
        for path in (self.folder / "inbox").glob("*.json"):
            path.unlink()
        return found

    def taken(self) -> tuple[Request, ...]:
        inbox = Inbox(self.folder, ("boiler", "tank"), "Europe/Prague", self.demo)
        return inbox.drain(self.now)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_what_is_asked_is_what_the_loop_takes_up(rig: Rig) -> None:
    rig.say(OWN, '{"kind": "boost", "watts": 1500, "minutes": 30}')
    rig.say(SCR, "MIN;45", "ON")
    rig.look()
    boost, least, on = rig.taken()
    assert (boost.target, boost.kind, boost.watts) == ("boiler", RequestKind.BOOST, 1500.0)
    assert boost.until_utc_s == rig.now.utc_s + 1800.0
    assert boost.by == "MQTT"
    assert (least.target, least.temp.name, least.until_c) == ("tank", "MIN", 45.0)
    assert (on.kind, on.until_c) == (RequestKind.ON, BOILER.comfort.max_c)


def test_all_between_two_looks_count_and_each_is_written_once(rig: Rig) -> None:
    rig.say(FORCE, '{"command":"force","name":"boiler","power":0}')
    rig.say(FORCE, '{"command":"force","name":"tank","power":900,"duration":60}')
    rig.look()
    rig.look()
    assert [(one["target"], one["kind"]) for one in rig.papers()] == [
        ("boiler", "off"),
        ("tank", "on"),
    ]


def test_what_a_later_one_undoes_is_not_written(rig: Rig) -> None:
    rig.say(OWN, "boost", '{"kind": "set-temp", "to_c": 50}', "auto", "off")
    rig.say(OWN, '{"kind": "set-temp", "to_c": 60}', '{"kind": "set-temp", "to_c": 55}')
    rig.look()
    assert rig.kinds() == ["auto", "off", "set-temp"]
    assert rig.papers()[-1]["until_c"] == 55.0
    rig.say(OWN, "on", "release")
    rig.look()
    assert rig.kinds()[3:] == ["release"]


def test_what_the_broker_kept_is_not_obeyed_and_that_is_said_once(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        rig.say(OWN, "boost", retained=True)
        rig.look()
    assert rig.papers() == []
    assert caplog.messages == [
        f"{OWN}: a command that the broker had kept (retained) is not obeyed: nobody knows how old "
        "it is"
    ]


@pytest.mark.parametrize(
    ("topic", "payload", "words"),
    [
        (OWN, "{", f"{OWN}: what has come is no JSON"),
        (FORCE, '{"command":"unforce","name":"pool"}', "is for 'pool'; there are: boiler, tank"),
        (OWN, '{"kind": "on", "watts": 1}', "boiler draws"),
        (OWN, "x" * (MOST_COMMAND + 1), f"or larger than {MOST_COMMAND} bytes; some are lost"),
    ],
)
def test_rubbish_is_told_once_an_hour(
    rig: Rig, caplog: pytest.LogCaptureFixture, topic: str, payload: str, words: str
) -> None:
    for _ in range(5):
        rig.say(topic, payload)
        rig.look()
    [told] = caplog.messages
    assert words in told
    rig.now_s += TOLD_AGAIN_S
    rig.say(topic, payload)
    rig.look()
    assert len(caplog.messages) == 2
    assert rig.papers() == []


def test_a_thousand_kinds_of_rubbish_make_few_lines(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1000):
        rig.say(FORCE, f'{{"command":"unforce","name":"load-{number}"}}')
        rig.look()
    assert len(caplog.messages) == mqtt_requests.MOST_TOLD


def test_a_flood_writes_little_and_ends_with_what_was_asked_last(rig: Rig) -> None:
    """Ten minutes of a device that changes its mind at each look."""
    looks = int(600.0 / LOOK_S)
    for number in range(looks):
        rig.say(OWN, "on" if number % 2 else "off")
        rig.look()
        for path in (rig.folder / "inbox").glob("*.json"):
            last = json.loads(path.read_text())["kind"]
            path.unlink()  # the loop takes it
    rig.say(OWN, "off")
    written = 0
    for _ in range(int(REFILL_S / LOOK_S) + 1):
        rig.look()
        for path in sorted((rig.folder / "inbox").glob("*.json")):
            last, written = json.loads(path.read_text())["kind"], written + 1
            path.unlink()
    assert last == "off"
    assert written == 1


@pytest.mark.parametrize(("count", "written"), [(int(BURST), int(BURST)), (int(BURST) + 1, 20)])
def test_what_may_be_written_at_once(rig: Rig, count: int, written: int) -> None:
    for _ in range(count):
        rig.say(OWN, "off")
        rig.look(0.0)
    assert len(rig.papers()) == written
    rig.look(REFILL_S)
    assert len(rig.papers()) == count


def test_an_inbox_that_nobody_empties_does_not_grow(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(MOST_FILES + 5):
        rig.say(OWN, "off")
        rig.look(RETRY_S)
    assert len(rig.papers()) == MOST_FILES
    assert "takes no request: nobody takes what is in it" in caplog.messages[-1]
    for path in (rig.folder / "inbox").iterdir():
        path.unlink()
    rig.look(RETRY_S)
    assert rig.kinds() == ["off"]


def test_a_full_disk_is_said_once_and_what_was_asked_waits(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(mqtt_requests, "write", full)
        rig.say(OWN, "boost")
        for _ in range(50):
            rig.look()
    assert [line for line in caplog.messages if "No space left" in line] == caplog.messages
    assert len(caplog.messages) == 1
    asked_utc_s = NOON_UTC_S + 101.0
    rig.look(RETRY_S)
    [boost] = rig.taken()
    assert boost.until_utc_s == asked_utc_s + 3600.0, "its end is of when it was asked"


def test_a_simulated_home_has_its_own_clock(tmp_path: Path) -> None:
    rig = Rig(tmp_path, demo=True)
    rig.say(OWN, "boost", '{"kind": "set-temp", "to_c": 50}')
    rig.look()
    boost, _ = rig.papers()
    assert (boost["demo"], boost["until_utc_s"], boost["minutes"]) == (True, None, 60.0)


def test_without_a_date_there_is_no_time_of_day(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.utc_ok = False
    rig.say(OWN, '{"kind": "on", "until": "18:00"}')
    rig.look()
    assert "does not know the date yet" in caplog.messages[0]
    rig.say(OWN, '{"kind": "on", "minutes": 30}')
    rig.look()
    assert rig.kinds() == ["on"]


def test_the_end_writes_what_has_come_by_then(rig: Rig) -> None:
    rig.requests.close()
    assert rig.papers() == []
    rig.say(OWN, "off")
    rig.requests.close()
    assert rig.kinds() == ["off"]


def test_the_thread_looks_by_itself(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.requests.start()
    rig.say(OWN, "off")
    try:
        assert until(lambda: rig.kinds() == ["off"])
    finally:
        rig.requests.close()


ASKED = st.lists(
    st.sampled_from(
        [
            (OWN, "on"),
            (OWN, "off"),
            (OWN, "boost"),
            (OWN, "auto"),
            (OWN, "release"),
            (OWN, '{"kind": "set-temp", "to_c": 50}'),
            (OWN, '{"kind": "set-temp", "to_c": 40, "temp": "min"}'),
            (SCR, "ON"),
            (SCR, "AUTO"),
            (SCR, "ECO;50"),
        ]
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(ASKED, ASKED)
def test_what_is_left_out_changes_nothing(
    before: list[tuple[str, str]], asked: list[tuple[str, str]]
) -> None:
    """All in one look, or each in a look of its own: the same stands in the end."""
    found = []
    for looks in ([asked], [[one] for one in asked]):
        with TemporaryDirectory() as folder:
            rig = Rig(Path(folder))
            stand: tuple[Standing, ...] = ()
            for batch in (*[[one] for one in before], *looks):
                for topic, payload in batch:
                    rig.say(topic, payload)
                rig.look(REFILL_S * 12)
                stand = standing_now(stand, rig.emptied(), (), (LOAD, TANKS), NOON, 0.0)
            found.append(sorted(wanted(one) for one in stand))
    assert found[0] == found[1]


def wanted(one: Standing) -> tuple[str, str, str]:
    return one.request.target, one.request.kind.name, one.request.temp.name
