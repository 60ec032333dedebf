"""A picture of one simulated day. Needs matplotlib, which only plots*.py may load."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from pvopt.errors import StoreError

if TYPE_CHECKING:
    from pvopt.simulator.daybook import Day, Minute

# Colours of Okabe and Ito, told apart by colour-blind people too.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, INK = "#0072B2", "#D55E00", "#CC79A7", "#222222"
GREY, PALE = "#767676", "#DDDDDD"
LABEL_EVERY_H = 3
MINUTE_S = 60.0
SIZE_IN, DPI = (11.5, 9.2), 120
HEIGHTS = (3.0, 2.2, 2.2, 2.0)
THIN = 1.1


def draw_day(day: Day, timezone: str, hot_c: float, headline: str, path: Path) -> None:
    """Four strips over the local day: sun and house, heater, battery and grid, levels."""
    figure = Figure(figsize=SIZE_IN, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    strips = figure.subplots(4, 1, sharex=True, gridspec_kw={"height_ratios": HEIGHTS})
    times = [minute.end_utc_s - MINUTE_S / 2.0 for minute in day.minutes]
    _sun(strips[0], times, day)
    _heater(strips[1], times, day)
    _storage(strips[2], times, day)
    _levels(strips[3], times, day, hot_c)
    down = [not minute.grid_up for minute in day.minutes]
    for strip in strips:
        _bars(strip, day, down, INK, 0.18)
    if any(down):
        handles, names = strips[2].get_legend_handles_labels()
        handle = Patch(color=INK, alpha=0.18, linewidth=0)
        _legend(strips[2], [*handles, handle], [*names, "power cut"])
    figure.align_ylabels(strips)
    _hours(strips[-1], day, timezone)
    date = datetime.fromtimestamp(day.start_utc_s, ZoneInfo(timezone))
    figure.subplots_adjust(left=0.075, right=0.82, top=0.895, bottom=0.06, hspace=0.16)
    figure.text(0.075, 0.958, _long(date), fontsize=17, fontweight="bold", color=INK)
    words = figure.text(0.075, 0.925, headline, fontsize=10.5, color=GREY)
    room, taken = 0.91 * SIZE_IN[0] * DPI, words.get_window_extent().width
    words.set_fontsize(10.5 * min(1.0, room / max(1.0, taken)))
    try:
        figure.savefig(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


def _long(date: datetime) -> str:
    return f"{date:%A} {date.day} {date:%B %Y}"


def _of(day: Day, number: Callable[[Minute], float]) -> list[float]:
    return [number(minute) / 1000.0 for minute in day.minutes]


def _sun(strip: Axes, times: list[float], day: Day) -> None:
    used = _of(day, lambda m: m.pv_w)
    possible = _of(day, lambda m: m.pv_possible_w)
    strip.fill_between(times, used, possible, color=PALE, linewidth=0, label="sun not used")
    strip.fill_between(times, 0.0, used, color=YELLOW, linewidth=0, alpha=0.85, label="sun used")
    strip.plot(times, possible, color=ORANGE, label="what the panels\ncould give", linewidth=THIN)
    house = _of(day, lambda m: m.load_w)
    strip.plot(times, house, color=INK, label="house without\nheater", linewidth=THIN)
    _finish(strip, "Sun and house, kW")
    strip.set_ylim(bottom=0.0)


def _heater(strip: Axes, times: list[float], day: Day) -> None:
    possible = _of(day, lambda m: m.all_knowing_w)
    strip.fill_between(
        times,
        0.0,
        possible,
        color=SKY,
        alpha=0.55,
        linewidth=0,
        label="possible for\nthe all-knowing",
    )
    heat = _of(day, lambda m: m.heater_w)
    strip.fill_between(
        times, 0.0, heat, color=VERMILLION, alpha=0.85, linewidth=0, label="into the water"
    )
    asked = _of(day, lambda m: m.asked_w)
    strip.plot(times, asked, color=INK, linewidth=0.7, label="asked for")
    _finish(strip, "Heater, kW")
    strip.set_ylim(bottom=0.0)
    full = [minute.tank_full for minute in day.minutes]
    _bars(strip, day, full, VERMILLION, 0.12)
    if any(full):
        handle = Patch(color=VERMILLION, alpha=0.14, linewidth=0)
        handles, names = strip.get_legend_handles_labels()
        _legend(strip, [*handles, handle], [*names, "tank full, its\nthermostat open"])


def _storage(strip: Axes, times: list[float], day: Day) -> None:
    battery = _of(day, lambda m: m.battery_w)
    charging = [max(0.0, watts) for watts in battery]
    giving = [min(0.0, watts) for watts in battery]
    strip.fill_between(
        times, 0.0, charging, color=BLUE, alpha=0.75, linewidth=0, label="battery charged"
    )
    strip.fill_between(
        times, 0.0, giving, color=SKY, alpha=0.75, linewidth=0, label="battery gives"
    )
    grid = _of(day, lambda m: m.grid_w)
    strip.plot(times, grid, color=PURPLE, label="grid: + bought\n        − fed in", linewidth=THIN)
    strip.axhline(0.0, color=GREY, linewidth=0.6)
    _finish(strip, "Battery and grid, kW")


def _levels(strip: Axes, times: list[float], day: Day, hot_c: float) -> None:
    strip.plot(
        times, [m.soc_pct for m in day.minutes], color=BLUE, linewidth=1.8, label="battery, %"
    )
    tank = [m.tank_c for m in day.minutes]
    strip.plot(times, tank, color=VERMILLION, linewidth=1.8, label="tank, °C")
    strip.axhline(
        hot_c,
        color=VERMILLION,
        linewidth=0.9,
        linestyle=(0, (4, 3)),
        label=f"hot from {hot_c:g} °C",
    )
    _finish(strip, "Battery %, tank °C")
    strip.set_ylim(0.0, 105.0)


def _finish(strip: Axes, label: str) -> None:
    strip.set_ylabel(label, color=INK, fontsize=10)
    strip.tick_params(colors=GREY, labelsize=9, length=0)
    strip.grid(color=PALE, linewidth=0.6)
    strip.set_axisbelow(True)
    for side in ("top", "right", "left"):
        strip.spines[side].set_visible(False)
    strip.spines["bottom"].set_color(PALE)
    _legend(strip, *strip.get_legend_handles_labels())


def _legend(strip: Axes, handles: list[Artist], names: list[str]) -> None:
    strip.legend(
        handles, names, loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False,
        fontsize=9.5, labelcolor=INK, handlelength=1.5, borderaxespad=0.0, labelspacing=0.7,
    )  # fmt: skip


def _bars(strip: Axes, day: Day, on: list[bool], color: str, alpha: float) -> None:
    """Upright bars over the stretches of minutes in which something is on."""
    begun: float | None = None
    for minute, now_on in zip(day.minutes, on, strict=True):
        if now_on and begun is None:
            begun = minute.end_utc_s - MINUTE_S
        elif not now_on and begun is not None:
            strip.axvspan(begun, minute.end_utc_s - MINUTE_S, color=color, alpha=alpha, linewidth=0)
            begun = None
    if begun is not None:
        strip.axvspan(begun, day.minutes[-1].end_utc_s, color=color, alpha=alpha, linewidth=0)


def _hours(strip: Axes, day: Day, timezone: str) -> None:
    """Whole local hours; a day that was cut short keeps its room."""
    zone = ZoneInfo(timezone)
    midnight = datetime.fromtimestamp(day.end_utc_s, zone) - timedelta(days=1)
    first = midnight.timestamp()
    strip.set_xlim(first, day.end_utc_s)
    strip.set_xticks(
        [(midnight + timedelta(hours=h)).timestamp() for h in range(0, 25, LABEL_EVERY_H)]
    )
    strip.xaxis.set_major_formatter(
        FuncFormatter(lambda utc_s, _: f"{datetime.fromtimestamp(utc_s, zone):%H:%M}")
    )
    strip.tick_params(axis="x", pad=6)
    strip.set_xlabel(f"local time ({timezone})", color=GREY, fontsize=9.5)
