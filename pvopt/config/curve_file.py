"""A measured curve from a file of its own: a line a place, ``percent;watt``.

What `calibrate` writes, and what Python solar energy balancer's own calibration wrote. In any
order; a place that occurs twice counts with its mean. A first line of words and lines that begin
with # are passed over; a comma is taken as the decimal sign where semicolons part the numbers.
"""

from __future__ import annotations

import math
from pathlib import Path

from pvopt.config.faults import Fault

MAX_BYTES = 200_000
MOST_FAULTS = 5  # of one file; the rest is most likely the same
EXAMPLE = "a line must be such as 50;1150 (percent of the knob; watts)"

Points = tuple[tuple[float, float], ...]


def read_points(path: Path) -> tuple[Points, list[Fault]]:
    """Points in order of their percent, or what is wrong, with the file's lines."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (), [Fault(name, 0, "", "is not text: save it as CSV in UTF-8")]
    except OSError as error:
        words = (
            f"cannot be read ({error.strerror}); the name counts from the configuration's folder"
        )
        return (), [Fault(name, 0, "", words)]
    if len(raw) > MAX_BYTES:
        return (), [Fault(name, 0, "", "is too large for a curve; a line is such as 50;1150")]
    points, faults = _points(name, text)
    return points, faults[:MOST_FAULTS]


def _points(name: str, text: str) -> tuple[Points, list[Fault]]:
    found: dict[float, list[float]] = {}
    faults: list[Fault] = []
    for line, row in enumerate(text.splitlines(), 1):
        cells = _cells(row)
        if not cells or (line == 1 and not any(_has_digit(cell) for cell in cells)):
            continue
        wrong, pct, watts = _pair(cells)
        if wrong:
            faults.append(Fault(name, line, "", wrong))
        else:
            found.setdefault(pct, []).append(watts)
    points = tuple((pct, sum(found[pct]) / len(found[pct])) for pct in sorted(found))
    if not faults and len(points) < 2:
        faults.append(Fault(name, 0, "", f"needs at least two places; {EXAMPLE}"))
    elif not faults and not any(pct > 0 and watts > 0 for pct, watts in points):
        faults.append(Fault(name, 0, "", "no place above 0 % has watts: this knob heats nothing"))
    return points, faults


def _cells(row: str) -> list[str]:
    """The cells of a line; none for an empty one or a remark."""
    row = row.strip()
    if not row or row.startswith("#"):
        return []
    for sign in (";", "\t", ","):
        if sign in row:
            cells = [cell.strip() for cell in row.split(sign)]
            return cells if sign == "," else [cell.replace(",", ".") for cell in cells]
    return row.split()


def _has_digit(cell: str) -> bool:
    return any(sign.isdigit() for sign in cell)


def _pair(cells: list[str]) -> tuple[str, float, float]:
    """(What is wrong, percent, watts)."""
    try:
        pct, watts = (float(cell) for cell in cells[:2])
    except ValueError:
        return EXAMPLE, 0.0, 0.0
    if len(cells) > 2 and any(cells[2:]):
        return f"has more than two numbers; {EXAMPLE}", 0.0, 0.0
    if not (math.isfinite(pct) and math.isfinite(watts)):
        return EXAMPLE, 0.0, 0.0
    if not 0 <= pct <= 100:
        return f"{cells[0]} is out of range; allowed: 0 to 100 %", 0.0, 0.0
    if not 0 <= watts <= 100_000:
        return f"{cells[1]} is out of range; allowed: 0 to 100000 W", 0.0, 0.0
    return "", pct, watts
