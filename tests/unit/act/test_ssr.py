"""Bursts of an SSR: whole half-waves, off that can be read back, and the second path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.act.gpio import GpioActuator
from pvopt.act.off_plan import off_plan
from pvopt.act.pins import Pins
from pvopt.act.readback import PinReader
from pvopt.act.ssr import Burst
from pvopt.config.loads import Load
from pvopt.config.outputs import Relay, SsrOutput
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError
from pvopt.model import Command, Instant, Outcome, Reason, Why
from pvopt.off import OffPin

PIN = 26


def burst(pins: Pins, **keys: Any) -> Burst:
    return Burst(SsrOutput(pin=PIN, **keys), pins)


@pytest.fixture
def pins() -> Pins:
    return Pins(Gpio(factory="mock"))


def line(pins: Pins) -> Any:
    return pins.factory().pin(PIN)


@pytest.mark.parametrize(
    ("keys", "pct", "share"),
    [
        ({}, 50.0, 0.5),
        ({}, 33.9, 0.33),  # 33 of 100 half-waves of a second
        ({"window_s": 0.2}, 33.9, 0.3),  # 6 of 20
        ({"window_s": 0.5, "mains_hz": 60}, 33.4, 20 / 60),
        ({}, 0.99, 0.0),
        ({}, 1.0, 0.01),
        ({}, 100.0, 1.0),
        ({"wiring": "active_low"}, 25.0, 0.75),
        ({"wiring": "active_low"}, 0.0, 1.0),
    ],
)
def test_whole_half_waves(pins: Pins, keys: dict[str, Any], pct: float, share: float) -> None:
    one = burst(pins, **keys)
    one.go(pct, 0.0)
    assert line(pins).state == pytest.approx(share)
    pulses = 0.0 < one.position_pct < 100.0
    assert line(pins).frequency == (
        pytest.approx(1.0 / keys.get("window_s", 1.0)) if pulses else None
    )


def test_it_comes_up_off_and_says_the_same_once(pins: Pins) -> None:
    one = burst(pins)
    assert (one.at_zero, line(pins).state) == (True, 0)
    assert one.go(50.0, 0.0)
    assert not one.go(50.9, 1.0)
    assert (one.moves, one.position_pct) == (1, 50.0)


@given(pct=st.floats(-10.0, 200.0), waves=st.sampled_from([0.2, 0.5, 1.0]))
def test_never_more_than_asked(pct: float, waves: float) -> None:
    one = burst(Pins(Gpio(factory="mock")), window_s=waves)
    one.go(pct, 0.0)
    assert 0.0 <= one.position_pct <= max(0.0, min(pct, 100.0)) + 1e-5


def load(**keys: Any) -> Load:
    return Load(id="heater", max_w=2000.0, output=SsrOutput(pin=PIN, **keys))


def ask(actuator: GpioActuator, watts: float, now_s: float, count: int = 8) -> Outcome:
    for second in range(count):
        at_s = now_s + second
        command = Command("heater", watts, at_s + 5.0, Reason(Why.VISIBLE))
        outcome = actuator.apply(command, Instant(at_s, 0.0))
    return outcome


@pytest.mark.parametrize("relay", [None, Relay(pin=17)])
def test_watts_become_bursts_and_off_is_off(pins: Pins, relay: Relay | None) -> None:
    one = load(relay=relay)
    actuator, reader = GpioActuator(one, pins), PinReader(pins)
    outcome = ask(actuator, 505.0, 0.0)
    assert (outcome.expected_w, outcome.closed) == (500.0, True)
    assert (reader.read_relay(one), reader.read_knob_pct(one)) == (True, 25.0)
    outcome = ask(actuator, 0.0, 10.0, 2)
    assert (outcome.expected_w, outcome.closed) == (0.0, False)
    assert (reader.read_relay(one), reader.read_knob_pct(one)) == (False, 0.0)


def test_the_first_seconds_fire_nothing(pins: Pins) -> None:
    actuator = GpioActuator(load(relay=Relay(pin=17)), pins)
    assert ask(actuator, 2000.0, 0.0, 3).expected_w == 0.0
    assert ask(actuator, 2000.0, 3.0, 2).expected_w == 2000.0


def test_a_pin_that_is_on_although_it_should_be_off_is_a_fault(pins: Pins) -> None:
    actuator = GpioActuator(load(), pins)
    ask(actuator, 0.0, 0.0, 1)
    line(pins).state = 1
    with pytest.raises(ActuatorError, match="the pin is on, it should be off"):
        ask(actuator, 0.0, 1.0, 1)
    assert line(pins).state == 0  # given up, and made anew
    assert ask(actuator, 0.0, 10.0, 1).closed is False


def test_urgent_ends_the_pulses_in_the_same_tick(pins: Pins) -> None:
    actuator = GpioActuator(load(), pins)
    ask(actuator, 1000.0, 0.0)
    actuator.apply(None, Instant(20.0, 0.0))
    assert (line(pins).state, line(pins).frequency) == (0, None)


def test_the_second_path_drives_the_pin_low() -> None:
    loads = [load(relay=Relay(pin=17, wiring="active_low")), load(wiring="active_low")]
    plan = off_plan(loads[:1], Gpio(factory="lgpio"))
    assert plan.pins == (OffPin("lgpio", 17, "high"), OffPin("lgpio", PIN, "low"))
    assert off_plan(loads[1:], Gpio(factory="lgpio")).pins == (OffPin("lgpio", PIN, "high"),)
