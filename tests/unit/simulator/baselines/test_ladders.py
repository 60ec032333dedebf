"""S0's and S1's laws for several loads: each case by hand from the published law."""

from __future__ import annotations

import math

import pytest

from pvopt.simulator.baselines.ladders import (
    CONSTANT,
    UNKNOWN,
    VARIABLE,
    LadderState,
    Rung,
    fresh,
    raise_up,
    s0_ladder,
    s1_ladder,
    shed,
)
from pvopt.simulator.baselines.types import Sees

HEATER, PUMP, TOWELS = Rung(VARIABLE, 2000.0), Rung(CONSTANT, 800.0), Rung(CONSTANT, 500.0)
DAMP, BUFFER = Rung(UNKNOWN, 350.0), Rung(VARIABLE, 1000.0)
NO_METER = math.nan


def s0(rungs: list[Rung], watts: tuple[float, ...], grid_w: float) -> tuple[float, ...]:
    state = fresh(rungs)._replace(watts=watts)
    return s0_ladder(rungs, state, Sees(grid_w=grid_w), [NO_METER] * len(rungs), 3.0).watts


def s1(rungs: list[Rung], watts: tuple[float, ...], grid_w: float) -> tuple[float, ...]:
    state = fresh(rungs)._replace(watts=watts)
    return s1_ladder(rungs, state, Sees(grid_w=grid_w), [NO_METER] * len(rungs), 5.0).watts


@pytest.mark.parametrize(
    ("grid_w", "watts"),
    [
        (-520.0, (500.0, 0.0)),  # all of the surplus but the margin
        (-120.0, (0.0, 0.0)),  # 100 W are below the least of 101 W
        (-121.0, (101.0, 0.0)),
        (-2820.0, (2000.0, 800.0)),
        (-2819.0, (2000.0, 0.0)),
    ],
)
def test_s0_raises_in_order(grid_w: float, watts: tuple[float, ...]) -> None:
    assert s0([HEATER, PUMP], (0.0, 0.0), grid_w) == pytest.approx(watts)


@pytest.mark.parametrize("grid_w", [-39.9, -20.0])
def test_s0_holds_in_its_balance(grid_w: float) -> None:
    assert s0([HEATER, PUMP], (600.0, 800.0), grid_w) == (600.0, 800.0)


def test_s0_sheds_in_reverse_until_the_lack_is_met() -> None:
    rungs = [HEATER, PUMP, TOWELS]
    assert s0(rungs, (600.0, 800.0, 500.0), 480.0) == (600.0, 800.0, 0.0)
    assert s0(rungs, (600.0, 800.0, 500.0), 481.0) == (600.0, 0.0, 0.0)
    assert s0(rungs, (600.0, 0.0, 0.0), 280.0) == pytest.approx((300.0, 0.0, 0.0))


def test_s0_recovers_power_from_lower_ranks() -> None:
    """The pump needs 800 W: 300 W are there and the buffer draws the rest, or does not."""
    assert s0([PUMP, BUFFER], (0.0, 500.0), -320.0) == pytest.approx((800.0, 0.0))
    assert s0([PUMP, BUFFER], (0.0, 900.0), -320.0) == pytest.approx((800.0, 400.0))
    # Not enough below: the pump stays off and the buffer takes what there is.
    assert s0([PUMP, BUFFER], (0.0, 400.0), -320.0) == pytest.approx((0.0, 700.0))


def test_a_load_of_unknown_power_ends_the_turn() -> None:
    watts = [0.0, 0.0]
    raise_up([DAMP, BUFFER], watts, 900.0, 50.0, (False, False))
    assert watts == [1.0, 0.0]
    raise_up([DAMP, BUFFER], watts, 900.0, 50.0, (False, False))
    assert watts == [1.0, 900.0]
    watts = [700.0, 1.0]
    shed([HEATER, DAMP], watts, 600.0, 50.0, (False, False))
    assert watts == [700.0, 0.0]
    shed([HEATER, DAMP], watts, 600.0, 50.0, (False, False))
    assert watts == [100.0, 0.0]


def test_s0_gives_up_a_full_load_for_the_day() -> None:
    rungs, state = [HEATER, BUFFER], fresh([HEATER, BUFFER])
    for turn in range(8):
        sees = Sees(grid_w=-1000.0, day_s=40_000.0 + 3.0 * turn)
        state = s0_ladder(rungs, state, sees, [0.0, NO_METER], 3.0)
        assert state.full[0] is (turn >= 6), turn
    assert state.watts == (0.0, 1000.0)
    tomorrow = s0_ladder(rungs, state, Sees(grid_w=-1000.0, day_s=10.0), [0.0, NO_METER], 3.0)
    assert tomorrow.watts[0] > 0.0


def test_s0_is_off_after_30_s_of_silence() -> None:
    rungs, state = [HEATER], LadderState((700.0,), empty=(0,), full=(False,))
    for _ in range(10):
        state = s0_ladder(rungs, state, Sees(fresh=False), [NO_METER], 3.0)
    assert state.watts == (700.0,)
    assert s0_ladder(rungs, state, Sees(fresh=False), [NO_METER], 1.0).watts == (0.0,)


@pytest.mark.parametrize(
    ("grid_w", "watts"),
    [
        (-400.0, (400.0, 0.0)),  # a quarter of it
        (50.0, (300.0, 0.0)),
        (-50.0, (300.0, 0.0)),
        (400.0, (200.0, 0.0)),
    ],
)
def test_s1_corrects_by_a_quarter(grid_w: float, watts: tuple[float, ...]) -> None:
    assert s1([HEATER, PUMP], (300.0, 0.0), grid_w) == pytest.approx(watts)


def test_s1_waits_for_four_times_a_constant_loads_watts() -> None:
    assert s1([PUMP], (0.0,), -3199.0) == (0.0,)
    assert s1([PUMP], (0.0,), -3200.0) == (800.0,)
    assert s1([PUMP], (800.0,), 51.0) == (0.0,)


@pytest.mark.parametrize(("dt_s", "acts"), [(4.9, False), (5.0, True)])
def test_s1_acts_every_5_s(dt_s: float, acts: bool) -> None:
    state = fresh([HEATER])._replace(since_s=0.0)
    after = s1_ladder([HEATER], state, Sees(grid_w=-1000.0), [NO_METER], dt_s)
    assert (after.watts != (0.0,)) is acts
