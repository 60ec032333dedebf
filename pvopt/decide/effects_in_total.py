"""Our watts in the home's total load, where the heater has no meter of its own. A kernel.

A kettle can hide or feign any single effect, and mostly is what causes our own change. So a step
is compared with the load at the last rest and with the load right before it, and what the load
does at the knob's zero only raises a suspicion.
"""

from __future__ import annotations

import math

from pvopt.decide.effect_state import (
    IDLE_S,
    PATIENCE_S,
    RETRY_S,
    STEP_W,
    STUCK_SHARE,
    ZERO_W,
    EffectMeters,
    EffectState,
    doubted,
    idle,
    may_check,
    proved,
    stuck_w,
    watched_doubt,
)
from pvopt.decide.effects_lasting import jump_w, lasting_step, outlasted
from pvopt.decide.unrest import JUMP_SHARE, SETTLE_S, UNREST_FADE_S, restless
from pvopt.model import Why

# At rest for so long, or with a base older than this, a comparison starts anew.
REBASE_S = 20.0
OLD_BASE_S = 120.0
ANSWERED = 0.4
# Of what came or went since the load's extreme, for the house can have moved the other way.
TURNED = 0.6
FLOOR_S = 86_400.0  # in which a higher load becomes the floor
# After the relay closed: a short shows as a jump of the load while the knob still is at zero.
CLOSING_S = 8.0
CLOSING_SHARE = 0.15
JUMP_S = 20.0
# In a restless house a hob's pulse must have had the time to end.
PULSE_S = 7.0
# The relay stays open at least for so long to see whether the load falls.
LOOK_S = 20.0
# A step counts as unanswered only if the house by itself moved by less than this share of it.
CALM = 0.5


def while_waiting(state: EffectState, meters: EffectMeters) -> EffectState:
    """A sample while an open thermostat is waited for, the relay closed and the knob at zero.

    A shorted triac answers to no step either, and flows on meanwhile: a load that stays up for
    ten minutes is looked into, for longer where it lately was the house.
    """
    settled = state.quiet_s >= SETTLE_S + meters.age_s
    state = lasting_step(state, meters, settled)
    long = outlasted(state) or (state.spared_s <= 0.0 and state.up_s >= PATIENCE_S)
    if not (long and settled and may_check(state)):
        return state
    return _suspect(state._replace(verdict=Why.HOLD, wait_s=0.0), meters, jump_w(meters), 0.0)


def by_total(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """Look for our watts in the home's load."""
    settled = state.quiet_s >= SETTLE_S + meters.age_s
    state = _ebb(state, meters, settled)
    if not meters.closed:
        return _while_open(state, meters, settled)
    state = lasting_step(state, meters, settled)
    if meters.expected_w <= max(ZERO_W, 0.1 * meters.rating_w):
        state = _at_zero(state, meters, settled)
        if state.suspect_w > 0.0:
            return state
    elif state.high > 0:
        state = state._replace(high=0)
    state = _learn_house(state, meters)
    absent = meters.expected_w >= STEP_W and meters.load_w < 0.35 * meters.expected_w
    # The house cannot draw less than nothing: so small a load proves that ours is not in it.
    idle_s = state.idle_s + dt_s if absent and settled else 0.0
    if idle_s != state.idle_s:
        state = state._replace(idle_s=idle_s)
    if state.idle_s >= IDLE_S:
        return idle(state, meters)
    return _judge_step(state, meters) if settled else state


def _learn_house(state: EffectState, meters: EffectMeters) -> EffectState:
    """While ours draws, the rest is the house: slowly, so that a jump stays a jump for a while."""
    if meters.expected_w <= ZERO_W or math.isnan(state.house_w):
        return state
    house_w = max(0.0, meters.load_w - meters.expected_w)
    return state._replace(house_w=state.house_w + 0.05 * (house_w - state.house_w))


def _ebb(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """Watch for our watts going without a command: the thermostat may have opened.

    Where as many are left above the house's least, it was the house.
    """
    if not settled or math.isnan(state.recent_w):
        return state._replace(recent_w=meters.load_w)
    gone = state.recent_w - meters.load_w > 0.5 * meters.expected_w >= 0.5 * STEP_W
    gone = gone and stuck_w(state, meters.load_w) < STUCK_SHARE * meters.expected_w
    recent_w = state.recent_w + 0.3 * (meters.load_w - state.recent_w)
    return state._replace(recent_w=recent_w, flows=state.flows and not gone)


def _rebase(state: EffectState, meters: EffectMeters) -> EffectState:
    return state._replace(base_expected_w=meters.expected_w, base_load_w=meters.load_w, base_s=0.0)


def _while_open(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """The relay is open: learn the house alone; judge what the opening took off."""
    if math.isnan(state.house_w):
        state = state._replace(house_w=meters.load_w)
    if not settled:
        return state
    state = watched_doubt(state, meters)
    if state.latched:
        return state
    if _fell(state, meters):
        return proved(state, meters, state.shown_w - meters.load_w)
    if state.opened_w >= STEP_W:
        if _answered(state, meters):
            state = state._replace(doubts=0, doubt_w=0.0)
        elif state.flows and state.base_expected_w >= 0.5 * state.opened_w:
            state = doubted(state, meters, state.opened_w)
        if state.latched:
            return state
    state = state._replace(
        floor_w=_floor_w(state, meters),
        opened_w=0.0,
        high=0,
        idle_s=0.0,
        house_w=meters.load_w,
        shown_w=math.nan,
    )
    return _rebase(state, meters)


def _floor_w(state: EffectState, meters: EffectMeters) -> float:
    """The least load with the relay open: down at once, up within a day."""
    if math.isnan(state.floor_w):
        return meters.load_w
    share = min(1.0, state.unrest.gap_s / FLOOR_S)
    return min(meters.load_w, state.floor_w + share * (meters.load_w - state.floor_w))


def _fell(state: EffectState, meters: EffectMeters) -> bool:
    """Whether an opening took off a whole heater although the knob asked for far less."""
    asked_w = state.shown_expected_w
    if math.isnan(state.shown_w) or asked_w > 0.6 * meters.rating_w:
        return False
    fallen_w = state.shown_w - meters.load_w
    least_w = max(STEP_W, 0.6 * meters.rating_w, asked_w + JUMP_SHARE * meters.rating_w)
    return least_w <= fallen_w <= 1.2 * meters.rating_w + STEP_W


def _at_zero(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """The relay is closed and the knob at (or hardly above) zero: no watts of ours may flow."""
    at_zero = meters.expected_w <= ZERO_W
    if at_zero and settled:
        least_w = meters.load_w if math.isnan(state.least_w) else state.least_w
        state = state._replace(least_w=min(least_w, meters.load_w))
        if state.proofs > 0:
            return _second_look(state, meters)
        if outlasted(state) and may_check(state):
            return _suspect(state, meters, jump_w(meters), 0.0)
    asked_w = state.base_expected_w - meters.expected_w
    excess_w = meters.load_w - state.house_w - meters.expected_w
    stepped = at_zero and settled and asked_w >= STEP_W and not restless(state.unrest)
    if stepped:
        high = not _answered(state, meters) and meters.load_w > 0.5 * asked_w
        excess_w = min(asked_w + meters.load_w - state.base_load_w, meters.load_w)
    else:
        high = _jumped(state, meters, at_zero, excess_w)
    if high or state.high > 0:
        state = state._replace(high=state.high + 1 if high else 0)
    if state.high >= 2 and may_check(state):
        return _suspect(state, meters, excess_w, asked_w if stepped else 0.0)
    # At rest, and nothing flows: the load is the house alone.
    alone = at_zero and settled and not high and excess_w <= jump_w(meters)
    return state._replace(house_w=meters.load_w) if alone else state


def _jumped(state: EffectState, meters: EffectMeters, at_zero: bool, excess_w: float) -> bool:
    """Whether the load rose at the closing, or rose and stayed up, with the knob at zero."""
    if not at_zero:
        return False
    if state.switched_s < CLOSING_S + meters.age_s:
        over_w = max(STEP_W, CLOSING_SHARE * meters.rating_w)
        return excess_w > over_w and not restless(state.unrest)
    # A kettle is what sent the knob to zero, as a rule; it mostly does not keep it there.
    lasting = state.quiet_s >= JUMP_S + meters.age_s and state.spared_s <= 0.0
    return lasting and state.least_w - state.house_w > jump_w(meters)


def _second_look(state: EffectState, meters: EffectMeters) -> EffectState:
    """After a proof the knob is held at zero until a sample shows the load without its watts."""
    if restless(state.unrest) and state.quiet_s < SETTLE_S + PULSE_S + meters.age_s:
        return state
    excess_w = state.least_w - state.house_w
    if excess_w > jump_w(meters):
        return _suspect(state, meters, excess_w, 0.0)
    return _rebase(state._replace(proofs=0, proof_w=0.0, high=0, house_w=meters.load_w), meters)


def _suspect(
    state: EffectState, meters: EffectMeters, excess_w: float, from_w: float
) -> EffectState:
    """Open the relay, to see whether the load falls with it.

    Among a hob's pulses the least before is held against the least after.
    """
    pulses = restless(state.unrest) or outlasted(state)
    resting = pulses and not math.isnan(state.least_w)
    state = state._replace(
        suspect_w=excess_w,
        suspect_load_w=state.least_w if resting else meters.load_w,
        suspect_from_w=from_w,
        look_s=LOOK_S if pulses else 0.0,
        high=0,
    )
    if state.proofs > 0:
        return state
    return state._replace(checked_s=0.0, checked_before_s=state.checked_s)


def _answered(state: EffectState, meters: EffectMeters) -> bool:
    """Whether the load followed our change, seen from the last rest or from right before it.

    Both are asked because the house often causes our change: a kettle comes on and the knob
    goes to zero for it, so that from the last rest to the next the load stays what it was.
    """
    move = state.move
    asked_w = meters.expected_w - move.expected_w
    extreme_w = move.least_w if asked_w > 0.0 else move.most_w
    return (
        _followed(
            meters.expected_w - state.base_expected_w, meters.load_w - state.base_load_w, ANSWERED
        )
        or _followed(asked_w, meters.load_w - move.load_w, ANSWERED)
        or _followed(asked_w, meters.load_w - extreme_w, TURNED)
    )


def _followed(asked_w: float, came_w: float, share: float) -> bool:
    return abs(asked_w) >= STEP_W and came_w / asked_w >= share


def _judge_step(state: EffectState, meters: EffectMeters) -> EffectState:
    """Compare our last change, at rest now, with what the home's load did."""
    asked_w = meters.expected_w - state.base_expected_w
    if math.isnan(asked_w):
        return _rebase(state, meters)
    if abs(asked_w) < STEP_W:
        stale = state.quiet_s >= REBASE_S + meters.age_s or state.base_s > OLD_BASE_S
        return _rebase(state, meters) if stale else state
    if state.high > 0:
        return state  # _at_zero wants a second sample before the base is given up
    old = state.base_s > OLD_BASE_S + state.quiet_s + meters.age_s
    answered = _answered(state, meters)
    # As large as it was at the base: what the house did then is half forgotten.
    unrest_w = state.unrest.unrest_w * math.exp(min(state.base_s, 600.0) / UNREST_FADE_S)
    calm = unrest_w < CALM * abs(asked_w)
    state = _rebase(state, meters)
    if answered:
        state = state._replace(silent_up=0, doubts=0, doubt_w=0.0)
    if asked_w < 0.0 or (not answered and (old or not calm)):
        return state
    if answered:
        return state._replace(flows=True, retry_s=RETRY_S)
    if state.doubts > 0 and stuck_w(state, meters.load_w) >= STUCK_SHARE * meters.expected_w:
        return state  # so does a contact that never opened
    state = state._replace(silent_up=state.silent_up + 1)
    return idle(state, meters) if state.silent_up >= 2 else state
