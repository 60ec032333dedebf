"""A driver that has stopped is told from a living home by our own steps."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from pvopt.decide.frozen import RETRY_S, SETTLE_S, STILL_S, FrozenMeters, FrozenState, frozen_step

NEW = FrozenState()
Meters = Callable[[int], tuple[float, float, float, float]]


def still(_: int) -> tuple[float, float, float, float]:
    return 350.0, -1000.0, 60.0, 1500.0


def after(
    own_w: Callable[[int], float],
    seconds: int,
    meters: Meters = still,
    state: FrozenState = NEW,
    start: int = 0,
) -> FrozenState:
    for t in range(start, start + seconds):
        load_w, grid_w, battery_w, pv_w = meters(t)
        now = FrozenMeters(load_w, grid_w, battery_w, pv_w, own_w(t), 0.0, True)
        state = frozen_step(state, now, 1.0)
    return state


def two_steps(t: int) -> float:
    return 0.0 if t < 5 else 200.0 if t < 10 else 400.0


def test_two_steps_of_200_w_that_nothing_follows_are_a_frozen_source() -> None:
    assert not after(two_steps, int(STILL_S)).frozen
    assert after(two_steps, int(STILL_S) + 1).frozen


def test_the_second_step_must_have_had_time_to_show() -> None:
    def late(t: int) -> float:
        return 0.0 if t < 5 else 200.0 if t < 40 else 400.0

    assert not after(late, 40 + int(SETTLE_S)).frozen
    assert after(late, 41 + int(SETTLE_S)).frozen


@pytest.mark.parametrize("second_w", [399.0, 400.0])
def test_one_step_and_a_little_are_not_two(second_w: float) -> None:
    state = after(lambda t: 0.0 if t < 5 else 200.0 if t < 10 else second_w, 200)
    assert state.frozen == (second_w >= 400.0)


def test_small_steps_add_up() -> None:
    assert after(lambda t: min(2000.0, 40.0 * t), 40).frozen


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize(("moved_w", "frozen"), [(0.9, True), (1.0, False)])
def test_one_meter_that_moves_by_a_watt_is_life(which: int, moved_w: float, frozen: bool) -> None:
    def alive(t: int) -> tuple[float, float, float, float]:
        numbers = list(still(t))
        numbers[which] += moved_w * (t % 8 == 7)
        return numbers[0], numbers[1], numbers[2], numbers[3]

    assert after(two_steps, 100, alive).frozen == frozen


def test_meters_that_a_home_has_not_do_not_hide_a_frozen_one() -> None:
    def no_battery(t: int) -> tuple[float, float, float, float]:
        return 350.0, -1000.0, math.nan, 1500.0

    assert after(two_steps, 60, no_battery).frozen


def test_a_home_at_rest_without_steps_of_ours_is_not_frozen() -> None:
    assert not after(lambda _: 1500.0, 5000, state=FrozenState(own_w=1500.0)).frozen


def test_the_verdict_ends_when_a_meter_moves() -> None:
    state = after(two_steps, 60)
    assert state.frozen
    assert after(lambda _: 0.0, 5, still, state).frozen
    assert not after(lambda _: 0.0, 1, lambda _: (351.0, -1000.0, 60.0, 1500.0), state).frozen


def test_the_verdict_ends_by_itself_in_a_home_that_never_moves() -> None:
    state = after(two_steps, 22)
    assert after(lambda _: 0.0, int(RETRY_S) - 2, still, state).frozen
    assert not after(lambda _: 0.0, int(RETRY_S), still, state).frozen


def test_samples_that_are_not_new_prove_nothing() -> None:
    state = FrozenState()
    for t in range(100):
        now = FrozenMeters(350.0, -1000.0, 60.0, 1500.0, two_steps(t), 0.0, t == 0)
        state = frozen_step(state, now, 1.0)
    assert not state.frozen
