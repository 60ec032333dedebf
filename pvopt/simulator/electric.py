"""The electric side of the home within one step: DC bus, inverter, AC loads. Pure."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.simulator.ac import ac_alive, ac_next, inverter_out_w, pv_ac
from pvopt.simulator.dc import Bus, battery_after, chargers, dc_need_w
from pvopt.simulator.inverter import dc_for_ac_w
from pvopt.simulator.shapes import HomeInputs, HomeParams, HomeState


class Electric(NamedTuple):
    """The electric side of a step, solved."""

    alive: bool
    load_w: float
    heater_w: float
    net_w: float  # loads less AC-coupled PV
    pv_ac_w: float
    pv_ac_limit_w: float
    a_w: float
    b_w: float
    command_a_w: float
    command_b_w: float
    command_age_s: float
    inverter_w: float
    dc_w: float  # what the inverter takes from the DC bus
    battery_w: float
    amps: float
    volts: float
    stored_w: float
    soc_pct: float


def electric_step(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    bus: Bus,
    heater_w: float,
    dt_s: float,
) -> Electric:
    asked_w = inputs.load_l1_w + inputs.load_l2_w + inputs.load_l3_w
    alive = ac_alive(params, state, inputs, bus, asked_w + heater_w, dt_s)
    on = 1.0 if alive else 0.0
    load_w, heater_w = asked_w * on, heater_w * on
    pv_ac_w, pv_ac_limit_w = pv_ac(params, state, inputs, bus, load_w + heater_w, dt_s)
    pv_ac_w *= on
    net_w = load_w + heater_w - pv_ac_w
    if bus.generator:  # the sun charges first; fuel serves the loads and fills what is left
        lacking_w = min(net_w, max(0.0, net_w - params.generator_w))
        need_w = dc_need_w(params, inputs, bus, net_w, lacking_w)
        seen_w = need_w
    else:
        setpoint_w = params.grid_setpoint_w if inputs.grid_up else 0.0
        need_w = dc_need_w(params, inputs, bus, net_w, net_w - setpoint_w)
        seen_w = dc_need_w(params, inputs, bus, net_w, state.inverter_out_w)
    a_w, b_w, command_a_w, command_b_w, age_s = chargers(params, state, bus, need_w, seen_w, dt_s)
    inverter_w = 0.0
    if alive:
        inverter_w = inverter_out_w(params, state, inputs, bus, net_w, a_w + b_w, dt_s)
    dc_w = dc_for_ac_w(inverter_w, params.inverter_efficiency, bus.idle_w)
    battery_w = a_w + b_w - dc_w
    if bus.ah <= 0.0:
        dc_w = battery_w = 0.0
    amps, volts, stored_w, soc_pct = battery_after(params, state, bus, battery_w, dt_s)
    return Electric(
        alive,
        load_w,
        heater_w,
        net_w,
        pv_ac_w,
        pv_ac_limit_w,
        a_w,
        b_w,
        command_a_w,
        command_b_w,
        age_s,
        inverter_w,
        dc_w,
        battery_w,
        amps,
        volts,
        stored_w,
        soc_pct,
    )


def ac_after(
    params: HomeParams, state: HomeState, inputs: HomeInputs, bus: Bus, now: Electric, dt_s: float
) -> tuple[bool, bool, float]:
    """(overloaded, AC alive after the step, its timer)."""
    overload = now.inverter_w > params.inverter_w * 1.001 or not now.alive
    if bus.generator and now.net_w - now.inverter_w > params.generator_w * 1.001:
        overload = True
    ac_up, timer_s = ac_next(params, state, inputs, bus, now.alive, overload, now.soc_pct, dt_s)
    return overload, ac_up, timer_s
