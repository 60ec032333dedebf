"""The temperature sensors of a GX."""

from __future__ import annotations

from pvopt.model import Reading
from pvopt.sources.gx_reader import Devices

WATER_HEATER = 5  # sensor type
SENSOR_OK = 0


def temperatures(name: str, sensors: Devices) -> tuple[tuple[str, Reading], ...]:
    """Sensors that say they are well, by "<name>:<unit>"; 0.00 °C is a missing value on a GX.

    The first water heater's is there as "<name>:water_heater" besides.
    """
    found: list[tuple[str, Reading]] = []
    heater: tuple[str, Reading] | None = None
    for unit, view in sensors:
        celsius = view.get("temperature")
        usable = bool(celsius) and view.get("sensor_status") == SENSOR_OK
        reading = Reading(celsius if usable else None, view.at_s("temperature"), name)
        found.append((f"{name}:{unit}", reading))
        if heater is None and view.get("sensor_type") == WATER_HEATER:
            heater = (f"{name}:water_heater", reading)
    return (*found, heater) if heater else tuple(found)
