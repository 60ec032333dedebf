"""A GX that publishes by MQTT: what its broker's plugin does, on any connection and any clock.

``SimulatedGx`` is the plugin's behaviour: changes only, and only while it is kept alive; a
heartbeat; everything again when asked for; null for what is missing, nothing at all for what is
gone. ``GxLink`` puts it behind a connection without a broker, ``BrokerGx`` onto a real one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from pvopt.links.mqtt_cells import MOST_TOPICS, Cell, Message
from tests.gx_told import Numbers
from tests.mqtt_hand import HandLink
from tests.processes import until

PORTAL = "c0619ab7e520"
LIVES_S = 60.0
BEAT_S = 3.0
ECHO = "full-publish-completed-echo"

Say = Callable[[str, str], object]


class SimulatedGx:
    """``say(topic, payload)`` publishes. ``beats``, ``completes``, ``echoes``, ``dead``: faults to
    be had."""

    def __init__(self, say: Say, portal_id: str = PORTAL) -> None:
        self.say = say
        self.root = f"N/{portal_id}/"
        self.numbers: Numbers = {}
        self.alive_until_s = self.beat_at_s = float("-inf")
        self.beats = self.completes = self.echoes = True
        self.dead = self.deaf = False
        self.clock_s = 1_800_000_000.0  # less ours
        self.full = 0

    def hear(self, topic: str, payload: str, now_s: float) -> None:
        """A request, as from any client."""
        if self.dead or self.deaf or topic != f"R/{self.root[2:-1]}/keepalive":
            return
        was_alive = now_s < self.alive_until_s
        self.alive_until_s = now_s + LIVES_S
        if "suppress-republish" not in payload:
            self.publish_all(payload, now_s)
        if not was_alive:
            self.beat_at_s = now_s
        self.step(now_s)

    def publish_all(self, payload: str, now_s: float) -> None:
        self.full += 1
        for name in self.numbers:
            self._publish(name)
        if self.completes:
            done: dict[str, Any] = {"value": int(self.clock_s + now_s)}
            options = json.loads(payload)["keepalive-options"] if payload and self.echoes else []
            for option in options:
                if isinstance(option, dict):
                    done[ECHO] = option[ECHO]
            self.say(f"{self.root}full_publish_completed", json.dumps(done))

    def tell(self, numbers: Numbers, now_s: float) -> None:
        """What it measures from now on. A device of which nothing is left is gone."""
        before, self.numbers = self.numbers, dict(numbers)
        if now_s >= self.alive_until_s:
            return
        for name in before.keys() - numbers.keys():
            self.say(self.root + name, "")
        for name, number in numbers.items():
            if name not in before or before[name] != number:
                self._publish(name)

    def step(self, now_s: float) -> None:
        """Its own time: heartbeats, while somebody keeps it alive."""
        while self.beat_at_s <= now_s and self.beat_at_s < self.alive_until_s:
            if self.beats and not self.dead:
                beat = {"value": int(self.clock_s + self.beat_at_s)}
                self.say(f"{self.root}heartbeat", json.dumps(beat))
            self.beat_at_s += BEAT_S

    def _publish(self, name: str) -> None:
        self.say(self.root + name, json.dumps({"value": self.numbers[name]}))


class GxLink(HandLink):
    """A connection to a simulated GX."""

    def __init__(self) -> None:
        super().__init__()
        self.broker = "venus.local:1883"
        self.now_s = 0.0
        self.connected = False
        self.fault = "not connected to venus.local:1883 yet"
        self.gx = SimulatedGx(self.arrive)

    def cell(
        self, topic_filter: str, asked: tuple[str, ...] = (), most_topics: int = MOST_TOPICS
    ) -> Cell:
        known = self.cells.get(topic_filter)
        if known is None:
            known = self.cells[topic_filter] = Cell(topic_filter, asked, most_topics)
            self._kept(known)
        return known

    def publish(self, topic: str, payload: str | bytes, retain: bool = False, qos: int = 0) -> bool:
        if not self.connected or not super().publish(topic, payload, retain, qos):
            return False
        self.gx.hear(topic, self.said[-1].payload, self.now_s)
        return True

    @property
    def sent(self) -> list[tuple[str, str]]:
        """All that was published, by topic and payload."""
        return [(one.topic, one.payload) for one in self.said]

    def connect(self) -> None:
        self.connected = True
        for cell in self.cells.values():
            self._kept(cell)
        super().connect()

    def lose(self, fault: str = "the broker venus.local:1883 closed the connection") -> None:
        self.connected, self.fault = False, fault

    def at(self, now_s: float) -> None:
        self.now_s = now_s
        self.gx.step(now_s)

    def arrive(self, topic: str, payload: str, retained: bool = False) -> None:
        message = Message(topic, payload.encode(), self.now_s, retained)
        for cell in self.cells.values() if self.connected else ():
            if _lets_through(cell.asked, topic):
                cell.take(message)

    def _kept(self, cell: Cell) -> None:
        """The one message that a GX's broker keeps."""
        serial = f"{self.gx.root}system/0/Serial"
        if self.connected and _lets_through(cell.asked, serial):
            kept = json.dumps({"value": self.gx.root[2:-1]})
            cell.take(Message(serial, kept.encode(), self.now_s, True))


@cache
def _lets_through(filters: tuple[str, ...], topic: str) -> bool:
    return any(paho.topic_matches_sub(one, topic) for one in filters)


class BrokerGx:
    """A simulated GX at a real broker. ``asked``: every request that reached it, W/ ones too."""

    def __init__(self, port: int, numbers: Numbers, user: str = "", password: str = "") -> None:
        self.asked: list[tuple[str, str]] = []
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if user:
            self._client.username_pw_set(user, password)
        self._client.on_message = self._hears
        self._client.on_connect = self._greets
        self._client.reconnect_delay_set(1, 1)
        self.gx = SimulatedGx(self._client.publish)
        self.gx.numbers = dict(numbers)
        self._client.connect_async("127.0.0.1", port)  # it may not listen yet
        self._client.loop_start()
        assert until(self._client.is_connected)
        self._thread = threading.Thread(target=self._beats, daemon=True)
        self._thread.start()

    def _greets(self, client: paho.Client, *_: object) -> None:
        client.subscribe([("R/#", 0), ("W/#", 0)])
        serial = json.dumps({"value": self.gx.root[2:-1]})
        client.publish(f"{self.gx.root}system/0/Serial", serial, retain=True)
        with self._lock:  # the plugin lives in the broker: it restarted, too
            self.gx.alive_until_s = float("-inf")

    def _hears(self, client: paho.Client, _: object, seen: paho.MQTTMessage) -> None:
        payload = seen.payload.decode()
        with self._lock:
            self.asked.append((seen.topic, payload))
            self.gx.hear(seen.topic, payload, time.monotonic())

    def _beats(self) -> None:
        while not self._ended.wait(0.1):
            with self._lock:
                self.gx.step(time.monotonic())

    def tell(self, numbers: Numbers) -> None:
        with self._lock:
            self.gx.tell(numbers, time.monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()
