"""Our law in a home through many steps of up to a minute, with the bill. Kernels.

Tick by tick it is what ``simulate`` does: the law sees the meters of the tick that has just
ended, the outputs move, the home lives on. Nights and whatever else leaves nothing to decide
pass in whole steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.told import told
from pvopt.decide.one_heater import HeaterParams, HeaterState, heater_step
from pvopt.decide.past import past_now
from pvopt.decide.site_now import LoadNow
from pvopt.simulator.account import Beside, Totals, account_step, all_knowing_w, beside_step
from pvopt.simulator.home import (
    HomeFlows,
    HomeInputs,
    HomeParams,
    HomeState,
    home_step,
)
from pvopt.simulator.meters import read_meters
from pvopt.simulator.outlet import OutletParams, OutletState, controls_of, outlet_step

NAN = float("nan")
TICK_S = 1.0  # of the law, as `control.tick_s` has it by default


class SweepParams(NamedTuple):
    """What a variant is made of; constant through its run.

    ``step_s``: sun and load stay the same for so long; ``ac``: the panels feed a PV inverter;
    ``sensor``: the law sees the water's temperature; ``allowed_age_s``: of meters;
    ``resolution_pct``: of the knob; ``hot_c``: from here on water counts as hot; ``cheapest``,
    ``sell``: money a kWh.
    """

    home: HomeParams
    law: HeaterParams
    outlet: OutletParams
    step_s: float
    ac: bool
    sensor: bool
    allowed_age_s: float
    resolution_pct: float
    battery_c: float
    hot_c: float
    cheapest: float
    sell: float


class Bill(NamedTuple):
    """Sums since the start. Money in the demo's currency; ``worth``, ``cost`` and ``not_sold``
    are those of ``tariff.Money``."""

    hot_s: float = 0.0
    outage_s: float = 0.0
    bought: float = 0.0
    sold: float = 0.0
    worth: float = 0.0
    cost: float = 0.0
    not_sold: float = 0.0
    alarm_s: float = 0.0  # with an alarm of the law that waits for the owner


class SweepCourse(NamedTuple):
    """Where a run stands; goes in and comes out of every stretch of steps."""

    home: HomeState
    beside: HomeState
    flows: HomeFlows
    inputs: HomeInputs
    law: HeaterState = HeaterState()
    outlet: OutletState = OutletState()
    expected_w: float = 0.0
    totals: Totals = Totals()
    bill: Bill = Bill()
    now_s: float = 0.0  # since the start
    since_s: float = 0.0  # since the tick before


def billed(
    params: SweepParams,
    bill: Bill,
    before: Totals,
    now: Totals,
    flows: HomeFlows,
    beside: Beside,
    price: float,
    alarm: bool,
    dt_s: float,
) -> Bill:
    """One step's money; ``before`` and ``now``: the sums around it."""
    kwh = dt_s / 3.6e6
    sun_wh = now.heat_wh - now.from_grid_wh - now.from_battery_wh
    sun_wh -= before.heat_wh - before.from_grid_wh - before.from_battery_wh
    bought_wh = now.from_grid_wh + now.from_battery_wh
    bought_wh -= before.from_grid_wh + before.from_battery_wh
    out_w = max(0.0, -flows.grid_w)
    return Bill(
        bill.hot_s + (dt_s if flows.tank_top_c >= params.hot_c else 0.0),
        bill.outage_s + (0.0 if flows.grid_up else dt_s),
        bill.bought + price * max(0.0, flows.grid_w) * kwh,
        bill.sold + params.sell * out_w * kwh,
        bill.worth + params.cheapest * sun_wh / 1000.0,
        bill.cost + price * bought_wh / 1000.0,
        bill.not_sold + params.sell * (max(0.0, -beside.grid_w) - out_w) * kwh,
        bill.alarm_s + (dt_s if alarm else 0.0),
    )


class Step(NamedTuple):
    """What is given for a step of the run. ``price``: of a kWh bought."""

    inputs: HomeInputs
    day: bool
    clear_w: float
    price: float


def ticked(
    params: SweepParams, course: SweepCourse, step: Step, since_s: float, dt_s: float
) -> SweepCourse:
    """One tick, ``since_s`` after the one before: the law sees the meters, the outputs move, the
    home lives on for ``dt_s``."""
    meters = read_meters(params.home, course.flows, course.inputs)
    now_s = course.now_s
    now = told(params.home, meters, now_s, now_s, params.allowed_age_s)
    load = LoadNow(
        expected_w=course.expected_w,
        closed=course.outlet.closed,
        temperature_c=meters.tank_10mk / 100.0 if params.sensor else NAN,
        temperature_age_s=0.0,
    )
    past = past_now(course.law.world, course.expected_w)
    said = heater_step(
        params.law, course.law, now, load, step.day, step.clear_w, NAN, since_s, past
    )
    before = controls_of(params.outlet, course.outlet)
    moved = outlet_step(params.outlet, course.outlet, said.setpoint_w, said.urgent, dt_s)
    beside_state, beside = beside_step(params.home, course.home, course.beside, step.inputs, dt_s)
    home, flows = home_step(params.home, course.home, step.inputs, moved.controls, dt_s)
    totals = account_step(
        params.home,
        course.totals,
        flows,
        beside,
        abs(moved.controls.knob_pct - before.knob_pct),
        moved.controls.relay_closed != before.relay_closed,
        params.resolution_pct,
        dt_s,
    )
    alarm = said.state.load.effects.latched
    bill = billed(
        params, course.bill, course.totals, totals, flows, beside, step.price, alarm, dt_s
    )
    return SweepCourse(
        home,
        beside_state,
        flows,
        step.inputs,
        said.state,
        moved.state,
        moved.expected_w,
        totals,
        bill,
        now_s + dt_s,
        dt_s,
    )


def is_quiet(params: SweepParams, course: SweepCourse) -> bool:
    """The heater is off and there is nothing for it; then nothing happens within a step."""
    surplus = all_knowing_w(params.home, course.flows) > 0.0
    return not (course.outlet.closed or surplus or course.outlet.knob_pct > 0.0)


def sweep_course(
    params: SweepParams,
    course: SweepCourse,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    grid_up: Any,
    day: Any,
    price: Any,
    clear_w: Any,
) -> SweepCourse:
    """``len(pv_w)`` steps, each with its own sun and load.

    ``pv_w``: what the panels could give; ``litres``: of hot water a second; ``day``: by the
    owner's rule; ``price``: of a kWh bought. A step through which heater and surplus are nothing
    is lived in one piece, any other tick by tick.
    """
    ticks = round(params.step_s / TICK_S)
    for k in range(pv_w.shape[0]):
        inputs = HomeInputs(
            pv_a_w=0.0 if params.ac else pv_w[k],
            pv_ac_w=pv_w[k] if params.ac else 0.0,
            load_l1_w=load_w[k],
            grid_up=grid_up[k],
            draw_l_s=litres[k],
            battery_c=params.battery_c,
        )
        step = Step(inputs, day[k], clear_w[k], price[k])
        whole = ticks > 1 and grid_up[k] and is_quiet(params, course)
        while True:
            dt_s = params.step_s if whole else TICK_S
            after = ticked(params, course, step, course.since_s, dt_s)
            if not whole or is_quiet(params, after):
                break
            whole = False
        course = after
        if whole:
            continue
        # Of ticks that follow each other all lengths are known before the run.
        for _ in range(1, ticks):
            course = ticked(params, course, step, TICK_S, TICK_S)
    return course
