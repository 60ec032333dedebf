"""The picture of a sweep: money and comfort against what was varied. Needs matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from pvopt.benchmarks.sweep_table import Row, shown
from pvopt.errors import StoreError

# Colours of Okabe and Ito, told apart by colour-blind people too; in print by their marks.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
GREY, PALE, INK = "#767676", "#DDDDDD", "#222222"
DASHES: tuple[Any, ...] = (
    (0, None),
    (0, (6, 3)),
    (0, (3, 3)),
    (0, (1, 2)),
    (0, (6, 2, 1, 2)),
    (3, (6, 3)),
    (2, (3, 3)),
)
MOST_LINES = len(COLOURS)
PANEL_IN, DPI = (4.1, 3.4), 120
PANELS = (
    ("bill", "bill of the home, {currency}"),
    ("saved", "saved by the heater, {currency}"),
    ("hot_h", "hours of hot water"),
    ("bought_kwh", "bought, kWh"),
)


def draw_sweep(
    paths: Sequence[str], rows: Sequence[Row], currency: str, title: str, path: Path
) -> None:
    """One column for each varied path with two values or more; a line for each combination of
    the others, or their mean with a band from the least to the most where those are too many."""
    many = [k for k in range(len(paths)) if len({row.values[k] for row in rows}) > 1] or [0]
    width, height = PANEL_IN
    size = (max(2, len(many)) * width + 0.6, len(PANELS) * 0.72 * height + 1.0)
    figure = Figure(figsize=size, dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(PANELS), len(many), squeeze=False, sharey="row")
    for column, place in enumerate(many):
        lines = _lines(place, rows)
        for panel, (key, words) in zip(grid[:, column], PANELS, strict=True):
            _draw(panel, place, rows, lines, key)
            if column == 0:
                panel.set_ylabel(words.format(currency=currency), color=INK)
        grid[-1, column].set_xlabel(paths[place], color=INK)
        _legend(grid[0, column], paths, place, lines, rows)
    figure.align_ylabels(grid)
    figure.suptitle(title, fontsize=12, color=INK)
    try:
        figure.savefig(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


def _others(row: Row, place: int) -> tuple[str, ...]:
    return row.values[:place] + row.values[place + 1 :]


def _lines(place: int, rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The combinations of the other paths, none if too many for a line each."""
    found = list(dict.fromkeys(_others(row, place) for row in rows))
    return found if len(found) <= MOST_LINES else []


def positions(values: Sequence[str]) -> dict[str, float]:
    """Where each value stands: numbers by their size, else side by side as given."""
    listed = list(dict.fromkeys(values))
    try:
        numbers = {text: float(text) for text in listed}
    except ValueError:
        return {text: float(k) for k, text in enumerate(listed)}
    if all(math.isfinite(number) for number in numbers.values()):
        return numbers
    return {text: float(k) for k, text in enumerate(listed)}


def _draw(
    panel: Axes, place: int, rows: Sequence[Row], lines: list[tuple[str, ...]], key: str
) -> None:
    at = positions([row.values[place] for row in rows])
    for k, line in enumerate(lines):
        chosen = sorted(
            (at[row.values[place]], getattr(row.figures, key))
            for row in rows
            if _others(row, place) == line
        )
        xs, ys = zip(*chosen, strict=True)
        panel.plot(xs, ys, color=COLOURS[k], marker=MARKS[k], markersize=4.5, linestyle=DASHES[k])
    if not lines:
        xs = tuple(sorted(set(at.values())))
        groups = [
            [getattr(row.figures, key) for row in rows if at[row.values[place]] == x] for x in xs
        ]
        panel.fill_between(
            xs, [min(g) for g in groups], [max(g) for g in groups], color=COLOURS[0], alpha=0.18
        )
        means = [math.fsum(g) / len(g) for g in groups]
        panel.plot(xs, means, color=COLOURS[0], marker="o", markersize=4.5, linewidth=1.4)
    panel.grid(color=PALE, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.tick_params(colors=GREY, labelsize=8.5)
    if len(at) <= MOST_LINES:
        panel.set_xticks(list(at.values()), [shown(text) for text in at])


def _legend(
    panel: Axes,
    paths: Sequence[str],
    place: int,
    lines: list[tuple[str, ...]],
    rows: Sequence[Row],
) -> None:
    others = [path for k, path in enumerate(paths) if k != place]
    told = [k for k in range(len(others)) if len({_others(row, place)[k] for row in rows}) > 1]
    if not told:
        return
    handles, names = [], []
    for k, line in enumerate(lines):
        handles.append(
            Line2D([], [], color=COLOURS[k], marker=MARKS[k], markersize=4.5, linestyle=DASHES[k])
        )
        names.append(", ".join(f"{_last(others[n])} {shown(line[n])}" for n in told))
    if not lines:
        handles.append(Line2D([], [], color=COLOURS[0], marker="o", markersize=4.5))
        names.append(f"mean, least and most over {', '.join(_last(others[n]) for n in told)}")
    panel.legend(handles, names, fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0, 1))


def _last(path: str) -> str:
    return path.rpartition(".")[2]
