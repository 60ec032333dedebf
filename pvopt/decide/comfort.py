"""Temperature limits of one load: above the maximum it is off, whoever asks. A kernel.

A required sensor that is silent counts as too hot; so do a value outside 1 to 110 degC (0.00 is
what a GX shows for a missing one), a jump over 10 K a minute, and a value that does not move
through 1 kWh of heating.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.settings import ComfortParams
from pvopt.model import Why
from pvopt.shape import replaceable

LOWEST_C = 1.0
HIGHEST_C = 110.0
JUMP_K_PER_MIN = 10.0
# A jump this small is rounding or a sensor's own step, however short the time.
JUMP_FLOOR_K = 1.0
STILL_WH = 1000.0
STILL_K = 0.2
# A sensor that jumped is believed again after so long of quiet.
JUMP_TRUST_S = 120.0


@replaceable
class ComfortState(NamedTuple):
    hot: bool = False
    last_c: float = math.nan
    last_s: float = 0.0  # since last_c was measured
    distrust_s: float = 0.0
    still_c: float = math.nan  # where the temperature stood when heating was last seen to act
    still_wh: float = 0.0  # heated since


class ComfortResult(NamedTuple):
    state: ComfortState
    allowed: bool
    why: Why


def comfort_step(
    params: ComfortParams,
    state: ComfortState,
    temperature_c: float,
    age_s: float,
    heated_w: float,
    dt_s: float,
) -> ComfortResult:
    """May this load heat? ``temperature_c`` NaN: no value; ``age_s`` of it; ``heated_w`` now."""
    if not params.sensor:
        return ComfortResult(state, True, Why.HOLD)
    if math.isnan(temperature_c) or age_s > params.allowed_age_s:
        lost = _gap(params, state, dt_s)
        trusted = not params.required and not lost.hot and lost.distrust_s <= 0.0
        return ComfortResult(lost, trusted, Why.SENSOR_LOST)
    if not LOWEST_C <= temperature_c <= HIGHEST_C:
        return ComfortResult(_gap(params, state, dt_s), False, Why.SENSOR_BAD)
    state = _jumps(state, temperature_c, age_s, dt_s)
    state = _moves(state, temperature_c, heated_w, dt_s)
    if state.distrust_s > 0.0 or state.still_wh > STILL_WH:
        return ComfortResult(state, False, Why.SENSOR_BAD)
    floor_c = params.max_c - params.hysteresis_c
    hot = temperature_c >= params.max_c or (state.hot and temperature_c > floor_c)
    if hot != state.hot:
        state = state._replace(hot=hot)
    return ComfortResult(state, not hot, Why.TOO_HOT if hot else Why.HOLD)


def _gap(params: ComfortParams, state: ComfortState, dt_s: float) -> ComfortState:
    """No usable value: the last one is kept and grows old, so that a gap hides no jump.

    Distrust ends by quiet values; a sensor that nothing depends on may also end it by silence.
    """
    distrust_s = state.distrust_s if params.required else max(0.0, state.distrust_s - dt_s)
    return state._replace(last_s=state.last_s + dt_s, distrust_s=distrust_s)


def _jumps(state: ComfortState, temperature_c: float, age_s: float, dt_s: float) -> ComfortState:
    """Distrust a value that moved faster than water can, between the times of measurement.

    Worked: a sensor that speaks every five minutes may move 50 K then, one that speaks each
    second 1 K.
    """
    last_s = state.last_s + dt_s
    since_s = last_s - age_s
    distrust_s = max(0.0, state.distrust_s - dt_s)
    if state.distrust_s > 0.0 and age_s >= JUMP_TRUST_S:
        distrust_s = state.distrust_s  # nothing was measured since
    if math.isnan(state.last_c):
        return state._replace(last_c=temperature_c, last_s=age_s, distrust_s=distrust_s)
    moved_k = abs(temperature_c - state.last_c)
    if moved_k > max(JUMP_FLOOR_K, JUMP_K_PER_MIN * since_s / 60.0):
        distrust_s = JUMP_TRUST_S
    if moved_k > 0.0 or since_s >= 60.0:
        return state._replace(last_c=temperature_c, last_s=age_s, distrust_s=distrust_s)
    return state._replace(last_s=last_s, distrust_s=distrust_s)


def _moves(state: ComfortState, temperature_c: float, heated_w: float, dt_s: float) -> ComfortState:
    """Count the heat that went in without the temperature moving."""
    if math.isnan(state.still_c) or abs(temperature_c - state.still_c) >= STILL_K:
        return state._replace(still_c=temperature_c, still_wh=0.0)
    return state._replace(still_wh=state.still_wh + heated_w * dt_s / 3600.0)
