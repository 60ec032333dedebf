"""A 1-wire temperature sensor (DS18B20) on this machine, read through the kernel's w1_therm.

Reading a sensor's file starts a conversion and takes three quarters of a second, so a thread of
its own does it. The file has two lines (kernel documentation, w1/slaves/w1_therm):

    72 01 4b 46 7f ff 0e 10 57 : crc=57 YES
    72 01 4b 46 7f ff 0e 10 57 t=23125

The second line is the last good value, not this one, where the first says NO. A sensor that has
just got its supply, or lost it for a moment, tells 85 °C whatever the water has.
"""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path

from pvopt.config.temperatures import W1Temperature
from pvopt.errors import SourceError
from pvopt.model import Instant, Reading, Samples
from pvopt.ports import Clock
from pvopt.workers import Periodic, Turn

DEVICES = Path("/sys/bus/w1/devices")
# Families of w1_therm: DS18S20, DS1822, DS18B20, DS1825, DS28EA00.
SENSOR = re.compile(r"(10|22|28|3b|42)-[0-9a-f]{12}", re.ASCII)
# What a bus shows whose wire floats: devices of a family that does not exist.
PHANTOM = re.compile(r"00-[0-9a-f]{12}", re.ASCII)
ANSWER = re.compile(r":\s*crc=[0-9a-f]{2}\s+(YES|NO)\s.*?t=(-?\d+)\s*$", re.ASCII | re.DOTALL)
POWER_ON_MC = 85_000  # thousandths of a degree
LEAST_C, MOST_C = -55.0, 125.0  # what the chip can measure
TRIES = 2  # a long wire garbles a reading now and then
MOST_WAIT_S, LEAST_WAIT_S = 10.0, 2.0
NO_BUS = (
    "there is no 1-wire bus: add `dtoverlay=w1-gpio` to config.txt and restart the Pi "
    "(GPIO4, or another pin with `,gpiopin=`)"
)
NO_SENSOR = "no sensor answers on the 1-wire bus: look at its three wires"
FLOATING = (
    "the 1-wire bus shows phantoms only: the resistor of 4.7 kΩ from its data wire to 3.3 V is "
    "missing, or the data wire is broken"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One sensor of the bus: its temperature, or why there is none."""

    sensor: str
    celsius: float | None
    fault: str = ""


class W1Source:
    """ports.Source of one load's 1-wire sensor. ``read`` never waits.

    ``name`` is also the key of its temperature. ``devices``: the kernel's folder of the bus, or
    another one for tests. ``threaded`` False: nothing runs by itself; tests call
    ``worker.run_once()``.
    """

    def __init__(
        self,
        name: str,
        config: W1Temperature,
        clock: Clock,
        devices: Path | None = None,
        threaded: bool = True,
    ) -> None:
        self.name = name
        self._config = config
        self._devices = DEVICES if devices is None else devices
        self._threaded = threaded
        self._since_s = math.inf  # when it was first asked
        self._wait_s = max(LEAST_WAIT_S, min(MOST_WAIT_S, config.allowed_age_s / 4))
        # Who reads this source says what is missing; one garbled reading is no news.
        self.worker: Periodic[Reading] = Periodic(name, self._look, clock, logging.DEBUG)

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The latest temperature, at once; nothing in the first second. SourceError: why there is
        none, or why the latest has become too old."""
        if self._threaded:
            self.worker.start()
        self._since_s = min(self._since_s, instant.mono_s)
        cell = self.worker.cell
        if cell.latest is None and cell.fault:
            raise SourceError(cell.fault)
        newest_s = self._since_s if cell.latest is None else cell.latest.at_s
        if instant.mono_s - newest_s > self._config.allowed_age_s:
            raise SourceError(cell.fault or "the sensor does not answer")
        found = () if cell.latest is None else ((self.name, cell.latest),)
        return Samples(self.name, temperatures=found)

    def close(self) -> None:
        self.worker.stop()

    def _look(self, instant: Instant) -> Turn[Reading]:
        try:
            sensor = self._config.sensor or only_sensor(self._devices)
            celsius = celsius_of(self._devices, sensor)
        except SourceError as fault:
            return Turn(self.worker.latest, self._wait_s, str(fault))
        # Valid when the conversion began, at the latest.
        return Turn(Reading(round(celsius, 2), round(instant.mono_s, 1), sensor), self._wait_s)


def sensors(devices: Path) -> tuple[str, ...]:
    """Names of all temperature sensors on the bus. SourceError: there are none, and why."""
    names = _names(devices)
    found = tuple(name for name in names if SENSOR.fullmatch(name))
    if found:
        return found
    raise SourceError(FLOATING if any(PHANTOM.fullmatch(name) for name in names) else NO_SENSOR)


def _names(devices: Path) -> list[str]:
    try:
        names = sorted(path.name for path in devices.iterdir())
    except OSError:
        raise SourceError(NO_BUS) from None
    if not names:  # the kernel knows 1-wire, but no pin was given to it
        raise SourceError(NO_BUS)
    return names


def only_sensor(devices: Path) -> str:
    """The name of the one sensor on the bus. SourceError: there are none, or several."""
    found = sensors(devices)
    if len(found) == 1:
        return found[0]
    raise SourceError(
        f"there are {len(found)} sensors on the 1-wire bus ({', '.join(found)}): write the one "
        "in the tank as `temperature.sensor`"
    )


def celsius_of(devices: Path, sensor: str) -> float:
    """The temperature of one sensor (degC), by a conversion of 750 ms. SourceError: there is none.

    Worked: ``t=23125`` is 23.125 °C.
    """
    fault = ""
    for _ in range(TRIES):
        celsius, fault = _once(devices, sensor)
        if celsius is not None:
            return celsius
    raise SourceError(fault)


def _once(devices: Path, sensor: str) -> tuple[float | None, str]:
    try:
        text = (devices / sensor / "w1_slave").read_text(encoding="ascii", errors="replace")
    except OSError:
        names = _names(devices)
        if sensor in names:
            return None, f"{sensor} does not answer; look at its wires"
        others = ", ".join(name for name in names if SENSOR.fullmatch(name))
        return None, f"{sensor} is not on the 1-wire bus; there: {others or 'no sensor'}"
    answer = ANSWER.search(text)
    if answer is None:
        return None, f"{sensor} gives no temperature"
    if answer[1] != "YES":
        return None, f"{sensor}: garbled reading (checksum); look at cable and resistor"
    if int(answer[2]) == POWER_ON_MC:
        return None, f"{sensor} tells 85 °C, as it does when its supply fails; look at its wires"
    celsius = int(answer[2]) / 1000
    if not LEAST_C <= celsius <= MOST_C:
        return None, f"{sensor} tells {celsius:.0f} °C, which it cannot measure"
    return celsius, ""


def look_at_all(devices: Path) -> tuple[Found, ...]:
    """Every sensor of the bus with its temperature, for ``check``. SourceError: there are none."""
    return tuple(_found(devices, sensor) for sensor in sensors(devices))


def _found(devices: Path, sensor: str) -> Found:
    try:
        return Found(sensor, celsius_of(devices, sensor))
    except SourceError as fault:
        return Found(sensor, None, str(fault))
