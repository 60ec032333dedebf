"""What the types cannot say of a temperature sensor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pvopt.config.json_path import parse_path
from pvopt.config.rules_mqtt import topic_fault
from pvopt.config.temperatures import MqttTemperature, W1Temperature
from pvopt.config.tree import Table

W1_SENSOR = re.compile(r"(10|22|28|3b|42)-[0-9a-f]{12}", re.ASCII)  # families of w1_therm


def _w1(made: W1Temperature, table: Table) -> Iterator[tuple[str, str]]:
    if made.sensor and not W1_SENSOR.fullmatch(made.sensor):
        yield (
            "sensor",
            "must be a name such as 28-0316a2794bff, small letters, as `check` lists them; leave "
            "it out if there is only one sensor",
        )


def _mqtt(made: MqttTemperature, table: Table) -> Iterator[tuple[str, str]]:
    wrong = topic_fault(made.topic) if made.topic else "is empty"
    if wrong:
        yield "topic", wrong
    try:
        parse_path(made.json)
    except ValueError as fault:
        yield "json", str(fault)


LOCAL: dict[type, Callable[[Any, Table], Iterator[tuple[str, str]]]] = {
    MqttTemperature: _mqtt,
    W1Temperature: _w1,
}
