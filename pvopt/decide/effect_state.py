"""What is remembered of a load's effects, and the verdicts. Shapes of a kernel."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.model import Why

STEP_W = 200.0
ZERO_W = 5.0  # a curve may expect a watt or two of a knob that only keeps its relay closed
IDLE_S = 10.0
COLD_C = 35.0
RETRY_S = 600.0


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


def latch(state: EffectState, verdict: Why) -> EffectState:
    """An alarm that stands until an owner starts the program anew."""
    return state._replace(verdict=verdict, latched=True, suspect_w=0.0, wait_s=0.0)


def idle(state: EffectState, meters: EffectMeters) -> EffectState:
    """Nothing flows: the thermostat has opened, or on a cold tank something is broken."""
    cold = meters.temperature_c < COLD_C
    return EffectState(
        last_expected_w=meters.expected_w,
        last_closed=meters.closed,
        verdict=Why.ELEMENT if cold else Why.THERMOSTAT_OPEN,
        wait_s=state.retry_s,
        retry_s=state.retry_s,
    )
