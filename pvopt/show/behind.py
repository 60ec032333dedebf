"""What a simulated home behind a broker amounts to, in words and figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pvopt.simulator.appliances import Appliance
from pvopt.simulator.mqtt_storages import StorageDevice
from pvopt.simulator.mqtt_wiring import Behind

STORED = (
    f"{'storage':<16}{'kWh out':>8}{'kWh in':>9}{'own sun':>9}{'%':>7}{'share':>9}{'parked':>9}"
    f"{'heard':>8}"
)
HEAD = f"{'load':<16}{'kWh':>8}{'bought':>9}{'on':>9}{'starts':>8}{'°C':>7}"


def headline(behind: Behind, speed: float | None = None) -> list[str]:
    """What stands behind the broker, and where it speaks and listens."""
    params, home = behind.world.params, behind.home
    battery = f"{params.battery_wh:.0f} Wh of battery" if params.battery_wh > 0 else "no battery"
    pace = "" if speed is None else f", at {speed:g} times real time; Ctrl-C ends it"
    lines = [f"a simulated home with {battery}{pace}"]
    lines += [f"  says     {one.topic}" for one in home.meters]
    for device in home.devices:
        lines += [f"  says     {one.topic} ({_name(device.appliance)})" for one in device.reports]
        lines.append(f"  obeys    {device.topic} ({_name(device.appliance)})")
    for storage in home.storages:
        lines += [f"  says     {one.topic} ({storage.unit.name})" for one in storage.reports]
        lines.append(f"  obeys    {storage.topic} ({storage.unit.name})")
    if speed is not None and behind.heater is not None:
        lines.append(f"  {behind.heater.id} hangs on a pin: here it draws nothing")
    if behind.left_out:
        lines.append(f"  not in it: {', '.join(behind.left_out)}")
    return lines


def line_of(behind: Behind, zone: ZoneInfo) -> str:
    """How it is now, in one line."""
    world, flows = behind.world, behind.world.flows
    now = datetime.fromtimestamp(world.utc_s, zone)
    words = [
        f"{now:%H:%M:%S} sun {flows.pv_w:.0f} W, house {flows.load_w + flows.heater_w:.0f} W, "
        f"grid {flows.grid_w:+.0f} W"
    ]
    for device in behind.home.devices:
        one = device.appliance
        words.append(f"{_name(one)} {one.percent:.1f} % {one.drawn_w:.0f} W{_warm(one)}")
    for storage in behind.home.storages:
        unit = storage.unit
        words.append(f"{unit.name} {unit.state.soc_pct:.1f} % gives {-unit.power_w:.0f} W")
    return "; ".join(words)


def table(behind: Behind) -> list[str]:
    """The home's sums, and each load's."""
    sums = behind.world.totals
    lines = [
        f"sun {sums.pv_wh / 1000.0:.2f} kWh (of {sums.pv_possible_wh / 1000.0:.2f} possible), "
        f"house without the loads {behind.household.house_wh / 1000.0:.2f} kWh, "
        f"bought {sums.import_wh / 1000.0:.2f} kWh, sold {sums.export_wh / 1000.0:.2f} kWh",
    ]
    lines += [HEAD] if behind.home.devices or behind.heater is not None else []
    for device in behind.home.devices:
        one = device.appliance
        drawn_wh = one.totals.drawn_wh
        share = 100.0 * one.totals.bought_wh / drawn_wh if drawn_wh > 0.0 else 0.0
        warm = f"{one.tank_c:.1f}" if one.params.tank_l > 0.0 else "-"
        lines.append(
            f"{_name(one):<16}{drawn_wh / 1000.0:>8.2f}{share:>7.1f} %"
            f"{one.totals.on_s / 3600.0:>7.2f} h{one.totals.switched:>8}{warm:>7}"
        )
    if behind.heater is not None:
        lines.append(f"{behind.heater.id:<16}{sums.heat_wh / 1000.0:>8.2f}   (on a pin)")
    home = behind.home
    lines += _stored(home.storages)
    lines.append(
        f"{home.said} messages said, {home.heard} commands heard"
        f"{f', {home.strange} of them for none of these' if home.strange else ''}"
    )
    return lines


def _stored(storages: Sequence[StorageDevice]) -> list[str]:
    """What each storage gave and took, and how full it is; ``share``: of all that they gave."""
    if not storages:
        return []
    lines = [STORED]
    given_wh = sum(one.unit.state.out_wh for one in storages)
    for device in storages:
        unit = device.unit
        state, passed_s = unit.state, max(1.0, unit.passed_s)
        share = 100.0 * state.out_wh / given_wh if given_wh > 0.0 else 0.0
        lines.append(
            f"{unit.name:<16}{state.out_wh / 1000.0:>8.2f}{state.in_wh / 1000.0:>9.2f}"
            f"{unit.solar_wh / 1000.0:>9.2f}{state.soc_pct:>7.1f}{share:>7.1f} %"
            f"{100.0 * unit.parked_s / passed_s:>7.1f} %{device.obeyed:>8}"
        )
    return lines


def _name(one: Appliance) -> str:
    return one.params.name


def _warm(one: Appliance) -> str:
    return f" {one.tank_c:.1f} °C" if one.params.tank_l > 0.0 else ""
