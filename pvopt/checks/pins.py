"""The pins: can the configured library drive them, can the knob get what it needs. Moves none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pvopt.act.pins import Driver, Pins
from pvopt.act.pulse import kernel_channel, pulse_kind
from pvopt.checks.machine import Machine
from pvopt.checks.row import Row, fail, ok, warn
from pvopt.config.loads import Load
from pvopt.config.outputs import MqttOutput, Servo, SpiPot, SsrOutput, StepPot
from pvopt.config.schema import Config
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError, ConfigError

AREA = "pins"
ISOLATION = "isolation"
INSTALL = "install it as said, or choose another gpio.factory"
ASKED = re.compile(r" \(is it running\?[^)]*\)")
OVERLAY = (
    "add `dtoverlay=pwm-2chan` to config.txt (for GPIO18 and 19; for 12 and 13 with "
    "`,pin=12,func=4,pin2=13,func2=4`) and restart the Pi"
)


def rows(config: Config, machine: Machine) -> Iterator[Row]:
    """Each driver that is needed, then each knob."""
    if config.gpio.factory == "mock":
        yield ok(AREA, "mock pins: nothing outside this program is moved")
        return
    if not any(load.output.pins for load in config.loads):
        yield ok(AREA, "no load hangs on this machine's pins")
        return
    pins = Pins(config.gpio, machine.pwm_root())
    try:
        for driver in _drivers(config, pins):
            yield _driver(driver, pins, machine)
        for load in config.loads:
            yield from _knob(load, pins, machine)
    finally:
        pins.close()


def isolation(config: Config) -> Iterator[Row]:
    """Whether what turns the knob may be connected at all: a knob may be at mains potential."""
    for load in config.loads:
        knob = load.output.knob
        if isinstance(knob, SpiPot | StepPot):
            yield ok(
                ISOLATION,
                f"{load.id}: a digital potentiometer ({knob.kind}); the configuration states that "
                "the regulator's control input is galvanically isolated",
                "an ordinary regulator's knob is at mains potential: be sure before you connect",
            )
        elif isinstance(knob, Servo):
            yield ok(ISOLATION, f"{load.id}: a servo turns the knob, no wire leads into it")
        elif isinstance(load.output, SsrOutput):
            yield ok(
                ISOLATION,
                f"{load.id}: an SSR on GPIO{load.output.pin}; its control input is insulated by "
                "itself",
                "derate it to half, give it a heatsink, and a contactor before it: a dead SSR "
                "mostly stays on",
            )
        elif not isinstance(load.output, MqttOutput):
            yield ok(ISOLATION, f"{load.id}: a relay alone, no knob")


def _drivers(config: Config, pins: Pins) -> list[Driver]:
    """The libraries in use: the relays', and a servo's own."""
    found: list[Driver] = [config.gpio.factory]
    for load in config.loads:
        if isinstance(load.output.knob, Servo):
            kind = pulse_kind(load.output.knob, pins)
            if kind != "kernel_pwm" and kind not in found:
                found.append(kind)
    return found


def _driver(driver: Driver, pins: Pins, machine: Machine) -> Row:
    if driver == "pigpio" and machine.model().startswith("Raspberry Pi 5"):
        return fail(AREA, "pigpio cannot drive a Raspberry Pi 5", "set gpio.factory: lgpio")
    try:
        pins.factory(driver)
    except ConfigError as fault:
        what, _, cure = str(fault).removeprefix("gpio: ").rpartition("): ")
        return fail(AREA, f"{what})", cure) if what else fail(AREA, cure, INSTALL)
    except ActuatorError as fault:
        # The remedy says more than the question in the fault does.
        words = ASKED.sub("", str(fault))
        return fail(AREA, words, _remedy(driver, pins.gpio, machine))
    if driver == "pigpio":
        where = f"{pins.gpio.pigpio_host}:{pins.gpio.pigpio_port}"
        return ok(AREA, f"pigpiod at {where} answers")
    return ok(AREA, f"{driver} can reach the pins{_of(machine)}")


def _remedy(driver: Driver, gpio: Gpio, machine: Machine) -> str:
    if driver == "pigpio":
        return (
            "start the daemon (`sudo systemctl enable --now pigpiod`), and look at "
            "gpio.pigpio_host and pigpio_port"
        )
    if not machine.is_pi():
        return "run it on a Raspberry Pi, or set gpio.factory: mock to try without hardware"
    if gpio.chip is not None:
        return "leave gpio.chip empty, so that the header's chip is found by itself"
    return "add this user to the group gpio (`sudo usermod -aG gpio $USER`) and log in again"


def _of(machine: Machine) -> str:
    return f" of this {machine.model()}" if machine.is_pi() else ""


def _knob(load: Load, pins: Pins, machine: Machine) -> Iterator[Row]:
    knob = load.output.knob
    if isinstance(knob, Servo):
        yield _servo(load.id, knob, pins)
    elif isinstance(knob, SpiPot) and pins.driver == "lgpio":
        if machine.has_spi(knob.port, knob.device):
            yield ok(AREA, f"{load.id}: SPI {knob.port}.{knob.device} is there")
        else:
            yield fail(
                AREA,
                f"{load.id}: the bus SPI {knob.port}.{knob.device} is not switched on",
                "`sudo raspi-config nonint do_spi 0`, then restart the Pi",
            )


def _servo(name: str, knob: Servo, pins: Pins) -> Row:
    chip = pins.pwm_root / f"pwmchip{knob.pwm_chip}"
    kind = pulse_kind(knob, pins)
    if kind == "kernel_pwm":
        channel = kernel_channel(knob)
        if not chip.exists():
            return fail(AREA, f"{name}: kernel PWM is asked for, but {chip} is not there", OVERLAY)
        return ok(
            AREA,
            f"{name}: the servo on GPIO{knob.pin} gets the kernel's steady pulse "
            f"(pwmchip{knob.pwm_chip}, channel {channel})",
        )
    if knob.pulse == "auto" and kernel_channel(knob) is not None and kind == "lgpio":
        return warn(
            AREA,
            f"{name}: the servo's pulse on GPIO{knob.pin} is made by software and may jitter, "
            "though this pin could have the kernel's",
            OVERLAY,
        )
    return ok(AREA, f"{name}: the servo on GPIO{knob.pin} gets its pulse from {kind}")
