"""Which units a GX has: known ids first, then one scan of all, kept on disk.

Unit ids are assigned by the GX as devices are plugged in; Victron publishes preferred ones only.
A probe is one cheap register per kind of device: an answer means that such a device is there.
The scan runs a slice a tick, and only while the caller allows it (the heater is off), because
the first read of a hanging device keeps the GX busy.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from pvopt.clock import Deadline
from pvopt.config.sources import GxUnits
from pvopt.sources.gx_link import (
    GxLink,
    OutOfTimeError,
    RefusedError,
    SilentError,
    UnreachableError,
)
from pvopt.sources.gx_memory import keep
from pvopt.sources.registers import PROBES, Service

LOG = logging.getLogger("pvopt.sources")
CACHE_FILE = "gx-units.json"
SLICE_S = 0.25  # of a tick's budget
RESERVE_S = 0.1
TRIES = 2  # a unit that does not answer is asked once more at the end
SCAN = range(1, 248)
_VE_DIRECT = (226, 224, 223, 229, 230, 245, 243, 247, 239, 238, 237, 236, 235)
_VE_CAN = (100, 1, 2, 3)
# Preferred ids of Victron's unit table, ports of Venus GX, Cerbo GX, CCGX and the -II GX units.
KNOWN: dict[Service, tuple[int, ...]] = {
    Service.VEBUS: (227, 242, 246, 228),
    Service.GRID: (30, 31, 32, 33, 34, 40),
    Service.BATTERY: (225, *_VE_CAN, *_VE_DIRECT),
    Service.CHARGER: (*_VE_DIRECT, *_VE_CAN),
    Service.PV_INVERTER: (20, 21, 22, 23, 24),
    Service.MULTI: (*_VE_CAN, *_VE_DIRECT),
    Service.RS_INVERTER: (*_VE_CAN, *_VE_DIRECT),
    Service.TEMPERATURE: (20, 21, 22, 23, 24, 25, 26, 27, 28),
}


class Stage(IntEnum):
    """How far the search is."""

    NOT_BEGUN = 0
    KNOWN_IDS = 1
    SCANNING = 2
    DONE = 3


@dataclass(slots=True)
class Discovery:
    """Finds units step by step. ``units`` is what is known so far, given ones included."""

    given: GxUnits
    scan_wanted: bool
    cache: Path
    units: dict[Service, tuple[int, ...]] = field(default_factory=dict)
    battery_seen: bool = False
    scanned: bool = False
    stage: Stage = Stage.NOT_BEGUN
    may_probe: bool = True
    _serial: str = ""
    _asked: set[tuple[Service, int]] = field(default_factory=set)
    _queue: deque[tuple[Service, int, int]] = field(default_factory=deque)
    _found: dict[Service, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.units = given_units(self.given)

    def begin(self, serial: str, *, may_probe: bool) -> None:
        """Take what an earlier start found on this GX, or line up the known ids."""
        if self.stage != Stage.NOT_BEGUN:
            return
        self._serial = serial
        self.may_probe = may_probe
        cached = _load(self.cache, serial)
        if cached is not None:
            self.scanned = cached["scanned"]
            self.battery_seen = cached["battery_seen"]
            # A kept unit may have been unplugged since: to read it is to probe for it.
            self._found = cached["units"] if may_probe else {}
            self._publish()
        if not may_probe or self.scanned or not self._open():
            self.stage = Stage.DONE
        else:
            self.again()

    def again(self) -> None:
        """Look for all units anew (one is gone for long), keeping what is known."""
        self._asked.clear()
        self._queue.clear()
        self.stage = Stage.KNOWN_IDS
        self._line_up((s, unit) for s in self._open() for unit in KNOWN[s])

    def step(self, link: GxLink, deadline: Deadline, *, may_scan: bool) -> None:
        """Probe for at most a slice of the tick; never raises."""
        if self.stage == Stage.KNOWN_IDS and not self._queue:
            if not self.scan_wanted:
                self.stage = Stage.DONE
            elif may_scan:
                self.stage = Stage.SCANNING
                self._line_up((s, unit) for unit in SCAN for s in self._open())
        if self.stage == Stage.SCANNING and not may_scan:
            return
        if self._queue:
            piece = Deadline(min(SLICE_S, deadline.left_s() - RESERVE_S))
            while self._queue and piece.left_s() > 0 and self._probe(link, deadline):
                pass
            if not self._queue:
                self._finish()

    def _probe(self, link: GxLink, deadline: Deadline) -> bool:
        """Ask for the next device of the queue; False: no more in this tick."""
        service, unit, tries = self._queue.popleft()
        try:
            link.read(unit, *PROBES[service], deadline)
        except RefusedError:
            return True
        except (UnreachableError, OutOfTimeError):
            self._queue.appendleft((service, unit, tries))
            return False
        except SilentError:
            if tries + 1 < TRIES:
                self._queue.append((service, unit, tries + 1))
            return False
        self._add(service, unit)
        return True

    def saw_battery(self) -> None:
        """Remember that this home has a battery: later its absence is a fault."""
        if not self.battery_seen:
            self.battery_seen = True
            if self.may_probe:
                self._save()

    def _open(self) -> tuple[Service, ...]:
        """Kinds of device that the configuration leaves to us."""
        fixed = given_units(self.given)
        return tuple(service for service in PROBES if service not in fixed)

    def _line_up(self, probes: Iterable[tuple[Service, int]]) -> None:
        for probe in probes:
            if probe not in self._asked:
                self._asked.add(probe)
                self._queue.append((*probe, 0))

    def _add(self, service: Service, unit: int) -> None:
        units = self._found.setdefault(service, [])
        if unit not in units:
            units.append(unit)
            units.sort()
            LOG.info("found on the GX: %s, unit %d", service, unit)
        self._publish()

    def _publish(self) -> None:
        fixed = given_units(self.given)
        self.units = {s: tuple(u) for s, u in self._found.items() if s not in fixed} | fixed

    def _finish(self) -> None:
        if self.stage == Stage.SCANNING:
            self.stage = Stage.DONE
            self.scanned = True
        self._save()

    def _save(self) -> None:
        record = {
            "version": 1,
            "serial": self._serial,
            "scanned": self.scanned,
            "battery_seen": self.battery_seen,
            "units": {str(s): u for s, u in self._found.items()},
        }
        keep(self.cache, record)


# Kind of device, in words and as a key of ``units``.
_KEYS: dict[Service, tuple[str, str]] = {
    Service.VEBUS: ("inverter", "vebus"),
    Service.GRID: ("grid meter", "grid_meter"),
    Service.BATTERY: ("battery", "battery"),
    Service.CHARGER: ("solar charger", "chargers"),
    Service.PV_INVERTER: ("PV inverter", "pv_inverters"),
    Service.MULTI: ("Multi RS", "multis"),
    Service.TEMPERATURE: ("temperature sensor", "temperatures"),
}
UNANSWERED_S = 10.0


@dataclass(slots=True)
class GivenUnits:
    """Whether the units that the configuration names answer; one that never did is told once."""

    given: GxUnits
    name: str  # of the source
    _open: set[tuple[Service, int]] = field(default_factory=set)
    _since_s: float | None = None

    def __post_init__(self) -> None:
        named = given_units(self.given)
        self._open = {(service, unit) for service, units in named.items() for unit in units}

    def look(self, now_s: float, answers: Callable[[Service, int], bool]) -> None:
        """To be called while the GX itself answers. ``answers``: whether a unit has numbers."""
        self._since_s = now_s if self._since_s is None else self._since_s
        for service, unit in sorted(self._open):
            if answers(service, unit):
                self._open.discard((service, unit))
            elif now_s - self._since_s > UNANSWERED_S:
                self._open.discard((service, unit))
                words, key = _KEYS[service]
                text = f"{self.name}: no answer from {words} unit {unit} (sources.units.{key})"
                more = "; a wrong id reads like a lost meter"
                LOG.warning("%s%s", text, more if service == Service.GRID else "")


def given_units(given: GxUnits) -> dict[Service, tuple[int, ...]]:
    """The units that the configuration names."""
    single = {
        Service.VEBUS: given.vebus,
        Service.GRID: given.grid_meter,
        Service.BATTERY: given.battery,
    }
    several = {
        Service.CHARGER: given.chargers,
        Service.PV_INVERTER: given.pv_inverters,
        Service.MULTI: given.multis,
        Service.TEMPERATURE: given.temperatures,
    }
    named = {service: (unit,) for service, unit in single.items() if unit is not None}
    return named | {service: units for service, units in several.items() if units}


def _load(path: Path, serial: str) -> Mapping[str, Any] | None:
    """What was kept for this GX; None if nothing, of another GX, or not readable."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] != 1 or record["serial"] != serial:
            return None
        units = {
            Service(service): [int(unit) for unit in found if 0 <= int(unit) <= 255]
            for service, found in record["units"].items()
        }
        return {
            "units": units,
            "scanned": bool(record["scanned"]),
            "battery_seen": bool(record["battery_seen"]),
        }
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        LOG.warning("ignoring %s (%s); units are looked for again", path, fault)
        return None
