"""A load's temperature from a broker: a topic with a plain number, or a way through JSON, in °C.

As with meters, only a living message counts: how old one is that the broker had kept (retained)
nobody knows. A sensor that speaks every five minutes is no slower than the water.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pvopt.config.json_path import Path, parse_path
from pvopt.config.temperatures import MqttTemperature
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Link, Message, why_silent
from pvopt.model import MISSING, Instant, Reading, Samples
from pvopt.sources.payload import PayloadError, number_in

LEAST_C, MOST_C = -55.0, 125.0  # what sensors can measure
GRACE_S = 10.0  # to connect and to hear the first message, before silence is told


@dataclass(frozen=True, slots=True)
class Heard:
    """What the topic brought, for `check`. ``kept``: nothing but what the broker had kept."""

    reading: Reading
    age_s: float
    fault: str
    kept: bool
    refused: bool


@dataclass(slots=True)
class MqttTemperatureSource:
    """ports.Source of one load's sensor; ``name`` is also the key of its temperature.

    ``read`` never waits. A message that is no temperature leaves the last one to grow old.
    """

    name: str
    config: MqttTemperature
    link: Link
    _cell: Cell = field(init=False)
    _path: Path = field(init=False)
    _message: Message | None = None
    _reading: Reading = MISSING
    _fault: str = ""
    _kind: str = ""  # of the first fault since the last reading
    _since_s: float = math.inf

    def __post_init__(self) -> None:
        self._cell = self.link.cell(self.config.topic)
        self._path = parse_path(self.config.json)

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The latest temperature; nothing in the first seconds. SourceError: why there is none,
        or why the latest has become too old."""
        now_s = instant.mono_s
        self._since_s = min(self._since_s, now_s)
        self._look(now_s)
        if now_s - self._reading.at_s <= self.config.allowed_age_s:
            return Samples(self.name, temperatures=((self.name, self._reading),))
        if not self._fault and now_s - self._since_s < GRACE_S:
            return Samples(self.name)
        raise SourceError(self._why())

    def close(self) -> None:
        """Nothing is held here: the connection is everybody's."""

    def describe(self, instant: Instant) -> Heard:
        """What came, for `check`."""
        self._look(instant.mono_s)
        cell, age_s = self._cell, self._reading.age_s(instant.mono_s)
        return Heard(self._reading, age_s, self._fault, cell.kept_only, cell.refused)

    def _look(self, now_s: float) -> None:
        message = self._cell.counting(self._message, self.config.retained == "use")
        if message is None or message is self._message:
            return
        self._message = message
        try:
            celsius = number_in(message.payload, self._path)
        except PayloadError as wrong:
            self._fault, self._kind = str(wrong), self._kind or wrong.kind
            return
        if celsius == 0.0 or not LEAST_C <= celsius <= MOST_C:
            self._fault = f"says {celsius:g} °C"  # 0 is what is sent where there is no sensor
            self._kind = self._kind or "says what no sensor in water measures"
            return
        self._fault = self._kind = ""
        self._reading = Reading(round(celsius, 2), message.measured_s(now_s), self.name)

    def _why(self) -> str:
        fault = f"no reading since a message that {self._kind}" if self._kind else ""
        came = self._reading.value is not None
        return why_silent(self.link, self._cell, fault, came, self.config.allowed_age_s)
