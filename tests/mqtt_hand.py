"""A connection without a broker: what arrives is put into its cells by hand."""

from __future__ import annotations

from pvopt.links.mqtt_cells import Cell, Message


class HandLink:
    """What sources need of a connection."""

    def __init__(self) -> None:
        self.broker = "broker:1883"
        self.connected = True
        self.fault = ""
        self.cells: dict[str, Cell] = {}

    def cell(self, topic_filter: str) -> Cell:
        return self.cells.setdefault(topic_filter, Cell(topic_filter))

    def put(self, topic: str, payload: str | bytes, at_s: float, retained: bool = False) -> None:
        raw = payload.encode() if isinstance(payload, str) else payload
        self.cell(topic).take(Message(topic, raw, at_s, retained))
