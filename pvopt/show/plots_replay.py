"""A picture of a replay: what was asked for as recorded and now. Needs matplotlib."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from pvopt.errors import StoreError
from pvopt.store.replay import Replayed

# Colours of Okabe and Ito, told apart by colour-blind people too.
ORANGE, GREEN, BLUE, INK, PALE = "#E69F00", "#009E73", "#0072B2", "#222222", "#DDDDDD"
SIZE_IN, STRIP_IN, DPI = (11.5, 2.4), 2.2, 120


def draw_replay(result: Replayed, timezone: str, path: Path) -> None:
    """A strip a load, and one of sun and battery below, over local time."""
    zone = ZoneInfo(timezone)
    count = len(result.ids) + 1
    size = (SIZE_IN[0], SIZE_IN[1] + STRIP_IN * (count - 1))
    figure = Figure(figsize=size, dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    strips = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    times = [datetime.fromtimestamp(one.utc_s, zone) for one in result.minutes]
    for rank, name in enumerate(result.ids):
        strip = strips[rank]
        was = [one.recorded_w[rank] / 1000.0 for one in result.minutes]
        now = [one.now_w[rank] / 1000.0 for one in result.minutes]
        strip.fill_between(times, was, color=PALE, label="asked, recorded", step="post")
        strip.step(times, now, color=BLUE, linewidth=1.1, label="asked, now", where="post")
        strip.set_ylabel(f"{name}, kW")
        strip.set_ylim(bottom=0.0)
        strip.legend(loc="upper left", frameon=False, fontsize=8)
    sun = strips[-1]
    sun.plot(times, [one.pv_w / 1000.0 for one in result.minutes], color=ORANGE, linewidth=1.1)
    sun.set_ylabel("sun used, kW", color=ORANGE)
    sun.set_ylim(bottom=0.0)
    level = sun.twinx()
    level.plot(times, [one.soc_pct for one in result.minutes], color=GREEN, linewidth=1.1)
    level.set_ylabel("battery, %", color=GREEN)
    level.set_ylim(0.0, 100.0)
    locator = AutoDateLocator(tz=zone)  # type: ignore[no-untyped-call]
    sun.xaxis.set_major_locator(locator)
    shown = ConciseDateFormatter(locator, tz=zone)  # type: ignore[no-untyped-call]
    sun.xaxis.set_major_formatter(shown)
    figure.suptitle("Recorded, and decided again", color=INK, fontsize=13, fontweight="bold")
    try:
        figure.savefig(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error
