"""outputs-off: by the second path, with as much of the configuration as can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.commands.cli import main
from pvopt.commands.outputs_off import plan_of
from pvopt.config.faults import InvalidConfigError
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


def test_the_shipped_default_has_nothing_to_switch_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outputs-off"]) == 0
    assert "mock pins" in capsys.readouterr().out
