"""What the search sees in a sample before it decides: clocks, the battery's wish, what is lacking.

Kernels. A sample is judged by what our loads drew when it was made (``OwnPast``), never by what
was commanded since.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt_shapes import (
    BEST_S,
    DROP_W,
    FAST_W,
    FOLLOW_S,
    HOPE,
    HOUSE_S,
    LAG_S,
    LEAD_S,
    ROSE_S,
    SHADED_SHARE,
    STEADY_W,
    STILL_W,
    TRUSTED,
    WHOLE_SHARE,
    HuntMeters,
    HuntState,
)
from pvopt.decide.settings import HuntParams


def aged(params: HuntParams, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntState:
    """Let clocks run; give up a budget that the loads do not follow."""
    followed_w = min(state.budget_w, meters.reach_w)
    near = abs(meters.own_w - followed_w) <= max(params.tolerance_w, 0.05 * followed_w)
    astray_s = 0.0 if near or meters.waiting else state.astray_s + dt_s
    fading_w = state.best_w * max(0.0, 1.0 - dt_s / BEST_S)
    best_w = max(meters.pv_w, fading_w) if meters.pv_w > 0.0 else fading_w
    budget_w, step_w = state.budget_w, state.step_w
    if astray_s > FOLLOW_S:
        budget_w, step_w, astray_s = min(budget_w, meters.own_w), 0.0, 0.0
    return state._replace(
        budget_w=budget_w,
        step_w=step_w,
        step_s=state.step_s + dt_s if near else state.step_s,
        raised_s=state.raised_s + dt_s,
        back_s=state.back_s + dt_s,
        since_s=state.since_s + dt_s,
        gap_s=state.gap_s + dt_s,
        house_s=state.house_s + dt_s,
        wait_s=max(0.0, state.wait_s - dt_s),
        hour_wh=state.hour_wh * max(0.0, 1.0 - dt_s / 3600.0),
        astray_s=astray_s,
        best_w=best_w,
        shaded=meters.pv_w < SHADED_SHARE * best_w,
        response_s=state.response_s if state.response_s > 0.0 else params.response_s,
    )


def sampled(params: HuntParams, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntState:
    """Take a fresh sample in: how long exports, a falling load and spare sun have lasted.

    Where the whole load fell a moment ago the inverter exports until it has followed; a home
    that may not export at all shows nothing but such moments.
    """
    fall_w = state.load_w - meters.load_w if meters.load_w < state.load_w else 0.0
    drop_s = 0.0 if fall_w > DROP_W else state.drop_s + dt_s
    lately_w = state.drop_w if state.drop_s + dt_s < LAG_S else 0.0
    ours_w = meters.high_w - meters.low_w
    odd = fall_w > DROP_W and ours_w > STILL_W and abs(fall_w - ours_w) > DROP_W
    exporting = is_exporting(params, meters)
    spare = meters.limited > 0.5 or (exporting and meters.may_export and drop_s >= LAG_S)
    risen = not meters.load_w <= state.calm_w + params.tolerance_w
    rests = abs(meters.battery_w - state.rest_w) <= STEADY_W
    return state._replace(
        rest_s=state.rest_s + dt_s if rests else 0.0,
        rest_w=state.rest_w if rests else meters.battery_w,
        drop_s=drop_s,
        odd_s=0.0 if odd else state.odd_s + dt_s,
        drop_w=lately_w + fall_w if fall_w > DROP_W else lately_w,
        spare_s=state.spare_s + dt_s if spare else 0.0,
        calm_s=0.0 if risen else state.calm_s + dt_s,
        calm_w=meters.load_w if risen else min(state.calm_w, meters.load_w),
    )


def is_exporting(params: HuntParams, meters: HuntMeters) -> bool:
    """Whether clearly more than nothing leaves: half of the cushion that is kept, and rounding."""
    return -meters.grid_w > 0.5 * params.margin_w + 1.0


def exported_w(state: HuntState, meters: HuntMeters) -> float:
    """Export that the home chose (W, >= 0): it may export, and no load fell a moment ago."""
    falling_w = state.drop_w if state.drop_s < LAG_S else 0.0
    return max(0.0, -meters.grid_w - falling_w) if meters.may_export else 0.0


def discharge_w(meters: HuntMeters) -> float:
    """What the battery gives (W, >= 0); nothing where there is none or it is not known."""
    return 0.0 if math.isnan(meters.battery_w) else max(0.0, -meters.battery_w)


def _house_w(meters: HuntMeters) -> float:
    """The load without ours (W, >= 0)."""
    return max(0.0, meters.load_w - meters.high_w)


def seen(state: HuntState, meters: HuntMeters) -> bool:
    """Whether our loads were at rest when the sample was made."""
    return meters.still or state.since_s - meters.age_s >= LAG_S


def lacking_w(state: HuntState, meters: HuntMeters) -> float:
    """Watts that come out of charging, discharging or the grid, as far as is known (>= 0).

    What a home exports that may, its battery did not want.
    """
    short_w = 0.0
    if not math.isnan(meters.battery_w):
        wish_w = 0.0 if math.isnan(state.accept_w) else state.accept_w
        if state.repays:
            wish_w = max(wish_w, state.refill_w)
        short_w = max(0.0, wish_w - meters.battery_w - exported_w(state, meters))
    return short_w + max(0.0, meters.grid_w)


def settling_w(state: HuntState, meters: HuntMeters) -> float:
    """Watts added so shortly before the sample that the inverter may not have followed yet."""
    since_s = state.raised_s - meters.age_s
    return state.raised_w if 0.0 <= since_s < LAG_S else 0.0


def owed_w(state: HuntState, meters: HuntMeters, over_w: float) -> float:
    """Of what is lacking, so much is not taken back yet by what was commanded since (W)."""
    if over_w <= 0.0:
        return 0.0
    fit_w = max(0.0, meters.high_w - over_w)
    return min(over_w, max(0.0, state.budget_w - fit_w))


def visible_w(params: HuntParams, state: HuntState, meters: HuntMeters) -> float:
    """Export that is neither cushion, nor the battery's, nor taken up since (W).

    Behind a falling load what the battery lacks comes out of it, for the inverter exports that,
    too, until it has followed. Worked: 800 W exported since a kettle went off, the battery wants
    60 W and still gives 340 W: 400 W are visible.
    """
    export_w = -meters.grid_w - params.margin_w
    if state.drop_s < LAG_S and wish_known(state, meters):
        export_w -= max(0.0, state.accept_w - meters.battery_w)
    else:
        export_w -= discharge_w(meters)
    if state.repays and export_w > 0.0:
        export_w -= lacking_w(state, meters)
    return _shown_w(state, meters) + export_w - state.budget_w if export_w > 0.0 else export_w


def wish_known(state: HuntState, meters: HuntMeters) -> bool:
    """Whether what a home exports behind a falling load can be told from what its battery wants.

    Not where it takes more than was thought, nor at a charger that may be at its rating, nor
    while our own loads fell by other than they should: a heater larger than it is said to be.
    """
    rated = meters.limited > 0.5 and not state.trusted
    chosen = meters.battery_w <= state.accept_w + STEADY_W
    return meters.may_export and chosen and state.odd_s >= LAG_S and not rated


def _shown_w(state: HuntState, meters: HuntMeters) -> float:
    """What our loads drew for the sample (W), or less.

    A whole load that rose by what we added has it. Worked: 200 W, then 500 W, and the load is
    290 W more than in the sample before: 500 W.
    """
    added_w = meters.high_w - meters.low_w
    risen = meters.load_w - state.load_w >= WHOLE_SHARE * added_w
    return meters.high_w if risen and meters.may_export else meters.low_w


def rising_w(params: HuntParams, state: HuntState, meters: HuntMeters, more_w: float) -> float:
    """What rising panels will give on top until the loads have followed (W), at most ``more_w``
    and the first step of a search: a rise may end any time.

    Worked: 40 W a second more, 300 W of export to take: 2 s of it, 80 W, are taken with them.
    """
    rise_w_s = (meters.pv_w - state.pv_w) / max(1.0, state.sample_s)
    if not rise_w_s > STILL_W or state.pv_w <= 0.0:
        return 0.0
    return min(more_w, LEAD_S * rise_w_s, params.first_step_w)


def fallen_w(state: HuntState, meters: HuntMeters) -> float:
    """Watts by which the house fell since a moment ago, less what was lacking then: the sun
    carried them until now, so they are ours without any search."""
    if not meters.still or math.isnan(state.house_w) or state.house_s > HOUSE_S:
        return 0.0
    if meters.limited > 0.5 and not state.trusted:
        return 0.0
    if not math.isnan(meters.battery_w) and math.isnan(state.accept_w):
        return 0.0
    return state.house_w - _house_w(meters) - state.lack_w


def house_seen(state: HuntState, meters: HuntMeters, lack_w: float) -> HuntState:
    """Remember the house without our loads, whenever those were at rest."""
    if not meters.still or math.isnan(meters.load_w):
        return state
    return state._replace(house_w=_house_w(meters), house_s=0.0, lack_w=lack_w)


def unpromised(params: HuntParams, meters: HuntMeters) -> bool:
    """Whether sky and forecast speak against the beginning of a search.

    The owner may want them to promise so much more than the panels give; and a first step that
    cannot be small (a relay alone, bound to its minimum time) needs the promise of all of it.
    """
    costly = params.min_w * params.hold_s > 3600.0 * params.probe_wh
    if costly and not meters.promise_w >= params.min_w:
        return True
    return params.promise_w > 0.0 and meters.promise_w <= params.promise_w


def sun_rose(params: HuntParams, state: HuntState, meters: HuntMeters, over_w: float) -> HuntState:
    """A charger became limited without our doing: more sun came, so nothing need be waited for."""
    limited = meters.limited > 0.5 and not meters.unsure
    rose = limited and not state.was_limited and over_w <= 0.0
    rising = meters.pv_w > state.pv_w and not state.was_limited
    rise_w = 0.5 * state.rise_w + (meters.pv_w - state.pv_w if rising else 0.0)
    state = state._replace(was_limited=limited, rise_w=rise_w)
    fast = rise_w > FAST_W
    if not rose or state.budget_w <= 0.0:
        return state
    if fast:
        hope_w = HOPE * (state.best_w - meters.pv_w)
        next_w = max(params.first_step_w, hope_w)
        return state._replace(wait_s=0.0, backoff=1.0, next_w=next_w, streak=TRUSTED)
    if state.back_s - meters.age_s < ROSE_S:
        return state
    return state._replace(wait_s=0.0, backoff=1.0, next_w=params.edge_step_w, streak=1.0)
