"""A GX over Modbus TCP: can it be reached, what firmware, which units, does it show hidden sun."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline
from pvopt.config.sources import GxModbus
from pvopt.errors import SourceError
from pvopt.model import Instant, Samples, Site
from pvopt.ports import Clock
from pvopt.sources.gx_discovery import given_units
from pvopt.sources.gx_findings import GxFindings
from pvopt.sources.gx_link import RefusedError, SilentError, UnreachableError

BUDGET_S = 0.8  # of one look, as in a tick of the loop
SLOW_S = 0.5
LOOKS_AFTER_SEARCH = 3  # the found units' own registers take some looks
LONGEST_S = 3600.0
PLAIN_NO_S = 0.5
SYSTEM_UNIT = 100
KINDS = {
    "vebus": "inverter",
    "multi": "Multi RS",
    "inverter": "Inverter RS",
    "solarcharger": "solar charger",
    "pvinverter": "PV inverter",
    "grid": "grid meter",
    "battery": "battery",
    "temperature": "temperature sensor",
}
GIVEN_KEYS = {
    "vebus": "vebus",
    "grid": "grid_meter",
    "battery": "battery",
    "solarcharger": "chargers",
    "pvinverter": "pv_inverters",
    "multi": "multis",
    "temperature": "temperatures",
}
MODBUS_SETTING = "Settings → Integrations → Modbus TCP server"


@runtime_checkable
class Findable(Protocol):
    """A source over a GX."""

    name: str
    may_scan: bool

    def read(self, instant: Instant, budget_s: float) -> Samples: ...
    def describe(self, instant: Instant) -> GxFindings: ...


@dataclass(frozen=True, slots=True)
class Look:
    """What some seconds of reading brought. ``took_s``: the longest of the last reads."""

    config: GxModbus
    findings: GxFindings
    samples: Samples | None
    fault: SourceError | None
    took_s: float
    instant: Instant


def look(
    source: Findable,
    config: GxModbus,
    clock: Clock,
    step_s: float,
    allowed_s: float,
    patience_s: float,
) -> Look:
    """Read until all units are found, at most ``allowed_s`` seconds of wall time.

    Given up after ``patience_s`` without any answer, sooner where the answer is a plain no.
    ``step_s``: between reads, on ``clock``.
    """
    end, patience, plain_no = Deadline(allowed_s), Deadline(patience_s), Deadline(PLAIN_NO_S)
    samples: Samples | None = None
    after_search = 0
    while True:
        instant, watch = clock.now(), Deadline(LONGEST_S)
        fault = None
        try:
            samples = source.read(instant, BUDGET_S)
        except SourceError as error:
            fault = error
        took_s = LONGEST_S - watch.left_s()
        found = source.describe(instant)
        if fault is None and not found.searching:
            after_search += 1
        left = plain_no if _is_plain_no(fault) else patience
        given_up = samples is None and left.left_s() <= 0
        if after_search >= LOOKS_AFTER_SEARCH or given_up or end.left_s() <= 0:
            return Look(config, found, samples, fault, took_s, instant)
        clock.wait_until(instant.mono_s + step_s)


def _is_plain_no(fault: SourceError | None) -> bool:
    """A refusal, which waiting will not change."""
    if isinstance(fault, UnreachableError):
        return "refused" in str(fault)
    return isinstance(fault, RefusedError)


def rows(seen: Look) -> Iterator[Row]:
    """Reachability first; the rest only if anything was read."""
    area, found = seen.config.name, seen.findings
    if seen.samples is None:
        # What the fault asks is answered by the remedy behind it.
        yield fail(area, str(seen.fault).partition(": is Modbus TCP")[0], _remedy(seen))
        return
    yield _reached(seen)
    yield _firmware(area, found)
    yield from _units(seen)
    yield mpp(area, seen.samples.site, "are they shown on the GX? Else name them in `units`")


def _remedy(seen: Look) -> str:
    unit, fault = seen.config.units.system, seen.fault
    if isinstance(fault, RefusedError) and unit != SYSTEM_UNIT:
        return (
            f"units.system must be {SYSTEM_UNIT}: remove the key from sources[{seen.config.name}]"
        )
    if isinstance(fault, RefusedError):
        return f"is {seen.findings.place} a GX, and is it up already? Look again in a minute"
    if isinstance(fault, SilentError):
        return "it connects but does not answer: restart the GX, or raise timeout_s"
    if isinstance(fault, UnreachableError) and _is_plain_no(fault):
        return f"switch on {MODBUS_SETTING} on the GX, and look at `host` and `port`"
    if isinstance(fault, UnreachableError):
        return (
            "is the GX switched on and in this network? Write its address instead of its name, "
            "and let the router always give it the same one"
        )
    return "look at the GX's own display: are inverter, meter and battery shown there?"


def _reached(seen: Look) -> Row:
    area = seen.config.name
    text = f"{seen.findings.place} answers, one look takes {seen.took_s * 1000:.0f} ms"
    if seen.fault is not None:
        return warn(area, f"answers not always: {seen.fault}", "look at network and Wi-Fi")
    if seen.took_s > SLOW_S:
        return warn(area, text, "slow: use a network cable rather than Wi-Fi")
    return ok(area, text)


def _firmware(area: str, found: GxFindings) -> Row:
    update = "update it (Settings → Firmware)"
    if not found.firmware:
        return warn(
            area,
            "the firmware is older than v3.60: its export cap and discharge limit are not known",
            update,
        )
    if not found.may_probe:
        return warn(
            area,
            f"firmware v{found.firmware} may crash when a device is looked for that is not there: "
            "nothing is searched",
            f"{update}, or name all units in sources[{area}].units",
        )
    text = f"firmware v{found.firmware}"
    if found.not_offered:
        text += f"; it does not offer {len(found.not_offered)} of the register blocks"
    return ok(area, text)


def _units(seen: Look) -> Iterator[Row]:
    area, found = seen.config.name, seen.findings
    given = {str(service) for service in given_units(seen.config.units)}
    present = [(kind, unit) for kind, unit, answers in found.units if answers]
    words = ", ".join(f"{KINDS.get(kind, kind)} {unit}" for kind, unit in present)
    yield ok(area, f"found, with Modbus unit: {words or 'nothing but the GX itself'}")
    for kind, unit, answers in found.units:
        if answers:
            continue
        text = f"the {KINDS.get(kind, kind)} with unit {unit} does not answer"
        if kind in given:
            key = f"sources[{area}].units.{GIVEN_KEYS[kind]}"
            yield fail(area, text, f"correct {key}, or remove it: pvopt then looks by itself")
        else:
            yield warn(area, text, "is it unplugged? If it is gone for good, all is well")
    if found.searching:
        yield warn(
            area,
            "the search for units is not finished: a running pvopt has priority, or the GX is slow",
            "look again later; `run` goes on with it while the heater is off",
        )
    silent_given = {kind for kind, _, answers in found.units if not answers and kind in given}
    if "grid" not in silent_given:  # that one was said already
        yield meter(area, found, {kind for kind, _ in present})


def meter(area: str, found: GxFindings, kinds: set[str]) -> Row:
    """What measures the grid. ``kinds``: of devices that are there."""
    if found.meter_lost:
        return fail(
            area,
            "the GX has lost its grid meter and shows the inverter's numbers in its place: the "
            "heater stays off",
            "look at the meter's cable and address",
        )
    if "grid" in kinds:
        return ok(area, "the grid is measured by its own meter")
    if found.external_meter:
        return warn(
            area,
            "the GX is set to use an external grid meter, but none was found",
            "look at the meter, or at ESS → Grid metering on the GX",
        )
    return ok(area, "no grid meter of its own: the grid is what the inverter's input measures")


def _named(device: str) -> str:
    """ "solar charger 226" for ``solarcharger:226`` or ``solarcharger-226``."""
    found = re.fullmatch(r"([a-z]+)\W(.+)", device)
    return f"{KINDS.get(found[1], found[1])} {found[2]}" if found else device


def mpp(area: str, site: Site | None, unseen: str) -> Row:
    """Whether anybody tells that the panels are held back. ``unseen``: what to do without any."""
    devices = () if site is None else site.pv
    told = [device for device in devices if device.limited is not None]
    if told:
        held = [_named(device.id) for device in told if device.limited]
        now = ", ".join(held) or "none"
        return ok(
            area,
            f"{len(told)} of {len(devices)} of the panels' devices say whether they are held back; "
            f"held back now: {now}",
        )
    if devices:
        return warn(
            area,
            "no charger or PV inverter says whether it is held back (MPP operation mode): hidden "
            "surplus cannot be seen, only export",
            "update the GX and the charger's firmware; by night look again in the day",
        )
    return warn(
        area,
        "no solar charger and no PV inverter was found: hidden surplus cannot be seen",
        unseen,
    )
