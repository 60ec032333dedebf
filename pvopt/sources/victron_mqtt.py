"""A Victron GX as a source, over its own MQTT broker: it tells what changes, we only listen.

The connection's thread receives; a tick looks at what has come by then and waits for nothing.
The Site is made by the code that makes it of Modbus registers.
"""

from __future__ import annotations

import logging
import math
from pathlib import Path

from pvopt.config.sources import GxMqtt
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell
from pvopt.model import EssState, FeedIn, Instant, Samples, Site
from pvopt.sources import gx_topics
from pvopt.sources.gx_findings import GxFindings
from pvopt.sources.gx_memory import GxMemory
from pvopt.sources.gx_pv import busy_trackers
from pvopt.sources.gx_reader import Devices, Number, View, quantised_s
from pvopt.sources.gx_site import PHASES, Scene, phases_seen, site_of
from pvopt.sources.gx_state import GRID, SHORE
from pvopt.sources.gx_temperature import temperatures
from pvopt.sources.gx_told import GxTold
from pvopt.sources.gx_topics import PORTAL_ID
from pvopt.sources.gx_upkeep import Link, Upkeep
from pvopt.sources.registers import Service

LOG = logging.getLogger("pvopt.sources")
MOST_TOPICS = 1024  # of a large system, several times over
ANY_SERIAL = f"N/+/{gx_topics.SERIAL}"


class GxMqttSource:
    """Port Source over a GX that publishes. ``link``: a connection of its own to that GX.

    Numbers of ``Samples.temperatures`` are keyed "<name>:<instance>", the first water-heater
    sensor "<name>:water_heater" besides.
    """

    def __init__(self, config: GxMqtt, link: Link, state_folder: Path) -> None:
        self.name = config.name
        self.link = link
        self._config = config
        self._folder = state_folder
        self._upkeep = Upkeep(link)
        self._connection = 0
        # The broker keeps it, so that it comes at once and without any request.
        self._serials: Cell | None = None if config.portal_id else link.cell(ANY_SERIAL)
        self._told: GxTold | None = None
        self._memory: GxMemory | None = None
        self._phases = 1
        self._many_trackers: set[tuple[Service, int]] = set()
        self._site: Site | None = None
        if config.portal_id:
            self._begin(config.portal_id)

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """What the GX has told by now; it never waits.

        Raises SourceError, with a text for the owner, while it has not told all, or grid,
        battery or PV are not among it.
        """
        told = self._listen(instant.mono_s)
        if told is None or self._memory is None:
            raise SourceError(self.link.fault or self._no_portal())
        since_s = self._upkeep.whole_since_s
        proven_s = told.proven_s(instant.mono_s)
        old = instant.mono_s - proven_s > self._config.allowed_age_s
        if since_s is None or old:
            raise SourceError(self.link.fault or self._why_not(told, old))
        scene = self._scene(told, self._memory, since_s, proven_s)
        site = site_of(scene)
        meter = any(view.numbers for view in scene.views(Service.GRID))
        self._memory.saw(battery=site.battery_v.value is not None, meter=meter)
        self._site = site
        sensors = scene.devices.get(Service.TEMPERATURE, ())
        return Samples(self.name, site, temperatures(self.name, sensors))

    def close(self) -> None:
        """Nothing is held here: the connection is closed by whom it belongs to."""

    def describe(self, instant: Instant) -> GxFindings:
        """What is known of this GX now."""
        told = self._listen(instant.mono_s)
        devices: dict[Service, Devices] = {}
        firmware, clock_utc_s = "", None
        if told is not None:
            since_s = self._upkeep.whole_since_s
            proven_s = told.proven_s(instant.mono_s)
            if since_s is not None and math.isfinite(proven_s):
                devices = told.views(since_s, proven_s)
            firmware = told.text(gx_topics.FIRMWARE).removeprefix("v")
            if told.beats.utc_s:
                clock_utc_s = told.beats.utc_s + instant.mono_s - told.beats.at_s
        units = tuple(
            (str(service), unit, bool(view.numbers))
            for service in sorted(devices.keys() - gx_topics.ALONE)
            for unit, view in devices[service]
        )
        no_meter = _one(devices, Service.SETTINGS, instant.mono_s).get("no_meter")
        return GxFindings(
            place=self.link.broker,
            firmware=firmware,
            serial="" if told is None else told.portal_id,
            units=units,
            searching=self._upkeep.whole_since_s is None,
            may_probe=True,
            feed_in=self._site.feed_in if self._site else FeedIn(),
            ess_state=self._site.ess_state if self._site else EssState.UNKNOWN,
            external_meter=None if no_meter is None else no_meter == 0,
            meter_lost=self._meter_lost(devices, self._memory),
            not_offered=(),
            clock_utc_s=clock_utc_s,
        )

    def _begin(self, portal_id: str) -> None:
        cell = self.link.cell(
            gx_topics.root(portal_id) + "#", gx_topics.filters(portal_id), MOST_TOPICS
        )
        self._told = GxTold(cell, portal_id, self.name)
        self._memory = GxMemory(self._folder, portal_id)

    def _listen(self, now_s: float) -> GxTold | None:
        """Hear what has come and send what is due; None: it is not known whom to ask."""
        if self._told is None:
            found = self._portals()
            if len(found) == 1:
                LOG.info(
                    "source %s: the portal id of %s is %s", self.name, self.link.broker, *found
                )
                self._begin(*found)
        told = self._told
        if told is not None:
            told.listen()
            self._upkeep.keep(told.portal_id, told.cell, told.heard_s, now_s)
            if self._upkeep.connection != self._connection:
                self._connection = self._upkeep.connection
                told.beats.forget()
        return told

    def _portals(self) -> tuple[str, ...]:
        """The portal ids of all GX devices at this broker."""
        topics = () if self._serials is None else self._serials.topics()
        ids = sorted({topic.split("/")[1] for topic in topics})
        return tuple(found for found in ids if PORTAL_ID.fullmatch(found))

    def _no_portal(self) -> str:
        found = self._portals()
        if len(found) > 1:
            return f"{self.link.broker} speaks for several GX, set portal_id to one of: " + (
                ", ".join(found)
            )
        return f"{self.link.broker} has not told the portal id of a GX"

    def _why_not(self, told: GxTold, old: bool) -> str:
        broker = self.link.broker
        if not old or not math.isfinite(told.heard_s):
            return f"{broker} has not told all numbers yet"
        if told.beats.lag_s:
            return f"the numbers of {broker} come late: they waited on their way"
        words = f"{self._config.allowed_age_s:g} s"
        return f"{broker} is there, but its GX is silent for more than {words}"

    def _scene(self, told: GxTold, memory: GxMemory, since_s: float, proven_s: float) -> Scene:
        devices = told.views(since_s, proven_s)
        system = _one(devices, Service.SYSTEM, proven_s)
        if not system.numbers:
            raise SourceError(f"{self.link.broker} tells no numbers of the whole system")
        self._many_trackers |= busy_trackers(devices)
        self._phases = max(self._phases, phases_seen(system, devices))
        return Scene(
            name=self.name,
            now_s=proven_s,
            allowed_age_s=self._config.allowed_age_s,
            system=_filled(system, devices, self._phases),
            settings=_one(devices, Service.SETTINGS, proven_s),
            hub4=_one(devices, Service.HUB4, proven_s),
            devices=devices,
            phases=self._phases,
            many_trackers=frozenset(self._many_trackers),
            meter_lost=self._meter_lost(devices, memory),
            battery_expected=memory.battery_seen,
        )

    @staticmethod
    def _meter_lost(devices: dict[Service, Devices], memory: GxMemory | None) -> bool:
        """The GX goes on with the inverter's own measurement when its meter is gone; the meter's
        own topics show it."""
        if memory is None or not memory.meter_seen or not devices:
            return False
        if _one(devices, Service.SETTINGS, 0.0).get("no_meter") == 1:
            return False
        return not any(view.numbers for _, view in devices.get(Service.GRID, ()))


def _one(devices: dict[Service, Devices], service: Service, now_s: float) -> View:
    """The one device of a service of the GX itself; without numbers where it is not there."""
    return next((view for _, view in devices.get(service, ())), View({}, now_s))


def _filled(system: View, devices: dict[Service, Devices], phases: int) -> View:
    """The system's numbers with 0 where missing means none: no battery, no charger, no phase.

    Grid power is none off the grid. On the grid it has to be told of each phase that there is.
    """
    metered = any(view.numbers for _, view in devices.get(Service.GRID, ()))
    source = system.get("active_source")
    on_grid = source in (GRID, SHORE) or (not source and metered)
    none = ["battery_v", "pv_dc"]
    none += [f"grid32_l{phase}" for phase in PHASES if phase > phases or not on_grid]
    zero = Number(0.0, quantised_s(system.now_s), system.now_s)
    return View({**dict.fromkeys(none, zero), **system.numbers}, system.now_s, system.held_s)
