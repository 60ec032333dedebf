"""Min, eco, solar-min and max: each threshold just below, at and above, coming from either side."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.levels import (
    Level,
    Levels,
    LevelState,
    buys,
    level_step,
    ordered,
    takes_sun,
)

S1 = Levels(min_c=45.0, eco_c=50.0, solar_min_c=55.0, max_c=60.0)
SUN, LACKING, FULL = Level.SUN, Level.LACKING, Level.FULL


@pytest.mark.parametrize(
    ("before", "temperature_c", "after"),
    [
        (SUN, 45.01, SUN), (SUN, 45.0, LACKING), (SUN, 44.0, LACKING), (SUN, 49.9, SUN),
        (SUN, 59.99, SUN), (SUN, 60.0, FULL), (SUN, 61.0, FULL), (SUN, 55.0, SUN),
        (LACKING, 45.01, LACKING), (LACKING, 49.99, LACKING), (LACKING, 50.0, SUN),
        (LACKING, 54.0, SUN), (LACKING, 60.0, FULL), (LACKING, 40.0, LACKING),
        (FULL, 59.99, FULL), (FULL, 55.0, FULL), (FULL, 54.99, SUN), (FULL, 50.0, SUN),
        (FULL, 45.01, SUN), (FULL, 45.0, LACKING),
        (LACKING, 1.0, LACKING), (FULL, 110.0, FULL),
    ],
)  # fmt: skip
def test_thresholds(before: Level, temperature_c: float, after: Level) -> None:
    for known in (True, False):
        state = level_step(S1, LevelState(before, known), temperature_c)
        assert state == LevelState(after, True)


@pytest.mark.parametrize("none", [math.nan, 0.0, 0.99, -5.0, 110.01])
@pytest.mark.parametrize("before", Level)
def test_a_gap_buys_nothing_stops_no_sun_and_ends_no_heating(before: Level, none: float) -> None:
    gap = level_step(S1, LevelState(before, True), none)
    assert gap == LevelState(before, False)
    assert (buys(gap, True), takes_sun(gap)) == (False, True)
    after = level_step(S1, gap, 49.0)
    assert after.level == (LACKING if before == LACKING else SUN)


@pytest.mark.parametrize(
    ("level", "off_peak", "bought", "sun"),
    [
        (SUN, False, False, True), (SUN, True, False, True),
        (LACKING, False, False, True), (LACKING, True, True, True),
        (FULL, False, False, False), (FULL, True, False, False),
    ],
)  # fmt: skip
def test_the_grid_gives_in_off_peak_hours_only(
    level: Level, off_peak: bool, bought: bool, sun: bool
) -> None:
    state = LevelState(level, True)
    assert (buys(state, off_peak), takes_sun(state)) == (bought, sun)


def test_a_day() -> None:
    """A cold morning is bought up to eco, the sun goes on to max, an evening of showers follows."""
    course = [44.0, 47.0, 50.0, 52.0, 58.0, 60.1, 57.0, 55.1, 54.0, 48.0, 45.0]
    state, seen = LevelState(), []
    for temperature_c in course:
        state = level_step(S1, state, temperature_c)
        seen.append(state.level)
    assert seen == [LACKING, LACKING, SUN, SUN, SUN, FULL, FULL, FULL, SUN, SUN, LACKING]


@pytest.mark.parametrize(
    ("levels", "right"),
    [
        (S1, True),
        (Levels(45, 45, 45, 45.1), True),
        (Levels(45, 50, 60, 60), False),
        (Levels(51, 50, 55, 60), False),
        (Levels(45, 56, 55, 60), False),
    ],
)
def test_ordered(levels: Levels, right: bool) -> None:
    assert ordered(levels) == right


CELSIUS = st.one_of(st.floats(-20.0, 130.0), st.just(math.nan), st.just(0.0))


@given(course=st.lists(CELSIUS, max_size=60))
def test_laws(course: list[float]) -> None:
    state = LevelState()
    for temperature_c in course:
        state = level_step(S1, state, temperature_c)
        if buys(state, True):
            assert temperature_c < S1.eco_c
        if temperature_c >= S1.max_c:
            assert not takes_sun(state) or temperature_c > 110.0
        if not takes_sun(state):
            assert temperature_c >= S1.solar_min_c
        # the same again changes nothing
        assert level_step(S1, state, temperature_c) == state
        if S1.eco_c <= temperature_c < S1.solar_min_c:
            assert state == LevelState(SUN, True)


@given(st.lists(st.floats(45.01, 49.99), min_size=2, max_size=30))
def test_between_min_and_eco_nothing_switches(course: list[float]) -> None:
    for start in Level:
        levels = [start]
        state = LevelState(start)
        for temperature_c in course:
            state = level_step(S1, state, temperature_c)
            levels.append(state.level)
        assert all(one == other for one, other in pairwise(levels[1:]))
