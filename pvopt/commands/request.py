"""Ask something of a running pvopt: hot water now, off, or automatic again.

  on         heat with all it can draw, or --watts; 12 hours if nothing else is said
  boost      the same for an hour
  off        no heating until `auto` or `on`; or for so long
  auto       what the surplus says again: ends all wishes for this load
  release    ends on, off and boost; a temperature that was set stays
  set-temp   no warmer than --to-c (never above `comfort.max_c`), until `auto`; with --temp min
             no colder, with --temp eco so warm when heat is bought

It writes a small file into the inbox of the state folder, which a running pvopt looks into once
a second. Run it from the folder that pvopt is started in, as the user that pvopt runs as. Limits
hold whoever asks: too hot, alarms, old numbers, the inverter's limit, minimum times.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import uuid
from dataclasses import replace
from pathlib import Path

from pvopt.clock import SystemClock
from pvopt.commands.options import add_config, number
from pvopt.config.load import load
from pvopt.config.loads import Load
from pvopt.config.schema import Config
from pvopt.errors import ConfigError, StoreError
from pvopt.lock import StateLock
from pvopt.model import Instant
from pvopt.show.words.wishes import local_time, wish
from pvopt.sources.inbox import write
from pvopt.sources.paper import (
    CLOCK,
    ENDING,
    KINDS,
    TEMPS,
    BadRequestError,
    Paper,
    dated,
    resolved,
)
from pvopt.sources.request_bounds import MOST_MIN, bounded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add = parser.add_argument
    add("target", metavar="LOAD", help="id of a load of the configuration")
    add(
        "kind",
        choices=sorted(KINDS),
        metavar="WHAT",
        help=f"one of: {', '.join(KINDS)}",
    )
    add("--watts", type=float, metavar="W", help="on, boost: so much (default: all it can draw)")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--minutes", type=_minutes, metavar="M", help="for so long, 1 to 1440")
    end.add_argument("--until", type=_clock, metavar="HH:MM", help="until this time of the site")
    add(
        "--until-c",
        "--to-c",
        dest="until_c",
        type=float,
        metavar="C",
        help="on, boost: until the water has so many degrees; set-temp: no warmer",
    )
    add(
        "--temp",
        choices=tuple(TEMPS),
        default="max",
        help="set-temp: max (the default) no warmer; min no colder, bought off-peak up to eco",
    )


def _minutes(text: str) -> float:
    return number(text, 1.0, MOST_MIN)


def _clock(text: str) -> str:
    if not CLOCK.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day such as 14:30")
    return text


def run(args: argparse.Namespace) -> int:
    """Exit 0 when the request is in the inbox. ConfigError for what cannot be meant."""
    config = load(args.config, secrets=False)
    asked = _load(config, args.target)
    instant = SystemClock().now()
    paper = _paper(args, config, asked, instant)
    folder = Path(config.state.folder)
    try:
        path = write(folder, paper, instant.utc_s)
    except OSError as error:
        raise StoreError(
            f"{folder.absolute()}: the request cannot be written: {error.strerror}; run it from "
            "the folder that pvopt is started in, as the user that pvopt runs as"
        ) from error
    # The simulated home has a clock of its own, which nobody else knows.
    shown = Instant(instant.mono_s, instant.utc_s, instant.utc_ok and config.demo is None)
    request = resolved(paper, config.site.timezone, shown)
    if paper.until is not None:
        request = replace(request, lasts_s=None)
    words = wish(request, local_time(config.site.timezone, shown), asked.max_w)
    if config.demo is not None and request.kind not in ENDING:
        until = f" until {paper.until}" if paper.until else ""
        words += f"{until} (of the simulated home's time)"
    print(f"{asked.id}: {words}")
    if not StateLock(folder).held():
        print(
            f"no pvopt runs with the state folder {folder.absolute()}: this is taken up when "
            f"one starts there ({path.name})",
            file=sys.stderr,
        )
    return 0


def _load(config: Config, name: str) -> Load:
    for one in config.loads:
        if one.id == name:
            return one
    ids = [one.id for one in config.loads]
    close = difflib.get_close_matches(name, ids, n=1, cutoff=0.5)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    raise ConfigError(f"there is no load {name!r}.{meant} There are: {', '.join(ids) or 'none'}")


def _fits(paper: Paper, asked: Load) -> None:
    """Whether the options belong to what is asked, and are within bounds."""
    try:
        bounded(paper, asked, lambda name: f"--{name.replace('_', '-')}")
    except BadRequestError as fault:
        raise ConfigError(str(fault)) from fault


def _paper(args: argparse.Namespace, config: Config, asked: Load, instant: Instant) -> Paper:
    """As it is written. A real home's end is a moment now, whenever it is taken up."""
    demo = config.demo is not None
    paper = Paper(
        id=uuid.uuid4().hex[:12],
        target=args.target,
        kind=args.kind,
        watts=args.watts,
        until_c=args.until_c,
        until=args.until,
        minutes=args.minutes,
        by="the command line",
        demo=demo,
        temp=args.temp,
    )
    _fits(paper, asked)
    if not demo and args.until is not None and not instant.utc_ok:
        raise ConfigError("--until: this machine does not know the date yet; use --minutes")
    return dated(paper, config.site.timezone, instant)
