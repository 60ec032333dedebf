"""A connection without a broker: what arrives is put into its cells by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pvopt.links.mqtt_cells import Cell, Message


class Said(NamedTuple):
    topic: str
    payload: str
    retain: bool
    qos: int


class HandLink:
    """What sources and outputs need of a connection. ``said``: what was published."""

    def __init__(self) -> None:
        self.broker = "broker:1883"
        self.connected = True
        self.fault = ""
        self.cells: dict[str, Cell] = {}
        self.on_connect: list[Callable[[], object]] = []
        self.said: list[Said] = []
        self.takes = True
        self.flushed: list[float] = []
        self.waits_s = 0.0  # for an acknowledgement
        self.renewed = 0

    def cell(self, topic_filter: str) -> Cell:
        return self.cells.setdefault(topic_filter, Cell(topic_filter))

    def put(self, topic: str, payload: str | bytes, at_s: float, retained: bool = False) -> None:
        raw = payload.encode() if isinstance(payload, str) else payload
        self.cell(topic).take(Message(topic, raw, at_s, retained))

    def publish(self, topic: str, payload: str | bytes, retain: bool = False, qos: int = 0) -> bool:
        if not self.takes:
            return False
        text = payload if isinstance(payload, str) else payload.decode()
        self.said.append(Said(topic, text, retain, qos))
        return True

    def flush(self, budget_s: float) -> bool:
        self.flushed.append(budget_s)
        return self.connected

    def unheard_s(self) -> float:
        return self.waits_s

    def renew(self) -> None:
        if self.connected:
            self.renewed += 1
            self.lose("the broker acknowledges nothing")

    def lose(self, fault: str = "the broker is away") -> None:
        self.connected, self.fault = False, fault

    def connect(self) -> None:
        self.connected, self.fault = True, ""
        for hook in self.on_connect:
            hook()
