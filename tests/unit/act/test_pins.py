"""The drivers behind the pins: what is said when they are missing, and lgpio's corrections."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pvopt.act.pins import Pins, plain_words
from pvopt.act.pulse import GpiozeroPulse
from pvopt.act.relay import Relay
from pvopt.act.ssr import Burst
from pvopt.config import outputs
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError, ConfigError, SourceError

IS_OUT = 2


class Lgpio(ModuleType):
    """lgpio's calls, written down; line flags as its gpio_get_mode gives them."""

    BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2
    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64

    class error(Exception):  # noqa: N801, N818  (lgpio's own name)
        pass

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.calls: list[tuple[Any, ...]] = []
        self.level: dict[int, int] = {}
        self.output: set[int] = set()
        self.open_chips: set[int] = set()
        self.folder = os.environ.get("LG_WD", "")
        self.imported_in = Path.cwd()

    def gpiochip_open(self, gpiochip: int) -> int:
        if gpiochip == 9:
            raise self.error("can not open gpiochip")
        self.open_chips.add(gpiochip)
        return gpiochip

    def gpiochip_close(self, handle: int) -> None:
        self.open_chips.remove(handle)

    def gpio_claim_input(self, handle: int, gpio: int, lFlags: int = 0) -> None:  # noqa: N803
        self.output.discard(gpio)
        self.calls.append(("input", gpio, lFlags))

    def gpio_claim_output(
        self,
        handle: int,
        gpio: int,
        level: int = 0,
        lFlags: int = 0,  # noqa: N803
    ) -> None:
        self.output.add(gpio)
        self.level[gpio] = level
        self.calls.append(("output", gpio, level))

    def gpio_free(self, handle: int, gpio: int) -> None:
        self.calls.append(("free", gpio))

    def gpio_get_mode(self, handle: int, gpio: int) -> int:
        return IS_OUT if gpio in self.output else 0

    def gpio_read(self, handle: int, gpio: int) -> int:
        return self.level.get(gpio, 0)

    def gpio_write(self, handle: int, gpio: int, level: int) -> None:
        self.level[gpio] = int(level)
        self.calls.append(("write", gpio, int(level)))

    def tx_pwm(self, handle: int, gpio: int, frequency_hz: float, duty_pct: float) -> None:
        self.calls.append(("pwm", gpio, frequency_hz, duty_pct))


@pytest.fixture
def lgpio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lgpio]:
    fake = Lgpio()
    own = ("pvopt.act.on_lgpio", "gpiozero.pins.lgpio")
    for name in own:
        sys.modules.pop(name, None)
    monkeypatch.setitem(sys.modules, "lgpio", fake)
    from gpiozero.pins.local import LocalPiFactory

    monkeypatch.setattr(LocalPiFactory, "_get_revision", lambda self: 0xA02082)
    yield fake
    for name in own:
        sys.modules.pop(name, None)


def test_an_active_low_relay_on_lgpio_is_claimed_high_in_one_call(lgpio: Lgpio) -> None:
    Relay(outputs.Relay(pin=17, wiring="active_low"), Pins(Gpio(chip=0)))
    driven = [call for call in lgpio.calls if call[0] in ("output", "write")]
    assert driven == [("output", 17, 1)]


def test_a_relay_on_lgpio(lgpio: Lgpio) -> None:
    pins = Pins(Gpio(chip=0))
    relay = Relay(outputs.Relay(pin=17), pins)
    relay.close_contact()
    assert lgpio.level[17] == 1
    relay.verify()
    lgpio.level[17] = 0
    with pytest.raises(ActuatorError, match="should be on"):
        relay.verify()
    relay.release()
    assert 17 not in lgpio.output
    pins.close()
    assert lgpio.open_chips == set()


def test_a_released_relay_on_lgpio_floats_without_pull(lgpio: Lgpio) -> None:
    pins = Pins(Gpio(chip=0))
    relay = Relay(outputs.Relay(pin=17, wiring="released_when_off"), pins)
    relay.close_contact()
    assert lgpio.level[17] == 1
    relay.open_contact()
    assert lgpio.calls[-1] == ("input", 17, Lgpio.SET_PULL_NONE)
    relay.verify()
    relay.release()
    pins.close()


@pytest.mark.parametrize(("wiring", "duty", "off"), [("active_high", 33, 0), ("active_low", 67, 1)])
def test_bursts_on_lgpio_begin_in_one_call_and_end_with_a_level(
    lgpio: Lgpio, wiring: Any, duty: float, off: int
) -> None:
    """A period begun with no duty and changed would be a whole window of an active-low SSR."""
    burst = Burst(outputs.SsrOutput(pin=26, wiring=wiring), Pins(Gpio(chip=0)))
    burst.go(33.0, 0.0)
    pulses = [call for call in lgpio.calls if call[0] == "pwm"]
    assert pulses == [("pwm", 26, 1.0, pytest.approx(duty))]
    burst.zero_now()
    assert lgpio.calls[-2:] == [("pwm", 26, 0, 0), ("write", 26, off)]
    burst.verify()
    lgpio.level[26] = 1 - off
    with pytest.raises(ActuatorError, match="should be off"):
        burst.verify()


def test_servo_pulses_on_lgpio_keep_their_fraction(lgpio: Lgpio) -> None:
    pins = Pins(Gpio(chip=0))
    pulse = GpiozeroPulse(pins, 21, "lgpio")
    lgpio.calls.clear()
    for width_us in range(600, 2401, 5):
        pulse.set_us(width_us)
    duties = [call[3] for call in lgpio.calls if call[0] == "pwm"]
    assert [duty * 200 for duty in duties] == pytest.approx(range(600, 2401, 5))
    pulse.off()
    assert lgpio.calls[-1] == ("pwm", 21, 50, 0)
    pulse.close()
    assert lgpio.calls[-2:][0][:2] == ("pwm", 21) or 21 not in lgpio.output
    pins.close()


def test_a_chip_that_cannot_be_opened(lgpio: Lgpio) -> None:
    with pytest.raises(ActuatorError, match=r"gpiochip 9 .*group gpio.*can not open"):
        Pins(Gpio(chip=9)).output(17)


def test_lines_can_be_had_again_after_renewal(lgpio: Lgpio) -> None:
    pins = Pins(Gpio(chip=0))
    relay = Relay(outputs.Relay(pin=17), pins)
    relay.release()
    pins.renew()
    assert lgpio.open_chips == set()
    assert pins.generation == 1
    Relay(outputs.Relay(pin=17), pins).close_contact()
    assert lgpio.level[17] == 1
    pins.close()


def test_importing_lgpio_leaves_folder_and_environment_as_they_were(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lgpio.py").write_text(
        "import os\nfolder = os.environ['LG_WD']\nos.chdir(folder)\nraise ImportError('no lgpio')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lgpio", raising=False)
    monkeypatch.setenv("LG_WD", "/where/the/user/likes")
    here = Path.cwd()
    with pytest.raises(ConfigError, match="sudo apt install python3-lgpio"):
        Pins(Gpio(factory="lgpio")).output(17)
    assert Path.cwd() == here
    assert os.environ["LG_WD"] == "/where/the/user/likes"


def test_no_daemon_is_said_with_what_to_do() -> None:
    pins = Pins(Gpio(factory="pigpio", pigpio_port=1))
    with pytest.raises(
        ActuatorError, match=r"pigpiod at 127\.0\.0\.1:1 \(is it running\?.*refused"
    ):
        pins.output(17)


def test_one_factory_a_driver_and_the_mock_survives_renewal() -> None:
    pins = Pins(Gpio(factory="mock"))
    assert pins.factory() is pins.factory("mock")
    before = pins.factory()
    pins.renew()
    assert pins.factory() is before
    assert pins.generation == 0


@pytest.mark.parametrize("raised", [OSError("x"), ValueError("x"), AttributeError("x")])
def test_whatever_a_driver_raises_is_an_actuator_error(raised: Exception) -> None:
    with pytest.raises(ActuatorError, match="the relay: x"), plain_words("the relay"):
        raise raised


def test_our_own_errors_pass_unchanged() -> None:
    with pytest.raises(SourceError), plain_words("the relay"):
        raise SourceError("other")
