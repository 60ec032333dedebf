"""The media of servo pulses: kernel files, mock pins, and which one a servo gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pvopt.act.pins import Pins
from pvopt.act.pulse import GpiozeroPulse, KernelPulse, make_pulse, pulse_kind
from pvopt.config.outputs import Servo
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError, ConfigError


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """A PWM chip 0 as the kernel shows it, its channel 0 exported."""
    channel = tmp_path / "pwmchip0" / "pwm0"
    channel.mkdir(parents=True)
    for name in ("period", "duty_cycle", "enable"):
        (channel / name).write_text("0")
    (channel.parent / "export").write_text("")
    return tmp_path


def shown(root: Path, name: str) -> str:
    return (root / "pwmchip0" / "pwm0" / name).read_text()


def test_kernel_pulses_are_in_nanoseconds_of_a_period_of_20_ms(sysfs: Path) -> None:
    pulse = KernelPulse(sysfs, 0, 0)
    assert (shown(sysfs, "period"), shown(sysfs, "enable")) == ("20000000", "0")
    pulse.set_us(1502.5)
    assert (shown(sysfs, "duty_cycle"), shown(sysfs, "enable")) == ("1502500", "1")
    pulse.off()
    assert shown(sysfs, "enable") == "0"
    pulse.set_us(600)
    pulse.close()
    assert shown(sysfs, "enable") == "0"


def test_pulses_left_on_by_a_former_process_end_first(sysfs: Path) -> None:
    (sysfs / "pwmchip0" / "pwm0" / "enable").write_text("1")
    KernelPulse(sysfs, 0, 0)
    assert shown(sysfs, "enable") == "0"


def test_a_channel_not_exported_is_exported_and_tried_again(sysfs: Path) -> None:
    with pytest.raises(ActuatorError, match=r"channel 1 of pwmchip0.*pwm-2chan"):
        KernelPulse(sysfs, 0, 1)  # the kernel makes its files a moment after export
    assert (sysfs / "pwmchip0" / "export").read_text() == "1"


def test_no_pwm_chip_is_an_actuator_error(tmp_path: Path) -> None:
    with pytest.raises(ActuatorError, match=r"pwmchip0.*No such file"):
        KernelPulse(tmp_path, 0, 0)


@pytest.mark.parametrize(
    ("pin", "pulse", "factory", "chip", "kind"),
    [
        (18, "auto", "lgpio", True, "kernel_pwm"),
        (18, "auto", "pigpio", True, "kernel_pwm"),
        (18, "auto", "lgpio", False, "lgpio"),
        (21, "auto", "lgpio", True, "lgpio"),
        (21, "auto", "pigpio", True, "pigpio"),
        (21, "pigpio", "lgpio", True, "pigpio"),
        (18, "lgpio", "pigpio", True, "lgpio"),
        (18, "kernel_pwm", "lgpio", False, "kernel_pwm"),
        (18, "kernel_pwm", "mock", True, "mock"),
    ],
)
def test_which_medium(
    sysfs: Path, tmp_path: Path, pin: int, pulse: Any, factory: Any, chip: bool, kind: str
) -> None:
    root = sysfs if chip else tmp_path / "none"
    pins = Pins(Gpio(factory=factory), root)
    assert pulse_kind(Servo(pin=pin, pulse=pulse), pins) == kind


def test_kernel_pwm_on_a_pin_without_it_is_refused(sysfs: Path) -> None:
    with pytest.raises(ConfigError, match="GPIO21 has no kernel PWM"):
        pulse_kind(Servo(pin=21, pulse="kernel_pwm"), Pins(Gpio(), sysfs))


@pytest.mark.parametrize(
    ("pin", "stated", "channel"), [(12, None, 0), (13, None, 1), (18, 2, 2), (19, None, 1)]
)
def test_the_channel_follows_the_pin_unless_stated(
    tmp_path: Path, pin: int, stated: int | None, channel: int
) -> None:
    folder = tmp_path / "pwmchip2" / f"pwm{channel}"
    folder.mkdir(parents=True)
    servo = Servo(pin=pin, pwm_chip=2, pwm_channel=stated)
    make_pulse(servo, Pins(Gpio(), tmp_path)).set_us(1000)
    assert (folder / "duty_cycle").read_text() == "1000000"


def test_mock_pulses_have_the_width_and_the_horn_keeps_the_last() -> None:
    pins = Pins(Gpio(factory="mock"))
    pulse = GpiozeroPulse(pins, 21, "mock")
    pin = pins.factory().pin(21)
    pulse.set_us(1505)
    assert pin.state / pin.frequency * 1e6 == pytest.approx(1505)
    pulse.off()
    assert pin.state == 0
    assert pin.last_pulse_us == pytest.approx(1505)
    pulse.close()
    assert pin.function == "input"
