"""The search for surplus: meters in, a budget in watts for our own loads out.

A kernel: floats, bools, IntEnums and NamedTuples only; NaN stands for a missing number.

The law, in the terms of one second's meters:

* ``export`` beyond the margin is *visible* surplus and is taken up at once, but for what the
  battery gives into it.
* While a charger says that it is *limited*, surplus is *hidden*: the budget climbs by steps,
  each judged by who answers it. The battery always answers first, the chargers follow; what
  the battery then still lacks is the *deficit*.
* What the battery accepts is learned in moments when sun is to spare (limited or exporting):
  then it gets all it wants. ``deficit = accepted - battery + import`` afterwards says how many
  of our watts are not surplus.
* A deficit beyond the step under judgement goes back at once; a step that is not answered
  within the learned response time, or has borrowed its energy, is taken back and the next
  waits, twice as long after each failure.
* Not limited and not exporting means at or beyond the edge: small steps down until a charger
  is limited again, then ride there.

Commands take time to show in the meters: ``unseen_w`` is the change that was commanded but
cannot be in the sample yet; it is taken off before anything is concluded from the sample.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt_shapes import (
    BEST_S,
    COSTLY_WAITS,
    EDGE_CONTENT_S,
    EDGE_PATIENCE_S,
    FOLLOW_S,
    GROWTH,
    LAG_S,
    MAX_BACKOFF,
    MAX_RESPONSE_S,
    OWED_SHARE,
    SHADED_SHARE,
    SHADED_WAIT_S,
    TRUSTED,
    HuntMeters,
    HuntResult,
    HuntState,
)
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
    state = _age(params, state, meters, dt_s)
    if not meters.fresh:
        return _keep(state, Why.HOLD, 0.0, 0.0)
    # What a sample shows has lasted since the one before.
    dt_s, state = state.gap_s, state._replace(gap_s=0.0)
    spare = meters.limited > 0.5 or -meters.grid_w > 0.5 * params.margin_w + 1.0
    state = _learn_accept(state, meters, spare)
    raw_w = _deficit(state, meters)
    deficit_w = max(0.0, raw_w - abs(state.unseen_w))
    visible_w = _visible(params, state, meters)
    if meters.waiting:
        most_w = _waiting_w(params, state, meters, visible_w)
        if state.budget_w > most_w + params.tolerance_w:
            state = state._replace(step_w=0.0)
            return _move(params, state, most_w - state.budget_w, Why.STEP_BACK, 0.0)
    if state.step_w > 0.0 and visible_w <= params.tolerance_w:
        return _judge(params, state, meters, raw_w, dt_s)
    if _hard(params, state, meters):
        return _back(params, state, meters, deficit_w)
    if visible_w > params.tolerance_w:
        return _take(params, state, meters, visible_w)
    if meters.limited > 0.5:
        return _hidden(params, state, meters, deficit_w, dt_s)
    return _edge(params, state, meters, deficit_w, dt_s, spare)


def _age(params: HuntParams, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntState:
    """Let clocks run; give up a budget that the loads do not follow."""
    since_s = state.since_s + dt_s
    near = abs(meters.own_w - state.budget_w) <= max(params.tolerance_w, 0.05 * state.budget_w)
    astray_s = 0.0 if near or meters.waiting else state.astray_s + dt_s
    fading_w = state.best_w * max(0.0, 1.0 - dt_s / BEST_S)
    best_w = max(meters.pv_w, fading_w) if meters.pv_w > 0.0 else fading_w
    budget_w = state.budget_w
    step_w = state.step_w
    if astray_s > FOLLOW_S:
        budget_w = min(budget_w, meters.own_w)
        step_w = 0.0
        astray_s = 0.0
    return state._replace(
        budget_w=budget_w,
        step_w=step_w,
        step_s=state.step_s + dt_s if near else state.step_s,
        unseen_w=state.unseen_w if since_s - meters.age_s < LAG_S else 0.0,
        since_s=since_s,
        gap_s=state.gap_s + dt_s,
        wait_s=max(0.0, state.wait_s - dt_s),
        hour_wh=state.hour_wh * max(0.0, 1.0 - dt_s / 3600.0),
        astray_s=astray_s,
        best_w=best_w,
        shaded=meters.pv_w < SHADED_SHARE * best_w,
        response_s=state.response_s if state.response_s > 0.0 else params.response_s,
    )


def _learn_accept(state: HuntState, meters: HuntMeters, spare: bool) -> HuntState:
    """The battery's wish shows when sun is to spare and no command is on its way."""
    battery_w = meters.battery_w
    if math.isnan(battery_w):
        return state
    if not spare:
        if battery_w > state.accept_w:
            return state._replace(accept_w=battery_w)
        return state
    if state.step_w > 0.0 or state.unseen_w != 0.0 or state.deficit_s > 0.0:
        return state
    accept_w = max(0.0, battery_w)
    if not math.isnan(state.accept_w):
        accept_w = state.accept_w + 0.3 * (accept_w - state.accept_w)
    return state._replace(accept_w=accept_w)


def _deficit(state: HuntState, meters: HuntMeters) -> float:
    """Watts of ours that come out of charging, discharging or the grid, as far as is known."""
    lacking_w = 0.0
    if not math.isnan(meters.battery_w):
        wish_w = 0.0 if math.isnan(state.accept_w) else state.accept_w
        lacking_w = max(0.0, wish_w - meters.battery_w)
    imported_w = max(0.0, meters.grid_w)
    return max(0.0, lacking_w + imported_w)


def _visible(params: HuntParams, state: HuntState, meters: HuntMeters) -> float:
    """Export that is neither cushion, nor the battery's, nor already taken up."""
    discharge_w = 0.0 if math.isnan(meters.battery_w) else max(0.0, -meters.battery_w)
    return -meters.grid_w - params.margin_w - discharge_w - abs(state.unseen_w)


def _hard(params: HuntParams, state: HuntState, meters: HuntMeters) -> bool:
    """Import or discharge beyond what is allowed even for a moment."""
    seen_w = abs(state.unseen_w)
    discharge_w = 0.0 if math.isnan(meters.battery_w) else max(0.0, -meters.battery_w)
    return (
        meters.grid_w - seen_w > params.max_grid_draw_w
        or discharge_w - seen_w > params.max_discharge_w
    )


def _waiting_w(params: HuntParams, state: HuntState, meters: HuntMeters, visible_w: float) -> float:
    """What may wait for a contact (W): what is seen to be there now, or a search's first step.

    Surplus that shrinks meanwhile must not be drawn when the contact closes at last.
    """
    seen_w = meters.own_w + visible_w + abs(state.unseen_w)
    least_w = max(params.first_step_w, params.min_w) if meters.limited > 0.5 else 0.0
    return max(seen_w, least_w)


def _judge(
    params: HuntParams, state: HuntState, meters: HuntMeters, deficit_w: float, dt_s: float
) -> HuntResult:
    """A step is under way: has the sun answered it?"""
    borrowed_wh = state.borrowed_wh + min(deficit_w, 2.0 * state.step_w) * dt_s / 3600.0
    limited = meters.limited > 0.5
    state = state._replace(
        borrowed_wh=borrowed_wh, hour_wh=state.hour_wh + borrowed_wh - state.borrowed_wh
    )
    beyond_w = deficit_w - state.step_w
    if beyond_w > max(params.tolerance_w, 0.25 * state.step_w):
        return _fail(params, state, deficit_w)
    seen_s = state.step_s - meters.age_s
    if seen_s < min(LAG_S, state.response_s):
        return _keep(state, Why.PROBING, 0.0, state.response_s - seen_s)
    if limited and deficit_w <= max(params.tolerance_w, 0.2 * state.step_w):
        return _answered(params, state, seen_s)
    if not limited and deficit_w <= params.tolerance_w:
        return _keep(state._replace(step_w=0.0, edge_s=0.0), Why.RIDING, 0.0, 0.0)
    if not limited:
        return _fail(params, state, deficit_w)
    if seen_s > 1.5 * state.response_s or borrowed_wh > params.probe_wh:
        # Still limited and still no answer: the charger may only be slow. Wait longer next time.
        slower_s = min(MAX_RESPONSE_S, 1.5 * state.response_s)
        return _fail(params, state._replace(response_s=slower_s), deficit_w)
    return _keep(state, Why.PROBING, 0.0, state.response_s - seen_s)


def _answered(params: HuntParams, state: HuntState, seen_s: float) -> HuntResult:
    """The sun took the step over: learn how long that took, grow."""
    response_s = state.response_s + 0.2 * (max(LAG_S, 1.5 * seen_s) - state.response_s)
    streak = state.streak + 1.0
    grown_w = state.step_w * (GROWTH if streak > TRUSTED else 1.0)
    state = state._replace(
        step_w=0.0,
        wait_s=0.0,
        backoff=1.0,
        response_s=min(MAX_RESPONSE_S, max(params.response_s, response_s)),
        next_w=min(params.max_step_w, max(params.edge_step_w, grown_w)),
        streak=streak,
    )
    return _keep(state, Why.PROBING, 0.0, 0.0)


def _fail(params: HuntParams, state: HuntState, deficit_w: float) -> HuntResult:
    """Only battery or grid answered: take back what is missing; each failure doubles the wait."""
    wait_s = params.retry_s * state.backoff
    if state.shaded:
        wait_s = min(wait_s, SHADED_WAIT_S)
    # A late answer to what was just taken back must not be laid to the next step.
    # Nor may a search that costs a switch be tried every minute.
    wait_s = max(wait_s, state.response_s, COSTLY_WAITS * params.hold_s * state.backoff)
    state = state._replace(
        step_w=0.0,
        wait_s=wait_s,
        backoff=1.0 if state.shaded else min(MAX_BACKOFF, state.backoff * 2.0),
        streak=TRUSTED if state.shaded else 0.0,
        next_w=params.edge_step_w,
    )
    return _move(params, state, -max(deficit_w, params.edge_step_w), Why.STEP_BACK, wait_s)


def _back(params: HuntParams, state: HuntState, meters: HuntMeters, deficit_w: float) -> HuntResult:
    """Watts beyond the surplus go back at once."""
    state = state._replace(wait_s=max(state.wait_s, state.response_s), deficit_s=0.0, edge_s=0.0)
    if state.budget_w <= 0.0:
        return _keep(state, Why.NO_SURPLUS, deficit_w, 0.0)
    state = state._replace(next_w=params.first_step_w, streak=TRUSTED)
    return _move(params, state, -(deficit_w + 0.5 * params.edge_step_w), Why.STEP_BACK, 0.0)


def _take(params: HuntParams, state: HuntState, meters: HuntMeters, visible_w: float) -> HuntResult:
    """Export is there: use it, counted from what our loads draw, for they may be waiting still."""
    state = state._replace(step_w=0.0, edge_s=0.0, deficit_s=0.0)
    if state.budget_w >= params.max_w:
        return _keep(state, Why.HEATER_MAX, 0.0, 0.0)
    reach_w = meters.own_w + max(0.0, state.unseen_w) + visible_w
    if reach_w <= state.budget_w:
        return _keep(state, Why.VISIBLE, 0.0, 0.0)
    if reach_w < params.min_w:
        return _keep(state, Why.NO_SURPLUS, params.min_w - reach_w, 0.0)
    change_w = min(visible_w, reach_w - state.budget_w)
    return _move(params, state._replace(wait_s=0.0), change_w, Why.VISIBLE, 0.0)


def _hidden(
    params: HuntParams, state: HuntState, meters: HuntMeters, deficit_w: float, dt_s: float
) -> HuntResult:
    """Limited, no export: sun is hidden. Climb, unless something is owed or has to wait."""
    state = state._replace(edge_s=0.0)
    if deficit_w > params.tolerance_w and state.budget_w > 0.0:
        lasting_s = state.deficit_s + dt_s
        if lasting_s > state.response_s + LAG_S:
            return _back(params, state, meters, deficit_w)
        return _keep(state._replace(deficit_s=lasting_s), Why.HOLD, 0.0, 0.0)
    state = state._replace(deficit_s=0.0)
    if state.budget_w >= params.max_w:
        return _keep(state, Why.HEATER_MAX, 0.0, 0.0)
    if meters.waiting and state.budget_w > 0.0:
        return _keep(state, Why.PROBING, 0.0, state.response_s)
    if state.wait_s > 0.0:
        return _keep(state, Why.RIDING, params.edge_step_w, state.wait_s)
    if state.hour_wh > params.hour_wh:
        return _keep(state, Why.BUDGET_SPENT, 0.0, 3600.0 * (1.0 - params.hour_wh / state.hour_wh))
    if meters.short_w > params.tolerance_w:
        return _keep(state, Why.NO_SURPLUS, meters.short_w, 0.0)
    if meters.pv_w > meters.ceiling_w or _no_promise(params, state, meters):
        return _keep(state, Why.FORECAST_LOW, 0.0, 0.0)
    step_w = state.next_w if state.next_w > 0.0 else params.first_step_w
    # No larger than what one probe may borrow until the chargers can have answered.
    step_w = min(step_w, 3600.0 * params.probe_wh / state.response_s)
    if state.budget_w <= 0.0:
        step_w = max(min(step_w, params.first_step_w), params.min_w)
    step_w = min(step_w, params.max_w - state.budget_w)
    state = state._replace(step_w=step_w, step_s=0.0, borrowed_wh=0.0)
    return _move(params, state, step_w, Why.PROBING, state.response_s)


def _no_promise(params: HuntParams, state: HuntState, meters: HuntMeters) -> bool:
    """Whether a search would begin that sky and forecast speak against.

    The owner may want them to promise so much more than the panels give; and a first step that
    cannot be small (a relay alone, bound to its minimum time) needs the promise of all of it.
    """
    if state.budget_w > 0.0:
        return False
    costly = params.min_w * params.hold_s > 3600.0 * params.probe_wh
    if costly and not meters.promise_w >= params.min_w:
        return True
    return params.promise_w > 0.0 and meters.promise_w <= params.promise_w


def _edge(
    params: HuntParams,
    state: HuntState,
    meters: HuntMeters,
    deficit_w: float,
    dt_s: float,
    spare: bool,
) -> HuntResult:
    """Neither limited nor exporting: what we draw is at or beyond the surplus."""
    if state.budget_w <= 0.0:
        return _keep(state._replace(edge_s=0.0, next_w=0.0), Why.NO_SURPLUS, params.min_w, 0.0)
    if deficit_w > params.tolerance_w:
        return _back(params, state, meters, deficit_w)
    if spare or state.unseen_w != 0.0:
        return _keep(state._replace(edge_s=0.0), Why.RIDING, 0.0, 0.0)
    edge_s = state.edge_s + dt_s
    owed = deficit_w > OWED_SHARE * params.tolerance_w
    patience_s = EDGE_PATIENCE_S if owed else EDGE_CONTENT_S
    if edge_s < patience_s:
        return _keep(state._replace(edge_s=edge_s), Why.RIDING, 0.0, patience_s - edge_s)
    return _fail(params, state._replace(edge_s=0.0), 0.0)


def _move(
    params: HuntParams, state: HuntState, change_w: float, why: Why, needs_s: float
) -> HuntResult:
    """Change the budget within its limits; remember what the meters cannot show yet."""
    budget_w = min(params.max_w, max(0.0, state.budget_w + change_w))
    if budget_w < params.min_w:
        budget_w = params.min_w if change_w > 0.0 else 0.0
    done_w = budget_w - state.budget_w
    state = state._replace(
        budget_w=budget_w,
        unseen_w=state.unseen_w + done_w if state.unseen_w * done_w >= 0.0 else done_w,
        since_s=0.0,
        step_w=min(state.step_w, budget_w),
    )
    return HuntResult(state, budget_w, why, 0.0, needs_s)


def _keep(state: HuntState, why: Why, needs_w: float, needs_s: float) -> HuntResult:
    return HuntResult(state, state.budget_w, why, needs_w, needs_s)
