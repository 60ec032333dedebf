"""Our law in homes that are not as it was told: wrong watts, curves and sensors. Kernels.

As ``pvopt_course``, with two chargers, sensors that err, chargers that keep silent and a
forecast; every second is written down. numpy's arrays come in; see ``rough_days.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.course import (
    PANELS_AC,
    Course,
    Driven,
    Plant,
    lived,
    past_of,
    recalled,
    remember,
)
from pvopt.decide.one_heater import HeaterParams, heater_step
from pvopt.decide.site_now import LoadNow
from pvopt.simulator.home import HomeControls, HomeInputs
from pvopt.simulator.outlet import OutletParams, outlet_step

CLEAR_S = 30
HOUR_S = 3600
# Columns of what ``recalled`` reads.
GRID, GRID_L1, BATTERY, SETPOINT, TOLD, HIDES = 0, 1, 6, 12, 18, 19
# Columns of the trace.
ASKED, HEATER, BOUGHT, CHARGING, INVERTER, OVER, DEAD, OPEN, CLOSED, WHY = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
)
TRACED = 10
SPILL_W = 25.0  # less than this is rounding of meters and of the grid's regulation


class Errs(NamedTuple):
    """What the meters get wrong. ``grid_w``, ``battery_w``: shown too much (W); ``shared``: the
    inverter regulates by the same wrong meter, so that the truth is off and not what is shown;
    ``silent``: no charger says whether it is limited."""

    grid_w: float = 0.0
    battery_w: float = 0.0
    shared: bool = False
    silent: bool = False


def err(errs: Errs, row: Any) -> None:
    """Make what was written down of this second wrong."""
    row[GRID] += errs.grid_w
    row[GRID_L1] += errs.grid_w
    row[BATTERY] += errs.battery_w
    if errs.shared:
        row[SETPOINT] += errs.grid_w
    if errs.silent:
        row[TOLD] = 0.0
        row[HIDES] = 0.0


def rough_course(
    plant: Plant,
    errs: Errs,
    params: HeaterParams,
    outlet: OutletParams,
    course: Course,
    driven: Driven,
    age: int,
    allowed_age_s: float,
    pv_w: Any,
    pv_b_w: Any,
    load_w: Any,
    litres: Any,
    day: Any,
    clear_w: Any,
    forecast_w: Any,
    ring: Any,
    trace: Any,
) -> tuple[Course, Driven]:
    """``len(pv_w)`` seconds. ``pv_b_w``: of a second charger; ``forecast_w``: NaN for none."""
    for k in range(pv_w.shape[0]):
        remember(plant, course, ring)
        err(errs, ring[course.tick % ring.shape[0]])
        now = recalled(ring, course.tick, age, allowed_age_s)
        load = LoadNow(expected_w=driven.expected_w, closed=driven.outlet.closed)
        past = past_of(ring, course.tick, age, driven.expected_w)
        dt_s = 0.0 if course.tick == 0 else 1.0
        clear = clear_w[course.tick // CLEAR_S]
        said = heater_step(
            params, driven.law, now, load, day[k] > 0, clear, forecast_w[k], dt_s, past
        )
        moved = outlet_step(outlet, driven.outlet, said.setpoint_w, said.urgent, 1.0)
        before = HomeControls(driven.outlet.closed, driven.outlet.knob_pct)
        driven = Driven(said.state, moved.state, moved.expected_w)
        ac = plant.panels == PANELS_AC
        inputs = HomeInputs(
            pv_a_w=0.0 if ac else pv_w[k],
            pv_b_w=pv_b_w[k],
            pv_ac_w=pv_w[k] if ac else 0.0,
            load_l1_w=load_w[k],
            grid_up=plant.grid,
            draw_l_s=litres[k],
        )
        paid = course.totals
        course = lived(plant, course, inputs, before, moved.controls)
        bill, flows = course.totals, course.flows
        bought_wh = bill.from_grid_wh - paid.from_grid_wh
        bought_wh = bought_wh + bill.from_battery_wh - paid.from_battery_wh
        row = trace[k]
        row[ASKED], row[HEATER] = said.setpoint_w, flows.heater_w
        row[BOUGHT] = 3600.0 * bought_wh
        row[CHARGING] = 3600.0 * (bill.from_charging_wh - paid.from_charging_wh)
        row[INVERTER] = flows.inverter_out_w
        row[OVER] = 1.0 if flows.overload else 0.0
        row[DEAD] = 0.0 if flows.ac_up else 1.0
        row[OPEN] = 0.0 if course.home.thermostat_closed else 1.0
        row[WHY] = said.why.value
        row[CLOSED] = 1.0 if moved.controls.relay_closed else 0.0
    return course, driven
