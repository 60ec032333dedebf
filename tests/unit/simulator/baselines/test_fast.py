"""The quick laws: bucket, integrators and PID, with their time constants."""

from __future__ import annotations

import math

import pytest

from pvopt.simulator.baselines.f1atb import F1atbParams, F1atbState, f1atb_step, f1atb_watts
from pvopt.simulator.baselines.mk2 import Mk2Params, Mk2State, mk2_step
from pvopt.simulator.baselines.types import Heater, Sees
from pvopt.simulator.baselines.yasolr import YasolrParams, YasolrState, yasolr_step
from tests.unit.simulator.baselines.rig import HEATER, law_named, seconds_to, steady, watts_of


def test_the_bucket_fills_before_the_first_cycle() -> None:
    """1000 W are 20 J a cycle; the load comes on above 180 J, so after the tenth of 50."""
    state, watts, closed = mk2_step(
        Mk2Params(), Mk2State(), Sees(grid_w=-1000.0, age_s=1.0), HEATER, 1.0
    )
    assert watts == 40.0 * 20  # from then on two cycles of four
    assert closed
    assert 160.0 <= state.level_j <= 200.0


@pytest.mark.parametrize(("level_j", "on"), [(179.0, False), (180.0, False), (181.0, True)])
def test_above_the_half_the_load_comes_on(level_j: float, on: bool) -> None:
    one_cycle = Sees(grid_w=0.0)
    assert mk2_step(Mk2Params(), Mk2State(level_j), one_cycle, HEATER, 0.02)[0].on == on


@pytest.mark.parametrize(("level_j", "on"), [(219.0, False), (220.0, True), (221.0, True)])
def test_below_the_half_the_load_goes_off(level_j: float, on: bool) -> None:
    """One cycle of 2000 W takes 40 J."""
    one_cycle = Sees(grid_w=0.0)
    assert mk2_step(Mk2Params(), Mk2State(level_j, True), one_cycle, HEATER, 0.02)[0].on == on


@pytest.mark.parametrize(("grid_w", "level_j"), [(-50000.0, 360.0), (50000.0, 0.0)])
def test_the_bucket_is_never_fuller_than_full_or_emptier_than_empty(
    grid_w: float, level_j: float
) -> None:
    state, _, _ = mk2_step(Mk2Params(), Mk2State(), Sees(grid_w=grid_w), HEATER, 1.0)
    assert state.level_j == level_j


def test_an_old_number_makes_the_bucket_swing_to_the_end() -> None:
    old = Sees(grid_w=-500.0, own_w=0.0, age_s=60.0)
    state, _, _ = mk2_step(Mk2Params(), Mk2State(), old, HEATER, 1.0)
    assert mk2_step(Mk2Params(), state, old, HEATER, 1.0)[1] == 2000.0


@pytest.mark.parametrize("max_w", [1000.0, 2000.0, 4000.0])
def test_f1atb_closes_with_20000_by_its_watts(max_w: float) -> None:
    export_w = 0.8 * max_w
    asked = watts_of(law_named("f1atb"), steady(export_w), 100, Heater(max_w))
    reached_s = seconds_to(asked, (1.0 - math.exp(-1.0)) * export_w)
    assert reached_s == pytest.approx(20000.0 / max_w, rel=0.1, abs=1.0)


def test_f1atb_opens_one_percent_a_pass_by_1000_w() -> None:
    old = Sees(grid_w=-1000.0, age_s=60.0)
    state, _, _ = f1atb_step(F1atbParams(), F1atbState(), old, HEATER, 0.2)
    assert state.closing_pct == pytest.approx(99.0001)
    state, watts, _ = f1atb_step(F1atbParams(), F1atbState(), old, HEATER, 1.0)
    assert state.closing_pct == pytest.approx(95.0005)
    assert watts == pytest.approx((20.0 + 40.0 + 60.0 + 80.0 + 100.0) / 5.0)


def test_f1atb_creeps_shut_without_a_measure() -> None:
    state, _, _ = f1atb_step(F1atbParams(), F1atbState(50.0), Sees(), HEATER, 1.0)
    assert state.closing_pct == pytest.approx(50.0005)


@pytest.mark.parametrize(("closing_pct", "watts"), [(49.4, 1020.0), (49.5, 1000.0), (100.0, 0.0)])
def test_f1atb_sends_whole_percents(closing_pct: float, watts: float) -> None:
    assert f1atb_watts(closing_pct, 2000.0) == pytest.approx(watts)


@pytest.mark.parametrize("max_w", [500.0, 1000.0, 2000.0])
def test_esphome_closes_with_10000_by_its_watts(max_w: float) -> None:
    export_w = 0.8 * max_w
    asked = watts_of(law_named("esphome"), steady(export_w), 100, Heater(max_w))
    reached_s = seconds_to(asked, (1.0 - math.exp(-1.0)) * export_w)
    assert reached_s == pytest.approx(10000.0 / max_w, rel=0.1, abs=1.0)


def test_esphome_without_a_measure_is_shut() -> None:
    law = law_named("esphome")
    asked = watts_of(law, steady(1000.0), 1)
    assert asked == [200.0]
    state, watts, _ = law.step(law.params, law.state._replace(level_pct=50.0), Sees(), HEATER, 1.0)
    assert (state.level_pct, watts) == (0.0, 0.0)


def test_the_first_steps_of_the_pid() -> None:
    first = Sees(grid_w=-1000.0)
    state, watts, _ = yasolr_step(YasolrParams(), YasolrState(), first, HEATER, 1.0)
    assert watts == pytest.approx(300.0)
    second = Sees(grid_w=-700.0)
    _, watts, _ = yasolr_step(YasolrParams(), state, second, HEATER, 1.0)
    assert watts == pytest.approx(-30.0 + 300.0 + 210.0)


def test_the_pid_forgets_long_import_at_the_first_export() -> None:
    law = law_named("yasolr")
    state = law.state
    for _ in range(60):
        state, watts, _ = law.step(law.params, state, Sees(grid_w=500.0), HEATER, 1.0)
        assert watts == 0.0
    assert state.i_w == -800.0
    state, watts, _ = law.step(law.params, state, Sees(grid_w=-600.0), HEATER, 1.0)
    assert (watts, state.i_w) == (0.0, 0.0)  # begins anew
    assert law.step(law.params, state, Sees(grid_w=-600.0), HEATER, 1.0)[1] == pytest.approx(180.0)


def test_the_pid_computes_at_the_latest_each_2_s_and_ends_after_10() -> None:
    law = law_named("yasolr")
    state, _, _ = law.step(law.params, law.state, Sees(grid_w=-1000.0), HEATER, 1.0)
    silent = Sees(grid_w=-1000.0, fresh=False)
    asked = []
    for _ in range(12):
        state, watts, _ = law.step(law.params, state, silent, HEATER, 1.0)
        asked.append(watts)
    assert asked[:4] == pytest.approx([300.0, 600.0, 600.0, 900.0])
    assert asked[9] > 0.0
    assert asked[10:] == [0.0, 0.0]
