"""One law in one home of the benchmark, and what it was worth."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from pvopt.benchmarks.course import Plant
from pvopt.benchmarks.frontier import frontier
from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ours import DIGITAL, SERVO
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import (
    RIVALS,
    Heard,
    Run,
    run_ours,
    run_reference,
    run_rival,
    unheard,
)
from pvopt.model import Why
from pvopt.simulator.home import HomeParams

ALL_KNOWING, FRONTIER = "all-knowing", "frontier"
NAMES = (ALL_KNOWING, SERVO, DIGITAL, FRONTIER, *RIVALS)
OURS = (SERVO, DIGITAL)
AGES = (1, 60)


class Row(NamedTuple):
    """One line of the result."""

    home: str
    data_age_s: int
    law: str
    caught_pct: float
    not_solar_pct: float
    from_charging_pct: float
    switches_per_day: float
    moves_per_day: float
    travel_per_day: float  # full strokes
    worst_minute_import_w: float
    soc_at_sunset_diff_pct: float  # mean of the days, against the all-knowing's
    heat_kwh: float
    refined: bool
    surplus_pct: float  # caught, less what came out of charging
    caught_own_path_pct: float  # against an all-knowing diverter with this law's battery level
    alarm: str = ""  # that our law ended with


def inputs_for(home: str, inputs: Inputs) -> Inputs:
    """The inputs with this home's share of the load."""
    share = home_of(home).load_share
    return inputs if share == 1.0 else replace(inputs, load_w=share * inputs.load_w)


def plant_of(home: str, tank: bool = False) -> Plant:
    """The home's plant. ``tank``: with the thermostat of the real one."""
    plant = home_of(home).plant
    if not tank:
        return plant
    return plant._replace(home=plant.home._replace(thermostat_c=HomeParams().thermostat_c))


def run_law(
    home: str, age: int, law: str, inputs: Inputs, heard: Heard = unheard, tank: bool = False
) -> Run:
    """The law by its name in the home by its name."""
    plant, inputs = plant_of(home, tank), inputs_for(home, inputs)
    if law == ALL_KNOWING:
        return run_reference(Late(), plant, 0, inputs, heard)
    if law in OURS:
        return run_ours(law, plant, age, inputs, heard)
    if law == FRONTIER:
        return frontier(plant, age, inputs, heard).run
    return run_rival(law, plant, age, inputs, heard)


def row_of(home: str, age: int, law: str, run: Run, best: Run, inputs: Inputs) -> Row:
    """The numbers of a run. ``best``: the all-knowing diverter's in the same home."""
    totals, days = run.totals, inputs.days
    diff = [a - b for a, b in zip(run.soc_pct, best.soc_pct, strict=True)]
    return Row(
        home=home,
        data_age_s=age,
        law=law,
        caught_pct=_share_pct(totals.sun_wh, best.totals.heat_wh),
        not_solar_pct=totals.not_solar_pct,
        from_charging_pct=_share_pct(totals.from_charging_wh, totals.heat_wh, 0.0),
        switches_per_day=totals.switches / days,
        moves_per_day=totals.moves / days,
        travel_per_day=totals.travel_pct / 100.0 / days,
        worst_minute_import_w=run.worst_minute_w,
        soc_at_sunset_diff_pct=sum(diff) / len(diff),
        heat_kwh=totals.heat_wh / 1000.0,
        refined=inputs.refined,
        surplus_pct=_share_pct(totals.sun_wh - totals.from_charging_wh, best.totals.heat_wh),
        caught_own_path_pct=totals.caught_pct,
        alarm=Why(run.alarm).name.lower() if run.alarm else "",
    )


def _share_pct(part: float, whole: float, of_nothing_pct: float = 100.0) -> float:
    return 100.0 * part / whole if whole > 0.0 else of_nothing_pct


def measure(home: str, age: int, law: str, inputs: Inputs) -> Row:
    """One law's row."""
    best = run_law(home, 1, ALL_KNOWING, inputs)
    run = best if law == ALL_KNOWING else run_law(home, age, law, inputs)
    return row_of(home, age, law, run, best, inputs)
