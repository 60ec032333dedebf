"""The water's temperature: a limit that nobody overrides, and a sensor that is not believed."""

from __future__ import annotations

import math

import pytest

from pvopt.decide.comfort import JUMP_TRUST_S, ComfortResult, ComfortState, comfort_step
from pvopt.decide.settings import ComfortParams
from pvopt.model import Why

PARAMS = ComfortParams(sensor=True, required=True, allowed_age_s=60.0, max_c=75.0, hysteresis_c=3.0)
NEW = ComfortState()
OPTIONAL = PARAMS._replace(required=False)


def look(
    temperature_c: float,
    state: ComfortState = NEW,
    params: ComfortParams = PARAMS,
    age_s: float = 1.0,
    heated_w: float = 0.0,
    dt_s: float = 1.0,
) -> ComfortResult:
    return comfort_step(params, state, temperature_c, age_s, heated_w, dt_s)


@pytest.mark.parametrize(
    ("temperature_c", "allowed"), [(74.99, True), (75.0, False), (75.01, False)]
)
def test_never_above_the_maximum(temperature_c: float, allowed: bool) -> None:
    result = look(temperature_c)
    assert result.allowed == allowed
    assert result.why == (Why.HOLD if allowed else Why.TOO_HOT)


@pytest.mark.parametrize(("temperature_c", "allowed"), [(72.01, False), (72.0, True)])
def test_on_again_only_below_the_hysteresis(temperature_c: float, allowed: bool) -> None:
    assert look(temperature_c, ComfortState(hot=True)).allowed == allowed
    assert look(temperature_c).allowed


@pytest.mark.parametrize(
    ("temperature_c", "why"),
    [
        (0.0, Why.SENSOR_BAD),  # what a GX shows for a missing one
        (0.99, Why.SENSOR_BAD),
        (1.0, Why.HOLD),
        (110.0, Why.HOLD),
        (110.01, Why.SENSOR_BAD),
        (-20.0, Why.SENSOR_BAD),
        (math.inf, Why.SENSOR_BAD),
        (-math.inf, Why.SENSOR_BAD),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_bounds_of_a_water_temperature(temperature_c: float, why: Why, required: bool) -> None:
    params = PARAMS._replace(max_c=200.0, required=required)
    result = look(temperature_c, params=params)
    assert result.why == why
    assert result.allowed == (why == Why.HOLD)


@pytest.mark.parametrize(("age_s", "allowed"), [(59.0, True), (60.0, True), (61.0, False)])
def test_a_required_sensor_that_is_stale_counts_as_too_hot(age_s: float, allowed: bool) -> None:
    assert look(50.0, age_s=age_s).allowed == allowed


def test_a_required_sensor_that_is_silent_counts_as_too_hot() -> None:
    result = look(math.nan, age_s=math.inf)
    assert (result.allowed, result.why) == (False, Why.SENSOR_LOST)


def test_an_optional_sensor_may_be_silent_but_not_after_it_said_hot() -> None:
    assert look(math.nan, params=OPTIONAL).allowed
    hot = look(80.0, params=OPTIONAL).state
    assert not look(math.nan, hot, OPTIONAL).allowed


def test_no_sensor_configured_is_the_thermostats_affair() -> None:
    assert look(math.nan, params=PARAMS._replace(sensor=False)).allowed


def run(state: ComfortState, temperature_c: float, seconds: int) -> ComfortState:
    for _ in range(seconds):
        state = look(temperature_c, state).state
    return state


@pytest.mark.parametrize(("moved_k", "allowed"), [(9.9, True), (10.1, False)])
@pytest.mark.parametrize("way", [1.0, -1.0])
def test_ten_kelvin_a_minute_is_the_fastest_water(
    moved_k: float, allowed: bool, way: float
) -> None:
    state = run(ComfortState(), 50.0, 60)
    assert look(50.0 + way * moved_k, state).allowed == allowed


@pytest.mark.parametrize(("moved_k", "allowed"), [(1.0, True), (1.1, False)])
def test_a_sensors_own_step_is_no_jump(moved_k: float, allowed: bool) -> None:
    state = look(50.0).state
    result = look(50.0 + moved_k, state)
    assert (result.allowed, result.why) == (allowed, Why.HOLD if allowed else Why.SENSOR_BAD)


def test_after_a_jump_the_sensor_is_believed_again_once_quiet() -> None:
    state = look(65.0, look(50.0).state).state
    state = run(state, 65.0, int(JUMP_TRUST_S) - 1)
    assert not look(65.0, state._replace(distrust_s=2.0)).allowed
    assert look(65.0, state).allowed


@pytest.mark.parametrize(("hours", "allowed"), [(0.49, True), (0.51, False)])
def test_no_movement_through_a_kilowatt_hour_is_no_sensor(hours: float, allowed: bool) -> None:
    state = look(50.0).state
    for _ in range(int(hours * 360)):
        result = look(50.1, state, heated_w=2000.0, dt_s=10.0)
        state = result.state
    assert result.allowed == allowed
    assert look(50.35, state, heated_w=2000.0).allowed  # it moves: it lives


def test_a_still_temperature_without_heating_is_a_quiet_tank() -> None:
    state = look(50.0).state
    for _ in range(2000):
        state = look(50.0, state, heated_w=0.0, dt_s=60.0).state
    assert look(50.0, state).allowed


def after(*temperatures_c: float, params: ComfortParams = PARAMS) -> ComfortResult:
    """The result of a value (NaN: none) a second."""
    result = look(temperatures_c[0], params=params)
    for temperature_c in temperatures_c[1:]:
        result = look(temperature_c, result.state, params)
    return result


@pytest.mark.parametrize("gap", [math.nan, 0.0, math.inf])
@pytest.mark.parametrize("params", [PARAMS, OPTIONAL])
def test_a_gap_hides_no_jump(gap: float, params: ComfortParams) -> None:
    result = after(74.0, gap, 40.0, params=params)
    assert (result.allowed, result.why) == (False, Why.SENSOR_BAD)
    for _ in range(50):
        for temperature_c in (gap, 40.0):
            result = look(temperature_c, result.state, params)
            assert not result.allowed


@pytest.mark.parametrize(("gap_s", "allowed"), [(59, False), (61, True)])
def test_water_may_cool_during_a_gap_as_fast_as_ever(gap_s: int, allowed: bool) -> None:
    assert after(60.0, *[math.nan] * gap_s, 49.9).allowed == allowed


def test_distrust_of_a_required_sensor_outlives_its_silence() -> None:
    jumped = after(74.0, 40.0)
    state = run(jumped.state, math.nan, int(2 * JUMP_TRUST_S))
    assert not look(40.0, state).allowed


def test_an_optional_sensor_that_jumped_and_died_stops_nothing_for_ever() -> None:
    state = after(74.0, 40.0, params=OPTIONAL).state
    for second in range(int(JUMP_TRUST_S) + 1):
        result = look(math.nan, state, OPTIONAL)
        assert result.allowed == (second + 1 >= JUMP_TRUST_S)
        state = result.state


def test_a_temperature_that_went_over_the_maximum_in_a_gap_is_too_hot() -> None:
    assert after(74.0, *[math.nan] * 30, 75.0).why == Why.TOO_HOT


def slow(step_k: float, every_s: int, params: ComfortParams = PARAMS) -> list[bool]:
    """What is allowed each second while a sensor speaks so often, and moves so much each time."""
    params = params._replace(allowed_age_s=900.0, max_c=109.0)
    state, allowed = NEW, []
    for second in range(3 * every_s + 2):
        celsius = 50.0 + step_k * (second // every_s)
        result = look(celsius, state, params, age_s=float(second % every_s))
        state = result.state
        allowed.append(result.allowed)
    return allowed


@pytest.mark.parametrize(
    ("step_k", "every_s", "believed"),
    [
        (2.9, 300, True),  # 2 kW in 50 l: what such a sensor says after each five minutes
        (-15.0, 300, True),  # a shower
        (19.0, 120, True),
        (21.0, 120, False),
        (1.6, 10, True),  # a DS18B20 is asked each ten seconds
        (1.7, 10, False),
    ],
)
def test_a_slow_sensor_moves_as_fast_as_the_time_between_its_readings_allows(
    step_k: float, every_s: int, believed: bool
) -> None:
    assert all(slow(step_k, every_s)) == believed


def test_a_jump_is_not_forgiven_while_nothing_is_measured() -> None:
    """One odd message of a sensor that speaks every five minutes: bad until it is lost."""
    slow = PARAMS._replace(allowed_age_s=330.0)
    state = look(58.0, params=slow, age_s=0.0).state
    for age_s in range(331):
        result = look(5.0, state, slow, age_s=float(age_s))
        assert (result.allowed, result.why) == (False, Why.SENSOR_BAD), age_s
        state = result.state
    assert look(5.0, state, slow, age_s=331.0).why == Why.SENSOR_LOST
