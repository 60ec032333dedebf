"""What was recorded, as a table: a row a tick, a minute or a day.

Columns: `time` (UTC), of the home `grid_w` (+ bought, - fed in), `pv_w`, `load_w`, `battery_w`
(+ charging, - discharging), `soc_pct`, `budget_w`; of each load `load.<id>.setpoint_w` (asked),
`.expected_w` (what its output should give), `.actual_w` (its own meter), `.temperature_c` and
`.why` (the reason's name); of each storage `.power_w`, `.soc_pct`, `.setpoint_w`. A cell that is
empty (JSON: null) was not known, or too old to be believed. Days have kWh, hours on, switches, and
cost where a tariff is configured; and the day's score: `score.caught_kwh` of the sun,
`.possible_kwh`, `.missed.<cause>_kwh` and, with a tariff, `.worth`.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from pvopt.clock import SystemClock
from pvopt.commands.looking_back import add_span, iso, recorded_at, span_of
from pvopt.commands.options import add_config
from pvopt.config.load import load
from pvopt.daylight import local_day
from pvopt.errors import StoreError
from pvopt.model import Why
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore, missed_wh, possible_wh
from pvopt.show.progress import Progress
from pvopt.store.days import DayRow
from pvopt.store.minutes import MINUTE_S, MOMENT, columns_of, rounded
from pvopt.store.reader import HIDDEN, Reader
from pvopt.store.records import Records

SCHEMA = "pvopt.export/1"
HOUR_S = 3600.0
Row = dict[str, Any]
WHYS = {int(one): one.name for one in Why}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    add_span(parser)
    add = parser.add_argument
    add(
        "--each",
        choices=("tick", "minute", "day"),
        default="tick",
        metavar="WHAT",
        help="a row a tick (the default), minute or day",
    )
    add(
        "--format",
        choices=("csv", "json"),
        default="csv",
        metavar="FORM",
        help="csv (the default) or json",
    )
    add("--out", type=Path, metavar="FILE", help="where to (default: standard output)")


def run(args: argparse.Namespace) -> int:
    """0; StoreError where there is nothing, or no room."""
    config = load(args.config, secrets=False)
    reader = Reader(recorded_at(config))
    zone = config.site.timezone
    from_s, to_s = span_of(args.begin, args.end, zone, reader)
    progress = Progress(lambda: SystemClock().now().mono_s)

    def told(utc_s: float) -> None:
        progress.show((utc_s - from_s) / (to_s - from_s), f"exported until {iso(utc_s)[:16]}")

    if args.each == "tick":
        names, rows = _ticks(reader.path, from_s, to_s, told)
    elif args.each == "minute":
        names, rows = _minutes(reader, from_s, to_s, told)
    else:
        listed = rows_of_days(reader, local_day(from_s, zone), local_day(to_s - 1.0, zone))
        names = list(dict.fromkeys(name for row in listed for name in row))
        rows = iter(listed)
    try:
        count = _write(args.out, args.format, names, rows)
    finally:
        progress.clear()
    if args.out is not None:
        print(f"{count} rows written to {args.out}", file=sys.stderr)
    return 0


def _ticks(
    path: Path, from_s: float, to_s: float, told: Callable[[float], None]
) -> tuple[list[str], Iterator[Row]]:
    """Names of all columns first, for loads may come and go between runs."""
    records = Records(path)
    names: dict[str, None] = {}
    for batch in records.batches(from_s, to_s):
        if batch.first:
            names |= dict.fromkeys(_shown(columns_of(batch.text)))

    def rows() -> Iterator[Row]:
        for batch in records.batches(from_s, to_s):
            columns = columns_of(batch.text)
            told(min(to_s, max(from_s, columns["utc_s"][0])))
            for rank, utc_s in enumerate(columns["utc_s"]):
                if from_s <= utc_s < to_s:
                    known = {name: columns[name][rank] for name in names if name in columns}
                    yield {"time": iso(utc_s), **_named(known)}

    return ["time", *names], rows()


def _minutes(
    reader: Reader, from_s: float, to_s: float, told: Callable[[float], None]
) -> tuple[list[str], Iterator[Row]]:
    names = reader.names()

    def rows() -> Iterator[Row]:
        begin_s = from_s // MINUTE_S * MINUTE_S
        while begin_s < to_s:
            end_s = min(to_s, begin_s + 6 * HOUR_S)
            told(min(to_s, max(from_s, begin_s)))
            for minute, row in sorted(reader.minutes(begin_s, end_s, names).items()):
                known = {name: rounded(name, row.get(name)) for name in names}
                yield {"time": iso(minute * MINUTE_S), **_named(known)}
            begin_s = end_s

    return ["time", *names], rows()


def _shown(names: Iterable[str]) -> list[str]:
    return [one for one in names if one not in MOMENT and not one.endswith(HIDDEN)]


def _named(row: Row) -> Row:
    """With the names of reasons in the place of their numbers."""
    for name, number in row.items():
        if name.endswith(".why") and number is not None:
            row[name] = WHYS.get(int(number), str(int(number)))
    return row


def rows_of_days(reader: Reader, first: date, last: date) -> list[Row]:
    """A row a local day, with its score where one was kept."""
    scores = reader.scores(first, last)
    return [
        {**_day(one), **_score(scores.get(date.fromisoformat(one.date).toordinal()))}
        for one in reader.days(first, last)
    ]


def _score(score: DayScore | None) -> Row:
    """Worked: 7900 Wh caught are ``score.caught_kwh`` 7.9."""
    if score is None:
        return {}
    wh = {"caught": score.caught_wh, "possible": possible_wh(score)}
    wh |= {f"missed.{cause.name.lower()}": missed_wh(score, cause) for cause in Cause}
    row: Row = {f"score.{name}_kwh": round(one / 1000.0, 4) for name, one in wh.items()}
    worth = None if score.worth is None else round(score.worth, 4)
    return {**row, "score.worth": worth}


def _day(day: DayRow) -> Row:
    row: Row = {one.name: getattr(day, one.name) for one in fields(day) if one.name != "loads"}
    for load_day in day.loads:
        for one in fields(load_day):
            if one.name != "id":
                row[f"load.{load_day.id}.{one.name}"] = getattr(load_day, one.name)
    return row


def _write(path: Path | None, form: str, names: Sequence[str], rows: Iterator[Row]) -> int:
    with ExitStack() as stack:
        try:
            out = sys.stdout if path is None else stack.enter_context(path.open("w", newline="\n"))
            return _json(out, rows) if form == "json" else _csv(out, names, rows)
        except BrokenPipeError:
            raise
        except OSError as error:
            where = "standard output" if path is None else path
            raise StoreError(f"{where}: cannot be written ({error.strerror})") from error


def _csv(out: TextIO, names: Sequence[str], rows: Iterator[Row]) -> int:
    import csv  # noqa: PLC0415

    table = csv.writer(out, lineterminator="\n")
    table.writerow(names)
    count = 0
    for row in rows:
        table.writerow([_cell(row.get(name)) for name in names])
        count += 1
    return count


def _cell(one: Any) -> Any:
    return "" if one is None else one


def _json(out: TextIO, rows: Iterator[Row]) -> int:
    """One row a line; a number that is none is null."""
    out.write(f'{{"schema": "{SCHEMA}", "rows": [')
    count = 0
    for row in rows:
        sound = {name: _sound(one) for name, one in row.items()}
        out.write(("," if count else "") + "\n" + json.dumps(sound, allow_nan=False))
        count += 1
    out.write("\n]}\n")
    return count


def _sound(one: Any) -> Any:
    return None if isinstance(one, float) and not math.isfinite(one) else one
