"""Measured rows of weather and load at even steps, and the reading of one cell."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

COLUMNS = ("ghi", "dni", "dhi", "air_temperature", "load")
WEATHER = ("ghi", "dni", "dhi", "air_temperature")
LOAD = ("load",)

# Lowest, highest, unit. The sun above the air is 1412 W/m2 at the most (in January); broken
# clouds have lifted GHI at sea level to about 1500 W/m2 for seconds.
BOUNDS = {
    "ghi": (0.0, 1600.0, "W/m2"),
    "dni": (0.0, 1420.0, "W/m2"),
    "dhi": (0.0, 1600.0, "W/m2"),
    "air_temperature": (-60.0, 60.0, "degC"),
    "load": (0.0, 100_000.0, "W"),
}


@dataclass(frozen=True)
class Measured:
    """Columns of one file, a value every ``step_s`` from ``start_utc_s``; each holds its step.

    A column that the file does not have is empty. ``lines``: the line of the file that each
    value came from (for a filled gap the line after it). ``filled``: values interpolated.
    """

    path: str
    start_utc_s: float
    step_s: float
    lines: array[int]
    ghi: array[float]  # W/m2 on the horizontal
    dni: array[float]  # W/m2 of the beam on a plane facing it
    dhi: array[float]  # W/m2 of the sky on the horizontal
    air_c: array[float]
    load_w: array[float]
    filled: int = 0

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def end_utc_s(self) -> float:
        """The end of the last value's step: the first instant that is not covered."""
        return self.start_utc_s + len(self) * self.step_s

    def where(self, row: int) -> str:
        """``file:line`` of a row, for messages."""
        return f"{self.path}:{self.lines[row]}"
