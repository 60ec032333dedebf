"""The picture of `benchmark ladder`: kWh of each load by law, and inversions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pvopt.benchmarks.ladder import ALL_KNOWING, OURS, Row
from pvopt.benchmarks.ladder_loads import LADDER, table_of

# Okabe and Ito's colours.
COLOURS = dict(
    zip(
        [member.id for member in LADDER],
        ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#999999"),
        strict=True,
    )
)
BOUGHT, INK, QUIET = "#D55E00", "#222222", "#777777"


def draw(rows: Sequence[Row], title: str, path: Path) -> None:
    """A panel a table and home, a bar a law: kWh of each load, and a mark where what was bought or
    taken from charging begins."""
    panels = list(dict.fromkeys((row.table, row.home) for row in rows))
    columns = min(3, len(panels))
    lines = -(-len(panels) // columns)
    figure = Figure(figsize=(5.2 * columns + 0.4, 2.3 * lines + 1.5), dpi=110)
    every = figure.subplots(lines, columns, squeeze=False)
    for place, axes in enumerate(every.flat):
        if place < len(panels):
            _panel(axes, [row for row in rows if (row.table, row.home) == panels[place]])
        else:
            axes.set_axis_off()
    handles, labels = every.flat[0].get_legend_handles_labels()
    wide = min(len(labels), 3 * columns)
    figure.legend(handles, labels, loc="lower center", ncols=wide, frameon=False, fontsize=8.5)
    figure.suptitle(title, fontsize=13, color=INK)
    figure.tight_layout(rect=(0.0, 0.7 / (2.3 * lines + 1.5), 1.0, 0.99))
    figure.savefig(path)


def _panel(axes: Axes, rows: Sequence[Row]) -> None:
    most = max(1e-3, *(row.heat_kwh for row in rows))
    for place, row in enumerate(rows):
        left = 0.0
        for load, kwh in zip(table_of(row.table).members, row.kwh, strict=True):
            named = load.id if place == 0 else None
            axes.barh(place, kwh, left=left, color=COLOURS[load.id], label=named)
            left += kwh
        paid = _paid_kwh(row)
        axes.barh(
            place,
            paid,
            left=left - paid,
            color="none",
            edgecolor=BOUGHT,
            hatch="////",
            linewidth=0.0,
            label="grid, battery or charging" if place == 0 else None,
        )
        words = "-" if math.isnan(row.caught_pct) else f"{row.caught_pct:.1f} %"
        if row.law != ALL_KNOWING:
            words += f", {row.inversions} inv."
        axes.text(1.04 * most, place, words, va="center", fontsize=8, color=INK)
    axes.set_xlim(0.0, 1.45 * most)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [row.law for row in rows], fontsize=8.5)
    for label in axes.get_yticklabels():
        if label.get_text() == OURS:
            label.set_fontweight("bold")
    axes.set_title(f"{rows[0].home}, {rows[0].table}", fontsize=9.5, color=INK, loc="left")
    axes.set_xlabel("kWh; caught and inversions", fontsize=8, color=QUIET)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _paid_kwh(row: Row) -> float:
    """What was no sun to spare; nothing where there was none to catch."""
    share_pct = row.not_solar_pct + row.from_charging_pct
    return 0.0 if math.isnan(share_pct) else 0.01 * share_pct * row.heat_kwh
