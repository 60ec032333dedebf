"""PV devices of a GX: what each gives, whether it holds sun back, and why.

A charger says so itself: MPP operation mode 1 limited, 2 tracking, 255 not available; 0 is both
"off" and "missing". A PV inverter shows it as a power limit below its maximum; there, 0 means
that it cannot be limited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pvopt.model import LimitWhy, PvDevice, Reading
from pvopt.sources.gx_reader import Devices, View
from pvopt.sources.registers import Service

LIMITED, TRACKING = 1, 2
FULL_STATES = frozenset({4, 5, 6})  # absorption, float, storage
NEAR_CHARGE_V = 0.995  # of the charge voltage limit: regulation has begun
NEAR_CHARGE_A = 0.95  # of a charge current limit
AT_LIMIT = 0.002  # a PV inverter this near to its limit is held by it
AT_LIMIT_W = 4.0
NEAR_LIMIT = 0.05  # and this near perhaps: inverters round their limits and drift
NEAR_LIMIT_W = 50.0
LIMIT_SET = 0.99  # of the maximum: below it a limit is in force
DARK_W = 20.0  # below this a charger in mode 0 is off, above it the mode is missing
SHIFT_HZ = 0.2  # above nominal: an island throttles AC-coupled PV
TRACKERS = range(4)


@dataclass(frozen=True, slots=True)
class Battery:
    """What tells why a charger is limited; volts, and watts with + charging."""

    volts: float | None
    watts: float | None
    charge_v: float | None
    charge_w: float | None


@dataclass(frozen=True, slots=True)
class PvScene:
    """What one tick knows besides the devices' own registers."""

    origin: str
    battery: Battery
    limiter_active: bool | None
    island: bool
    frequency_hz: float | None
    many_trackers: frozenset[tuple[Service, int]]


def has_many_trackers(view: View) -> bool:
    """Whether more than the first tracker was ever seen at work."""
    return any(view.get(f"tracker_{n}") or view.get(f"tracker_mode_{n}") for n in TRACKERS[1:])


def busy_trackers(devices: Mapping[Service, Devices]) -> set[tuple[Service, int]]:
    """Chargers of which more than the first tracker is at work now."""
    return {
        (service, unit)
        for service in (Service.CHARGER, Service.MULTI)
        for unit, view in devices.get(service, ())
        if has_many_trackers(view)
    }


def charger_w(view: View) -> float | None:
    """A charger's PV power: the widest register offered (789 overflows above 6553 W)."""
    for key in ("yield32", "yield16", "yield_10w"):
        watts = view.get(key)
        if watts is not None:
            return watts
    parts = [view.get(f"tracker_{n}") for n in TRACKERS]
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def charger_devices(
    service: Service, unit: int, view: View, scene: PvScene
) -> tuple[PvDevice, ...]:
    """One entry for a charger, or one for each tracker of a larger one."""
    name = f"{service}:{unit}"
    if (service, unit) in scene.many_trackers or service == Service.RS_INVERTER:
        return tuple(
            _tracker(
                f"{name}/{n + 1}",
                view,
                view.get(f"tracker_{n}"),
                view.get(f"tracker_mode_{n}"),
                f"tracker_{n}",
                scene,
            )
            for n in TRACKERS
            if view.get(f"tracker_{n}") is not None
        )
    modes = (view.get("mpp_mode"), view.get("tracker_mode_0"))
    mode = next((m for m in modes if m in (LIMITED, TRACKING)), modes[0])
    key = next((k for k in ("yield32", "yield16", "yield_10w") if view.get(k) is not None), "")
    return (_tracker(name, view, charger_w(view), mode, key, scene),)


def _tracker(
    name: str, view: View, watts: float | None, mode: float | None, key: str, scene: PvScene
) -> PvDevice:
    limited: bool | None
    if mode in (LIMITED, TRACKING):
        limited = mode == LIMITED
    else:
        limited = False if _is_dark(view, watts, mode) else None
    why = _charger_why(view, scene) if limited else LimitWhy.NONE
    at_s = view.at_s(key)
    power_w = Reading(None if watts is None else float(round(watts)), at_s, scene.origin)
    return PvDevice(name, power_w, limited, why)


def _is_dark(view: View, watts: float | None, mode: float | None) -> bool:
    """Off at night: a living charger that gives nothing and says it is off."""
    if mode != 0 or watts is None or watts >= DARK_W:
        return False
    return (view.get("charger_v") or 0) > 0 and view.get("charger_state") == 0


def _charger_why(view: View, scene: PvScene) -> LimitWhy:
    battery = scene.battery
    if scene.limiter_active:
        return LimitWhy.FEED_IN_LIMIT
    if (
        battery.watts is not None
        and battery.charge_w is not None
        and battery.watts >= NEAR_CHARGE_A * battery.charge_w
        and not _at_charge_voltage(battery)
    ):
        return LimitWhy.CHARGE_LIMIT
    if _at_charge_voltage(battery) or view.get("charger_state") in FULL_STATES:
        return LimitWhy.BATTERY_FULL
    return LimitWhy.UNKNOWN


def _at_charge_voltage(battery: Battery) -> bool:
    if battery.volts is None or battery.charge_v is None:
        return False
    return battery.volts >= NEAR_CHARGE_V * battery.charge_v


def inverter_device(unit: int, view: View, scene: PvScene) -> PvDevice:
    """A PV inverter on the AC side."""
    watts, most_w, limit_w = view.get("pv_total"), view.get("pv_max"), view.get("pv_limit")
    power_w = Reading(
        None if watts is None else max(0.0, float(round(watts))),
        view.at_s("pv_total"),
        scene.origin,
    )
    name = f"{Service.PV_INVERTER}:{unit}"
    if scene.island and _shifted(scene.frequency_hz):
        return PvDevice(name, power_w, True, LimitWhy.FREQUENCY)
    if watts is not None and limit_w and most_w:
        why = _limit_why(watts, limit_w) if limit_w < LIMIT_SET * most_w else LimitWhy.NONE
        return PvDevice(name, power_w, why != LimitWhy.NONE, why)
    if limit_w == 0 and most_w and scene.limiter_active:
        # Closed down to 0 W: the same number as "cannot be limited".
        return PvDevice(name, power_w, True, LimitWhy.FEED_IN_LIMIT)
    return PvDevice(name, power_w)


def _limit_why(watts: float, limit_w: float) -> LimitWhy:
    """Whether a limit in force holds the inverter back. 3000 W: from 2994 W on, perhaps from
    2850 W on."""
    if watts >= limit_w - max(AT_LIMIT_W, AT_LIMIT * limit_w):
        return LimitWhy.FEED_IN_LIMIT
    if watts >= limit_w - max(NEAR_LIMIT_W, NEAR_LIMIT * limit_w):
        return LimitWhy.NEAR_LIMIT
    return LimitWhy.NONE


def _shifted(frequency_hz: float | None) -> bool:
    if frequency_hz is None:
        return False
    nominal_hz = 60.0 if frequency_hz > 55.0 else 50.0
    return frequency_hz > nominal_hz + SHIFT_HZ


def chargers_w(views: Iterable[View]) -> float:
    """What all chargers together say they give."""
    return sum(charger_w(view) or 0.0 for view in views)
