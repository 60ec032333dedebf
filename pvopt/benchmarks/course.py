"""A home and a law through many seconds at once. Kernels; arrays are numpy's.

The seconds are those of ``loop.tick`` over a ``World``: at each the law sees the meters of
``age_s`` seconds ago, the outputs move, and the home lives on for a second. A test runs days
through both.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from pvopt.benchmarks.told import told
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.one_heater import HeaterParams, HeaterState, heater_step
from pvopt.decide.past import STILL_W
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.simulator.account import Totals, account_step, all_knowing_w, beside_step
from pvopt.simulator.home import (
    HomeControls,
    HomeFlows,
    HomeInputs,
    HomeParams,
    HomeState,
    home_step,
)
from pvopt.simulator.meters import read_meters
from pvopt.simulator.outlet import OutletParams, OutletState, outlet_step

# How the columns of weather become a home's inputs.
PANELS_DC, PANELS_AC = 0, 1
# Columns of what is remembered of a second for those who see it later.
COLUMNS = 29
EXPECTED, OWN, CHARGE_LIMIT, PV_AC = 24, 26, 27, 28
# Rows beyond the age of the sample: the present, and two before what the sample shows.
MORE_ROWS = 3
HOT_C = 45.0
NAN = math.nan


class Plant(NamedTuple):
    """The home of a run. ``grid``: it is connected to one; ``resolution_pct``: of the knob."""

    home: HomeParams = HomeParams()
    panels: int = PANELS_DC
    grid: bool = True
    resolution_pct: float = 0.0


class Course(NamedTuple):
    """Where a run stands; goes in and comes out of every stretch of seconds."""

    home: HomeState
    beside: HomeState
    flows: HomeFlows
    inputs: HomeInputs
    totals: Totals = Totals()
    minute_ws: float = 0.0  # imported in this minute, beyond what the home beside imports
    worst_minute_w: float = 0.0
    tick: int = 0  # seconds since the start of the run
    drawn_l: float = 0.0  # hot water asked for
    hot_l: float = 0.0  # of it as hot as a shower


class Driven(NamedTuple):
    """Our law and its outputs in a run."""

    law: HeaterState = HeaterState()
    outlet: OutletState = OutletState()
    expected_w: float = 0.0


def inputs_of(plant: Plant, pv_w: float, load_w: float, litres: float) -> HomeInputs:
    """What the home gets in a second: panel watts, the house's load, litres of hot water."""
    if plant.panels == PANELS_AC:
        return HomeInputs(pv_ac_w=pv_w, load_l1_w=load_w, grid_up=plant.grid, draw_l_s=litres)
    return HomeInputs(pv_a_w=pv_w, load_l1_w=load_w, grid_up=plant.grid, draw_l_s=litres)


def remember(plant: Plant, course: Course, ring: Any) -> None:
    """Write down what the meters show at the beginning of this second."""
    meters = read_meters(plant.home, course.flows, course.inputs)
    now = told(plant.home, meters, 0.0, 0.0, 0.0)
    row = ring[course.tick % ring.shape[0]]
    row[0], row[1], row[2], row[3] = now.grid_w, now.l1_w, now.l2_w, now.l3_w
    row[4], row[5], row[6], row[7] = now.pv_w, now.load_w, now.battery_w, now.battery_v
    row[8], row[9], row[10] = now.soc_pct, now.inverter_out_w, now.inverter_limit_w
    row[11], row[12], row[13] = now.frequency_hz, now.setpoint_w, now.grid_up
    row[14], row[15], row[16] = now.summed, now.ess_state, now.alarm
    row[17], row[18], row[19] = now.generator, now.told, now.hides
    row[20], row[21], row[22] = now.dc_feed_in, now.has_battery, now.three_phases
    row[23], row[25] = now.unsure, now.no_export
    row[OWN] = course.flows.heater_w
    row[CHARGE_LIMIT] = course.flows.charge_limit_a * plant.home.absorb_v
    row[PV_AC] = float(meters.pv_ac_w[0] + meters.pv_ac_w[1] + meters.pv_ac_w[2])


def recalled(ring: Any, tick: int, age: int, allowed_age_s: float) -> SiteNow:
    """The sample of ``age`` seconds before ``tick``. Before its start the home stood still."""
    row = ring[max(0, tick - age) % ring.shape[0]]
    return SiteNow(
        True,
        float(tick),
        float(tick - age),
        allowed_age_s,
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        row[12],
        row[13],
        row[14],
        int(row[15]),
        int(row[16]),
        row[17] > 0.5,
        row[18] > 0.5,
        row[19] > 0.5,
        row[20] > 0.5,
        row[21] > 0.5,
        row[22] > 0.5,
        row[23] > 0.5,
        row[25] > 0.5,
        row[PV_AC],
    )


def past_of(ring: Any, tick: int, age: int, expected_w: float) -> OwnPast:
    """``past.own_past`` by the ring, of at least ``age + MORE_ROWS`` rows.

    Writes down ``expected_w``, what the heater should draw now (W).
    """
    rows = ring.shape[0]
    ring[tick % rows, EXPECTED] = expected_w
    shown = tick - age
    now_w = ring[max(0, shown) % rows, EXPECTED]
    before_w = ring[max(0, shown - 1) % rows, EXPECTED]
    earlier_w = ring[max(0, shown - 2) % rows, EXPECTED]
    after_w = ring[max(0, shown + 1 if age > 0 else shown) % rows, EXPECTED]
    high_w, low_w = max(now_w, before_w), min(now_w, before_w)
    change_w = max(high_w, earlier_w, after_w) - min(low_w, earlier_w, after_w)
    return OwnPast(high_w, low_w, shown > 2 and change_w <= STILL_W)


def lived(
    plant: Plant, course: Course, inputs: HomeInputs, before: HomeControls, controls: HomeControls
) -> Course:
    """One second of the home and of the home beside it, and the bill."""
    beside_state, beside = beside_step(plant.home, course.home, course.beside, inputs, 1.0)
    home, flows = home_step(plant.home, course.home, inputs, controls, 1.0)
    moved_pct = abs(controls.knob_pct - before.knob_pct)
    totals = account_step(
        plant.home,
        course.totals,
        flows,
        beside,
        moved_pct,
        controls.relay_closed != before.relay_closed,
        plant.resolution_pct,
        1.0,
    )
    import_w = max(0.0, flows.grid_w) - max(0.0, beside.grid_w)
    minute_ws = course.minute_ws + import_w
    worst_w = course.worst_minute_w
    if course.tick % 60 == 59:
        worst_w = max(worst_w, minute_ws / 60.0)
        minute_ws = 0.0
    hot_l = course.hot_l + (inputs.draw_l_s if flows.tank_top_c >= HOT_C else 0.0)
    return Course(
        home,
        beside_state,
        flows,
        inputs,
        totals,
        minute_ws,
        worst_w,
        course.tick + 1,
        course.drawn_l + inputs.draw_l_s,
        hot_l,
    )


def pvopt_course(
    plant: Plant,
    params: HeaterParams,
    outlet: OutletParams,
    course: Course,
    driven: Driven,
    age: int,
    allowed_age_s: float,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    day: Any,
    clear_w: Any,
    ring: Any,
    trace: Any,
) -> tuple[Course, Driven]:
    """``len(pv_w)`` seconds of our own law. ``trace`` (rows a second, or none): set-point, code.

    ``clear_w``: a number every 30 s since the start of the run, as the loop works it out.
    """
    begin, seconds = 0, pv_w.shape[0]
    while begin < seconds:
        # One number for all seconds but a run's first: what fades by it is worked out once.
        dt_s = 0.0 if course.tick == 0 else 1.0
        end = begin + 1 if course.tick == 0 else seconds
        for k in range(begin, end):
            remember(plant, course, ring)
            now = recalled(ring, course.tick, age, allowed_age_s)
            load = LoadNow(expected_w=driven.expected_w, closed=driven.outlet.closed)
            past = past_of(ring, course.tick, age, driven.expected_w)
            clear = clear_w[course.tick // 30]
            said = heater_step(params, driven.law, now, load, day[k] > 0, clear, NAN, dt_s, past)
            asked_w = said.setpoint_w if now.at_s + allowed_age_s > now.now_s else 0.0
            moved = outlet_step(outlet, driven.outlet, asked_w, said.urgent, 1.0)
            before = HomeControls(driven.outlet.closed, driven.outlet.knob_pct)
            driven = Driven(said.state, moved.state, moved.expected_w)
            inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
            course = lived(plant, course, inputs, before, moved.controls)
            if k < trace.shape[0]:
                trace[k, 0] = said.setpoint_w
                trace[k, 1] = said.why.value
                trace[k, 2] = course.flows.heater_w
                trace[k, 3] = all_knowing_w(plant.home, course.flows)
        begin = end
    return course, driven
