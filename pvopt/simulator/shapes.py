"""The shapes of the simulated home: what it is made of, remembers, gets, and truly does.

Floats, bools and small ints only (nothing is missing: this is the truth, meters are
elsewhere). Signs as in the vocabulary: grid + import, battery + charging.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.boiler import LAYER_LOW
from pvopt.simulator.regulator import CURVE_PHASE_ANGLE

NO_CAP_W = 1e6  # stands for "no limit" where a kernel needs a number


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
    knob_backlash_pct: float = 0.0  # play to each side: 1 means +-1 % of travel
    knob_lag_s: float = 0.0  # time constant of what follows the actuator
    tank_l: float = 200.0
    tank_loss_w_k: float = 1.6
    thermostat_c: float = 70.0
    thermostat_hysteresis_c: float = 5.0
    tank_layers: int = 1  # 1 mixed, 2 an upper layer over a lower one
    tank_low_share: float = 0.5  # of the litres, in the lower layer
    tank_mix_w_k: float = 2.0  # what crosses between the layers
    element_layer: int = LAYER_LOW
    thermostat_layer: int = LAYER_LOW
    sensor_layer: int = LAYER_LOW
    generator_w: float = 0.0  # 0: there is none


class HomeState(NamedTuple):
    """What the home remembers from one step to the next."""

    soc_pct: float = 97.0
    tank_c: float = 45.0  # of two layers the lower
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
    tank_top_c: float = math.nan  # before a first step: as ``tank_c``
    knob_drive_pct: float = 0.0  # what turns the spindle, behind its lag
    spindle_pct: float = 0.0


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
    generator_on: bool = False  # serves where there is no grid


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
    tank_c: float  # where the sensor is
    conversion_loss_w: float  # grid + generator + pv = load + heater + battery + this
    battery_loss_w: float  # battery = stored + this
    tank_loss_w: float
    tank_draw_w: float
    grid_up: bool
    ac_up: bool
    overload: bool
    sustain: bool
    limited: bool  # any charger or PV inverter is held back
    tank_low_c: float
    tank_top_c: float  # what is drawn
    spindle_pct: float
    generator: bool  # AC comes from it
    generator_w: float
    generator_l1_w: float
    generator_l2_w: float
    generator_l3_w: float
