"""From ticks to minutes: the columns that charts and days are made of, by name.

A name ends in its unit. Of watts, degrees and percent a minute has the mean over its seconds;
``.on_s``, ``.switches``, ``seconds`` and ``known_s`` are sums; ``.why`` is the last reason's
number. A home's number that is too old to be believed is not known: it is no watts, and no energy.
The ticks themselves keep it, for replaying.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from pvopt.errors import StoreError
from pvopt.store.codec import compress, expand, tree_of
from pvopt.store.columns import packed, unpacked

MINUTE_S = 60.0
MINUTES = 60  # of an hour
LONGEST_S = 60.0  # a longer pause between two ticks counts for nothing
SILENT_S = 900.0  # an older temperature is that of no sensor that speaks
FRESH = "fresh"  # whether the home's numbers may be believed
MOMENT = ("utc_s", "mono_s", "utc_ok", FRESH)
SITE = ("grid_w", "pv_w", "load_w", "battery_w", "soc_pct")
OF_HOME = (*SITE, "grid_in_w", "battery_in_w")
SECONDS, KNOWN = "seconds", "known_s"  # recorded, and of them those with fresh numbers
SUMS = (SECONDS, KNOWN, ".on_s", ".switches")
LAST = (".why",)

Columns = dict[str, list[Any]]
Row = dict[str, float | None]
Path = tuple[str, ...]


def columns_of(text: bytes, names: Iterable[str] | None = None) -> Columns:
    """Columns of an expanded batch by name, a value a tick; those of ``MOMENT`` always.

    ``names``: only these. What the batch does not have is left out.
    """
    part, count = tree_of(text)
    paths = _paths(part, count)
    wanted = None if names is None else {*MOMENT, *names}
    made: Columns = {}
    for name, path in paths.items():
        if wanted is None or name in wanted:
            column = part.along(path, count)
            if column is not None:
                made[name] = column
    made[FRESH] = _fresh(part, count, made["mono_s"])
    for name, column in made.items():
        if name in SITE:
            made[name] = _where(made[FRESH], column)
        elif name.endswith(".temperature_c"):
            seen = part.along((*paths[name][:-1], "at_s"), count) or [None] * count
            made[name] = _where(_within(made["mono_s"], seen, [SILENT_S] * count), column)
    return made


def _fresh(part: Any, count: int, mono_s: list[float]) -> list[bool]:
    site, none = ("snapshot", "site"), [None] * count
    at_s = part.along((*site, "at_s"), count) or none
    return _within(mono_s, at_s, part.along((*site, "allowed_age_s"), count) or none)


def _within(mono_s: list[float], at_s: list[Any], allowed_s: list[Any]) -> list[bool]:
    each = zip(mono_s, at_s, allowed_s, strict=True)
    return [at is not None and now - at <= age for now, at, age in each]


def _where(known: list[bool], column: list[Any]) -> list[Any]:
    return [one if there else None for there, one in zip(known, column, strict=True)]


def _paths(part: Any, count: int) -> dict[str, Path]:
    site, decision = ("snapshot", "site"), "decision"
    paths: dict[str, Path] = {
        "utc_s": ("snapshot", "instant", "utc_s"),
        "mono_s": ("snapshot", "instant", "mono_s"),
        "utc_ok": ("snapshot", "instant", "utc_ok"),
        "budget_w": (decision, "budget_w"),
    }
    paths |= {name: (*site, name, "value") for name in SITE}
    for rank, name in _ids(part, count, ("snapshot", "loads"), "id"):
        view, outcome = ("snapshot", "loads", rank), ("outcomes", rank)
        command = (decision, "commands", rank)
        paths |= {
            f"load.{name}.setpoint_w": (*command, "setpoint_w"),
            f"load.{name}.why": (*command, "reason", "code"),
            f"load.{name}.expected_w": (*outcome, "expected_w"),
            f"load.{name}.actual_w": (*view, "actual_w", "value"),
            f"load.{name}.temperature_c": (*view, "temperature_c", "value"),
            f"load.{name}.switches": (*outcome, "switches"),
        }
    for rank, name in _ids(part, count, ("snapshot", "storages"), "id"):
        paths |= {
            f"storage.{name}.power_w": ("snapshot", "storages", rank, "power_w", "value"),
            f"storage.{name}.soc_pct": ("snapshot", "storages", rank, "soc_pct", "value"),
        }
    for rank, name in _ids(part, count, (decision, "storages"), "target"):
        paths[f"storage.{name}.setpoint_w"] = (decision, "storages", rank, "setpoint_w")
    return paths


def _ids(part: Any, count: int, path: Path, field: str) -> list[tuple[str, str]]:
    """Rank and id of each shape of a tuple; ids do not change within a run."""
    found: list[tuple[str, str]] = []
    while True:
        rank = str(len(found))
        column = part.along((*path, rank, field), count)
        name = None if column is None else next((one for one in column if one is not None), None)
        if name is None:
            return found
        found.append((rank, name))


class Minutes:
    """Gathers batches of one run into minutes of UTC. ``rows``: what there is, by minute."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self._last_s: float | None = None
        self._switches: dict[str, int] = {}

    def add(self, columns: Columns) -> None:
        """One more batch, in order of time. What has no true date belongs to no minute."""
        utc_s, mono_s = columns["utc_s"], columns["mono_s"]
        lasts_s = self._lasts_s(mono_s)
        switched = {
            name: self._switched(name, column)
            for name, column in columns.items()
            if name.endswith(".switches")
        }
        begin = 0
        for end in range(1, len(utc_s) + 1):
            minute = int(utc_s[begin] // MINUTE_S)
            if end < len(utc_s) and int(utc_s[end] // MINUTE_S) == minute:
                continue
            if columns["utc_ok"][begin]:
                row = _row(columns, switched, lasts_s, begin, end)
                known = self.rows.get(minute)
                self.rows[minute] = row if known is None else merged(known, row)
            begin = end

    def begin_run(self) -> None:
        """What comes next is of another run."""
        self._last_s, self._switches = None, {}

    def _lasts_s(self, mono_s: Sequence[float]) -> list[float]:
        last_s, lasts_s = self._last_s, []
        for one in mono_s:
            step_s = 0.0 if last_s is None else one - last_s
            lasts_s.append(step_s if 0.0 < step_s <= LONGEST_S else 0.0)
            last_s = one
        self._last_s = last_s
        return lasts_s

    def _switched(self, name: str, column: list[Any]) -> list[int]:
        before, steps = self._switches.get(name, column[0] or 0), []
        for one in column:
            now = before if one is None else one
            steps.append(max(0, now - before))
            before = now
        self._switches[name] = before
        return steps


def _row(
    columns: Columns, switched: dict[str, list[int]], lasts_s: list[float], begin: int, end: int
) -> Row:
    weights = lasts_s[begin:end]
    seconds = math.fsum(weights)
    known = zip(columns[FRESH][begin:end], weights, strict=True)
    row: Row = {SECONDS: seconds, KNOWN: math.fsum([weight for fresh, weight in known if fresh])}
    for name, whole in columns.items():
        if name in MOMENT:
            continue
        column = whole[begin:end]
        if name.endswith(".switches"):
            row[name] = float(sum(switched[name][begin:end]))
        elif name.endswith(LAST):
            row[name] = None if column[-1] is None else float(column[-1])
        else:
            row[name] = mean(column, weights)
        if name.endswith(".expected_w"):
            on_s = [weight for one, weight in zip(column, weights, strict=True) if one > 0.0]
            row[name.replace(".expected_w", ".on_s")] = math.fsum(on_s)
    for name in ("grid_w", "battery_w"):
        if name in columns:
            taken = [None if one is None else max(0.0, one) for one in columns[name][begin:end]]
            row[name.replace("_w", "_in_w")] = mean(taken, weights)
    return row


def mean(column: Sequence[float | None], weights: Sequence[float]) -> float | None:
    known = [
        (one, weight)
        for one, weight in zip(column, weights, strict=True)
        if one is not None and math.isfinite(one)
    ]
    if not known:
        return None
    whole = math.fsum([weight for _, weight in known])
    if whole <= 0.0:
        return known[-1][0]
    return math.fsum([one * weight for one, weight in known]) / whole


def merged(first: Row, then: Row) -> Row:
    """Two rows of the same minute (or of any stretches) as one."""
    weights = (first.get(SECONDS) or 0.0, then.get(SECONDS) or 0.0)
    knowns = (known_s(first), known_s(then))
    row: Row = {}
    for name in dict.fromkeys((*first, *then)):
        pair = (first.get(name), then.get(name))
        if name == KNOWN:
            row[name] = sum(knowns)
        elif name.endswith(SUMS):
            row[name] = (pair[0] or 0.0) + (pair[1] or 0.0)
        elif name.endswith(LAST):
            row[name] = pair[0] if pair[1] is None else pair[1]
        else:
            row[name] = mean(pair, knowns if name in OF_HOME else weights)
    return row


def known_s(row: Row) -> float:
    """Seconds with fresh numbers of the home; older records do not tell them apart."""
    told = row.get(KNOWN)
    return (row.get(SECONDS) or 0.0) if told is None else told


# -- an hour as bytes ------------------------------------------------------------------


def hour_bytes(rows: dict[int, Row]) -> bytes:
    """Rows of one hour, by minute, rounded: a column a name."""
    minutes = sorted(rows)
    names = sorted({name for row in rows.values() for name in row})
    each = [packed([minute % MINUTES for minute in minutes])]
    for name in names:
        each.append(packed([rounded(name, rows[minute].get(name)) for minute in minutes]))
    head = json.dumps([len(minutes), names, [len(one) for one in each]]).encode()
    return compress(struct.pack("<I", len(head)) + head + b"".join(each))


def rounded(name: str, one: float | None) -> float | None:
    """As much of a mean as is kept: tenths, of degrees hundredths."""
    return None if one is None else round(one, 2 if name.endswith("_c") else 1)


def hour_rows(hour: int, body: bytes, names: Iterable[str] | None = None) -> dict[int, Row]:
    """What ``hour_bytes`` was given, or the columns that are wanted of it."""
    text = expand(body)
    try:
        (size,) = struct.unpack_from("<I", text)
        count, known, sizes = json.loads(text[4 : 4 + size])
    except (struct.error, ValueError) as fault:
        raise StoreError("an hour that cannot be read") from fault
    wanted = None if names is None else {SECONDS, KNOWN, *names}
    at = 4 + size + sizes[0]
    minutes = [hour * MINUTES + one for one in unpacked(text[4 + size : at], count)]
    rows: dict[int, Row] = {minute: {} for minute in minutes}
    for name, length in zip(known, sizes[1:], strict=True):
        if wanted is None or name in wanted:
            column = unpacked(text[at : at + length], count)
            for minute, one in zip(minutes, column, strict=True):
                rows[minute][name] = one
        at += length
    return rows
