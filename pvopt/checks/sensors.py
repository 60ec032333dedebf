"""Temperature sensors that are no devices of a GX: what is on the 1-wire bus, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pvopt.checks.home import WATER
from pvopt.checks.row import Row, fail, ok, warn
from pvopt.config.loads import Load, W1Temperature
from pvopt.config.schema import Config
from pvopt.errors import SourceError
from pvopt.sources.w1 import Found, look_at_all, only_sensor

AREA = "1-wire"
DEVICES = "sys/bus/w1/devices"


def rows(config: Config, root: Path) -> Iterator[Row]:
    """The bus and the loads whose sensors hang on it; nothing where no load has one.

    ``root``: of the machine's files.
    """
    loads = [load for load in config.loads if isinstance(load.temperature, W1Temperature)]
    if not loads:
        return
    devices = root / DEVICES
    try:
        found = look_at_all(devices)
    except SourceError as fault:
        for load in loads:
            yield _missing(load, str(fault))
        return
    for one in found:
        if one.celsius is None:
            yield warn(AREA, one.fault, "until it answers, its load is as without a sensor")
        else:
            yield ok(AREA, f"{one.sensor}: {one.celsius:.1f} °C")
    for load in loads:
        yield _of_load(load, devices, found)


def _of_load(load: Load, devices: Path, found: tuple[Found, ...]) -> Row:
    assert isinstance(load.temperature, W1Temperature)
    try:
        sensor = load.temperature.sensor or only_sensor(devices)
    except SourceError as fault:
        return _missing(load, str(fault))
    mine = next((one for one in found if one.sensor == sensor), None)
    if mine is None:
        there = ", ".join(one.sensor for one in found)
        return _missing(load, f"{sensor} is not on the 1-wire bus; there: {there}")
    if mine.celsius is None:
        return _missing(load, mine.fault)
    return ok(
        WATER,
        f"{load.id}: {mine.celsius:.1f} °C ({sensor}), heated up to {load.comfort.max_c:g} °C",
    )


def _missing(load: Load, why: str) -> Row:
    text = f"{load.id}: the 1-wire sensor gives no temperature"
    if load.temperature is not None and load.temperature.required:
        return fail(WATER, f"{text}; it is required, so the heater stays off", why)
    return warn(WATER, f"{text}; the thermostat is the only limit", why)
