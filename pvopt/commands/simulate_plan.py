"""What `simulate` is to live through: which home, which sky, from when to when."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pvopt.build import portal_only
from pvopt.config.schema import Config
from pvopt.config.service import Demo
from pvopt.errors import ConfigError
from pvopt.simulator.daybook import midnight
from pvopt.simulator.measured import MeasuredSeries
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.place import place_of
from pvopt.simulator.shapes import HomeInputs
from pvopt.simulator.surroundings import DAY_S, LoadOver
from pvopt.simulator.weather_csv import read_load, read_weather
from pvopt.simulator.world import World, demo_planes, demo_series, demo_world, offset_s

MOMENT = "%Y-%m-%d %H:%M"


@dataclass
class Plan:
    """The run before it begins. ``notes``: what an owner should know, (head, words)."""

    config: Config
    demo: Demo
    world: World
    start_utc_s: float
    end_utc_s: float
    place: tuple[float, float] | None  # where the sun shines, if not at the site
    notes: list[tuple[str, str]]


@dataclass
class _Span:
    """Measured time: from, until, and the file that says so."""

    start_utc_s: float
    end_utc_s: float
    path: Path


def plan(args: argparse.Namespace, config: Config) -> Plan:
    """Everything read and checked; ConfigError with what to do."""
    if not config.loads:
        raise ConfigError(
            "the configuration has no load whose heater could stand in the simulated home; its "
            "storages are simulated by `simulate --mqtt`"
        )
    demo = config.demo or _home_without_demo(config)
    weather = None if args.weather is None else read_weather(args.weather)
    load = None if args.load is None else read_load(args.load)
    start_utc_s, end_utc_s = _when(args, config, demo, _measured_span(args, weather, load))
    place, inputs_at = _inputs(args, config, demo, weather, load, start_utc_s)
    world = demo_world(demo, config.site, config.loads[0], start_utc_s, inputs_at)
    made = Plan(config, demo, world, start_utc_s, end_utc_s, place, [])
    made.notes = _notes(args, made, weather, load)
    return made


def _home_without_demo(config: Config) -> Demo:
    """The default home with the site's panels."""
    peak_w = sum(plane.peak_w for plane in config.site.planes)
    return Demo(peak_w=peak_w) if peak_w > 0.0 else Demo()


def _measured_span(
    args: argparse.Namespace, weather: Measured | None, load: Measured | None
) -> _Span | None:
    """What all given files cover together."""
    given = [(one, path) for one, path in ((weather, args.weather), (load, args.load)) if one]
    if not given:
        return None
    first, first_path = max(given, key=lambda pair: pair[0].start_utc_s)
    last, last_path = min(given, key=lambda pair: pair[0].end_utc_s)
    if first.start_utc_s >= last.end_utc_s:
        raise ConfigError(
            f"{first_path}: begins after {last_path} ends: give files of the same days"
        )
    return _Span(first.start_utc_s, last.end_utc_s, last_path)


def _when(
    args: argparse.Namespace, config: Config, demo: Demo, span: _Span | None
) -> tuple[float, float]:
    """From and until, Unix time. Whole days end at local midnight."""
    zone = ZoneInfo(config.site.timezone)
    days = 1.0 if args.days is None else args.days
    if args.start is not None:
        local, exact = args.start
        start_utc_s = local.replace(tzinfo=zone).timestamp()
    elif span is not None:
        start_utc_s, exact = span.start_utc_s, False
        local = datetime.fromtimestamp(start_utc_s, zone)
    else:
        local, exact = datetime.strptime(demo.start, MOMENT), False
        start_utc_s = midnight(local.date(), 0, zone)
    whole = not exact and days.is_integer()
    end_utc_s = midnight(local.date(), int(days), zone) if whole else start_utc_s + DAY_S * days
    if span is None:
        return start_utc_s, end_utc_s
    return _within(args, span, zone, start_utc_s, end_utc_s)


def _within(
    args: argparse.Namespace, span: _Span, zone: ZoneInfo, start_utc_s: float, end_utc_s: float
) -> tuple[float, float]:
    """Cut to what was measured where nobody asked for more; else say what there is."""

    def words(utc_s: float) -> str:
        return f"{datetime.fromtimestamp(utc_s, zone):{MOMENT}}"

    there = f"{span.path} has {words(span.start_utc_s)} to {words(span.end_utc_s)} ({zone.key})"
    if args.start is not None and not args.start[1]:  # a date: the measured part of that day
        same = datetime.fromtimestamp(span.start_utc_s, zone).date() == args.start[0].date()
        start_utc_s = max(start_utc_s, span.start_utc_s) if same else start_utc_s
    if not span.start_utc_s <= start_utc_s < span.end_utc_s:
        raise ConfigError(f"--start {words(start_utc_s)}: {there}: choose a day in it")
    if end_utc_s > span.end_utc_s and args.days is not None:
        left = (span.end_utc_s - start_utc_s) / DAY_S
        fits = int(left) if left >= 1.0 else int(1000.0 * left) / 1000.0
        raise ConfigError(
            f"--days {args.days:g}: {there}, which from {words(start_utc_s)} on is enough for "
            f"{left:.4g} days: write --days {fits:g} or less"
        )
    return start_utc_s, min(end_utc_s, span.end_utc_s)


def _inputs(
    args: argparse.Namespace,
    config: Config,
    demo: Demo,
    weather: Measured | None,
    load: Measured | None,
    start_utc_s: float,
) -> tuple[tuple[float, float] | None, Callable[[float], HomeInputs] | None]:
    """Where the sun shines and what the home gets; None: as the demo says."""
    ahead_s = offset_s(start_utc_s, config.site.timezone)
    if weather is None:
        if args.place is not None:
            raise ConfigError("--place says where --weather was measured: give both or none")
        if load is None:
            return None, None
        return None, LoadOver(demo_series(demo, config.site, ahead_s), load, demo.seed)
    place = place_of(weather) if args.place is None else args.place
    planes = demo_planes(demo, config.site)
    series = MeasuredSeries(
        weather,
        load=load,
        place=place,
        planes=planes if demo.battery_wh > 0.0 else (),
        planes_ac=() if demo.battery_wh > 0.0 else planes,
        refined=True,
        seed=demo.seed,
        local_offset_s=ahead_s,
        load_w=demo.load_w,
    )
    return place, series


def _notes(
    args: argparse.Namespace, made: Plan, weather: Measured | None, load: Measured | None
) -> list[tuple[str, str]]:
    demo, config = made.demo, made.config
    zone = ZoneInfo(config.site.timezone)
    first, last = (
        f"{datetime.fromtimestamp(utc_s, zone):{MOMENT}}"
        for utc_s in (made.start_utc_s, made.end_utc_s)
    )
    sky = f"made up: {demo.sky}, seed {demo.seed}"
    if weather is not None and made.place is not None:
        north, east = made.place
        told = "as told" if args.place is not None else "as its sun shows"
        sky = f"{args.weather}, measured at {north:.2f}° north, {east:.2f}° east ({told})"
        sky += f", {weather.filled} missing values filled in" if weather.filled else ""
    house = f"made up: about {demo.load_w:.0f} W"
    if load is not None:
        house = str(args.load)
    elif weather is not None and weather.load_w:
        house = str(args.weather)
    notes = [
        ("configuration", str(args.config)),
        ("time", f"{first} to {last} ({config.site.timezone})"),
        ("sky", sky),
        ("house", house),
        ("home", _home(demo, config)),
    ]
    if config.demo is None:
        notes.append(("", "the configuration has no section `demo`: battery and tank are guesses"))
    if len(config.loads) > 1:
        others = ", ".join(one.id for one in config.loads[1:])
        notes.append(("", f"the simulated home has one heater; left out: {others}"))
    if config.storages:
        others = ", ".join(one.id for one in config.storages)
        notes.append(("", f"left out: the storages {others}; `simulate --mqtt` has them"))
    if portal_only(config):
        notes.append(("", "read as from the portal: numbers once a minute, up to a minute old"))
    return notes


def _home(demo: Demo, config: Config) -> str:
    heater = config.loads[0]
    grid = "may feed in" if demo.feed_in else "may not feed in"
    if demo.feed_in and demo.feed_in_cap_w is not None:
        grid = f"may feed in {demo.feed_in_cap_w:.0f} W"
    battery = f"{demo.battery_wh:.0f} Wh of battery, {demo.soc_pct:.0f} % full at the start"
    return (
        f"{demo.peak_w:.0f} W of panels, {battery if demo.battery_wh > 0.0 else 'no battery'},"
        f" {grid}; {heater.id}: {heater.max_w:.0f} W in {demo.tank_l:.0f} l"
    )
