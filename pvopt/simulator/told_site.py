"""The site as a GX's numbers tell it, from the simulated meters."""

from __future__ import annotations

from functools import lru_cache

from pvopt.model import (
    MISSING,
    Alarm,
    EssState,
    FeedIn,
    Limits,
    LimitWhy,
    PvDevice,
    Reading,
    Site,
)
from pvopt.simulator.charger import MODE_LIMITED
from pvopt.simulator.gx_image import CHARGERS, PV_INVERTER
from pvopt.simulator.home import NO_CAP_W, HomeParams
from pvopt.simulator.inverter import SHIFT_FROM_HZ
from pvopt.simulator.meters import ABSENT, LEAST_SOC_TENTHS, Meters, rounded

NEAR_VOLTAGE = 0.995  # of the charge voltage limit: the battery is what holds back
NEAR_CURRENT = 0.95  # of a charge current limit
NO_BATTERY = Limits(ess_min_soc_pct=0.0)  # a setting that is not there reads 0
# (name, place in the meters) in the order of the units.
CHARGER_ORDER = sorted((unit, k) for k, unit in enumerate(CHARGERS))
CHARGER_NAMES = tuple((f"solarcharger:{unit}", k) for unit, k in CHARGER_ORDER)
PV_INVERTER_NAME = f"pvinverter:{PV_INVERTER}"
# What stays the same for minutes is made once: shapes are most of what a read costs.
lasting = lru_cache(256)


def site_of(
    params: HomeParams, meters: Meters, at_s: float, origin: str, allowed_age_s: float
) -> Site:
    """The site as a GX's numbers tell it; a test holds it against the real source's."""
    # A generator stands for the grid, with its own flag.
    (in_1, in_2, in_3), (fuel_1, fuel_2, fuel_3) = meters.grid_w, meters.generator_w
    l1_w, l2_w, l3_w = in_1 + fuel_1, in_2 + fuel_2, in_3 + fuel_3
    load_1, load_2, load_3 = meters.load_w
    three = params.phases != 1 or load_2 or load_3
    pv_w = float(meters.pv_dc_w + sum(meters.pv_ac_w))
    load_w = float(max(0, load_1) + max(0, load_2) + max(0, load_3))
    battery_w = battery_v = soc_pct = out_w = frequency_hz = MISSING
    volts = rounded(meters.battery_10mv / 10.0) / 10.0
    if meters.battery:
        made_w = 10.0 * (sum(meters.inverter_out_10w) - sum(meters.inverter_in_10w))
        battery_w = Reading(float(meters.battery_w), at_s, origin)
        battery_v = Reading(volts, at_s, origin)
        if meters.soc_tenths >= LEAST_SOC_TENTHS:
            soc_pct = Reading(meters.soc_tenths / 10.0, at_s, origin)
        out_w = Reading(max(0.0, made_w), at_s, origin)
        frequency_hz = Reading(meters.frequency_10mhz / 100.0, at_s, origin)
    return Site(
        origin=origin,
        at_s=at_s,
        allowed_age_s=allowed_age_s,
        grid_w=Reading(float(l1_w + l2_w + l3_w), at_s, origin),
        grid_phase_w=(
            Reading(float(l1_w), at_s, origin),
            Reading(float(l2_w), at_s, origin) if three else MISSING,
            Reading(float(l3_w), at_s, origin) if three else MISSING,
        ),
        pv_w=Reading(pv_w, at_s, origin),
        load_w=Reading(load_w, at_s, origin),
        battery_w=battery_w,
        battery_v=battery_v,
        soc_pct=soc_pct,
        inverter_out_w=out_w,
        frequency_hz=frequency_hz,
        pv=_pv_devices(params, meters, volts, at_s, origin),
        feed_in=_feed_in(
            params.dc_feed_in, params.ac_feed_in, params.feed_in_cap_w, meters.limiter
        ),
        grid_setpoint_w=Reading(float(rounded(params.grid_setpoint_w)), at_s, origin),
        grid_up=meters.grid_up,
        generator=meters.generator,
        ess_state=_ess_state(meters),
        limits=_limits(
            meters.ccl_100ma,
            meters.dcl_100ma,
            meters.cvl_100mv,
            volts,
            params.inverter_w,
            params.min_soc_pct,
        )
        if meters.battery
        else NO_BATTERY,
        alarms=(Alarm.OVERLOAD,) if meters.overload and not meters.grid_up else (),
        summed_metering=True if meters.battery else None,
    )


@lasting
def _feed_in(dc_allowed: bool, ac_allowed: bool, cap_w: float, limiter: bool) -> FeedIn:
    return FeedIn(dc_allowed, ac_allowed, None if cap_w >= NO_CAP_W else float(cap_w), limiter)


def _ess_state(meters: Meters) -> EssState:
    if not meters.battery:
        return EssState.UNKNOWN
    if not meters.ac_up:
        return EssState.OFF
    if not meters.grid_up and not meters.generator:
        return EssState.ISLAND
    return EssState.RECHARGE if meters.sustain else EssState.OPTIMIZED


@lasting
def _limits(
    ccl_100ma: int,
    dcl_100ma: int,
    cvl_100mv: int,
    volts: float,
    inverter_w: float,
    min_soc_pct: float,
) -> Limits:
    return Limits(
        charge_w=float(round(ccl_100ma / 10.0 * volts)),
        discharge_w=float(round(dcl_100ma / 10.0 * volts)),
        charge_v=cvl_100mv / 10.0,
        inverter_w=float(rounded(inverter_w)),
        ess_min_soc_pct=rounded(min_soc_pct * 10.0) / 10.0,
    )


def _limit_why(meters: Meters, battery_v: float) -> LimitWhy:
    """Why a charger is limited, as far as a GX's numbers tell."""
    if meters.limiter:
        return LimitWhy.FEED_IN_LIMIT
    if battery_v >= NEAR_VOLTAGE * meters.cvl_100mv / 10.0:
        return LimitWhy.BATTERY_FULL
    if meters.battery_w >= NEAR_CURRENT * round(meters.ccl_100ma / 10.0 * battery_v):
        return LimitWhy.CHARGE_LIMIT
    return LimitWhy.UNKNOWN


def _pv_devices(
    params: HomeParams, meters: Meters, battery_v: float, at_s: float, origin: str
) -> tuple[PvDevice, ...]:
    devices = []
    for name, place in CHARGER_NAMES:
        charger = meters.chargers[place]
        if charger.mode == ABSENT:
            continue
        limited = charger.mode == MODE_LIMITED
        why = _limit_why(meters, battery_v) if limited else LimitWhy.NONE
        devices.append(PvDevice(name, Reading(float(charger.watts), at_s, origin), limited, why))
    if params.pv_ac_rated_w > 0.0:
        watts = Reading(float(sum(meters.pv_ac_w)), at_s, origin)
        limited_ac, why = _pv_ac_limited(meters)
        devices.append(PvDevice(PV_INVERTER_NAME, watts, limited_ac, why))
    return tuple(devices)


def _pv_ac_limited(meters: Meters) -> tuple[bool | None, LimitWhy]:
    """A PV inverter tells its limit only; giving what the limit allows means held back, a little
    less perhaps."""
    if not meters.grid_up and meters.frequency_10mhz > 100.0 * SHIFT_FROM_HZ:
        return True, LimitWhy.FREQUENCY
    if meters.pv_ac_limit_w == 0:  # what an inverter that cannot be limited tells, too
        return (True, LimitWhy.FEED_IN_LIMIT) if meters.limiter else (None, LimitWhy.NONE)
    limit_w = float(meters.pv_ac_limit_w)
    below_w = limit_w - sum(meters.pv_ac_w)
    if limit_w >= 0.99 * meters.pv_ac_max_w or below_w > max(50.0, 0.05 * limit_w):
        return False, LimitWhy.NONE
    if below_w > max(4.0, 0.002 * limit_w):
        return True, LimitWhy.NEAR_LIMIT
    return True, LimitWhy.FEED_IN_LIMIT
