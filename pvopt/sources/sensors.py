"""Where the temperature and the watts of a load come from: their keys among ``Samples``."""

from __future__ import annotations

from pvopt.config.loads import Load
from pvopt.config.schema import Config
from pvopt.config.sources import Gx
from pvopt.config.temperatures import GxTemperature


def sensor_name(load: Load) -> str:
    """Name and key of a sensor that is no device of a GX but a source of its own."""
    return f"{load.id}-temperature"


def meter_name(load: Load) -> str:
    """Name and key of a load's own meter."""
    return f"{load.id}-meter"


def temperature_key(config: Config, load: Load) -> str | None:
    """The key, such as ``gx:24`` or ``boiler-temperature``; None: the load has no sensor."""
    sensor = load.temperature
    if sensor is None:
        return None
    if not isinstance(sensor, GxTemperature):
        return sensor_name(load)
    gx = next((s.name for s in config.sources if isinstance(s, Gx)), "gx")
    return f"{gx}:{'water_heater' if sensor.unit is None else sensor.unit}"
