"""The pins of the Pi: which library drives them, made on first need, thrown away when it fails.

Everything that touches gpiozero goes through ``Pins``; whatever a driver raises becomes an
ActuatorError in plain words here. ``generation`` counts how often the drivers were thrown away:
devices made in an earlier generation are dead.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from pvopt.act.chips import SPI_CHIPS
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError, ConfigError, PvoptError

Driver = Literal["lgpio", "pigpio", "mock"]
SERVO_HZ = 50  # one pulse every 20 ms


class Line(Protocol):
    """The part of a gpiozero pin that is used directly."""

    function: str
    state: float

    def output_with_state(self, state: float) -> None: ...
    def input_with_pull(self, pull: str) -> None: ...
    def burst(self, hz: float, share: float) -> None: ...
    def still(self, high: bool) -> None: ...


class Device(Protocol):
    """The part of gpiozero's devices that is used here."""

    value: float

    @property
    def pin(self) -> Line: ...
    def close(self) -> None: ...


@contextlib.contextmanager
def plain_words(what: str) -> Iterator[None]:
    """Errors of a driver library as ActuatorError: "<what>: <the library's words>".

    Every exception is taken: the libraries raise their own, socket, struct, attribute and
    value errors for one and the same lost daemon.
    """
    try:
        yield
    except PvoptError:
        raise
    except Exception as error:
        raise ActuatorError(f"{what}: {error or type(error).__name__}") from error


class Pins:
    """All drivers of one configuration. ``pwm_root``: where the kernel shows its PWM chips."""

    def __init__(self, gpio: Gpio, pwm_root: Path = Path("/sys/class/pwm")) -> None:
        self.gpio = gpio
        self.pwm_root = pwm_root
        self.generation = 0
        self._factories: dict[Driver, Any] = {}

    @property
    def driver(self) -> Driver:
        """What drives the relays, and whatever else does not ask for another."""
        return self.gpio.factory

    def factory(self, driver: Driver | None = None) -> Any:
        """The gpiozero factory of a driver. ConfigError: not installed. ActuatorError: not now."""
        name = driver or self.driver
        if name not in self._factories:
            self._factories[name] = self._make(name)
        return self._factories[name]

    def output(self, number: int, active_high: bool = True) -> Device:
        """An output that comes up off, without a blip."""
        with plain_words(f"GPIO{number}"):
            from gpiozero import OutputDevice  # noqa: PLC0415  (heavy, and not needed by all)

            made = OutputDevice(
                number, active_high=active_high, initial_value=False, pin_factory=self.factory()
            )
            return cast("Device", made)

    def released(self, number: int) -> Device:
        """A pin of our own that floats: input, no pull."""
        with plain_words(f"GPIO{number}"):
            from gpiozero import GPIODevice  # noqa: PLC0415

            made = GPIODevice(number, pin_factory=self.factory())
            made.pin.input_with_pull("floating")
            return cast("Device", made)

    def pwm(self, number: int, driver: Driver) -> Device:
        """Servo pulses by gpiozero: ``value`` is the share of a 20 ms period, 0 is no pulse."""
        with plain_words(f"GPIO{number}"):
            from gpiozero import PWMOutputDevice  # noqa: PLC0415

            made = PWMOutputDevice(
                number, frequency=SERVO_HZ, initial_value=0, pin_factory=self.factory(driver)
            )
            return cast("Device", made)

    def spi(self, kind: str, port: int, device: int) -> Any:
        """A gpiozero SPIDevice on the Pi's own SPI pins; on mock pins a chip listens there."""
        with plain_words(f"SPI {port}.{device}"), warnings.catch_warnings():
            from gpiozero import SPIDevice, SPISoftwareFallback  # noqa: PLC0415

            factory = self.factory()
            if self.driver == "mock":
                self._solder_spi_pot(factory, kind, port, device)
            else:  # a bus that is not enabled must be said, not imitated bit by bit
                warnings.simplefilter("error", SPISoftwareFallback)
            return SPIDevice(port=port, device=device, pin_factory=factory)

    def solder_step_pot(self, inc_pin: int, ud_pin: int, cs_pin: int) -> None:
        """On mock pins: an up/down potentiometer listens there. Elsewhere nothing."""
        if self.driver == "mock" and inc_pin not in self.factory().step_pots:
            on_mock = importlib.import_module("pvopt.act.on_mock")
            factory = self.factory()
            factory.step_pots[inc_pin] = on_mock.StepPotChip(factory, inc_pin, ud_pin, cs_pin)

    def drop_lost(self) -> None:
        """Forget a daemon that no longer answers; the next need makes a new connection."""
        factory = self._factories.get("pigpio")
        if factory is not None and factory.is_lost():
            self._drop("pigpio")

    def renew(self) -> None:
        """Throw the drivers away, lines freed and sockets closed; mock pins keep their levels."""
        for name in [name for name in self._factories if name != "mock"]:
            self._drop(name)

    def _drop(self, name: Driver) -> None:
        self.generation += 1
        factory = self._factories.pop(name)
        with contextlib.suppress(Exception):  # it is broken: that is why it goes
            factory.abandon() if name == "pigpio" else factory.close()

    def close(self) -> None:
        """Give back every pin; idempotent."""
        while self._factories:
            _, factory = self._factories.popitem()
            with contextlib.suppress(Exception):
                factory.close()

    def _solder_spi_pot(self, factory: Any, kind: str, port: int, device: int) -> None:
        if (port, device) not in factory.spi_pots:
            on_mock = importlib.import_module("pvopt.act.on_mock")
            clock, mosi, miso, select = SPI_PINS[port, device]
            factory.spi_pots[port, device] = on_mock.SpiPotChip(
                SPI_CHIPS[kind], clock, mosi, miso, select, pin_factory=factory
            )

    def _make(self, name: Driver) -> Any:
        if name == "mock":
            return importlib.import_module("pvopt.act.on_mock").Factory()
        if name == "pigpio":
            return self._make_pigpio()
        module = _import_lgpio()
        with plain_words(
            f"gpiochip {'of the header' if self.gpio.chip is None else self.gpio.chip} "
            "(is this a Raspberry Pi, and may this user use /dev/gpiochip*: group gpio?)"
        ):
            return module.make_factory(self.gpio.chip)

    def _make_pigpio(self) -> Any:
        host, port = self.gpio.pigpio_host, self.gpio.pigpio_port
        try:
            module = importlib.import_module("pvopt.act.on_pigpio")
        except ImportError as error:
            raise ConfigError(
                f"gpio: pigpio cannot be used here ({error}): pip install pigpio gpiozero"
            ) from error
        with plain_words(f"pigpiod at {host}:{port} (is it running? sudo systemctl start pigpiod)"):
            return module.Factory(host, port)


# Clock, MOSI, MISO and select of the header's SPI bus, by (port, device); gpiozero knows no second
SPI_PINS = {(0, 0): (11, 10, 9, 8), (0, 1): (11, 10, 9, 7)}


def _import_lgpio() -> Any:
    """lgpio makes a pipe in the working directory when imported, which may be read-only, or
    changes to ``LG_WD`` and stays there: give it a folder for the moment, and go back."""
    here = Path.cwd()
    before = os.environ.get("LG_WD")
    with tempfile.TemporaryDirectory(prefix="pvopt-", ignore_cleanup_errors=True) as folder:
        os.environ["LG_WD"] = folder
        try:
            return importlib.import_module("pvopt.act.on_lgpio")
        except ImportError as error:
            raise ConfigError(
                f"gpio: lgpio cannot be used here ({error}): sudo apt install python3-lgpio and "
                "use a virtual environment made with --system-site-packages, as env.sh makes it "
                "on a Pi; or set factory: mock to try without hardware"
            ) from error
        finally:
            os.chdir(here)
            if before is None:
                del os.environ["LG_WD"]
            else:
                os.environ["LG_WD"] = before
