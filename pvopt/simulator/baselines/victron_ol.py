"""Victron's Opportunity Loads with the heater as a switched load. A kernel.

Source: a development snapshot in victronenergy/dbus-systemcalc-py (48804aeb,
``opportunity-loads-standalone``: ``opportunityloads.py``, ``solar_overhead.py``, ``globals.py``);
what is released may differ. Every 5 s: AC overhead = AC PV - consumption + the load's own power;
DC overhead = 0.925 * DC PV less what consumption lacks. The load claims all of its power from both,
or is switched off. The battery ranks before it, as delivered: what remains after the claim must
reach the reservation, 10000 - 100 * SoC W, at most what the battery may take (current limit times
voltage limit). 30 s must pass between changes.

Without feed-in of DC surplus and on islands, at 99 % and above, the reservation is 0 and a
pretended DC power grows by 100 W a pass while the battery charges (at 100 % always), up to 30 kW,
until the charge falls to 97 %. Without a battery the load ranks first and 50 W must remain. Phases
are summed. A missing number counts as 0, as in the original.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import EARLY_S, EVER_S, Heater, Sees, or_zero


class VictronOlParams(NamedTuple):
    interval_s: float = 5.0
    efficiency: float = 0.925
    reservation_w: float = 10000.0
    reservation_w_pct: float = 100.0
    balancing_pct: float = 98.0
    pretend_w: float = 100.0
    pretend_max_w: float = 30000.0
    remain_w: float = 50.0
    hold_s: float = 30.0


class VictronOlState(NamedTuple):
    on: bool = False
    pretend_w: float = 0.0
    since_s: float = EVER_S
    changed_s: float = EVER_S


def victron_ol_step(
    params: VictronOlParams, state: VictronOlState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[VictronOlState, float, bool]:
    """One second. 99 % without feed-in, 1000 W of DC PV, 400 W of load, the battery charging: the
    DC overhead is 525 W and grows by 100 W every 5 s; a 2000 W heater comes on at the 15th pass.
    """
    since_s = state.since_s + dt_s
    changed_s = state.changed_s + dt_s
    on = state.on
    pretend_w = state.pretend_w
    if since_s >= params.interval_s - EARLY_S:
        since_s = 0.0
        pretend_w = victron_ol_pretend_w(params, pretend_w, sees)
        own_w = or_zero(sees.own_w)
        ac_w = sees.pv_ac_w - or_zero(sees.load_w) + own_w
        dc_w = params.efficiency * (or_zero(sees.pv_w) - sees.pv_ac_w) + pretend_w
        dc_w += min(0.0, ac_w)
        ac_w = max(0.0, ac_w)
        if ac_w + dc_w > 0.0 or own_w > 0.0:
            wanted = victron_ol_fits(params, sees, ac_w, dc_w, heater.max_w)
            if wanted != on and changed_s >= params.hold_s - EARLY_S:
                on = wanted
                changed_s = 0.0
    return VictronOlState(on, pretend_w, since_s, changed_s), heater.max_w if on else 0.0, on


def victron_ol_pretend_w(params: VictronOlParams, pretend_w: float, sees: Sees) -> float:
    """The pretended DC power after one pass: 300 W at 99 %, charging -> 400 W."""
    if sees.feed_in or math.isnan(sees.soc_pct) or sees.soc_pct <= params.balancing_pct - 1.0:
        return 0.0
    rising = sees.battery_w > 0.0 or sees.soc_pct >= 100.0
    if rising and sees.soc_pct >= params.balancing_pct + 1.0 and pretend_w < params.pretend_max_w:
        return pretend_w + params.pretend_w
    return pretend_w


def victron_ol_fits(
    params: VictronOlParams, sees: Sees, ac_w: float, dc_w: float, claim_w: float
) -> bool:
    """Is there room for the claim? 2000 W of 2500 W fit at 97 % if 300 W reservation remain."""
    from_dc_w = claim_w - min(claim_w, ac_w)
    if from_dc_w > max(0.0, dc_w):
        return False
    remain_w = ac_w + dc_w - claim_w
    if math.isnan(sees.soc_pct):
        return remain_w > params.remain_w
    reservation_w = params.reservation_w - params.reservation_w_pct * sees.soc_pct
    if not sees.feed_in and sees.soc_pct >= params.balancing_pct + 1.0:
        reservation_w = 0.0
    if not math.isnan(sees.charge_limit_w):
        reservation_w = min(reservation_w, sees.charge_limit_w)
    return remain_w >= reservation_w
