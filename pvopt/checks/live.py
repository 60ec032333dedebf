"""What can only be seen by asking: GX, meters, portal, forecasts, clocks. Bounded in time.

All that is slow by nature is started first and waited for last. Found units and forecasts go to
a folder that vanishes, so that looking leaves nothing behind; what an earlier run found on the
GX is taken over.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pvopt.checks import broker, gx, gx_mqtt, home, meters, mqtt_loads, portal, sensors, storages
from pvopt.checks import clock as clock_area
from pvopt.checks.host import running_pid
from pvopt.checks.machine import Machine
from pvopt.checks.row import Row, guarded
from pvopt.clock import Deadline
from pvopt.config.meters import MqttMeters
from pvopt.config.schema import Config
from pvopt.config.sources import Gx, GxModbus, GxMqtt, Vrm
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Link
from pvopt.model import Reading, Samples
from pvopt.ports import Clock, Source
from pvopt.sources.gx_discovery import CACHE_FILE
from pvopt.sources.gx_memory import FILES

GX_S = 7.0  # for all units to be found
GX_PATIENCE_S = 2.5  # for any answer at all
PORTAL_S = 12.0  # from the start on
STEP_S, DEMO_STEP_S = 0.1, 1.0


@dataclass
class Session:
    """One examination. ``samples``: what each source brought, in order of preference;
    ``sensors``: of single loads; ``told``: what devices behind ``link`` say that they do."""

    config: Config
    machine: Machine
    clock: Clock
    sources: Sequence[Source]
    sensors: Sequence[Source] = ()
    link: Link | None = None
    told: dict[str, Cell] = field(default_factory=dict)
    talk: broker.Link | None = None  # where somebody may ask or is told
    asked: Sequence[broker.Queue] = ()
    storages: Sequence[Source] = ()
    samples: list[Samples] = field(default_factory=list)
    gx_clock: tuple[str, float, float] | None = None

    def rows(self) -> Iterator[Row]:
        slow = Deadline(PORTAL_S)
        pairs = list(zip(self.sources, self.config.sources, strict=True))
        for source in self.sources:
            if isinstance(source, portal.Worked):
                with contextlib.suppress(SourceError):  # this only starts its worker
                    source.read(self.clock.now(), 0.0)
        yield from self._measuring(pairs, slow)
        for source, config in pairs:
            if not isinstance(config, GxModbus) and isinstance(source, portal.Worked):
                yield from guarded(config.name, lambda s=source, c=config: self._slow(s, c, slow))  # type: ignore[misc]
        best = next((found for found in self.samples if found.site is not None), None)
        if best is not None:
            yield from guarded("home", lambda: home.rows(self.config, best))
        if self.samples:
            yield from guarded(home.WATER, lambda: home.water(self.config, self._temperatures()))
        yield from guarded(sensors.AREA, lambda: sensors.rows(self.config, self.machine.root))
        for load, sensor in sensors.by_mqtt(self.config, self.sensors):
            yield from guarded(
                home.WATER,
                lambda s=sensor, o=load: sensors.heard(s, o, self.clock, slow),  # type: ignore[misc]
            )
        if self.link is not None:
            link = self.link
            yield from guarded(
                mqtt_loads.AREA, lambda: mqtt_loads.rows(self.config, link, self.told, slow)
            )
        yield from guarded(
            mqtt_loads.AREA,
            lambda: mqtt_loads.meters(self.config, self.sensors, self.clock, slow),
        )
        yield from guarded(
            storages.AREA,
            lambda: storages.rows(self.config, self.storages, self.clock, slow),
        )
        yield from guarded(broker.AREA, self._broker)
        yield from guarded(
            clock_area.AREA,
            lambda: clock_area.rows(self.config, self.machine, self.clock.now(), self.gx_clock),
        )

    def _measuring(self, pairs: Sequence[tuple[Source, object]], slow: Deadline) -> Iterator[Row]:
        """The sources that tell of this second."""
        patience = Deadline(GX_S)
        for source, config in pairs:
            if isinstance(config, GxModbus) and isinstance(source, gx.Findable):
                yield from guarded(config.name, lambda s=source, c=config: self._gx(s, c, patience))  # type: ignore[misc]
        for source, config in pairs:
            if isinstance(config, GxMqtt) and isinstance(source, gx_mqtt.Telling):
                yield from guarded(config.name, lambda s=source, c=config: self._told(s, c, slow))  # type: ignore[misc]
        for source, config in pairs:
            if isinstance(config, MqttMeters) and isinstance(source, meters.Hearing):
                yield from guarded(config.name, lambda s=source, c=config: self._heard(s, c, slow))  # type: ignore[misc]

    def _broker(self) -> Iterator[Row]:
        if self.talk is None or self.config.mqtt is None:
            return
        metered = any(isinstance(source, MqttMeters) for source in self.config.sources)
        told = metered or self.link is not None or bool(self.storages)  # whether it is there
        yield from broker.rows(self.talk, self.config.mqtt, self.asked, told)

    def _gx(self, source: gx.Findable, config: GxModbus, left: Deadline) -> Iterator[Row]:
        # The first read of a hanging device keeps the GX busy: not while a heater may be on.
        source.may_scan = running_pid(self.config) is None
        step_s = STEP_S if self.config.demo is None else DEMO_STEP_S
        allowed_s = max(GX_PATIENCE_S, left.left_s())
        seen = gx.look(source, config, self.clock, step_s, allowed_s, GX_PATIENCE_S)
        if seen.samples is not None:
            self.samples.append(seen.samples)
            if seen.findings.clock_utc_s is not None and self.gx_clock is None:
                self.gx_clock = (config.name, seen.findings.clock_utc_s, seen.instant.utc_s)
        yield from gx.rows(seen)

    def _told(self, source: gx_mqtt.Telling, config: GxMqtt, left: Deadline) -> Iterator[Row]:
        heard = gx_mqtt.listen(source, config, self.clock, left)
        if heard.samples is not None:
            self.samples.append(heard.samples)
        if heard.findings.clock_utc_s is not None and self.gx_clock is None:
            self.gx_clock = (config.name, heard.findings.clock_utc_s, heard.instant.utc_s)
        measuring = [s for s in self.config.sources if isinstance(s, Gx | Vrm | MqttMeters)]
        yield from gx_mqtt.rows(heard, alone=len(measuring) == 1)

    def _heard(self, source: meters.Hearing, config: MqttMeters, left: Deadline) -> Iterator[Row]:
        if self.config.mqtt is None:
            return
        alone = not any(isinstance(s, Gx | Vrm) for s in self.config.sources)
        yield from meters.rows(source, config, self.config.mqtt, self.clock, left, alone)
        with contextlib.suppress(SourceError):
            self.samples.append(source.read(self.clock.now(), 0.0))

    def _slow(self, source: portal.Worked, config: object, left: Deadline) -> Iterator[Row]:
        if not isinstance(config, Vrm):
            yield from portal.forecast_rows(source, config, left, self.config.site.timezone)  # type: ignore[arg-type]
            return
        alone = not any(isinstance(s, Gx | MqttMeters) for s in self.config.sources)
        now = self.clock.now()
        yield from portal.rows(source, config, left, now.utc_s, alone)
        with contextlib.suppress(SourceError):
            self.samples.append(source.read(now, 0.0))

    def _temperatures(self) -> dict[str, Reading]:
        return {key: reading for found in self.samples for key, reading in found.temperatures}


def keep_known_units(config: Config, folder: Path) -> None:
    """Give a fresh state folder what an earlier run found on the GX."""
    kept = Path(config.state.folder)
    for path in (kept / CACHE_FILE, *kept.glob(FILES)):
        with contextlib.suppress(OSError):
            shutil.copy(path, folder / path.name)
