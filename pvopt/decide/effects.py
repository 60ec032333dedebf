"""Does the heater do what it was told? Watts are looked for where they must show. A kernel.

With a meter of its own the load is judged by that. Without one, by the home's total load: a
change of ours of at least 200 W is compared with what the load did meanwhile. A kettle can
hide or feign one step, so a verdict takes two steps, or a step and its counter-proof.

=====================================  ===============================================
watts with the relay off               WELDED: latched, knob at zero
watts with the knob at zero            TRIAC_SHORT: relay off, latched
no watts though the knob is up         THERMOSTAT_OPEN: off, tried again later;
                                       on a cold tank ELEMENT, the same with an alarm
no meter moves after two steps         FROZEN: off until one moves
=====================================  ===============================================
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.model import Why

STEP_W = 200.0
# From the last change of a command until relay, knob and meters have come to rest.
SETTLE_S = 5.0
OWN_METER_W = 50.0
OWN_METER_S = 4.0
IDLE_S = 10.0
ANSWERED = 0.3
COLD_C = 35.0
RETRY_S = 600.0
MAX_RETRY_S = 3600.0
MOVED_W = 15.0


class EffectMeters(NamedTuple):
    """What shows effects. Watts; NaN missing. ``closed``: relay commanded closed.

    ``load_w``: the home's load less what its other controlled loads should draw;
    ``actual_w``: the load's own meter; ``rating_w``: its full power; ``fresh``: a new sample.
    """

    expected_w: float
    closed: bool
    actual_w: float
    load_w: float
    grid_w: float
    battery_w: float
    pv_w: float
    temperature_c: float
    rating_w: float
    age_s: float
    fresh: bool


NOWHERE = EffectMeters(
    expected_w=math.nan,
    closed=False,
    actual_w=math.nan,
    load_w=math.nan,
    grid_w=math.nan,
    battery_w=math.nan,
    pv_w=math.nan,
    temperature_c=math.nan,
    rating_w=0.0,
    age_s=0.0,
    fresh=False,
)


class EffectState(NamedTuple):
    base: EffectMeters = NOWHERE  # before the change under judgement
    peak_w: float = math.nan  # the highest load since the base
    last_expected_w: float = 0.0
    last_closed: bool = False
    quiet_s: float = 0.0  # since our own last change
    silent_up: int = 0
    silent_down: int = 0
    frozen: int = 0
    odd_s: float = 0.0  # the own meter contradicts for so long
    idle_s: float = 0.0  # the home's load is too small for ours to be in it, for so long
    suspect_w: float = 0.0  # watts to be counter-proved by opening the relay, 0: none
    suspect_load_w: float = math.nan
    suspect_s: float = 0.0
    verdict: Why = Why.HOLD
    wait_s: float = 0.0  # until a verdict that is not latched is tried again
    retry_s: float = RETRY_S


LATCHED = frozenset({Why.WELDED, Why.TRIAC_SHORT})


class EffectResult(NamedTuple):
    state: EffectState
    allowed: bool
    urgent: bool
    why: Why


def effect_step(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectResult:
    """One tick of verification; ``allowed`` False: this load must be off now.

    ``urgent``: relay first. Worked: the knob went from 0 to 800 W expected and five seconds
    later the load is 30 W higher: one silent step; a second makes THERMOSTAT_OPEN.
    """
    if state.verdict in LATCHED:
        return EffectResult(state, False, True, state.verdict)
    if state.suspect_w > 0.0:
        return _counter_proof(state, meters, dt_s)
    if state.verdict != Why.HOLD:
        return _waiting(state, meters, dt_s)
    state = _track(state, meters, dt_s)
    state = _own_meter(state, meters, dt_s)
    if state.verdict == Why.HOLD and meters.fresh and math.isnan(meters.actual_w):
        state = _by_total(state, meters, dt_s)
    if state.suspect_w > 0.0:
        return EffectResult(state, False, True, Why.TRIAC_SHORT)
    allowed = state.verdict == Why.HOLD
    return EffectResult(state, allowed, state.verdict in LATCHED, state.verdict)


def _waiting(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectResult:
    """A verdict that time or a moving meter ends."""
    wait_s = state.wait_s - dt_s
    alive = state.verdict == Why.FROZEN and _moved(state.base, meters)
    if wait_s > 0.0 and not alive:
        return EffectResult(state._replace(wait_s=wait_s), False, False, state.verdict)
    state = EffectState(retry_s=min(MAX_RETRY_S, state.retry_s * 1.5))
    return EffectResult(state, True, False, Why.HOLD)


def _track(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """Keep the base: the meters at rest before our own last change."""
    moved = abs(meters.expected_w - state.last_expected_w) > 1.0 or (
        meters.closed != state.last_closed
    )
    quiet_s = 0.0 if moved else state.quiet_s + dt_s
    base = state.base
    # At rest the base follows: a kettle that made us step back is then in it already.
    if math.isnan(base.expected_w) or (
        meters.fresh
        and quiet_s > SETTLE_S + meters.age_s + dt_s
        and abs(meters.expected_w - base.expected_w) < STEP_W
    ):
        base = meters
    peak_w = meters.load_w
    if base is state.base and state.peak_w > peak_w:
        peak_w = state.peak_w
    return state._replace(
        base=base,
        peak_w=peak_w,
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        quiet_s=quiet_s,
    )


def _own_meter(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """The load's own meter says it directly."""
    if math.isnan(meters.actual_w):
        return state
    none_asked = meters.expected_w <= 0.0 and state.quiet_s >= OWN_METER_S
    draws = meters.actual_w > OWN_METER_W
    lacks = meters.expected_w >= STEP_W and meters.actual_w < 0.05 * meters.expected_w
    odd_s = state.odd_s + dt_s if (none_asked and draws) or lacks else 0.0
    state = state._replace(odd_s=odd_s)
    if odd_s >= OWN_METER_S and none_asked and draws:
        return state._replace(verdict=Why.TRIAC_SHORT if meters.closed else Why.WELDED)
    if odd_s >= IDLE_S and lacks:
        return _idle(state, meters)
    return state


def _by_total(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectState:
    """Compare our change with what the home's load did."""
    if math.isnan(meters.load_w):
        return state
    # The house cannot draw less than nothing: so small a load proves that ours is not in it.
    absent = meters.expected_w >= STEP_W and meters.load_w < 0.35 * meters.expected_w
    idle_s = state.idle_s + dt_s if absent and state.quiet_s > SETTLE_S else 0.0
    state = state._replace(idle_s=idle_s)
    if idle_s >= IDLE_S:
        return _idle(state, meters)
    if state.quiet_s < SETTLE_S + meters.age_s:
        return state
    base = state.base
    asked_w = meters.expected_w - base.expected_w
    if meters.closed and not base.closed and meters.expected_w <= 1.0:
        return _closing(state, meters)
    if abs(asked_w) < STEP_W:
        return state
    state = state._replace(base=meters)
    if not _moved(base, meters):
        return _still(state)
    state = state._replace(frozen=0)
    if asked_w > 0.0:
        answered = meters.load_w - base.load_w >= ANSWERED * asked_w
        return _after_up(state, meters, answered)
    # From the peak: a kettle that made us step back had raised the load meanwhile.
    answered = state.peak_w - meters.load_w >= -ANSWERED * asked_w
    return _after_down(state, meters, -asked_w, answered)


def _moved(base: EffectMeters, meters: EffectMeters) -> bool:
    pairs = (
        (base.load_w, meters.load_w),
        (base.grid_w, meters.grid_w),
        (base.battery_w, meters.battery_w),
        (base.pv_w, meters.pv_w),
    )
    return any(abs(now - before) >= MOVED_W for before, now in pairs)


def _still(state: EffectState) -> EffectState:
    frozen = state.frozen + 1
    if frozen < 2:
        return state._replace(frozen=frozen)
    return state._replace(frozen=0, verdict=Why.FROZEN, wait_s=state.retry_s)


def _after_up(state: EffectState, meters: EffectMeters, answered: bool) -> EffectState:
    if answered:
        return state._replace(silent_up=0, retry_s=RETRY_S)
    state = state._replace(silent_up=state.silent_up + 1)
    return _idle(state, meters) if state.silent_up >= 2 else state


def _after_down(
    state: EffectState, meters: EffectMeters, fell_w: float, answered: bool
) -> EffectState:
    if answered:
        return state._replace(silent_down=0)
    if meters.expected_w > 1.0:
        return state
    if meters.closed:
        return _suspect(state, meters, fell_w)
    silent_down = state.silent_down + 1
    verdict = Why.WELDED if silent_down >= 2 else state.verdict
    return state._replace(silent_down=silent_down, verdict=verdict)


def _closing(state: EffectState, meters: EffectMeters) -> EffectState:
    """The relay closed on a knob at zero: a jump of the load now is the heater, unasked."""
    jump_w = meters.load_w - state.base.load_w
    if jump_w > max(STEP_W, 0.4 * meters.rating_w):
        return _suspect(state, meters, jump_w)
    return state._replace(base=meters)


def _suspect(state: EffectState, meters: EffectMeters, watts_w: float) -> EffectState:
    """Open the relay and see whether the load falls with it."""
    return state._replace(
        suspect_w=watts_w, suspect_load_w=meters.load_w, suspect_s=0.0, base=NOWHERE
    )


def _counter_proof(state: EffectState, meters: EffectMeters, dt_s: float) -> EffectResult:
    suspect_s = state.suspect_s + dt_s
    state = state._replace(suspect_s=suspect_s)
    fallen_w = state.suspect_load_w - meters.load_w
    if meters.fresh and not meters.closed and fallen_w >= 0.5 * state.suspect_w:
        state = state._replace(suspect_w=0.0, verdict=Why.TRIAC_SHORT)
        return EffectResult(state, False, True, Why.TRIAC_SHORT)
    if suspect_s < 2.0 * SETTLE_S + meters.age_s:
        return EffectResult(state, False, True, Why.TRIAC_SHORT)
    # The load stayed: it was the house. Begin anew.
    return EffectResult(EffectState(retry_s=state.retry_s), True, False, Why.HOLD)


def _idle(state: EffectState, meters: EffectMeters) -> EffectState:
    """Nothing flows: the thermostat has opened, or on a cold tank something is broken."""
    cold = meters.temperature_c < COLD_C
    return EffectState(
        verdict=Why.ELEMENT if cold else Why.THERMOSTAT_OPEN,
        base=meters,
        wait_s=state.retry_s,
        retry_s=state.retry_s,
    )
