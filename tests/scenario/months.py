"""Weeks of sun and load for ``watched.py``: made-up ones that cook, and measured ones."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pvopt.benchmarks.course import COLUMNS, MORE_ROWS, Driven
from pvopt.benchmarks.homes import PLANES, home_of
from pvopt.benchmarks.inputs import made_inputs
from pvopt.benchmarks.ours import DIGITAL, HEATER_W, ours
from pvopt.benchmarks.runs import begun
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, Relay
from pvopt.config.schema import Config
from pvopt.config.site import Plane, Site
from pvopt.decide.one_heater import HeaterParams, heater_params
from pvopt.model import Why
from pvopt.settings_of import settings_of
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeInputs
from pvopt.simulator.measured import MeasuredSeries
from pvopt.simulator.outlet import OutletParams, outlet_params
from pvopt.simulator.place import place_of
from pvopt.simulator.weather_csv import read_weather
from tests.scenario.kitchens import kitchen
from tests.scenario.watched import Breaks, Watch, watched_course

DATA = Path(__file__).resolve().parents[3] / "shared/data"
DAY_S = 86_400
PEAK_W = 4400.0
PLACE = (50.1, 14.4)
RELAY = "relay alone"


class Weeks(NamedTuple):
    """Arrays of numpy, one number a second, but ``clear_w``."""

    pv_w: Any
    load_w: Any
    day: Any
    clear_w: Any


class Found(NamedTuple):
    watch: Watch
    counts: dict[Why, int]


@lru_cache(maxsize=2)
def cooking_weeks(days: int, seed: int = 1) -> Weeks:
    """Sun from 6 to 20 h behind clouds that come and go, and a kitchen from 8 to 20 h."""
    dice = random.Random(seed)
    second = np.arange(DAY_S)
    arch = np.sin(np.pi * np.clip((second / 3600.0 - 6.0) / 14.0, 0.0, 1.0))
    pv, load = [], []
    for _ in range(days):
        sky = np.ones(DAY_S)
        cloudy = dice.random()
        now_s = 0
        while now_s < DAY_S:
            lasts_s = dice.randrange(20, 900)
            sky[now_s : now_s + lasts_s] = dice.uniform(0.2, 0.7) if dice.random() < cloudy else 1.0
            now_s += lasts_s
        pv.append(PEAK_W * arch * sky)
        watts = np.full(DAY_S, 250.0)
        watts[8 * 3600 : 20 * 3600] = kitchen(dice.randrange(1 << 20))
        load.append(watts)
    pv_w = np.concatenate(pv)
    return Weeks(
        pv_w,
        np.concatenate(load),
        (pv_w > 0.0).astype(np.uint8),
        np.full(len(pv_w) // 30 + 1, np.nan),
    )


@lru_cache(maxsize=2)
def measured_weeks(name: str, first_day: int, days: int, seed: int = 1) -> Weeks:
    """Days of a measured month, refined to seconds."""
    weather = read_weather(DATA / f"{name}_1min.csv.gz")
    place = place_of(weather)
    series = MeasuredSeries(weather, place=place, planes=PLANES, refined=True, seed=seed)
    made = made_inputs(series, series.start_utc_s + first_day * DAY_S, days * DAY_S, place)
    return Weeks(made.pv_w, made.load_w, made.day, made.clear_w)


def heater_of(kind: str) -> tuple[HeaterParams, OutletParams]:
    """A benchmark's regulator, or a relay alone."""
    if kind != RELAY:
        made = ours(kind, PLACE, home_of("dc-zero").plant)
        return made.params, made.outlet
    load = Load(id="boiler", max_w=HEATER_W, output=GpioOutput(relay=Relay(pin=17)))
    planes = tuple(Plane(peak_w=w, tilt_deg=t, azimuth_deg=a) for w, t, a in PLANES)
    site = Site(latitude=PLACE[0], longitude=PLACE[1], planes=planes)
    return heater_params(settings_of(Config(site=site, sources=(), loads=(load,)))), outlet_params(
        load
    )


def live(
    weeks: Weeks,
    home: str,
    kind: str = DIGITAL,
    *,
    age: int = 1,
    every: int = 1,
    load_scale: float = 1.0,
    margin_w: float = 30.0,
    tolerance_w: float = 30.0,
    breaks: Breaks = Breaks(),  # noqa: B008 - a frozen tuple
) -> Found:
    """All the weeks in the home called ``home``; samples are ``age`` old and come ``every``."""
    plant = home_of(home).plant
    params, outlet = heater_of(kind)
    hunt = params.hunt._replace(margin_w=margin_w, tolerance_w=tolerance_w)
    load_w = load_scale * home_of(home).load_share * weeks.load_w
    counts = np.zeros(max(Why) + 1, np.int64)
    _, _, watch = compile_kernel(watched_course)(
        plant,
        params._replace(hunt=hunt),
        outlet,
        begun(plant, HomeInputs(load_l1_w=float(load_w[0]), grid_up=plant.grid)),
        Driven(),
        Watch(),
        breaks,
        age,
        every,
        7.0 if age + every < 6 else min(300.0, age + every + 90.0),
        weeks.pv_w,
        load_w,
        weeks.day,
        weeks.clear_w,
        np.zeros((age + every + MORE_ROWS, COLUMNS)),
        counts,
    )
    return Found(watch, {why: int(counts[why]) for why in Why if counts[why]})
