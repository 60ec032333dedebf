"""evcc with a heater of continuous power in its solar mode. A kernel.

Source: ``core/site.go`` and ``core/loadpoint.go`` (``pvMaxCurrent``) of evcc-io/evcc. Every 30 s:
site power = grid + what the battery gives + residual power; target current = measured current of
the heater less site power / 230 V. Below the least current it holds the least, and ends when site
power has been at or above 0 W for 3 minutes; it begins, at the least, when the target has reached
the least for 1 minute. A heater counts with what it measures, not with what it was told.

Set up for a my-PV heater: steps of a milliampere, whole watts, the least 0.125 A. A battery below
``priority_soc_pct`` comes first: its charging is not free then, and 100 W stay in reserve. evcc
delivers this as 0 (the heater takes the charging); 100 is what a home sets that wants the battery
first, as this one does. A grid meter that fails skips the update: the last watts stay.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import EARLY_S, EVER_S, Heater, Sees, or_zero


class EvccParams(NamedTuple):
    interval_s: float = 30.0
    volt: float = 230.0
    least_a: float = 0.125
    enable_s: float = 60.0
    disable_s: float = 180.0
    disable_w: float = 0.0
    residual_w: float = 0.0
    priority_soc_pct: float = 100.0
    reserve_w: float = 100.0


class EvccState(NamedTuple):
    enabled: bool = False
    amps: float = 0.0
    since_s: float = EVER_S
    timer_s: float = math.nan  # NaN: no timer runs


def evcc_step(
    params: EvccParams, state: EvccState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[EvccState, float, bool]:
    """One second. 1150 W of export at 230 W measured: 1 A + 5 A = 6 A, 1380 W."""
    since_s = state.since_s + dt_s
    timer_s = state.timer_s + dt_s
    now = EvccState(state.enabled, state.amps, since_s, timer_s)
    if since_s >= params.interval_s - EARLY_S:
        now = EvccState(state.enabled, state.amps, 0.0, timer_s)
        if not math.isnan(sees.grid_w):
            now = evcc_update(params, now, sees, heater)
    watts = min(heater.max_w, math.floor(now.amps * params.volt + 1e-6) * 1.0)
    return now, watts, True


def evcc_site_w(params: EvccParams, sees: Sees) -> float:
    """Site power: 300 W of export while the battery gives 200 W -> -100 W."""
    residual_w = params.residual_w
    given_w = -or_zero(sees.battery_w)
    if sees.soc_pct < params.priority_soc_pct:
        if residual_w <= 0.0:
            residual_w = params.reserve_w
        given_w = max(0.0, given_w)
    return sees.grid_w + given_w + residual_w


def evcc_update(params: EvccParams, state: EvccState, sees: Sees, heater: Heater) -> EvccState:
    """One update: the current, and the timers of beginning and ending."""
    site_w = evcc_site_w(params, sees)
    least_a = max(params.least_a, heater.min_w / params.volt)
    target_a = max(0.0, (or_zero(sees.own_w) - site_w) / params.volt)
    timer_s = 0.0 if math.isnan(state.timer_s) else state.timer_s
    if state.enabled and target_a < least_a:
        if site_w < params.disable_w:
            return EvccState(True, least_a, 0.0, math.nan)
        if timer_s >= params.disable_s - EARLY_S:
            return EvccState(False, 0.0, 0.0, math.nan)
        return EvccState(True, least_a, 0.0, timer_s)
    if not state.enabled:
        if target_a < least_a:
            return EvccState(False, 0.0, 0.0, math.nan)
        if timer_s >= params.enable_s - EARLY_S:
            return EvccState(True, least_a, 0.0, math.nan)
        return EvccState(False, 0.0, 0.0, timer_s)
    return EvccState(True, min(target_a, heater.max_w / params.volt), 0.0, math.nan)
