"""Every law in six homes through the same days, against an all-knowing diverter.

  python main.py benchmark control --weather summer_1min.csv.gz

Without --weather a month is made up: clear, broken and overcast days. The CSV files are those of
`simulate`. Each home gets the same panels, load and heater; data are 1 s and 60 s old. Our law has
its default settings; the rivals have theirs, and a heater that gives exactly what they ask.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.clock import SystemClock
from pvopt.commands.options import add_measured, days
from pvopt.errors import ConfigError, PvoptError, StoreError
from pvopt.show.progress import Progress, span
from pvopt.simulator.compiled import NoNumbaError, available

if TYPE_CHECKING:
    from pvopt.benchmarks.campaign import Campaign
    from pvopt.benchmarks.inputs import Inputs

SCHEMA = "pvopt.benchmark/1"
MOST_WORKERS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options. Names of homes and laws are looked at when it runs."""
    add_days(parser)
    add = parser.add_argument
    add("--laws", type=names_of, metavar="A,B", help="only these laws (all-knowing always runs)")
    add("--json", type=Path, metavar="FILE", help=f"write the rows, {SCHEMA}")
    add("--plot", type=Path, metavar="DIR", help="draw pictures into this folder")
    add("--workers", type=workers_of, metavar="N", help="cores to use (default: all)")


def add_days(parser: argparse.ArgumentParser) -> None:
    """Which days, and in which homes."""
    add = parser.add_argument
    add_measured(
        parser,
        "measured sun and air (default: made up)",
        "measured load (default: the weather's, or made)",
    )
    add("--days", type=days, metavar="N", help="how many days (default: all; 30 made up)")
    add("--homes", type=names_of, metavar="A,B", help="only these homes")
    add("--plain", action="store_true", help="minutes as measured, not refined to seconds")


def names_of(text: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def picked(
    option: str,
    given: Sequence[str] | None,
    there: Sequence[str],
    usual: Sequence[str] | None = None,
) -> list[str]:
    """The names that an option gives, in the order of ``there``; where it is not given ``usual``
    (default: all). ConfigError for none, and for one that is not there."""
    if given is not None and not given:
        raise ConfigError(f"{option} names none: choose of {', '.join(there)}")
    for name in given or ():
        if name not in there:
            raise ConfigError(f"{option}: {name!r} is not there: choose of {', '.join(there)}")
    wanted = usual if given is None else given
    return [name for name in there if wanted is None or name in wanted]


def workers_of(text: str) -> int:
    """How many cores: 1 to 64."""
    if not text.isdigit() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_WORKERS}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0. ConfigError for what cannot be run, NoNumbaError without the compiler."""
    from pvopt.benchmarks.campaign import campaign  # noqa: PLC0415 (only what is needed)
    from pvopt.benchmarks.pool import cores  # noqa: PLC0415
    from pvopt.benchmarks.tables import report  # noqa: PLC0415

    _need(args)
    homes, laws = chosen(args.homes, args.laws)
    for option, path in (("--json", args.json), ("--plot", args.plot)):
        if path is not None:
            reachable(option, path)
    begun_s = SystemClock().now().mono_s
    progress = Progress(lambda: SystemClock().now().mono_s)
    workers = cores() if args.workers is None else args.workers
    try:
        progress.show(0.0, "making the seconds")
        inputs, plain, notes = prepared(args)
        result = campaign(homes, laws, inputs, plain, workers, progress.show)
    finally:
        progress.clear()
    took_s = SystemClock().now().mono_s - begun_s
    notes.append(("", f"done in {span(took_s)} on {workers} cores"))
    print("\n".join(f"{head:<8} {words}" for head, words in notes))
    print()
    print("\n".join(report(result)))
    if args.json is not None:
        write(args.json, as_json(result))
    if args.plot is not None:
        print(f"\npictures: {', '.join(str(path) for path in _draw(result, args.plot, notes))}")
    return 0


def _need(args: argparse.Namespace) -> None:
    """The extras that this run takes."""
    if not available():
        raise NoNumbaError("benchmark control needs numba: run  . ./env.sh sim")
    if args.plot is not None and find_spec("matplotlib") is None:
        raise PvoptError("--plot needs matplotlib: run  . ./env.sh sim")


def chosen(
    homes: Sequence[str] | None, laws: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Homes and laws in the order of the tables; ConfigError for one that is not there."""
    from pvopt.benchmarks import control  # noqa: PLC0415
    from pvopt.benchmarks import homes as known  # noqa: PLC0415

    return (
        tuple(picked("--homes", homes, known.NAMES)),
        tuple(picked("--laws", laws, control.NAMES)),
    )


def prepared(args: argparse.Namespace) -> tuple[Inputs, Inputs | None, list[tuple[str, str]]]:
    """(what the homes get, the same without refinement or None, what to say about it)."""
    from pvopt.benchmarks import inputs as made  # noqa: PLC0415
    from pvopt.simulator.place import place_of  # noqa: PLC0415
    from pvopt.simulator.weather_csv import read_load, read_weather  # noqa: PLC0415

    load = None if args.load is None else read_load(args.load)
    if args.weather is None:
        for option, given in (("--place", args.place), ("--plain", args.plain or None)):
            if given is not None:
                raise ConfigError(f"{option} is about --weather: give both or none")
        inputs = made.made_up_inputs(load, args.days)
        words = "made up: clear, broken and overcast days"
        return inputs, None, _notes(args, inputs, words)
    weather = read_weather(args.weather)
    place = place_of(weather) if args.place is None else args.place
    inputs = made.measured_inputs(weather, place, load=load, days=args.days, refined=not args.plain)
    plain = None
    if not args.plain:
        plain = made.measured_inputs(weather, place, load=load, days=args.days, refined=False)
    found = "found from it" if args.place is None else "as told"
    words = f"{args.weather}, measured at {place[0]:.2f}, {place[1]:.2f} ({found})"
    return inputs, plain, _notes(args, inputs, words)


def _notes(args: argparse.Namespace, inputs: Inputs, sky: str) -> list[tuple[str, str]]:
    kwh = 24.0 * 0.001
    load = "" if args.load is None else f", {args.load}"
    seconds = "refined to seconds" if inputs.refined else "as measured, not refined"
    return [
        ("sky", sky),
        ("days", f"{inputs.days:.4g}, {seconds}"),
        ("sun", f"{kwh * float(inputs.pv_w.mean()):.1f} kWh a day from 4.4 kWp"),
        ("house", f"{kwh * float(inputs.load_w.mean()):.1f} kWh a day{load}"),
    ]


def as_json(result: Campaign) -> str:
    """The rows; our own law's have its numbers for plain minutes, too."""
    plains = {(row.home, row.data_age_s, row.law): row for row in result.plain}
    rows = []
    for row in result.rows:
        cells = {
            name: round(number, 4) if isinstance(number, float) else number
            for name, number in row._asdict().items()
        }
        plain = plains.get((row.home, row.data_age_s, row.law))
        if plain is not None:
            cells["plain_caught_pct"] = round(plain.caught_pct, 4)
            cells["plain_not_solar_pct"] = round(plain.not_solar_pct, 4)
            cells["plain_from_charging_pct"] = round(plain.from_charging_pct, 4)
        rows.append(cells)
    return json.dumps({"schema": SCHEMA, "rows": rows}, indent=1) + "\n"


def reachable(option: str, path: Path) -> None:
    """Fail before the work, not after it."""
    folder = path if option == "--plot" else path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if option == "--json":
            path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise ConfigError(
            f"{option} {path}: cannot be written ({error.strerror}): choose another place"
        ) from error


def write(path: Path, text: str) -> None:
    """StoreError where it cannot be done."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


def _draw(result: Campaign, folder: Path, notes: Sequence[tuple[str, str]]) -> list[Path]:
    from pvopt.benchmarks.plots_control import draw  # noqa: PLC0415 (an extra)

    paths = []
    for age in sorted({row.data_age_s for row in result.rows}):
        path = folder / f"control_{age}s.png"
        days = dict(notes)["days"].partition(",")[0]
        draw(result.rows, age, f"Data {age} s old, {days} days", path)
        paths.append(path)
    return paths
