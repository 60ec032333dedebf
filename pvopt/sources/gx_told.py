"""What a GX has told by MQTT: from the messages of its topics to the numbers of its devices.

Only changes are published, so a number holds until another one comes, and is as fresh as the
GX's last sign of life: its heartbeat, or any number of its own service, which it works out anew
each second. ``null`` is a missing value, an empty message one of a device that is gone.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import dataclass, field

from pvopt.links.mqtt_cells import Cell, Message
from pvopt.sources import gx_topics
from pvopt.sources.gx_beats import Beats
from pvopt.sources.gx_reader import Devices, Number, View, quantised_s
from pvopt.sources.gx_topics import NEVER_NEGATIVE, number_of
from pvopt.sources.payload import PayloadError, quote
from pvopt.sources.registers import Service

MOST = 1e7  # no home has such a number of anything

log = logging.getLogger("pvopt.sources")


@dataclass(slots=True)
class _Topic:
    """One number, and the message that it was read from. ``numbers``: all of its device."""

    service: Service
    key: str
    numbers: dict[str, Number]
    message: Message | None = None


@dataclass(slots=True)
class GxTold:
    """The numbers of one GX. ``heard_s``: its last sign of life, as it arrived (monotonic).

    A look costs what is new since the last one, and a glance at all that is not.
    """

    cell: Cell
    portal_id: str
    name: str
    heard_s: float = -math.inf
    beats: Beats = field(default_factory=Beats)
    _beat: str = field(init=False)
    _topics: dict[str, _Topic | None] = field(default_factory=dict)
    _devices: dict[Service, dict[int, dict[str, Number]]] = field(default_factory=dict)
    _last_beat: Message | None = None
    _since_s: float = -math.inf
    _told_fault: bool = False

    def __post_init__(self) -> None:
        self._beat = gx_topics.root(self.portal_id) + gx_topics.HEARTBEAT

    def listen(self) -> None:
        """Note all that has come; to be called at every look."""
        for message in self.cell.living():
            name = message.topic
            if name not in self._topics:
                self._topics[name] = self._topic(name)
            topic = self._topics[name]
            if topic is None:
                if name == self._beat and message is not self._last_beat:
                    self._heartbeat(message)
            elif message is not topic.message:
                topic.message = message
                self._take(topic, message)

    def _topic(self, name: str) -> _Topic | None:
        found = number_of(name)
        if found is None:
            return None
        service, instance, key = found
        return _Topic(service, key, self._devices.setdefault(service, {}).setdefault(instance, {}))

    def _heartbeat(self, message: Message) -> None:
        self._last_beat = message
        self.heard_s = max(self.heard_s, message.at_s)
        utc_s = self._number(message, largest=math.inf)
        if utc_s is not None:
            self.beats.take(message.at_s, utc_s)

    def _take(self, topic: _Topic, message: Message) -> None:
        if message.payload and topic.service == Service.SYSTEM:
            self.heard_s = max(self.heard_s, message.at_s)
        number = self._number(message)
        if number is None:
            topic.numbers.pop(topic.key, None)
        else:
            number = _quantised(topic.key, number)
            topic.numbers[topic.key] = Number(number, message.at_s, math.inf)

    def proven_s(self, now_s: float) -> float:
        """Until when the numbers are known to hold: the last sign of life, less its delay."""
        return min(self.heard_s, now_s) - self.beats.lag_s

    def views(self, since_s: float, now_s: float) -> dict[Service, Devices]:
        """Every device that was ever told of, with its numbers; those from before ``since_s``,
        when all was asked for, are no more. All are as fresh as the GX: of ``now_s``."""
        if since_s != self._since_s:
            self._since_s = since_s
            for topic in self._topics.values():
                if topic is not None and topic.message and topic.message.at_s < since_s:
                    topic.numbers.pop(topic.key, None)
        held_s = quantised_s(now_s)
        return {
            service: tuple(
                (instance, View(numbers, now_s, held_s))
                for instance, numbers in sorted(devices.items())
            )
            for service, devices in self._devices.items()
        }

    def text(self, name: str) -> str:
        """The text that the GX tells under a topic, as its firmware; "" if none."""
        message = self.cell.live(gx_topics.root(self.portal_id) + name)
        try:
            found = None if message is None else _value(message.payload)
        except PayloadError:
            found = None
        return found if isinstance(found, str) else ""

    def _number(self, message: Message, largest: float = MOST) -> float | None:
        """The number of a message; None if it is missing, or rubbish (which is told once)."""
        try:
            found = _value(message.payload)
            if found is None:
                return None
            if not isinstance(found, bool | int | float):
                raise PayloadError(f"holds no number: {quote(repr(found))}")
            # A whole number of hundreds of digits is no float.
            number = float(found) if abs(found) <= largest else math.inf
            if not math.isfinite(number):
                raise PayloadError("holds no number that can be")
        except (PayloadError, OverflowError) as wrong:
            if not self._told_fault:
                self._told_fault = True
                log.warning("source %s: a message of %s %s", self.name, message.topic, wrong)
            return None
        return number


def _value(payload: bytes) -> object:
    """What stands under "value"; None for a device that is gone. PayloadError for rubbish."""
    if not payload:
        return None
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        raise PayloadError("is no JSON") from None
    if not isinstance(found, dict) or "value" not in found:
        raise PayloadError("has no `value`")
    value: object = found["value"]
    return value


def _quantised(key: str, number: float) -> float:
    """In hundredths, as fine as any register is; not below 0 where that cannot be."""
    return 0.0 if number < 0 and key.startswith(NEVER_NEGATIVE) else round(number, 2)
