"""A Victron GX as a source, over Modbus TCP: one bounded, read-only look at the home a tick.

Order within a tick, so that the budget is spent on what matters: the numbers control depends
on (without them there is no sample), every device's fast registers, settings and limits in
turn, and last a slice of the search for units.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pvopt.clock import Deadline, SystemClock
from pvopt.config.sources import GxModbus
from pvopt.errors import SourceError
from pvopt.model import EssState, FeedIn, Instant, Samples, Site
from pvopt.sources.gx_discovery import CACHE_FILE, Discovery, GivenUnits, Stage
from pvopt.sources.gx_findings import GxFindings
from pvopt.sources.gx_link import GxLink, UnreachableError
from pvopt.sources.gx_pv import busy_trackers
from pvopt.sources.gx_reader import GxReader
from pvopt.sources.gx_site import Scene, phases_seen, site_of
from pvopt.sources.gx_temperature import temperatures
from pvopt.sources.registers import Service
from pvopt.workers import Periodic, Turn

LOG = logging.getLogger("pvopt.sources")
# A GX's clock that stands still. It goes on in whole seconds, so two of them prove nothing; then
# the numbers are as old as its last step, and after a while there are none at all.
CLOCK_DOUBT_S = 2.0
CLOCK_STILL_S = 5.0
METER_SILENT_S = 10.0
GONE_S = 600.0  # a unit absent for so long is looked for under another id
SEARCH_AGAIN_S = 3600.0
LOOK_UP_S = 60.0  # a name's address is renewed this often
SHAKY_FIRMWARE = 0x0370  # its betas could crash on a read of an absent device
RELEASES = (0x00, 0xFF)  # low word of the firmware register in a release, not a beta
NO_FIRMWARE = (0, 0xFFFFFFFF)


class GxModbusSource:
    """Port Source over a GX. ``may_scan``: set False while a heater is on; a search then waits.

    Numbers of ``Samples.temperatures`` are keyed "<name>:<unit>", the first water-heater sensor
    "<name>:water_heater" besides.
    """

    def __init__(self, config: GxModbus, state_folder: Path) -> None:
        self.name = config.name
        self.may_scan = True
        self._config = config
        self._look_up: Periodic[str] | None = None
        self._link = GxLink(config.host, config.port, config.timeout_s, self._address)
        self._reader = GxReader(self._link, config.units.system, config.allowed_age_s)
        self._discovery = Discovery(config.units, config.scan, state_folder / CACHE_FILE)
        self._given = GivenUnits(config.units, config.name)
        self._clock_seen: tuple[float, float] | None = None  # the GX's clock, mono
        self._phases = 1
        self._many_trackers: set[tuple[Service, int]] = set()
        self._meter_ok_s: float | None = None
        self._searched_s = float("-inf")
        self._site: Site | None = None

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """One tick's look at the GX, within ``budget_s`` seconds of wall time.

        Raises SourceError, with a text for the owner, unless grid, battery and PV were all
        read at ``instant``.
        """
        deadline = Deadline(budget_s)
        try:
            self._reader.read_core(instant, deadline)
            self._check_clock(instant)
            if self._discovery.stage == Stage.NOT_BEGUN:
                self._reader.use(self._system_units(instant))
                self._reader.read_slow(instant, deadline)
                self._discovery.begin(self._reader.serial, may_probe=self._may_probe(instant))
            self._reader.use(self._system_units(instant) | self._discovery.units)
            self._reader.read_fast(instant, deadline)
            self._reader.read_slow(instant, deadline)
            self._discovery.step(self._link, deadline, may_scan=self.may_scan)
            self._search_again(instant)
            self._given.look(instant.mono_s, self._answers(instant))
            site = self._aged(site_of(self._scene(instant)))
        except UnreachableError:
            self._reader.forget_refusals()
            self._clock_seen = None
            raise
        if site.battery_v.value is not None:
            self._discovery.saw_battery()
        self._site = site
        sensors = tuple(
            (unit, self._reader.view(Service.TEMPERATURE, unit, instant.mono_s))
            for unit in self._discovery.units.get(Service.TEMPERATURE, ())
        )
        return Samples(self.name, site, temperatures(self.name, sensors))

    def close(self) -> None:
        self._link.close()
        if self._look_up is not None:
            self._look_up.stop(0.0)

    def describe(self, instant: Instant) -> GxFindings:
        """What is known of this GX after the reads so far."""
        system = self._reader.view(Service.SYSTEM, self._config.units.system, instant.mono_s)
        settings = self._reader.view(Service.SETTINGS, self._config.units.system, instant.mono_s)
        no_meter = settings.get("no_meter")
        units = tuple(
            (str(service), unit, bool(self._reader.view(service, unit, instant.mono_s).numbers))
            for service, found in sorted(self._discovery.units.items())
            for unit in found
        )
        return GxFindings(
            place=self._link.place,
            firmware=firmware_text(system.get("firmware")),
            serial=self._reader.serial,
            units=units,
            searching=self._discovery.stage != Stage.DONE,
            may_probe=self._may_probe(instant),
            feed_in=self._site.feed_in if self._site else FeedIn(),
            ess_state=self._site.ess_state if self._site else EssState.UNKNOWN,
            external_meter=None if no_meter is None else no_meter == 0,
            meter_lost=self._meter_lost(instant),
            not_offered=tuple(sorted(self._reader.missing)),
            clock_utc_s=system.get("clock") or None,
        )

    def _address(self) -> str:
        """The numeric address of the host. A name is looked up in the background, as that may
        block for many seconds."""
        try:
            return str(ipaddress.ip_address(self._config.host))
        except ValueError:
            pass
        if self._look_up is None:
            self._look_up = Periodic(f"look up {self._config.host}", self._resolve, SystemClock())
            self._look_up.start()
        if self._look_up.latest is None:
            raise UnreachableError(
                self._look_up.fault or f"looking up the address of {self._config.host}"
            )
        return self._look_up.latest

    def _resolve(self, _: Instant) -> Turn[str]:
        host = self._config.host
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as fault:
            raise SourceError(f"the name {host} is not known: {fault.strerror}") from None
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)  # a GX listens on IPv4
        return Turn(str(found[0][4][0]), LOOK_UP_S)

    def _system_units(self, instant: Instant) -> dict[Service, tuple[int, ...]]:
        unit: tuple[int, ...] = (self._config.units.system,)
        always = {Service.SYSTEM: unit, Service.SETTINGS: unit}
        # A GX without ESS has no hub4 service: to read it is to probe for it.
        return always | {Service.HUB4: unit} if self._may_probe(instant) else always

    def _may_probe(self, instant: Instant) -> bool:
        """Whether this firmware survives a read of a device it does not have."""
        system = self._reader.view(Service.SYSTEM, self._config.units.system, instant.mono_s)
        return not is_shaky(system.get("firmware"))

    def _check_clock(self, instant: Instant) -> None:
        """Raises SourceError if the GX's own clock has stood still: old numbers, for ever."""
        system = self._reader.view(Service.SYSTEM, self._config.units.system, instant.mono_s)
        clock_s, read_s = system.get("clock"), system.at_s("clock")
        if not clock_s:
            self._clock_seen = None
            return
        if self._clock_seen is None or self._clock_seen[0] != clock_s:
            self._clock_seen = (clock_s, read_s)
        elif read_s - self._clock_seen[1] > CLOCK_STILL_S:
            raise SourceError(
                f"the clock of {self._link.place} stands still: its numbers are frozen"
            )

    def _aged(self, site: Site) -> Site:
        """The site with the age of a clock that is in doubt: a frozen server answers for ever."""
        if self._clock_seen is None or site.at_s - self._clock_seen[1] <= CLOCK_DOUBT_S:
            return site
        return replace(site, at_s=self._clock_seen[1])

    def _answers(self, instant: Instant) -> Callable[[Service, int], bool]:
        return lambda service, unit: bool(self._reader.view(service, unit, instant.mono_s).numbers)

    def _search_again(self, instant: Instant) -> None:
        """A found unit that stays away may have got another id."""
        now_s = instant.mono_s
        gone = any(
            self._reader.absent_s(service, unit, now_s) > GONE_S
            for service, units in self._discovery.units.items()
            for unit in units
        )
        if (
            gone
            and self._discovery.stage == Stage.DONE
            and now_s - self._searched_s > SEARCH_AGAIN_S
            and self._may_probe(instant)
        ):
            self._searched_s = now_s
            self._discovery.again()

    def _scene(self, instant: Instant) -> Scene:
        now_s = instant.mono_s
        units = self._discovery.units
        devices = {
            service: tuple((unit, self._reader.view(service, unit, now_s)) for unit in found)
            for service, found in units.items()
        }
        system_unit = self._config.units.system
        system = self._reader.view(Service.SYSTEM, system_unit, now_s)
        self._many_trackers |= busy_trackers(devices)
        self._phases = max(self._phases, phases_seen(system, devices))
        return Scene(
            name=self.name,
            now_s=now_s,
            allowed_age_s=self._config.allowed_age_s,
            system=system,
            settings=self._reader.view(Service.SETTINGS, system_unit, now_s),
            hub4=self._reader.view(Service.HUB4, system_unit, now_s),
            devices=devices,
            phases=self._phases,
            many_trackers=frozenset(self._many_trackers),
            meter_lost=self._meter_lost(instant),
            battery_expected=self._discovery.battery_seen,
        )

    def _meter_lost(self, instant: Instant) -> bool:
        """The GX goes on with the inverter's own measurement when its meter is gone; only the
        meter's own unit shows it."""
        now_s = instant.mono_s
        meters = self._discovery.units.get(Service.GRID, ())
        settings = self._reader.view(Service.SETTINGS, self._config.units.system, now_s)
        if not meters or settings.get("no_meter") == 1:
            return False
        if self._meter_ok_s is None:
            self._meter_ok_s = now_s
        read_s = max(
            view.at_s(key)
            for unit in meters
            for view in (self._reader.view(Service.GRID, unit, now_s),)
            for key in ("meter32_l1", "meter16_l1")
        )
        self._meter_ok_s = max(self._meter_ok_s, read_s)
        absent = all(self._reader.is_absent(Service.GRID, unit) for unit in meters)
        return absent or now_s - self._meter_ok_s > METER_SILENT_S


def firmware_text(number: float | None) -> str:
    """ "3.70", or "3.70 beta 12"; empty if the GX does not say (older than v3.60)."""
    if number is None or int(number) in NO_FIRMWARE:
        return ""
    high, low = divmod(int(number), 1 << 16)
    text = f"{high >> 8:x}.{high & 0xFF:02x}"
    return text if low in RELEASES else f"{text} beta {low:x}"


def is_shaky(number: float | None) -> bool:
    """Firmware whose Modbus server may crash on a read of a device that is not there."""
    if number is None:
        return False
    high, low = divmod(int(number), 1 << 16)
    return high == SHAKY_FIRMWARE and low not in RELEASES
