"""An output behind a broker: what is said when, and what is known without an answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.act.confirmed import DISTRUST_S, seen_in
from pvopt.act.mqtt import AWAY_S, HEARD_S, MqttActuator
from pvopt.config.loads import Load
from pvopt.config.outputs import Confirm, Curve, GpioOutput, MqttOutput, Relay
from pvopt.errors import ConfigError
from pvopt.model import Command, Instant, Outcome, Reason, Why
from tests.mqtt_hand import HandLink, Said


class Rig:
    """One load, a connection by hand, and a second a call."""

    def __init__(self, **keys: Any) -> None:
        self.link = HandLink()
        load = Load(id="water", max_w=2000.0, output=MqttOutput(**keys))
        self.actuator = MqttActuator(load, self.link)
        self.now_s = 0.0

    def ask(self, watts: float, seconds: int = 1, urgent: bool = False) -> Outcome:
        for _ in range(seconds):
            self.now_s += 1.0
            command = Command("water", watts, self.now_s + 5.0, Reason(Why.VISIBLE), urgent)
            outcome = self.actuator.apply(command, Instant(self.now_s, 0.0))
        return outcome

    @property
    def payloads(self) -> list[str]:
        return [said.payload for said in self.link.said]

    def tells(self, topic: str, payload: str) -> None:
        self.link.put(topic, payload, self.now_s)


def vload(**keys: Any) -> Rig:
    return Rig(preset="vload", device="ECS", **keys)


def test_the_first_word_is_off() -> None:
    rig = vload()
    outcome = rig.ask(0.0)
    assert rig.link.said == [Said("regul/vload/ECS/cmd", "0", True, 1)]
    assert (outcome.expected_w, outcome.closed, outcome.pending) == (0.0, False, False)


def test_a_change_is_said_once() -> None:
    rig = vload()
    rig.ask(0.0)
    outcome = rig.ask(500.0, 10)
    # 500 of 2000 W by a phase angle's law are 33.33 % of the knob
    assert rig.link.said[1:] == [Said("regul/vload/ECS/cmd", "33.3", True, 0)]
    assert 495.0 < outcome.expected_w <= 500.0
    assert (outcome.position_pct, outcome.closed, outcome.moves) == (33.3, True, 1)
    rig.ask(0.0)
    assert rig.link.said[-1] == Said("regul/vload/ECS/cmd", "0", True, 1)


@pytest.mark.parametrize(("seconds", "times"), [(59, 1), (60, 2), (119, 2), (120, 3)])
def test_the_same_is_said_again_after_renew_s(seconds: int, times: int) -> None:
    rig = Rig(preset="shelly", device="plug")
    rig.ask(2000.0)
    rig.ask(2000.0, seconds)
    assert len(rig.payloads) == times
    assert all('"toggle_after": 180' in payload for payload in rig.payloads)


def test_nothing_is_renewed_where_nothing_is_asked() -> None:
    rig = Rig(topic="a", renew_s=0.0)
    rig.ask(2000.0, 4000)
    assert rig.payloads == ["ON"]


def test_watts_below_the_least_are_ready_and_nothing() -> None:
    curve = Curve(kind="linear", min_w=100.0)
    rig = Rig(topic="t", send="watts", decimals=0, curve=curve)
    assert rig.ask(99.9).expected_w == 0.0
    outcome = rig.ask(100.7)
    assert (outcome.expected_w, outcome.closed) == (100.0, True)
    assert rig.payloads == ["0", "100"]
    assert rig.ask(2500.0).expected_w == 2000.0


def test_a_new_connection_hears_it_again() -> None:
    rig = vload()
    rig.ask(500.0)
    rig.link.connect()
    rig.ask(500.0)
    assert rig.payloads == ["33.3", "33.3"]


def test_without_a_broker_what_was_last_said_counts_and_then_it_is_a_fault() -> None:
    rig = vload()
    rig.ask(2000.0)
    rig.link.lose("nobody listens at broker:1883")
    outcome = rig.ask(0.0, int(AWAY_S) - 1)
    assert (outcome.expected_w, outcome.closed, outcome.pending) == (2000.0, True, True)
    assert (outcome.fault, outcome.sent) == ("", False)
    outcome = rig.ask(0.0)
    assert outcome.fault == "water: cannot be told to switch: nobody listens at broker:1883"
    assert outcome.expected_w == 2000.0
    assert rig.payloads == ["100"]
    rig.link.connect()
    outcome = rig.ask(0.0)
    assert (outcome.fault, outcome.expected_w, rig.payloads) == ("", 0.0, ["100", "0"])


def test_a_wish_that_does_not_change_is_a_fault_without_a_broker_too() -> None:
    rig = vload()
    rig.ask(2000.0)
    rig.link.lose()
    assert rig.ask(2000.0, int(AWAY_S) - 1).fault == ""
    assert rig.ask(2000.0).fault != ""


def test_what_the_connection_does_not_take_is_said_at_the_next_tick() -> None:
    rig = vload()
    rig.link.takes = False
    assert rig.ask(500.0).pending
    rig.link.takes = True
    assert not rig.ask(500.0).pending
    assert rig.payloads == ["33.3"]


def test_urgent_is_said_with_an_acknowledgement() -> None:
    rig = Rig(topic="a")
    rig.ask(2000.0)
    rig.ask(2000.0, urgent=True)
    assert [(said.payload, said.qos) for said in rig.link.said] == [("ON", 0), ("OFF", 1)]


def test_safe_says_off_once_and_again_after_a_new_connection() -> None:
    rig = Rig(topic="a", retain=True)
    rig.ask(2000.0)
    rig.actuator.safe()
    rig.actuator.safe()
    assert rig.link.said[1:] == [Said("a", "OFF", True, 1)]
    rig.link.connect()
    rig.actuator.safe()
    assert rig.payloads == ["ON", "OFF", "OFF"]


def test_close_says_off_waits_a_moment_and_then_nothing_more() -> None:
    rig = Rig(topic="a")
    rig.ask(2000.0)
    rig.actuator.close()
    assert (rig.payloads, len(rig.link.flushed)) == (["ON", "OFF"], 1)
    rig.actuator.close()
    rig.ask(2000.0)
    assert (rig.payloads, len(rig.link.flushed)) == (["ON", "OFF"], 1)


def test_safe_without_a_broker_raises_nothing_and_apply_repairs_it() -> None:
    rig = Rig(topic="a")
    rig.ask(2000.0)
    rig.link.lose()
    rig.actuator.safe()
    assert rig.payloads == ["ON"]
    rig.link.connect()
    rig.ask(0.0)
    assert rig.payloads == ["ON", "OFF"]


def confirming(**keys: Any) -> Rig:
    return Rig(preset="shelly", device="plug", confirm=Confirm(within_s=15.0), **keys)


STATUS = "plug/status/switch:0"


def test_a_device_that_obeys() -> None:
    rig = confirming()
    assert rig.ask(2000.0).pending
    rig.tells(STATUS, '{"id": 0, "output": true}')
    outcome = rig.ask(2000.0, 100)
    assert (outcome.pending, outcome.fault) == (False, "")


def test_a_device_that_does_not_obey() -> None:
    rig = confirming()
    rig.tells(STATUS, '{"output": false}')
    assert rig.ask(2000.0, 15).fault == ""
    told = "water: plug/status/switch:0 says 'false' although it was told on"
    assert rig.ask(2000.0).fault == told
    # Told off it does what it was told, and is not trusted for a while all the same.
    assert rig.ask(0.0, int(DISTRUST_S) - 1).fault == told
    assert rig.ask(0.0).fault == ""


def test_a_device_that_stays_silent() -> None:
    rig = confirming()
    rig.ask(2000.0, 15)
    assert rig.ask(2000.0).fault == "water: plug/status/switch:0 does not say what it does"


def test_a_device_that_goes_its_own_way_later() -> None:
    rig = confirming()
    rig.ask(2000.0)
    rig.tells(STATUS, '{"output": true}')
    rig.ask(2000.0, 50)
    rig.tells(STATUS, '{"output": false}')
    assert rig.ask(2000.0, 14).fault == ""
    assert rig.ask(2000.0).fault != ""


def test_time_without_a_broker_is_no_disobedience() -> None:
    rig = confirming()
    rig.ask(2000.0)
    rig.tells(STATUS, '{"output": true}')
    rig.ask(2000.0)
    rig.link.lose()
    rig.ask(0.0, 18)
    rig.link.connect()
    assert rig.ask(0.0, 15).fault == ""


@pytest.mark.parametrize(
    ("said", "fine"), [("33.3", True), ("34.3", True), ("34.4", False), ("on", True), ("0", False)]
)
def test_a_regulator_confirms_a_number_or_a_word(said: str, fine: bool) -> None:
    rig = vload(confirm=Confirm(topic="state"))
    rig.ask(500.0)
    rig.tells("state", said)
    assert (rig.ask(500.0, 20).fault == "") == fine


@pytest.mark.parametrize(
    ("payload", "path", "seen"),
    [
        (b"ON", (), "ON"),
        (b" 45.5 ", (), 45.5),
        (b'{"a": [true]}', ("a", 0), "true"),
        (b'{"a": {"b": "OFF"}}', ("a", "b"), "OFF"),
        (b'{"a": null}', ("a",), None),
        (b"no json", ("a",), None),
        (b"[1]", ("a",), None),
        (b"{}", ("a",), None),
        (b"nan", (), None),
        (b"", (), None),
        (b"\xff", (), "\ufffd"),
        (b'{"a": 1' + b"0" * 400 + b"}", ("a",), None),  # a number that no float holds
        (b"1" + b"0" * 400, (), None),
    ],
)
def test_what_a_message_says(
    payload: bytes, path: tuple[str | int, ...], seen: str | float | None
) -> None:
    assert seen_in(payload, path) == seen


def test_another_kind_of_output_is_refused() -> None:
    load = Load(id="water", max_w=2000.0, output=GpioOutput(relay=Relay(pin=17)))
    with pytest.raises(ConfigError, match="not behind a broker"):
        MqttActuator(load, HandLink())


# What may happen in a second: a wish of so many watts, or something to the connection.
EVENTS = st.one_of(
    st.floats(0.0, 2500.0),
    st.sampled_from(["lose", "connect", "full", "room", "safe", "nothing"]),
)
OUTPUTS = st.sampled_from(
    [
        {"preset": "vload", "device": "a"},
        {"topic": "t", "send": "watts", "decimals": 0},
        {"topic": "t"},
    ]
)


@given(OUTPUTS, st.lists(EVENTS, max_size=60), st.floats(0.0, 2500.0))
def test_whatever_happened_the_device_hears_the_last_wish(
    keys: dict[str, Any], events: list[float | str], last_w: float
) -> None:
    rig = Rig(**keys)
    for event in events:
        if isinstance(event, float):
            said = len(rig.link.said)
            outcome = rig.ask(event)
            assert outcome.expected_w <= 2000.0
            if rig.link.connected and rig.link.takes:
                assert outcome.expected_w <= max(event, 2000.0 if keys == {"topic": "t"} else 0.0)
            else:
                assert len(rig.link.said) == said
        elif event == "lose":
            rig.link.lose()
        elif event == "connect":
            rig.link.connect()
        elif event == "safe":
            rig.actuator.safe()
            if rig.link.connected and rig.link.takes:
                assert rig.payloads[-1] in ("0", "OFF")
        else:
            rig.link.takes = {"full": False, "room": True}.get(event, rig.link.takes)
    rig.link.takes = True
    rig.link.connect()
    outcome = rig.ask(last_w)
    fresh = Rig(**keys)
    fresh.ask(last_w)
    assert rig.payloads[-1] == fresh.payloads[-1]
    assert (outcome.fault, outcome.pending) == ("", False)


def test_an_off_that_nobody_acknowledges_is_a_fault_until_somebody_does() -> None:
    rig = vload()
    rig.ask(500.0)
    rig.link.waits_s = HEARD_S - 0.1
    assert rig.ask(0.0).fault == ""
    rig.link.waits_s = HEARD_S
    outcome = rig.ask(0.0)
    assert "water: cannot be told to switch: the broker acknowledges nothing" in outcome.fault
    assert (rig.link.renewed, rig.link.connected) == (1, False)
    rig.link.waits_s = 0.2  # another connection; it was said there again
    rig.link.connect()
    assert rig.ask(0.0).fault.endswith("the broker acknowledges nothing")
    assert rig.payloads[-2:] == ["0", "0"]
    rig.link.waits_s = 0.0
    outcome = rig.ask(0.0)
    assert (outcome.fault, outcome.pending) == ("", False)


def test_a_second_load_of_a_deaf_broker_is_faulty_too_and_gives_up_nothing_twice() -> None:
    rig = vload()
    other = MqttActuator(Load(id="other", max_w=900.0, output=MqttOutput(topic="o")), rig.link)
    rig.ask(0.0)
    other.apply(None, Instant(1.0, 0.0))
    rig.link.waits_s = 9.0
    assert rig.ask(0.0).fault
    assert other.apply(None, Instant(2.0, 0.0)).fault
    assert rig.link.renewed == 1


def test_on_at_zero_is_on_though_off_is_the_same_word() -> None:
    rig = vload(curve=Curve(kind="phase_angle", min_w=101.0))
    assert not rig.ask(0.0).closed
    outcome = rig.ask(0.01)  # ready, but nothing now
    assert (outcome.closed, outcome.expected_w, outcome.sent) == (True, 0.0, False)
    assert rig.payloads == ["0"]
    assert not rig.ask(0.0).closed
