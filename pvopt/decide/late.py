"""Surplus by samples that are late: a minute old, or one a minute. A kernel.

What a sample says of its own time is exact wherever the panels give all they can: our own draw
then, and export, less what came out of grid, battery or charging. Where they are held back it is
the least; what they could give more is believed: as much as when it was last seen, then slowly
as much as they gave lately, and a little more with each minute in which nobody complained.

What was there then need not be there now. So the budget follows a surplus that has lasted:

* it drops at once to what a sample shows;
* it rises by so many watts a second, whatever a sample shows.

How fast it may rise is learned from the bill. What grid and battery gave into our loads stands
in every sample (late, but to the watt); a fixed share of the heat may be bought. What is saved
of that lets the climb become bolder, what is overspent makes it slower and the budget smaller.
So the share holds in any climate, with any battery, whatever the laws of its sky.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt_moves import kept, moved
from pvopt.decide.hunt_shapes import COSTLY_WAITS, LAG_S, HuntMeters, HuntResult, HuntState
from pvopt.decide.hunt_watch import aged, discharge_w, lacking_w, sampled, seen, unpromised
from pvopt.decide.hunt_wish import wish_learned
from pvopt.decide.late_shapes import (
    BOUGHT_SHARE,
    CAUTION,
    CREEP_S,
    DOUBT_S,
    DOWN_SHARE,
    GROWTH,
    LATE_S,
    LEAST_FACTOR,
    MOST_OWED,
    MOST_SAVED,
    PAUSE_S,
    RARE_S,
    RISE,
    UNIT_H,
    UP_SHARE,
    LateState,
)
from pvopt.decide.settings import HuntParams
from pvopt.model import Why


def is_late(age_s: float, gap_s: float) -> bool:
    """Whether samples of this age (s), so long after the one before, are for this law."""
    return max(age_s, gap_s) > LATE_S


def billed(
    late: LateState, meters: HuntMeters, rated_w: float, dt_s: float, alone: bool = False
) -> LateState:
    """Lay this sample's part of the bill to the account. ``rated_w``: of all our loads.

    Bought is what the grid and the battery gave, no more than our loads drew. ``alone``: of a
    relay alone, which cannot earn by drawing a little. It also pays its debt by restraint (what
    is exported while it is off counts as drawn), or it would owe for ever. Worked: 1000 W drawn
    for a minute, 60 W of them from the battery: 0.475 Wh allowed, 1 Wh bought.
    """
    bill_s = late.bill_s + dt_s
    if not meters.fresh:
        return late._replace(bill_s=bill_s)
    own_w = meters.low_w
    bought_w = 0.0 if math.isnan(meters.grid_w) else max(0.0, meters.grid_w)
    bought_w = min(own_w, bought_w + discharge_w(meters))
    used_w = own_w
    if alone and own_w <= 0.0 and late.bank_wh < 0.0 and not math.isnan(meters.grid_w):
        used_w = min(rated_w, max(0.0, -meters.grid_w))
    bank_wh = late.bank_wh + (BOUGHT_SHARE * used_w - bought_w) * min(PAUSE_S, bill_s) / 3600.0
    unit_wh = UNIT_H * rated_w
    bank_wh = min(MOST_SAVED * unit_wh, max(-MOST_OWED * unit_wh, bank_wh))
    return late._replace(bank_wh=bank_wh, bill_s=0.0)


def late_step(
    params: HuntParams, state: HuntState, meters: HuntMeters, rated_w: float, dt_s: float
) -> HuntResult:
    """One tick; results as those of ``hunt_step``. ``rated_w``: of all our loads, whatever may
    be drawn now (``params.max_w``).

    Worked number: 2 kW, nothing saved or owed, samples a second apart that show 800 W more than
    is drawn: the budget rises by 4 W a second; when one shows 300 W less, it drops by 300 W.
    """
    state = aged(params, state, meters, dt_s)
    if not meters.fresh:
        return kept(state, Why.HOLD, 0.0, 0.0)
    since_s = state.gap_s
    state = state._replace(gap_s=0.0, sample_s=since_s)
    state = sampled(params, state, meters, since_s)
    state = wish_learned(params, state, meters, seen(state, meters), since_s, True)
    lack_w = lacking_w(state, meters)
    owing = meters.limited > 0.5 and lack_w > params.tolerance_w
    state = state._replace(
        deficit_s=state.deficit_s + since_s if owing else 0.0,
        late=_known(params, state, meters, rated_w, since_s),
        pv_w=meters.pv_w,
        load_w=meters.load_w,
    )
    return _followed(params, state, meters, rated_w)


def _known(
    params: HuntParams, state: HuntState, meters: HuntMeters, rated_w: float, dt_s: float
) -> LateState:
    """What a sample says, taken in."""
    late = state.late
    if math.isinf(late.known_s):  # the search by steps, or a gate, was before
        late = late._replace(proven_w=state.budget_w, sky_w=max(0.0, meters.pv_w), known_s=0.0)
    moves = meters.high_w - meters.low_w > params.tolerance_w
    moved_s = 0.0 if moves else late.moved_s + dt_s
    known_s = min(PAUSE_S, late.known_s + dt_s)
    late = late._replace(moved_s=moved_s, known_s=known_s)
    if moved_s < LAG_S and known_s < RARE_S:
        return late
    late = _sky(params, state, late, meters, rated_w)
    own_w = meters.high_w if moves else meters.low_w
    export_w = max(0.0, -meters.grid_w - params.margin_w)
    hidden_w = late.sky_w - meters.pv_w if meters.pv_w > 0.0 else late.sky_w
    if meters.grid_w > params.max_grid_draw_w or discharge_w(meters) > params.max_discharge_w:
        hidden_w = 0.0  # beyond what the owner allows even for a moment: nothing is believed
    shown_w = own_w + export_w - lacking_w(state, meters) + hidden_w
    risen_w = late.proven_w + rise_w_s(late, rated_w) * known_s
    return late._replace(proven_w=max(0.0, min(shown_w, risen_w, rated_w)), known_s=0.0)


def _sky(
    params: HuntParams, state: HuntState, late: LateState, meters: HuntMeters, rated_w: float
) -> LateState:
    """What the panels could give: what they do give, or what is believed while held back."""
    pv_w = meters.pv_w if meters.pv_w > 0.0 else 0.0
    begins = meters.low_w <= 0.0 or meters.waiting
    if not meters.limited > 0.5 or (begins and _no_promise(params, state, meters)):
        return late._replace(sky_w=pv_w, climb_s=0.0)
    if begins:  # who draws nothing gets no answer: no more than a first step is believed
        first_w = max(params.first_step_w, params.min_w)
        return late._replace(sky_w=pv_w + first_w, climb_s=0.0)
    climb_s = late.climb_s + late.known_s
    grown_w = min(params.max_step_w, GROWTH * rated_w * (climb_s / 60.0) * (climb_s / 60.0))
    if meters.short_w > params.tolerance_w:
        grown_w = 0.0
    sky_w = late.sky_w
    if state.best_w > sky_w:
        sky_w += (state.best_w - sky_w) * min(1.0, late.known_s / CREEP_S)
    if state.deficit_s >= DOUBT_S:
        sky_w, grown_w = sky_w + (pv_w - sky_w) * min(1.0, late.known_s / CREEP_S), 0.0
    sky_w = max(sky_w, pv_w + grown_w)
    if sky_w > meters.ceiling_w:
        sky_w = max(pv_w, meters.ceiling_w)
    return late._replace(sky_w=sky_w, climb_s=climb_s)


def _no_promise(params: HuntParams, state: HuntState, meters: HuntMeters) -> bool:
    """Whether a search that begins has to wait, or sky and forecast speak against it."""
    return state.wait_s > 0.0 or meters.pv_w > meters.ceiling_w or unpromised(params, meters)


def rise_w_s(late: LateState, rated_w: float) -> float:
    """How fast the budget may rise (W/s). Worked: 2 kW, 120 Wh saved: 12 W/s; owed: 1.33 W/s."""
    units = late.bank_wh / max(1.0, UNIT_H * rated_w)
    return RISE * rated_w * (1.0 + max(0.0, units)) / (1.0 + max(0.0, -units))


def share_used(late: LateState, rated_w: float) -> float:
    """The share of what has lasted that is used (0.5 to 1). Worked: 2 kW, 120 Wh owed: 0.9."""
    units = late.bank_wh / max(1.0, UNIT_H * rated_w)
    return max(LEAST_FACTOR, 1.0 + CAUTION * min(0.0, units))


def _followed(
    params: HuntParams, state: HuntState, meters: HuntMeters, rated_w: float
) -> HuntResult:
    """From what has lasted to the budget, in no smaller moves than are worth it."""
    limited = meters.limited > 0.5
    if limited and math.isnan(state.accept_w) and not math.isnan(meters.battery_w):
        # First see what the battery takes while nothing of ours is on.
        return kept(state, Why.PROBING, 0.0, LAG_S)
    proven_w = state.late.proven_w
    aim_w = share_used(state.late, rated_w) * proven_w
    if params.min_w >= rated_w and proven_w >= params.min_w:
        aim_w = proven_w  # all or nothing: no part of it can be left
    aim_w = min(params.max_w, aim_w)
    if aim_w < params.min_w:
        aim_w = 0.0
    change_w = aim_w - state.budget_w
    if change_w < 0.0 and (-change_w > DOWN_SHARE * rated_w or aim_w <= 0.0):
        # Nor may a search that costs a switch be tried every minute.
        wait_s = COSTLY_WAITS * params.hold_s if aim_w <= 0.0 and limited else 0.0
        state = state._replace(wait_s=max(state.wait_s, wait_s))
        return moved(params, state, change_w, Why.STEP_BACK, 0.0)
    if change_w > UP_SHARE * rated_w or (change_w > 0.0 and aim_w >= params.max_w):
        return moved(params, state, change_w, Why.PROBING if limited else Why.VISIBLE, 0.0)
    if state.budget_w >= params.max_w:
        return kept(state, Why.HEATER_MAX, 0.0, 0.0)
    if state.budget_w <= 0.0:
        return kept(state, Why.NO_SURPLUS, max(0.0, params.min_w - proven_w), 0.0)
    return kept(state, Why.RIDING, 0.0, 0.0)
