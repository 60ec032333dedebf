"""The connection of the simulated devices: a client of its own, moved by whoever waits.

Not the appliance's connection: what that one does wrong must show. Everything that comes is kept
in its order, for on some topics several devices are spoken to. No thread: ``pump`` does the work.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from pvopt.clock import Deadline, SystemClock
from pvopt.config.mqtt import Mqtt
from pvopt.errors import ConfigError, SourceError
from pvopt.links.mqtt_words import words_of
from pvopt.links.sockets import hasten

SLICE_S = 0.05
CONNECT_S = 10.0
AGAIN_S = 1.0


class DeviceClient:
    """Publishes and listens. ``heard``: (topic, payload), oldest first; take from its left.

    ``topics``, set before ``start()``, are subscribed to after each connect. ConfigError for a
    file of certificates that is none.
    """

    def __init__(self, broker: Mqtt, client_id: str) -> None:
        self.broker = f"{broker.host}:{broker.port_used}"
        self.heard: deque[tuple[str, bytes]] = deque()
        self.ready = False
        self._fault = ""
        self.topics: tuple[str, ...] = ()
        self._again = Deadline(0.0)
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        if broker.user:
            client.username_pw_set(broker.user, broker.password or None)
        if broker.tls:
            try:
                client.tls_set(broker.ca_file or None)
            except OSError as fault:
                words = f"mqtt.ca_file: {broker.ca_file} is no file of trusted certificates"
                raise ConfigError(f"{words} ({type(fault).__name__})") from fault
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        self._where = (broker.host, broker.port_used, broker.keepalive_s)

    def start(self) -> None:
        """Connect, and wait until everything is subscribed to. SourceError where it fails."""
        try:
            self._client.connect(*self._where)
        except (OSError, ValueError) as fault:
            raise SourceError(words_of(fault, self.broker)) from fault
        deadline = Deadline(CONNECT_S)
        while not self.ready:
            if self._fault or deadline.left_s() <= 0:
                raise SourceError(self._fault or f"no answer from {self.broker}")
            self._once()

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """At most once; lost where there is no connection."""
        self._client.publish(topic, payload, 0, retain)

    def pump(self, seconds: float) -> None:
        """Let messages come and go until something has come, for ``seconds`` at the most."""
        deadline = Deadline(seconds)
        while not self.heard:
            left_s = deadline.left_s()
            self._once(min(SLICE_S, left_s))
            if left_s <= 0:
                return

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._once(0.0)

    def _once(self, wait_s: float = SLICE_S) -> None:
        opened = self._client.socket()
        if opened is not None:
            hasten(opened)
        if self._client.loop(wait_s) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            return
        self.ready = False
        if self._again.left_s() > 0:
            SystemClock().sleep(wait_s)
            return
        self._again = Deadline(AGAIN_S)
        try:
            self._client.reconnect()
        except (OSError, ValueError) as fault:
            self._fault = words_of(fault, self.broker)

    # -- called by paho, within ``pump`` --------------------------------------------------------

    def _connected(self, client: Any, data: Any, flags: Any, code: ReasonCode, more: Any) -> None:
        if code.is_failure:
            self._fault = f"the broker {self.broker} refuses us: {code.getName().lower()}"
            return
        self._fault = ""
        if self.topics:
            client.subscribe([(topic, 0) for topic in self.topics])
        else:
            self.ready = True

    def _disconnected(self, client: Any, data: Any, flags: Any, code: ReasonCode, m: Any) -> None:
        self.ready = False

    def _subscribed(self, client: Any, data: Any, mid: int, codes: Any, more: Any) -> None:
        self.ready = True

    def _message(self, client: Any, data: Any, seen: paho.MQTTMessage) -> None:
        self.heard.append((seen.topic, bytes(seen.payload)))
