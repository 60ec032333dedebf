"""A GX source together with the stand-in it reads: one second a look, without waiting for one."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from pvopt.clock import Deadline
from pvopt.config.sources import GxModbus, GxUnits
from pvopt.model import Instant, Reading, Samples, Site
from pvopt.sources.victron_modbus import GxModbusSource
from tests.modbus_standin import Devices, RegisterServer, home

BUDGET_S = 0.8
SLACK = 5.0  # a deadline may be asserted with fivefold slack on a busy machine
# All kinds of device named, so that nothing is searched for unless a test wants it.
NAMED = GxUnits(
    vebus=227, grid_meter=30, battery=225, chargers=(226,), temperatures=(24,), pv_inverters=(20,)
)


class GxRig:
    """``server`` and ``source``; ``look()`` reads once, a second after the last look."""

    def __init__(
        self,
        folder: Path,
        devices: Devices | None = None,
        firmware: str = "1.0.101",
        units: GxUnits = NAMED,
        scan: bool = False,
    ) -> None:
        self.devices = home() if devices is None else devices
        self.server = RegisterServer(self.devices, firmware)
        self.folder = folder
        self.config = GxModbus(host="127.0.0.1", port=self.server.port, scan=scan, units=units)
        self.source = GxModbusSource(self.config, folder)
        self.now_s = 100.0
        self.took_s = 0.0
        self.budget_s = BUDGET_S

    @property
    def instant(self) -> Instant:
        return Instant(self.now_s, 1_800_000_000.0 + self.now_s)

    def look(self, step_s: float = 1.0) -> Samples:
        self.now_s += step_s
        clock = Deadline(1000.0)
        try:
            return self.source.read(self.instant, self.budget_s)
        finally:
            self.took_s = 1000.0 - clock.left_s()

    def site(self, looks: int = 1) -> Site:
        """The site of the last of so many looks."""
        found = [self.look().site for _ in range(looks)][-1]
        assert found is not None
        return found

    def temperatures(self) -> dict[str, Reading]:
        return dict(self.look(5.0).temperatures)

    def again(self, firmware: str = "1.0.101") -> None:
        """A new server at the same place."""
        self.server = RegisterServer(self.devices, firmware, self.server.port)

    def restart(self) -> None:
        """The source starts anew with the same folder."""
        self.source.close()
        self.source = GxModbusSource(self.config, self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.source.close()
        self.server.__exit__(kind, fault, at)
