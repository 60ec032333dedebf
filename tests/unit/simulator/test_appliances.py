"""Appliances beside the heater: watts, thermostats, the account, and the home's balance."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.appliances import (
    HYSTERESIS_C,
    START_C,
    THERMOSTAT_C,
    Appliance,
    ApplianceParams,
    Household,
    points_w,
)
from pvopt.simulator.home import HomeInputs, HomeParams, HomeState
from pvopt.simulator.regulator import CURVE_LINEAR
from pvopt.simulator.world import World

BOILER = ApplianceParams("ecs", 2000.0, tank_l=200.0)
PLUG = ApplianceParams("towels", 596.0, phase=2, curve=CURVE_LINEAR)
NO_LOSS_C = 20.0


def lived(one: Appliance, seconds: int, alive: bool = True) -> Appliance:
    for _ in range(seconds):
        one.begin()
        one.passed(HomeInputs(), alive, 0.0, 1.0)
    return one


@pytest.mark.parametrize(("percent", "watts"), [(0, 0), (25, 292.9), (50, 1000), (100, 2000)])
def test_watts_of_a_phase_angle_regulator(percent: float, watts: float) -> None:
    one = Appliance(BOILER)
    one.percent = percent
    assert one.begin() == pytest.approx(watts, abs=0.05)


def test_watts_of_a_measured_regulator() -> None:
    points = ((0.0, 0.0), (50.0, 900.0), (100.0, 2000.0))
    assert [points_w(points, p) for p in (-1, 0, 25, 50, 75, 100, 101)] == [
        0.0, 0.0, 450.0, 900.0, 1450.0, 2000.0, 2000.0,
    ]  # fmt: skip


def test_a_kilowatt_hour_warms_200_l_by_4_4_k() -> None:
    one = Appliance(BOILER._replace(draw_share=0.0))
    one.percent = 100.0
    lived(one, 1800)
    assert one.totals.drawn_wh == pytest.approx(1000.0)
    assert one.tank_c - START_C == pytest.approx(4.36 - 0.09, abs=0.02)  # 40 W are lost


def test_the_thermostat_opens_and_closes_again() -> None:
    one = Appliance(BOILER._replace(tank_l=5.0))
    one.percent = 100.0
    seen = [(lived(one, 1).drawn_w, one.tank_c) for _ in range(1800)]
    assert THERMOSTAT_C <= max(c for _, c in seen) < THERMOSTAT_C + 0.2
    assert {w for w, _ in seen} == {0.0, 2000.0}
    after = seen[[c >= THERMOSTAT_C for _, c in seen].index(True) + 1 :]
    assert min(c for w, c in after if w == 0.0) > THERMOSTAT_C - HYSTERESIS_C - 0.2


def test_a_plug_without_tank_draws_as_long_as_it_is_on() -> None:
    one = Appliance(PLUG)
    one.percent = 100.0
    assert lived(one, 7200).totals.drawn_wh == pytest.approx(2 * 596.0)
    one.percent = 0.0
    assert lived(one, 1).drawn_w == 0.0
    assert (one.totals.switched, one.totals.on_s) == (1, 7200.0)


def test_without_ac_nothing_is_drawn_and_the_water_cools() -> None:
    one = Appliance(BOILER)
    one.percent = 100.0
    lived(one, 3600, alive=False)
    assert one.totals.drawn_wh == 0.0
    assert one.tank_c < START_C


def test_watts_come_onto_their_phases() -> None:
    kitchen = Appliance(PLUG._replace(phase=0, watts=900.0))
    ones = [Appliance(PLUG), kitchen, Appliance(BOILER)]
    for one in ones:
        one.percent = 100.0
    inputs = Household(lambda s: HomeInputs(load_l1_w=100.0, load_l3_w=50.0), ones)(0.0)
    assert (inputs.load_l1_w, inputs.load_l2_w, inputs.load_l3_w) == (2400.0, 896.0, 350.0)


def test_what_the_grid_gave_is_laid_to_the_loads() -> None:
    one = Appliance(PLUG)
    household = Household(lambda s: HomeInputs(load_l1_w=300.0), [one])
    one.percent = 100.0
    household.grid_w = lambda: 149.0
    for second in range(3601):
        household(float(second))
    assert one.totals.drawn_wh == pytest.approx(596.0)
    assert one.totals.bought_wh == pytest.approx(149.0)
    assert household.house_wh == pytest.approx(300.0)
    household.grid_w = lambda: 10_000.0
    household(7200.0)
    assert one.totals.bought_wh == pytest.approx(149.0 + 596.0)


@given(
    st.lists(st.floats(0.0, 100.0), min_size=1, max_size=40),
    st.floats(0.0, 4000.0),
    st.booleans(),
)
def test_the_home_balances_with_them(percents: list[float], sun_w: float, grid_up: bool) -> None:
    """grid + pv = load + battery + conversion loss, each second, whatever they are told."""
    ones = [Appliance(BOILER), Appliance(PLUG)]
    household = Household(lambda s: HomeInputs(pv_a_w=sun_w, grid_up=grid_up), ones)
    world = World(HomeParams(), household, 0.0, HomeState())
    household.alive = lambda: world.flows.ac_up
    drawn_wh = 0.0
    for percent in percents:
        for one in ones:
            one.percent = percent
        world.advance(1.0)
        now = world.flows
        drawn_wh += now.load_w / 3600.0
        assert now.grid_w + now.pv_w == pytest.approx(
            now.load_w + now.battery_w + now.conversion_loss_w, abs=1e-6
        )
    household(world.utc_s)  # the last second has passed for them, too
    counted_wh = math.fsum(one.totals.drawn_wh for one in ones)
    assert counted_wh == pytest.approx(drawn_wh, abs=1e-6)
