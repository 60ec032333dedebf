"""Our law and a home, and nothing else: what simulating costs without accounts. Kernels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from pvopt.benchmarks.course import Plant, inputs_of
from pvopt.benchmarks.told import told
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.one_heater import HeaterParams, HeaterState, heater_step
from pvopt.decide.past import past_now
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.simulator.home import HomeFlows, HomeInputs, HomeState, home_step
from pvopt.simulator.meters import read_meters
from pvopt.simulator.outlet import OutletParams, OutletState, outlet_step

ALLOWED_AGE_S = 7.0


class Lean(NamedTuple):
    """Where a run stands."""

    home: HomeState
    flows: HomeFlows
    inputs: HomeInputs
    law: HeaterState = HeaterState()
    outlet: OutletState = OutletState()
    expected_w: float = 0.0
    tick: int = 0
    heat_ws: float = 0.0


def lean_course(
    plant: Plant,
    params: HeaterParams,
    outlet: OutletParams,
    lean: Lean,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    day: Any,
    clear_w: Any,
) -> Lean:
    """``len(pv_w)`` seconds: meters, law, outputs, home. ``clear_w``: one in 30 s of the run."""
    begin, seconds = 0, pv_w.shape[0]
    while begin < seconds:
        # One number for all seconds but a run's first: what fades by it is worked out once.
        dt_s = 0.0 if lean.tick == 0 else 1.0
        end = begin + 1 if lean.tick == 0 else seconds
        for k in range(begin, end):
            inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
            clear = clear_w[lean.tick // 30]
            lean = lean_second(plant, params, outlet, lean, inputs, day[k] > 0, clear, dt_s)
        begin = end
    return lean


def lean_second(
    plant: Plant,
    params: HeaterParams,
    outlet: OutletParams,
    lean: Lean,
    inputs: HomeInputs,
    day: bool,
    clear_w: float,
    dt_s: float,
) -> Lean:
    """One of them. ``dt_s``: since the tick before; 0 for a run's first."""
    meters = read_meters(plant.home, lean.flows, lean.inputs)
    now_s = float(lean.tick)
    now = told(plant.home, meters, now_s, now_s, ALLOWED_AGE_S)
    load = LoadNow(expected_w=lean.expected_w, closed=lean.outlet.closed)
    past = past_now(lean.law.world, lean.expected_w)
    said = heater_step(params, lean.law, now, load, day, clear_w, math.nan, dt_s, past)
    moved = outlet_step(outlet, lean.outlet, said.setpoint_w, said.urgent, 1.0)
    home, flows = home_step(plant.home, lean.home, inputs, moved.controls, 1.0)
    return Lean(
        home,
        flows,
        inputs,
        said.state,
        moved.state,
        moved.expected_w,
        lean.tick + 1,
        lean.heat_ws + flows.heater_w,
    )


def law_course(
    params: HeaterParams, state: HeaterState, now: SiteNow, pv_w: Any, load_w: Any
) -> HeaterState:
    """``len(pv_w)`` ticks of the law alone, on meters with this sun and load."""
    load = LoadNow()
    for k in range(pv_w.shape[0]):
        at_s = now.now_s + k
        seen = now._replace(
            now_s=at_s,
            at_s=at_s,
            pv_w=float(pv_w[k]),
            load_w=float(load_w[k]),
            grid_w=float(load_w[k] - pv_w[k]),
        )
        said = heater_step(params, state, seen, load, True, math.nan, math.nan, 1.0, OwnPast())
        state = said.state
    return state
