"""The simulated home as one pure step: what sun, loads and controls do within ``dt_s`` seconds.

Shapes hold floats, bools and small ints only (missing numbers do not occur: this is the truth,
meters are elsewhere). Signs as in the vocabulary: grid + import, battery + charging.

The order within a step is the order in which real equipment answers: loads at once, the
inverter within a second or two, the battery fills every gap of the DC bus, and the chargers
follow their command (renewed every few seconds) with their own lag.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.battery import (
    accept_w,
    capacity_ah,
    charge_limit_a,
    current_a,
    open_circuit_v,
)
from pvopt.simulator.boiler import (
    CURVE_PHASE_ANGLE,
    WATER_J_PER_LK,
    draw_w,
    knob_w,
    tank_loss_w,
    thermostat_next,
)
from pvopt.simulator.charger import MODE_LIMITED, charger_step, operation_mode
from pvopt.simulator.inverter import NOMINAL_HZ, ac_for_dc_w, dc_for_ac_w, island_hz

NO_CAP_W = 1e6  # stands for "no limit" where a kernel needs a number
EMPTY_PCT = 0.5  # the battery's own protection switches off here
WAKE_PCT = 3.0  # and on again here, on an island
SUSTAIN_UP_PCT = 3.0  # discharge is allowed again this far above the minimum SoC


class HomeParams(NamedTuple):
    """What the home is made of; constant through a run."""

    charger_a_rated_w: float = 5000.0
    charger_b_rated_w: float = 0.0  # 0: there is no second charger
    charger_recover_s: float = 4.0  # from nothing to its rating
    charger_command_s: float = 3.0  # a GX renews the chargers' limits this often
    charger_fall_s: float = 1.0  # its voltage loop against a full battery
    battery_wh: float = 4800.0  # 0: no battery, and then no inverter and no DC panels either
    battery_ohm: float = 0.08
    absorb_v: float = 55.2
    charge_max_a: float = 90.0
    discharge_max_w: float = 4500.0
    min_soc_pct: float = 20.0
    inverter_w: float = 3000.0
    inverter_efficiency: float = 0.94
    inverter_idle_w: float = 25.0
    inverter_answer_s: float = 0.7  # time constant of the grid regulation
    overload_trip_s: float = 5.0  # island: so long above the limit, then off
    restart_s: float = 30.0
    phases: int = 1  # inverters and PV inverters: 1 on L1, 3 one a phase
    grid_setpoint_w: float = 0.0
    dc_feed_in: bool = False
    ac_feed_in: bool = True
    feed_in_cap_w: float = NO_CAP_W
    pv_ac_rated_w: float = 0.0
    pv_ac_recover_s: float = 10.0
    heater_w: float = 2000.0
    heater_phase: int = 1  # 1 to 3; 0 all three
    curve: int = CURVE_PHASE_ANGLE
    curve_dead_pct: float = 0.0
    curve_snap_pct: float = 0.0
    tank_l: float = 200.0
    tank_loss_w_k: float = 1.6
    thermostat_c: float = 70.0
    thermostat_hysteresis_c: float = 5.0


class HomeState(NamedTuple):
    """What the home remembers from one step to the next."""

    soc_pct: float = 97.0
    tank_c: float = 45.0
    thermostat_closed: bool = True
    charger_a_w: float = 0.0
    charger_b_w: float = 0.0
    command_a_w: float = 0.0
    command_b_w: float = 0.0
    command_age_s: float = 1e9  # a first step commands at once
    inverter_out_w: float = 0.0
    pv_ac_w: float = 0.0
    sustain: bool = False  # minimum SoC reached: no discharge
    ac_up: bool = True
    ac_timer_s: float = 0.0  # island: seconds of overload, or seconds switched off


class HomeInputs(NamedTuple):
    """The outside world in this step. ``pv_*_w``: what the panels could give (battery side)."""

    pv_a_w: float = 0.0
    pv_b_w: float = 0.0
    pv_ac_w: float = 0.0
    load_l1_w: float = 0.0
    load_l2_w: float = 0.0
    load_l3_w: float = 0.0
    grid_up: bool = True
    draw_l_s: float = 0.0
    cold_c: float = 12.0
    room_c: float = 20.0
    battery_c: float = 20.0


class HomeControls(NamedTuple):
    """What our outputs do to the home: the relay's contact and the regulator's knob."""

    relay_closed: bool = False
    knob_pct: float = 0.0


class HomeFlows(NamedTuple):
    """The truth of one step: mean watts within it, levels at its end."""

    pv_possible_w: float  # DC and AC panels with their ratings, battery side
    pv_w: float
    charger_a_w: float
    charger_b_w: float
    mode_a: int
    mode_b: int
    pv_ac_w: float
    pv_ac_possible_w: float
    pv_ac_limit_w: float  # what the PV inverter may give now
    load_w: float  # the house without our heater
    heater_w: float
    heater_possible_w: float  # element behind its thermostat: what full knob would draw
    grid_w: float
    grid_l1_w: float
    grid_l2_w: float
    grid_l3_w: float
    battery_w: float
    battery_accept_w: float
    battery_stored_w: float
    battery_v: float
    battery_a: float
    charge_limit_a: float
    soc_pct: float
    inverter_out_w: float
    frequency_hz: float
    tank_c: float
    conversion_loss_w: float  # grid + pv = load + heater + battery + this
    battery_loss_w: float  # battery = stored + this
    tank_loss_w: float
    tank_draw_w: float
    grid_up: bool
    ac_up: bool
    overload: bool
    sustain: bool
    limited: bool  # any charger or PV inverter is held back


class _Bus(NamedTuple):
    """The DC side as it stands when the AC side asks."""

    ah: float
    sun_a_w: float
    sun_b_w: float
    accept_w: float
    limit_a: float
    deliver_w: float  # what the battery may be discharged with
    idle_w: float


def _bus(params: HomeParams, state: HomeState, inputs: HomeInputs, dt_s: float) -> _Bus:
    ah = capacity_ah(params.battery_wh)
    if ah <= 0.0:
        return _Bus(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    ohm = params.battery_ohm
    limit_a = charge_limit_a(params.charge_max_a, inputs.battery_c)
    taken_w = accept_w(state.soc_pct, ah, ohm, params.absorb_v, limit_a, dt_s)
    left_pct = max(0.0, state.soc_pct - EMPTY_PCT)
    ocv_v = open_circuit_v(state.soc_pct)
    # No more than is in it, and not below three quarters of its voltage under load.
    amps = min(left_pct * 36.0 * ah / dt_s, ocv_v / (4.0 * ohm))
    deliver_w = min(params.discharge_max_w, amps * (ocv_v - ohm * amps))
    if state.sustain and inputs.grid_up:
        deliver_w = 0.0
    return _Bus(
        ah,
        min(inputs.pv_a_w, params.charger_a_rated_w),
        min(inputs.pv_b_w, params.charger_b_rated_w),
        taken_w,
        limit_a,
        deliver_w,
        params.inverter_idle_w if left_pct > 0.0 else 0.0,
    )


def _ac_alive(
    params: HomeParams, state: HomeState, inputs: HomeInputs, bus: _Bus, asked_w: float, dt_s: float
) -> bool:
    """False while an island is off, or in the step in which its battery cannot carry the load."""
    if inputs.grid_up:
        return True
    if not state.ac_up or bus.ah <= 0.0:
        return False
    dc_w = min(state.charger_a_w, bus.sun_a_w) + min(state.charger_b_w, bus.sun_b_w)
    # The chargers may fall back to an older command within the step.
    dc_w *= math.exp(-dt_s / params.charger_fall_s)
    sure_w = ac_for_dc_w(bus.deliver_w + dc_w, params.inverter_efficiency, bus.idle_w)
    return asked_w <= min(sure_w, 2.0 * params.inverter_w)


def _export_room_w(params: HomeParams, allowed: bool) -> float:
    """Watts that may leave at the grid connection: the cap, or what the set-point asks."""
    if allowed:
        return max(params.feed_in_cap_w, -params.grid_setpoint_w)
    return -params.grid_setpoint_w


def _charge_room_w(params: HomeParams, bus: _Bus, dc_w: float) -> float:
    """AC watts >= 0 that the inverter can put into the battery beside ``dc_w`` of the chargers."""
    spare_w = max(0.0, bus.accept_w - dc_w)
    ac_w = -ac_for_dc_w(-spare_w, params.inverter_efficiency, bus.idle_w)
    return min(params.inverter_w, max(0.0, ac_w)) if bus.ah > 0.0 else 0.0


def _pv_ac(
    params: HomeParams, state: HomeState, inputs: HomeInputs, bus: _Bus, ac_w: float, dt_s: float
) -> tuple[float, float]:
    """(watts, limit) of the AC-coupled PV: full, zero feed-in by limit, or by an island's Hz."""
    if params.pv_ac_rated_w <= 0.0:
        return 0.0, 0.0
    room_w = _charge_room_w(params, bus, state.charger_a_w + state.charger_b_w)
    if inputs.grid_up:
        room_w += _export_room_w(params, params.ac_feed_in)
    limit_w = min(params.pv_ac_rated_w, max(0.0, ac_w + room_w))
    possible_w = min(inputs.pv_ac_w, params.pv_ac_rated_w)
    rise_w_s = params.pv_ac_rated_w / params.pv_ac_recover_s
    now_w = charger_step(
        state.pv_ac_w, possible_w, limit_w, limit_w, rise_w_s, params.charger_fall_s, dt_s
    )
    return now_w, limit_w


def _chargers(
    params: HomeParams,
    state: HomeState,
    bus: _Bus,
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


def _dc_need_w(
    params: HomeParams, inputs: HomeInputs, bus: _Bus, ac_net_w: float, out_w: float
) -> float:
    """DC watts that have somewhere to go: into the battery, the loads, and the grid if allowed.

    ``out_w``: what the inverter gives to AC without feed-in.
    """
    if inputs.grid_up:
        if params.dc_feed_in:
            out_w = max(out_w, ac_net_w + _export_room_w(params, True))
        out_w = min(params.inverter_w, out_w)
    out_w = max(out_w, -params.inverter_w)
    return max(0.0, bus.accept_w + dc_for_ac_w(out_w, params.inverter_efficiency, bus.idle_w))


def _inverter_out_w(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    bus: _Bus,
    ac_net_w: float,
    dc_w: float,
    dt_s: float,
) -> float:
    """AC watts of the inverter, + out. ``ac_net_w``: loads less AC PV; ``dc_w``: chargers."""
    if bus.ah <= 0.0:
        return 0.0
    if not inputs.grid_up:
        return ac_net_w
    eff = params.inverter_efficiency
    most_w = min(params.inverter_w, max(0.0, ac_for_dc_w(dc_w + bus.deliver_w, eff, bus.idle_w)))
    target_w = ac_net_w - params.grid_setpoint_w
    if params.dc_feed_in:
        surplus_w = ac_for_dc_w(dc_w - bus.accept_w, eff, bus.idle_w)
        target_w = max(target_w, min(surplus_w, ac_net_w + _export_room_w(params, True)))
    target_w = min(most_w, max(-_charge_room_w(params, bus, dc_w), target_w))
    lag = 1.0 - math.exp(-dt_s / params.inverter_answer_s)
    return min(most_w, state.inverter_out_w + (target_w - state.inverter_out_w) * lag)


def _ac_next(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    alive: bool,
    overload: bool,
    soc_pct: float,
    dt_s: float,
) -> tuple[bool, float]:
    """(AC alive, its timer): an island trips on overload and on an empty battery."""
    if inputs.grid_up:
        return True, 0.0
    if not state.ac_up:
        timer_s = state.ac_timer_s + dt_s
        if timer_s >= params.restart_s and soc_pct >= WAKE_PCT:
            return True, 0.0
        return False, timer_s
    timer_s = state.ac_timer_s + dt_s if overload else 0.0
    if not alive or timer_s >= params.overload_trip_s:
        return False, 0.0
    return True, timer_s


def home_step(
    params: HomeParams,
    state: HomeState,
    inputs: HomeInputs,
    controls: HomeControls,
    dt_s: float,
) -> tuple[HomeState, HomeFlows]:
    """Advance the home by ``dt_s`` > 0 seconds (made for steps up to 1 s; stable for longer ones).

    Balance of every step, to rounding: ``grid + pv = load + heater + battery + conversion_loss``,
    ``battery = battery_stored + battery_loss`` and ``heater = stored in the tank + tank_loss +
    tank_draw``.
    """
    bus = _bus(params, state, inputs, dt_s)
    asked_w = inputs.load_l1_w + inputs.load_l2_w + inputs.load_l3_w
    heater_possible_w = params.heater_w if state.thermostat_closed else 0.0
    heater_w = 0.0
    if controls.relay_closed and state.thermostat_closed:
        heater_w = knob_w(
            controls.knob_pct,
            params.heater_w,
            params.curve,
            params.curve_dead_pct,
            params.curve_snap_pct,
        )
    alive = _ac_alive(params, state, inputs, bus, asked_w + heater_w, dt_s)
    on = 1.0 if alive else 0.0
    load_w, heater_w = asked_w * on, heater_w * on
    pv_ac_w, pv_ac_limit_w = _pv_ac(params, state, inputs, bus, load_w + heater_w, dt_s)
    pv_ac_w *= on
    net_w = load_w + heater_w - pv_ac_w

    setpoint_w = params.grid_setpoint_w if inputs.grid_up else 0.0
    need_w = _dc_need_w(params, inputs, bus, net_w, net_w - setpoint_w)
    seen_w = _dc_need_w(params, inputs, bus, net_w, state.inverter_out_w)
    a_w, b_w, command_a_w, command_b_w, age_s = _chargers(params, state, bus, need_w, seen_w, dt_s)
    inverter_w = _inverter_out_w(params, state, inputs, bus, net_w, a_w + b_w, dt_s)
    dc_w = dc_for_ac_w(inverter_w, params.inverter_efficiency, bus.idle_w)
    battery_w = a_w + b_w - dc_w if bus.ah > 0.0 else 0.0
    amps, volts, stored_w, soc_pct = _battery(params, state, bus, battery_w, dt_s)

    lost_w = tank_loss_w(state.tank_c, inputs.room_c, params.tank_loss_w_k)
    drawn_w = draw_w(state.tank_c, inputs.cold_c, inputs.draw_l_s)
    tank_j_k = params.tank_l * WATER_J_PER_LK
    tank_c = state.tank_c + (heater_w - lost_w - drawn_w) * dt_s / tank_j_k

    overload = inverter_w > params.inverter_w * 1.001 or not (alive or inputs.grid_up)
    ac_up, timer_s = _ac_next(params, state, inputs, alive, overload, soc_pct, dt_s)
    sustain = soc_pct <= params.min_soc_pct or (
        state.sustain and soc_pct < params.min_soc_pct + SUSTAIN_UP_PCT
    )
    mode_a = operation_mode(a_w, inputs.pv_a_w) if params.charger_a_rated_w > 0.0 else 0
    mode_b = operation_mode(b_w, inputs.pv_b_w) if params.charger_b_rated_w > 0.0 else 0
    pv_ac_possible_w = min(inputs.pv_ac_w, params.pv_ac_rated_w)
    pv_ac_held = pv_ac_w < pv_ac_possible_w * 0.99 - 1.0
    frequency_hz = NOMINAL_HZ if alive else 0.0
    if alive and not inputs.grid_up:
        frequency_hz = island_hz(pv_ac_w, pv_ac_possible_w, params.pv_ac_rated_w)
    grid_w = net_w - inverter_w if inputs.grid_up else 0.0
    l1_w, l2_w, l3_w = _phases(params, inputs, heater_w, pv_ac_w + inverter_w)
    now = HomeState(
        soc_pct,
        tank_c,
        thermostat_next(
            state.thermostat_closed, tank_c, params.thermostat_c, params.thermostat_hysteresis_c
        ),
        a_w,
        b_w,
        command_a_w,
        command_b_w,
        age_s,
        inverter_w,
        pv_ac_w,
        sustain,
        ac_up,
        timer_s,
    )
    return now, HomeFlows(
        bus.sun_a_w + bus.sun_b_w + pv_ac_possible_w,
        a_w + b_w + pv_ac_w,
        a_w,
        b_w,
        mode_a,
        mode_b,
        pv_ac_w,
        pv_ac_possible_w,
        pv_ac_limit_w,
        load_w,
        heater_w,
        heater_possible_w,
        grid_w,
        l1_w,
        l2_w,
        l3_w,
        battery_w,
        bus.accept_w,
        stored_w,
        volts,
        amps,
        bus.limit_a,
        soc_pct,
        inverter_w,
        frequency_hz,
        tank_c,
        dc_w - inverter_w if bus.ah > 0.0 else 0.0,
        battery_w - stored_w,
        lost_w,
        drawn_w,
        inputs.grid_up,
        alive,
        overload,
        sustain,
        MODE_LIMITED in (mode_a, mode_b) or pv_ac_held,
    )


def _battery(
    params: HomeParams, state: HomeState, bus: _Bus, battery_w: float, dt_s: float
) -> tuple[float, float, float, float]:
    """(amps, terminal volts, watts stored, SoC after the step)."""
    if bus.ah <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    ocv_v = open_circuit_v(state.soc_pct)
    amps = current_a(ocv_v, params.battery_ohm, battery_w)
    # What a full battery is pushed for a moment turns to heat in its balancers.
    stored_a = min(amps, (100.0 - state.soc_pct) * 36.0 * bus.ah / dt_s)
    soc_pct = min(100.0, state.soc_pct + stored_a * dt_s / (36.0 * bus.ah))
    return amps, ocv_v + params.battery_ohm * amps, ocv_v * stored_a, soc_pct


def _phases(
    params: HomeParams, inputs: HomeInputs, heater_w: float, made_w: float
) -> tuple[float, float, float]:
    """Grid watts of each phase: its loads less what the inverters put on it (0 on an island)."""
    if not inputs.grid_up:
        return 0.0, 0.0, 0.0
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
