"""The short way from meters to decide's numbers gives what the production way gives."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.benchmarks.homes import HOMES, Home
from pvopt.benchmarks.told import told
from pvopt.decide.site_now import SiteNow, site_now
from pvopt.model import Instant
from pvopt.simulator.home import HomeControls, HomeInputs, HomeParams, HomeState, home_step
from pvopt.simulator.meters import Meters, read_meters
from pvopt.simulator.told_site import site_of

THREE = HomeParams(phases=3, grid_setpoint_w=30.0, pv_ac_rated_w=3000.0, charger_b_rated_w=2000.0)
PLANTS = (
    *(home.plant.home for home in HOMES),
    THREE,
    HomeParams(generator_w=4000.0),
    HomeParams(inverter_w=0.0, pv_ac_rated_w=2000.0, ac_feed_in=False),
)
WATTS = st.floats(0.0, 6000.0)


def same(short: SiteNow, long: SiteNow) -> None:
    for name, here, there in zip(SiteNow._fields, short, long, strict=True):
        assert type(here) is type(there), name
        if isinstance(here, float) and math.isnan(here):
            assert math.isnan(there), name
        else:
            assert here == there, name


def both(params: HomeParams, meters: Meters, at_s: float, now_s: float) -> None:
    site = site_of(params, meters, at_s, "gx", 7.0)
    same(told(params, meters, at_s, now_s, 7.0), site_now(site, Instant(now_s, 0.0, True)))


@settings(max_examples=150, deadline=None)
@given(
    params=st.sampled_from(PLANTS),
    sun=st.tuples(WATTS, WATTS, WATTS),
    house=st.tuples(WATTS, st.sampled_from([0.0, 700.0]), st.sampled_from([0.0, 900.0])),
    soc_pct=st.sampled_from([0.0, 0.3, 19.0, 21.0, 60.0, 99.0, 100.0]),
    knob_pct=st.floats(0.0, 100.0),
    grid=st.booleans(),
    generator=st.booleans(),
    seconds=st.sampled_from([1, 8, 60]),
)
def test_told_is_site_now_of_site_of(
    params: HomeParams,
    sun: tuple[float, float, float],
    house: tuple[float, float, float],
    soc_pct: float,
    knob_pct: float,
    grid: bool,
    generator: bool,
    seconds: int,
) -> None:
    inputs = HomeInputs(*sun, *house, grid_up=grid, generator_on=generator)
    state = HomeState(soc_pct=soc_pct)
    controls = HomeControls(knob_pct > 0.0, knob_pct)
    for _ in range(seconds):
        state, flows = home_step(params, state, inputs, controls, 1.0)
    both(params, read_meters(params, flows, inputs), 100.0, 160.0)


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_each_home_at_noon(home: Home) -> None:
    params = home.plant.home
    inputs = HomeInputs(
        pv_a_w=3300.0 if params.charger_a_rated_w else 0.0,
        pv_ac_w=3300.0 if params.pv_ac_rated_w else 0.0,
        load_l1_w=350.0,
        grid_up=home.plant.grid,
    )
    state = HomeState(soc_pct=99.9)
    for _ in range(60):
        state, flows = home_step(params, state, inputs, HomeControls(), 1.0)
    both(params, read_meters(params, flows, inputs), 60.0, 61.0)
