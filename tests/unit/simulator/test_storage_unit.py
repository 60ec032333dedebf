"""A storage's own mind: cycle, delay, ramp, floor, and energy that adds up."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.storage_unit import B2500, StorageParams, StorageState, storage_step


def run(
    params: StorageParams, told_w: float, seconds: int, state: StorageState | None = None
) -> list[StorageState]:
    states = []
    now = StorageState() if state is None else state
    for _ in range(seconds):
        now = storage_step(params, now, told_w, 1.0)
        states.append(now)
    return states


def powers(states: list[StorageState]) -> list[float]:
    return [state.power_w for state in states]


def test_the_worked_example_of_a_ramp_after_a_delay() -> None:
    params = StorageParams(ramp_w_s=100.0, delay_s=1.0)
    assert powers(run(params, -300.0, 5)) == [0.0, -100.0, -200.0, -300.0, -300.0]


@pytest.mark.parametrize("delay_s", [1.0, 4.0, 10.0])
def test_nothing_moves_before_the_delay_is_over(delay_s: float) -> None:
    moved = powers(run(StorageParams(delay_s=delay_s), -300.0, 15))
    assert moved.index(-300.0) == delay_s


def test_it_looks_once_a_cycle_only() -> None:
    params = StorageParams(cycle_s=5.0, delay_s=0.0)
    state = run(params, -100.0, 1)[-1]
    after = powers(run(params, -300.0, 6, state))
    assert after == [-100.0] * 4 + [-300.0] * 2


def test_a_change_is_made_again_each_cycle_until_it_is_told_another() -> None:
    params = StorageParams(adjusts=True, delay_s=0.0, gain=0.9)
    assert powers(run(params, -100.0, 3)) == pytest.approx([-90.0, -180.0, -270.0])


def test_told_nothing_it_goes_on() -> None:
    params = StorageParams(adjusts=True, delay_s=0.0)
    state = run(params, -100.0, 1)[-1]
    assert powers(run(params, math.nan, 3, state)) == [-100.0] * 3


@pytest.mark.parametrize(("told_w", "power_w"), [(-79.0, 0.0), (-80.0, -80.0), (-900.0, -800.0)])
def test_below_its_floor_it_gives_nothing_and_above_its_limit_no_more(
    told_w: float, power_w: float
) -> None:
    params = StorageParams(floor_w=80.0, delay_s=0.0)
    assert run(params, told_w, 3)[-1].power_w == power_w


def test_out_of_its_rest_it_takes_longer() -> None:
    awake = StorageState(power_w=-100.0)
    params = StorageParams(delay_s=0.0, wake_s=2.0)
    assert powers(run(params, -300.0, 4)) == [0.0, 0.0, -300.0, -300.0]
    assert powers(run(params, -300.0, 1, awake)) == [-300.0]


def test_a_b2500_goes_seventeen_watts_a_second_on_each_output() -> None:
    states = powers(run(B2500._replace(cycle_s=1.0), -400.0, 30))
    steps = [before - after for before, after in pairwise(states)]
    assert max(steps) == pytest.approx(34.0)


def test_an_empty_one_gives_nothing_and_a_full_one_takes_nothing() -> None:
    params = StorageParams(delay_s=0.0, max_charge_w=500.0, empty_pct=10.0)
    assert run(params, -300.0, 3, StorageState(soc_pct=10.0))[-1].power_w == 0.0
    assert run(params, -300.0, 3, StorageState(soc_pct=11.0))[-1].power_w == -300.0
    assert run(params, 300.0, 3, StorageState(soc_pct=100.0))[-1].power_w == 0.0


def test_what_a_full_one_cannot_store_flows_through() -> None:
    full = StorageState(soc_pct=100.0)
    assert storage_step(StorageParams(), full, 0.0, 1.0, solar_w=250.0).power_w == -250.0
    less = storage_step(StorageParams(), StorageState(), 0.0, 3600.0, solar_w=224.0)
    assert less.power_w == 0.0
    assert less.soc_pct == pytest.approx(60.0)


@given(st.lists(st.floats(-2000.0, 2000.0), min_size=1, max_size=60), st.booleans())
def test_limits_hold_and_energy_adds_up_whatever_it_is_told(
    told: list[float], adjusts: bool
) -> None:
    params = StorageParams(
        max_charge_w=600.0, floor_w=80.0, ramp_w_s=50.0, delay_s=2.0, adjusts=adjusts
    )
    state = StorageState()
    for watts in told:
        state = storage_step(params, state, watts, 60.0)
        assert -800.0 <= state.power_w <= 600.0
        assert 0.0 <= state.soc_pct <= 100.0
    stored_wh = 0.01 * (state.soc_pct - 50.0) * params.capacity_wh
    if 0.0 < state.soc_pct < 100.0:
        assert stored_wh == pytest.approx(0.9 * state.in_wh - state.out_wh, abs=1e-6)
