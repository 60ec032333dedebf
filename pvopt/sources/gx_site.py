"""From the image of a GX to the Site: signs, sums, and which zeros mean "missing".

Victron's signs are ours: grid + import, battery + charging. Everything is quantised here (1 W,
0.1 V, 0.1 %, 0.01 Hz, 0.1 s), so that what is recorded is what was decided on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pvopt.errors import SourceError
from pvopt.model import MISSING, PvDevice, Reading, Site
from pvopt.sources import gx_state
from pvopt.sources.gx_pv import Battery, PvScene, charger_devices, chargers_w, inverter_device
from pvopt.sources.gx_reader import Devices, View, quantised_s
from pvopt.sources.registers import Service

PHASES = (1, 2, 3)
WRAP_W = 65_536
# Negative watts in an unsigned register wrap (a PV inverter's own consumption at night).
NIGHT_W = -500
PV_OVERFLOW_W = 60_000  # above this the GX's 16-bit sum of the chargers may have wrapped


@dataclass(frozen=True, slots=True)
class Scene:
    """All that one tick knows of a GX. ``devices``: (unit, view) by kind."""

    name: str
    now_s: float
    allowed_age_s: float
    system: View
    settings: View
    hub4: View
    devices: dict[Service, Devices]
    phases: int = 1
    many_trackers: frozenset[tuple[Service, int]] = frozenset()
    meter_lost: bool = False
    battery_expected: bool = False

    def views(self, *services: Service) -> tuple[View, ...]:
        return tuple(view for s in services for _, view in self.devices.get(s, ()))

    def reading(self, number: float | None, digits: int = 0) -> Reading:
        if number is None:
            return MISSING
        return Reading(float(round(number, digits)), quantised_s(self.now_s), self.name)


def unwrapped(number: float, expected: float) -> float:
    """A 16-bit number that may have wrapped, brought next to what another register says."""
    return number + WRAP_W * round((expected - number) / WRAP_W)


def phases_seen(system: View, devices: Mapping[Service, Devices]) -> int:
    """1 to 3: an absent phase reads 0 everywhere."""
    told = [
        int(view.get("phase_count") or 0)
        for service in (Service.VEBUS, Service.MULTI)
        for _, view in devices.get(service, ())
    ]
    keys = ("grid", "load", "pv_out", "pv_grid")
    busy = [p for p in PHASES for key in keys if _sum_of(system, key, p)]
    return min(3, max([1, *told, *busy]))


def site_of(scene: Scene) -> Site:
    """The home as this tick saw it. Raises SourceError if grid, battery or PV are not known."""
    inverters = scene.views(Service.VEBUS, Service.MULTI, Service.RS_INVERTER)
    batteries = scene.views(Service.BATTERY)
    grid_up = gx_state.grid_up(scene.system, inverters)
    grid = _grid(scene)
    battery_v = _battery_v(scene)
    battery_w = _battery_w(scene, battery_v)
    limits = gx_state.limits(scene.settings, batteries, inverters, battery_v)
    feed_in = gx_state.feed_in(scene.settings, scene.hub4, scene.views(Service.MULTI))
    frequency_hz = next((hz for i in inverters if (hz := i.get("out_hz"))), None)
    pv_scene = PvScene(
        scene.name,
        Battery(battery_v, battery_w, limits.charge_v, limits.charge_w),
        feed_in.limiter_active,
        grid_up is False,
        frequency_hz,
        scene.many_trackers,
    )
    return Site(
        origin=scene.name,
        at_s=quantised_s(scene.now_s),
        allowed_age_s=scene.allowed_age_s,
        grid_w=scene.reading(None if grid is None else sum(w for w in grid if w is not None)),
        grid_phase_w=_three(scene, grid),
        pv_w=scene.reading(_pv_w(scene)),
        load_w=scene.reading(_load_w(scene)),
        battery_w=scene.reading(battery_w),
        battery_v=scene.reading(battery_v, 1),
        soc_pct=_soc(scene, battery_v),
        inverter_out_w=scene.reading(_inverter_out_w(inverters)),
        frequency_hz=scene.reading(frequency_hz, 2),
        pv=_pv_devices(scene, pv_scene),
        feed_in=feed_in,
        grid_setpoint_w=_setpoint(scene),
        grid_up=grid_up,
        generator=gx_state.generator(scene.system),
        ess_state=gx_state.ess_state(scene.system, scene.settings, inverters, grid_up),
        limits=limits,
        alarms=gx_state.alarms(inverters, batteries, scene.meter_lost),
        summed_metering=gx_state.summed_metering(scene.settings),
    )


def _sum_of(view: View, key: str, phase: int) -> float | None:
    """A phase's number, from its 32-bit twin where there is one."""
    wide = view.get(f"{key}32_l{phase}")
    return wide if wide is not None else view.get(f"{key}_l{phase}")


def _grid(scene: Scene) -> tuple[float | None, ...] | None:
    """Watts by phase, + import (a running generator counts as grid); None: no AC input at all.

    Raises SourceError when the GX has lost its meters: it then serves zeros.
    """
    system = scene.system
    meters = scene.views(Service.GRID)
    metered = any(_meter_w(meter, 1) is not None for meter in meters)
    if not system.get("active_source") and not metered:
        if scene.views(Service.VEBUS, Service.MULTI, Service.GRID):
            raise SourceError("the GX knows neither its grid meter nor its AC input")
        return None
    watts: list[float | None] = []
    for phase in PHASES:
        grid_w = _sum_of(system, "grid", phase)
        if grid_w is None:
            raise SourceError("the GX did not give its grid power")
        own_w = next((w for meter in meters if (w := _meter_w(meter, phase)) is not None), None)
        if system.get(f"grid32_l{phase}") is None and own_w is not None:
            grid_w = unwrapped(grid_w, own_w)
        if system.get("active_source") == gx_state.GENERATOR:
            grid_w += _sum_of(system, "genset", phase) or 0.0
        watts.append(grid_w if phase <= scene.phases else None)
    return tuple(watts)


def _meter_w(meter: View, phase: int) -> float | None:
    wide = meter.get(f"meter32_l{phase}")
    return wide if wide is not None else meter.get(f"meter16_l{phase}")


def _three(scene: Scene, grid: tuple[float | None, ...] | None) -> tuple[Reading, Reading, Reading]:
    one, two, three = (scene.reading(w) for w in (grid or (None, None, None)))
    return one, two, three


def _battery_v(scene: Scene) -> float | None:
    volts = scene.system.get("battery_v")
    if volts is None:
        raise SourceError("the GX did not give its battery's readings")
    if volts > 0:
        return volts
    if scene.battery_expected:
        raise SourceError("the GX has lost its battery's readings (voltage 0)")
    return None


def _battery_w(scene: Scene, battery_v: float | None) -> float | None:
    watts, amps = scene.system.get("battery_w"), scene.system.get("battery_a")
    if battery_v is None or watts is None or amps is None:
        return None
    return unwrapped(watts, battery_v * amps)


def _soc(scene: Scene, battery_v: float | None) -> Reading:
    """State of charge; 0 % is what a missing one reads, and is taken as missing.

    The battery's own register has a decimal; it counts while it agrees with the GX's choice.
    """
    soc = scene.system.get("soc")
    if battery_v is None or soc is None or not 0 < soc <= 100:
        return MISSING
    for battery in scene.views(Service.BATTERY):
        own = battery.get("own_soc")
        if own is not None and abs(own - soc) <= 0.6:
            return scene.reading(own, 1)
    return scene.reading(soc, 1)


def _pv_w(scene: Scene) -> float:
    dc_w = scene.system.get("pv_dc")
    if dc_w is None:
        raise SourceError("the GX did not give its PV power")
    own_w = chargers_w(scene.views(Service.CHARGER, Service.MULTI, Service.RS_INVERTER))
    if own_w > PV_OVERFLOW_W:
        dc_w = own_w
    places = ("pv_out", "pv_grid", "pv_genset")
    ac_w = sum(_not_below_0(_sum_of(scene.system, key, p)) for key in places for p in PHASES)
    return dc_w + ac_w


def _not_below_0(watts: float | None) -> float:
    """Watts of an unsigned register, whose small negative numbers have wrapped."""
    if watts is None:
        return 0.0
    wrapped = watts >= 1 << 31 or WRAP_W + NIGHT_W <= watts < WRAP_W
    return 0.0 if wrapped else watts


def _load_w(scene: Scene) -> float | None:
    parts = [_sum_of(scene.system, "load", phase) for phase in PHASES]
    known = [_not_below_0(part) for part in parts if part is not None]
    return sum(known) if known else None


def _inverter_out_w(inverters: tuple[View, ...]) -> float | None:
    """AC power made from DC: what leaves the outputs less what came in by the inputs, >= 0."""
    living = [inverter for inverter in inverters if gx_state.alive(inverter)]
    if not living:
        return None
    net_w = sum(
        (i.get(f"out_l{phase}") or 0.0) - (i.get(f"in_l{phase}") or 0.0)
        for i in living
        for phase in PHASES
    )
    return max(0.0, net_w)


def _setpoint(scene: Scene) -> Reading:
    """The grid set-point; a volatile override (e.g. of Dynamic ESS) goes before the setting."""
    for view, key in ((scene.hub4, "setpoint_override"), (scene.settings, "setpoint")):
        watts = view.get(key)
        if watts or (watts is not None and key == "setpoint"):
            return Reading(watts, view.at_s(key), scene.name)
    return MISSING


def _pv_devices(scene: Scene, pv_scene: PvScene) -> tuple[PvDevice, ...]:
    found: list[PvDevice] = []
    for service in (Service.CHARGER, Service.MULTI, Service.RS_INVERTER):
        for unit, view in scene.devices.get(service, ()):
            if view.numbers:
                found += charger_devices(service, unit, view, pv_scene)
    for unit, view in scene.devices.get(Service.PV_INVERTER, ()):
        if view.numbers:
            found.append(inverter_device(unit, view, pv_scene))
    return tuple(found)
