"""Minimum on and off times of one load's contact. A kernel."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.drive import KEEP_CLOSED_W
from pvopt.decide.settings import LimitParams
from pvopt.model import Why


class LimitState(NamedTuple):
    """``since_s``: since the contact last switched. A start counts as just switched off."""

    on: bool = False
    since_s: float = 0.0


class LimitResult(NamedTuple):
    state: LimitState
    setpoint_w: float
    why: Why  # HOLD: nothing was changed here
    needs_s: float


def limits_step(
    params: LimitParams,
    state: LimitState,
    setpoint_w: float,
    draw_off_w: float,
    urgent: bool,
    dt_s: float,
) -> LimitResult:
    """Keep the contact on and off long enough; ``urgent`` (danger) ignores that.

    ``draw_off_w``: what is asked while it must stay on although nothing is wanted (W): 1 W,
    knob at zero, for a load with a knob.
    """
    since_s = state.since_s + dt_s
    wants_on = setpoint_w > 0.0
    if urgent:
        switched = state.on
        return LimitResult(LimitState(False, 0.0 if switched else since_s), 0.0, Why.HOLD, 0.0)
    if state.on and not wants_on and since_s < params.min_on_s:
        kept = LimitState(True, since_s)
        return LimitResult(
            kept, max(draw_off_w, KEEP_CLOSED_W), Why.MIN_ON, params.min_on_s - since_s
        )
    if not state.on and wants_on and since_s < params.min_off_s:
        return LimitResult(LimitState(False, since_s), 0.0, Why.MIN_OFF, params.min_off_s - since_s)
    switched = wants_on != state.on
    return LimitResult(
        LimitState(wants_on, 0.0 if switched else since_s), setpoint_w, Why.HOLD, 0.0
    )
