"""The search for surplus: meters in, a budget in watts for our own loads out.

A kernel: floats, bools, IntEnums and NamedTuples only; NaN stands for a missing number.

The law, in the terms of one second's meters:

* ``export`` beyond the margin is *visible* surplus and is taken up at once, but for what the
  battery gives into it and for what an inverter exports until it has followed a falling load.
* While a charger says that it is *limited*, surplus is *hidden*: the budget climbs by steps,
  each judged by who answers it. The battery always answers first, the chargers follow; what
  the battery then still lacks is *lacking*.
* What the battery accepts is learned in moments when sun is to spare (limited or exporting):
  then it gets all it wants. ``lacking = accepted - battery + import`` afterwards says how many
  of our watts are not surplus.
* A step is answered when the panels rose by it and the battery has again what it had before;
  the next follows at once. What it lacked before already, it does not want any more.
* Where nobody is limited the panels give all they can, and what is lacking is known to the
  watt: it goes back at once. A step that is not answered within the learned response time, or
  has borrowed its energy, is taken back; without any answer the next waits twice as long, up
  to four times.
* Not limited and not exporting means at or beyond the edge: what is missing goes back, little
  when it has added up, and there it rides. A charger that becomes limited by itself means more sun.
* What the house takes less is ours without any search: the sun carried it a moment ago.
* What a full battery lent to a search it gets back (``hunt_debt.py``).

``hunt_watch.py`` has what is seen in a sample, ``hunt_moves.py`` the moves.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt_debt import lent
from pvopt.decide.hunt_moves import failed, given_back, judged, kept, moved
from pvopt.decide.hunt_shapes import (
    EDGE_CONTENT_S,
    LAG_S,
    LEND,
    OWED_WS,
    UNSURE_CONTENT_S,
    HuntMeters,
    HuntResult,
    HuntState,
)
from pvopt.decide.hunt_watch import (
    aged,
    discharge_w,
    fallen_w,
    house_seen,
    lacking_w,
    owed_w,
    rising_w,
    sampled,
    seen,
    settling_w,
    sun_rose,
    unpromised,
    visible_w,
    wish_known,
)
from pvopt.decide.hunt_wish import answers_seen, wish_learned
from pvopt.decide.settings import HuntParams
from pvopt.model import Why

__all__ = ["HuntMeters", "HuntResult", "HuntState", "hunt_step"]


def hunt_step(params: HuntParams, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntResult:
    """One tick of the search.

    Returns the new state, the budget in watts (0 to ``params.max_w``), the reason and what
    would change it (watts, seconds). Worked number: limited, battery at the 60 W it accepts,
    own 0 W, first step 100 W: the budget becomes 100 W; three seconds later the battery is at
    60 W again, the step was answered by the sun and the next is 200 W.
    """
    state = aged(params, state, meters, dt_s)
    if not meters.fresh:
        return kept(state, Why.HOLD, 0.0, 0.0)
    # What a sample shows has lasted since the one before.
    since_s = state.gap_s
    state = state._replace(gap_s=0.0, sample_s=since_s)
    state = sampled(params, state, meters, since_s)
    state = answers_seen(state, meters, since_s)
    state = lent(params, state, meters, since_s)
    state = wish_learned(params, state, meters, seen(state, meters), since_s, False)
    result = _decided(params, state, meters, since_s)
    return result._replace(state=result.state._replace(pv_w=meters.pv_w, load_w=meters.load_w))


def _decided(params: HuntParams, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntResult:
    lack_w = lacking_w(state, meters)
    late_w = settling_w(state, meters)
    over_w = max(0.0, lack_w - late_w)
    if meters.unsure and state.budget_w > 0.0:
        # A device near its limit is reason to begin a search, not to go on with one.
        meters = meters._replace(limited=0.0)
    back_w = owed_w(state, meters, over_w)
    more_w = visible_w(params, state, meters)
    state = _lasting(state, more_w, back_w, dt_s)
    freed_w = _freed_w(params, state, meters) if over_w <= 0.0 else 0.0
    state = house_seen(sun_rose(params, state, meters, over_w), meters, lack_w)
    if meters.waiting:
        most_w = _waiting_w(params, meters)
        if state.budget_w > most_w + params.tolerance_w:
            state = state._replace(step_w=0.0)
            return moved(params, state, most_w - state.budget_w, Why.STEP_BACK, 0.0)
    elif freed_w > 0.0 and _room(params, state, freed_w):
        if state.freed_w > 0.0:
            state = state._replace(step_w=0.0)
        return moved(params, state, freed_w, Why.VISIBLE, 0.0)
    if state.step_w > 0.0 and more_w <= params.tolerance_w:
        result = judged(params, state, meters, lack_w, dt_s)
        if not result.state.streak > state.streak:
            return result
        state = result.state  # answered: the next step need not wait for a sample
    if _hard(params, late_w, meters):
        return given_back(params, state, meters, back_w)
    settled = math.isnan(meters.battery_w) or state.drop_s >= LAG_S or wish_known(state, meters)
    if more_w > 0.0 and state.unused_ws > _worth_ws(params, meters) and settled:
        return _take(params, state, meters, more_w)
    if meters.limited > 0.5:
        return _hidden(params, state, meters, lack_w, back_w, dt_s)
    return _edge(params, state, meters, back_w, dt_s)


def _lasting(state: HuntState, more_w: float, back_w: float, dt_s: float) -> HuntState:
    """Add up what is too little or too much: a large error is put right at once, a small one
    when it has lasted, so that each movement is worth it."""
    unused_ws = state.unused_ws + more_w * dt_s
    return state._replace(
        unused_ws=unused_ws if unused_ws > 0.0 else 0.0,
        owed_ws=state.owed_ws + back_w * dt_s if back_w > 0.0 else 0.0,
    )


def _worth_ws(params: HuntParams, meters: HuntMeters) -> float:
    """What must have been left lying until it is worth a movement up (Ws).

    Where no battery answers, a servo that follows each rise has to go back for each fall, and
    buys until it has. Worked: 150 Ws beside a battery, 450 Ws without, an eighth of a watt-hour.
    """
    share = params.patience if math.isnan(meters.battery_w) else 1.0
    return share * params.tolerance_w * params.lasting_s


def _freed_w(params: HuntParams, state: HuntState, meters: HuntMeters) -> float:
    """What house or battery take less than a moment ago (W)."""
    house_w = fallen_w(state, meters)
    return state.freed_w + (house_w if house_w > params.tolerance_w else 0.0)


def _room(params: HuntParams, state: HuntState, freed_w: float) -> bool:
    """Whether freed watts can be used: below the maximum, and enough for the least."""
    return state.budget_w < params.max_w and state.budget_w + freed_w >= params.min_w


def _hard(params: HuntParams, late_w: float, meters: HuntMeters) -> bool:
    """Import or discharge beyond what is allowed where no step is being judged."""
    drawn = meters.grid_w - late_w > params.max_grid_draw_w
    return drawn or discharge_w(meters) - late_w > params.max_discharge_w


def _waiting_w(params: HuntParams, meters: HuntMeters) -> float:
    """What may wait for a contact (W): what is seen to be there now, or a search's first step.

    Surplus that shrinks meanwhile must not be drawn when the contact closes at last.
    """
    seen_w = meters.own_w + max(0.0, -meters.grid_w - params.margin_w)
    least_w = max(params.first_step_w, params.min_w) if meters.limited > 0.5 else 0.0
    return max(seen_w, least_w)


def _take(params: HuntParams, state: HuntState, meters: HuntMeters, more_w: float) -> HuntResult:
    """Export is there: use it, counted from what our loads drew when it was seen.

    A fall of the house that made it must not be taken up once more when our loads are at rest.
    """
    more_w += rising_w(params, state, meters, more_w)
    if not meters.still:
        state = state._replace(house_w=state.house_w - more_w)
    state = state._replace(step_w=0.0, edge_s=0.0, deficit_s=0.0)
    if state.budget_w >= params.max_w:
        return kept(state, Why.HEATER_MAX, 0.0, 0.0)
    lacking = params.min_w - state.budget_w - more_w
    if lacking > 0.0:
        return kept(state, Why.NO_SURPLUS, lacking, 0.0)
    return moved(params, state._replace(wait_s=0.0), more_w, Why.VISIBLE, 0.0)


def _hidden(
    params: HuntParams,
    state: HuntState,
    meters: HuntMeters,
    lack_w: float,
    back_w: float,
    dt_s: float,
) -> HuntResult:
    """Limited, no export: sun is hidden. Climb, unless something is owed or has to wait."""
    state = state._replace(edge_s=0.0)
    if back_w > params.tolerance_w and state.budget_w > 0.0:
        lasting_s = state.deficit_s + dt_s
        if lasting_s > state.response_s + LAG_S:
            return given_back(params, state, meters, back_w)
        return kept(state._replace(deficit_s=lasting_s), Why.HOLD, 0.0, 0.0)
    state = state._replace(deficit_s=0.0)
    if state.budget_w >= min(params.max_w, meters.reach_w):
        return kept(state, Why.HEATER_MAX, 0.0, 0.0)
    if meters.waiting and state.budget_w > 0.0:
        return kept(state, Why.PROBING, 0.0, state.response_s)
    if state.wait_s > 0.0:
        return kept(state, Why.RIDING, params.edge_step_w, state.wait_s)
    if state.hour_wh > params.hour_wh:
        return kept(state, Why.BUDGET_SPENT, 0.0, 3600.0 * (1.0 - params.hour_wh / state.hour_wh))
    if lack_w > params.tolerance_w and state.budget_w <= 0.0:
        # Chargers that are slow, or at their rating: what they give first goes to the battery.
        return kept(state, Why.NO_SURPLUS, lack_w, 0.0)
    if meters.short_w > params.tolerance_w:
        return kept(state, Why.NO_SURPLUS, meters.short_w, 0.0)
    if meters.pv_w > meters.ceiling_w or (state.budget_w <= 0.0 and unpromised(params, meters)):
        return kept(state, Why.FORECAST_LOW, 0.0, 0.0)
    if math.isnan(state.accept_w) and not math.isnan(meters.battery_w):
        # First see what the battery takes while nothing of ours is on.
        return kept(state, Why.PROBING, 0.0, LAG_S)
    step_w = _step_w(params, state, meters.reach_w)
    state = state._replace(
        step_w=step_w, step_s=0.0, from_w=meters.pv_w, lacked_w=lack_w, borrowed_wh=0.0
    )
    return moved(params, state, step_w, Why.PROBING, state.response_s)


def _step_w(params: HuntParams, state: HuntState, reach_w: float) -> float:
    """The next step up (W): no larger than what one probe may borrow until the chargers can have
    answered, nor than what the battery can lend out of its charging or a few first steps."""
    step_w = state.next_w if state.next_w > 0.0 else params.first_step_w
    step_w = min(step_w, 3600.0 * params.probe_wh / state.response_s)
    charging_w = 0.0 if math.isnan(state.accept_w) else state.accept_w
    step_w = min(step_w, max(LEND * params.first_step_w, charging_w))
    if state.budget_w <= 0.0:
        step_w = max(min(step_w, params.first_step_w), params.min_w)
    return min(step_w, min(params.max_w, reach_w) - state.budget_w)


def _edge(
    params: HuntParams, state: HuntState, meters: HuntMeters, back_w: float, dt_s: float
) -> HuntResult:
    """Neither limited nor exporting: what we draw is at or beyond the surplus."""
    if state.budget_w <= 0.0:
        return kept(state._replace(edge_s=0.0, next_w=0.0), Why.NO_SURPLUS, params.min_w, 0.0)
    lasting = meters.may_export and state.owed_ws > params.tolerance_w * params.lasting_s
    if back_w > params.tolerance_w or lasting:
        return given_back(params, state, meters, back_w)
    to_spare = state.spare_s > 0.0 and not meters.unsure
    if to_spare or not seen(state, meters):
        return kept(state._replace(edge_s=0.0), Why.RIDING, 0.0, 0.0)
    if state.owed_ws > max(OWED_WS, params.tolerance_w * params.lasting_s):
        return failed(params, state._replace(edge_s=0.0), back_w, True)
    edge_s = state.edge_s + dt_s
    patience_s = UNSURE_CONTENT_S if meters.unsure else EDGE_CONTENT_S
    if edge_s < patience_s:
        return kept(state._replace(edge_s=edge_s), Why.RIDING, 0.0, patience_s - edge_s)
    return failed(params, state._replace(edge_s=0.0), 0.0, True)
