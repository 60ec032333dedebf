"""The simulated home as one pure step: what sun, loads and controls do within ``dt_s`` seconds.

The order within a step is the order in which real equipment answers: loads at once, the
inverter within a second or two, the battery fills every gap of the DC bus, and the chargers
follow their command (renewed every few seconds) with their own lag.
"""

from __future__ import annotations

import math

from pvopt.simulator.ac import phases_w
from pvopt.simulator.boiler import (
    LAYER_LOW,
    LAYER_TOP,
    Tank,
    layered_tank,
    mixed_tank,
    thermostat_next,
)
from pvopt.simulator.charger import MODE_LIMITED, operation_mode
from pvopt.simulator.dc import Bus, bus_of
from pvopt.simulator.electric import Electric, ac_after, electric_step
from pvopt.simulator.inverter import NOMINAL_HZ, island_hz
from pvopt.simulator.regulator import knob_w, lagged_pct, spindle_pct
from pvopt.simulator.shapes import (
    NO_CAP_W,
    HomeControls,
    HomeFlows,
    HomeInputs,
    HomeParams,
    HomeState,
)

__all__ = [
    "NO_CAP_W",
    "HomeControls",
    "HomeFlows",
    "HomeInputs",
    "HomeParams",
    "HomeState",
    "home_step",
]

SUSTAIN_UP_PCT = 3.0  # discharge is allowed again this far above the minimum SoC


def _heater_w(
    params: HomeParams, state: HomeState, controls: HomeControls, knob_pct: float
) -> float:
    """Watts of the element, if there is AC: relay, thermostat and regulator in series."""
    if not (controls.relay_closed and state.thermostat_closed):
        return 0.0
    return knob_w(
        knob_pct,
        params.heater_w,
        params.curve,
        params.curve_dead_pct,
        params.curve_snap_pct,
    )


def _water(
    params: HomeParams, state: HomeState, inputs: HomeInputs, heater_w: float, dt_s: float
) -> Tank:
    if params.tank_layers == 1:
        return mixed_tank(
            state.tank_c,
            params.tank_l,
            params.tank_loss_w_k,
            heater_w,
            inputs.draw_l_s,
            inputs.cold_c,
            inputs.room_c,
            dt_s,
        )
    low_l = params.tank_l * params.tank_low_share
    below = params.element_layer == LAYER_LOW
    return layered_tank(
        state.tank_c,
        state.tank_c if math.isnan(state.tank_top_c) else state.tank_top_c,
        low_l,
        params.tank_l - low_l,
        params.tank_loss_w_k,
        params.tank_mix_w_k,
        heater_w if below else 0.0,
        0.0 if below else heater_w,
        inputs.draw_l_s,
        inputs.cold_c,
        inputs.room_c,
        dt_s,
    )


def home_step(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    controls: HomeControls,
    dt_s: float,
) -> tuple[HomeState, HomeFlows]:
    """Advance the home by ``dt_s`` > 0 seconds (made for steps up to 1 s; stable for longer ones).

    Balance of every step, to rounding: ``grid + generator + pv = load + heater + battery +
    conversion_loss``, ``battery = battery_stored + battery_loss`` and ``heater = stored in the
    tank + tank_loss + tank_draw``.
    """
    bus = bus_of(params, state, inputs, dt_s)
    drive_pct = lagged_pct(state.knob_drive_pct, controls.knob_pct, params.knob_lag_s, dt_s)
    knob_pct = spindle_pct(state.spindle_pct, drive_pct, params.knob_backlash_pct)
    asked_w = _heater_w(params, state, controls, knob_pct)
    now = electric_step(params, state, inputs, bus, asked_w, dt_s)
    water = _water(params, state, inputs, now.heater_w, dt_s)
    overload, ac_up, timer_s = ac_after(params, state, inputs, bus, now, dt_s)
    sustain = now.soc_pct <= params.min_soc_pct or (
        state.sustain and now.soc_pct < params.min_soc_pct + SUSTAIN_UP_PCT
    )
    after = HomeState(
        now.soc_pct,
        water.low_c,
        thermostat_next(
            state.thermostat_closed,
            water.top_c if params.thermostat_layer == LAYER_TOP else water.low_c,
            params.thermostat_c,
            params.thermostat_hysteresis_c,
        ),
        now.a_w,
        now.b_w,
        now.command_a_w,
        now.command_b_w,
        now.command_age_s,
        now.inverter_w,
        now.pv_ac_w,
        sustain,
        ac_up,
        timer_s,
        water.top_c,
        drive_pct,
        knob_pct,
    )
    possible_w = params.heater_w if state.thermostat_closed else 0.0
    flows = _flows(params, inputs, bus, now, water, possible_w, overload, sustain, knob_pct)
    return after, flows


def _flows(
    params: HomeParams,
    inputs: HomeInputs,
    bus: Bus,
    now: Electric,
    water: Tank,
    heater_possible_w: float,
    overload: bool,
    sustain: bool,
    knob_pct: float,
) -> HomeFlows:
    mode_a = operation_mode(now.a_w, inputs.pv_a_w) if params.charger_a_rated_w > 0.0 else 0
    mode_b = operation_mode(now.b_w, inputs.pv_b_w) if params.charger_b_rated_w > 0.0 else 0
    pv_ac_possible_w = min(inputs.pv_ac_w, params.pv_ac_rated_w)
    pv_ac_held = now.pv_ac_w < pv_ac_possible_w * 0.99 - 1.0
    frequency_hz = NOMINAL_HZ if now.alive else 0.0
    if now.alive and not inputs.grid_up and not bus.generator:
        frequency_hz = island_hz(now.pv_ac_w, pv_ac_possible_w, params.pv_ac_rated_w)
    grid_on = 1.0 if inputs.grid_up else 0.0
    generator = bus.generator and now.alive
    fuel_on = 1.0 if generator else 0.0
    in_w = now.net_w - now.inverter_w
    l1_w, l2_w, l3_w = phases_w(params, inputs, now.heater_w, now.pv_ac_w + now.inverter_w)
    return HomeFlows(
        bus.sun_a_w + bus.sun_b_w + pv_ac_possible_w,
        now.a_w + now.b_w + now.pv_ac_w,
        now.a_w,
        now.b_w,
        mode_a,
        mode_b,
        now.pv_ac_w,
        pv_ac_possible_w,
        now.pv_ac_limit_w,
        now.load_w,
        now.heater_w,
        heater_possible_w,
        in_w * grid_on,
        l1_w * grid_on,
        l2_w * grid_on,
        l3_w * grid_on,
        now.battery_w,
        bus.accept_w,
        now.stored_w,
        now.volts,
        now.amps,
        bus.limit_a,
        now.soc_pct,
        now.inverter_w,
        frequency_hz,
        water.top_c if params.sensor_layer == LAYER_TOP else water.low_c,
        now.dc_w - now.inverter_w if bus.ah > 0.0 else 0.0,
        now.battery_w - now.stored_w,
        water.lost_w,
        water.drawn_w,
        inputs.grid_up,
        now.alive,
        overload,
        sustain,
        MODE_LIMITED in (mode_a, mode_b) or pv_ac_held,
        water.low_c,
        water.top_c,
        knob_pct,
        generator,
        in_w * fuel_on,
        l1_w * fuel_on,
        l2_w * fuel_on,
        l3_w * fuel_on,
    )
