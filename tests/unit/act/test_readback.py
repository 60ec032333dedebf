"""Reading the outputs back from mock pins, and the plan for switching them off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pvopt.act.gpio import GpioActuator
from pvopt.act.off_plan import off_plan
from pvopt.act.pins import Pins
from pvopt.act.readback import PinReader
from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, Servo, SpiPot, StepPot
from pvopt.config.service import Gpio
from pvopt.errors import ConfigError
from pvopt.model import Command, Instant, Reason, Why
from pvopt.off import OffPin, OffPlan

KNOBS = [
    None,
    Servo(pin=21),
    Servo(pin=21, reverse=True, dead_low_pct=10, dead_high_pct=5),
    SpiPot(kind="mcp41010", isolated_control=True),
    SpiPot(kind="mcp42010", channel=1, isolated_control=True),
    SpiPot(kind="mcp4131", reverse=True, isolated_control=True),
    SpiPot(kind="mcp4151", device=1, isolated_control=True),
    StepPot(kind="x9c104", inc_pin=5, ud_pin=6, cs_pin=13, reverse=True, isolated_control=True),
]


def load(knob: Any, **relay: Any) -> Load:
    output = GpioOutput(relay=Relay(pin=17, **relay), knob=knob, curve=Curve(kind="linear"))
    return Load(id="heater", max_w=2000.0, output=output)


@pytest.mark.parametrize("knob", KNOBS)
@pytest.mark.parametrize(
    "relay",
    [
        {"wiring": "active_high"},
        {"wiring": "active_low"},
        {"wiring": "released_when_off", "driven_level": 0},
    ],
)
def test_what_is_read_back_is_what_was_done(knob: Any, relay: dict[str, Any]) -> None:
    config = load(knob, **relay)
    pins = Pins(Gpio(factory="mock"))
    reader = PinReader(pins)
    assert not reader.read_relay(config)
    actuator = GpioActuator(config, pins)
    assert not reader.read_relay(config)
    for second in range(20):
        command = Command("heater", 1200.0, second + 5.0, Reason(Why.VISIBLE))
        outcome = actuator.apply(command, Instant(float(second), 0.0))
    assert reader.read_relay(config)
    assert not outcome.pending
    assert reader.read_knob_pct(config) == pytest.approx(outcome.position_pct, abs=0.01)
    assert reader.read_knob_pct(config) == pytest.approx(100 if knob is None else 60, abs=1.1)
    actuator.safe()
    assert not reader.read_relay(config)
    assert knob is None or reader.read_knob_pct(config) == 0
    actuator.close()


def test_real_pins_cannot_be_read_back() -> None:
    with pytest.raises(ConfigError, match="mock"):
        PinReader(Pins(Gpio(factory="lgpio")))


def test_the_plan_has_relays_before_knobs(tmp_path: Path) -> None:
    loads = (
        load(Servo(pin=21)),
        Load(
            id="low",
            max_w=500.0,
            output=GpioOutput(relay=Relay(pin=27, wiring="active_low"), knob=KNOBS[3]),
        ),
        Load(
            id="free",
            max_w=500.0,
            output=GpioOutput(relay=Relay(pin=22, wiring="released_when_off")),
        ),
    )
    plan = off_plan(loads, Gpio(factory="pigpio", pigpio_port=9999), tmp_path)
    assert plan == OffPlan(
        (
            OffPin("pigpio", 17, "low"),
            OffPin("pigpio", 27, "high"),
            OffPin("pigpio", 22, "release"),
            OffPin("pigpio", 21, "still"),
        ),
        "127.0.0.1",
        9999,
    )


@pytest.mark.parametrize(
    ("host", "planned"),
    [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("10.0.0.9",) * 2],
)
def test_the_plan_needs_no_name_to_be_looked_up(tmp_path: Path, host: str, planned: str) -> None:
    plan = off_plan((load(None),), Gpio(factory="pigpio", pigpio_host=host), tmp_path)
    assert plan.host == planned


def test_the_plan_knows_where_the_servos_pulses_come_from(tmp_path: Path) -> None:
    (tmp_path / "pwmchip2").mkdir()
    knob = Servo(pin=13, pwm_chip=2)
    plan = off_plan((load(knob),), Gpio(chip=4), tmp_path)
    assert plan.pins == (OffPin("lgpio", 17, "low", 4), OffPin("kernel_pwm", 1, "still", 2))
