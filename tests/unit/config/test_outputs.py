"""MQTT outputs, SSRs and a load's meter: what is sent, byte for byte, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.config.advice import advice
from pvopt.config.load import load_text
from pvopt.config.output_wire import Wire, floored, number_text, wire_of
from pvopt.config.outputs import Confirm, Curve, MqttOutput, SsrOutput
from tests.unit.config.samples import BASE, faults_of

OUTPUT = BASE[BASE.index("    output:\n") : BASE.index("log:\n")]
BROKER = "mqtt:\n  host: broker\n"


def home(output: str, more: str = BROKER, drive: str = "on_off") -> str:
    """The base with another output, given as flow, and a broker."""
    text = BASE.replace(OUTPUT, f"    drive: {drive}\n    output: {output}\n")
    return f"{text}{more}"


def wire(**keys: Any) -> Wire:
    return wire_of(MqttOutput(**keys))


@pytest.mark.parametrize(
    ("keys", "topic", "on", "off", "retain"),
    [
        (
            {"preset": "domoticz", "device": "359"},
            "domoticz/in",
            '{"command": "switchlight", "idx": 359, "switchcmd": "On" }',
            '{"command": "switchlight", "idx": 359, "switchcmd": "Off" }',
            False,
        ),
        (
            {"preset": "shelly", "device": "plug"},
            "plug/rpc",
            '{"id": 1, "src": "pvopt", "method": "Switch.Set", '
            '"params": {"id": 0, "on": true, "toggle_after": 180}}',
            '{"id": 1, "src": "pvopt", "method": "Switch.Set", "params": {"id": 0, "on": false}}',
            False,
        ),
        (
            {"preset": "shelly_gen1", "device": "shelly1-A4", "channel": 1},
            "shellies/shelly1-A4/relay/1/command",
            "on",
            "off",
            False,
        ),
        ({"preset": "tasmota", "device": "plug"}, "cmnd/plug/POWER", "ON", "OFF", False),
        (
            {"preset": "tasmota", "device": "bar", "channel": 2, "retain": True},
            "cmnd/bar/POWER2",
            "ON",
            "OFF",
            True,
        ),
        (
            {"preset": "zigbee2mqtt", "device": "plug"},
            "zigbee2mqtt/plug/set",
            '{"state": "ON"}',
            '{"state": "OFF"}',
            False,
        ),
        (
            {"preset": "zigbee2mqtt", "device": "plug", "off_after_s": 300.0},
            "zigbee2mqtt/plug/set",
            '{"state": "ON", "on_time": 300}',
            '{"state": "OFF"}',
            False,
        ),
        ({"topic": "a/b"}, "a/b", "ON", "OFF", False),
        (
            {"topic": "a/b", "payload": '{"relay": {on}}'},
            "a/b",
            '{"relay": true}',
            '{"relay": false}',
            False,
        ),
        ({"topic": "a", "on_payload": "1", "off_payload": "0"}, "a", "1", "0", False),
    ],
)
def test_what_a_switch_hears(
    keys: dict[str, Any], topic: str, on: str, off: str, retain: bool
) -> None:
    found = wire(**keys)
    assert (found.topic, found.retain) == (topic, retain)
    assert (found.payload(0.0, True), found.payload(0.0, False)) == (on, off)


@pytest.mark.parametrize(
    ("keys", "topic", "number", "said", "off", "retain"),
    [
        ({"preset": "vload", "device": "ECS"}, "regul/vload/ECS/cmd", 45.58, "45.5", "0", True),
        ({"preset": "vload", "device": "ECS"}, "regul/vload/ECS/cmd", 100.0, "100", "0", True),
        ({"preset": "scr", "device": "boiler"}, "scr/boiler/in", 33.333, "33.3", "0", False),
        (
            {"topic": "t", "send": "watts", "payload": '{"w": {watts}}', "decimals": 0},
            "t",
            720.9,
            '{"w": 720}',
            '{"w": 0}',
            False,
        ),
        (
            {"topic": "t", "send": "percent", "off_payload": "stop", "decimals": 2},
            "t",
            1.239,
            "1.23",
            "stop",
            False,
        ),
    ],
)
def test_what_a_regulator_hears(
    keys: dict[str, Any], topic: str, number: float, said: str, off: str, retain: bool
) -> None:
    found = wire(**keys)
    assert (found.topic, found.retain) == (topic, retain)
    assert (found.payload(number, True), found.payload(number, False)) == (said, off)


def test_numbers_are_rounded_down_and_written_short() -> None:
    assert [number_text(x, 1) for x in (0.0, 99.99, 45.5, 30.0)] == ["0", "99.9", "45.5", "30"]
    assert number_text(30.0, 0) == "30"
    assert floored(0.3, 1) == 0.3  # 0.3 * 10 is a little below 3


@pytest.mark.parametrize(
    ("keys", "topic", "path"),
    [
        ({"preset": "shelly", "device": "plug"}, "plug/status/switch:0", ("output",)),
        ({"preset": "shelly_gen1", "device": "s"}, "shellies/s/relay/0", ()),
        ({"preset": "tasmota", "device": "plug"}, "stat/plug/POWER", ()),
        ({"preset": "zigbee2mqtt", "device": "plug"}, "zigbee2mqtt/plug", ("state",)),
        ({"topic": "a", "confirm": Confirm(topic="b", json="x.y")}, "b", ("x", "y")),
        (
            {"preset": "shelly", "device": "p", "confirm": Confirm(topic="other")},
            "other",
            (),
        ),
    ],
)
def test_where_a_device_confirms(
    keys: dict[str, Any], topic: str, path: tuple[str | int, ...]
) -> None:
    found = wire(**{"confirm": Confirm(), **keys}).confirm
    assert found is not None
    assert (found.topic, found.path, found.within_s) == (topic, path, 15.0)


def test_nothing_is_waited_for_unless_it_is_asked() -> None:
    assert wire(preset="shelly", device="plug").confirm is None


@pytest.mark.parametrize(
    ("output", "knob", "curve"),
    [
        (MqttOutput(preset="vload", device="a"), True, "phase_angle"),
        (MqttOutput(preset="scr", device="a"), True, "phase_angle"),
        (MqttOutput(topic="a", send="percent"), True, "linear"),
        (MqttOutput(topic="a", send="percent", curve=Curve(kind="table")), True, "table"),
        (MqttOutput(topic="a", send="watts"), True, "linear"),
        (MqttOutput(preset="tasmota", device="a"), False, "linear"),
        (SsrOutput(pin=4), True, "linear"),
    ],
)
def test_every_output_says_what_it_is(
    output: MqttOutput | SsrOutput, knob: bool, curve: str
) -> None:
    assert (output.has_knob, output.law.kind) == (knob, curve)
    assert output.relays == ()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("{kind: mqtt}", "output.topic: is missing; or write a `preset`"),
        ("{kind: mqtt, device: x, topic: a}", "device: means nothing without a `preset`"),
        ("{kind: mqtt, preset: tasmota}", "device: is missing; it is what `tasmota` needs for "),
        ("{kind: mqtt, preset: domoticz, device: lamp}", "must be the number that Domoticz"),
        ("{kind: mqtt, preset: shely, device: x}", "`shely` is not known"),
        ("{kind: mqtt, topic: a/#}", "must be one topic"),
        ("{kind: mqtt, topic: a, channel: 1}", "channel: means nothing here"),
        ("{kind: mqtt, topic: a, payload: 'x'}", "payload: has no place {on}"),
        ("{kind: mqtt, topic: a, payload: '{watts}'}", "{watts} is not known with `send: on_off`"),
        (
            "{kind: mqtt, topic: a, payload: '{on}', off_payload: x}",
            "either `payload` with {on}, or",
        ),
        ("{kind: mqtt, topic: a, on_payload: x, off_payload: x}", "the same as on_payload"),
        ("{kind: mqtt, preset: tasmota, device: a, send: percent}", "`tasmota` sends on_off"),
        ("{kind: mqtt, preset: tasmota, device: a, off_after_s: 60}", "this preset cannot tell"),
        ("{kind: mqtt, topic: a, off_after_s: 120}", "off_after_s: has no place"),
        ("{kind: mqtt, preset: shelly, device: a, renew_s: 91}", "at most half of off_after_s"),
        ("{kind: mqtt, preset: shelly, device: a, renew_s: 0}", "must be above 0 and at most half"),
        ("{kind: mqtt, topic: a, curve: {kind: linear}}", "is used with `send: percent` only"),
        ("{kind: mqtt, topic: a, confirm: {}}", "confirm.topic: is missing"),
        ("{kind: mqtt, topic: a, confirm: {topic: a}}", "we would confirm ourselves"),
        ("{kind: mqtt, topic: a, confirm: {topic: b, json: '.'}}", "confirm.json: "),
        ("{kind: mqtt, topic: a, send: percent}", "`on_off` does not fit `output.send: percent`"),
        ("{kind: ssr, pin: 4}", "`on_off` leaves the bursts unused"),
    ],
)
def test_faults_of_a_switch(output: str, words: str) -> None:
    assert words in faults_of(home(output))


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("{kind: mqtt, topic: a}", "`continuous` needs `output.send: percent` or `watts`"),
        ("{kind: mqtt, topic: a, send: percent, on_payload: x}", "used with `send: on_off` only"),
        (
            "{kind: mqtt, topic: a, send: watts, curve: {kind: phase_angle}}",
            "watts are sent as they are",
        ),
        (
            "{kind: mqtt, topic: a, send: watts, curve: {kind: linear, min_w: 2000}}",
            "max_w: must be above output.curve.min_w (2000 W)",
        ),
        ("{kind: ssr, pin: 4, min_w: 2000}", "max_w: must be above output.min_w (2000 W)"),
        ("{kind: ssr, pin: 4, window_s: 0.19}", "allowed: 0.2 to 1 s"),
        (
            "{kind: ssr, pin: 4, window_s: 1.01}",
            "allowed: 0.2 to 1 s; a longer window is no regulator: within it the whole heater "
            "swings between the sun and the battery",
        ),
        ("{kind: ssr, pin: 4, window_s: 0.205}", "whole half-waves of 50 Hz, steps of 0.01 s"),
        ("{kind: ssr, pin: 4, relay: {pin: 4}}", "GPIO4 is taken by"),
    ],
)
def test_faults_of_a_regulator(output: str, words: str) -> None:
    assert words in faults_of(home(output, drive="continuous"))


@pytest.mark.parametrize("pct", ["{kind: ssr, pin: 4, window_s: 0.2}", "{kind: ssr, pin: 4}"])
def test_a_window_within_its_bounds(pct: str) -> None:
    output = load_text(home(pct, drive="continuous"), "c", {}).loads[0].output
    assert isinstance(output, SsrOutput)
    assert output.half_waves in (20, 100)


def test_what_is_sent_needs_a_broker() -> None:
    assert "needs a broker" in faults_of(home("{kind: mqtt, topic: a}", ""))
    meter = BASE.replace("    phase: 1\n", "    phase: 1\n    meter: {topic: m}\n")
    assert "loads[boiler].meter: needs a broker" in faults_of(meter)


def test_two_loads_of_one_device() -> None:
    second = "  - id: second\n    max_w: 500\n    drive: on_off\n    output: {kind: mqtt, %s}\n"
    one = "{kind: mqtt, preset: domoticz, device: 1}"
    same, other = "preset: domoticz, device: 1", "preset: domoticz, device: 2"
    text = home(one).replace("log:\n", second % same + "log:\n")
    assert "the same is sent to domoticz/in by the load above" in faults_of(text)
    load_text(home(one).replace("log:\n", second % other + "log:\n"), "c", {})


def test_bursts_need_lgpio() -> None:
    gpio = "gpio: {factory: pigpio}\n"
    text = home("{kind: ssr, pin: 4}", BROKER + gpio, "continuous")
    assert "cannot be made with `gpio.factory: pigpio`" in faults_of(text)


@pytest.mark.parametrize(
    ("meter", "words"),
    [
        ("{topic: ''}", "meter.topic: is empty"),
        ("{topic: a+}", "must be one topic"),
        ("{topic: a, json: 'x.'}", "meter.json: ends with a dot"),
        ("{topic: a, scale: 0}", "must not be 0"),
        ("{topic: a, allowed_age_s: 1}", "allowed: 2 to 300 s"),
    ],
)
def test_faults_of_a_loads_meter(meter: str, words: str) -> None:
    text = BASE.replace("    phase: 1\n", f"    phase: 1\n    meter: {meter}\n") + BROKER
    assert words in faults_of(text)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("{kind: mqtt, topic: a, last_will: false}", "nobody switches boiler off"),
        ("{kind: mqtt, preset: tasmota, device: a, last_will: false}", "nobody switches boiler"),
    ],
)
def test_advice(output: str, words: str) -> None:
    assert any(words in one for one in advice(load_text(home(output), "c", {})))


@pytest.mark.parametrize("output", ["preset: shelly, device: a", "topic: a"])
def test_no_advice_for_a_device_that_a_timer_or_the_broker_switches_off(output: str) -> None:
    config = load_text(home(f"{{kind: mqtt, {output}}}"), "c", {})
    assert not any("boiler" in one for one in advice(config))


@pytest.mark.parametrize(
    ("output", "wills"),
    [
        (MqttOutput(topic="a"), True),
        (MqttOutput(topic="a", last_will=False), False),
        (MqttOutput(preset="vload", device="a"), True),
        (MqttOutput(preset="shelly", device="a"), False),
        (MqttOutput(preset="shelly", device="a", last_will=True), True),
        (MqttOutput(preset="zigbee2mqtt", device="a"), True),
        (MqttOutput(preset="zigbee2mqtt", device="a", off_after_s=300.0), False),
    ],
)
def test_a_will_is_left_for_what_has_no_timer(output: MqttOutput, wills: bool) -> None:
    assert wire_of(output).last_will is wills
