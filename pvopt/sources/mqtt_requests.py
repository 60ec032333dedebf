"""Requests by MQTT: from the topics that the configuration names into the inbox.

A thread looks twice a second, so that a slow disk holds up neither the loop nor the connection.
Of what comes faster than it may be written only the last of each kind is kept: what counts in the
end is written, and neither a flood nor a device gone mad wears out a card or fills it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pvopt.config.loads import Load
from pvopt.links.mqtt_cells import MOST_COMMAND, Queue
from pvopt.model import Instant, RequestKind
from pvopt.ports import Clock
from pvopt.sources.inbox import is_full, write
from pvopt.sources.paper import KINDS, BadRequestError, Paper, dated
from pvopt.sources.request_forms import fitted
from pvopt.workers import Periodic, Turn

LOOK_S = 0.5
BURST = 20.0  # requests that may be written at once
REFILL_S = 5.0  # and one more each so many seconds
RETRY_S = 10.0  # after a write that failed
MOST_TOLD = 20  # faults that are remembered as told
TOLD_AGAIN_S = 3600.0

log = logging.getLogger("pvopt.requests")


class Link(Protocol):
    """What is needed of the connection."""

    def queue(self, topic: str) -> Queue: ...


class Ear(NamedTuple):
    """A topic and how what comes there is read. ``until_full``: as ``fitted`` has it."""

    topic: str
    read: Callable[[bytes], Paper]
    until_full: bool = False


class MqttRequests:
    """Listens at ``ears`` for ``loads``; writes into the inbox of ``folder``. Never raises.

    ``clock``: the machine's own, for the ends of requests; ``demo``: for a simulated home.
    """

    def __init__(
        self,
        ears: Sequence[Ear],
        link: Link,
        loads: Sequence[Load],
        folder: Path,
        timezone: str,
        clock: Clock,
        demo: bool = False,
    ) -> None:
        self._heard = tuple([(ear, link.queue(ear.topic)) for ear in ears])
        self._loads = {load.id: load for load in loads}
        self._folder = folder
        self._timezone = timezone
        self._clock = clock
        self._demo = demo
        self._waiting: dict[tuple[str, str], Paper] = {}
        self._unread: dict[str, tuple[int, int]] = {}  # kept, dropped
        self._allowance, self._since_s, self._pause_until_s = BURST, clock.now().mono_s, 0.0
        self._told: dict[str, float] = {}
        self._worker: Periodic[None] = Periodic("requests", self.look, clock)

    def start(self) -> None:
        self._worker.start()

    def close(self) -> None:
        """What has come by now is written, for the next start. A hanging disk is not waited for."""
        if self._worker.stop():
            self.look(self._clock.now())

    def look(self, instant: Instant) -> Turn[None]:
        """Once: read what has come, write what may be written."""
        for ear, queue in self._heard:
            for message in queue.drained():
                self._take(ear, message.payload, instant)
            self._unheard(ear.topic, queue, instant)
        self._write(instant)
        return Turn(None, LOOK_S)

    def _take(self, ear: Ear, payload: bytes, instant: Instant) -> None:
        try:
            paper = ear.read(payload)
            load = self._loads.get(paper.target)
            if load is None:
                there = ", ".join(self._loads)
                raise BadRequestError(f"is for {paper.target[:32]!r}; there are: {there}")
            paper = fitted(paper, load, ear.until_full)
            paper = dated(paper._replace(demo=self._demo), self._timezone, instant)
        except BadRequestError as fault:
            self._tell(f"{ear.topic}: what has come {fault}", instant)
            return
        for key in [key for key in self._waiting if _supersedes(paper, key)]:
            del self._waiting[key]
        self._waiting[_slot(paper)] = paper

    def _write(self, instant: Instant) -> None:
        earned = max(0.0, instant.mono_s - self._since_s) / REFILL_S
        self._allowance, self._since_s = min(BURST, self._allowance + earned), instant.mono_s
        if not self._waiting or instant.mono_s < self._pause_until_s:
            return
        for number, (key, paper) in enumerate(list(self._waiting.items())):
            if self._allowance < 1.0:
                self._tell("too many requests: only the last of each kind counts", instant)
                return
            try:
                if is_full(self._folder):
                    raise BadRequestError("nobody takes what is in it")
                # So many microseconds apart: the order of the files is that of the requests.
                write(self._folder, paper, instant.utc_s + 2e-6 * number)
            except (OSError, BadRequestError) as fault:
                why = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
                self._tell(f"the inbox in {self._folder} takes no request: {why}", instant)
                self._pause_until_s = instant.mono_s + RETRY_S
                return
            self._allowance -= 1.0
            del self._waiting[key]

    def _unheard(self, topic: str, queue: Queue, instant: Instant) -> None:
        """Say once what was not even read."""
        kept, dropped = self._unread.get(topic, (0, 0))
        self._unread[topic] = queue.kept, queue.dropped
        if queue.kept != kept:
            self._tell(
                f"{topic}: a command that the broker had kept (retained) is not obeyed: nobody "
                "knows how old it is",
                instant,
            )
        if queue.dropped != dropped:
            words = f"{topic}: commands were too many, or larger than {MOST_COMMAND} bytes"
            self._tell(f"{words}; some are lost", instant)

    def _tell(self, words: str, instant: Instant) -> None:
        """Once an hour; of a great many faults only the first."""
        now_s = instant.mono_s
        self._told = {one: at for one, at in self._told.items() if now_s - at < TOLD_AGAIN_S}
        if words not in self._told and len(self._told) < MOST_TOLD:
            self._told[words] = now_s
            log.warning("%s", words)


def _slot(paper: Paper) -> tuple[str, str]:
    """Of two requests with the same slot only the later counts."""
    kind = KINDS[paper.kind]
    if kind == RequestKind.SET_TEMP:
        return paper.target, paper.temp
    return paper.target, "auto" if kind == RequestKind.AUTO else "hand"


def _supersedes(paper: Paper, key: tuple[str, str]) -> bool:
    """Whether a request that waits means nothing any more: as decide would have it."""
    auto = KINDS[paper.kind] == RequestKind.AUTO
    return key == _slot(paper) or (auto and key[0] == paper.target)
