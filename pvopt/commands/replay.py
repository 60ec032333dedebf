"""Recorded days once more through the law: the same decisions, or what other settings had asked.

Without --set the recorded settings decide again, and every decision is held against the recorded
one: a proof that what is shown is what was decided. With --set (or --present, the configuration as
it is now) the changed settings decide. The home answers as it was recorded: what comes out is what
the law had asked for at each moment of that home, not how the day had gone on. A tank that was
heated earlier would have been full earlier; a battery that was spared would have been fuller.

  python main.py replay --config my-home.yaml --from 2026-06-21 --set control.min_soc_pct=90
  python main.py replay --config my-home.yaml --set loads.boiler.comfort.max_c=60 --plot day.png
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from pvopt.build import decided_by
from pvopt.clock import SystemClock
from pvopt.commands.looking_back import add_span, iso, local, recorded_at, span_of
from pvopt.commands.options import add_config
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.config.put import load_with
from pvopt.decide.settings import Settings
from pvopt.errors import ConfigError, StoreError
from pvopt.show.progress import Progress
from pvopt.show.replayed import as_rows, report
from pvopt.store.reader import Reader
from pvopt.store.records import Records
from pvopt.store.replay import Replay, Replayed

Draw = Callable[[Replayed, str, Path], None]
SCHEMA = "pvopt.replay/1"
EXIT_SAME, EXIT_OTHER = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_span(parser)
    add = parser.add_argument
    add(
        "--set",
        dest="changes",
        action="append",
        type=_change,
        default=[],
        metavar="PATH=VALUE",
        help="another value for a key, such as control.min_soc_pct=90 or loads.boiler.max_w=1500",
    )
    add("--present", action="store_true", help="by the configuration as it is now")
    add("--plot", type=Path, metavar="PNG", help="a picture (needs matplotlib: . ./env.sh sim)")
    add("--json", action="store_true", help="sums by load as JSON")


def _change(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not path.strip() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not PATH=VALUE")
    return path.strip(), value.strip()


def run(args: argparse.Namespace) -> int:
    """0; 1 where nothing was changed and yet a decision differs."""
    config = load(args.config, secrets=False)
    changed = bool(args.changes) or args.present
    settings = decided_by(load_with(args.config, args.changes)) if changed else None
    draw = _drawer() if args.plot is not None else None
    path = recorded_at(config)
    from_s, to_s = span_of(args.begin, args.end, config.site.timezone, Reader(path))
    result = _replayed(path, settings, from_s, to_s)
    zone = config.site.timezone
    if args.json:
        rows = as_rows(result, settings)
        print(
            json.dumps({"schema": SCHEMA, "from": iso(from_s), "to": iso(to_s), **rows}, indent=1)
        )
    else:
        said = [f"{key}={value}" for key, value in args.changes]
        words = ", ".join(said) or ("the present configuration" if args.present else "")
        print(f"replayed {local(from_s, zone)} to {local(to_s, zone)}")
        print("\n".join(report(result, settings, words, lambda utc_s: local(utc_s, zone))))
    if draw is not None:
        draw(result, zone, args.plot)
    return EXIT_OTHER if not changed and result.same < result.ticks else EXIT_SAME


def _replayed(path: Path, settings: Settings | None, from_s: float, to_s: float) -> Replayed:
    stopper = Stopper()
    stopper.install()
    progress = Progress(lambda: SystemClock().now().mono_s)

    def told(utc_s: float) -> bool:
        share = min(1.0, max(0.0, (utc_s - from_s) / (to_s - from_s)))
        progress.show(share, f"replayed until {iso(utc_s)[:16]}")
        return not stopper.asked

    records = Records(path)
    try:
        result = Replay(settings).go(records, from_s, to_s, told)
    finally:
        progress.clear()
        records.close()
    if not result.ticks:
        raise StoreError(
            f"{path}: no tick of that time can be replayed: ticks are kept for `store.days`, "
            "minutes for longer"
        )
    return result


def _drawer() -> Draw:
    """What draws; ConfigError without matplotlib, before anything is replayed."""
    try:
        from pvopt.show.plots_replay import draw_replay  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("pvopt"):
            raise
        raise ConfigError("--plot needs matplotlib: run  . ./env.sh sim") from missing
    return draw_replay
