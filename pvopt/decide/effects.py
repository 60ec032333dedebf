"""Does the heater do what it was told? Watts are looked for where they must show. A kernel.

With a meter of its own the load is judged by that. Without one, by the home's total load, in
which a kettle can hide or feign any single effect. So a suspicion costs little (the relay opens,
which is safe, and not more than twice an hour), a verdict needs proof, and an alarm that latches
needs it more than once:

=====================================  ===============================================
watts with the relay off               WELDED: two openings in a row that took nothing off
                                       a load that never fell below ours since; latched
watts with the knob at zero            CHECKING: relay off at once; if the load falls with
                                       it, off for a minute, then closed with the knob held
                                       at zero; the same again: TRIAC_SHORT, latched
no watts though the knob is up         THERMOSTAT_OPEN: knob to zero, tried again later; a
                                       relay alone opens, as on a cold tank: ELEMENT, alarm
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
    Move,
    doubted,
    idle,
    latch,
    proved,
    renewed,
)
from pvopt.decide.effects_in_total import by_total, while_waiting
from pvopt.decide.effects_lasting import more_patient
from pvopt.decide.unrest import SETTLE_S, unrest_step
from pvopt.model import Why

OWN_METER_W = 50.0
OWN_METER_S = 4.0
OWN_METER_LATE_S = 2.0  # so long a meter may still show what was before
MAX_RETRY_S = 3600.0
MORE_RARELY = 1.5
MAX_KNOB_RETRY_S = 900.0  # costs no switching, and whoever has used hot water waits for more
JUMP_AGAIN_S = 7200.0  # the house has proved that it jumps by itself: spare the contact


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
    elif state.suspect_w > 0.0:
        return _result(_counter_proof(state, meters), meters)
    if state.latched:
        return _result(state, meters)
    # The home's load tells where there is no meter of the heater's own.
    total = meters.fresh and math.isnan(meters.actual_w) and not math.isnan(meters.load_w)
    if state.verdict != Why.HOLD:
        state = _waiting(state, meters, dt_s)
        knob = state.verdict == Why.THERMOSTAT_OPEN and meters.has_knob and meters.closed
        if knob and total:
            state = while_waiting(state, meters)
        return _result(state, meters)
    if total:
        state = by_total(state, meters, dt_s)
    return _result(state, meters)


def _result(state: EffectState, meters: EffectMeters) -> EffectResult:
    """What a state means for the load."""
    if state.suspect_w > 0.0:
        return EffectResult(state, False, True, Why.CHECKING)
    if state.verdict == Why.THERMOSTAT_OPEN and meters.has_knob:
        # Nothing flows, nor will at the knob's zero: waiting costs the contact nothing.
        return EffectResult(state, True, False, state.verdict, True)
    well = state.verdict == Why.HOLD
    urgent = state.latched or state.verdict == Why.CHECKING
    return EffectResult(state, well, urgent, state.verdict, well and state.proofs > 0)


def _track(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """Time since our own changes, what an opening relay cut off, what the house does."""
    switched = meters.closed != state.last_closed
    way_w = meters.expected_w - state.last_expected_w
    moved = switched or abs(way_w) > 1.0
    opened_w = state.opened_w
    if switched:
        opened_w = 0.0 if meters.closed else state.last_expected_w
    begins = moved and (abs(way_w) >= STEP_W or state.quiet_s > 0.0)
    closing = switched and meters.closed
    state = state._replace(
        move=_move(state, meters, begins, dt_s),
        open_s=state.switched_s if closing else state.open_s,
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        last_load_w=meters.load_w if meters.fresh else state.last_load_w,
        quiet_s=0.0 if moved else state.quiet_s + dt_s,
        switched_s=0.0 if switched else state.switched_s + dt_s,
        base_s=state.base_s + dt_s,
        least_w=math.nan if moved else state.least_w,
        spared_s=max(0.0, state.spared_s - dt_s),
        checked_s=state.checked_s + dt_s,
        checked_before_s=state.checked_before_s + dt_s,
        opened_w=opened_w,
        unrest=unrest_step(
            state.unrest,
            meters.load_w,
            meters.fresh,
            meters.age_s,
            way_w,
            meters.rating_w if switched else 0.0,
            meters.rating_w,
            dt_s,
        ),
    )
    if not meters.fresh or math.isnan(meters.load_w):
        return state
    if meters.closed and state.switched_s < meters.age_s and state.open_s >= SETTLE_S:
        # Taken while the relay still was open: the house alone.
        state = state._replace(house_w=meters.load_w)
    return _shown(state, meters)


def _move(state: EffectState, meters: EffectMeters, begins: bool, dt_s: float) -> Move:
    """What the load was right before our last movement, and how it went since."""
    move = state.move
    since_s = 0.0 if begins else move.since_s + dt_s
    expected_w = state.last_expected_w if begins else move.expected_w
    if meters.fresh and since_s < meters.age_s:
        load_w = meters.load_w
        return Move(expected_w, load_w, load_w, load_w, since_s)
    load_w = state.last_load_w if begins else move.load_w
    least_w = load_w if begins else move.least_w
    most_w = load_w if begins else move.most_w
    if meters.fresh:
        least_w = meters.load_w if math.isnan(least_w) else min(least_w, meters.load_w)
        most_w = meters.load_w if math.isnan(most_w) else max(most_w, meters.load_w)
    return Move(expected_w, load_w, least_w, most_w, since_s)


def _shown(state: EffectState, meters: EffectMeters) -> EffectState:
    """What the load was with the relay closed and all at rest: an opening is held against it."""
    if not meters.closed:
        # Late samples are still of the time before the opening.
        late = state.switched_s < meters.age_s and not math.isnan(state.shown_w)
        return state._replace(shown_w=meters.load_w) if late else state
    rested = state.quiet_s >= SETTLE_S + meters.age_s
    if not rested and math.isnan(state.shown_w):
        return state
    return state._replace(
        shown_w=meters.load_w if rested else math.nan, shown_expected_w=meters.expected_w
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
    # A reading from before the contradiction began contradicts nothing.
    after = meters.actual_age_s <= odd_s - OWN_METER_LATE_S
    # It needs no counter-proof, and what the total load made doubtful it settles.
    state = state._replace(odd_s=odd_s, suspect_w=0.0, proofs=0)
    if draws and odd_s >= OWN_METER_S and after:
        return latch(state, Why.TRIAC_SHORT if meters.closed else Why.WELDED)
    if lacks and odd_s >= IDLE_S and after:
        return idle(state, meters)
    return state


def _counter_proof(state: EffectState, meters: EffectMeters) -> EffectState:
    """The relay was told to open: does the load fall with it?"""
    if not meters.fresh or math.isnan(meters.load_w):
        return state
    if meters.closed or state.switched_s < meters.age_s:
        before_w = min(meters.load_w, state.suspect_load_w) if state.look_s > 0.0 else meters.load_w
        return state._replace(suspect_load_w=before_w)
    if state.switched_s < SETTLE_S + meters.age_s:
        return state
    fallen_w = state.suspect_load_w - meters.load_w
    most_w = max(1.2 * meters.rating_w, state.suspect_w) + STEP_W
    if 0.6 * state.suspect_w <= fallen_w <= most_w:
        return proved(state._replace(suspect_w=0.0), meters, fallen_w)
    if state.switched_s < SETTLE_S + meters.age_s + state.look_s:
        return state
    # The load stayed: it was the house, or the contact does not part.
    proofs = max(0, state.proofs - 1)
    anew = more_patient(renewed(state, meters))._replace(
        house_w=meters.load_w,
        flows=state.flows,
        doubts=state.doubts,
        doubt_w=state.doubt_w,
        proofs=proofs,
        proof_w=state.proof_w if proofs > 0 else 0.0,
        spared_s=JUMP_AGAIN_S,
    )
    return doubted(anew, meters, state.suspect_from_w) if state.flows else anew


def _waiting(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """A verdict that time ends; the first proof of a short also needs to know the house alone."""
    off = not meters.closed or meters.expected_w <= ZERO_W
    alone = off and min(state.quiet_s, state.switched_s) >= SETTLE_S + meters.age_s
    house_w = state.house_w
    if alone and meters.fresh and not math.isnan(meters.load_w):
        house_w = meters.load_w
    state = state._replace(wait_s=state.wait_s - dt_s, house_w=house_w)
    if state.wait_s > 0.0:
        return state
    anew = renewed(state, meters)._replace(
        proofs=state.proofs, proof_w=state.proof_w, house_w=house_w, up_s=state.up_s
    )
    if state.verdict == Why.CHECKING:
        return anew
    if meters.closed:
        anew = anew._replace(house_w=math.nan)
    knob = state.verdict == Why.THERMOSTAT_OPEN and meters.has_knob
    most_s = MAX_KNOB_RETRY_S if knob else MAX_RETRY_S
    return anew._replace(retry_s=min(most_s, state.retry_s * MORE_RARELY))
