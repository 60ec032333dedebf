"""A GX source by MQTT together with the simulated GX that it hears, a second a look."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pvopt.config.sources import GxMqtt
from pvopt.errors import SourceError
from pvopt.model import Instant, Reading, Samples, Site
from pvopt.sources.victron_mqtt import GxMqttSource
from tests.gx_told import Raw, numbers_of
from tests.modbus_standin import Devices, home
from tests.mqtt_gx import GxLink


class GxMqttRig:
    """``devices`` may be changed at any time; ``look()`` reads a second after the last look."""

    def __init__(
        self, folder: Path, devices: Devices | None = None, raw: Raw | None = None, **keys: str
    ) -> None:
        self.devices = home() if devices is None else devices
        self.raw = raw  # in the place of the devices
        self.folder = folder
        self.config = GxMqtt(host="venus.local", **keys)  # type: ignore[arg-type]
        self.now_s = 100.0
        self._make()

    def _make(self) -> None:
        self.link = GxLink()
        self.source = GxMqttSource(self.config, self.link, self.folder)
        self.link.at(self.now_s)
        self.tell()
        self.link.connect()

    def restart(self) -> None:
        """pvopt starts anew with the same folder."""
        self.now_s += 100.0
        self._make()

    def tell(self, **more: float | None) -> None:
        """The GX has the numbers of its devices; ``more``: of single topics, _ for /."""
        told = numbers_of(self.devices.raw if self.raw is None else self.raw)
        told |= {name.replace("_", "/"): number for name, number in more.items()}
        self.link.gx.tell(told, self.now_s)

    @property
    def instant(self) -> Instant:
        return Instant(self.now_s, 1_800_000_000.0 + self.now_s)

    def look(self, step_s: float = 1.0) -> Samples:
        self.now_s += step_s
        self.link.at(self.now_s)
        return self.source.read(self.instant, 0.0)

    def samples(self) -> Samples:
        """The first samples after a start: one look asks, the next has them."""
        self.link.at(self.now_s)
        with contextlib.suppress(SourceError):
            return self.source.read(self.instant, 0.0)
        return self.source.read(self.instant, 0.0)

    def site(self) -> Site:
        found = self.samples().site
        assert found is not None
        return found

    def temperatures(self) -> dict[str, Reading]:
        return dict(self.samples().temperatures)
