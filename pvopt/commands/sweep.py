"""Many simulated homes side by side: how much would another battery, tank or heater bring?

Every combination of the values given with --vary is a whole run of the production law in the home
that the configuration describes (its section `demo` and the first of `loads`, as `simulate` takes
them), by the compiled engine:

  python main.py sweep --vary demo.battery_wh=2400,4800,9600 demo.tank_l=120,200,300

Each PATH leads into the configuration; a list's items are numbered from 0 (loads.0.max_w).
Nothing between = and the next comma means an empty value (demo.feed_in_cap_w=,1000).
A value that the configuration's rules refuse stops the sweep before it begins; a combination
whose values only do not fit one another is left out, and told.

The law ticks once a second wherever there is something to decide, but sun and load stay the same
for --step seconds. What happens within a minute is lost at 60: in two weeks of broken sky
(--vary demo.sky=broken --days 14) 97.1 % was caught at 60, 97.2 % at 10, 98.7 % at 1, the money
saved was right to 0.5 %. At 1 a sweep is what `simulate` gives.

Into the folder --out are written:
  results.jsonl  every variant as soon as it is done: --resume goes on from there
  sweep.csv      all figures
  sweep.png      money and comfort against what was varied
Ctrl-C ends in order. A worker that dies costs nothing: its variants are run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pvopt.commands.options import add_config, add_measured, days, local_start

STEPS = tuple(step for step in range(1, 61) if 60 % step == 0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command. None: not given."""
    add_config(parser)
    add = parser.add_argument
    add(
        "--vary",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH=A,B,C",
        help="what is varied: paths into the configuration and their values",
    )
    add("--paths", action="store_true", help="list what can be varied, and end")
    add("--days", type=days, metavar="N", help="days of each run (default: 365, or all measured)")
    add(
        "--start",
        type=local_start,
        metavar="DATE",
        help="local date (default: the day of demo.start, or the first measured)",
    )
    add(
        "--step",
        type=_step,
        default=60,
        metavar="S",
        help="sun and load stay the same for so many seconds: 1 to 60, a part of 60 (default: 60)",
    )
    add_measured(
        parser,
        "measured sun and air, as for simulate",
        "measured load of the house, as for simulate",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes of this machine (default: one for each core)",
    )
    where.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="scheduler of a Dask cluster that has pvopt, e.g. tcp://192.168.1.5:8786",
    )
    add("--out", type=Path, default=Path("sweep"), metavar="DIR", help="folder (default: sweep)")
    add("--resume", action="store_true", help="go on with the results in --out")


def _step(text: str) -> int:
    if not text.isdigit() or int(text) not in STEPS:
        listed = ", ".join(map(str, STEPS))
        raise argparse.ArgumentTypeError(f"{text!r} is none of {listed} s")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1024")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0, also after Ctrl-C. ConfigError before anything runs."""
    if args.paths:
        from pvopt.benchmarks.sweep_paths import PATHS  # noqa: PLC0415

        width = max(map(len, PATHS))
        print("\n".join(f"{path:<{width}}  {effect}" for path, effect in PATHS.items()))
        return 0
    from pvopt.commands.sweep_go import sweep  # noqa: PLC0415 (only what is needed)

    return sweep(args)
