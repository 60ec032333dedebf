"""What has come from a broker, for any thread to look at: the latest message of each topic, or
all of a topic in order, where none may be lost between two looks."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

# Messages of all topics. The smallest Pi reads about ten times as many; a limit above what a busy
# machine reads would never be reached, and what waits in the wires would count as new.
MOST_A_SECOND = 100
MOST_BYTES = 65_536  # of one payload
MOST_TOPICS = 256  # of one filter with wildcards
MOST_QUEUED = 64  # of one queue; more between two looks are no person's
MOST_COMMAND = 1024  # bytes of one payload in a queue


class Message(NamedTuple):
    """One message. ``at_s``: when it arrived (monotonic); a ``retained`` one was kept by the
    broker, and nobody knows for how long."""

    topic: str
    payload: bytes
    at_s: float
    retained: bool

    def measured_s(self, now_s: float) -> float:
        """When its number was measured, as far as is known (monotonic): in tenths of a second,
        rounded down, so that none is from the future."""
        return round(math.floor(min(self.at_s, now_s) * 10.0) / 10.0, 1)


class Cell:
    """The latest message of each topic that a filter lets through; any thread may look.

    ``asked``: narrower filters within it, where not all that it lets through is wanted.
    ``dropped``: messages that were too large or of too many topics. ``refused``: the broker does
    not let us hear this.
    """

    def __init__(
        self, topic_filter: str, asked: tuple[str, ...] = (), most_topics: int = MOST_TOPICS
    ) -> None:
        self.topic_filter = topic_filter
        self.asked = asked or (topic_filter,)
        self.most_topics = most_topics
        self.dropped = 0
        self.refused = False
        self._latest: dict[str, Message] = {}
        self._live: dict[str, Message] = {}
        self._newest: Message | None = None

    def latest(self, topic: str | None = None) -> Message | None:
        """The last message of ``topic``; without one the last of all."""
        return self._newest if topic is None else self._latest.get(topic)

    def live(self, topic: str | None = None) -> Message | None:
        """The same, but what a broker had kept does not count.

        Without a topic: of the filter itself, if that is a topic.
        """
        return self._live.get(self.topic_filter if topic is None else topic)

    @property
    def kept_only(self) -> bool:
        """Something has come, but nothing that the broker had not kept."""
        return self.latest() is not None and self.live() is None

    def counting(self, before: Message | None, kept_too: bool) -> Message | None:
        """The message that counts after ``before``. One that the broker had kept is of an unknown
        age: where it may count (``kept_too``), it does so once, and not again each time that we
        connect, nor after a living one."""
        live = self.live()
        if live is not None or not kept_too:
            return live
        latest = self.latest()
        if latest is None or not latest.retained:
            return latest
        return latest if before is None or before.payload != latest.payload else before

    def living(self) -> tuple[Message, ...]:
        """The last message of every topic, but for what a broker had kept."""
        return tuple(self._live.values())

    def topics(self) -> tuple[str, ...]:
        """Every topic heard so far, at most ``most_topics``."""
        return tuple(self._latest)

    def take(self, message: Message) -> None:
        """Keep a message (the connection's thread)."""
        too_many = len(self._latest) >= self.most_topics and message.topic not in self._latest
        if too_many or len(message.payload) > MOST_BYTES:
            self.dropped += 1
            return
        self._latest[message.topic] = message
        if not message.retained:
            self._live[message.topic] = message
        self._newest = message


class Broker(Protocol):
    """What a connection needs to know (the section ``mqtt`` of the configuration)."""

    @property
    def host(self) -> str: ...
    @property
    def port_used(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def tls(self) -> bool: ...
    @property
    def ca_file(self) -> str: ...
    @property
    def client_id(self) -> str: ...
    @property
    def keepalive_s(self) -> int: ...


class Queue:
    """Every living message of a topic, in order, until somebody takes it: for commands.

    What the broker had kept is left out (``kept`` of them): obeyed again after each connect, a
    command of last winter would be a danger. ``dropped``: too large, or the oldest of too many.
    """

    def __init__(self, topic: str) -> None:
        self.topic_filter = topic
        self.dropped = 0
        self.kept = 0
        self.refused = False
        self._queued: deque[Message] = deque(maxlen=MOST_QUEUED)

    def take(self, message: Message) -> None:
        """Put a message at the end (the connection's thread)."""
        if message.retained:
            self.kept += 1
        elif len(message.payload) > MOST_COMMAND:
            self.dropped += 1
        else:
            self.dropped += len(self._queued) == MOST_QUEUED
            self._queued.append(message)

    def drained(self) -> tuple[Message, ...]:
        """What has come since the last time."""
        found: list[Message] = []
        while self._queued and len(found) < MOST_QUEUED:
            found.append(self._queued.popleft())
        return tuple(found)


class Link(Protocol):
    """What a source needs of the connection."""

    broker: str
    connected: bool
    fault: str

    def cell(self, topic_filter: str) -> Cell: ...


class SayingLink(Link, Protocol):
    """What an output needs of the connection."""

    on_connect: list[Callable[[], object]]

    def publish(
        self, topic: str, payload: str | bytes, retain: bool = False, qos: int = 0
    ) -> bool: ...

    def flush(self, budget_s: float) -> bool: ...
    def unheard_s(self) -> float: ...
    def renew(self) -> None: ...


class Will(Protocol):
    """A connection that leaves a last will. Where it has broken off the will has been said."""

    on_connect: list[Callable[[], object]]

    def will(self, topic: str, payload: str, retain: bool = True) -> None: ...


def why_silent(link: Link, cell: Cell, fault: str, came: bool, allowed_age_s: float) -> str:
    """Why there is no fresh number of a cell's one topic. ``fault``: what was wrong with the last
    messages, empty: nothing; ``came``: there was one before."""
    topic = cell.topic_filter
    if not link.connected:
        return link.fault
    if fault:
        return f"{topic}: {fault}"
    if cell.refused:
        return f"{topic}: the broker does not let us hear it"
    if not came:
        return f"{topic}: nothing has come yet"
    return f"{topic} is silent for more than {allowed_age_s:g} s"


class Flood:
    """Whether more comes than anybody could follow.

    What waits in the wires meanwhile may be minutes old when it is read, and nothing shows it:
    so nothing counts until a whole second was calm again.
    """

    def __init__(self, most_a_second: int = MOST_A_SECOND) -> None:
        self.most_a_second = most_a_second
        self.heard = 0
        self.on = False
        self._since_s = -math.inf
        self._in_second = 0

    def counts(self, now_s: float) -> bool:
        """One more message has come; whether it may be believed."""
        self.heard += 1
        if now_s - self._since_s >= 1.0:
            self.on = self._in_second > self.most_a_second and now_s - self._since_s < 2.0
            self._since_s, self._in_second = now_s, 0
        self._in_second += 1
        self.on = self.on or self._in_second > self.most_a_second
        return not self.on
