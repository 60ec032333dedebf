"""What every actuator owes the loop, run over each kind of output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pvopt.act.gpio import GpioActuator
from pvopt.act.mqtt import MqttActuator
from pvopt.act.pins import Pins
from pvopt.config.loads import Load
from pvopt.config.outputs import (
    Curve,
    GpioOutput,
    MqttOutput,
    Relay,
    Servo,
    SpiPot,
    SsrOutput,
    StepPot,
)
from pvopt.config.service import Demo, Gpio
from pvopt.config.site import Site
from pvopt.model import Command, Instant, Outcome, Reason, Why
from pvopt.ports import Actuator
from pvopt.simulator.adapters import SimActuator
from pvopt.simulator.world import demo_world
from tests.mqtt_hand import HandLink

KNOBS: dict[str, Any] = {
    "relay": None,
    "servo": Servo(pin=21),
    "mcp41010": SpiPot(kind="mcp41010", isolated_control=True),
    "mcp42010": SpiPot(kind="mcp42010", channel=1, isolated_control=True),
    "mcp4131": SpiPot(kind="mcp4131", isolated_control=True),
    "mcp4151": SpiPot(kind="mcp4151", isolated_control=True),
    "x9c103": StepPot(kind="x9c103", inc_pin=5, ud_pin=6, cs_pin=13, isolated_control=True),
    "x9c104": StepPot(kind="x9c104", inc_pin=5, ud_pin=6, cs_pin=13, isolated_control=True),
}


def load(kind: str) -> Load:
    output = GpioOutput(relay=Relay(pin=17), knob=KNOBS[kind], curve=Curve(kind="phase_angle"))
    return Load(id="heater", max_w=2000.0, output=output)


def on_mock_pins(kind: str) -> Callable[[], Actuator]:
    return lambda: GpioActuator(load(kind), Pins(Gpio(factory="mock")))


def simulated(kind: str) -> Callable[[], Actuator]:
    site = Site(latitude=48.0, longitude=11.0)
    return lambda: SimActuator(demo_world(Demo(), site, load(kind)), load(kind))


def bursts(relay: Relay | None) -> Callable[[], Actuator]:
    output = SsrOutput(pin=26, relay=relay)
    one = Load(id="heater", max_w=2000.0, output=output)
    return lambda: GpioActuator(one, Pins(Gpio(factory="mock")))


def by_mqtt(**keys: Any) -> Callable[[], Actuator]:
    one = Load(id="heater", max_w=2000.0, output=MqttOutput(**keys))
    return lambda: MqttActuator(one, HandLink())


MAKERS = {
    **{f"gpio {kind}": on_mock_pins(kind) for kind in KNOBS},
    "ssr alone": bursts(None),
    "ssr behind a relay": bursts(Relay(pin=17)),
    "mqtt switch": by_mqtt(preset="shelly", device="plug"),
    "mqtt percent": by_mqtt(preset="vload", device="ECS"),
    "mqtt watts": by_mqtt(topic="heater/set", send="watts", decimals=0),
    "simulated servo": simulated("servo"),
    "simulated relay": simulated("relay"),
}


@pytest.fixture(params=list(MAKERS))
def actuator(request: pytest.FixtureRequest) -> Iterator[Actuator]:
    made = MAKERS[request.param]()
    yield made
    made.close()


def order(watts: float, now_s: float, urgent: bool = False) -> Command:
    return Command("heater", watts, now_s + 5.0, Reason(Why.VISIBLE), urgent)


def ticks(actuator: Actuator, watts: float, start_s: float, count: int = 15) -> Outcome:
    for second in range(count):
        now_s = start_s + second
        outcome = actuator.apply(order(watts, now_s), Instant(now_s, 0.0))
    return outcome


def test_it_has_the_loads_name(actuator: Actuator) -> None:
    assert actuator.name == "heater"


def test_it_begins_off(actuator: Actuator) -> None:
    outcome = actuator.apply(order(0.0, 0.0), Instant(0.0, 0.0))
    assert (outcome.target, outcome.closed, outcome.expected_w) == ("heater", False, 0.0)


@pytest.mark.parametrize("watts", [300.0, 1000.0, 2000.0])
def test_it_reaches_what_was_asked_and_rests(actuator: Actuator, watts: float) -> None:
    outcome = ticks(actuator, watts, 0.0)
    assert (outcome.closed, outcome.pending, outcome.sent) == (True, False, False)
    assert outcome.asked_w == watts
    alone = outcome.expected_w == 2000.0  # a relay alone, or full
    assert alone or watts - 40.0 <= outcome.expected_w <= watts + 1e-6
    assert outcome.switches == 1


def test_off_comes_within_three_ticks_and_is_then_final(actuator: Actuator) -> None:
    ticks(actuator, 1500.0, 0.0)
    outcome = ticks(actuator, 0.0, 15.0, 3)
    assert (outcome.closed, outcome.pending, outcome.expected_w) == (False, False, 0.0)
    assert outcome.switches == 2


@pytest.mark.parametrize("why", ["none", "expired", "nan"])
def test_what_cannot_be_trusted_ends_off(actuator: Actuator, why: str) -> None:
    ticks(actuator, 1500.0, 0.0)
    asked = {
        "none": None,
        "expired": order(1500.0, 15.0 - 5.0),
        "nan": order(math.nan, 15.0),
    }[why]
    for second in range(3):
        outcome = actuator.apply(asked, Instant(15.0 + second, 0.0))
    assert (outcome.closed, outcome.expected_w) == (False, 0.0)


def test_urgent_is_off_in_the_same_tick(actuator: Actuator) -> None:
    ticks(actuator, 1500.0, 0.0)
    outcome = actuator.apply(order(0.0, 15.0, urgent=True), Instant(15.0, 0.0))
    assert (outcome.closed, outcome.expected_w) == (False, 0.0)


def test_safe_is_off_at_once_repeatable_and_not_the_end(actuator: Actuator) -> None:
    ticks(actuator, 1500.0, 0.0)
    actuator.safe()
    actuator.safe()
    assert actuator.apply(order(0.0, 15.0), Instant(15.0, 0.0)).closed is False
    assert ticks(actuator, 1500.0, 16.0).closed is True


def test_the_first_seconds_after_closing_give_nothing_through_a_knob(actuator: Actuator) -> None:
    closed_s: float | None = None
    for second in range(12):
        now_s = float(second)
        outcome = actuator.apply(order(2000.0, now_s), Instant(now_s, 0.0))
        if outcome.closed and closed_s is None:
            closed_s = now_s
            alone = not outcome.pending
        if closed_s is not None and now_s < closed_s + 3.0 and not alone:
            assert outcome.expected_w == 0.0
            assert outcome.pending
    assert outcome.expected_w == pytest.approx(2000.0)


def test_close_can_be_repeated(actuator: Actuator) -> None:
    ticks(actuator, 1500.0, 0.0)
    actuator.close()
    actuator.close()
