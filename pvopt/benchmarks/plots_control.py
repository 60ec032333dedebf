"""The picture of `benchmark control`: what each law caught, and what of its heat was not solar."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pvopt.benchmarks.control import ALL_KNOWING, FRONTIER, OURS, Row
from pvopt.benchmarks.homes import home_of

# Okabe and Ito's colours, told apart by every eye.
SUN, CHARGING, BOUGHT = "#0072B2", "#F0E442", "#D55E00"
INK, QUIET, BAND = "#222222", "#777777", "#E8F3FA"
WIDEST_PCT = 110.0


def draw(rows: Sequence[Row], age: int, title: str, path: Path) -> None:
    """One picture for one age: a panel a home, a bar a law.

    A bar is the law's heat in percent of the all-knowing's: sun, then what was taken from
    charging, then what grid or battery gave.
    """
    rows = [row for row in rows if row.data_age_s == age]
    homes = list(dict.fromkeys(row.home for row in rows))
    laws = max((sum(row.home == home for row in rows) for home in homes), default=1)
    columns = min(3, len(homes))
    lines = -(-len(homes) // columns)
    figure = Figure(figsize=(4.9 * columns + 0.6, (0.27 * laws + 1.25) * lines + 1.1), dpi=110)
    panels = figure.subplots(lines, columns, squeeze=False)
    for place, axes in enumerate(panels.flat):
        if place < len(homes):
            _panel(axes, [row for row in rows if row.home == homes[place]])
        else:
            axes.set_axis_off()
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=3, frameon=False, fontsize=10)
    figure.suptitle(title, fontsize=13, color=INK)
    figure.tight_layout(rect=(0.0, 0.045 if lines > 1 else 0.08, 1.0, 0.98))
    figure.savefig(path)


def _panel(axes: Axes, rows: Sequence[Row]) -> None:
    names = [row.law for row in rows]
    places = range(len(rows))
    free = [row.surplus_pct for row in rows]
    charged = [row.caught_pct - row.surplus_pct for row in rows]
    bought = [_bought_pct(row) for row in rows]
    axes.barh(places, free, color=SUN, label="surplus sun")
    axes.barh(places, charged, left=free, color=CHARGING, label="taken from the battery's charging")
    caught = [row.caught_pct for row in rows]
    axes.barh(places, bought, left=caught, color=BOUGHT, label="out of the grid or the battery")
    for place, row in enumerate(rows):
        if row.law in OURS:
            axes.axhspan(place - 0.5, place + 0.5, color=BAND, zorder=0)
        numbers = ((114.0, row.caught_pct), (138.0, row.not_solar_pct))
        for at, number in numbers:
            axes.text(at, place, f"{number:.1f}", va="center", ha="left", fontsize=8, color=INK)
    for at, head in ((114.0, "caught"), (138.0, "not\nsolar %")):
        axes.text(at, -0.7, head, va="bottom", ha="left", fontsize=7.5, color=QUIET)
    axes.axvline(100.0, color=QUIET, linewidth=0.8, linestyle="--")
    axes.set_xlim(0.0, WIDEST_PCT)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(places, names, fontsize=8.5)
    for label in axes.get_yticklabels():
        if label.get_text() in OURS:
            label.set_fontweight("bold")
        if label.get_text() in (ALL_KNOWING, FRONTIER):
            label.set_fontstyle("italic")
    home = home_of(rows[0].home)
    axes.set_title(f"{home.name}\n{home.words}", fontsize=9, color=INK, loc="left", pad=24)
    axes.set_xlabel("% of the all-knowing's heat", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _bought_pct(row: Row) -> float:
    """What grid and battery gave, in percent of the all-knowing's heat."""
    share = 0.01 * row.not_solar_pct
    return row.caught_pct * share / (1.0 - share) if share < 1.0 else 0.0
