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
from typing import NamedTuple

from pvopt.model import Why

STEP_W = 200.0
ZERO_W = 5.0  # a curve may expect a watt or two of a knob that only keeps its relay closed
# From the last change of a command until relay, knob and meters have come to rest.
SETTLE_S = 5.0
# At rest for so long, or with a base older than this, a comparison starts anew.
REBASE_S = 20.0
OLD_BASE_S = 120.0
ANSWERED = 0.4
OWN_METER_W = 50.0
OWN_METER_S = 4.0
IDLE_S = 10.0
COLD_C = 35.0
RETRY_S = 600.0
MAX_RETRY_S = 3600.0
# After the relay closed: a short shows as a jump of the load while the knob still is at zero.
CLOSING_S = 8.0
CLOSING_SHARE = 0.15
JUMP_SHARE = 0.4
JUMP_S = 20.0
JUMP_AGAIN_S = 7200.0  # the house has proved that it jumps by itself: spare the contact
PROOF_S = 60.0  # between the first proof and the next trial: a hob that pulses shows itself


class EffectMeters(NamedTuple):
    """What shows effects. Watts; NaN missing. ``closed``: relay commanded closed.

    ``load_w``: the home's load less what its other controlled loads should draw;
    ``actual_w``: the load's own meter; ``rating_w``: its full power; ``fresh``: a new sample.
    """

    expected_w: float
    closed: bool
    actual_w: float
    load_w: float
    temperature_c: float
    rating_w: float
    age_s: float
    fresh: bool


class EffectState(NamedTuple):
    last_expected_w: float = 0.0
    last_closed: bool = False
    quiet_s: float = 0.0  # since our own last change
    switched_s: float = 0.0  # since the contact last switched
    base_expected_w: float = math.nan  # at rest, before the change under judgement
    base_load_w: float = math.nan
    base_s: float = 0.0
    last_load_w: float = math.nan
    move_expected_w: float = math.nan  # right before our last movement began
    move_load_w: float = math.nan
    house_w: float = math.nan  # the load without ours
    recent_w: float = math.nan  # the load, smoothed, at rest
    flows: bool = False  # our watts were seen and have not gone since
    high: int = 0  # samples in a row with watts that should not be
    silent_up: int = 0
    opened_w: float = 0.0  # the relay cut so many watts and that is still to be judged
    doubts: int = 0  # openings that took nothing off
    doubt_w: float = 0.0
    odd_s: float = 0.0  # the own meter contradicts for so long
    idle_s: float = 0.0  # the home's load is too small for ours to be in it, for so long
    suspect_w: float = 0.0  # watts to be counter-proved by opening the relay, 0: none
    suspect_load_w: float = math.nan
    suspect_from_w: float = 0.0  # watts that the knob should have taken off
    proofs: int = 0
    spared_s: float = 0.0  # until a mere jump is tried again
    verdict: Why = Why.HOLD
    latched: bool = False
    wait_s: float = 0.0  # until a verdict that is not latched is tried again
    retry_s: float = RETRY_S


class EffectResult(NamedTuple):
    state: EffectState
    allowed: bool
    urgent: bool
    why: Why


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
        state = _by_total(state, meters, dt_s)
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
        return _latch(state, Why.TRIAC_SHORT if meters.closed else Why.WELDED)
    if lacks and odd_s >= IDLE_S:
        return _idle(state, meters)
    return state


def _latch(state: EffectState, verdict: Why) -> EffectState:
    return state._replace(verdict=verdict, latched=True, suspect_w=0.0, wait_s=0.0)


def _by_total(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """Look for our watts in the home's load."""
    settled = state.quiet_s >= SETTLE_S + meters.age_s
    state = _ebb(state, meters, settled)
    if not meters.closed:
        return _while_open(state, meters, settled)
    if meters.expected_w <= max(ZERO_W, 0.1 * meters.rating_w):
        state = _at_zero(state, meters, settled)
        if state.suspect_w > 0.0:
            return state
    else:
        state = state._replace(high=0)
    state = _learn_house(state, meters)
    if state.high == 0 and state.switched_s >= CLOSING_S + meters.age_s:
        state = state._replace(proofs=0)
    absent = meters.expected_w >= STEP_W and meters.load_w < 0.35 * meters.expected_w
    # The house cannot draw less than nothing: so small a load proves that ours is not in it.
    state = state._replace(idle_s=state.idle_s + dt_s if absent and settled else 0.0)
    if state.idle_s >= IDLE_S:
        return _idle(state, meters)
    return _judge_step(state, meters) if settled else state


def _learn_house(state: EffectState, meters: EffectMeters) -> EffectState:
    """While ours draws, the rest is the house: slowly, so that a jump stays a jump for a while."""
    if meters.expected_w <= ZERO_W or math.isnan(state.house_w):
        return state
    house_w = max(0.0, meters.load_w - meters.expected_w)
    return state._replace(house_w=state.house_w + 0.05 * (house_w - state.house_w))


def _ebb(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """Watch for our watts going without a command: the thermostat may have opened."""
    if not settled or math.isnan(state.recent_w):
        return state._replace(recent_w=meters.load_w)
    gone = state.recent_w - meters.load_w > 0.5 * meters.expected_w >= 0.5 * STEP_W
    recent_w = state.recent_w + 0.3 * (meters.load_w - state.recent_w)
    return state._replace(recent_w=recent_w, flows=state.flows and not gone)


def _rebase(state: EffectState, meters: EffectMeters) -> EffectState:
    return state._replace(base_expected_w=meters.expected_w, base_load_w=meters.load_w, base_s=0.0)


def _while_open(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """The relay is open: learn the house alone; judge whether opening took our watts off."""
    if math.isnan(state.house_w):
        state = state._replace(house_w=meters.load_w)
    if not settled:
        return state
    if meters.load_w < 0.7 * state.doubt_w:
        # Less than ours alone would draw: the contact is open indeed.
        state = state._replace(doubts=0, doubt_w=0.0)
    if state.opened_w >= STEP_W:
        stuck = not _answered(state, meters) and meters.load_w >= 0.7 * state.opened_w
        if stuck and state.flows and state.base_expected_w >= 0.5 * state.opened_w:
            state = state._replace(doubts=state.doubts + 1, doubt_w=state.opened_w)
        if state.doubts >= 2:
            return _latch(state, Why.WELDED)
    state = state._replace(opened_w=0.0, high=0, idle_s=0.0, house_w=meters.load_w)
    return _rebase(state, meters)


def _at_zero(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """The relay is closed and the knob at (or hardly above) zero: no watts of ours may flow."""
    excess_w = meters.load_w - state.house_w - meters.expected_w
    at_zero = meters.expected_w <= ZERO_W
    closing = state.switched_s < CLOSING_S + meters.age_s
    share = CLOSING_SHARE if closing and at_zero else JUMP_SHARE
    over = excess_w > max(STEP_W, share * meters.rating_w)
    # A kettle is what sent the knob to zero, as a rule; it mostly does not keep it there.
    lasting = at_zero and state.quiet_s >= JUMP_S + meters.age_s and state.spared_s <= 0.0
    asked_w = state.base_expected_w - meters.expected_w
    stepped = at_zero and settled and asked_w >= STEP_W
    if stepped:
        over = not _answered(state, meters) and meters.load_w > 0.5 * asked_w
        excess_w = min(asked_w + meters.load_w - state.base_load_w, meters.load_w)
    high = over and (closing or lasting or stepped)
    state = state._replace(high=state.high + 1 if high else 0)
    if state.high >= 2:
        return state._replace(
            suspect_w=excess_w,
            suspect_load_w=meters.load_w,
            suspect_from_w=asked_w if stepped else 0.0,
            high=0,
        )
    # At rest, and nothing flows: the load is the house alone.
    alone = at_zero and settled and not over
    return state._replace(house_w=meters.load_w) if alone else state


def _answered(state: EffectState, meters: EffectMeters) -> bool:
    """Whether the load followed our change, seen from the last rest or from right before it.

    Both are asked because the house often causes our change: a kettle comes on and the knob
    goes to zero for it, so that from the last rest to the next the load stays what it was.
    """
    return _followed(
        meters.expected_w - state.base_expected_w, meters.load_w - state.base_load_w
    ) or _followed(meters.expected_w - state.move_expected_w, meters.load_w - state.move_load_w)


def _followed(asked_w: float, came_w: float) -> bool:
    return abs(asked_w) >= STEP_W and came_w / asked_w >= ANSWERED


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
    state = _rebase(state, meters)
    if asked_w < 0.0 or (old and not answered):
        return state
    if answered:
        return state._replace(silent_up=0, flows=True, doubts=0, doubt_w=0.0, retry_s=RETRY_S)
    state = state._replace(silent_up=state.silent_up + 1)
    return _idle(state, meters) if state.silent_up >= 2 else state


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
            return EffectResult(_latch(state, Why.TRIAC_SHORT), False, True, Why.TRIAC_SHORT)
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
        return EffectResult(_latch(anew, Why.WELDED), False, True, Why.WELDED)
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


def _idle(state: EffectState, meters: EffectMeters) -> EffectState:
    """Nothing flows: the thermostat has opened, or on a cold tank something is broken."""
    cold = meters.temperature_c < COLD_C
    return EffectState(
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        verdict=Why.ELEMENT if cold else Why.THERMOSTAT_OPEN,
        wait_s=state.retry_s,
        retry_s=state.retry_s,
    )
