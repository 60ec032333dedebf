"""Steps per second of the production loop, the law, and law and home compiled.

The loop lives through a June day of broken sky in a simulated home without feed-in, as `simulate`
does: where numba is installed, by compiled kernels of law and home. Aims: that day in at most
20 s; a year of law and home, compiled, at one-second steps in at most 10 s on one core. Counted is
the processor time of this process.
"""

from __future__ import annotations

import argparse
import json
import os

from pvopt.benchmarks import speed
from pvopt.benchmarks.compiled_loop import compile_loop
from pvopt.benchmarks.speed import Row
from pvopt.build import simulated
from pvopt.clock import SystemClock
from pvopt.commands.options import DEFAULT_CONFIG
from pvopt.config.load import load
from pvopt.config.service import Demo
from pvopt.loop import Loop
from pvopt.show.progress import Progress
from pvopt.simulator.compiled import available
from pvopt.simulator.surroundings import utc_of
from pvopt.simulator.world import demo_world

SCHEMA = "pvopt.benchmark/1"
DONE, MISSED = 0, 1
WHOLE_DAY_H = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hours",
        type=_hours,
        default=WHOLE_DAY_H,
        metavar="H",
        help="how much of the day the production loop lives, 1 to 24 h (default: 24)",
    )
    parser.add_argument("--json", action="store_true", help=f"one JSON object, {SCHEMA}")


def _hours(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= WHOLE_DAY_H:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours from 1 to 24")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0, or 1 if an aim is missed."""
    progress = Progress(lambda: SystemClock().now().mono_s)
    try:
        rows = [
            *speed.measure_loop(_loop(), _cpu_s, progress.show, args.hours),
            *speed.measure_law(_cpu_s, progress.show),
            *speed.measure_compiled(_cpu_s, progress.show),
        ]
    finally:
        progress.clear()
    print(as_json(rows) if args.json else "\n".join(as_table(rows)))
    if not available() and not args.json:
        print("the compiled engine needs numba: run  . ./env.sh sim")
    return DONE if all(row.met for row in rows) else MISSED


def _cpu_s() -> float:
    """Seconds of processor time that this process has used."""
    used = os.times()
    return used.user + used.system


def _loop() -> Loop:
    """The production loop in the shipped demonstration's home, from midnight on.

    Its kernels are compiled where numba is, as those of a long `simulate`.
    """
    config = load(DEFAULT_CONFIG)
    demo = Demo() if config.demo is None else config.demo
    midnight_s = utc_of(f"{demo.start[:10]} 00:00", config.site.timezone)
    world = demo_world(demo, config.site, config.loads[0], midnight_s)
    loop = simulated(config, world)
    compile_loop(loop, world)
    return loop


def as_table(rows: list[Row]) -> list[str]:
    """One line a speed, and how it came out."""
    lines = [f"{'':<30}{'steps/s':>12}   {'takes':>22}   {'aim':>7}"]
    for row in rows:
        takes = f"{row.whole} {row.whole_s:.2f} s" if row.whole else ""
        aim = "" if row.aim_s is None else f"{row.aim_s:g} s"
        verdict = "" if row.aim_s is None else "met" if row.met else "NOT MET"
        lines.append(
            f"{row.name:<30}{row.steps_per_s:>12,.0f}   {takes:>22}   {aim:>7} {verdict}".rstrip()
        )
    missed = [row.name for row in rows if not row.met]
    return [*lines, "", f"Missed: {', '.join(missed)}." if missed else "Every aim is met."]


def as_json(rows: list[Row]) -> str:
    listed = [
        {
            "name": row.name,
            "steps_per_s": round(row.steps_per_s, 1),
            "whole": row.whole,
            "whole_s": round(row.whole_s, 3) if row.whole else None,
            "aim_s": row.aim_s,
            "met": row.met,
        }
        for row in rows
    ]
    return json.dumps({"schema": SCHEMA, "rows": listed}, indent=1)
