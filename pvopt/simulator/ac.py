"""The AC side of the home: PV inverter, grid regulation, generator, phases, and trips. Pure.

On the grid nothing trips: what the inverter cannot give comes from the grid. On an island, and
beside a generator, too much load for too long switches AC off for a while.
"""

from __future__ import annotations

import math

from pvopt.simulator.charger import charger_step
from pvopt.simulator.dc import Bus, charge_room_w, export_room_w
from pvopt.simulator.inverter import ac_for_dc_w
from pvopt.simulator.shapes import HomeInputs, HomeParams, HomeState

WAKE_PCT = 3.0  # SoC at which an island that went dark comes back


def ac_alive(
    params: HomeParams, state: HomeState, inputs: HomeInputs, bus: Bus, asked_w: float, dt_s: float
) -> bool:
    """False while an island is off, or in the step in which its battery cannot carry the load."""
    if inputs.grid_up:
        return True
    if not state.ac_up:
        return False
    carried_w = 0.0
    if bus.ah > 0.0:
        dc_w = min(state.charger_a_w, bus.sun_a_w) + min(state.charger_b_w, bus.sun_b_w)
        # The chargers may fall back to an older command within the step.
        dc_w *= math.exp(-dt_s / params.charger_fall_s)
        sure_w = ac_for_dc_w(bus.deliver_w + dc_w, params.inverter_efficiency, bus.idle_w)
        carried_w = min(sure_w, 2.0 * params.inverter_w)
    if bus.generator:
        return asked_w <= 2.0 * params.generator_w + max(0.0, carried_w)
    return bus.ah > 0.0 and asked_w <= carried_w


def pv_ac(
    params: HomeParams, state: HomeState, inputs: HomeInputs, bus: Bus, ac_w: float, dt_s: float
) -> tuple[float, float]:
    """(watts, limit) of the AC-coupled PV: full, zero feed-in by limit, or by an island's Hz."""
    if params.pv_ac_rated_w <= 0.0:
        return 0.0, 0.0
    room_w = charge_room_w(params, bus, state.charger_a_w + state.charger_b_w)
    if inputs.grid_up:
        room_w += export_room_w(params, params.ac_feed_in)
    limit_w = min(params.pv_ac_rated_w, max(0.0, ac_w + room_w))
    possible_w = min(inputs.pv_ac_w, params.pv_ac_rated_w)
    rise_w_s = params.pv_ac_rated_w / params.pv_ac_recover_s
    now_w = charger_step(
        state.pv_ac_w, possible_w, limit_w, limit_w, rise_w_s, params.charger_fall_s, dt_s
    )
    # A generator turns no faster for watts that come back: its frequency stops them at once.
    return min(now_w, limit_w) if bus.generator else now_w, limit_w


def inverter_out_w(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    bus: Bus,
    ac_net_w: float,
    dc_w: float,
    dt_s: float,
) -> float:
    """AC watts of the inverter, + out. ``ac_net_w``: loads less AC PV; ``dc_w``: chargers."""
    if bus.ah <= 0.0:
        return 0.0
    if not inputs.grid_up and not bus.generator:
        return ac_net_w
    eff = params.inverter_efficiency
    most_w = min(params.inverter_w, max(0.0, ac_for_dc_w(dc_w + bus.deliver_w, eff, bus.idle_w)))
    if bus.generator:
        room_w = charge_room_w(params, bus, dc_w)
        return beside_generator_w(params, state.inverter_out_w, ac_net_w, most_w, room_w, dt_s)
    target_w = ac_net_w - params.grid_setpoint_w
    if params.dc_feed_in:
        surplus_w = ac_for_dc_w(dc_w - bus.accept_w, eff, bus.idle_w)
        target_w = max(target_w, min(surplus_w, ac_net_w + export_room_w(params, True)))
    target_w = min(most_w, max(-charge_room_w(params, bus, dc_w), target_w))
    lag = 1.0 - math.exp(-dt_s / params.inverter_answer_s)
    return min(most_w, state.inverter_out_w + (target_w - state.inverter_out_w) * lag)


def beside_generator_w(
    params: HomeParams, before_w: float, ac_net_w: float, most_w: float, room_w: float, dt_s: float
) -> float:
    """AC watts of the inverter, + out, while a generator carries the loads.

    What the generator has left charges the battery up to its room; what it lacks the inverter
    adds, up to ``most_w``. 4000 W rated, 1000 W of loads, 5000 W of room -> -3000 W; 5500 W of
    loads -> 1500 W. Nothing ever flows back into the generator.
    """
    least_w = ac_net_w - params.generator_w
    target_w = max(least_w, -room_w) if least_w < 0.0 else least_w
    lag = 1.0 - math.exp(-dt_s / params.inverter_answer_s)
    out_w = before_w + (target_w - before_w) * lag
    return min(ac_net_w, most_w, max(least_w, out_w))


def ac_next(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    bus: Bus,
    alive: bool,
    overload: bool,
    soc_pct: float,
    dt_s: float,
) -> tuple[bool, float]:
    """(AC alive, its timer): an island trips on overload and on an empty battery.

    A generator that is overloaded trips alike, and needs no battery to come back.
    """
    if inputs.grid_up:
        return True, 0.0
    if not state.ac_up:
        timer_s = state.ac_timer_s + dt_s
        if timer_s >= params.restart_s and (bus.generator or soc_pct >= WAKE_PCT):
            return True, 0.0
        return False, timer_s
    timer_s = state.ac_timer_s + dt_s if overload else 0.0
    if not alive or timer_s >= params.overload_trip_s:
        return False, 0.0
    return True, timer_s


def phases_w(
    params: HomeParams, inputs: HomeInputs, heater_w: float, made_w: float
) -> tuple[float, float, float]:
    """Watts that each phase takes in: its loads less what the inverters put on it."""
    third_w = made_w / 3.0
    one_w = made_w if params.phases == 1 else third_w
    other_w = 0.0 if params.phases == 1 else third_w
    heat_third_w = heater_w / 3.0 if params.heater_phase == 0 else 0.0
    l1_w = inputs.load_l1_w + heat_third_w - one_w
    l2_w = inputs.load_l2_w + heat_third_w - other_w
    l3_w = inputs.load_l3_w + heat_third_w - other_w
    if params.heater_phase == 1:
        l1_w += heater_w
    elif params.heater_phase == 2:
        l2_w += heater_w
    elif params.heater_phase == 3:
        l3_w += heater_w
    return l1_w, l2_w, l3_w
