"""Weather and load from a CSV file, plain or .gz: every fault named with its line.

Columns by name in any order: ``time,ghi,dni,dhi,air_temperature,load``; time as ISO 8601 with Z
or an offset, each row the mean of the step that begins there. W/m2, degC, W.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from array import array
from collections.abc import Iterator
from datetime import datetime
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path

from pvopt.errors import ConfigError
from pvopt.simulator.measured_rows import BOUNDS, COLUMNS, LOAD, WEATHER, Measured

LONGEST_GAP_S = 900.0
LONGEST_STEP_S = 3600.0
SHORTEST_STEP_S = 60.0
EXAMPLE = "time,ghi,dni,dhi,air_temperature,load"
_MISSING = math.nan

Table = tuple[list[str], "array[float]", "array[int]", "list[array[float]]"]


def read_weather(path: str | Path, *, load: bool = True) -> Measured:
    """Weather of a file; its ``load`` column too when there is one and ``load`` is wanted."""
    return _read(str(path), WEATHER, LOAD if load else ())


def read_load(path: str | Path) -> Measured:
    """The household's load of a file; its other columns are not looked at."""
    return _read(str(path), LOAD, ())


def _read(path: str, needed: tuple[str, ...], welcome: tuple[str, ...]) -> Measured:
    try:
        with _opened(path) as text:
            table = _table(path, text, needed, welcome)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ConfigError(
            f"{path}: cannot be unpacked ({error}): fetch it again, or give it unpacked"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not text: save it as CSV in UTF-8") from error
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror or error}): check the name and its rights"
        ) from error
    return _even(path, table)


def _opened(path: str) -> TextIOWrapper:
    file = gzip.open(path) if path.endswith(".gz") else Path(path).open("rb")  # noqa: SIM115
    return TextIOWrapper(file, encoding="utf-8-sig", newline="")


def _table(
    path: str, text: TextIOWrapper, needed: tuple[str, ...], welcome: tuple[str, ...]
) -> Table:
    rows = csv.reader(text)
    try:
        header = [name.strip() for name in next(rows, [])]
        _check_header(path, header, needed)
        names = [name for name in header if name in needed or name in welcome]
        times, lines = array("d"), array("L")
        values = [array("d") for _ in names]
        places = [header.index(name) for name in names]
        for line, utc_s, row in _timed(path, rows, header):
            times.append(utc_s)
            lines.append(line)
            for name, place, column in zip(names, places, values, strict=True):
                column.append(_number(path, line, name, row[place]))
    except csv.Error as error:
        raise ConfigError(f"{path}:{rows.line_num}: no CSV ({error}): mend this line") from error
    if len(times) < 2:
        raise ConfigError(
            f"{path}:{rows.line_num or 1}: only {len(times)} rows of numbers: at least 2 are needed"
        )
    return names, times, lines, values


def _check_header(path: str, header: list[str], needed: tuple[str, ...]) -> None:
    where = f"{path}:1"
    if not any(header):
        raise ConfigError(f"{where}: empty: the first line must name columns, like {EXAMPLE}")
    for name in header:
        if name not in ("time", *COLUMNS):
            raise ConfigError(
                f"{where}: unknown column {name!r}: name the columns {EXAMPLE} (any order, "
                f"commas between) and leave out others"
            )
        if header.count(name) > 1:
            raise ConfigError(f"{where}: column {name} stands there twice: remove one")
    missing = [name for name in ("time", *needed) if name not in header]
    if missing:
        raise ConfigError(
            f"{where}: no column {', '.join(missing)}: add it, or name it so in the first line"
        )


def _timed(
    path: str, rows: Iterator[list[str]], header: list[str]
) -> Iterator[tuple[int, float, list[str]]]:
    """(line, Unix time, cells) of each row, times strictly rising; empty lines are passed over."""
    place, before_s = header.index("time"), -math.inf
    line = 1
    for row in rows:
        line = rows.line_num  # type: ignore[attr-defined]
        if not row:
            continue
        if len(row) != len(header):
            raise ConfigError(
                f"{path}:{line}: {len(row)} cells under {len(header)} columns: mend this line"
            )
        utc_s = _time(path, line, row[place])
        if utc_s <= before_s:
            raise ConfigError(
                f"{path}:{line}: time {row[place]} is not after the row before: sort the rows by "
                f"time and remove doubles"
            )
        before_s = utc_s
        yield line, utc_s, row


def _time(path: str, line: int, text: str) -> float:
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(
            f"{path}:{line}: no time: {text!r}: write it like 2026-06-21T11:00Z"
        ) from None
    if when.tzinfo is None:
        raise ConfigError(
            f"{path}:{line}: time {text} without a zone: add Z for UTC, or an offset like +02:00"
        )
    return when.timestamp()


def _number(path: str, line: int, name: str, text: str) -> float:
    text = text.strip()
    if not text:
        return _MISSING
    lowest, highest, unit = BOUNDS[name]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(
            f"{path}:{line}: {name} {text!r} is no number: write one, or leave the cell empty "
            f"where nothing was measured"
        )
    if not lowest <= number <= highest:
        below = name != "air_temperature" and number < 0.0
        what = "below 0" if below else f"outside {lowest:g} to {highest:g} {unit}"
        todo = "write 0 for the small offsets of night" if below and unit == "W/m2" else "mend it"
        raise ConfigError(f"{path}:{line}: {name} {number:g} {unit} is {what}: {todo}")
    return number


def _even(path: str, table: Table) -> Measured:
    """The table on even steps, gaps filled."""
    names, times, lines, values = table
    step_s = min(b - a for a, b in pairwise(times))
    if not SHORTEST_STEP_S <= step_s <= LONGEST_STEP_S or step_s % 1.0:
        raise ConfigError(
            f"{path}:{lines[1]}: a step of {step_s:g} s: rows must be "
            f"{SHORTEST_STEP_S:g} to {LONGEST_STEP_S:g} s apart"
        )
    whole_lines = array("L")
    whole = [array("d") for _ in values]
    for k, utc_s in enumerate(times):
        missing = 0 if k == 0 else _missing(path, lines[k], utc_s - times[k - 1], step_s)
        whole_lines.extend([lines[k]] * (missing + 1))
        for column, full in zip(values, whole, strict=True):
            full.extend([_MISSING] * missing)
            full.append(column[k])
    filled = sum(
        _fill(path, name, full, whole_lines, step_s)
        for name, full in zip(names, whole, strict=True)
    )
    have = dict(zip(names, whole, strict=True))
    none = array("d")
    return Measured(
        path=path,
        start_utc_s=times[0],
        step_s=step_s,
        lines=whole_lines,
        ghi=have.get("ghi", none),
        dni=have.get("dni", none),
        dhi=have.get("dhi", none),
        air_c=have.get("air_temperature", none),
        load_w=have.get("load", none),
        filled=filled,
    )


def _missing(path: str, line: int, apart_s: float, step_s: float) -> int:
    """Rows that are missing before this one."""
    missing = round(apart_s / step_s) - 1
    if abs(apart_s - (missing + 1) * step_s) > 1e-3:
        raise ConfigError(
            f"{path}:{line}: {apart_s:g} s after the row before, where the file's step is "
            f"{step_s:g} s: give rows at even steps"
        )
    if missing * step_s > LONGEST_GAP_S:
        raise ConfigError(_gap(path, line, missing, step_s, ""))
    return missing


def _gap(path: str, line: int, missing: int, step_s: float, name: str) -> str:
    of = f" of {name}" if name else ""
    return (
        f"{path}:{line}: a gap{of} of {missing * step_s / 60.0:g} min before this row: only up to "
        f"{LONGEST_GAP_S / 60.0:g} min are filled; add the rows, or split the file there"
    )


def _fill(path: str, name: str, full: array[float], lines: array[int], step_s: float) -> int:
    """Fill missing values on a straight line between their neighbours; how many."""
    filled, row, count = 0, 0, len(full)
    while row < count:
        if not math.isnan(full[row]):
            row += 1
            continue
        end = row
        while end < count and math.isnan(full[end]):
            end += 1
        if row == 0 or end == count:
            raise ConfigError(
                f"{path}:{lines[row]}: {name} is empty at the file's "
                f"{'beginning' if row == 0 else 'end'}: begin and end with measured rows"
            )
        if (end - row) * step_s > LONGEST_GAP_S:
            raise ConfigError(_gap(path, lines[end], end - row, step_s, name))
        first, last, span = full[row - 1], full[end], end - row + 1
        for k in range(row, end):
            full[k] = first + (last - first) * (k - row + 1) / span
        filled += end - row
        row = end
    return filled
