"""The second of a run, interpreted: what is remembered, who sees it when, and the bill."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.benchmarks.course import (
    COLUMNS,
    HOT_C,
    OWN,
    Course,
    Plant,
    inputs_of,
    lived,
    recalled,
    remember,
)
from pvopt.benchmarks.homes import SOC_PCT, home_of
from pvopt.benchmarks.reference import Late, late_budget_w, reference_course
from pvopt.benchmarks.rivals import Rivals, rival_course, seen
from pvopt.benchmarks.runs import RIVALS, begun, linear
from pvopt.simulator.home import HomeControls, HomeState
from pvopt.simulator.world import World

np = pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
OFF = HomeControls(False, 0.0)


def heater(watts: float) -> HomeControls:
    return HomeControls(True, watts / 20.0)


def run(plant: Plant, course: Course, asked: list[float], pv_w: float, load_w: float) -> Course:
    before = OFF
    for watts in asked:
        controls = heater(watts) if watts else OFF
        course = lived(plant, course, inputs_of(plant, pv_w, load_w, 0.0), before, controls)
        before = controls
    return course


def start(name: str, pv_w: float, load_w: float) -> tuple[Plant, Course]:
    plant = linear(home_of(name).plant)
    return plant, begun(plant, inputs_of(plant, pv_w, load_w, 0.0))


def test_the_worst_minute_is_a_mean_beyond_the_house() -> None:
    """2000 W for 30 s of the second minute, without sun: 1000 W; the house's 500 W do not count."""
    plant, course = start("no-battery", 0.0, 500.0)
    course = run(plant, course, [0.0] * 60 + [2000.0] * 30 + [0.0] * 30, 0.0, 500.0)
    assert course.worst_minute_w == pytest.approx(1000.0)
    assert course.totals.not_solar_pct == pytest.approx(100.0)


def test_a_minute_that_has_not_ended_does_not_count_yet() -> None:
    plant, course = start("no-battery", 0.0, 500.0)
    half = run(plant, course, [2000.0] * 59, 0.0, 500.0)
    assert half.worst_minute_w == 0.0
    assert run(plant, half, [0.0], 0.0, 500.0).worst_minute_w == pytest.approx(2000.0 * 59 / 60)


def test_switches_moves_and_travel() -> None:
    """On at 50 %, a move of one step, one below the resolution, off: two switches."""
    plant, course = start("no-battery", 3000.0, 500.0)
    assert plant.resolution_pct == 100.0 / 256.0
    course = run(plant, course, [1000.0, 1010.0, 1015.0, 0.0], 3000.0, 500.0)
    assert course.totals.switches == 2
    assert course.totals.moves == 3  # 50 % up, 0.5 % up, 50.75 % down; 0.25 % is none
    assert course.totals.travel_pct == pytest.approx(101.5)


def test_hot_water_counts_from_its_temperature_on() -> None:
    plant, course = start("no-battery", 0.0, 0.0)
    inputs = inputs_of(plant, 0.0, 0.0, 0.1)
    for tank_c, hot_l in ((HOT_C + 0.5, 0.1), (HOT_C - 0.5, 0.0)):
        state = course.home._replace(tank_c=tank_c, tank_top_c=tank_c)
        after = lived(plant, course._replace(home=state), inputs, OFF, OFF)
        assert after.drawn_l == pytest.approx(0.1)
        assert after.hot_l == pytest.approx(hot_l)


@pytest.mark.parametrize("age", [1, 60])
def test_meters_are_seen_so_late_and_before_the_start_as_at_it(age: int) -> None:
    plant, course = start("dc-feed", 3000.0, 350.0)
    ring: Any = np.zeros((age + 2, COLUMNS))
    heat, known = [], []
    for k in range(age + 10):
        remember(plant, course, ring)
        now = recalled(ring, course.tick, age, 7.0)
        assert now.now_s - now.at_s == age
        known.append(ring[max(0, course.tick - age) % len(ring)][OWN])
        heat.append(course.flows.heater_w)
        controls = heater(100.0 + 10.0 * k)
        course = lived(plant, course, inputs_of(plant, 3000.0, 350.0, 0.0), OFF, controls)
    assert known == [heat[max(0, k - age)] for k in range(age + 10)]


def test_a_rival_sees_the_hours_forecast_and_its_own_heat() -> None:
    plant, course = start("dc-zero", 3000.0, 350.0)
    course = run(plant, course, [800.0] * 3, 3000.0, 350.0)
    ring: Any = np.zeros((3, COLUMNS))
    remember(plant, course, ring)
    sees = seen(ring, course.tick, 0, 1234.0, 40_000.0)
    assert sees.own_w == pytest.approx(800.0)
    assert sees.load_w == pytest.approx(1150.0)
    assert (sees.forecast_w, sees.day_s, sees.feed_in) == (1234.0, 40_000.0, False)


def test_a_rivals_course_gives_exactly_the_watts_it_asks() -> None:
    """s1 with 4 kW of export begins with a quarter of it."""
    plant, course = start("no-battery", 4400.0, 400.0)
    arrays = (np.full(8, 4400.0), np.full(8, 400.0), np.zeros(8), np.full(1, 4400.0))
    ring = np.zeros((3, COLUMNS))
    after, _, before = rival_course(
        plant, RIVALS.index("s1"), course, Rivals(), OFF, 1, 0.0, *arrays, ring
    )
    assert before.relay_closed
    assert after.flows.heater_w == pytest.approx(20.0 * before.knob_pct)
    assert after.flows.heater_w > 1000.0


@pytest.mark.parametrize(("pv_w", "heat_w"), [(350.0, 0.0), (1350.0, 1000.0), (4000.0, 2000.0)])
def test_the_all_knowing_takes_what_is_left(pv_w: float, heat_w: float) -> None:
    plant, course = start("no-battery", pv_w, 350.0)
    arrays = (np.full(5, pv_w), np.full(5, 350.0), np.zeros(5))
    after, _ = reference_course(plant, Late(), course, OFF, 0, *arrays, np.zeros(2))
    assert after.flows.heater_w == pytest.approx(heat_w)
    assert after.totals.heat_wh == pytest.approx(after.totals.possible_wh)


def test_who_is_late_heats_with_the_sun_of_then() -> None:
    """Sun for 5 s, then none: with data 3 s old the heater goes on for 3 s."""
    plant, course = start("no-battery", 1350.0, 350.0)
    pv_w = np.array([1350.0] * 5 + [0.0] * 5)
    known = np.zeros(4)
    heat = []
    before = OFF
    for k in range(10):
        course, before = reference_course(
            plant, Late(), course, before, 3, pv_w[k : k + 1], np.full(1, 350.0), np.zeros(1), known
        )
        heat.append(round(course.flows.heater_w))
    assert heat == [1000] * 8 + [0, 0]


@pytest.mark.parametrize(
    ("late", "watts"),
    [
        (Late(), 950.0),
        (Late(0.9, 50.0, 3), 760.0),
        (Late(0.9, 900.0, 3), 0.0),
        (Late(1.0, 0.0, 4), 0.0),
    ],
)
def test_the_worked_budget_of_one_who_is_late(late: Late, watts: float) -> None:
    known = np.array([0.0, 900.0, 1000.0, 950.0, 5000.0, 5000.0])
    assert late_budget_w(late, known, 5, 2) == pytest.approx(watts)


@pytest.mark.parametrize("name", ["dc-zero", "ac-zero", "no-battery"])
def test_a_run_begins_as_a_world_does(name: str) -> None:
    plant, course = start(name, 3000.0, 350.0)
    inputs = inputs_of(plant, 3000.0, 350.0, 0.0)
    world = World(plant.home, lambda utc_s: inputs, 0.0, HomeState(soc_pct=SOC_PCT))
    assert (course.home, course.flows) == (world.state, world.flows)
    assert course.home.soc_pct == SOC_PCT
