"""Which pins are off in which state: the plan for the second path (``pvopt.off``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pvopt.act.pins import Pins
from pvopt.act.pulse import kernel_channel, pulse_kind
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, Servo
from pvopt.config.service import Gpio
from pvopt.off import OffPin, OffPlan

RELAY_OFF = {"active_high": "low", "active_low": "high", "released_when_off": "release"}


def off_plan(loads: Sequence[Load], gpio: Gpio, pwm_root: Path = Path("/sys/class/pwm")) -> OffPlan:
    """All relays, then all servos. Potentiometers have no off of their own: their relay is it.

    Touches no pin. ConfigError for a servo on a pin that cannot do what is asked. Where pigpiod
    listens is a numeric address in every sound configuration: off has no time to look up a name.
    """
    outputs = [load.output for load in loads if isinstance(load.output, GpioOutput)]
    pins = Pins(gpio, pwm_root)
    relays = [
        OffPin(gpio.factory, out.relay.pin, RELAY_OFF[out.relay.wiring], gpio.chip)
        for out in outputs
    ]
    servos = [_servo_off(out.knob, pins) for out in outputs if isinstance(out.knob, Servo)]
    host = "127.0.0.1" if gpio.pigpio_host.lower() == "localhost" else gpio.pigpio_host
    return OffPlan((*relays, *servos), host, gpio.pigpio_port)


def _servo_off(knob: Servo, pins: Pins) -> OffPin:
    kind = pulse_kind(knob, pins)
    if kind == "kernel_pwm":
        return OffPin("kernel_pwm", kernel_channel(knob) or 0, "still", knob.pwm_chip)
    return OffPin(kind, knob.pin, "still", pins.gpio.chip)
