"""The one shared connection to an MQTT broker; the only file that knows paho.

paho's own thread connects, reconnects and receives. Everybody else looks at cells that hold the
latest message, and hands messages over without waiting.
"""

from __future__ import annotations

import contextlib
import logging
import math
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from pvopt.clock import Deadline
from pvopt.errors import ConfigError
from pvopt.links.mqtt_cells import (
    MOST_A_SECOND,
    MOST_BYTES,
    MOST_TOPICS,
    Broker,
    Cell,
    Flood,
    Message,
    Queue,
)
from pvopt.links.mqtt_words import words_of
from pvopt.links.sockets import hasten, sever

__all__ = ["Broker", "Cell", "Message", "MqttLink", "Queue"]

MOST_WAITING = 100  # messages of ours that may wait for the wire
MOST_PACKET = 2 * MOST_BYTES  # bytes; whoever sends more than this is not listened to
CONNECT_S = 4.0
RETRY_S, LONGEST_RETRY_S = 1, 10
LAST_WORDS_S = 0.5  # for the message that we leave
FLUSH_S = 1.0  # for what all outputs say at the end
END_S = 1.5
TOLD_AGAIN_S = 600.0  # the same fault is not told more often
# A broker that closes sooner than this, time after time, gives our place to another.
SHORT_S = 60.0

log = logging.getLogger(__name__)


class _Client(paho.Client):
    """paho's client, which tells why a connection could not be made, and reads nothing huge."""

    why: Callable[[str], None] = staticmethod(lambda words: None)
    huge: Callable[[int], None] = staticmethod(lambda size: None)
    broker = ""

    def reconnect(self) -> MQTTErrorCode:
        """As paho's. Whatever hinders it becomes an OSError: it would end the thread else."""
        try:
            return super().reconnect()
        except (OSError, ValueError) as fault:
            self.why(words_of(fault, self.broker))
            if isinstance(fault, OSError):
                raise
            raise OSError("not connected") from fault

    def _sock_recv(self, bufsize: int) -> bytes:
        """As paho's, which asks here for all that a message still lacks, up to 256 MB: that much
        memory a small Pi has not. An OSError ends the connection before any of it is read."""
        if bufsize > MOST_PACKET:
            self.huge(bufsize)
            raise OSError("a message that is too large")
        return super()._sock_recv(bufsize)


class MqttLink:
    """The connection. ``now_s``: the monotonic clock that messages are stamped with.

    Make cells, hooks and the will, then ``start()``. ``on_connect``: called in the connection's
    thread after each connect. ``fault``: why there is no connection, in plain words.
    ``section``: where the owner wrote it down. ``most_a_second``: more messages are a flood.
    ``may_say``: the topics that may be published at all; of others none leaves this machine.
    """

    def __init__(
        self,
        config: Broker,
        now_s: Callable[[], float],
        *,
        section: str = "mqtt",
        most_a_second: int = MOST_A_SECOND,
        may_say: Callable[[str], object] = lambda topic: True,
    ) -> None:
        self.broker = f"{config.host}:{config.port_used}"
        self.on_connect: list[Callable[[], object]] = []
        self.fault = f"not connected to {self.broker} yet"
        self.connected = False
        self.end_s = END_S  # how long ``close`` waits for the connection to end
        self.flood = Flood(most_a_second)
        self._section = section
        self._may_say = may_say
        self._config = config
        self._now_s = now_s
        self._cells: dict[str, Cell] = {}
        self._askers: dict[str, Cell | Queue] = {}
        self._exact: dict[str, Cell] = {}
        self._queues: dict[str, Queue] = {}
        self._wide: tuple[Cell, ...] = ()
        self._asked: dict[int, list[str]] = {}
        self._waiting: deque[paho.MQTTMessageInfo] = deque()
        self._unheard: deque[tuple[paho.MQTTMessageInfo, float]] = deque(maxlen=MOST_WAITING)
        self._connected_s = -math.inf
        self._flush_s = FLUSH_S
        self._lock = threading.Lock()
        self._will: tuple[str, str, bool] | None = None
        self._started = self._closed = self._refused = False
        self._told: dict[str, float] = {}
        self._said = ""
        self._short = 0  # connections in a row that the broker soon closed
        self._client = self._made(config)

    def _made(self, config: Broker) -> _Client:
        client = _Client(CallbackAPIVersion.VERSION2, client_id=config.client_id)
        client.suppress_exceptions = True
        client.connect_timeout = CONNECT_S
        client.reconnect_delay_set(RETRY_S, LONGEST_RETRY_S)
        client.max_queued_messages_set(MOST_WAITING)
        if config.user:
            client.username_pw_set(config.user, config.password or None)
        if config.tls:
            try:
                trusted = ssl.create_default_context(cafile=config.ca_file or None)
            except OSError as fault:
                words = (
                    f"{self._section}.ca_file: {config.ca_file} is no file of trusted certificates"
                )
                raise ConfigError(f"{words} ({type(fault).__name__})") from fault
            client.tls_set_context(trusted)
        client.broker, client.why, client.huge = self.broker, self._lost, self._huge
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        return client

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost. Idempotent."""
        if self._started or self._closed:
            return
        self._started = True
        self._client.connect_async(
            self._config.host, self._config.port_used, self._config.keepalive_s
        )
        self._client.loop_start()

    def close(self) -> None:
        """Leave, with the will as last message; waits two seconds at the most. Idempotent."""
        if self._closed:
            return
        self._closed = True
        if not self._started:
            return
        if self._will is not None and self.connected:
            topic, payload, retain = self._will
            with contextlib.suppress(ValueError, RuntimeError):
                self._client.publish(topic, payload, 1, retain).wait_for_publish(LAST_WORDS_S)
        self.connected = False
        self._client.disconnect()
        # A thread that just waits for an answer to a connect may take its time; ours do not.
        end = threading.Thread(target=self._client.loop_stop, name="mqtt end", daemon=True)
        end.start()
        end.join(self.end_s)

    def cell(
        self, topic_filter: str, asked: tuple[str, ...] = (), most_topics: int = MOST_TOPICS
    ) -> Cell:
        """What arrives under a topic, or under a filter with wildcards, from now on.

        ``asked``: the broker is asked for these within it alone; that is one look a message,
        where a cell for each would be as many. Both count for a new cell only.
        """
        known = self._cells.get(topic_filter)
        if known is not None:
            return known
        made = Cell(topic_filter, asked, most_topics)
        self._askers.update(dict.fromkeys(made.asked, made))
        self._cells[topic_filter] = made
        if "+" in topic_filter or "#" in topic_filter:
            self._wide = (*self._wide, made)
        else:
            self._exact[topic_filter] = made
        if self.connected:
            self._subscribe(list(made.asked))
        return made

    def queue(self, topic: str) -> Queue:
        """Every living message of one topic, from now on, until it is taken."""
        known = self._queues.get(topic)
        if known is not None:
            return known
        made = self._queues[topic] = Queue(topic)
        self._askers.setdefault(topic, made)
        if self.connected:
            self._subscribe([topic])
        return made

    def publish(self, topic: str, payload: str | bytes, retain: bool = False, qos: int = 0) -> bool:
        """Hand a message over; never waits. False: it was dropped.

        With ``qos`` 0 only while connected; with 1 or 2 it is kept until there is a connection.
        ValueError for a topic that may not be published here.
        """
        self._check(topic)
        with self._lock:
            while self._waiting and _is_gone(self._waiting[0]):
                self._waiting.popleft()
            if qos == 0 and (not self.connected or len(self._waiting) >= MOST_WAITING):
                return False
            try:
                info = self._client.publish(topic, payload, qos, retain)
            except ValueError:
                return False
            if qos == 0:
                self._waiting.append(info)
            else:
                self._unheard.append((info, self._now_s()))
        if qos > 0:
            return info.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE
        return info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def flush(self, budget_s: float) -> bool:
        """Wait until the broker has acknowledged what was said with ``qos`` 1, for ``budget_s``
        at the most, and for ``FLUSH_S`` in all its calls; whether it has."""
        heard = self.connected
        while self._unheard:
            info, _ = self._unheard.popleft()
            if heard and not _is_gone(info):
                left = Deadline(min(budget_s, self._flush_s))
                with contextlib.suppress(ValueError, RuntimeError):
                    info.wait_for_publish(left.left_s())
                spent_s = min(budget_s, self._flush_s) - left.left_s()
                self._flush_s, budget_s = self._flush_s - spent_s, budget_s - spent_s
                heard = _is_gone(info)
        return heard

    def unheard_s(self) -> float:
        """How long a message with ``qos`` 1 waits for the broker's acknowledgement (s), at most
        since the last connect; 0: none does."""
        with self._lock:
            while self._unheard and _is_gone(self._unheard[0][0]):
                self._unheard.popleft()
            said_s = self._unheard[0][1] if self._unheard else math.inf
        return max(0.0, self._now_s() - max(said_s, self._connected_s))

    def renew(self) -> None:
        """Give up a connection on which nobody answers; what it still carries is said again on
        the next, which is made in the background."""
        opened = self._client.socket()
        if not self.connected or opened is None:
            return
        self.connected = False
        self._lost(f"the broker {self.broker} acknowledges nothing")
        self._refused = True  # the disconnection that follows is ours
        sever(opened)

    def hasten(self) -> None:
        """Let what waits for our word of arrival come now: for whoever waits for a message."""
        opened = self._client.socket()
        if opened is not None:
            with contextlib.suppress(OSError):  # closed meanwhile
                hasten(opened)

    def will(self, topic: str, payload: str, retain: bool = True) -> None:
        """What the broker says in our place when we vanish. Before ``start()``."""
        self._check(topic)
        self._will = (topic, payload, retain)
        self._client.will_set(topic, payload, 1, retain)

    def _check(self, topic: str) -> None:
        if not self._may_say(topic):
            raise ValueError(f"{self.broker} is only read: {topic} may not be published there")

    # -- in the connection's thread ------------------------------------------------------------

    def _connected(self, client: Any, data: Any, flags: Any, code: ReasonCode, more: Any) -> None:
        if code.is_failure:
            name = code.getName().lower()
            refused = "user name or password" in name or "authorized" in name
            what = "user or password" if refused else f"us: {name}"
            self._refused = True
            self._lost(f"the broker {self.broker} refuses {what}")
            return
        self._connected_s = self._now_s()
        self.connected = True
        self.fault = ""
        if self._said:
            log.info("mqtt: connected to %s", self.broker)
        self._said = ""
        self._asked.clear()
        self._subscribe(list(self._askers))
        for hook in tuple(self.on_connect):
            try:
                hook()
            except Exception:  # a guest's fault may not cost the connection
                log.exception("mqtt: after connecting")

    def _disconnected(self, client: Any, data: Any, flags: Any, code: ReasonCode, m: Any) -> None:
        was, self.connected = self.connected, False
        told, self._refused = self._refused, False
        if told or self._closed:
            return
        if "keep alive" in code.getName().lower():
            self._lost(f"the broker {self.broker} {'fell silent' if was else 'gives no answer'}")
        elif was:
            short = self._now_s() - self._connected_s < SHORT_S
            self._short = self._short + 1 if short else 0
            why = ""
            if self._short > 1:
                why = f": another client may have the same client_id, {self._config.client_id}"
            self._lost(f"the broker {self.broker} closed the connection{why}")
        else:
            tls = "" if self._config.tls else ": does it want TLS?"
            self._lost(f"{self.broker} breaks off before it has answered{tls}")

    def _lost(self, words: str) -> None:
        self.fault = words
        if self._closed or words == self._said:
            return
        now_s = self._now_s()
        again_s = now_s - self._told.get(words, -TOLD_AGAIN_S)
        self._said = words
        level = logging.WARNING if again_s >= TOLD_AGAIN_S else logging.DEBUG
        if level == logging.WARNING:
            self._told[words] = now_s
        log.log(level, "mqtt: %s; trying again", words)

    def _huge(self, size: int) -> None:
        self._refused = True  # the disconnection that follows is ours
        self._lost(f"{self.broker} sends a message of more than {MOST_PACKET // 1024} kB")

    def _subscribe(self, filters: list[str]) -> None:
        if filters:
            for name in filters:
                self._askers[name].refused = False
            _, mid = self._client.subscribe([(one, 0) for one in filters])
            if mid is not None:
                self._asked[mid] = filters

    def _subscribed(
        self, client: Any, data: Any, mid: int, codes: Sequence[ReasonCode], more: Any
    ) -> None:
        for name, code in zip(self._asked.pop(mid, []), codes, strict=False):
            asker = self._askers[name]
            if code.is_failure and not asker.refused:
                asker.refused = True
                log.warning("mqtt: the broker %s does not let us hear %s", self.broker, name)

    def _message(self, client: Any, data: Any, seen: paho.MQTTMessage) -> None:
        now_s, was = self._now_s(), self.flood.on
        if not self.flood.counts(now_s):
            if not was:
                self._tell_flood(now_s)
            return
        try:
            topic = seen.topic
        except UnicodeDecodeError:
            return
        message = Message(topic, bytes(seen.payload), now_s, bool(seen.retain))
        exact = self._exact.get(topic)
        if exact is not None:
            exact.take(message)
        queue = self._queues.get(topic)
        if queue is not None:
            queue.take(message)
        for cell in self._wide:
            if paho.topic_matches_sub(cell.topic_filter, topic):
                cell.take(message)

    def _tell_flood(self, now_s: float) -> None:
        words = (
            f"{self.broker} sends more than {self.flood.most_a_second} messages a second; none is "
            "believed until they become fewer"
        )
        if now_s - self._told.get(words, -TOLD_AGAIN_S) >= TOLD_AGAIN_S:
            self._told[words] = now_s
            log.warning("mqtt: %s", words)


def _is_gone(info: paho.MQTTMessageInfo) -> bool:
    """Whether a message is on the wire, or will never be."""
    try:
        return info.is_published()
    except (ValueError, RuntimeError):
        return True
