"""Minimum on and off times of the contact; danger ignores them."""

from __future__ import annotations

import pytest

from pvopt.decide.limits import LimitResult, LimitState, limits_step
from pvopt.decide.settings import LimitParams
from pvopt.model import Why

PARAMS = LimitParams(min_on_s=120.0, min_off_s=60.0)


def step(state: LimitState, setpoint_w: float, urgent: bool = False) -> LimitResult:
    return limits_step(PARAMS, state, setpoint_w, 1.0, urgent, 1.0)


@pytest.mark.parametrize(("since_s", "kept"), [(118.0, True), (119.0, False)])
def test_on_for_at_least_the_minimum_time(since_s: float, kept: bool) -> None:
    result = step(LimitState(True, since_s), 0.0)
    assert (result.setpoint_w, result.why) == ((1.0, Why.MIN_ON) if kept else (0.0, Why.HOLD))
    assert result.state.on == kept


@pytest.mark.parametrize(("since_s", "kept"), [(58.0, True), (59.0, False)])
def test_off_for_at_least_the_minimum_time(since_s: float, kept: bool) -> None:
    result = step(LimitState(False, since_s), 700.0)
    assert (result.setpoint_w, result.why) == ((0.0, Why.MIN_OFF) if kept else (700.0, Why.HOLD))
    assert result.needs_s == (1.0 if kept else 0.0)


def test_a_start_counts_as_just_switched_off() -> None:
    assert step(LimitState(), 700.0).why == Why.MIN_OFF


def test_danger_ignores_the_minimum_time_and_starts_the_next() -> None:
    result = step(LimitState(True, 5.0), 700.0, urgent=True)
    assert result.setpoint_w == 0.0
    assert result.state == LimitState(False, 0.0)


def test_danger_that_lasts_lets_the_off_time_run() -> None:
    state = step(LimitState(True, 500.0), 700.0, urgent=True).state
    for _ in range(60):
        state = step(state, 700.0, urgent=True).state
    assert step(state, 700.0).setpoint_w == 700.0


def test_the_kept_contact_draws_nothing_where_there_is_a_knob() -> None:
    assert step(LimitState(True, 0.0), 0.0).setpoint_w == 1.0
    alone = limits_step(PARAMS, LimitState(True, 0.0), 0.0, 2000.0, False, 1.0)
    assert alone.setpoint_w == 2000.0


def test_the_time_counts_from_the_switch_not_from_the_last_set_point() -> None:
    state = LimitState(True, 0.0)
    for watts in (500.0, 900.0) * 60:
        state = step(state, watts).state
    assert state.since_s == 120.0
    assert step(state, 0.0).setpoint_w == 0.0
