"""What a sweep came to: a table for the terminal, a CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pvopt.benchmarks.sweep_work import Figures


class Row(NamedTuple):
    """A variant: the texts of what was varied, and its figures."""

    values: tuple[str, ...]
    figures: Figures


# Heads of the terminal's table, in two lines, and what stands below them.
COLUMNS = (
    ("bill", "", "bill", 2),
    ("saved", "", "saved", 2),
    ("bought", "kWh", "bought_kwh", 1),
    ("sold", "kWh", "sold_kwh", 1),
    ("hot", "h", "hot_h", 1),
    ("sun heat", "kWh", "sun_kwh", 1),
    ("caught", "%", "caught_pct", 1),
    ("not solar", "%", "not_solar_pct", 1),
)
NONE = "none"


def meanings(hot_c: str, currency: str) -> list[str]:
    """A line for each column."""
    return [
        f"bill       {currency} for what the whole home bought, less what it sold",
        f"saved      {currency} saved by the heater, as `simulate` tells it: the worth of its sun",
        "           at the cheapest price, less bought heat, less sun that could have been sold",
        "bought     kWh out of the grid, house and heater",
        f"hot        hours in which the water had {hot_c} or more",
        "sun heat   kWh of sun that the water got; nothing else heats it",
        "caught     sun heat, as a share of what an all-knowing diverter would have given",
        "not solar  share of the heat that came out of grid or battery",
    ]


def shown(text: str) -> str:
    """A varied value for people: nothing is "none"."""
    return text or NONE


def table(paths: Sequence[str], rows: Iterable[Row], currency: str) -> list[str]:
    """Aligned lines: what was varied, then the figures."""
    heads = [
        [*(_short(path, paths) for path in paths), *(head for head, *_ in COLUMNS)],
        [*("" for _ in paths), *(unit or currency for _, unit, *_ in COLUMNS)],
    ]
    cells = [[*map(shown, row.values), *_cells(row.figures)] for row in rows]
    widths = [max(len(line[k]) for line in [*heads, *cells]) for k in range(len(heads[0]))]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in [*heads, *cells]
    ]
    lines.insert(len(heads), "-" * len(lines[0]))
    return [line.rstrip() for line in lines]


def _short(path: str, paths: Sequence[str]) -> str:
    """The last word of a path, if no other path ends in it."""
    last = path.rpartition(".")[2]
    return path if sum(one.rpartition(".")[2] == last for one in paths) > 1 else last


def _cells(figures: Figures) -> list[str]:
    return [f"{round(getattr(figures, key), n) + 0.0:.{n}f}" for _, _, key, n in COLUMNS]


def as_csv(paths: Sequence[str], rows: Iterable[Row]) -> str:
    """All figures in full; the same runs give the same text, whoever worked on them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*paths, *Figures._fields])
    for row in rows:
        writer.writerow([*row.values, *(f"{number:.6g}" for number in row.figures)])
    return text.getvalue()
