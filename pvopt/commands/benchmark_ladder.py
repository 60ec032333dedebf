"""Six loads of mixed kinds by rank, in six homes, against an all-knowing ladder.

  python main.py benchmark ladder --weather summer_1min.csv.gz

Some days of the file (or of a made-up month), from those on which the house leaves little sun to
those that leave much, one alone the median, in each home: with a boiler in the last rank and none
of the loads ever full, with thermostats that open and the boiler first, and, if asked for, with the
boiler first and never full. The production decision runs second by second, a minute or so for a day
of one home, once by itself and once told the surplus, so all of it takes about twenty minutes a day
on two cores. Data are 1 s old. Exit code 1 if our law misses an aim.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.clock import SystemClock
from pvopt.commands.benchmark_control import names_of, picked, reachable, workers_of, write
from pvopt.commands.options import add_measured
from pvopt.errors import ConfigError, PvoptError
from pvopt.show.progress import Progress, span
from pvopt.simulator.compiled import NoNumbaError, available

if TYPE_CHECKING:
    from pvopt.benchmarks.inputs import Inputs
    from pvopt.benchmarks.ladder import Key

SCHEMA = "pvopt.benchmark-ladder/1"
DAYS, MOST_DAYS = 1, 366


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options. Names of homes, laws and tables are looked at when it runs."""
    add = parser.add_argument
    add_measured(
        parser,
        "measured sun and air (default: made up)",
        "measured load (default: the weather's, or made)",
    )
    add("--days", type=_days, default=DAYS, metavar="N", help=f"how many (default: {DAYS})")
    add("--homes", type=names_of, metavar="A,B", help="only these homes")
    add("--laws", type=names_of, metavar="A,B", help="only these laws (all-knowing always runs)")
    add(
        "--tables",
        type=names_of,
        metavar="A,B",
        help="of boiler-first, boiler-last, tanks (default: the last two)",
    )
    add("--json", type=Path, metavar="FILE", help=f"write the rows, {SCHEMA}")
    add("--plot", type=Path, metavar="DIR", help="draw a picture into this folder")
    add("--workers", type=workers_of, metavar="N", help="cores to use (default: all)")


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MOST_DAYS}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0, or 1 where our law misses an aim. ConfigError for what cannot be run, NoNumbaError
    without the compiler."""
    from pvopt.benchmarks import ladder_table  # noqa: PLC0415 (only what is needed)
    from pvopt.benchmarks.ladder import OURS, cells_of, ladder  # noqa: PLC0415
    from pvopt.benchmarks.pool import cores  # noqa: PLC0415

    _need(args)
    keys = chosen(args)
    for option, path in (("--json", args.json), ("--plot", args.plot)):
        if path is not None:
            reachable(option, path)
    begun_s = SystemClock().now().mono_s
    progress = Progress(lambda: SystemClock().now().mono_s)
    workers = cores() if args.workers is None else args.workers
    try:
        progress.show(0.0, "making the seconds")
        days, sky = prepared(args)
        rows = ladder(keys, days, workers, progress.show)
    finally:
        progress.clear()
    took_s = SystemClock().now().mono_s - begun_s
    print(f"sky      {sky}\ndays     {_dates(days)}\n         done in {span(took_s)}\n")
    print("\n".join(ladder_table.report(rows)))
    if args.json is not None:
        text = json.dumps({"schema": SCHEMA, "rows": [cells_of(row) for row in rows]}, indent=1)
        write(args.json, text + "\n")
    if args.plot is not None:
        from pvopt.benchmarks.plots_ladder import draw  # noqa: PLC0415 (an extra)

        path = args.plot / "ladder.png"
        draw(rows, f"Six loads, {len(days)} day{'s' * (len(days) > 1)}", path)
        print(f"\npicture: {path}")
    ours = [row for row in rows if row.law == OURS]
    return 1 if any(ladder_table.misses(row) for row in ours) else 0


def _need(args: argparse.Namespace) -> None:
    """The extras that this run takes."""
    if not available():
        raise NoNumbaError("benchmark ladder needs numba: run  . ./env.sh sim")
    if args.plot is not None and find_spec("matplotlib") is None:
        raise PvoptError("--plot needs matplotlib: run  . ./env.sh sim")


def chosen(args: argparse.Namespace) -> list[Key]:
    """The runs; ConfigError for a name that is not there."""
    from pvopt.benchmarks import homes, ladder  # noqa: PLC0415
    from pvopt.benchmarks import ladder_loads as loads  # noqa: PLC0415

    return ladder.keys_of(
        picked("--homes", args.homes, homes.NAMES),
        picked("--laws", args.laws, ladder.LAWS),
        picked("--tables", args.tables, loads.NAMES, loads.USUAL),
    )


def prepared(args: argparse.Namespace, by_load: bool = False) -> tuple[list[Inputs], str]:
    """(the days, what to say about the sky). ``by_load``: chosen by what the house draws."""
    from pvopt.benchmarks import inputs as made  # noqa: PLC0415
    from pvopt.simulator.place import place_of  # noqa: PLC0415
    from pvopt.simulator.weather_csv import read_load, read_weather  # noqa: PLC0415

    load = None if args.load is None else read_load(args.load)
    if args.weather is None:
        for option, given in (("--place", args.place), ("--load", load)):
            if given is not None:
                raise ConfigError(f"{option} goes with --weather: give both or neither")
        return made.made_up_days(args.days), "made up: clear, broken and overcast days"
    weather = read_weather(args.weather)
    place = place_of(weather) if args.place is None else args.place
    days = made.measured_days(weather, place, args.days, load=load, by_load=by_load)
    found = "found from it" if args.place is None else "as told"
    return days, f"{args.weather}, measured at {place[0]:.2f}, {place[1]:.2f} ({found})"


def _dates(days: list[Inputs]) -> str:
    """Each day and its sun."""
    each = []
    for day in days:
        date = datetime.fromtimestamp(day.start_utc_s + day.local_offset_s, UTC).date()
        each.append(f"{date} ({float(day.pv_w.sum()) / 3.6e6:.1f} kWh of sun)")
    return ", ".join(each)
