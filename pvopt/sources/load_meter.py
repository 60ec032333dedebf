"""A load's own meter behind a broker: the watts that it draws alone.

Only a living message counts; one that the broker had kept is of an unknown age. A meter that is
silent for longer than ``allowed_age_s`` is as none: the home's total load tells then.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pvopt.config.json_path import Path, parse_path
from pvopt.config.meters import LoadMeter
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Link, Message, why_silent
from pvopt.model import MISSING, Instant, Reading, Samples
from pvopt.sources.payload import PayloadError, number_in

GRACE_S = 10.0  # to connect and to hear the first message, before silence is told
MOST_W = 100_000.0


@dataclass(slots=True)
class LoadMeterSource:
    """ports.Source; ``name`` is also the key of its watts. ``read`` never waits."""

    name: str
    config: LoadMeter
    link: Link
    _cell: Cell = field(init=False)
    _path: Path = field(init=False)
    _message: Message | None = None
    _reading: Reading = MISSING
    _fault: str = ""
    _since_s: float = math.inf

    def __post_init__(self) -> None:
        self._path = parse_path(self.config.json)
        self._cell = self.link.cell(self.config.topic)

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The latest watts; nothing in the first seconds. SourceError: why there are none."""
        now_s = instant.mono_s
        self._since_s = min(self._since_s, now_s)
        self._look(now_s)
        if now_s - self._reading.at_s <= self.config.allowed_age_s:
            return Samples(self.name, powers=((self.name, self._reading),))
        if not self._fault and now_s - self._since_s < GRACE_S:
            return Samples(self.name)
        raise SourceError(self._why())

    def close(self) -> None:
        """Nothing is held here: the connection is everybody's."""

    def _look(self, now_s: float) -> None:
        message = self._cell.live()
        if message is None or message is self._message:
            return
        self._message = message
        try:
            said = number_in(message.payload, self._path)
        except PayloadError as wrong:
            self._fault = self._fault or wrong.kind
            return
        factor = self.config.scale * (1000.0 if self.config.unit == "kW" else 1.0)
        watts = said * factor
        if not abs(watts) <= MOST_W:
            self._fault = self._fault or f"says more than {MOST_W / 1000:g} kW"
            return
        self._fault = ""
        # A meter's own noise around nothing may be negative; a load gives nothing back.
        self._reading = Reading(float(round(max(0.0, watts))), message.measured_s(now_s), self.name)

    def _why(self) -> str:
        fault = f"no watts since a message that {self._fault}" if self._fault else ""
        came = self._reading.value is not None
        return why_silent(self.link, self._cell, fault, came, self.config.allowed_age_s)
