"""Storages that share what a house needs, behind our law and those of two other projects.

  python main.py benchmark storages --weather summer_1min.csv.gz

A day of measured (or made-up) load, refined to seconds: of all that were measured the one on which
the house draws neither much nor little (the median), with two, three and eight storages that
take changes of their power, as a B2500 behind an emulated meter does, and that answer one second
to ten seconds late. The production decision runs second by second: some minutes on two cores. Exit
code 1 if our law is behind another in a figure of a whole day.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pvopt.clock import SystemClock
from pvopt.commands.benchmark_control import names_of, picked, reachable, workers_of, write
from pvopt.commands.benchmark_ladder import prepared
from pvopt.commands.options import add_measured, number
from pvopt.errors import PvoptError
from pvopt.show.progress import Progress, span

SCHEMA = "pvopt.benchmark-storages/1"
HOUR_S, DAY_H = 3600, 24.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options. Names of cases and laws are looked at when it runs."""
    add = parser.add_argument
    add_measured(
        parser,
        "measured sun and air with a load (default: made up)",
        "measured load (default: the weather's, or made)",
    )
    add(
        "--hours",
        type=_hours,
        default=DAY_H,
        metavar="H",
        help="of the day, no verdict (default: 24)",
    )
    add("--storages", type=names_of, metavar="N,M", help="of 2, 3, 8 (default: all of them)")
    add("--delays", type=names_of, metavar="A,B", help="of 1, 10, 1-10 s (default: all of them)")
    add("--laws", type=names_of, metavar="A,B", help="of pvopt, distributor, balancer")
    add("--json", type=Path, metavar="FILE", help=f"write the rows, {SCHEMA}")
    add("--workers", type=workers_of, metavar="N", help="cores to use (default: all)")


def _hours(text: str) -> float:
    return number(text, 0.1, DAY_H)


def run(args: argparse.Namespace) -> int:
    """0, or 1 where our law is behind. ConfigError for what cannot be run."""
    if find_spec("numpy") is None:
        raise PvoptError("benchmark storages needs numpy: run  . ./env.sh sim")
    from pvopt.benchmarks import storage_table, storages  # noqa: PLC0415 (only what is needed)
    from pvopt.benchmarks.pool import cores  # noqa: PLC0415

    counts, delays, laws = chosen(args)
    if args.json is not None:
        reachable("--json", args.json)
    begun_s = SystemClock().now().mono_s
    progress = Progress(lambda: SystemClock().now().mono_s)
    workers = cores() if args.workers is None else args.workers
    try:
        progress.show(0.0, "making the seconds")
        load_w, words = _load(args)
        cases = storages.cases_of(counts, delays, laws)
        rows = storages.storages(cases, load_w, workers, progress.show)
    finally:
        progress.clear()
    took_s = SystemClock().now().mono_s - begun_s
    print(f"load     {words}\n         done in {span(took_s)}\n")
    whole = args.hours == DAY_H
    print("\n".join(storage_table.report(rows, whole)))
    if args.json is not None:
        cells = [storages.cells_of(row) for row in rows]
        write(args.json, json.dumps({"schema": SCHEMA, "rows": cells}, indent=1) + "\n")
    return 1 if whole and storage_table.misses(rows) else 0


def chosen(args: argparse.Namespace) -> tuple[list[int], list[str], list[str]]:
    """Counts, delays, laws; ConfigError for one that is not there."""
    from pvopt.benchmarks.storages import COUNTS, DELAYS, LAWS  # noqa: PLC0415

    counts = picked("--storages", args.storages, [str(count) for count in COUNTS])
    delays = picked("--delays", args.delays, tuple(DELAYS))
    return [int(count) for count in counts], delays, picked("--laws", args.laws, tuple(LAWS))


def _load(args: argparse.Namespace) -> tuple[Any, str]:
    """(watts of each second, what to say of them)."""
    args.days = 1
    (day, *_), sky = prepared(args, by_load=True)
    load_w = day.load_w[: round(args.hours * HOUR_S)]
    mean_w, most_w = float(load_w.mean()), float(load_w.max())
    date = datetime.fromtimestamp(day.start_utc_s + day.local_offset_s, UTC).date()
    return load_w, f"of {date} ({sky}): {mean_w:.0f} W on average, {most_w:.0f} W at the most"
