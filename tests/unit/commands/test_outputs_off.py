"""outputs-off: by the second path, with as much of the configuration as can be read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pvopt.commands.cli import main
from pvopt.commands.outputs_off import plan_of, read, running
from pvopt.config.faults import InvalidConfigError
from pvopt.lock import PinLock
from pvopt.off import OffPin, OffPlan
from tests.pigpiod_standin import OUTPUT, Standin

GOOD = """
version: 1
site: {latitude: 50, longitude: 14}
sources:
  - {kind: gx_modbus, host: 127.0.0.1}
loads:
  - id: boiler
    max_w: 2000
    output:
      kind: gpio
      relay: {pin: 17, wiring: active_low}
      knob: {kind: servo, pin: 21, pulse: pigpio}
gpio: {factory: pigpio, pigpio_port: PORT}
"""
PIN_LINES = [OffPin("pigpio", 17, "high"), OffPin("pigpio", 21, "still")]


def config(folder: Path, text: str, port: int = 8888) -> Path:
    path = folder / "config.yaml"
    path.write_text(text.replace("PORT", str(port)))
    return path


def test_relay_and_knob(tmp_path: Path, standin: Standin) -> None:
    standin.bank.write(17, 0)  # on: active low
    standin.bank.servo(21, 1500)
    assert main(["outputs-off", "--config", str(config(tmp_path, GOOD, standin.port))]) == 0
    assert (standin.bank.mode[17], standin.bank.level(17)) == (OUTPUT, 1)
    assert standin.bank.pulse_us == {}


def test_says_what_was_switched_off(
    tmp_path: Path, standin: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["outputs-off", "--config", str(config(tmp_path, GOOD, standin.port))])
    assert capsys.readouterr().out == "off: GPIO17, GPIO21\n"


def test_pin_that_cannot_be_reached(
    tmp_path: Path, standin: Standin, capsys: pytest.CaptureFixture[str]
) -> None:
    """No daemon, and this machine has no pins of its own (on a Pi the kernel would do it)."""
    if Path("/dev/gpiochip0").exists():
        pytest.skip("this machine has pins")
    standin.kill()
    assert main(["outputs-off", "--config", str(config(tmp_path, GOOD, standin.port))]) == 1
    assert "NOT off: GPIO17" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("good", "bad", "plan"),
    [
        ("max_w: 2000", "max_w: lots", OffPlan(PIN_LINES)),
        ("latitude: 50", "latitude: 500", OffPlan(PIN_LINES)),
        ("host: 127.0.0.1", "host: '${NO_SUCH_NAME_HERE}'", OffPlan(PIN_LINES)),
        ("pin: 21, pulse: pigpio", "pin: 21, pulse: kernel_pwm", OffPlan(PIN_LINES[:1])),
        ("pin: 21, pulse: pigpio", "pin: 99", OffPlan(PIN_LINES[:1])),
        # Without a usable section the kernel's road is taken: it needs no daemon.
        ("{factory: pigpio", "{factory: x", OffPlan([OffPin("lgpio", 17, "high"), PIN_LINES[1]])),
    ],
)
def test_faulty_elsewhere(tmp_path: Path, good: str, bad: str, plan: OffPlan) -> None:
    assert good in GOOD
    made = plan_of(config(tmp_path, GOOD.replace(good, bad)))
    assert made.pins == plan.pins


@pytest.mark.parametrize("text", ["", "loads: [", "version: 1", GOOD.replace("pin: 17", "pin: x")])
def test_no_pin_to_be_read(tmp_path: Path, text: str) -> None:
    path = config(tmp_path, text)
    with pytest.raises(InvalidConfigError):
        plan_of(path)
    assert main(["outputs-off", "--config", str(path)]) == 2


BLOCK = """\
version: 1
loads:
  - id: boiler
    max_w: 2000
    output:
      relay:
        pin: 17          # board pin 11
        wiring: active_low
      knob:
        kind: servo
        pin: 21
        pulse: pigpio
gpio:
  factory: pigpio
  pigpio_port: PORT
"""
RELAY = OffPin("pigpio", 17, "high")


@pytest.mark.parametrize(
    ("good", "bad", "pins"),
    [
        ("    max_w", "\tmax_w", PIN_LINES),  # the tab stands where blanks fit
        ("version: 1", "version: '1", [RELAY]),  # no YAML at all
        ("id: boiler", "id: [boiler", [RELAY]),
        ("pin: 17 ", "pin:17 ", [RELAY]),
        ("      relay:", "      relay", [RELAY]),
        ("max_w: 2000", "max_w 2000", [RELAY]),
        ("wiring: active_low", "wiring: 'active_low", [RELAY]),
    ],
)
def test_file_that_is_no_yaml(tmp_path: Path, good: str, bad: str, pins: list[OffPin]) -> None:
    assert BLOCK.count(good) == 1
    assert list(plan_of(config(tmp_path, BLOCK.replace(good, bad))).pins) == pins


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("wiring: active_low", "wirng: active_low"),
        ("wiring: active_low", "wiring: actve_low"),
        ("wiring: active_low", "wiring active_low"),
        ("wiring: active_low", "wiring:"),
    ],
)
def test_a_level_is_never_guessed(
    tmp_path: Path, standin: Standin, capsys: pytest.CaptureFixture[str], good: str, bad: str
) -> None:
    """The default would switch this heater on."""
    path = config(tmp_path, BLOCK.replace(good, bad), standin.port)
    standin.bank.write(17, 0)
    assert main(["outputs-off", "--config", str(path)]) == 1
    assert standin.bank.mode[17] != OUTPUT
    assert "GPIO17: the file does not say clearly" in capsys.readouterr().err


def test_the_demonstration_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outputs-off"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "NOTHING was switched off: this looked at the demonstration" in said.err
    assert "outputs-off --config YOUR.yaml" in said.err


def test_mock_pins_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("factory: pigpio", "factory: mock").replace(", pulse: pigpio", "")
    assert main(["outputs-off", "--config", str(config(tmp_path, text))]) == 1
    assert "are mock pins" in capsys.readouterr().err


def test_tells_who_drives_pins_now(tmp_path: Path) -> None:
    assert running(tmp_path) == {}
    with PinLock(["GPIO17", "GPIO18"], tmp_path):
        assert running(tmp_path) == {os.getpid(): ["GPIO17", "GPIO18"]}
    assert running(tmp_path) == {}


DEVICE = """
site: {latitude: 50, longitude: 14}
sources:
  - {kind: gx_modbus, host: 127.0.0.1}
mqtt: {host: 127.0.0.1, port: PORT}
loads:
  - id: plug
    max_w: 500
    drive: on_off
    output: {kind: mqtt, preset: tasmota, device: plug}
gpio: {factory: mock}
"""
LOOK = "a load by MQTT cannot be read out of the file"


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_a_device_whose_broker_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path, DEVICE, closed_port())
    assert main(["outputs-off", "--config", str(path)]) == 1
    assert "NOT off: plug (cmnd/plug/POWER): broker 127.0.0.1:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("preset: tasmota", "preset: tasmotta", True),  # nobody knows what it wants to hear
        ("mqtt: {host: 127.0.0.1, port: PORT}", "", True),
        ("site: {latitude: 50", 'site: {latitude: "50', True),  # no YAML at all
        ("max_w: 500", "max_w: five", False),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], good: str, bad: str, said: bool
) -> None:
    assert DEVICE.count(good) == 1
    path = config(tmp_path, DEVICE.replace(good, bad), closed_port())
    assert main(["outputs-off", "--config", str(path)]) == 1
    assert (LOOK in capsys.readouterr().err) == said


def test_a_temperature_by_mqtt_is_no_device(tmp_path: Path) -> None:
    sensor = "    temperature: {kind: mqtt, topic: t}\n    output:\n      kind: gpio"
    text = GOOD.replace("    output:\n      kind: gpio", sensor).replace("50,", "five,")
    found = read(config(tmp_path, text))
    assert (found.unread, len(found.plan.pins)) == (False, 2)
