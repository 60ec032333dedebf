"""Bounds of configuration values, attached to types: ``Annotated[float, Range(0, 100, "%")]``."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen


@frozen
class Range:
    """Lowest and highest allowed number, both included, the unit, and why not more."""

    lo: float
    hi: float
    unit: str = ""
    why: str = ""


Watts = Annotated[float, Range(0, 100_000, "W")]
Percent = Annotated[float, Range(0, 100, "%")]
Port = Annotated[int, Range(1, 65_535)]
Pin = Annotated[int, Range(0, 27, "GPIO number (BCM)")]
UnitId = Annotated[int, Range(0, 255, "Modbus unit id")]
