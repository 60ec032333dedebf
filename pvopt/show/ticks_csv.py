"""A simulated run as a table, a row a tick: what was told, what was decided, what truly was."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.errors import StoreError
from pvopt.model import Reading, Site, Tick
from pvopt.simulator.account import all_knowing_w

if TYPE_CHECKING:
    from pvopt.simulator.world import World

# Names in order, with what they mean. `told_`: the meters; `true_`: the home itself.
COLUMNS = {
    "time": "UTC, the moment of the tick",
    "told_age_s": "s, age of the numbers that were told",
    "told_pv_w": "W, sun used",
    "told_load_w": "W, house with heater",
    "told_battery_w": "W, + charging, - discharging",
    "told_grid_w": "W, + bought, - fed in",
    "told_soc_pct": "%, charge of the battery",
    "told_tank_c": "°C, temperature sensor of the tank",
    "told_limited": "1: a charger or inverter said that it is held back",
    "budget_w": "W that the loop thought could be used",
    "asked_w": "W that it asked of the heater",
    "why": "its reason, a code's name",
    "closed": "1: relay closed",
    "knob_pct": "%, position of the knob",
    "true_pv_possible_w": "W that the panels could give",
    "true_pv_w": "W that they gave",
    "true_load_w": "W, house without heater",
    "true_heater_w": "W into the water",
    "true_all_knowing_w": "W that a diverter would use that knows everything",
    "true_battery_w": "W, + charging, - discharging",
    "true_grid_w": "W, + bought, - fed in",
    "true_soc_pct": "%, charge of the battery",
    "true_tank_c": "°C, the water that is drawn",
    "grid_up": "0: power cut",
}
NOTE = "true_ columns are means of the second that ends at the row's time"
LEVEL = 4  # of gzip: half the time of its default for a tenth more bytes


class TicksCsv:
    """``ports.Recorder``. Written as it goes; ``close`` makes it whole. Faults: see ``fault``."""

    def __init__(self, path: Path, world: World) -> None:
        self.path = path
        self.rows = 0
        self.fault = ""
        self._world = world
        try:
            self._file = gzip.open(  # noqa: SIM115 (open as long as the run)
                path, "wt", LEVEL, encoding="utf-8", newline="\n"
            )
            self._file.write(",".join(COLUMNS) + "\n")
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror})") from error

    def record(self, tick: Tick) -> None:
        """One row; after a first fault nothing more."""
        if self.fault:
            return
        try:
            self._file.write(row_of(tick, self._world))
            self.rows += 1
        except OSError as error:
            self.fault = f"{self.path}: cannot be written on ({error.strerror})"

    def close(self) -> None:
        """Whole from here on; a fault is remembered, not raised."""
        try:
            self._file.close()
        except OSError as error:
            self.fault = self.fault or f"{self.path}: cannot be ended ({error.strerror})"


def row_of(tick: Tick, world: World) -> str:
    """One line of the table. What is missing is empty."""
    instant, site = tick.snapshot.instant, tick.snapshot.site
    view, outcome = tick.snapshot.loads[0], tick.outcomes[0]
    command, flows = tick.decision.commands[0], world.flows
    return (
        f"{datetime.fromtimestamp(instant.utc_s, UTC):%Y-%m-%dT%H:%M:%SZ},"
        f"{_told(site, instant.mono_s)},{_number(view.temperature_c, 2)},{_limited(site)},"
        f"{tick.decision.budget_w:.0f},{command.setpoint_w:.1f},{command.reason.code.name},"
        f"{1 if outcome.closed else 0},{outcome.position_pct:.2f},"
        f"{flows.pv_possible_w:.1f},{flows.pv_w:.1f},{flows.load_w:.1f},{flows.heater_w:.1f},"
        f"{all_knowing_w(world.params, flows):.1f},{flows.battery_w:.1f},{flows.grid_w:.1f},"
        f"{flows.soc_pct:.3f},{flows.tank_top_c:.3f},{1 if flows.grid_up else 0}\n"
    )


def _told(site: Site | None, now_s: float) -> str:
    if site is None:
        return ",,,,,"
    watts = (site.pv_w, site.load_w, site.battery_w, site.grid_w)
    shown = ",".join(_number(reading, 0) for reading in watts)
    return f"{now_s - site.at_s:.1f},{shown},{_number(site.soc_pct, 1)}"


def _limited(site: Site | None) -> str:
    told = [device.limited for device in site.pv] if site is not None else []
    if True in told:
        return "1"
    return "0" if False in told else ""


def _number(reading: Reading, digits: int) -> str:
    return "" if reading.value is None else f"{reading.value:.{digits}f}"
