"""The broker of what is asked and told by MQTT: is it there, may we hear our topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from pvopt.checks.meters import PATIENCE_S, POLL_S, remedy
from pvopt.checks.row import Row, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.mqtt import Mqtt

AREA = "broker"
ANSWER_S = 1.0  # for the broker's word on what we may hear


class Queue(Protocol):
    topic_filter: str
    refused: bool


class Link(Protocol):
    broker: str
    connected: bool
    fault: str


def rows(link: Link, mqtt: Mqtt, queues: Sequence[Queue], told: bool) -> Iterator[Row]:
    """``queues``: of the topics where somebody may ask; ``told``: whether it is there was told with
    meters or loads."""
    if not _within(PATIENCE_S, lambda: link.connected):
        if not told:
            yield warn(AREA, link.fault, remedy(mqtt))
        return
    if not told:
        yield ok(AREA, f"connected to {link.broker}")
    if queues:
        _within(ANSWER_S, lambda: any(one.refused for one in queues))
    for one in queues:
        if one.refused:
            todo = "give this user the right to read the topic (acl_file of the broker)"
            yield warn(AREA, f"{one.topic_filter}: the broker does not let us hear it", todo)
    if queues and not any(one.refused for one in queues):
        heard = ", ".join(one.topic_filter for one in queues)
        yield ok(AREA, f"may be asked on {heard}")


def _within(seconds: float, found: Callable[[], bool]) -> bool:
    real, patience = SystemClock(), Deadline(seconds)
    while not found() and patience.left_s() > 0:
        real.wait_until(real.now().mono_s + POLL_S)
    return found()
