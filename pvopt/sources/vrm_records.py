"""The portal's diagnostics records: parsed once, found by path first and by code second."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

DEFAULT_LOG_INTERVAL_S = 900.0  # what a GX is set to when it leaves the works
SHORTEST_LOG_S, LONGEST_LOG_S = 5.0, 86_400.0
SLACK_S = 60.0
# States are logged when they change, so they may be older than the measurements beside them.
STATE_AGE_S = 3600.0
# A device that was taken out of the home leaves its last records behind for ever.
REMOVED_S = 7 * 86_400.0

_NUMBER = re.compile(r"^\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([kM]?)")


class Record(NamedTuple):
    """One record. ``number`` None: it holds no number; ``text`` is what people are shown."""

    service: str
    path: str
    code: str
    instance: int
    number: float | None
    text: str
    utc_s: float


class Key(NamedTuple):
    """How a quantity is found: D-Bus service and path, or the portal's short code."""

    service: str
    path: str
    code: str = ""


def parse_records(rows: Any) -> list[Record]:
    """The usable records of an answer (a list, or an object of records); odd ones are left out."""
    if isinstance(rows, Mapping):
        rows = rows.values()
    if not isinstance(rows, Iterable) or isinstance(rows, str | bytes):
        return []
    parsed = (_record(row) for row in rows if isinstance(row, Mapping))
    return [record for record in parsed if record is not None]


def _record(row: Mapping[str, Any]) -> Record | None:
    utc_s = number_of(row.get("timestamp"))
    if utc_s is None or utc_s <= 0:
        return None
    text = str(row.get("formattedValue") or "")
    number = number_of(row.get("rawValue"))
    if number is None:
        number = number_of(text)
    return Record(
        str(row.get("dbusServiceType") or "").removeprefix("com.victronenergy."),
        str(row.get("dbusPath") or ""),
        str(row.get("code") or ""),
        int(number_of(row.get("instance")) or 0),
        number,
        text,
        utc_s,
    )


def number_of(raw: Any) -> float | None:
    """A finite number from a number or from text such as ``-350 W`` or ``1.2 kW``."""
    if isinstance(raw, str):
        found = _NUMBER.match(raw)
        if found is None:
            return None
        scale = {"": 1.0, "k": 1e3, "M": 1e6}[found[2]]
        raw = float(found[1]) * scale
    if not isinstance(raw, int | float):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


class Records:
    """All records of one poll. Records more than a log behind the newest are stale."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by_path: dict[tuple[str, str], list[Record]] = {}
        self._by_code: dict[str, list[Record]] = {}
        self._device_utc_s: dict[tuple[str, int], float] = {}
        self.newest_utc_s = 0.0
        for record in records:
            self.newest_utc_s = max(self.newest_utc_s, record.utc_s)
            device = (record.service, record.instance)
            self._device_utc_s[device] = max(self._device_utc_s.get(device, 0.0), record.utc_s)
            self._by_path.setdefault((record.service, record.path), []).append(record)
            if record.code:
                self._by_code.setdefault(record.code, []).append(record)
        self.log_interval_s = self._log_interval_s()

    def all(self, key: Key) -> list[Record]:
        """The freshest record of each instance of a quantity; removed devices left out."""
        found = self._by_path.get((key.service, key.path), [])
        if not found and key.code:
            same_code = self._by_code.get(key.code, [])
            found = [record for record in same_code if record.service in {"", key.service}]
        freshest: dict[int, Record] = {}
        for record in sorted(found, key=lambda record: record.utc_s):
            if record.utc_s >= self.newest_utc_s - REMOVED_S:
                freshest[record.instance] = record
        return [freshest[instance] for instance in sorted(freshest)]

    def one(self, *keys: Key) -> Record | None:
        """The freshest record under the first of the keys that has any."""
        for key in keys:
            found = self.all(key)
            if found:
                return max(found, key=lambda record: record.utc_s)
        return None

    def is_stale(self, record: Record) -> bool:
        """True for a measurement that the latest logs no longer renewed."""
        return record.utc_s < self.newest_utc_s - 2 * self.log_interval_s - SLACK_S

    def state(self, *keys: Key) -> int | None:
        """A state's number while it is believable, else None."""
        record = self.one(*keys)
        if record is None or record.number is None:
            return None
        limit_s = max(STATE_AGE_S, 2 * self.log_interval_s + SLACK_S)
        return int(record.number) if record.utc_s >= self.newest_utc_s - limit_s else None

    def alarm_level(self, key: Key) -> int:
        """The highest level (0 none, 1 warning, 2 alarm) of the devices that still report.

        An alarm may be logged but once, when it comes; it holds until its record changes.
        """
        levels = [0]
        for record in self._by_path.get((key.service, key.path), []):
            reported_s = self._device_utc_s[record.service, record.instance]
            silent_s = self.newest_utc_s - reported_s
            if record.number is not None and silent_s <= STATE_AGE_S + 2 * self.log_interval_s:
                levels.append(int(record.number))
        return max(levels)

    def setting(self, key: Key) -> float | None:
        """A setting: logged when it changes, so its age says nothing."""
        found = self._by_path.get((key.service, key.path), [])
        freshest = max(found, key=lambda record: record.utc_s, default=None)
        return freshest.number if freshest is not None else None

    def _log_interval_s(self) -> float:
        """Code ``sl``, seconds; 900 where it is missing or absurd."""
        found = max(self._by_code.get("sl", []), key=lambda record: record.utc_s, default=None)
        number = found.number if found is not None else None
        if number is None or not SHORTEST_LOG_S <= number <= LONGEST_LOG_S:
            return DEFAULT_LOG_INTERVAL_S
        return number
