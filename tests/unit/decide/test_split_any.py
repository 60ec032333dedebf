"""What holds of the shares in any home: exact sums, equals alike, turns that are even."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.split import Split, SplitMemory, split_step
from pvopt.decide.split_turns import Chair, Turns, choose
from pvopt.model import Instant, Why
from tests.unit.decide.split_rig import site, view

FRESH_S = 24  # by then one that comes back may give all of its part


def settled(split: SplitSettings, need_w: float, socs_pct: tuple[float, ...]) -> Split:
    """A house that needs so much of storages that do at once what they are asked, some seconds
    after the start."""
    memory = SplitMemory()
    powers_w = [0.0] * len(split.storages)
    for second in range(FRESH_S):
        now_s = float(second)
        said = zip(split.storages, powers_w, socs_pct, strict=True)
        views = tuple([view(one.id, power_w, now_s, soc_pct) for one, power_w, soc_pct in said])
        grid = site(need_w + math.fsum(powers_w), now_s)
        step = split_step(split, memory, grid, views, 0.0, Instant(now_s, now_s), 1.0)
        memory, powers_w = step.memory, [command.setpoint_w for command in step.commands]
    return step


@st.composite
def homes(draw: st.DrawFn) -> tuple[SplitSettings, tuple[float, ...]]:
    """(some storages, how full they are)."""
    count = draw(st.integers(1, 8))
    storages = tuple(
        [
            StorageSettings(
                str(place),
                max_discharge_w=draw(st.sampled_from([200.0, 400.0, 800.0, 2500.0])),
                boost_w=draw(st.sampled_from([0.0, 100.0])),
                floor_w=draw(st.sampled_from([0.0, 50.0, 90.0])),
                efficiency=draw(st.sampled_from([1.0, 0.8])),
                adjusts=draw(st.booleans()),
            )
            for place in range(count)
        ]
    )
    socs_pct = tuple([draw(st.floats(0.0, 100.0)) for _ in range(count)])
    return SplitSettings(storages=storages), socs_pct


@settings(max_examples=25, deadline=None)
@given(homes(), st.floats(0.0, 1.2))
def test_what_is_asked_of_all_and_what_the_grid_gives_is_the_need(
    home: tuple[SplitSettings, tuple[float, ...]], part: float
) -> None:
    """From the floors of all up to beyond what all of them can."""
    split, socs_pct = home
    floors_w = math.fsum([one.floor_w for one in split.storages])
    most_w = math.fsum([one.max_discharge_w + one.boost_w for one in split.storages])
    need_w = max(6.0, floors_w + part * (most_w - floors_w))
    step = settled(split, need_w, socs_pct)
    asked_w = [-command.setpoint_w for command in step.commands]
    known_w = step.need_w or 0.0
    assert known_w == pytest.approx(need_w, rel=0.1, abs=1.0)  # what it knows of it by now
    known_w = max(floors_w, known_w)
    remainder_w = max(0.0, known_w - most_w)
    assert math.fsum(asked_w) + remainder_w == pytest.approx(known_w, abs=1e-9)
    rounded_w = sum(round(watts) for watts in asked_w)
    assert abs(rounded_w + remainder_w - known_w) <= len(asked_w) / 2.0 + 1e-9
    for one, watts in zip(split.storages, asked_w, strict=True):
        assert one.floor_w - 1e-9 <= watts <= one.max_discharge_w + one.boost_w + 1e-9


@settings(max_examples=25, deadline=None)
@given(
    st.integers(2, 8),
    st.sampled_from([0.0, 90.0]),
    st.floats(0.0, 100.0),
    st.floats(0.0, 2.0),
    st.floats(0.0, 1.1),
)
def test_equals_get_equal_shares_from_the_sum_of_their_floors_on(
    count: int, floor_w: float, soc_pct: float, apart_pct: float, part: float
) -> None:
    """Within the threshold of 2 % they are equally full."""
    storages = tuple(
        [
            StorageSettings(str(place), 800.0, boost_w=100.0, floor_w=floor_w)
            for place in range(count)
        ]
    )
    need_w = max(6.0, count * (floor_w + part * (900.0 - floor_w)))
    socs_pct = tuple([max(0.0, soc_pct - apart_pct * (place % 2)) for place in range(count)])
    step = settled(SplitSettings(storages=storages), need_w, socs_pct)
    share_w = min(900.0, need_w / count)
    assert [command.setpoint_w for command in step.commands] == [pytest.approx(-share_w)] * count


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.data())
def test_turns_of_a_day_are_even_for_any_number(count: int, data: st.DataObject) -> None:
    """While the need does not reach all floors: nobody gives for two turns more than another."""
    need_w = data.draw(st.floats(80.0, 80.0 * count - 1.0))
    chairs = tuple([Chair(str(place), 80.0) for place in range(count)])
    turns, given_s = Turns(), dict.fromkeys([chair.id for chair in chairs], 0.0)
    for _ in range(86_400 // 60):
        turns = choose(chairs, need_w, turns, 900.0, 60.0)
        for name in turns.active:
            given_s[name] += 60.0
    assert max(given_s.values()) - min(given_s.values()) <= 2 * 960.0
    assert min(given_s.values()) > 0.0


def test_of_two_alike_the_one_that_loses_half_gives_half_as_much() -> None:
    storages = (StorageSettings("a", 800.0), StorageSettings("b", 800.0, efficiency=0.5))
    step = settled(SplitSettings(storages=storages), 600.0, (70.0, 70.0))
    assert [c.setpoint_w for c in step.commands] == [pytest.approx(-400.0), pytest.approx(-200.0)]


@pytest.mark.parametrize("need_w", [799.0, 800.0, 801.0, 999.0, 1000.0, 1001.0])
def test_the_boost_comes_watt_by_watt(need_w: float) -> None:
    storages = tuple([StorageSettings(name, 400.0, boost_w=100.0) for name in "ab"])
    step = settled(SplitSettings(storages=storages), need_w, (70.0, 70.0))
    assert sum(c.setpoint_w for c in step.commands) == pytest.approx(-min(1000.0, need_w))


@pytest.mark.parametrize(("before", "why"), [(True, Why.ASSUMED), (False, Why.STORAGE_SILENT)])
def test_before_data_the_reason_says_what_counts(before: bool, why: Why) -> None:
    split = SplitSettings(storages=(StorageSettings("a", 400.0),), assume=before)
    step = split_step(
        split,
        SplitMemory(),
        site(300.0, 0.0),
        (view("a", None, 0.0, None, None),),
        0.0,
        Instant(0.0, 0.0),
        1.0,
    )
    assert step.commands[0].reason.code == why
