"""The relay and servo law on portal data (matuspetrik/pv_heater_optimizer). A kernel.

Source: ``main.py`` and ``Files/config.yaml`` of that project; the thresholds are the file's. Each
pass asks in turn: daylight hours, portal, state of charge, grid draw; any "no" ends the heating.
Off and the forecast for the hour more than ``start_w`` above the present PV power: on at half.
On: 10 % less while the battery discharges or its power is beyond ``battery_max_w`` either way,
10 % more while the forecast lies more than ``tolerance_w`` above the present, else hold.

A "no" only drops the project's flag; the relay follows at the begin of the next pass, a whole
interval later. The interval is 3 s in its file and up to 30 s in use: 10 s here. Its battery words
come from the GX, which calls up to 30 W of discharge idle (dbus-systemcalc-py).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import EARLY_S, EVER_S, Heater, Sees, or_zero


class S2Params(NamedTuple):
    interval_s: float = 10.0
    day_from_s: float = 9.0 * 3600.0
    day_to_s: float = 18.0 * 3600.0
    soc_min_pct: float = 95.0
    grid_max_w: float = 80.0
    start_w: float = 10.0  # fcast_diff
    battery_max_w: float = 100.0  # max_battery_discharge
    idle_w: float = 30.0
    tolerance_w: float = 100.0
    adjust_pct: float = 10.0
    begin_pct: float = 50.0  # power_percent


class S2State(NamedTuple):
    heating: bool = False
    closed: bool = False
    knob_pct: float = 50.0
    since_s: float = EVER_S


def s2_step(
    params: S2Params, state: S2State, sees: Sees, heater: Heater, dt_s: float
) -> tuple[S2State, float, bool]:
    """One second: watts 0 to ``heater.max_w`` and the relay.

    Worked number: forecast 2000 W, PV 900 W, 97 %, grid 0 W, 2000 W heater: closed at 1000 W.
    """
    since_s = state.since_s + dt_s
    heating = state.heating
    closed = state.closed
    knob_pct = state.knob_pct
    if since_s >= params.interval_s - EARLY_S:
        since_s = 0.0
        if not heating:
            knob_pct = params.begin_pct
            closed = False
        allowed = s2_allowed(params, sees)
        hidden_w = or_zero(sees.forecast_w) - sees.pv_w
        if not allowed:
            heating = False
        elif not heating:
            heating = hidden_w > params.start_w
            closed = heating
        else:
            knob_pct = s2_knob_pct(params, knob_pct, hidden_w, or_zero(sees.battery_w))
    watts = 0.01 * knob_pct * heater.max_w if closed else 0.0
    return S2State(heating, closed, knob_pct, since_s), watts, closed


def s2_allowed(params: S2Params, sees: Sees) -> bool:
    """Daylight, portal, battery and grid say yes. No grid at all draws nothing from it."""
    if sees.day_s < params.day_from_s or sees.day_s > params.day_to_s:
        return False
    if math.isnan(sees.pv_w) or math.isnan(sees.soc_pct):
        return False
    return sees.soc_pct > params.soc_min_pct and or_zero(sees.grid_w) <= params.grid_max_w


def s2_knob_pct(params: S2Params, knob_pct: float, hidden_w: float, battery_w: float) -> float:
    """The knob after one pass of heating: 50 % with 300 W of discharge -> 40 %."""
    if abs(battery_w) > params.battery_max_w or battery_w < -params.idle_w:
        return max(0.0, knob_pct - params.adjust_pct)
    if hidden_w > params.tolerance_w:
        return min(100.0, knob_pct + params.adjust_pct)
    return knob_pct
