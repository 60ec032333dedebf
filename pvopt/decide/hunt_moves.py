"""The moves of the search: a step judged, answered, failed; watts given back. Kernels."""

from __future__ import annotations

import math

from pvopt.decide.hunt_shapes import (
    CLEAR_W,
    COSTLY_WAITS,
    GROWTH,
    HOPE,
    LAG_S,
    LEAD_S,
    MAX_BACKOFF,
    MAX_RESPONSE_S,
    REST_W,
    SHADED_WAIT_S,
    STILL_W,
    TRUSTED,
    WHOLE_SHARE,
    HuntMeters,
    HuntResult,
    HuntState,
)
from pvopt.decide.hunt_watch import discharge_w
from pvopt.decide.settings import HuntParams
from pvopt.model import Why


def judged(
    params: HuntParams, state: HuntState, meters: HuntMeters, lack_w: float, dt_s: float
) -> HuntResult:
    """A step is under way: has the sun answered it?

    Nobody limited and the panels at rest: they give all they can, and what is lacking is beyond
    the edge; nothing is gained by waiting. While they still rise they get their time.
    """
    borrowed_wh = state.borrowed_wh + min(lack_w, 2.0 * state.step_w) * dt_s / 3600.0
    limited = meters.limited > 0.5
    state = state._replace(
        borrowed_wh=borrowed_wh, hour_wh=state.hour_wh + borrowed_wh - state.borrowed_wh
    )
    # Beyond the step the house took more meanwhile; a limited charger answers that, too.
    beyond = lack_w - state.step_w > max(params.tolerance_w, 0.25 * state.step_w)
    if beyond and not limited:
        return failed(params, state, lack_w, True)
    seen_s = state.step_s - meters.age_s
    rising = meters.pv_w - state.pv_w > max(STILL_W, 0.05 * state.step_w)
    if not limited and seen_s >= 1.0 and not rising and lack_w > params.tolerance_w:
        return failed(params, state, lack_w, True)
    # Panels that rise show that the step has arrived; nothing else does before its time.
    risen_w = meters.pv_w - state.from_w
    arrived_s = 1.0 if risen_w >= 0.5 * state.step_w else min(LAG_S, state.response_s)
    if seen_s < arrived_s:
        return kept(state, Why.PROBING, 0.0, state.response_s - seen_s)
    if limited and _is_answered(params, state, lack_w, risen_w):
        by_panels = risen_w >= 0.5 * state.step_w >= 0.5 * CLEAR_W
        state = state._replace(trusted=state.trusted or by_panels)
        return _answered(params, _content(state, lack_w, risen_w), seen_s)
    if not limited and lack_w <= params.tolerance_w:
        return kept(state._replace(step_w=0.0, edge_s=0.0), Why.RIDING, 0.0, 0.0)
    if seen_s > 1.5 * state.response_s or borrowed_wh > params.probe_wh:
        # Still limited and still no answer: the charger may only be slow. Wait longer next time.
        slower_s = min(MAX_RESPONSE_S, (1.0 if beyond else 1.5) * state.response_s)
        return failed(params, state._replace(response_s=slower_s), lack_w, not limited)
    return kept(state, Why.PROBING, 0.0, state.response_s - seen_s)


def _is_answered(params: HuntParams, state: HuntState, lack_w: float, risen_w: float) -> bool:
    """Whether the panels gave what the step took: next to nothing is lacking, or they rose by it
    and the battery has again what it had before. ``risen_w``: the panels, since the step.

    A tolerance as large as the step alone would take every small step for answered.
    """
    if state.repays:  # what it takes back is no part of the step
        lack_w = max(0.0, lack_w - state.refill_w)
    if lack_w <= max(0.2 * state.step_w, min(params.tolerance_w, 0.4 * state.step_w)):
        return True
    if lack_w <= params.tolerance_w and risen_w >= 0.5 * state.step_w:
        return True
    more_w = lack_w - state.lacked_w
    given = risen_w >= WHOLE_SHARE * state.step_w
    return given and more_w <= max(0.2 * state.step_w, 0.5 * params.tolerance_w)


def _content(state: HuntState, lack_w: float, risen_w: float) -> HuntState:
    """Panels that gave a step whole had sun to spare: what the battery lacked before it already
    it does not want. A wish falls while its battery fills, and is not looked at meanwhile.

    Worked: 40 W lacked, 100 W are added, the panels give 95 W more and 38 W lack: the battery's
    wish is 38 W less than was thought.
    """
    if risen_w < WHOLE_SHARE * state.step_w or not state.accept_w > 0.0 or not state.trusted:
        return state
    unwanted_w = max(0.0, min(state.lacked_w, lack_w))
    return state._replace(accept_w=max(0.0, state.accept_w - unwanted_w))


def _answered(params: HuntParams, state: HuntState, seen_s: float) -> HuntResult:
    """The sun took the step over: learn how long that took, grow; where the panels lately gave
    more than now, part of that may be tried at once."""
    response_s = state.response_s + 0.2 * (max(LAG_S, 1.5 * seen_s) - state.response_s)
    streak = state.streak + 1.0
    grown_w = state.step_w * (GROWTH if streak >= TRUSTED else 1.0)
    hope_w = HOPE * (state.best_w - state.pv_w) if state.shaded else 0.0
    state = state._replace(
        step_w=0.0,
        wait_s=0.0,
        backoff=1.0,
        response_s=min(MAX_RESPONSE_S, max(params.response_s, response_s)),
        next_w=min(params.max_step_w, max(params.edge_step_w, grown_w, hope_w)),
        streak=streak,
    )
    return kept(state, Why.PROBING, 0.0, 0.0)


def failed(params: HuntParams, state: HuntState, lack_w: float, edge: bool) -> HuntResult:
    """Only battery or grid answered: take back what is missing.

    ``edge``: nobody is limited any more, so what is missing is known to the watt, and more sun
    will show by itself. Else nothing is known, and each failure doubles the wait.
    """
    wait_s = params.retry_s * (1.0 if edge else state.backoff)
    if state.shaded:
        wait_s = min(wait_s, SHADED_WAIT_S)
    # A late answer to what was just taken back must not be laid to the next step.
    # Nor may a search that costs a switch be tried every minute.
    wait_s = max(wait_s, state.response_s, COSTLY_WAITS * params.hold_s * state.backoff)
    again = state.shaded or (edge and params.hold_s <= 0.0)
    state = state._replace(
        step_w=0.0,
        wait_s=wait_s,
        backoff=1.0 if again else min(MAX_BACKOFF, state.backoff * 2.0),
        streak=TRUSTED if state.shaded else 0.0,
        next_w=params.edge_step_w,
    )
    back_w = lack_w + REST_W if edge and lack_w > 0.0 else max(lack_w, params.edge_step_w)
    return moved(params, state, -back_w, Why.STEP_BACK, wait_s)


def given_back(
    params: HuntParams, state: HuntState, meters: HuntMeters, owed_w: float
) -> HuntResult:
    """Watts beyond the surplus go back at once, and those of the next moments where it falls."""
    state = state._replace(wait_s=max(state.wait_s, state.response_s), deficit_s=0.0, edge_s=0.0)
    if state.budget_w <= 0.0:
        return kept(state, Why.NO_SURPLUS, owed_w, 0.0)
    lead_w = 0.0
    if meters.limited <= 0.5 and state.pv_w > meters.pv_w:
        lead_w = min(owed_w, LEAD_S * (state.pv_w - meters.pv_w) / max(1.0, state.sample_s))
    if state.repays and discharge_w(meters) <= params.tolerance_w:
        # The sun is as it was: the battery only gets back what it lent.
        state = state._replace(next_w=params.edge_step_w, streak=0.0)
        return moved(params, state, -owed_w, Why.STEP_BACK, 0.0)
    state = state._replace(next_w=params.first_step_w, streak=TRUSTED)
    rest_w = 0.5 * params.edge_step_w
    if math.isnan(meters.battery_w):
        rest_w += params.cushion_w  # all that is too much is bought, and a sun that falls goes on
    change_w = -(owed_w + lead_w + rest_w)
    return moved(params, state, change_w, Why.STEP_BACK, 0.0)


def moved(
    params: HuntParams, state: HuntState, change_w: float, why: Why, needs_s: float
) -> HuntResult:
    """Change the budget within its limits; remember when, and what was lately added."""
    budget_w = min(params.max_w, max(0.0, state.budget_w + change_w))
    if budget_w < params.min_w:
        budget_w = params.min_w if change_w > 0.0 else 0.0
    done_w = budget_w - state.budget_w
    lately_w = state.raised_w if state.raised_s < LAG_S else 0.0
    state = state._replace(
        budget_w=budget_w,
        raised_w=max(0.0, lately_w + done_w),
        raised_s=0.0 if done_w > 0.0 else state.raised_s,
        back_s=0.0 if done_w < 0.0 else state.back_s,
        since_s=0.0,
        unused_ws=0.0,
        owed_ws=0.0,
        step_w=min(state.step_w, budget_w),
    )
    return HuntResult(state, budget_w, why, 0.0, needs_s)


def kept(state: HuntState, why: Why, needs_w: float, needs_s: float) -> HuntResult:
    """The budget stays what it is."""
    return HuntResult(state, state.budget_w, why, needs_w, needs_s)
