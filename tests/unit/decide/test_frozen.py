"""A driver that has stopped is told from a living home by our own steps."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from pvopt.decide.frozen import (
    BY_ITSELF,
    DRAWN_S,
    DRAWN_SAMPLES,
    DRAWN_W,
    LIVELY_S,
    LONGER,
    MOST_RETRY_S,
    MOST_STILL_S,
    RETRY_S,
    SETTLE_S,
    STILL_S,
    FrozenMeters,
    FrozenState,
    frozen_step,
    lively,
)

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


@pytest.mark.parametrize("own_w", [0.0, DRAWN_W - 1.0])
def test_a_home_at_rest_without_watts_of_ours_is_not_frozen(own_w: float) -> None:
    assert not after(lambda _: own_w, 5000, state=FrozenState(own_w=own_w)).frozen


def test_nothing_moves_for_ten_minutes_while_ours_draw() -> None:
    state = FrozenState(by_itself=60.0, own_w=DRAWN_W)
    assert not after(lambda _: DRAWN_W, int(DRAWN_S), state=state).frozen
    assert after(lambda _: DRAWN_W, int(DRAWN_S) + 1, state=state).frozen


def test_a_home_drawn_with_a_ruler_is_no_stopped_driver() -> None:
    """Its numbers never moved but with ours, so that they stand still says nothing."""
    for by_itself, frozen in ((BY_ITSELF - 0.1, False), (BY_ITSELF * 1.5, True)):
        state = FrozenState(by_itself=by_itself, own_w=500.0)
        for t in range(int(DRAWN_S) + 60):
            state = frozen_step(state, FrozenMeters(*still(t), 500.0, 0.0, True), 1.0)
        assert state.frozen == frozen


def test_what_moves_while_ours_rest_moves_by_itself() -> None:
    state = FrozenState()
    for t in range(100):
        load_w = 350.0 + 10.0 * (t % 2)
        meters = FrozenMeters(load_w, -1000.0, 60.0, 1500.0, 500.0, 0.0, True)
        state = frozen_step(state, meters, 1.0)
    assert 60.0 < state.by_itself < 80.0


def test_ten_minutes_of_few_samples_are_too_few() -> None:
    """A portal that sends every five minutes: ten samples it takes."""
    state = FrozenState(by_itself=60.0, own_w=500.0)
    for t in range(300 * DRAWN_SAMPLES + 1):
        assert not state.frozen
        now = FrozenMeters(*still(t), 500.0, 20.0, t % 300 == 0)
        state = frozen_step(state, now, 1.0)
        if t == 300 * (DRAWN_SAMPLES - 1):
            break
    assert state.frozen


def minutes(t: int) -> tuple[float, float, float, float]:
    """A source whose numbers are those of a minute."""
    return 350.0 + t // 60, -1000.0, 60.0, 1500.0


def test_a_source_that_stands_still_for_a_minute_is_given_its_minute() -> None:
    """An open thermostat takes no step; numbers change with the minute all the same. Its first
    minute is not known to be one."""

    def steps(t: int) -> float:
        return 200.0 * (t // 7 % 3)

    state = after(steps, 61, minutes)
    assert not state.frozen
    for t in range(61, 3600):
        now = FrozenMeters(*minutes(t), steps(t), 0.0, True)
        state = frozen_step(state, now, 1.0)
        assert not state.frozen


@pytest.mark.parametrize("more_s", [-4, 2])
def test_it_must_be_still_for_half_as_long_again_as_ever_of_late(more_s: int) -> None:
    lively = after(lambda _: 0.0, 301, minutes)

    def stopped(t: int) -> tuple[float, float, float, float]:
        return minutes(300)

    state = after(two_steps, int(LONGER * 60.0) + more_s, stopped, lively)
    assert state.frozen == (more_s > 0)


def test_what_was_long_ago_is_forgotten_and_a_stopped_driver_is_no_measure() -> None:
    state = after(lambda _: 0.0, 5000)
    state = after(lambda _: 0.0, 1, lambda _: (360.0, -1000.0, 60.0, 1500.0), state)
    assert state.longest_s == pytest.approx(MOST_STILL_S, rel=0.01)
    state = after(lambda _: 0.0, 4 * 3600, lambda t: (350.0 + 2 * (t % 2), 0.0, 0.0, 0.0), state)
    assert state.longest_s < STILL_S / LONGER


def test_voltages_are_numbers_too() -> None:
    state = FrozenState()
    for t in range(120):
        now = FrozenMeters(
            *still(t), two_steps(t), 0.0, True, battery_v=52.0 + 0.01 * (t // 15 % 2)
        )
        state = frozen_step(state, now, 1.0)
    assert not state.frozen


def test_a_source_that_stands_still_tells_nothing_of_our_contacts() -> None:
    state = after(lambda _: 0.0, int(LIVELY_S) + 1)
    assert lively(state)
    assert not lively(after(lambda _: 0.0, 1, still, state))
    used_to_it = after(lambda _: 0.0, 301, minutes)
    assert lively(after(lambda _: 0.0, 80, lambda t: minutes(300), used_to_it))
    state = after(two_steps, 22)
    assert state.frozen
    state = after(lambda _: 0.0, int(RETRY_S) + 5, still, state)
    assert not state.frozen
    assert not lively(state)  # nothing has moved yet
    assert lively(after(lambda _: 0.0, 1, lambda _: (360.0, 0.0, 0.0, 0.0), state))


def test_where_nothing_ever_moves_it_is_tried_ever_more_rarely() -> None:
    state, own_w, begins = FrozenState(), 0.0, []
    for t in range(6 * 3600):
        own_w = 0.0 if state.frozen else 200.0 * (t // 10 % 4)
        was = state.frozen
        state = frozen_step(state, FrozenMeters(*still(t), own_w, 0.0, True), 1.0)
        if state.frozen and not was:
            begins.append(state.wait_s)
    assert begins[:4] == [RETRY_S, 2 * RETRY_S, 4 * RETRY_S, MOST_RETRY_S]
    assert state.retry_s == MOST_RETRY_S


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
