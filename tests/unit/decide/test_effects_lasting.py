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
