"""A picture of a measured regulator. Needs matplotlib, which only plots*.py may load."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pvopt.calibration.shapes import DOWN, UP, middles
from pvopt.errors import StoreError
from pvopt.show.calibration import Measured

# Colours of Okabe and Ito, told apart by colour-blind people too.
BLUE, VERMILLION, GREEN, ORANGE, INK, GREY = (
    "#0072B2", "#D55E00", "#009E73", "#E69F00", "#222222", "#767676",
)  # fmt: skip
SIZE_IN, DPI = (9.6, 6.4), 110
GRID = [0.5 * k for k in range(201)]


def draw_calibration(measured: Measured, path: Path) -> None:
    """Watts against the knob, and below how far three curves are off. StoreError."""
    figure = Figure(figsize=SIZE_IN, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (2.6, 1.0)})
    _watts(above, measured)
    _errors(below, measured)
    figure.suptitle(
        f"{measured.load_id}: {measured.full_w:.0f} W at full knob, "
        f"{len(measured.pairs)} places measured",
        x=0.09, ha="left", fontsize=13, fontweight="bold", color=INK,
    )  # fmt: skip
    figure.subplots_adjust(left=0.09, right=0.97, top=0.92, bottom=0.09, hspace=0.08)
    figure.align_ylabels([above, below])
    try:
        figure.savefig(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


def _watts(strip: Axes, measured: Measured) -> None:
    strip.plot(
        GRID, [measured.present(pct) for pct in GRID],
        color=GREY, linewidth=1.2, linestyle=":", label="present curve of the configuration",
    )  # fmt: skip
    strip.plot(
        GRID, [measured.polynomial(pct) for pct in GRID],
        color=ORANGE, linewidth=1.2, linestyle="--", label="polynomial of degree 5",
    )  # fmt: skip
    strip.plot(
        GRID, [measured.law(pct) for pct in GRID],
        color=BLUE, linewidth=1.6, label="monotone curve",
    )  # fmt: skip
    for way, sign, words in ((DOWN, "v", "measured from above"), (UP, "^", "measured from below")):
        row = middles(measured.points, way)
        if row:
            strip.plot(
                [one.pct for one in row], [one.watts for one in row], sign,
                color=VERMILLION if way == DOWN else GREEN, markersize=4.0, label=words,
            )  # fmt: skip
    kept = measured.table
    strip.plot(
        [pct for pct, _ in kept], [watts for _, watts in kept], "o", color=BLUE, markersize=7.0,
        markerfacecolor="none", label=f"kept in the configuration ({len(kept)})",
    )  # fmt: skip
    strip.set_ylabel("W")
    strip.set_ylim(-0.03 * measured.full_w, 1.06 * measured.full_w)
    strip.legend(loc="upper left", frameon=False, fontsize=9)
    strip.grid(alpha=0.25)


def _errors(strip: Axes, measured: Measured) -> None:
    """Curve minus measured, percent of full."""
    for law, colour, style in (
        (measured.present, GREY, ":"),
        (measured.polynomial, ORANGE, "--"),
        (measured.law, BLUE, "-"),
    ):
        errors = [100.0 * (law(pct) - watts) / measured.full_w for pct, watts in measured.pairs]
        pcts = [pct for pct, _ in measured.pairs]
        strip.plot(pcts, errors, color=colour, linestyle=style, linewidth=1.3)
    strip.axhline(0.0, color=INK, linewidth=0.6)
    strip.set_ylabel("off by\n% of full")
    strip.set_xlabel("% of the knob")
    strip.set_xlim(-1.0, 101.0)
    strip.grid(alpha=0.25)
