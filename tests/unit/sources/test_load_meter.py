"""A load's own meter: what are watts, how long they count, what is told of silence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.meters import LoadMeter
from pvopt.errors import SourceError
from pvopt.model import Instant
from pvopt.sources.load_meter import GRACE_S, LoadMeterSource
from tests.mqtt_hand import HandLink

TOPIC = "smeter/pzem/ECS"


class Rig:
    def __init__(self, **keys: object) -> None:
        self.link = HandLink()
        config = LoadMeter(**{"topic": TOPIC, **keys})  # type: ignore[arg-type]
        self.source = LoadMeterSource("ECS-meter", config, self.link)

    def say(self, payload: str | bytes, at_s: float = 100.0, retained: bool = False) -> None:
        self.link.put(TOPIC, payload, at_s, retained)

    def read(self, at_s: float = 100.0) -> float | None:
        found = dict(self.source.read(Instant(at_s, 4e9), 0.0).powers)
        return found["ECS-meter"].value if found else None


@pytest.mark.parametrize(
    ("payload", "keys", "watts"),
    [
        ("720.4", {}, 720.0),
        ('{"power": 1999.6}', {"json": "power"}, 2000.0),
        ("0.72", {"unit": "kW"}, 720.0),
        ("-720", {"scale": -1.0}, 720.0),
        ("-3", {}, 0.0),
        ("0", {}, 0.0),
    ],
)
def test_what_are_watts(payload: str, keys: dict[str, object], watts: float) -> None:
    rig = Rig(**keys)
    rig.say(payload)
    assert rig.read() == watts


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("PZEM_READ_ERROR", "is no number"),
        ("", "is no number"),
        ("1e9", "says more than 100 kW"),
        (b"\xff", "is no text"),
    ],
)
def test_what_are_none(payload: str | bytes, words: str) -> None:
    rig = Rig()
    rig.say(payload)
    with pytest.raises(SourceError, match=words):
        rig.read()


def test_a_message_that_is_none_leaves_the_last_to_grow_old() -> None:
    rig = Rig()
    rig.say("500", 100.0)
    assert rig.read(100.0) == 500.0
    rig.say("PZEM_READ_ERROR", 120.0)
    assert rig.read(130.0) == 500.0
    with pytest.raises(SourceError, match="no watts since a message that is no number"):
        rig.read(130.1)


def test_how_old_it_may_be() -> None:
    rig = Rig(allowed_age_s=5.0)
    rig.say("500", 100.0)
    assert rig.read(100.0) == 500.0
    assert rig.read(105.0) == 500.0
    assert rig.read(105.1) is None  # it has only begun
    with pytest.raises(SourceError, match="silent for more than 5 s"):
        rig.read(100.0 + GRACE_S)


def test_what_the_broker_had_kept_does_not_count() -> None:
    rig = Rig()
    rig.say("500", 100.0, retained=True)
    assert rig.read(100.0) is None


def test_silence_is_told_after_a_while() -> None:
    rig = Rig()
    assert rig.read(100.0) is None
    assert rig.read(100.0 + GRACE_S - 0.1) is None
    with pytest.raises(SourceError, match="nothing has come yet"):
        rig.read(100.0 + GRACE_S)
    rig.link.lose("nobody listens")
    with pytest.raises(SourceError, match="nobody listens"):
        rig.read(200.0)


@given(st.binary(max_size=60), st.sampled_from(["", "a", "a[0].b"]))
def test_rubbish(payload: bytes, json: str) -> None:
    rig = Rig(json=json)
    rig.say(payload)
    try:
        watts = rig.read()
    except SourceError:
        return
    assert watts is not None
    assert math.isfinite(watts)
    assert watts >= 0.0
