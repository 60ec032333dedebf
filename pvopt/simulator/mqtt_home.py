"""A small simulated home behind a broker: its meters publish, its appliances obey.

Whoever waits moves it: ``speak`` after some time has passed, ``obey`` when messages may have come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pvopt.simulator.appliances import Appliance
from pvopt.simulator.mqtt_meters import Publication
from pvopt.simulator.mqtt_payloads import Asked
from pvopt.simulator.mqtt_storages import StorageDevice


class Wire(Protocol):
    """What the home needs of a connection (``mqtt_client.DeviceClient``)."""

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None: ...


Take = Callable[[bytes], Asked | None]


@dataclass
class Device:
    """An appliance behind the broker. ``topic``: where it listens; ``take``: what a payload asks
    for, None: nothing for it. ``answer``: what it says to a command, (topic, payload).
    ``back_s``: when it goes back by itself, in the home's time."""

    appliance: Appliance
    topic: str
    take: Take
    reports: tuple[Publication, ...] = ()
    answer: Callable[[], tuple[tuple[str, bytes], ...]] = tuple
    obeyed: int = 0
    back_s: float = math.inf


@dataclass
class MqttHome:
    """``heard`` counts what came on the devices' topics, ``strange`` what of it none of them
    understood (others may), ``said`` what was published.

    ``now_s``: the home's own time.
    """

    wire: Wire
    meters: Sequence[Publication]
    devices: Sequence[Device]
    now_s: Callable[[], float]
    storages: Sequence[StorageDevice] = ()
    said: int = 0
    heard: int = 0
    strange: int = 0
    _due: dict[int, float] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[str, ...]:
        """Where its devices listen."""
        listening = [device.topic for device in self.devices]
        listening += [storage.topic for storage in self.storages]
        return tuple(dict.fromkeys(listening))

    def speak(self) -> None:
        """Publish what is due; what is overdue by several turns comes once."""
        now_s = self.now_s()
        for device in self.devices:
            if now_s >= device.back_s:
                device.back_s = math.inf
                self._set(device, 0.0 if device.appliance.percent > 0.0 else 100.0)
        for storage in self.storages:
            for topic, payload in storage.changes():
                self._say(topic, payload, True)
        every = [*self.meters, *(one for device in self.devices for one in device.reports)]
        every += [one for storage in self.storages for one in storage.reports]
        silent = {one.topic for storage in self.storages if storage.mute for one in storage.reports}
        for place, one in enumerate(every):
            due_s = self._due.get(place, now_s)
            if now_s + 1e-6 < due_s:
                continue
            turns = int((now_s + 1e-6 - due_s) // one.every_s) + 1
            self._due[place] = due_s + turns * one.every_s
            if one.topic not in silent:
                self._say(one.topic, one.payload())

    def obey(self, topic: str, payload: bytes) -> None:
        """A message has come: every device that it concerns does what it says."""
        self.heard += 1
        taken = False
        for device in self.devices:
            if device.topic != topic:
                continue
            asked = device.take(payload)
            if asked is None:
                continue
            taken = True
            device.obeyed += 1
            device.back_s = self.now_s() + asked.lasts_s
            self._set(device, asked.percent)
        for storage in self.storages:
            if storage.topic == topic and storage.unit.alive:
                taken = storage.hear(payload) or taken
        self.strange += not taken

    def _set(self, device: Device, percent: float) -> None:
        device.appliance.percent = percent
        for topic, payload in device.answer():
            self._say(topic, payload)

    def _say(self, topic: str, payload: bytes, kept: bool = False) -> None:
        self.said += 1
        self.wire.publish(topic, payload, kept)
