"""How many watts there are for the loads that may run: the search, and its caps. A kernel."""

from __future__ import annotations

import math

from pvopt.decide.bias import bias_w
from pvopt.decide.gates import Gate
from pvopt.decide.guard import headroom_w
from pvopt.decide.hunt import HuntMeters, HuntResult, HuntState, hunt_step
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.hunt_watch import is_exporting
from pvopt.decide.late import billed, is_late, late_step
from pvopt.decide.late_shapes import LateState
from pvopt.decide.look import Able
from pvopt.decide.settings import HuntParams, SiteParams
from pvopt.decide.site import feeds_in, meters_of
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState, least_own_w
from pvopt.model import Why


def budget_step(
    site: SiteParams,
    params: HuntParams,
    state: HuntState,
    now: SiteNow,
    world: WorldState,
    able: Able,
    gate: Gate,
    fresh: bool,
    forecast_w: float,
    clear_w: float,
    dt_s: float,
    past: OwnPast,
) -> HuntResult:
    """The search within what loads and inverter can take; nothing behind a gate.
    ``past``: what our loads drew when the sample was made.
    """
    wrong_w = bias_w(world.bias)
    meters = meters_of(site, now, world.own_w, able.phase, fresh, forecast_w, clear_w, wrong_w)
    meters = _with_past(site, params, meters, now, able, past)
    late = is_late(meters.age_s, max(state.gap_s + dt_s, state.sample_s))
    if late:
        alone = params.max_w <= able.least_w < math.inf
        state = state._replace(late=billed(state.late, meters, params.max_w, dt_s, alone))
    if gate.why != Why.HOLD or able.most_w <= 0.0:
        why = Why.NO_SURPLUS if gate.why == Why.HOLD else gate.why
        return HuntResult(rested(state), 0.0, why, 0.0, 0.0)
    cap_w = min(able.most_w, room_w(site, now, world, able.one_phase, state.budget_w))
    if state.budget_w > cap_w:
        state = state._replace(budget_w=cap_w, step_w=0.0)
    if cap_w < min(able.most_w, able.least_w):
        return HuntResult(rested(state), 0.0, Why.INVERTER_CAP, able.least_w - cap_w, 0.0)
    capped = params._replace(min_w=able.least_w, max_w=cap_w)
    if late:
        result = late_step(capped, state, meters, params.max_w, dt_s)
    else:
        state = state._replace(late=rested_late(state.late))
        result = hunt_step(capped, state, meters, dt_s)
    if result.why == Why.HEATER_MAX and result.budget_w >= cap_w < able.most_w:
        return result._replace(why=Why.INVERTER_CAP)
    return result


def room_w(
    site: SiteParams, now: SiteNow, world: WorldState, one_phase: bool, running_w: float
) -> float:
    """What our loads may draw in all (W): what runs is cut by the sample, what is added must find
    room even if the sample lacks our last changes. ``running_w``: asked of them until now."""
    most_w = headroom_w(site, now, world.own_w, one_phase)
    safe_w = headroom_w(site, now, least_own_w(world), one_phase)
    return max(min(running_w, most_w), min(most_w, safe_w))


def _with_past(
    site: SiteParams,
    params: HuntParams,
    meters: HuntMeters,
    now: SiteNow,
    able: Able,
    past: OwnPast,
) -> HuntMeters:
    """The sample and what belongs to it. Who exports more than the cushion has sun to spare."""
    return meters._replace(
        waiting=able.waiting,
        unsure=now.unsure and not is_exporting(params, meters),
        may_export=feeds_in(site, now),
        high_w=past.high_w,
        low_w=past.low_w,
        still=past.still,
        reach_w=able.reach_w,
    )


def rested(state: HuntState) -> HuntState:
    """A search that begins anew; what it learned, owes and has to wait for is kept."""
    return HuntState(
        accept_w=state.accept_w,
        wish_load_w=state.wish_load_w,
        wish_pv_w=state.wish_pv_w,
        trusted=state.trusted,
        response_s=state.response_s,
        hour_wh=state.hour_wh,
        wait_s=state.wait_s,
        backoff=state.backoff,
        late=rested_late(state.late),
    )


def rested_late(late: LateState) -> LateState:
    """Of the law for late samples the bill is kept."""
    return LateState(bank_wh=late.bank_wh, bill_s=late.bill_s)
