"""A GX over its own MQTT: is it there, does it let us in, does it tell all, which devices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pvopt.checks.gx import KINDS, meter, mpp
from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.sources import GxMqtt
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Link
from pvopt.model import Instant, Samples
from pvopt.ports import Clock
from pvopt.sources.gx_findings import GxFindings

POLL_S = 0.1
PATIENCE_S = 5.0  # with a broker that does not answer
MQTT_SETTING = "Settings → Integrations → MQTT access (older: Settings → Services → MQTT)"
NO_TRACKERS = "are they shown on the GX? By night look again in the day"


@runtime_checkable
class Telling(Protocol):
    """A source over a GX that publishes."""

    name: str

    @property
    def link(self) -> Link: ...
    def read(self, instant: Instant, budget_s: float) -> Samples: ...
    def describe(self, instant: Instant) -> GxFindings: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What some seconds of listening brought."""

    config: GxMqtt
    findings: GxFindings
    samples: Samples | None
    connected: bool
    fault: str
    instant: Instant


def listen(source: Telling, config: GxMqtt, clock: Clock, left: Deadline) -> Heard:
    """Until it has told all numbers, as long as that may take; a broker need not take long."""
    real, patience = SystemClock(), Deadline(PATIENCE_S)
    while True:
        instant = clock.now()
        samples, fault = None, ""
        try:
            samples = source.read(instant, 0.0)
        except SourceError as error:
            fault = str(error)
        connected = source.link.connected
        given_up = not connected and patience.left_s() <= 0
        if samples is not None or given_up or left.left_s() <= 0:
            found = source.describe(instant)
            return Heard(config, found, samples, connected, fault, instant)
        real.wait_until(real.now().mono_s + POLL_S)


def rows(heard: Heard, alone: bool) -> Iterator[Row]:
    """Reachability first; the rest only if all was told. ``alone``: nothing else measures."""
    area, found = heard.config.name, heard.findings
    if heard.samples is None:
        bad = fail if alone else warn
        yield bad(area, heard.fault, _remedy(heard))
        return
    how = "over TLS" if heard.config.tls else "without TLS"
    yield ok(area, f"{found.place} tells its numbers by MQTT, {how}; portal id {found.serial}")
    if found.firmware:
        yield ok(area, f"firmware v{found.firmware}")
    present = [(kind, instance) for kind, instance, there in found.units if there]
    words = ", ".join(f"{KINDS.get(kind, kind)} {instance}" for kind, instance in present)
    yield ok(area, f"found, with VRM instance: {words or 'nothing but the GX itself'}")
    yield meter(area, found, {kind for kind, _ in present})
    yield mpp(area, heard.samples.site, NO_TRACKERS)


def _remedy(heard: Heard) -> str:
    config, fault = heard.config, heard.fault
    if not heard.connected:
        if "refuses" in fault:
            return "write the GX's security profile password as `password`, or a token and its user"
        if "certificate" in fault:
            return "save the GX's own certificate on this machine and name that file in `ca_file`"
        keys = "`host` and `port`" + (", `tls` and `ca_file`" if config.tls else "")
        return f"switch on {MQTT_SETTING} on the GX, and look at {keys}"
    if "portal_id" in fault:
        return f"write it into sources[{config.name}]"
    if not heard.findings.serial:
        return f"is that the GX's own broker? Else write portal_id into sources[{config.name}]"
    if heard.findings.searching:
        given = ", `portal_id` letter by letter" if config.portal_id else ""
        return f"it needs firmware v3.20 or newer: look at it{given}"
    return "look at the GX's own display: are inverter, meter and battery shown there?"
