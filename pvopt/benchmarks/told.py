"""From the simulated meters straight to the numbers that decide takes. A kernel.

The production way is longer: meters, a ``Site`` of readings, ``site_now``. A test holds the two
together for all homes.
"""

from __future__ import annotations

import math

from pvopt.decide.site_now import SiteNow
from pvopt.model import Alarm, EssState
from pvopt.simulator.charger import MODE_LIMITED
from pvopt.simulator.home import HomeParams
from pvopt.simulator.inverter import SHIFT_FROM_HZ
from pvopt.simulator.meters import ABSENT, LEAST_SOC_TENTHS, Meters, Three, rounded

OVERLOAD = int(Alarm.OVERLOAD)
UNKNOWN, OPTIMIZED, RECHARGE, ISLAND, OFF = (
    int(EssState.UNKNOWN),
    int(EssState.OPTIMIZED),
    int(EssState.RECHARGE),
    int(EssState.ISLAND),
    int(EssState.OFF),
)


def told(
    params: HomeParams, meters: Meters, at_s: float, now_s: float, allowed_age_s: float
) -> SiteNow:
    """What one sample of the meters says, taken at ``at_s`` and known at ``now_s`` (mono)."""
    battery = meters.battery
    # A generator stands for the grid, with its own flag.
    grid, fuel = meters.grid_w, meters.generator_w
    load = meters.load_w
    three = params.phases != 1 or load[1] != 0 or load[2] != 0
    inverter_w = 10.0 * (_sum(meters.inverter_out_10w) - _sum(meters.inverter_in_10w))
    soc_known = battery and meters.soc_tenths >= LEAST_SOC_TENTHS
    pv_ac_told, pv_ac_held, pv_ac_near = _pv_ac(params, meters)
    charger_a, charger_b = meters.chargers
    charger_held = MODE_LIMITED in (charger_a.mode, charger_b.mode)
    return SiteNow(
        known=True,
        now_s=now_s,
        at_s=at_s,
        allowed_age_s=allowed_age_s,
        grid_w=float(_sum(grid) + _sum(fuel)),
        l1_w=float(grid[0] + fuel[0]),
        l2_w=float(grid[1] + fuel[1]) if three else math.nan,
        l3_w=float(grid[2] + fuel[2]) if three else math.nan,
        pv_w=float(meters.pv_dc_w + _sum(meters.pv_ac_w)),
        load_w=float(max(0, load[0]) + max(0, load[1]) + max(0, load[2])),
        battery_w=float(meters.battery_w) if battery else math.nan,
        battery_v=rounded(meters.battery_10mv / 10.0) / 10.0 if battery else math.nan,
        soc_pct=meters.soc_tenths / 10.0 if soc_known else math.nan,
        inverter_out_w=max(0.0, inverter_w) if battery else math.nan,
        inverter_limit_w=_limit_w(params) if battery else math.nan,
        frequency_hz=meters.frequency_10mhz / 100.0 if battery else math.nan,
        setpoint_w=float(rounded(params.grid_setpoint_w)),
        grid_up=1.0 if meters.grid_up else 0.0,
        summed=1.0 if battery else math.nan,
        ess_state=_ess_state(meters),
        alarm=OVERLOAD if meters.overload and not meters.grid_up else 0,
        generator=meters.generator,
        told=charger_a.mode != ABSENT or charger_b.mode != ABSENT or pv_ac_told,
        hides=charger_held or pv_ac_held or pv_ac_near,
        dc_feed_in=params.dc_feed_in,
        has_battery=battery,
        three_phases=three,
        unsure=pv_ac_near and not charger_held,
        no_export=not params.dc_feed_in and not (params.ac_feed_in and params.pv_ac_rated_w > 0.0),
        pv_ac_w=float(_sum(meters.pv_ac_w)) if params.pv_ac_rated_w > 0.0 else 0.0,
    )


def _sum(three: Three) -> int:
    return three[0] + three[1] + three[2]


def _limit_w(params: HomeParams) -> float:
    limit_w = float(rounded(params.inverter_w))
    return limit_w if limit_w > 0.0 else math.nan


def _ess_state(meters: Meters) -> int:
    if not meters.battery:
        return UNKNOWN
    if not meters.ac_up:
        return OFF
    if not meters.grid_up and not meters.generator:
        return ISLAND
    return RECHARGE if meters.sustain else OPTIMIZED


def _pv_ac(params: HomeParams, meters: Meters) -> tuple[bool, bool, bool]:
    """(a PV inverter says whether it is held back, it is, it is near to its limit: perhaps)."""
    if params.pv_ac_rated_w <= 0.0:
        return False, False, False
    if not meters.grid_up and meters.frequency_10mhz > 100.0 * SHIFT_FROM_HZ:
        return True, True, False
    if meters.pv_ac_limit_w == 0:
        return meters.limiter, meters.limiter, False
    limit_w = float(meters.pv_ac_limit_w)
    below_w = limit_w - _sum(meters.pv_ac_w)
    if limit_w >= 0.99 * meters.pv_ac_max_w or below_w > max(50.0, 0.05 * limit_w):
        return True, False, False
    near = below_w > max(4.0, 0.002 * limit_w)
    return True, not near, near
