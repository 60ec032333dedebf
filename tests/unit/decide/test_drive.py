"""How an offer becomes a set-point: delays, deadband, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.drive import KEEP_CLOSED_W, DriveResult, DriveState, drive_step
from pvopt.decide.settings import DriveParams
from pvopt.model import Why

KNOB = DriveParams(
    max_w=2000.0,
    min_w=40.0,
    on_off=False,
    deadband_w=10.0,
    enable_delay_s=10.0,
    disable_delay_s=60.0,
)
RELAY = KNOB._replace(on_off=True, min_w=2000.0)
ON = DriveState(on=True, setpoint_w=500.0)


def run(params: DriveParams, state: DriveState, offer_w: float, seconds: int) -> DriveResult:
    result = drive_step(params, state, offer_w, True, 1.0)
    for _ in range(seconds - 1):
        result = drive_step(params, result.state, offer_w, True, 1.0)
    return result


def test_on_only_after_the_enable_delay() -> None:
    assert run(KNOB, DriveState(), 500.0, 10).setpoint_w == 0.0
    assert run(KNOB, DriveState(), 500.0, 10).why == Why.WAIT_ENABLE
    assert run(KNOB, DriveState(), 500.0, 11).setpoint_w == 500.0


def test_what_is_still_needed_is_told() -> None:
    waiting = run(KNOB, DriveState(), 500.0, 4)
    assert (waiting.needs_w, waiting.needs_s) == (0.0, 6.0)
    short = run(KNOB, DriveState(), 30.0, 4)
    assert (short.needs_w, short.needs_s) == (10.0, 10.0)


@pytest.mark.parametrize(("offer_w", "on"), [(39.0, False), (40.0, True), (41.0, True)])
def test_the_least_watts_of_a_knob(offer_w: float, on: bool) -> None:
    assert run(KNOB, DriveState(), offer_w, 20).state.on == on


@pytest.mark.parametrize(("offer_w", "on"), [(1999.0, False), (2000.0, True)])
def test_a_relay_alone_needs_all_of_it(offer_w: float, on: bool) -> None:
    result = run(RELAY, DriveState(), offer_w, 20)
    assert result.state.on == on
    assert result.setpoint_w == (2000.0 if on else 0.0)


def test_an_offer_that_comes_and_goes_begins_the_delay_anew() -> None:
    state = run(KNOB, DriveState(), 500.0, 9).state
    state = run(KNOB, state, 0.0, 1).state
    assert not run(KNOB, state, 500.0, 10).state.on


def test_off_only_after_the_disable_delay_and_nothing_drawn_meanwhile() -> None:
    fading = run(KNOB, ON, 39.0, 60)
    assert (fading.setpoint_w, fading.why) == (KEEP_CLOSED_W, Why.WAIT_DISABLE)
    assert fading.state.on
    gone = run(KNOB, ON, 39.0, 61)
    assert gone.setpoint_w == 0.0
    assert not gone.state.on


def test_a_relay_alone_runs_on_through_the_disable_delay() -> None:
    assert run(RELAY, ON, 0.0, 60).setpoint_w == 2000.0
    assert run(RELAY, ON, 0.0, 61).setpoint_w == 0.0


def test_an_offer_that_returns_ends_the_fading_at_once() -> None:
    state = run(KNOB, ON, 0.0, 59).state
    assert run(KNOB, state, 300.0, 1).setpoint_w == 300.0
    assert run(KNOB, run(KNOB, state, 300.0, 1).state, 0.0, 59).state.on


@pytest.mark.parametrize(
    ("offer_w", "setpoint_w"), [(509.0, 500.0), (510.0, 510.0), (491.0, 500.0), (490.0, 490.0)]
)
def test_changes_below_the_deadband_are_not_made(offer_w: float, setpoint_w: float) -> None:
    assert run(KNOB, ON, offer_w, 1).setpoint_w == setpoint_w


def test_the_deadband_never_keeps_from_full() -> None:
    almost = ON._replace(setpoint_w=1995.0)
    assert run(KNOB, almost, 2000.0, 1).setpoint_w == 2000.0
    assert run(KNOB, almost, 5000.0, 1).setpoint_w == 2000.0


def test_not_allowed_ends_it_at_once_and_the_delay_begins_anew() -> None:
    stopped = drive_step(KNOB, ON, 500.0, False, 1.0)
    assert stopped.setpoint_w == 0.0
    assert not stopped.state.on
    assert not run(KNOB, stopped.state, 500.0, 10).state.on


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.booleans(), st.floats(0, 60)), max_size=30),
    st.booleans(),
)
def test_never_outside_the_load(steps: list[tuple[float, bool, float]], on_off: bool) -> None:
    params = RELAY if on_off else KNOB
    state = DriveState()
    for offer_w, allowed, dt_s in steps:
        result = drive_step(params, state, offer_w, allowed, dt_s)
        state = result.state
        assert 0.0 <= result.setpoint_w <= params.max_w
        assert result.setpoint_w <= max(offer_w + params.deadband_w, KEEP_CLOSED_W) or on_off
        assert allowed or result.setpoint_w == 0.0
        assert result.needs_w >= 0.0
        assert result.needs_s >= 0.0
