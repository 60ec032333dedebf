"""The integrator of the solar router for ESPHome (hacf-fr). A kernel.

Source: ``solar_router/engine_1dimmer.yaml`` of hacf-fr/Solar-Router-for-ESPHome. Once a second the
opening in percent falls by (grid - target) * reactivity / 1000, clamped 0 to 100; reactivity 10 up
and down, target 0 W. The loop closes with the time constant 100 * 1000 / (10 * P_n) = 10000 / P_n
s: 5 s at 2000 W. Without a measure the opening is 0. Its dimmer counts as linear in watts.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import Heater, Sees


class EsphomeParams(NamedTuple):
    target_w: float = 0.0
    up_reactivity: float = 10.0
    down_reactivity: float = 10.0


class EsphomeState(NamedTuple):
    level_pct: float = 0.0


def esphome_step(
    params: EsphomeParams, state: EsphomeState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[EsphomeState, float, bool]:
    """One second. 1000 W of export: 10 % more, 200 W of a 2000 W heater."""
    if math.isnan(sees.grid_w):
        return EsphomeState(0.0), 0.0, True
    error_w = sees.grid_w - params.target_w
    reactivity = params.down_reactivity if error_w >= 0.0 else params.up_reactivity
    level_pct = state.level_pct - error_w * reactivity * 0.001 * dt_s
    level_pct = min(100.0, max(0.0, level_pct))
    return EsphomeState(level_pct), 0.01 * level_pct * heater.max_w, True
