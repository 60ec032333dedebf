"""Tells Home Assistant what there is, and takes back what is no more.

The broker keeps what was said (retained), so whatever was said once has to be unsaid: what was
published is written to a file before it is, and forgotten when the broker has
acknowledged that it is gone. So a load that was renamed while nothing ran is taken back, too.
A thread looks twice a second; nothing of it is in the loop's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from pvopt.errors import StoreError
from pvopt.keep import write
from pvopt.links.mqtt_cells import Queue
from pvopt.model import Instant
from pvopt.ports import Clock
from pvopt.show import ha_device
from pvopt.show.ha_device import Platforms, Told
from pvopt.workers import Periodic, Turn

SCHEMA = "pvopt.homeassistant/1"
LOOK_S = 0.5
MOST_BYTES = 1_000_000
BIRTH = b"online"

log = logging.getLogger("pvopt.homeassistant")

Topics = Mapping[str, Platforms]


class Link(Protocol):
    """What is needed of the connection."""

    broker: str
    connected: bool
    on_connect: list[Callable[[], object]]

    def publish(self, topic: str, payload: str, retain: bool = False, qos: int = 0) -> bool: ...
    def queue(self, topic: str) -> Queue: ...
    def unheard_s(self) -> float: ...


class Announcer:
    """``told`` None: nothing is announced, and what was is taken back. ``path``: of the file;
    ``again``: called when Home
    Assistant has started and knows no number of ours. Neither raises nor holds anything up."""

    def __init__(
        self,
        told: Told | None,
        link: Link,
        path: Path,
        clock: Clock,
        again: Callable[[], object] = lambda: None,
    ) -> None:
        self._told = told
        self._link = link
        self._path = path
        self._again = again
        self._ours: Topics = {}
        if told is not None:
            self._ours = {ha_device.topic_of(told): ha_device.platforms(told)}
        self._births = None if told is None else link.queue(f"{told.prefix}/status")
        self._due = self._unheard = False
        self._fault = ""
        self._worker: Periodic[None] = Periodic("homeassistant", self.look, clock)
        link.on_connect.append(self._connected)

    def start(self) -> None:
        self._worker.start()

    def close(self) -> None:
        """A hanging disk is not waited for."""
        self._worker.stop()

    def _connected(self) -> None:
        self._due = True

    def look(self, _instant: Instant) -> Turn[None]:
        """Once: say what is due; forget what the broker has taken back."""
        if self._births is not None and self._born(self._births):
            self._due = True
            self._again()
        if not self._link.connected:
            return Turn(None, LOOK_S)
        if self._unheard and not self._due and self._link.unheard_s() == 0.0:
            self._unheard = False
            self._save(self._ours)
        if self._due:
            self._due = False
            self._say()
            self._unheard = True
        return Turn(None, LOOK_S)

    def _born(self, births: Queue) -> bool:
        return any(message.payload == BIRTH for message in births.drained())

    def _say(self) -> None:
        former = read(self._path, self._link.broker)
        together = dict(former)
        for topic, platforms in self._ours.items():
            together[topic] = {**former.get(topic, {}), **platforms}
        self._save(together)
        for topic in former:
            if topic not in self._ours:
                self._link.publish(topic, "", True, 1)
        if self._told is not None:
            [(topic, ours)] = self._ours.items()
            before = former.get(topic, {})
            gone = {key: platform for key, platform in before.items() if key not in ours}
            self._link.publish(topic, ha_device.message(self._told, gone), True, 1)

    def _save(self, topics: Topics) -> None:
        """A card wears out by writing: only what is new is written."""
        if read(self._path, self._link.broker) == topics:
            return
        document = {"schema": SCHEMA, "broker": self._link.broker, "topics": topics}
        try:
            write(self._path, json.dumps(document, separators=(",", ":")))
            self._fault = ""
        except StoreError as fault:
            if str(fault) != self._fault:
                log.warning("%s; what Home Assistant was told of cannot be taken back", fault)
            self._fault = str(fault)


def read(path: Path, broker: str) -> Topics:
    """What was announced at this broker, as far as that can be told."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        document: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return {}
    topics = document.get("topics")
    if document.get("broker") != broker or not isinstance(topics, dict):
        return {}
    return {topic: _texts(parts) for topic, parts in topics.items() if _is_ours(topic)}


def _is_ours(topic: str) -> bool:
    """No other topic is ever emptied, whatever somebody wrote into the file."""
    return "/device/" in topic and topic.endswith("/config") and not set(topic) & set("+#\0")


def _texts(parts: Any) -> Platforms:
    if not isinstance(parts, dict):
        return {}
    return {key: one for key, one in parts.items() if isinstance(one, str)}
