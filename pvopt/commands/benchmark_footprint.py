"""`benchmark footprint`: CPU and memory of the running program and its guardian."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from pvopt.benchmarks.footprint import Row, measure

SCHEMA = "pvopt.benchmark/1"
DONE, MISSED = 0, 1
SHORTEST_S, LONGEST_S = 1.0, 86_400.0
FAIR_S = 60.0
WORDS = """\
child: the program that controls the heater; guardian: its small parent, which switches off if it
fails. RSS: all memory that a process uses; PSS: the same, with what it shares divided fairly."""
SAY_EVERY = 10  # steps, where there is no terminal


def add_arguments(footprint: argparse.ArgumentParser) -> None:
    footprint.add_argument(
        "--seconds",
        type=_seconds,
        default=60.0,
        metavar="S",
        help="how long to measure, 1 to 86400 s (default: 60)",
    )
    footprint.add_argument(
        "--warm-up",
        type=_seconds,
        default=10.0,
        metavar="S",
        help="how long to run before it is measured (default: 10)",
    )
    footprint.add_argument(
        "--offline",
        action="store_true",
        help="do not fetch the forecast that the example asks for",
    )
    footprint.add_argument("--json", action="store_true", help=f"one JSON object, {SCHEMA}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to 86400")
    return seconds


def run(args: argparse.Namespace) -> int:
    """0, or 1 if an aim is missed. BenchmarkError (1) if the programs do not start."""
    progress = _Progress()
    with tempfile.TemporaryDirectory(prefix="pvopt-") as folder:
        try:
            rows = measure(args.seconds, args.warm_up, Path(folder), not args.offline, progress.say)
        finally:
            progress.end()
    print(_as_json(rows) if args.json else f"{_as_table(rows)}\n\n{verdict(rows, args.seconds)}")
    return DONE if all(row.met for row in rows) else MISSED


def verdict(rows: list[Row], seconds: float) -> str:
    """The last lines: what the names mean, how it came out, and whether it was long enough."""
    missed = [row.name for row in rows if not row.met]
    lines = [WORDS, f"Missed: {', '.join(missed)}." if missed else "Every aim is met."]
    if seconds < FAIR_S:
        lines.append(
            f"Measured for {seconds:g} s only: the CPU time is rough below {FAIR_S:g} s, and what "
            "the start took may still show."
        )
    return "\n".join(lines)


class _Progress:
    """On standard error: one line written over on a terminal, elsewhere a line now and then."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._stage = ""
        self._unsaid = 0

    def say(self, words: str) -> None:
        if self._on_terminal:
            print(f"\r{words:<60}", end="", file=sys.stderr, flush=True)
            return
        stage = words.partition(":")[0]
        self._unsaid += 1
        if stage != self._stage or self._unsaid > SAY_EVERY:
            print(words, file=sys.stderr, flush=True)
            self._stage, self._unsaid = stage, 0

    def end(self) -> None:
        if self._on_terminal:
            print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)


def _as_table(rows: list[Row]) -> str:
    lines = [f"{'':<28}{'measured':>10}  {'aim':>8}"]
    for row in rows:
        if row.unit:
            aim = "" if row.aim is None else f"< {row.aim:g}"
            measured = f"{row.measured:.2f}"
        else:
            aim, measured = "no", "yes" if row.measured else "no"
        verdict = "" if row.aim is None else "met" if row.met else "NOT MET"
        lines.append(f"{row.name:<28}{measured:>10}  {aim:>8} {row.unit:<12} {verdict}".rstrip())
    return "\n".join(lines)


def _as_json(rows: list[Row]) -> str:
    listed = [
        {
            "name": row.name,
            "measured": round(row.measured, 3),
            "unit": row.unit,
            "aim": row.aim,
            "met": row.met,
        }
        for row in rows
    ]
    return json.dumps({"schema": SCHEMA, "rows": listed}, indent=1)
