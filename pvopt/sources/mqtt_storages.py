"""A storage behind a broker: the watts that it gives, how full it is, whether it listens.

Each value has its own allowed age; an older one is missing. A message that no storage can have
said (400 %, a thousand megawatts, a text) is as none, and is told once.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field

from pvopt.config.storage_wire import StorageWire, Value, wire_of
from pvopt.config.storages import MqttStorage
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Link, Message, why_silent
from pvopt.model import MISSING, Instant, Reading, Samples, StorageView
from pvopt.sources.payload import PayloadError, number_in, word_in

GRACE_S = 10.0  # to connect and to hear the first messages, before silence is told
MOST_W = 100_000.0
TOLD_AGAIN_S = 600.0

log = logging.getLogger("pvopt.sources")


@dataclass(slots=True)
class Heard:
    """What one topic last brought. ``fault``: of which kind the last message was, if it was
    nothing that could be read."""

    value: Value
    cell: Cell
    message: Message | None = None
    reading: Reading = MISSING
    fault: str = ""
    told_s: float = -math.inf

    def fresh(self, now_s: float) -> Reading:
        """The reading, MISSING where it is too old."""
        allowed_s = self.value.allowed_age_s
        old = allowed_s > 0.0 and now_s - self.reading.at_s > allowed_s
        return MISSING if old else self.reading


@dataclass(slots=True)
class MqttStorageSource:
    """ports.Source of one storage. ``read`` never waits; what is missing it says in ``lack``."""

    config: MqttStorage
    link: Link
    name: str = field(init=False)
    wire: StorageWire = field(init=False)
    meter: Heard = field(init=False)
    soc: Heard = field(init=False)
    connected: Heard | None = field(init=False)
    _since_s: float = math.inf

    def __post_init__(self) -> None:
        self.name = self.config.id
        self.wire = wire_of(self.config)
        self.meter = Heard(self.wire.meter, self.link.cell(self.wire.meter.topic))
        self.soc = Heard(self.wire.soc, self.link.cell(self.wire.soc.topic))
        said = self.wire.connected
        self.connected = None if said is None else Heard(said, self.link.cell(said.topic))

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """What is known of it now. SourceError: why nothing is."""
        now_s = instant.mono_s
        self._since_s = min(self._since_s, now_s)
        view = self.view(instant)
        known = (view.power_w.value, view.soc_pct.value, view.connected)
        if view.fault and known == (None, None, None):
            raise SourceError(view.fault)
        return Samples(self.name, storages=(view,), lack=view.fault)

    def close(self) -> None:
        """Nothing is held here: the connection is everybody's."""

    def view(self, instant: Instant) -> StorageView:
        """The same as decide sees it."""
        now_s = instant.mono_s
        for heard in self.values():
            self._look(heard, now_s)
        connected = None if self.connected is None else self.connected.fresh(now_s).value
        power_w, soc_pct = self.meter.fresh(now_s), self.soc.fresh(now_s)
        return StorageView(
            id=self.name,
            power_w=power_w,
            soc_pct=soc_pct,
            connected=None if connected is None else connected > 0.0,
            fault=self._lack(power_w, soc_pct, now_s),
        )

    def values(self) -> tuple[Heard, ...]:
        """Everything that it tells."""
        both = (self.meter, self.soc)
        return both if self.connected is None else (*both, self.connected)

    def _look(self, heard: Heard, now_s: float) -> None:
        # Whether it listens is mostly said at changes only, so what the broker has kept counts.
        kept_too = self.wire.kept_too or heard is self.connected
        message = heard.cell.counting(heard.message, kept_too)
        if message is None or message is heard.message:
            return
        heard.message = message
        try:
            number = self._number(heard, message.payload)
        except PayloadError as wrong:
            self._tell(heard, wrong, now_s)
            return
        heard.fault = ""
        heard.reading = Reading(number, message.measured_s(now_s), self.name)

    def _number(self, heard: Heard, payload: bytes) -> float:
        """In our unit and sign, quantised; PayloadError for what no storage can have."""
        if heard is self.connected:
            word = word_in(payload, heard.value.path)
            return 1.0 if word.lower() == self.wire.on.lower() else 0.0
        number = number_in(payload, heard.value.path) * heard.value.factor
        if heard is self.soc:
            if not 0.0 <= number <= 100.0:
                raise PayloadError(f"says {number:g} %", "says no share of 0 to 100 %")
            return round(number, 1)
        if not abs(number) <= MOST_W:
            raise PayloadError(f"says {number:g} W", f"says more than {MOST_W / 1000:g} kW")
        return float(round(number))

    def _tell(self, heard: Heard, wrong: PayloadError, now_s: float) -> None:
        """Rubbish is told once, and not again for ten minutes."""
        heard.fault = wrong.kind
        if now_s - heard.told_s >= TOLD_AGAIN_S:
            heard.told_s = now_s
            topic = heard.value.topic
            log.warning("storage %s: a message of %s %s", self.name, topic, wrong)

    def _lack(self, power_w: Reading, soc_pct: Reading, now_s: float) -> str:
        if not now_s - self._since_s >= GRACE_S:
            return ""
        if not self.link.connected and power_w.value is None:
            return self.link.fault
        pairs = ((self.meter, power_w), (self.soc, soc_pct))
        missing = [heard for heard, reading in pairs if reading.value is None]
        return "; ".join(self._why(heard) for heard in missing)

    def _why(self, heard: Heard) -> str:
        came = heard.reading.value is not None
        fault = f"no reading since a message that {heard.fault}" if heard.fault else ""
        return why_silent(self.link, heard.cell, fault, came, heard.value.allowed_age_s)
