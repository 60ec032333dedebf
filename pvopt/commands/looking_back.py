"""Options of the commands that go over what was recorded, and what they mean."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pvopt.build_store import store_path
from pvopt.commands.options import local_start
from pvopt.config.schema import Config
from pvopt.daylight import local_utc_s, zone
from pvopt.errors import ConfigError, StoreError
from pvopt.store.reader import Reader

Moment = tuple[datetime, bool]
DAY_S = 86_400.0


def add_span(parser: argparse.ArgumentParser) -> None:
    """``--from`` and ``--to``."""
    parser.add_argument(
        "--from",
        dest="begin",
        type=local_start,
        metavar="DATE",
        help='local date, or "DATE HH:MM" (default: a day before the end)',
    )
    parser.add_argument(
        "--to",
        dest="end",
        type=local_start,
        metavar="DATE",
        help='local date, that day included, or "DATE HH:MM" (default: the newest record)',
    )


def recorded_at(config: Config) -> Path:
    """Where the records of a home are. ConfigError: it has none."""
    path = store_path(config)
    if path is None:
        raise ConfigError("nothing is recorded: the configuration says `store: {kind: none}`")
    return path


def span_of(
    begin: Moment | None, end: Moment | None, timezone: str, reader: Reader
) -> tuple[float, float]:
    """From when until when, Unix seconds. StoreError: nothing is recorded; ConfigError: no span."""
    known = reader.span()
    if known is None:
        raise StoreError(
            f"{reader.path}: nothing is recorded yet; the first batch comes after "
            "`store.batch_s` seconds. Is this the folder that pvopt was started in?"
        )
    to_s = known[1] + 1.0 if end is None else _moment_s(end, timezone, whole_day=True)
    from_s = to_s - DAY_S if begin is None else _moment_s(begin, timezone, whole_day=False)
    if end is not None and not from_s < to_s:
        raise ConfigError("--from must be earlier than --to")
    if to_s <= known[0] or from_s > known[1]:
        raise StoreError(
            f"{reader.path}: nothing is recorded of that time; there is "
            f"{local(known[0], timezone)} to {local(known[1], timezone)}"
        )
    return max(from_s, known[0]), min(to_s, known[1] + 1.0)


def _moment_s(moment: Moment, timezone: str, whole_day: bool) -> float:
    at, has_time = moment
    day = date(at.year, at.month, at.day)
    if not has_time:
        return local_utc_s(day + timedelta(days=1) if whole_day else day, 0, timezone)
    return local_utc_s(day, 60 * at.hour + at.minute, timezone)


def local(utc_s: float, timezone: str) -> str:
    """A moment as the home's clocks show it."""
    return f"{datetime.fromtimestamp(utc_s, zone(timezone)):%Y-%m-%d %H:%M:%S}"


def iso(utc_s: float) -> str:
    """A moment for other programs, in UTC with thousandths."""
    return f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
