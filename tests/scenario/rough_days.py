"""Three days, clear, broken and overcast, and how our law lives through them in a rough home."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pvopt.benchmarks.course import COLUMNS, MORE_ROWS, PANELS_AC, Driven, Plant
from pvopt.benchmarks.homes import PLANES, SOC_PCT, home_of
from pvopt.benchmarks.inputs import MADE_UP_PLACE, Inputs, made_inputs, measured_inputs
from pvopt.benchmarks.ours import SERVO, ours
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import ALLOWED_AGE_S, begun, first_of, run_reference
from pvopt.model import Why
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeInputs
from pvopt.simulator.place import place_of
from pvopt.simulator.series import HomeSeries, Sky
from pvopt.simulator.weather_csv import read_weather
from tests.scenario.rough import (
    BOUGHT,
    CHARGING,
    DEAD,
    HOUR_S,
    INVERTER,
    OVER,
    SPILL_W,
    TRACED,
    Errs,
    rough_course,
)

DATA = Path(__file__).resolve().parents[3] / "shared/data"
DAY_S = 86_400
SUN_S = 5  # sky and panels are worked out so often; straight lines between
START_UTC_S = 1_781_910_000.0  # 2026-06-20, 00:00 by the sun's clock
SKIES: tuple[Sky, ...] = ("clear", "broken", "overcast")


class Rough(NamedTuple):
    """What is rough. ``home``: parameters of the home that the law is not told of;
    ``b_share``: of the panels, on a second charger; ``snow``: the share of the sun that gets
    through; ``sunny``: the forecast promises the days without snow; ``soc_pct`` at the start;
    ``held_s``: sun and load stay the same for so long; ``own_path``: caught is held against
    what was possible with this run's own battery and tank (as snow and tanks want it)."""

    home: tuple[tuple[str, Any], ...] = ()
    errs: Errs = Errs()
    b_share: float = 0.0
    snow: float = 1.0
    sunny: bool = False
    soc_pct: float = SOC_PCT
    held_s: int = 1
    own_path: bool = False
    age: int = 1


class Found(NamedTuple):
    """What a run amounted to.

    ``caught_pct``: against an all-knowing diverter in the same home; ``longest_s``: of import or
    discharge laid to the heater without a pause; ``hour_wh``: the most of it in an hour of the
    clock; ``charging_hour_wh``: the same of lost charging; ``over_row_s``: seconds in a row with
    the inverter above its rating; ``dead_s``: without AC; ``most_w``: of the inverter; ``alarm``:
    HOLD for none.
    """

    caught_pct: float
    not_solar_pct: float
    from_charging_pct: float
    switches: float  # a day
    moves: float  # a day
    travel: float  # full strokes a day
    longest_s: int
    hour_wh: float
    charging_hour_wh: float
    over_row_s: int
    dead_s: int
    most_w: float
    alarm: Why
    heat_kwh: float


@cache
def made_up() -> Inputs:
    """A clear, a broken and an overcast June day."""
    seconds = len(SKIES) * DAY_S
    sun_s = range(0, seconds + SUN_S, SUN_S)
    pv_w, load_w, litres = [], [], []
    series = [_series(sky) for sky in SKIES]
    for t in sun_s:
        now = series[min(t, seconds - 1) // DAY_S](START_UTC_S + float(t))
        pv_w.append(now.pv_a_w)
        load_w.append(now.load_l1_w)
        litres.append(now.draw_l_s)
    sun_w = np.interp(np.arange(seconds), np.array(sun_s), pv_w).tolist()

    def inputs_at(utc_s: float) -> HomeInputs:
        k = int(utc_s - START_UTC_S)
        return HomeInputs(
            pv_a_w=sun_w[k], load_l1_w=load_w[k // SUN_S], draw_l_s=litres[k // SUN_S]
        )

    return made_inputs(inputs_at, START_UTC_S, seconds, MADE_UP_PLACE, True, float(HOUR_S))


def _series(sky: Sky) -> HomeSeries:
    return HomeSeries(
        latitude_deg=MADE_UP_PLACE[0],
        longitude_deg=MADE_UP_PLACE[1],
        local_offset_s=float(HOUR_S),
        planes=PLANES,
        sky=sky,
    )


@cache
def measured(name: str, days: int) -> Inputs:
    """The first days of a measured month."""
    weather = read_weather(DATA / f"{name}_1min.csv.gz")
    return measured_inputs(weather, place_of(weather), days=float(days))


def rough_plant(home: str, rough: Rough) -> Plant:
    """The home as it is."""
    plant = home_of(home).plant
    changes = dict(rough.home)
    if rough.errs.shared:
        # The inverter holds what its meter shows at the set-point.
        changes["grid_setpoint_w"] = plant.home.grid_setpoint_w - rough.errs.grid_w
    return plant._replace(home=plant.home._replace(**changes))


def rough_inputs(home: str, rough: Rough, inputs: Inputs) -> Inputs:
    """Its sun and load."""
    held = np.arange(inputs.seconds) // rough.held_s * rough.held_s
    share = home_of(home).load_share
    return replace(
        inputs,
        pv_w=rough.snow * inputs.pv_w[held],
        load_w=share * inputs.load_w[held],
        litres=inputs.litres[held],
    )


@cache
def best_wh(plant: Plant, b_share: float, load_share: float, inputs: Inputs) -> float:
    """Heat of the all-knowing diverter. Two chargers are one that gives as much."""
    home = plant.home._replace(
        charger_a_rated_w=plant.home.charger_a_rated_w + plant.home.charger_b_rated_w,
        charger_b_rated_w=0.0,
        curve_dead_pct=0.0,
    )
    pv_w = inputs.pv_w
    if plant.panels != PANELS_AC:
        pv_w = np.minimum((1.0 - b_share) * pv_w, plant.home.charger_a_rated_w)
        pv_w = pv_w + np.minimum(b_share * inputs.pv_w, plant.home.charger_b_rated_w)
    mine = replace(inputs, pv_w=pv_w, load_w=load_share * inputs.load_w)
    run = run_reference(Late(), plant._replace(home=home), 0, mine)
    return run.totals.heat_wh


def live(home: str, rough: Rough, inputs: Inputs, law: str = SERVO) -> Found:
    """The days in the home called ``home``."""
    course, driven, trace = days_in(home, rough, inputs, law)
    possible_wh = course.totals.possible_wh
    if not rough.own_path:
        plant = rough_plant(home, rough)
        possible_wh = best_wh(plant, rough.b_share, home_of(home).load_share, inputs)
    return told(course, driven, trace, possible_wh)


def days_in(home: str, rough: Rough, inputs: Inputs, law: str = SERVO) -> tuple[Any, Any, Any]:
    """(where the course ended, the law and its outputs, a row for each second)."""
    mine = rough_inputs(home, rough, inputs)
    made = ours(law, mine.place, rough_plant(home, rough))
    course = begun(made.plant, first_of(made.plant, mine))
    course = course._replace(
        home=course.home._replace(soc_pct=rough.soc_pct),
        beside=course.beside._replace(soc_pct=rough.soc_pct),
    )
    seconds = mine.seconds
    hours = (np.arange(seconds) + int(mine.start_utc_s) % HOUR_S) // HOUR_S
    forecast_w = mine.hourly_w[hours] if rough.sunny else np.full(seconds, math.nan)
    trace = np.zeros((seconds, TRACED))
    course, driven = compile_kernel(rough_course)(
        made.plant,
        rough.errs,
        made.params,
        made.outlet,
        course,
        Driven(),
        rough.age,
        ALLOWED_AGE_S[rough.age],
        (1.0 - rough.b_share) * mine.pv_w,
        rough.b_share * mine.pv_w,
        mine.load_w,
        mine.litres,
        mine.day,
        mine.clear_w,
        forecast_w,
        np.zeros((rough.age + MORE_ROWS, COLUMNS)),
        trace,
    )
    return course, driven, trace


def told(course: Any, driven: Any, trace: Any, possible_wh: float) -> Found:
    """The figures of a run."""
    totals = course.totals
    days = len(trace) / DAY_S
    effects = driven.law.load.effects
    heat_wh = max(1e-9, totals.heat_wh)
    return Found(
        caught_pct=100.0 * totals.sun_wh / possible_wh if possible_wh > 0.0 else 100.0,
        not_solar_pct=totals.not_solar_pct,
        from_charging_pct=100.0 * totals.from_charging_wh / heat_wh,
        switches=totals.switches / days,
        moves=totals.moves / days,
        travel=totals.travel_pct / 100.0 / days,
        longest_s=longest(trace[:, BOUGHT] > SPILL_W),
        hour_wh=worst_hour(trace[:, BOUGHT]),
        charging_hour_wh=worst_hour(trace[:, CHARGING]),
        over_row_s=longest(trace[:, OVER] > 0.5),
        dead_s=int((trace[:, DEAD] > 0.5).sum()),
        most_w=float(trace[:, INVERTER].max()),
        alarm=Why(int(effects.verdict)) if effects.latched else Why.HOLD,
        heat_kwh=totals.heat_wh / 1000.0,
    )


def longest(flags: Any) -> int:
    """The most flags in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max()) if len(edges) else 0


def worst_hour(watts: Any) -> float:
    """The most watt-hours in an hour of the clock."""
    whole = watts[: len(watts) // HOUR_S * HOUR_S]
    return float(whole.reshape(-1, HOUR_S).sum(1).max()) / HOUR_S
