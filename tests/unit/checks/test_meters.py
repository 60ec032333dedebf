"""The doctor's words about meters by MQTT: what came, what did not, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.checks import meters
from pvopt.checks.row import Row
from pvopt.clock import Deadline
from pvopt.config.meters import Meter, MqttMeters
from pvopt.config.mqtt import Mqtt
from pvopt.model import Instant
from pvopt.sources.mqtt_meters import MqttMetersSource
from tests.mqtt_hand import HandLink

NOW_S = 100.0


class Still:
    """A clock that stands."""

    def now(self) -> Instant:
        return Instant(NOW_S, 4e9)

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")


def looked(
    link: HandLink, alone: bool = True, mqtt: Mqtt | None = None, **sections: Any
) -> list[Row]:
    config = MqttMeters(**(sections or {"grid": Meter(topic="g"), "pv": Meter(topic="p")}))
    source = MqttMetersSource(config, link)
    mqtt = mqtt or Mqtt(host="broker")
    return list(meters.rows(source, config, mqtt, Still(), Deadline(0.0), alone))


def test_all_is_well() -> None:
    link = HandLink()
    link.put("g", "-12", NOW_S - 0.4)
    link.put("p", "1500", NOW_S - 3.0)
    assert [str(row) for row in looked(link)] == [
        "OK   meters: connected to the broker broker:1883 without a user, without TLS",
        "OK   meters: grid from g: -12 W, 0 s old",
        "OK   meters: pv from p: 1500 W, 3 s old",
    ]


def test_who_and_how() -> None:
    link = HandLink()
    link.put("g", "1", NOW_S)
    mqtt = Mqtt(host="broker", user="pvopt", password="sesame", tls=True)
    row = looked(link, mqtt=mqtt, grid=Meter(topic="g"))[0]
    assert row.text == "connected to the broker broker:1883 with a user, over TLS"
    assert "pvopt" not in str(row)


@pytest.mark.parametrize(("alone", "level"), [(True, "FAIL"), (False, "WARN")])
def test_no_broker(alone: bool, level: str) -> None:
    link = HandLink()
    link.connected, link.fault = False, "nobody listens at broker:1883"
    (row,) = looked(link, alone)
    assert (row.level, row.text) == (level, "nobody listens at broker:1883")
    assert "whether the broker runs" in row.todo


@pytest.mark.parametrize(
    ("payload", "age_s", "kept", "text", "todo"),
    [
        ("", None, False, "nothing has come", "letter by letter"),
        ("x", 1.0, False, "the last message is no number: 'x'", "look at `json` and `unit`"),
        ("5", 1.0, True, "nothing but an old message that the broker had kept", "retained: use"),
        ("5", 9.0, False, "5 W, but 9 s old; 8 s are allowed", "publish often enough"),
    ],
)
@pytest.mark.parametrize(("alone", "level"), [(True, "FAIL"), (False, "WARN")])
def test_what_has_not_come(
    payload: str, age_s: float | None, kept: bool, text: str, todo: str, alone: bool, level: str
) -> None:
    link = HandLink()
    if age_s is not None:
        link.put("g", payload, NOW_S - age_s, kept)
    row = looked(link, alone, grid=Meter(topic="g"))[1]
    assert (str(row.level), row.text) == (level, f"grid from g: {text}")
    assert todo in row.todo


def test_a_topic_that_is_refused() -> None:
    link = HandLink()
    link.cell("g").refused = True
    row = looked(link, grid=Meter(topic="g"))[1]
    assert row.text == "grid from g: the broker does not let us hear it"
    assert "acl_file" in row.todo


def test_a_missing_index_is_no_fault() -> None:
    link = HandLink()
    link.put("tic/SINSTS", "10", NOW_S)
    link.put("tic/SINSTI", "0", NOW_S)
    rows = looked(link, preset="linky")
    assert [str(row.level) for row in rows] == ["OK", "OK", "OK", "WARN"]
    assert rows[3].todo == "without it VA count as W"
