"""What is remembered of a load's effects, and the verdicts. Shapes of a kernel."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.unrest import STEP_W, Unrest, calm_hour, quick, restless
from pvopt.model import Why
from pvopt.shape import replaceable

__all__ = ["STEP_W"]

ZERO_W = 5.0  # a curve may expect a watt or two of a knob that only keeps its relay closed
IDLE_S = 10.0
COLD_C = 35.0
RETRY_S = 600.0
# The relay opens for a mere suspicion at most twice in so long.
CHECKS_S = 3600.0
# A load that stays up for so long with the knob low is looked into.
PATIENCE_S = 600.0
# After a first proof, until the next trial; doubled by each further one.
PROOF_S = 60.0
MOST_DOUBLINGS = 4
# What fell with the relay must fall again, as near as this, to be the same thing.
ALIKE_SHARE = 0.2
ALIKE_W = 150.0
# An opening of less than this share of the rating tells nothing about the contact.
CLEAR_SHARE = 0.25
STUCK_SHARE = 0.7
# A whole heater that stays in the load for so long with the relay open is a doubt more.
LASTING_SHARE = 0.9
LASTING_S = 1800.0


class EffectMeters(NamedTuple):
    """What shows effects. Watts; NaN missing. ``closed``: relay commanded closed.

    ``load_w``: the home's load less what its other controlled loads should draw;
    ``actual_w``: the load's own meter, ``actual_age_s`` ago; ``rating_w``: its full power;
    ``fresh``: a new sample; ``has_knob``: closed, it can draw nothing.
    """

    expected_w: float
    closed: bool
    actual_w: float
    load_w: float
    temperature_c: float
    rating_w: float
    age_s: float
    fresh: bool
    has_knob: bool = True
    actual_age_s: float = 0.0


class Move(NamedTuple):
    """Our last movement. The load right before it is that of the last sample taken before it
    began, however late that one comes; least and most are those of the samples since."""

    expected_w: float = math.nan
    load_w: float = math.nan
    least_w: float = math.nan
    most_w: float = math.nan
    since_s: float = 0.0  # it began


@replaceable
class EffectState(NamedTuple):
    last_expected_w: float = 0.0
    last_closed: bool = False
    quiet_s: float = 0.0  # since our own last change
    switched_s: float = 0.0  # since the contact last switched
    base_expected_w: float = math.nan  # at rest, before the change under judgement
    base_load_w: float = math.nan
    base_s: float = 0.0
    last_load_w: float = math.nan
    move: Move = Move()
    shown_w: float = math.nan  # the last sample, if it was taken at rest with the relay closed
    shown_expected_w: float = math.nan
    least_w: float = math.nan  # the least load since the knob came to rest at zero
    up_s: float = 0.0  # the load has been up by a heater for so long, the knob low
    patience_s: float = PATIENCE_S  # before that is looked into
    house_w: float = math.nan  # the load without ours
    recent_w: float = math.nan  # the load, smoothed, at rest
    flows: bool = False  # our watts were seen and have not gone since
    high: int = 0  # samples in a row with watts that should not be
    silent_up: int = 0
    opened_w: float = 0.0  # the relay cut so many watts and that is still to be judged
    doubts: int = 0  # openings that took nothing off
    doubt_w: float = 0.0
    doubt_s: float = 0.0  # since the last of them the load never showed that it has opened
    floor_w: float = math.nan  # the least load of late with the relay open
    open_s: float = 0.0  # how long the relay was open before it closed
    odd_s: float = 0.0  # the own meter contradicts for so long
    idle_s: float = 0.0  # the home's load is too small for ours to be in it, for so long
    suspect_w: float = 0.0  # watts to be counter-proved by opening the relay, 0: none
    suspect_load_w: float = math.nan
    suspect_from_w: float = 0.0  # watts that the knob should have taken off
    look_s: float = 0.0  # for so long the load may fall after the opening
    proofs: int = 0  # of a short, with no clean closing between them
    proof_w: float = 0.0  # watts that fell with the relay
    spared_s: float = 0.0  # until a mere jump is tried again
    checked_s: float = CHECKS_S  # since the relay was last opened for a suspicion
    checked_before_s: float = CHECKS_S  # and since the time before
    verdict: Why = Why.HOLD
    latched: bool = False
    wait_s: float = 0.0  # until a verdict that is not latched is tried again
    retry_s: float = RETRY_S
    unrest: Unrest = Unrest()


class EffectResult(NamedTuple):
    """``zero_only``: the relay may close or stay closed, but the knob stays at zero: until a
    sample has shown that nothing flows then, or while an open thermostat is waited for."""

    state: EffectState
    allowed: bool
    urgent: bool
    why: Why
    zero_only: bool = False


def renewed(state: EffectState, meters: EffectMeters) -> EffectState:
    """A judgement that begins anew; what is known of house and contact is kept."""
    return EffectState(
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        last_load_w=state.last_load_w,
        switched_s=state.switched_s,
        floor_w=state.floor_w,
        open_s=state.open_s,
        spared_s=state.spared_s,
        patience_s=state.patience_s,
        checked_s=state.checked_s,
        checked_before_s=state.checked_before_s,
        retry_s=state.retry_s,
        unrest=state.unrest,
    )


def latch(state: EffectState, verdict: Why) -> EffectState:
    """An alarm that stands until an owner starts the program anew."""
    return state._replace(verdict=verdict, latched=True, suspect_w=0.0, wait_s=0.0)


def idle(state: EffectState, meters: EffectMeters) -> EffectState:
    """Nothing flows: the thermostat has opened, or on a cold tank something is broken."""
    cold = meters.temperature_c < COLD_C
    return renewed(state, meters)._replace(
        verdict=Why.ELEMENT if cold else Why.THERMOSTAT_OPEN, wait_s=state.retry_s
    )


def may_check(state: EffectState) -> bool:
    """Whether the contact may be spent on a suspicion; on the next proof it always may."""
    return state.proofs > 0 or state.checked_before_s >= CHECKS_S


def proofs_needed(unrest: Unrest) -> int:
    """How often a load must rise and fall with the contact before that latches.

    Each proof takes a rise at the closing and a fall at the opening, within seconds of it and of
    the same watts as the one before. In a calm house watched every second two cannot be chance;
    where kettles are frequent, a minute lies between samples, or hobs pulse, they can.
    """
    needed = 2 if calm_hour(unrest) else 3
    return needed + (0 if quick(unrest) else 2) + (2 if restless(unrest) else 0)


def proved(state: EffectState, meters: EffectMeters, fallen_w: float) -> EffectState:
    """The load fell with the relay by what the knob did not ask for: once more, or for good."""
    alike = abs(fallen_w - state.proof_w) <= max(ALIKE_W, ALIKE_SHARE * state.proof_w)
    proofs = state.proofs + 1 if alike else 1
    if proofs >= proofs_needed(state.unrest):
        return latch(state._replace(proofs=proofs), Why.TRIAC_SHORT)
    return renewed(state, meters)._replace(
        proofs=proofs,
        proof_w=fallen_w,
        house_w=meters.load_w,
        verdict=Why.CHECKING,
        wait_s=PROOF_S * 2.0 ** min(proofs - 1, MOST_DOUBLINGS),
    )


def stuck_w(state: EffectState, load_w: float) -> float:
    """The most that could still flow through an open contact (W): what is above the floor."""
    return load_w if math.isnan(state.floor_w) else load_w - state.floor_w


def doubted(state: EffectState, meters: EffectMeters, opened_w: float) -> EffectState:
    """An opening took nothing off a load that was seen to draw ``opened_w``: perhaps welded.

    In a calm house watched every second two in a row mean it.
    """
    clear_w = max(STEP_W, CLEAR_SHARE * meters.rating_w)
    if opened_w < clear_w or stuck_w(state, meters.load_w) < STUCK_SHARE * opened_w:
        return state
    state = state._replace(doubts=state.doubts + 1, doubt_w=opened_w, doubt_s=0.0)
    return latch(state, Why.WELDED) if state.doubts >= proofs_needed(state.unrest) else state


def watched_doubt(state: EffectState, meters: EffectMeters) -> EffectState:
    """The relay is open and something may still flow: does the load stay up, or fall?"""
    if state.doubts == 0:
        return state
    if stuck_w(state, meters.load_w) < STUCK_SHARE * state.doubt_w:
        # Less than ours alone would draw: the contact is open indeed.
        return state._replace(doubts=0, doubt_w=0.0, doubt_s=0.0)
    doubt_s = state.doubt_s + state.unrest.gap_s
    if doubt_s >= LASTING_S and state.doubt_w >= LASTING_SHARE * meters.rating_w:
        return doubted(state, meters, state.doubt_w)
    return state._replace(doubt_s=doubt_s)
