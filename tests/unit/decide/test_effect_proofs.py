"""How much proof a verdict needs, and what is remembered for it."""

from __future__ import annotations

import math

import pytest

from pvopt.decide.effect_state import (
    LASTING_S,
    EffectMeters,
    EffectState,
    doubted,
    proofs_needed,
    proved,
)
from pvopt.decide.effects import effect_step
from pvopt.decide.unrest import CALM_JUMPS, RESTLESS, Unrest
from pvopt.model import Why
from tests.unit.decide.heater_rig import RATING_W, HeaterRig


def test_where_kettles_are_frequent_or_samples_rare_more_proofs_are_needed() -> None:
    calm = Unrest(gap_s=1.0)
    assert proofs_needed(calm) == 2
    assert proofs_needed(calm._replace(hour_jumps=CALM_JUMPS - 0.01)) == 2
    assert proofs_needed(calm._replace(hour_jumps=CALM_JUMPS)) == 3
    assert proofs_needed(calm._replace(gap_s=60.0)) == 4
    assert proofs_needed(Unrest(gap_s=60.0, hour_jumps=5.0, jumps=RESTLESS)) == 7


@pytest.mark.parametrize(("fallen_w", "proofs"), [(2399.0, 2), (2401.0, 1), (1599.0, 1)])
def test_a_second_proof_is_of_the_same_watts(fallen_w: float, proofs: int) -> None:
    state = EffectState(proofs=1, proof_w=2000.0)._replace(unrest=Unrest(gap_s=60.0))
    meters = EffectMeters(0.0, False, math.nan, 300.0, 50.0, RATING_W, 0.0, True)
    assert proved(state, meters, fallen_w).proofs == proofs


def test_a_check_that_found_nothing_takes_back_one_proof() -> None:
    rig = HeaterRig(shorted=True)
    rig.run(20)
    rig.state = rig.state._replace(proofs=2, proof_w=RATING_W)
    rig.close()
    assert rig.until_refused(8) is not None
    rig.house_w = lambda _: 2300.0  # in the very seconds of the opening
    while rig.state.suspect_w > 0.0:
        rig.tick()
    assert rig.state.proofs == 1


@pytest.mark.parametrize(("opened_w", "doubts"), [(499.0, 0), (500.0, 1)])
def test_a_small_share_of_the_rating_is_no_doubt(opened_w: float, doubts: int) -> None:
    meters = EffectMeters(0.0, False, math.nan, 3000.0, 50.0, RATING_W, 0.0, True)
    assert doubted(EffectState(flows=True), meters, opened_w).doubts == doubts


@pytest.mark.parametrize(("load_w", "doubts"), [(1699.0, 0), (1700.0, 1)])
def test_a_doubt_is_measured_from_the_house_s_least(load_w: float, doubts: int) -> None:
    state = EffectState(flows=True, floor_w=300.0)
    meters = EffectMeters(0.0, False, math.nan, load_w, 50.0, RATING_W, 0.0, True)
    assert doubted(state, meters, RATING_W).doubts == doubts


@pytest.mark.parametrize(
    ("lasts_s", "welded"), [(LASTING_S - 30.0, False), (LASTING_S + 30.0, True)]
)
def test_a_whole_heater_that_stays_after_the_opening_is_a_weld(
    lasts_s: float, welded: bool
) -> None:
    rig = HeaterRig(on_off=True)
    rig.run(10)
    rig.close()
    rig.run(60)
    rig.welded = True
    rig.off()
    rig.run(int(lasts_s))
    rig.welded = False
    rig.run(60)
    assert (rig.state.verdict == Why.WELDED) == welded


def test_a_kettle_that_ends_does_not_hide_a_weld() -> None:
    """The load falls by a kettle while ours draws on: ours are still there to be missed."""
    rig = HeaterRig(on_off=True, house_w=lambda t: 2300.0 if t < 60.0 else 300.0)
    rig.run(20)
    rig.state = rig.state._replace(floor_w=300.0)
    rig.close()
    rig.run(100)
    assert rig.state.flows
    rig.thermostat_open = True
    rig.run(10)
    assert not rig.state.flows


def test_a_sample_a_minute_old_is_held_against_the_minute_it_is_of() -> None:
    """A kettle between our movement and its sample's arrival is not taken for its answer."""
    moved = EffectState(last_expected_w=1000.0, last_closed=True, quiet_s=90.0)
    state = moved
    for second in range(60):
        load_w = 1300.0 + second
        meters = EffectMeters(0.0, True, math.nan, load_w, 50.0, RATING_W, 60.0, True)
        state = effect_step(state, meters, 1.0).state
        assert state.move.load_w == load_w
    meters = EffectMeters(0.0, True, math.nan, 300.0, 50.0, RATING_W, 60.0, True)
    state = effect_step(state, meters, 1.0).state
    assert (state.move.load_w, state.move.least_w, state.move.most_w) == (1359.0, 300.0, 1359.0)
    assert state.move.expected_w == 1000.0


def test_slow_steps_that_only_make_up_for_the_house_are_no_open_thermostat() -> None:
    """700 W go off; a minute later, in small steps, we have taken their place. Four times."""
    rig = HeaterRig(house_w=lambda _: 4000.0)
    rig.run(20)
    rig.heat(300.0, 30)
    for base_w in (3300.0, 2600.0, 1900.0):
        rig.house_w = lambda _, base_w=base_w: base_w  # type: ignore[misc]
        for _ in range(14):
            rig.watts += 50.0
            rig.run(4)
        rig.run(15)
    assert set(rig.seen) == {Why.HOLD}
