"""One variant of a sweep: from its configuration to its figures. What a worker runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pvopt.benchmarks.sweep_course import SweepCourse, SweepParams, sweep_course
from pvopt.benchmarks.sweep_inputs import (
    Bools,
    File,
    Floats,
    House,
    Span,
    Sun,
    clear_w,
    hot_water_l_s,
    house_load_w,
    is_day,
    is_grid_up,
    plane_w,
    prices,
)
from pvopt.config.schema import Config
from pvopt.config.service import Demo
from pvopt.decide.one_heater import heater_params
from pvopt.settings_of import settings_of
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeInputs, HomeState
from pvopt.simulator.outlet import outlet_params
from pvopt.simulator.surroundings import outages_of
from pvopt.simulator.tariff import tariff_of
from pvopt.simulator.world import World, demo_planes, home_params

RESOLUTION_PCT = 0.2  # as `simulate` counts knob moves
ALLOWED_AGE_S = 7.0
STRETCH_S = 30 * 86_400  # between two looks whether it shall go on


@dataclass(frozen=True)
class Task:
    """A whole run, as it travels to a worker. ``place``: where the sun shines."""

    key: str
    config: Config
    demo: Demo
    span: Span
    place: tuple[float, float]
    weather: File | None = None
    load: File | None = None
    load_in_weather: bool = False


class Figures(NamedTuple):
    """What a run came to. ``bill``: bought less sold; ``saved``: as `simulate` tells it."""

    bill: float
    saved: float
    bought_kwh: float
    sold_kwh: float
    hot_h: float
    sun_kwh: float  # heat from the sun
    heat_bought_kwh: float  # heat out of grid and battery
    caught_pct: float
    not_solar_pct: float
    pv_kwh: float
    pv_possible_kwh: float
    switches: float
    moves: float
    outage_h: float
    alarm_h: float  # hours off, for the law took something for broken


def figures_of(task: Task, stopped: Callable[[], bool] = lambda: False) -> Figures | None:
    """Run it, a month at a time; None: stopped meanwhile."""
    run = compile_kernel(sweep_course)
    params, course = params_of(task), start_of(task)
    arrays = (*inputs_of(task), clear_of(task))
    stretch = STRETCH_S // task.span.step_s
    for begin in range(0, task.span.steps, stretch):
        if stopped():
            return None
        part = slice(begin, begin + stretch)
        course = run(params, course, *(array[part] for array in arrays))
    return told(course)


def made_ready(task: Task) -> None:
    """Compile here and now, so that the workers of this machine find it done.

    NoNumbaError without the extras.
    """
    compile_kernel(sweep_course)
    figures_of(replace(task, span=task.span._replace(steps=1)))


def told(course: SweepCourse) -> Figures:
    """The figures where a run stands."""
    totals, bill = course.totals, course.bill
    sun_wh = totals.heat_wh - totals.from_grid_wh - totals.from_battery_wh
    bought_wh = totals.from_grid_wh + totals.from_battery_wh
    return Figures(
        bill=bill.bought - bill.sold,
        saved=bill.worth - bill.cost - bill.not_sold,
        bought_kwh=totals.import_wh / 1000.0,
        sold_kwh=totals.export_wh / 1000.0,
        hot_h=bill.hot_s / 3600.0,
        sun_kwh=sun_wh / 1000.0,
        heat_bought_kwh=bought_wh / 1000.0,
        caught_pct=100.0 * sun_wh / totals.possible_wh if totals.possible_wh > 0.0 else 100.0,
        not_solar_pct=100.0 * bought_wh / totals.heat_wh if totals.heat_wh > 0.0 else 0.0,
        pv_kwh=totals.pv_wh / 1000.0,
        pv_possible_kwh=totals.pv_possible_wh / 1000.0,
        switches=float(totals.switches),
        moves=float(totals.moves),
        outage_h=bill.outage_s / 3600.0,
        alarm_h=bill.alarm_s / 3600.0,
    )


def params_of(task: Task) -> SweepParams:
    """The kernel's constants."""
    config, demo = task.config, task.demo
    load, tariff = config.loads[0], tariff_of(demo)
    settings = settings_of(config)
    return SweepParams(
        home=home_params(demo, config.site, load),
        law=heater_params(replace(settings, loads=settings.loads[:1])),
        outlet=outlet_params(load),
        step_s=float(task.span.step_s),
        ac=demo.battery_wh <= 0.0,
        sensor=load.temperature is not None,
        allowed_age_s=ALLOWED_AGE_S,
        resolution_pct=RESOLUTION_PCT,
        battery_c=demo.battery_c,
        hot_c=demo.hot_c,
        cheapest=tariff.cheapest,
        sell=tariff.sell_per_kwh,
    )


def inputs_of(task: Task) -> tuple[Floats | Bools, ...]:
    """The arrays that the kernel walks along."""
    demo, span, site = task.demo, task.span, task.config.site
    sun = Sun(*task.place, demo.sky, demo.seed, task.weather)
    file = task.load or (task.weather if task.load_in_weather else None)
    house = House(demo.load_w, demo.seed, file, task.load is not None)
    if file is not None:  # measured: nothing of it is made up
        house = house._replace(load_w=0.0)
    pv_w = np.zeros(span.steps)
    for peak_w, tilt_deg, azimuth_deg in _planes(task):
        pv_w += peak_w * plane_w(sun, tilt_deg, azimuth_deg, span)
    rule = replace(
        settings_of(task.config).daylight,
        latitude=task.place[0],
        longitude=task.place[1],
        planes=(),
    )
    return (
        pv_w,
        house_load_w(house, span),
        hot_water_l_s(demo.seed, span),
        is_grid_up(outages_of(demo, site.timezone), span),
        is_day(rule, span),
        prices(tariff_of(demo), site.timezone, span),
    )


def _planes(task: Task) -> tuple[tuple[float, float, float], ...]:
    return demo_planes(task.demo, task.config.site)


def clear_of(task: Task) -> Floats:
    """What the law is told of a clear sky: that of the panels that are there.

    NaN without planes in the configuration: then it is not known.
    """
    if not task.config.site.planes:
        return np.full(task.span.steps, math.nan)
    made = np.zeros(task.span.steps)
    for peak_w, tilt_deg, azimuth_deg in _planes(task):
        made += peak_w * clear_w(*task.place, tilt_deg, azimuth_deg, task.span)
    return made


def start_of(task: Task) -> SweepCourse:
    """The home before its first step, settled as `simulate` does it."""
    pv_w, load_w, litres, grid_up, *_ = (array[0].item() for array in inputs_of(task))
    ac = task.demo.battery_wh <= 0.0
    first = HomeInputs(
        pv_a_w=0.0 if ac else pv_w,
        pv_ac_w=pv_w if ac else 0.0,
        load_l1_w=load_w,
        grid_up=grid_up,
        draw_l_s=litres,
        battery_c=task.demo.battery_c,
    )
    params = home_params(task.demo, task.config.site, task.config.loads[0])
    state = HomeState(soc_pct=task.demo.soc_pct)
    world = World(params, lambda _: first, task.span.start_utc_s, state)
    return SweepCourse(world.state, world.state, world.flows, first)
