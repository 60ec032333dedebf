"""Keeps a GX telling its numbers by MQTT, and knows since when all of them have been told.

A GX publishes changes only, and only while somebody asks for it: it ends without a word 60 s
after the last keepalive. So each connection begins with a keepalive that makes it tell all, and
goes on with such as spare it that. What changed while nobody listened is lost: then all is asked
for again, as it is now and then, for a message of this kind (QoS 0) may be lost unseen.

The keepalive is the only thing that is ever sent to a GX. It is a request to read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Protocol

from pvopt.links.mqtt_cells import MOST_TOPICS, Cell, Message
from pvopt.links.mqtt_cells import Link as Hearing
from pvopt.sources.gx_topics import COMPLETED, root

KEEP_S = 25.0  # a GX waits for 60 s: one may get lost
LOST_S = 55.0  # without one for so long it may have ended
AGAIN_S = 5.0  # until all that was asked for must have come
FULL_S = 300.0  # how often all is asked for although nothing is amiss
FULL_AGAIN_S = 60.0
SILENT_S = 10.0  # no heartbeat (one each 3 s) for so long: it had ended
NO_ECHO_S = 3.0  # firmware before 3.50 does not say whose wish it was
SPARE = json.dumps({"keepalive-options": ["suppress-republish"]})
ECHO = "full-publish-completed-echo"


class Link(Hearing, Protocol):
    """What is needed of the connection."""

    on_connect: list[Callable[[], object]]

    def cell(
        self, topic_filter: str, asked: tuple[str, ...] = (), most_topics: int = MOST_TOPICS
    ) -> Cell: ...
    def publish(self, topic: str, payload: str) -> bool: ...


class Upkeep:
    """``whole_since_s``: what came since then is all there is (monotonic); None: not yet told.
    ``connection``: the number of the present one."""

    def __init__(self, link: Link) -> None:
        self.whole_since_s: float | None = None
        self._link = link
        self._connections = self.connection = 0
        self._sent_s = self._asked_s = -math.inf
        self._echo = ""
        self._done: Message | None = None
        link.on_connect.append(self._connected)

    def _connected(self) -> None:
        """In the connection's thread."""
        self._connections += 1

    def keep(self, portal_id: str, cell: Cell, heard_s: float, now_s: float) -> None:
        """Send what is due. ``heard_s``: when the GX last gave a sign of life. Never waits."""
        if self._connections != self.connection:
            self.connection = self._connections
            self.whole_since_s = None
            self._asked_s = -math.inf
        if not self._link.connected:
            return
        if now_s - self._sent_s > LOST_S:
            self.whole_since_s = None
        if now_s - heard_s > SILENT_S:
            self.whole_since_s = None
        self._complete(cell.live(root(portal_id) + COMPLETED), now_s)
        if self._all_is_due(now_s):
            self._echo = f"pvopt-{self.connection}-{round(now_s * 1000)}"
            wish = json.dumps({"keepalive-options": [{ECHO: self._echo}]})
            if self._send(portal_id, wish, now_s):
                self._asked_s = now_s
        elif now_s - self._sent_s >= KEEP_S:
            self._send(portal_id, SPARE, now_s)

    def _all_is_due(self, now_s: float) -> bool:
        asked_ago_s = now_s - self._asked_s
        if self.whole_since_s is None:
            return asked_ago_s >= AGAIN_S
        return now_s - self.whole_since_s >= FULL_S and asked_ago_s >= FULL_AGAIN_S

    def _send(self, portal_id: str, payload: str, now_s: float) -> bool:
        sent = self._link.publish(f"R/{portal_id}/keepalive", payload)
        if sent:
            self._sent_s = now_s
        return sent

    def _complete(self, done: Message | None, now_s: float) -> None:
        """Whether all has been told that was asked for last, and not what somebody else wanted."""
        if done is None or done is self._done or done.at_s < self._asked_s:
            return
        if not math.isfinite(self._asked_s):
            return
        echo = _echo_of(done.payload)
        if echo == self._echo or (echo is None and now_s - self._asked_s >= NO_ECHO_S):
            self._done = done
            self.whole_since_s = self._asked_s


def _echo_of(payload: bytes) -> str | None:
    """Whose wish was fulfilled; None: the GX does not say."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    echo = found.get(ECHO) if isinstance(found, dict) else None
    return echo if isinstance(echo, str) else None
