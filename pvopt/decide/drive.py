"""How one load follows its offer: enable and disable delays, deadband. A kernel."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.settings import DriveParams
from pvopt.model import Why
from pvopt.shape import replaceable

# Asked of a load that stays switched on without drawing: knob at zero, relay closed.
KEEP_CLOSED_W = 1.0


@replaceable
class DriveState(NamedTuple):
    on: bool = False
    setpoint_w: float = 0.0
    enable_s: float = 0.0  # the offer has sufficed for so long
    disable_s: float = 0.0  # the offer has been too small for so long


class DriveResult(NamedTuple):
    state: DriveState
    setpoint_w: float
    why: Why  # HOLD: the offer's own reason stands
    needs_w: float
    needs_s: float


def drive_step(
    params: DriveParams,
    state: DriveState,
    offer_w: float,
    allowed: bool,
    dt_s: float,
    at_once: bool = False,
) -> DriveResult:
    """Turn an offer (W, >= 0) into a set-point (W, 0 to ``max_w``).

    Off becomes on when the offer has been at least ``min_w`` (``max_w`` for an on/off load)
    for the enable delay; on becomes off when it has been less for the disable delay, drawing
    nothing meanwhile. ``allowed`` False ends it at once; so does ``at_once`` (battery or grid
    already give) for a load that cannot draw nothing while it is on. Changes below the
    deadband are not made, but for those to nothing and to everything.
    """
    least_w = params.max_w if params.on_off else params.min_w
    enough = offer_w >= max(least_w, KEEP_CLOSED_W)
    enable_s = state.enable_s + dt_s if enough else 0.0
    disable_s = 0.0 if enough else state.disable_s + dt_s
    state = state._replace(enable_s=enable_s, disable_s=disable_s)
    if not allowed:
        state = state._replace(on=False, setpoint_w=0.0, enable_s=0.0)
        return DriveResult(state, 0.0, Why.HOLD, 0.0, 0.0)
    if not state.on:
        return _off(params, state, offer_w, least_w, enough)
    if not enough and params.on_off and at_once:
        return DriveResult(state._replace(on=False, setpoint_w=0.0), 0.0, Why.HOLD, least_w, 0.0)
    if not enough:
        return _fading(params, state, offer_w, least_w)
    return _on(params, state, offer_w)


def _off(
    params: DriveParams, state: DriveState, offer_w: float, least_w: float, enough: bool
) -> DriveResult:
    if enough and state.enable_s > params.enable_delay_s:
        return _on(params, state._replace(on=True), offer_w)
    if enough:
        left_s = params.enable_delay_s - state.enable_s
        return DriveResult(state, 0.0, Why.WAIT_ENABLE, 0.0, left_s)
    return DriveResult(state, 0.0, Why.HOLD, least_w - offer_w, params.enable_delay_s)


def _fading(params: DriveParams, state: DriveState, offer_w: float, least_w: float) -> DriveResult:
    left_s = params.disable_delay_s - state.disable_s
    if left_s < 0.0:
        return DriveResult(state._replace(on=False, setpoint_w=0.0), 0.0, Why.HOLD, least_w, 0.0)
    # A relay alone has no way to draw nothing while closed: it runs on until the delay ends.
    idle_w = params.max_w if params.on_off else KEEP_CLOSED_W
    state = state._replace(setpoint_w=idle_w)
    return DriveResult(state, idle_w, Why.WAIT_DISABLE, least_w - offer_w, left_s)


def _on(params: DriveParams, state: DriveState, offer_w: float) -> DriveResult:
    wanted_w = params.max_w if params.on_off else min(params.max_w, offer_w)
    small = abs(wanted_w - state.setpoint_w) < params.deadband_w
    if small and wanted_w < params.max_w and state.setpoint_w > KEEP_CLOSED_W:
        wanted_w = state.setpoint_w
    return DriveResult(state._replace(setpoint_w=wanted_w), wanted_w, Why.HOLD, 0.0, 0.0)
