"""Does the heater do what it was told? Watts are looked for where they must show. A kernel.

With a meter of its own the load is judged by that. Without one, by the home's total load, in
which a kettle can hide or feign any single effect. So a suspicion costs little (the relay opens,
which is safe), a verdict needs proof, and an alarm that latches needs it twice:

=====================================  ===============================================
watts with the relay off               WELDED: two openings in a row that took nothing off
                                       a load that never fell below ours since; latched
watts with the knob at zero            TRIAC_SHORT: relay off at once; if the load falls
                                       with it, off for a minute; the same again: latched
no watts though the knob is up         THERMOSTAT_OPEN: off, tried again later;
                                       on a cold tank ELEMENT, the same with an alarm
=====================================  ===============================================
"""

from __future__ import annotations

import math

from pvopt.decide.effect_state import (
    IDLE_S,
    STEP_W,
    ZERO_W,
    EffectMeters,
    EffectResult,
    EffectState,
    idle,
    latch,
)
from pvopt.decide.effects_in_total import SETTLE_S, by_total
from pvopt.model import Why

OWN_METER_W = 50.0
OWN_METER_S = 4.0
MAX_RETRY_S = 3600.0
JUMP_AGAIN_S = 7200.0  # the house has proved that it jumps by itself: spare the contact
PROOF_S = 60.0  # between the first proof and the next trial: a hob that pulses shows itself


def effect_step(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectResult:
    """One tick of verification; ``allowed`` False: this load must be off now.

    ``urgent``: relay first. Worked: the relay closes with the knob at zero and within two
    samples the load is 2000 W higher: suspicion, the relay opens; five seconds later the load
    is 2000 W lower: first proof, off for a minute; the same at the next closing: latched.
    """
    if state.latched:
        return EffectResult(state, False, True, state.verdict)
    state = _track(state, meters, dt_s)
    if not math.isnan(meters.actual_w):
        state = _own_meter(state, meters, dt_s)
    if state.latched:
        return EffectResult(state, False, True, state.verdict)
    if state.suspect_w > 0.0:
        return _counter_proof(state, meters)
    if state.verdict != Why.HOLD:
        return _waiting(state, meters, dt_s)
    if meters.fresh and math.isnan(meters.actual_w) and not math.isnan(meters.load_w):
        state = by_total(state, meters, dt_s)
    if state.suspect_w > 0.0:
        return EffectResult(state, False, True, Why.CHECKING)
    return EffectResult(state, state.verdict == Why.HOLD, state.latched, state.verdict)


def _track(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """Time since our own changes, and what an opening relay cut off."""
    switched = meters.closed != state.last_closed
    moved = switched or abs(meters.expected_w - state.last_expected_w) > 1.0
    opened_w = state.opened_w
    if switched:
        opened_w = 0.0 if meters.closed else state.last_expected_w
    far = abs(meters.expected_w - state.last_expected_w) >= STEP_W
    if moved and (far or state.quiet_s > 0.0):
        state = state._replace(move_expected_w=state.last_expected_w, move_load_w=state.last_load_w)
    return state._replace(
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        last_load_w=meters.load_w if meters.fresh else state.last_load_w,
        quiet_s=0.0 if moved else state.quiet_s + dt_s,
        switched_s=0.0 if switched else state.switched_s + dt_s,
        base_s=state.base_s + dt_s,
        spared_s=max(0.0, state.spared_s - dt_s),
        opened_w=opened_w,
    )


def _own_meter(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """The load's own meter says it directly."""
    draws = (
        meters.expected_w <= ZERO_W
        and state.quiet_s >= OWN_METER_S
        and meters.actual_w > OWN_METER_W
    )
    lacks = meters.expected_w >= STEP_W and meters.actual_w < 0.05 * meters.expected_w
    odd_s = state.odd_s + dt_s if draws or lacks else 0.0
    state = state._replace(odd_s=odd_s)
    if draws and odd_s >= OWN_METER_S:
        return latch(state, Why.TRIAC_SHORT if meters.closed else Why.WELDED)
    if lacks and odd_s >= IDLE_S:
        return idle(state, meters)
    return state


def _counter_proof(state: EffectState, meters: EffectMeters) -> EffectResult:
    """The relay was told to open: does the load fall with it?"""
    seen = not meters.closed and state.switched_s >= SETTLE_S + meters.age_s
    if not (seen and meters.fresh) or math.isnan(meters.load_w):
        return EffectResult(state, False, True, Why.CHECKING)
    fallen_w = state.suspect_load_w - meters.load_w
    most_w = max(1.2 * meters.rating_w, state.suspect_w) + STEP_W
    if 0.6 * state.suspect_w <= fallen_w <= most_w:
        state = state._replace(proofs=state.proofs + 1, suspect_w=0.0)
        if state.proofs >= 2:
            return EffectResult(latch(state, Why.TRIAC_SHORT), False, True, Why.TRIAC_SHORT)
        state = state._replace(
            verdict=Why.TRIAC_SHORT,
            wait_s=PROOF_S,
            doubt_w=fallen_w,
            recent_w=meters.load_w,
            opened_w=0.0,
        )
        return EffectResult(state, False, True, Why.TRIAC_SHORT)
    # The load stayed: it was the house, or the contact does not part.
    stuck = state.flows and state.suspect_from_w > 0.0
    stuck = stuck and meters.load_w >= 0.7 * state.suspect_from_w
    doubts = state.doubts + 1 if stuck else 0
    anew = EffectState(
        last_expected_w=meters.expected_w,
        house_w=meters.load_w,
        flows=state.flows,
        doubts=doubts,
        doubt_w=state.suspect_from_w if stuck else 0.0,
        spared_s=JUMP_AGAIN_S,
        retry_s=state.retry_s,
    )
    if doubts >= 2:
        return EffectResult(latch(anew, Why.WELDED), False, True, Why.WELDED)
    return EffectResult(anew, True, False, Why.HOLD)


def _waiting(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectResult:
    """A verdict that time ends; the first proof of a short also by the house's own unrest."""
    wait_s = state.wait_s - dt_s
    short = state.verdict == Why.TRIAC_SHORT
    swings = meters.fresh and abs(meters.load_w - state.recent_w) >= 0.5 * state.doubt_w
    proofs = 0 if short and swings else state.proofs
    if wait_s > 0.0:
        waiting = state._replace(wait_s=wait_s, proofs=proofs)
        return EffectResult(waiting, False, short, state.verdict)
    retry_s = state.retry_s if short else min(MAX_RETRY_S, state.retry_s * 1.5)
    anew = EffectState(
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        house_w=meters.load_w if not meters.closed else math.nan,
        proofs=proofs,
        retry_s=retry_s,
    )
    return EffectResult(anew, True, False, Why.HOLD)
