"""The DC side of the home: what battery, chargers and inverter can give and take. Pure."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.simulator.battery import (
    accept_w,
    capacity_ah,
    charge_limit_a,
    current_a,
    open_circuit_v,
)
from pvopt.simulator.charger import charger_step
from pvopt.simulator.inverter import ac_for_dc_w, dc_for_ac_w
from pvopt.simulator.shapes import HomeInputs, HomeParams, HomeState

EMPTY_PCT = 0.5  # the battery's own protection switches off here


class Bus(NamedTuple):
    """The DC side as it stands when the AC side asks."""

    ah: float
    ocv_v: float  # of the battery, at the step's beginning
    sun_a_w: float
    sun_b_w: float
    accept_w: float
    limit_a: float
    deliver_w: float  # what the battery may be discharged with
    idle_w: float
    generator: bool  # AC comes from it


def bus_of(params: HomeParams, state: HomeState, inputs: HomeInputs, dt_s: float) -> Bus:
    ah = capacity_ah(params.battery_wh)
    generator = inputs.generator_on and not inputs.grid_up and params.generator_w > 0.0
    if ah <= 0.0:
        return Bus(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, generator)
    ohm = params.battery_ohm
    limit_a = charge_limit_a(params.charge_max_a, inputs.battery_c)
    ocv_v = open_circuit_v(state.soc_pct)
    taken_w = accept_w(state.soc_pct, ocv_v, ah, ohm, params.absorb_v, limit_a, dt_s)
    left_pct = max(0.0, state.soc_pct - EMPTY_PCT)
    # No more than is in it, and not below three quarters of its voltage under load.
    amps = min(left_pct * 36.0 * ah / dt_s, ocv_v / (4.0 * ohm))
    deliver_w = min(params.discharge_max_w, amps * (ocv_v - ohm * amps))
    if state.sustain and inputs.grid_up:
        deliver_w = 0.0
    return Bus(
        ah,
        ocv_v,
        min(inputs.pv_a_w, params.charger_a_rated_w),
        min(inputs.pv_b_w, params.charger_b_rated_w),
        taken_w,
        limit_a,
        deliver_w,
        params.inverter_idle_w if left_pct > 0.0 else 0.0,
        generator,
    )


def export_room_w(params: HomeParams, allowed: bool) -> float:
    """Watts that may leave at the grid connection: the cap, or what the set-point asks."""
    if allowed:
        return max(params.feed_in_cap_w, -params.grid_setpoint_w)
    return -params.grid_setpoint_w


def charge_room_w(params: HomeParams, bus: Bus, dc_w: float) -> float:
    """AC watts >= 0 that the inverter can put into the battery beside ``dc_w`` of the chargers."""
    spare_w = max(0.0, bus.accept_w - dc_w)
    ac_w = -ac_for_dc_w(-spare_w, params.inverter_efficiency, bus.idle_w)
    return min(params.inverter_w, max(0.0, ac_w)) if bus.ah > 0.0 else 0.0


def chargers(
    params: HomeParams,
    state: HomeState,
    bus: Bus,
    need_w: float,
    seen_w: float,
    dt_s: float,
) -> tuple[float, float, float, float, float]:
    """(watts a, watts b, command a, command b, age of the command). B is let in first.

    Two real chargers never hold exactly the same voltage: the higher one feeds, the other waits.
    ``seen_w``: the need as the GX could measure it before this step, which is what it commands.
    """
    command_a_w, command_b_w = state.command_a_w, state.command_b_w
    age_s = state.command_age_s + dt_s
    if age_s >= params.charger_command_s - 1e-6:
        age_s = 0.0
        command_b_w = seen_w
        command_a_w = max(0.0, seen_w - bus.sun_b_w)
    b_w = 0.0
    if params.charger_b_rated_w > 0.0:
        rise_w_s = params.charger_b_rated_w / params.charger_recover_s
        b_w = charger_step(
            state.charger_b_w,
            bus.sun_b_w,
            command_b_w,
            need_w,
            rise_w_s,
            params.charger_fall_s,
            dt_s,
        )
    a_w = charger_step(
        state.charger_a_w,
        bus.sun_a_w,
        command_a_w,
        max(0.0, need_w - b_w),
        params.charger_a_rated_w / params.charger_recover_s,
        params.charger_fall_s,
        dt_s,
    )
    return a_w, b_w, command_a_w, command_b_w, age_s


def dc_need_w(
    params: HomeParams, inputs: HomeInputs, bus: Bus, ac_net_w: float, out_w: float
) -> float:
    """DC watts that have somewhere to go: into the battery, the loads, and the grid if allowed.

    ``out_w``: what the inverter gives to AC without feed-in.
    """
    if inputs.grid_up:
        if params.dc_feed_in:
            out_w = max(out_w, ac_net_w + export_room_w(params, True))
        out_w = min(params.inverter_w, out_w)
    out_w = max(out_w, -params.inverter_w)
    return max(0.0, bus.accept_w + dc_for_ac_w(out_w, params.inverter_efficiency, bus.idle_w))


def battery_after(
    params: HomeParams, state: HomeState, bus: Bus, battery_w: float, dt_s: float
) -> tuple[float, float, float, float]:
    """(amps, terminal volts, watts stored, SoC after the step)."""
    if bus.ah <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    amps = current_a(bus.ocv_v, params.battery_ohm, battery_w)
    # What a full battery is pushed for a moment turns to heat in its balancers.
    stored_a = min(amps, (100.0 - state.soc_pct) * 36.0 * bus.ah / dt_s)
    soc_pct = min(100.0, state.soc_pct + stored_a * dt_s / (36.0 * bus.ah))
    return amps, bus.ocv_v + params.battery_ohm * amps, bus.ocv_v * stored_a, soc_pct
