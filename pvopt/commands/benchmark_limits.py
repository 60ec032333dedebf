"""What nobody can exceed with data a second old: the exact surplus, 2 s late.

  python main.py benchmark limits --weather summer_1min.csv.gz

`seen` follows it at once, as one could where the meters show it. `climbing` has to climb where a
home hides it: a first step of 5 % or 10 % of the heater, the next three times as large each, one
every 5 s, for a throttled charger is commanded every 3 s and seen a second later. Both know how
far they may go and never probe in vain, which no law can. Each has an exact regulator, then
our servo. Options as of `benchmark control`.

`--aims` holds our law's aims beside that, home by home: met, or a limit below the aim, or open.
Who knows all moves its servo only when that is worth it, chosen so that it keeps the other aims
and catches most. `who knows the future` is a bound for any knob that catches 97 % and draws no more
than 1.5 % beyond the surplus. Where the grid takes all, two rivals catch a little more and buy
twice as much: beside them stands ours, told to draw some watts too much.
"""

from __future__ import annotations

import argparse

from pvopt.clock import SystemClock
from pvopt.commands.benchmark_control import add_days, chosen, prepared
from pvopt.show.progress import Progress
from pvopt.simulator.compiled import NoNumbaError, available

LINE = "{home:<12}{law:<29}{caught:>10}{bought:>14}{charging:>13}{moves:>12}{strokes:>13}"
MEANINGS = """
seen      follows the exact surplus of 2 s ago at once; who could know more?
climbing  has to climb to what a home hides, and never climbs in vain
servo     behind our servo, with its speed, play and lag; else an exact regulator in 256 steps
caught, not solar, charging, moves, strokes: as in `benchmark control`"""
AIMS = """
met                  by our law, all of the line's aims
limit below the aim  who knows all, 2 s late, does not keep them either
open                 who knows all could
who knows the future, too, moves at least so often to catch 97 % with 1.5 % beyond the surplus"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_days(parser)
    parser.add_argument(
        "--aims", action="store_true", help="our law's aims beside the limits (minutes a home)"
    )


def run(args: argparse.Namespace) -> int:
    """0. ConfigError for what cannot be run, NoNumbaError without the compiler."""
    if not available():
        raise NoNumbaError("benchmark limits needs numba: run  . ./env.sh sim")
    homes, _ = chosen(args.homes, None)
    progress = Progress(lambda: SystemClock().now().mono_s)
    try:
        lines = (_aims if args.aims else _lines)(args, homes, progress)
    finally:
        progress.clear()
    print("\n".join([*lines, AIMS if args.aims else MEANINGS]))
    return 0


def _lines(args: argparse.Namespace, homes: tuple[str, ...], progress: Progress) -> list[str]:
    from pvopt.benchmarks import control  # noqa: PLC0415 (only what is needed)
    from pvopt.benchmarks.homes import home_of  # noqa: PLC0415
    from pvopt.benchmarks.limits import KNOWERS, run_climb  # noqa: PLC0415

    progress.show(0.0, "making the seconds")
    inputs, _, notes = prepared(args)
    lines = [f"{head:<8} {words}" for head, words in notes]
    heads = {"home": "home", "law": "who", "caught": "caught %", "bought": "not solar %"}
    lines += [
        "",
        LINE.format(**heads, charging="charging %", moves="moves/day", strokes="strokes/day"),
    ]
    for number, home in enumerate(homes):
        own = control.inputs_for(home, inputs)
        best = control.run_law(home, 1, control.ALL_KNOWING, inputs)
        for name, climb in KNOWERS:
            if climb.answer_s > 0.0 and not home_of(home).hides:
                continue
            progress.show(number / len(homes), f"{home}, {name}")
            run = run_climb(climb, control.plant_of(home), own)
            row = control.row_of(home, 1, name, run, best, inputs)
            lines.append(
                LINE.format(
                    home=home,
                    law=name,
                    caught=f"{row.caught_pct:.2f}",
                    bought=f"{row.not_solar_pct:.2f}",
                    charging=f"{row.from_charging_pct:.2f}",
                    moves=f"{row.moves_per_day:.0f}",
                    strokes=f"{row.travel_per_day:.1f}",
                )
            )
    return lines


def _aims(args: argparse.Namespace, homes: tuple[str, ...], progress: Progress) -> list[str]:
    from pvopt.benchmarks.control import plant_of  # noqa: PLC0415 (only what is needed)
    from pvopt.benchmarks.limit_home import head, limits_of, lines_of  # noqa: PLC0415
    from pvopt.benchmarks.limit_rivals import beside_rivals, rival_lines  # noqa: PLC0415

    progress.show(0.0, "making the seconds")
    inputs, _, notes = prepared(args)
    lines = [*(f"{title:<8} {words}" for title, words in notes), "", *head()]
    beside: list[str] = []
    for number, home in enumerate(homes):
        done = number / len(homes)

        def told(words: str, home: str = home, done: float = done) -> None:
            progress.show(done, f"{home}, {words}")

        lines += lines_of(limits_of(home, inputs, told))
        if plant_of(home).home.battery_wh <= 0.0:
            beside += ["", *rival_lines(home, beside_rivals(home, inputs, told))]
    return lines + beside
