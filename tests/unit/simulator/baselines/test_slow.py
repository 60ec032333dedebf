"""The laws with an interval: S2, S1, S0, evcc, OpenEMS, Opportunity Loads; the forgetful one."""

from __future__ import annotations

import math

import pytest

from pvopt.simulator.baselines.evcc import EvccParams, EvccState, evcc_site_w, evcc_update
from pvopt.simulator.baselines.openems import OpenemsParams, OpenemsState, openems_step
from pvopt.simulator.baselines.s0 import S0Params, S0State, s0_step
from pvopt.simulator.baselines.s1 import S1Params, S1State, s1_step
from pvopt.simulator.baselines.s2 import S2Params, S2State, s2_allowed, s2_knob_pct, s2_step
from pvopt.simulator.baselines.types import Sees
from pvopt.simulator.baselines.victron_ol import (
    VictronOlParams,
    VictronOlState,
    victron_ol_fits,
    victron_ol_pretend_w,
    victron_ol_step,
)
from tests.unit.simulator.baselines.rig import HEATER, law_named, seconds_to, steady, watts_of

NOON = Sees(grid_w=0.0, pv_w=900.0, load_w=800.0, battery_w=10.0, soc_pct=97.0, forecast_w=2000.0)


# S2


@pytest.mark.parametrize(("hidden_w", "closed"), [(10.0, False), (11.0, True)])
def test_s2_begins_beyond_10_w_of_hope(hidden_w: float, closed: bool) -> None:
    sees = NOON._replace(forecast_w=900.0 + hidden_w)
    state, watts, is_closed = s2_step(S2Params(), S2State(), sees, HEATER, 1.0)
    assert (is_closed, watts) == (closed, 1000.0 if closed else 0.0)
    assert state.heating == closed


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"day_s": 32399.0}, False),
        ({"day_s": 32400.0}, True),
        ({"day_s": 64800.0}, True),
        ({"day_s": 64801.0}, False),
        ({"soc_pct": 95.0}, False),
        ({"soc_pct": 95.1}, True),
        ({"grid_w": 80.0}, True),
        ({"grid_w": 81.0}, False),
        ({"grid_w": math.nan}, True),
        ({"pv_w": math.nan}, False),
        ({"soc_pct": math.nan}, False),
    ],
)
def test_what_s2_asks_first(change: dict[str, float], allowed: bool) -> None:
    assert s2_allowed(S2Params(), NOON._replace(**change)) == allowed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("knob_pct", "hidden_w", "battery_w", "then_pct"),
    [
        (50.0, 100.0, 0.0, 50.0),
        (50.0, 101.0, 0.0, 60.0),
        (95.0, 101.0, 0.0, 100.0),
        (50.0, 900.0, 100.0, 60.0),
        (50.0, 900.0, 101.0, 40.0),  # charging counts as well
        (50.0, 900.0, -30.0, 60.0),  # the GX calls this idle
        (50.0, 900.0, -31.0, 40.0),
        (5.0, 0.0, -500.0, 0.0),
    ],
)
def test_how_s2_turns_the_knob(
    knob_pct: float, hidden_w: float, battery_w: float, then_pct: float
) -> None:
    assert s2_knob_pct(S2Params(), knob_pct, hidden_w, battery_w) == then_pct


def test_s2_opens_its_relay_one_pass_after_the_no() -> None:
    law = law_named("s2")
    state, _, closed = law.step(law.params, law.state, NOON, HEATER, 1.0)
    assert closed
    evening = NOON._replace(soc_pct=90.0)
    contact = []
    for _ in range(25):
        state, _, closed = law.step(law.params, state, evening, HEATER, 1.0)
        contact.append(closed)
    assert contact.index(False) == 19  # the no comes after 10 s, the relay after 20
    assert state.knob_pct == 50.0


def test_s2_climbs_10_percent_a_pass() -> None:
    asked = watts_of(law_named("s2"), lambda own_w: NOON, 31)
    assert (asked[9], asked[10], asked[20], asked[30]) == pytest.approx(
        (1000.0, 1200.0, 1400.0, 1600.0)
    )


# S1 and S0


@pytest.mark.parametrize(
    ("grid_w", "watts"),
    [(51.0, 287.25), (50.0, 300.0), (-50.0, 300.0), (-51.0, 312.75), (-400.0, 400.0)],
)
def test_s1_moves_by_a_quarter_of_the_error(grid_w: float, watts: float) -> None:
    assert s1_step(S1Params(), S1State(300.0), Sees(grid_w=grid_w), HEATER, 1.0)[1] == watts


@pytest.mark.parametrize(("grid_w", "watts"), [(-199.0, 0.0), (-200.0, 50.0)])
def test_s1_needs_200_w_to_begin(grid_w: float, watts: float) -> None:
    assert s1_step(S1Params(), S1State(), Sees(grid_w=grid_w), HEATER, 1.0)[1] == watts


def test_s1_acts_every_5_s_and_only_on_a_message() -> None:
    law = law_named("s1")
    asked = watts_of(law, lambda own_w: Sees(grid_w=-400.0), 11)
    assert [asked[k] for k in (0, 4, 5, 9, 10)] == [100.0, 100.0, 200.0, 200.0, 300.0]
    assert set(watts_of(law, lambda own_w: Sees(grid_w=-400.0, fresh=False), 11)) == {0.0}


@pytest.mark.parametrize(
    ("grid_w", "watts"),
    [(-19.0, 299.0), (-20.0, 300.0), (-39.0, 300.0), (-40.0, 320.0), (-500.0, 780.0), (200.0, 0.0)],
)
def test_s0_takes_the_whole_error_beyond_its_margin(grid_w: float, watts: float) -> None:
    assert s0_step(S0Params(), S0State(300.0), Sees(grid_w=grid_w), HEATER, 1.0)[1] == watts


@pytest.mark.parametrize(("grid_w", "watts"), [(-120.0, 0.0), (-121.0, 101.0)])
def test_s0_needs_its_least_to_begin(grid_w: float, watts: float) -> None:
    assert s0_step(S0Params(), S0State(), Sees(grid_w=grid_w), HEATER, 1.0)[1] == watts


def test_s0_does_not_feed_on_the_battery() -> None:
    sees = Sees(grid_w=-500.0, battery_w=-300.0)
    assert s0_step(S0Params(), S0State(), sees, HEATER, 1.0)[1] == 180.0


def test_s0_ends_when_the_meters_are_silent() -> None:
    silent = Sees(grid_w=-40.0, fresh=False)
    asked = watts_of(law_named("s0"), lambda own_w: silent, 31, state=S0State(500.0))
    assert (asked[29], asked[30]) == (500.0, 0.0)


# evcc


def test_evcc_begins_after_a_minute_and_ends_after_three() -> None:
    asked = watts_of(law_named("evcc"), steady(1000.0), 200)
    assert seconds_to(asked, 1.0) == 61
    assert asked[60] == 28.0  # 0.125 A first
    assert seconds_to(asked, 900.0) == 91
    state, own_w, seconds = EvccState(True, 4.0), 920.0, 0
    law = law_named("evcc")
    while own_w > 0.0:
        state, own_w, _ = law.step(law.params, state, Sees(grid_w=own_w + 300.0), HEATER, 1.0)
        seconds += 1
    assert seconds == 181


def test_evcc_counts_the_measured_heater() -> None:
    sees = Sees(grid_w=-1150.0, own_w=230.0)
    after = evcc_update(EvccParams(), EvccState(True, 3.0), sees, HEATER)
    assert after.amps == pytest.approx(6.0)


@pytest.mark.parametrize(("own_w", "amps"), [(28.0, 0.125), (29.0, 29.0 / 230.0)])
def test_evcc_holds_the_least(own_w: float, amps: float) -> None:
    sees = Sees(grid_w=0.0, own_w=own_w)
    assert evcc_update(EvccParams(), EvccState(True, 1.0), sees, HEATER).amps == amps


@pytest.mark.parametrize(
    ("soc_pct", "battery_w", "site_w"),
    [
        (100.0, 400.0, -700.0),
        (99.0, 400.0, -200.0),
        (100.0, -400.0, 100.0),
        (99.0, -400.0, 200.0),
        (math.nan, math.nan, -300.0),
    ],
)
def test_evcc_and_the_battery(soc_pct: float, battery_w: float, site_w: float) -> None:
    sees = Sees(grid_w=-300.0, battery_w=battery_w, soc_pct=soc_pct)
    assert evcc_site_w(EvccParams(), sees) == site_w


# OpenEMS


@pytest.mark.parametrize(
    ("grid_w", "level"), [(-666.0, 0), (-667.0, 1), (-1334.0, 2), (-1999.0, 2), (-2001.0, 3)]
)
def test_openems_takes_whole_elements(grid_w: float, level: int) -> None:
    sees = Sees(grid_w=grid_w)
    state, watts, closed = openems_step(OpenemsParams(), OpenemsState(), sees, HEATER, 1.0)
    assert state.level == level
    assert watts == pytest.approx(level * 2000.0 / 3.0)
    assert closed == (level > 0)


def test_openems_waits_more_than_a_minute_between_levels() -> None:
    state, _, _ = openems_step(OpenemsParams(), OpenemsState(), Sees(grid_w=-700.0), HEATER, 1.0)
    seconds = 0
    while state.level == 1:
        state, _, _ = openems_step(OpenemsParams(), state, Sees(grid_w=900.0), HEATER, 1.0)
        seconds += 1
    assert seconds == 61


def test_openems_does_not_feed_on_the_battery() -> None:
    sees = Sees(grid_w=-700.0, battery_w=-100.0)
    assert openems_step(OpenemsParams(), OpenemsState(), sees, HEATER, 1.0)[0].level == 0


# Opportunity Loads


def test_opportunity_loads_pretend_until_the_load_fits() -> None:
    full = Sees(grid_w=0.0, pv_w=1000.0, load_w=400.0, battery_w=50.0, soc_pct=99.0, feed_in=False)
    asked = watts_of(law_named("victron-ol"), lambda own_w: full, 90)
    assert seconds_to(asked, 2000.0) == 1 + 14 * 5


@pytest.mark.parametrize(
    ("soc_pct", "battery_w", "feed_in", "then_w"),
    [
        (99.0, 1.0, False, 400.0),
        (98.9, 1.0, False, 300.0),
        (99.0, 0.0, False, 300.0),
        (100.0, -500.0, False, 400.0),
        (97.1, 1.0, False, 300.0),
        (97.0, 1.0, False, 0.0),
        (99.0, 1.0, True, 0.0),
    ],
)
def test_the_pretended_power(
    soc_pct: float, battery_w: float, feed_in: bool, then_w: float
) -> None:
    sees = Sees(soc_pct=soc_pct, battery_w=battery_w, feed_in=feed_in)
    assert victron_ol_pretend_w(VictronOlParams(), 300.0, sees) == then_w


@pytest.mark.parametrize(
    ("soc_pct", "dc_w", "limit_w", "fits"),
    [
        (97.0, 2299.0, math.nan, False),
        (97.0, 2300.0, math.nan, True),
        (50.0, 4999.0, 3000.0, False),
        (50.0, 5000.0, 3000.0, True),
        (99.0, 2000.0, math.nan, True),
        (99.0, 1999.0, math.nan, False),
        (math.nan, 2050.0, math.nan, False),
        (math.nan, 2051.0, math.nan, True),
    ],
)
def test_what_must_remain_for_the_battery(
    soc_pct: float, dc_w: float, limit_w: float, fits: bool
) -> None:
    sees = Sees(soc_pct=soc_pct, charge_limit_w=limit_w, feed_in=False)
    assert victron_ol_fits(VictronOlParams(), sees, 0.0, dc_w, 2000.0) == fits


def test_ac_power_is_claimed_before_dc() -> None:
    sees = Sees(soc_pct=99.0, feed_in=False)
    assert victron_ol_fits(VictronOlParams(), sees, 2000.0, 0.0, 2000.0)
    assert victron_ol_fits(VictronOlParams(), sees, 1500.0, 500.0, 2000.0)
    assert not victron_ol_fits(VictronOlParams(), sees, 1500.0, 499.0, 2000.0)


def test_opportunity_loads_hold_for_30_s() -> None:
    sunny = Sees(pv_w=5000.0, load_w=300.0, soc_pct=98.0)
    dark = Sees(pv_w=0.0, load_w=2300.0, soc_pct=98.0, own_w=2000.0)
    state, _, on = victron_ol_step(VictronOlParams(), VictronOlState(), sunny, HEATER, 1.0)
    assert on
    seconds = 0
    while on:
        state, _, on = victron_ol_step(VictronOlParams(), state, dark, HEATER, 1.0)
        seconds += 1
    assert seconds == 30


# The one that forgets


def test_the_forgetful_law_swings_for_ever() -> None:
    asked = watts_of(law_named("forgetful"), steady(1200.0), 100)
    assert asked == [1000.0, 0.0] * 50


@pytest.mark.parametrize(("export_w", "watts"), [(499.0, 0.0), (500.0, 500.0), (9000.0, 2000.0)])
def test_the_forgetful_law_in_steps(export_w: float, watts: float) -> None:
    assert watts_of(law_named("forgetful"), steady(export_w), 1) == [watts]
