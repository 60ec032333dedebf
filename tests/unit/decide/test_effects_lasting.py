"""A load that stays up although the knob asks for little: a short that the house has hidden."""

from __future__ import annotations

import math

import pytest

from pvopt.decide.effect_state import PATIENCE_S, EffectMeters, EffectState
from pvopt.decide.effects_in_total import LOOK_S
from pvopt.decide.effects_lasting import (
    MORE_PATIENT,
    MOST_PATIENCE_S,
    jump_w,
    lasting_step,
    more_patient,
    outlasted,
)
from pvopt.decide.unrest import Unrest
from pvopt.model import Why
from tests.unit.decide.heater_rig import RATING_W, HeaterRig

FLOOR_W = 300.0
UP = EffectState(floor_w=FLOOR_W, up_s=500.0, unrest=Unrest(gap_s=10.0))


def sample(expected_w: float, load_w: float) -> EffectMeters:
    return EffectMeters(expected_w, True, math.nan, load_w, 50.0, RATING_W, 0.0, True)


@pytest.mark.parametrize(("above_w", "up_s"), [(800.0, 0.0), (801.0, 510.0)])
def test_a_sample_below_ends_it(above_w: float, up_s: float) -> None:
    assert jump_w(sample(0.0, 0.0)) == 800.0
    assert lasting_step(UP, sample(0.0, FLOOR_W + above_w), True).up_s == up_s


@pytest.mark.parametrize(
    ("expected_w", "up_s"), [(500.0, 510.0), (501.0, 500.0), (1000.0, 500.0), (1001.0, 0.0)]
)
def test_what_the_knob_asks_for_counts_for_nothing_or_ends_it(
    expected_w: float, up_s: float
) -> None:
    assert lasting_step(UP, sample(expected_w, 5000.0), True).up_s == up_s


def test_each_time_that_it_was_the_house_makes_more_patient() -> None:
    once = more_patient(UP)
    assert (once.up_s, once.patience_s) == (0.0, MORE_PATIENT * PATIENCE_S)
    assert more_patient(more_patient(once)).patience_s == MOST_PATIENCE_S
    below = sample(0.0, FLOOR_W)
    assert lasting_step(once, below, False).patience_s == once.patience_s
    assert lasting_step(once, below, True).patience_s == PATIENCE_S


@pytest.mark.parametrize(("up_s", "looks"), [(PATIENCE_S - 1.0, False), (PATIENCE_S, True)])
def test_ten_minutes_are_too_long(up_s: float, looks: bool) -> None:
    assert outlasted(UP._replace(up_s=up_s)) == looks


def hob(now_s: float) -> float:
    return FLOOR_W + (1800.0 if now_s % 11.0 < 5.0 else 0.0)


def hidden_short() -> HeaterRig:
    """It stands in the load of a house with a pulsing hob, and has been laid to the house."""
    rig = HeaterRig(house_w=hob)
    rig.run(30)
    rig.heat(400.0, 60)
    rig.shorted = True
    rig.watts = 0.0
    rig.state = rig.state._replace(house_w=FLOOR_W + RATING_W, spared_s=7200.0)
    return rig


def test_a_short_that_was_laid_to_the_house_is_found_among_pulses() -> None:
    rig = hidden_short()
    assert rig.until_refused(int(PATIENCE_S) - 10) is None
    result = rig.until_refused(30)
    assert result is not None
    assert result.why == Why.CHECKING
    rig.run(int(LOOK_S) + 8)
    assert rig.state.proofs == 1
    assert rig.state.proof_w == pytest.approx(RATING_W, abs=1.0)


def test_an_oven_is_looked_at_once_and_then_left_alone_for_half_an_hour() -> None:
    rig = HeaterRig()
    rig.run(30)
    rig.heat(400.0, 60)
    rig.watts = 0.0
    rig.run(60)
    rig.house_w = lambda _: FLOOR_W + 2500.0
    looks = 0
    for _ in range(2400):
        rig.tick()
        looks += rig.seen[-1] == Why.CHECKING and rig.seen[-2] != Why.CHECKING
        if rig.seen[-1] == Why.HOLD and not rig.closed:
            rig.close()
    assert looks == 1
    assert rig.state.patience_s > PATIENCE_S
    assert not rig.state.latched


def silent() -> HeaterRig:
    """Nothing answers the knob any more: an open thermostat, by all that steps can tell."""
    rig = HeaterRig()
    rig.run(30)
    rig.heat(400.0, 60)
    return rig


def until_silent(rig: HeaterRig) -> None:
    rig.run(900)
    for watts in (650.0, 900.0):
        rig.heat(watts, 60)
    assert Why.THERMOSTAT_OPEN in rig.seen
    assert rig.zero_only
    assert rig.closed


@pytest.mark.parametrize("patience_s", [PATIENCE_S, 3.0 * PATIENCE_S])
@pytest.mark.parametrize("step_w", [250.0, 600.0])
def test_a_short_that_answers_no_step_is_no_open_thermostat_for_long(
    patience_s: float, step_w: float
) -> None:
    rig = silent()
    rig.shorted = True
    until_silent(rig)
    rig.state = rig.state._replace(patience_s=patience_s)
    for second in range(int(3.0 * PATIENCE_S)):
        if rig.seen[-1] == Why.HOLD:
            if not rig.closed:
                rig.close()
            if second % 60 == 0:  # it climbs, and never comes down by itself
                rig.watts = min(1500.0, rig.watts + step_w)
        elif rig.zero_only:
            rig.watts = 0.0
        rig.tick()
    assert rig.state.latched
    assert rig.state.verdict == Why.TRIAC_SHORT
    assert not rig.closed


def test_a_tank_that_is_full_beside_an_oven_costs_one_look() -> None:
    rig = silent()
    rig.thermostat_open = True
    rig.house_w = lambda _: FLOOR_W + 2500.0
    rig.run(900)
    looks = switches = 0
    for second in range(5400):
        if rig.seen[-1] == Why.HOLD:
            if not rig.closed:
                rig.close()
            rig.watts = 250.0 * (1 + second // 60 % 4)
        before = rig.switches
        rig.tick()
        switches += rig.switches - before
        looks += rig.seen[-1] == Why.CHECKING and rig.seen[-2] != Why.CHECKING
    assert Why.THERMOSTAT_OPEN in rig.seen
    assert looks <= 2
    assert switches <= 2 * looks
    assert not rig.state.latched
