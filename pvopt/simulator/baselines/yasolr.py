"""The PID of YaSolR (mathieucarbou/YaSolR). A kernel.

Source: ``yasolr_pid.cpp``, the defaults of its configuration, and ``MycilaPID.h``. In watts of the
grid, set-point 0: proportional on the input (Kp 0.1: it sums the changes of the measure), integral
(Ki 0.3 a measure, clamped to -800 … 4000 W), no derivative. It computes on each measure, at the
latest every 2 s; when it exports and nothing is diverted it starts anew. A measure expires after
10 s without a new one: nothing is diverted then.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import EARLY_S, EVER_S, Heater, Sees


class YasolrParams(NamedTuple):
    kp: float = 0.1
    ki: float = 0.3
    setpoint_w: float = 0.0
    out_min_w: float = -800.0
    out_max_w: float = 4000.0
    latest_s: float = 2.0
    expires_s: float = 10.0


class YasolrState(NamedTuple):
    p_w: float = 0.0
    i_w: float = 0.0
    last_w: float = math.nan  # the measure before
    since_s: float = EVER_S
    silent_s: float = 0.0
    watts: float = 0.0


def yasolr_step(
    params: YasolrParams, state: YasolrState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[YasolrState, float, bool]:
    """One second. Begins with 1000 W of export: 0.3 * 1000 = 300 W; 700 W of export next:
    0.1 * (-1000 + 700) + 300 + 0.3 * 700 = 480 W.
    """
    heard = sees.fresh and not math.isnan(sees.grid_w)
    silent_s = 0.0 if heard else state.silent_s + dt_s
    since_s = state.since_s + dt_s
    if silent_s > params.expires_s or math.isnan(sees.grid_w):
        return YasolrState(state.p_w, state.i_w, state.last_w, since_s, silent_s, 0.0), 0.0, True
    if not heard and since_s < params.latest_s - EARLY_S:
        same = YasolrState(state.p_w, state.i_w, state.last_w, since_s, silent_s, state.watts)
        return same, state.watts, True
    before_w = sees.grid_w if math.isnan(state.last_w) else state.last_w
    error_w = params.setpoint_w - sees.grid_w
    p_w = state.p_w + params.kp * (before_w - sees.grid_w)
    p_w = min(params.out_max_w, max(-params.out_max_w, p_w))
    i_w = min(params.out_max_w, max(params.out_min_w, state.i_w + params.ki * error_w))
    out_w = min(params.out_max_w, max(params.out_min_w, p_w + i_w))
    watts = min(heater.max_w, max(0.0, out_w))
    if watts <= 0.0 and error_w > 0.0:
        return YasolrState(0.0, 0.0, math.nan, 0.0, silent_s, 0.0), 0.0, True
    return YasolrState(p_w, i_w, sees.grid_w, 0.0, silent_s, watts), watts, True
