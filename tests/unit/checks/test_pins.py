"""Pins and what the knob may be connected to, on a machine made of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pvopt.checks.machine import Machine
from pvopt.checks.pins import isolation, rows
from pvopt.checks.row import Level, Row
from tests.check_config import config_of
from tests.pigpiod_standin import Standin

POT = "{kind: mcp41010, isolated_control: true}"


def seen(folder: Path, **given: Any) -> list[Row]:
    return list(rows(config_of(folder, **given), Machine(folder)))


def pigpio(port: int) -> str:
    return f"pigpio, pigpio_port: {port}"


def test_mock_pins_say_so(tmp_path: Path) -> None:
    (row,) = seen(tmp_path)
    assert (row.level, row.text[:9]) == (Level.OK, "mock pins")


def test_daemon_answers_and_no_pin_is_moved(tmp_path: Path, standin: Standin) -> None:
    found = seen(tmp_path, FACTORY=pigpio(standin.port))
    assert [row.level for row in found] == [Level.OK, Level.OK]
    assert "answers" in found[0].text
    assert "GPIO18 gets its pulse from pigpio" in found[1].text
    bank = standin.bank
    assert (bank.mode, bank.latch, bank.pulse_us, bank.pull) == ({}, {}, {}, {})


def test_relay_that_is_on_stays_on(tmp_path: Path, standin: Standin) -> None:
    standin.bank.write(17, 1)
    standin.bank.servo(18, 1500)
    seen(tmp_path, FACTORY=pigpio(standin.port))
    assert standin.bank.level(17) == 1
    assert standin.bank.pulse_us == {18: 1500}


def test_daemon_is_not_running(tmp_path: Path, standin: Standin) -> None:
    standin.kill()
    row = seen(tmp_path, FACTORY=pigpio(standin.port))[0]
    assert row.level == Level.FAIL
    assert f":{standin.port}" in row.text
    assert "systemctl enable --now pigpiod" in row.todo
    assert "is it running" not in row.text  # the remedy says it


def test_daemon_that_hangs(tmp_path: Path, standin: Standin) -> None:
    standin.hang()
    assert seen(tmp_path, FACTORY=pigpio(standin.port))[0].level == Level.FAIL


def test_pigpio_on_a_pi_5(tmp_path: Path, standin: Standin) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    row = seen(tmp_path, FACTORY=pigpio(standin.port))[0]
    assert (row.level, row.todo) == (Level.FAIL, "set gpio.factory: lgpio")


def test_library_that_cannot_be_used(tmp_path: Path) -> None:
    """Not installed, or installed on a machine without pins: both are faults."""
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has pins")
    row = seen(tmp_path, FACTORY="lgpio")[0]
    assert row.level == Level.FAIL
    assert row.todo


@pytest.mark.parametrize(("chip", "level"), [(True, Level.OK), (False, Level.FAIL)])
def test_kernel_pwm_that_is_asked_for(
    tmp_path: Path, standin: Standin, chip: bool, level: Level
) -> None:
    if chip:
        (tmp_path / "sys/class/pwm/pwmchip0").mkdir(parents=True)
    knob = "{kind: servo, pin: 18, pulse: kernel_pwm}"
    row = seen(tmp_path, FACTORY=pigpio(standin.port), KNOB=knob)[-1]
    assert row.level == level
    assert ("dtoverlay" in row.todo) is not chip


@pytest.mark.parametrize(
    ("knob", "chip", "level"),
    [
        ("{kind: servo, pin: 18}", False, Level.WARN),  # it could have the kernel's pulse
        ("{kind: servo, pin: 18}", True, Level.OK),
        ("{kind: servo, pin: 21}", False, Level.OK),  # it could not: the advice says so
        ("{kind: servo, pin: 18, pulse: lgpio}", False, Level.OK),  # wanted like this
    ],
)
def test_pulse_by_software(tmp_path: Path, knob: str, chip: bool, level: Level) -> None:
    if chip:
        (tmp_path / "sys/class/pwm/pwmchip0").mkdir(parents=True)
    assert seen(tmp_path, FACTORY="lgpio", KNOB=knob)[-1].level == level


@pytest.mark.parametrize(("bus", "level"), [("0.0", Level.OK), ("0.1", Level.FAIL)])
def test_spi_bus(tmp_path: Path, bus: str, level: Level) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / f"dev/spidev{bus}").touch()
    row = seen(tmp_path, FACTORY="lgpio", KNOB=POT)[-1]
    assert row.level == level
    assert ("raspi-config" in row.todo) is (level == Level.FAIL)


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        (POT, "galvanically isolated"),
        ("{kind: servo, pin: 18}", "no wire leads into it"),
        ("null", "a relay alone"),
    ],
)
def test_isolation(tmp_path: Path, knob: str, words: str) -> None:
    drive = "on_off" if knob == "null" else "continuous"
    (row,) = isolation(config_of(tmp_path, KNOB=knob, DRIVE=drive))
    assert words in row.text
    assert ("mains potential" in row.todo) is (knob == POT)
