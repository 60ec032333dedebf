"""Servo pulses: three media that give a pulse of so many microseconds every 20 ms, or none.

* kernel PWM (``/sys/class/pwm``): hardware, free of jitter, on GPIO 12, 13, 18 and 19 only, with
  ``dtoverlay=pwm-2chan``. The best there is, on every Pi.
* pigpio: DMA, any pin, steps of 5 µs; needs the daemon, not on a Pi 5.
* gpiozero's PWM: on lgpio timed by software, 1 µs steps but with jitter, so that the pulses end
  after each move; on mock pins for trying.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from pvopt.act.pins import SERVO_HZ, Driver, Pins, plain_words
from pvopt.config.outputs import Servo
from pvopt.errors import ConfigError

PulseKind = Literal["kernel_pwm", "pigpio", "lgpio", "mock"]
PERIOD_US = 1_000_000 / SERVO_HZ
# Channel of the PWM block that each pin can carry (BCM2835 to BCM2711). A Pi 5 has four channels
# and other numbers for GPIO 18 and 19: ``pwm_chip`` and ``pwm_channel`` in the configuration.
KERNEL_CHANNELS = {12: 0, 13: 1, 18: 0, 19: 1}


class Pulse(Protocol):
    """One pin that gives servo pulses. Both calls raise ActuatorError."""

    def set_us(self, width_us: float) -> None:
        """Pulses of this width from now on."""

    def off(self) -> None:
        """No more pulses: the servo rests."""

    def close(self) -> None:
        """off(), then give back the pin."""


class GpiozeroPulse:
    """gpiozero's PWMOutputDevice on lgpio or mock pins."""

    def __init__(self, pins: Pins, number: int, driver: Driver) -> None:
        self._what = f"servo on GPIO{number}"
        self._device = pins.pwm(number, driver)

    def set_us(self, width_us: float) -> None:
        with plain_words(self._what):
            self._device.value = width_us / PERIOD_US

    def off(self) -> None:
        with plain_words(self._what):
            self._device.value = 0

    def close(self) -> None:
        with plain_words(self._what):
            self._device.close()


class PigpioPulse:
    """pigpiod's own servo pulses."""

    def __init__(self, pins: Pins, number: int) -> None:
        self._what = f"servo on GPIO{number} by pigpiod"
        self._number = number
        self._factory = pins.factory("pigpio")
        with plain_words(self._what):
            self._factory.reserve_pins(self, number)
            self._factory.set_pulse_us(number, 0)

    def set_us(self, width_us: float) -> None:
        with plain_words(self._what):
            self._factory.set_pulse_us(self._number, round(width_us))

    def off(self) -> None:
        with plain_words(self._what):
            self._factory.set_pulse_us(self._number, 0)

    def close(self) -> None:
        with plain_words(self._what):
            self._factory.release_all(self)
            self._factory.set_pulse_us(self._number, 0)

    def _conflicts_with(self, _other: object) -> bool:
        """gpiozero asks this when another device wants the pin."""
        return True


class KernelPulse:
    """A channel of the kernel's PWM, by the files of sysfs (Documentation/driver-api/pwm)."""

    def __init__(self, root: Path, chip: int, channel: int) -> None:
        self._what = f"PWM channel {channel} of pwmchip{chip}"
        self._channel = root / f"pwmchip{chip}" / f"pwm{channel}"
        with plain_words(f"{self._what} (dtoverlay=pwm-2chan in config.txt, group gpio?)"):
            if not self._channel.exists():
                # udev hands the new files to the group a moment later; until then writing is
                # refused, and the actuator tries again.
                (self._channel.parent / "export").write_text(str(channel))
            self._write("enable", 0)  # a former process may have left it on
            self._write("period", round(PERIOD_US * 1000))
            self._enabled = False

    def set_us(self, width_us: float) -> None:
        with plain_words(self._what):
            self._write("duty_cycle", round(width_us * 1000))
            if not self._enabled:
                self._write("enable", 1)
                self._enabled = True

    def off(self) -> None:
        with plain_words(self._what):
            if self._enabled:
                self._write("enable", 0)
                self._enabled = False

    def close(self) -> None:
        self.off()

    def _write(self, name: str, number: int) -> None:
        (self._channel / name).write_text(str(number))


def kernel_channel(config: Servo) -> int | None:
    """The PWM channel behind the servo's pin; None if that pin has none."""
    if config.pin not in KERNEL_CHANNELS:
        return None
    return KERNEL_CHANNELS[config.pin] if config.pwm_channel is None else config.pwm_channel


def pulse_kind(config: Servo, pins: Pins) -> PulseKind:
    """Which medium a servo gets. ``auto``: kernel PWM where the pin and the machine have it,
    else what drives the relays. With mock pins always the mock. ConfigError: kernel PWM asked
    for on a pin without it."""
    if pins.driver == "mock":
        return "mock"
    channel = kernel_channel(config)
    if config.pulse == "kernel_pwm" and channel is None:
        pins_with = ", ".join(str(pin) for pin in KERNEL_CHANNELS)
        raise ConfigError(f"GPIO{config.pin} has no kernel PWM; only GPIO {pins_with} have")
    if config.pulse != "auto":
        return config.pulse
    if channel is not None and (pins.pwm_root / f"pwmchip{config.pwm_chip}").exists():
        return "kernel_pwm"
    return pins.driver


def make_pulse(config: Servo, pins: Pins) -> Pulse:
    """The servo's pulses, off at first. ConfigError, ActuatorError."""
    kind = pulse_kind(config, pins)
    if kind == "kernel_pwm":
        return KernelPulse(pins.pwm_root, config.pwm_chip, kernel_channel(config) or 0)
    if kind == "pigpio":
        return PigpioPulse(pins, config.pin)
    return GpiozeroPulse(pins, config.pin, kind)
