"""Temperature sensors that are no devices of a GX: on the 1-wire bus, and behind a broker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from pvopt.checks.home import WATER
from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.loads import Load
from pvopt.config.schema import Config
from pvopt.config.temperatures import MqttTemperature, W1Temperature
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Link
from pvopt.model import Instant
from pvopt.ports import Clock, Source
from pvopt.sources.mqtt_temperature import Heard
from pvopt.sources.sensors import sensor_name
from pvopt.sources.w1 import Found, look_at_all, only_sensor

AREA = "1-wire"
DEVICES = "sys/bus/w1/devices"
POLL_S = 0.1


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


@runtime_checkable
class Hearing(Protocol):
    """A sensor's source over a broker."""

    name: str
    link: Link

    def describe(self, instant: Instant) -> Heard: ...


def by_mqtt(config: Config, sources: Sequence[Source]) -> Iterator[tuple[Load, Hearing]]:
    """The loads whose sensors are behind a broker, each with its source."""
    named = {source.name: source for source in sources if isinstance(source, Hearing)}
    for load in config.loads:
        source = named.get(sensor_name(load))
        if isinstance(load.temperature, MqttTemperature) and source is not None:
            yield load, source


def heard(source: Hearing, load: Load, clock: Clock, left: Deadline) -> Iterator[Row]:
    """What came on the load's topic; some sensors speak every five minutes, which is too long."""
    assert isinstance(load.temperature, MqttTemperature)
    real, topic = SystemClock(), load.temperature.topic
    one = source.describe(clock.now())
    while one.reading.value is None and not one.fault and left.left_s() > 0:
        real.wait_until(real.now().mono_s + POLL_S)
        one = source.describe(clock.now())
    if one.reading.value is not None and not one.fault:
        yield ok(
            WATER,
            f"{load.id}: {one.reading.value:.1f} °C from {topic}, {one.age_s:.0f} s old, heated up "
            f"to {load.comfort.max_c:g} °C",
        )
    elif not source.link.connected:
        yield _missing(load, source.link.fault, topic)
    elif one.refused:
        yield _missing(load, "give this user the right to read it (acl_file of the broker)", topic)
    elif one.fault:
        yield _missing(load, f"the last message {one.fault}; look at `json`", topic)
    else:
        yield _not_yet(load, topic, one.kept)


def _not_yet(load: Load, topic: str, kept: bool) -> Row:
    """No fault: it may speak in a minute."""
    what = "nothing but an old message that the broker had kept" if kept else "nothing has come"
    until = "no heating until it speaks" if _required(load) else "the thermostat is the only limit"
    todo = "is the sensor on, is that its topic, letter by letter? Some speak every five minutes"
    return warn(WATER, f"{load.id}: {topic}: {what}; {until}", todo)


def _required(load: Load) -> bool:
    return load.temperature is not None and load.temperature.required


def _missing(load: Load, why: str, sensor: str = "the 1-wire sensor") -> Row:
    text = f"{load.id}: {sensor} gives no temperature"
    if _required(load):
        return fail(WATER, f"{text}; it is required, so the heater stays off", why)
    return warn(WATER, f"{text}; the thermostat is the only limit", why)
