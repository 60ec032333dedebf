"""A temperature by MQTT: which messages are one, how they grow old, what is told of silence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.temperatures import MqttTemperature
from pvopt.errors import SourceError
from pvopt.model import Instant
from pvopt.sources.mqtt_temperature import MqttTemperatureSource
from tests.mqtt_hand import HandLink

TOPIC = "scr/boiler/temperature"


class Rig:
    def __init__(self, **keys: object) -> None:
        self.link = HandLink()
        config = MqttTemperature(**{"topic": TOPIC, **keys})  # type: ignore[arg-type]
        self.source = MqttTemperatureSource("boiler-temperature", config, self.link)

    def say(self, payload: str | bytes, at_s: float = 100.0, retained: bool = False) -> None:
        self.link.put(TOPIC, payload, at_s, retained)

    def read(self, at_s: float = 100.0) -> float | None:
        found = dict(self.source.read(Instant(at_s, 4e9), 0.0).temperatures)
        return found["boiler-temperature"].value if found else None


@pytest.mark.parametrize(
    ("payload", "json", "celsius"),
    [
        ("51.25", "", 51.25), (" 51 \n", "", 51.0), ("51.256", "", 51.26), ("-55", "", -55.0),
        ("125", "", 125.0), ('{"temperature": 48.5}', "temperature", 48.5),
        ('{"DS18B20": {"Temperature": 47.1}}', "DS18B20.Temperature", 47.1),
        ('{"t": ["19", "52.5"]}', "t[1]", 52.5), ("0.01", "", 0.01),
    ],
)  # fmt: skip
def test_what_is_a_temperature(payload: str, json: str, celsius: float) -> None:
    rig = Rig(json=json)
    rig.say(payload)
    assert rig.read() == celsius


@pytest.mark.parametrize(
    ("payload", "json", "words"),
    [
        ("", "", "is no number"), ("none", "", "is no number"), ("nan", "", "is no number"),
        ("1e999", "", "no finite number"), ("0", "", "no sensor in water"),
        ("-0.0", "", "no sensor in water"),
        ("125.1", "", "no sensor in water"), ("-55.1", "", "no sensor in water"),
        ("51", "temperature", "has no `temperature`"), ("{", "temperature", "is no JSON"),
        ('{"temperature": null}', "temperature", "holds no number"), (b"\xff", "", "is no text"),
        ('{"temperature": true}', "temperature", "holds no number"),
    ],
)  # fmt: skip
def test_what_is_none(payload: str | bytes, json: str, words: str) -> None:
    rig = Rig(json=json)
    rig.say(payload)
    with pytest.raises(SourceError) as caught:
        rig.read()
    assert TOPIC in str(caught.value)
    assert words in str(caught.value)


@given(st.binary(max_size=60), st.sampled_from(["", "a", "a[0].b"]))
def test_rubbish(payload: bytes, json: str) -> None:
    rig = Rig(json=json)
    rig.say(payload)
    try:
        celsius = rig.read()
    except SourceError:
        return
    assert celsius is not None
    assert math.isfinite(celsius)
    assert -55 <= celsius <= 125


def test_it_is_as_old_as_its_message_and_ends() -> None:
    rig = Rig(allowed_age_s=330.0)
    rig.say("50", 100.04)
    ((key, reading),) = rig.source.read(Instant(200.0, 4e9), 0.0).temperatures
    assert (key, reading.at_s) == ("boiler-temperature", 100.0)
    assert rig.read(430.0) == 50.0
    with pytest.raises(SourceError, match="silent for more than 330 s"):
        rig.read(430.1)
    rig.say("51", 500.0)
    assert rig.read(500.0) == 51.0


def test_a_bad_message_leaves_the_last_one_to_grow_old() -> None:
    rig = Rig(allowed_age_s=60.0)
    rig.say("50", 100.0)
    assert rig.read(100.0) == 50.0
    rig.say("unavailable", 110.0)
    assert rig.read(160.0) == 50.0
    with pytest.raises(SourceError, match="no reading since a message that is no number"):
        rig.read(160.1)
    rig.say("51", 170.0)
    assert rig.read(170.0) == 51.0


def test_silence_is_told_after_ten_seconds_and_why() -> None:
    rig = Rig()
    assert rig.read(100.0) is None
    assert rig.read(109.9) is None
    with pytest.raises(SourceError, match="nothing has come yet"):
        rig.read(110.0)
    rig.link.cells[TOPIC].refused = True
    with pytest.raises(SourceError, match="does not let us hear it"):
        rig.read(110.0)
    rig.link.connected, rig.link.fault = False, "nobody listens at broker:1883"
    with pytest.raises(SourceError, match="nobody listens"):
        rig.read(110.0)
    rig.say("50", 111.0)
    assert rig.read(111.0) == 50.0  # what came before the connection broke counts on


def test_a_kept_message_is_of_no_age() -> None:
    rig = Rig()
    rig.say("50", 100.0, retained=True)
    assert rig.read(100.0) is None
    assert rig.source.describe(Instant(100.0, 4e9)).kept
    rig.say("49", 105.0)
    assert rig.read(105.0) == 49.0
    rig.say("50", 106.0, retained=True)  # a new connection brings the old one again
    assert rig.read(106.0) == 49.0


def test_where_it_may_count_it_counts_once() -> None:
    rig = Rig(retained="use", allowed_age_s=60.0)
    rig.say("50", 100.0, retained=True)
    assert rig.read(100.0) == 50.0
    rig.say("50", 150.0, retained=True)
    assert rig.read(160.0) == 50.0
    with pytest.raises(SourceError, match="silent"):
        rig.read(160.1)


def test_where_it_may_count_it_never_takes_the_place_of_a_living_one() -> None:
    rig = Rig(retained="use")
    rig.say("90", 100.0, retained=True)
    assert rig.read(100.0) == 90.0
    for at_s in (110.0, 130.0):
        rig.say("50", at_s)
        assert rig.read(at_s) == 50.0
        rig.say("90", at_s + 10.0, retained=True)
        assert rig.read(at_s + 10.0) == 50.0


def test_other_rubbish_each_second_is_one_fault() -> None:
    rig = Rig()
    words = set()
    rubbish: list[str | bytes] = ["126", "127", "x1", "x2", "0", b"\xff"]
    for second, payload in enumerate(rubbish):
        rig.say(payload, 100.0 + second)
        with pytest.raises(SourceError) as caught:
            rig.read(100.0 + second)
        words.add(str(caught.value))
        assert rig.source.describe(Instant(100.0 + second, 4e9)).fault
    assert words == {
        f"{TOPIC}: no reading since a message that says what no sensor in water measures"
    }


def test_close_is_idempotent() -> None:
    rig = Rig()
    rig.source.close()
    rig.source.close()
