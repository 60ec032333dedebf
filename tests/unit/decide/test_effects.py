"""One test for each signature of a broken heater, and for what only looks like one."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pvopt.decide.effect_state import CHECKS_S, PROOF_S, RETRY_S, EffectState
from pvopt.decide.effects import MAX_KNOB_RETRY_S, MAX_RETRY_S, OWN_METER_W
from pvopt.decide.effects_in_total import CLOSING_SHARE
from pvopt.decide.unrest import SETTLE_S
from pvopt.model import Why
from tests.unit.decide.heater_rig import RATING_W, HeaterRig


def kettle(
    start_s: float, end_s: float, watts: float = 2000.0, base_w: float = 300.0
) -> Callable[[float], float]:
    return lambda t: base_w + (watts if start_s <= t < end_s else 0.0)


# -- a heater that is well ------------------------------------------------------------


def test_a_well_heater_is_never_refused() -> None:
    rig = HeaterRig()
    rig.run(20)
    for watts in (200.0, 1500.0, 40.0, 2000.0, 800.0, 0.0, 1200.0):
        rig.heat(watts)
    rig.off()
    rig.run(60)
    assert set(rig.seen) == {Why.HOLD}


@pytest.mark.parametrize("lag_s", [0, 1, 2, 3])
def test_meters_that_lag_raise_no_suspicion(lag_s: int) -> None:
    rig = HeaterRig(lag_s=lag_s)
    rig.run(20)
    for watts in (1500.0, 0.0, 1500.0, 300.0, 2000.0, 0.0):
        rig.heat(watts, 12)
    rig.off()
    rig.run(20)
    assert set(rig.seen) == {Why.HOLD}


@pytest.mark.parametrize("sample_s", [1, 5, 10, 15, 30])
@pytest.mark.parametrize("on_off", [True, False])
def test_a_meter_that_speaks_seldom_accuses_nobody(sample_s: int, on_off: bool) -> None:
    """What it said before a change of ours is still there after it, and contradicts nothing."""
    rig = HeaterRig(own_meter=True, sample_s=sample_s, on_off=on_off)
    for seconds in (7, 31, 45, 20, 63):
        rig.close()
        rig.heat(2000.0, seconds)
        rig.off()
        rig.run(seconds)
    assert set(rig.seen) == {Why.HOLD}


@pytest.mark.parametrize("sample_s", [10, 30])
def test_a_meter_that_speaks_seldom_finds_it_with_its_next_word(sample_s: int) -> None:
    rig = HeaterRig(own_meter=True, sample_s=sample_s, on_off=True)
    rig.close()
    rig.run(2 * sample_s + 5)
    rig.welded = True
    rig.off()
    result = rig.until_refused(sample_s + 3)
    assert result is not None
    assert result.why == Why.WELDED


# -- watts with the relay off: welded ---------------------------------------------------


def test_own_meter_finds_a_welded_contact_once_it_is_at_rest() -> None:
    rig = HeaterRig(own_meter=True, lag_s=0, on_off=True)
    rig.run(5)
    rig.close()
    rig.run(20)
    rig.welded = True
    rig.off()
    assert rig.run(7).allowed
    result = rig.until_refused(1)
    assert result is not None
    assert (result.why, result.urgent) == (Why.WELDED, True)


def test_own_meter_noise_is_no_weld() -> None:
    rig = HeaterRig(own_meter=True)
    for watts, verdict in ((OWN_METER_W, Why.HOLD), (OWN_METER_W + 1.0, Why.WELDED)):
        rig = HeaterRig(own_meter=True, lag_s=0, welded=True, watts=watts)
        assert rig.run(15).why == verdict


def test_total_load_finds_a_welded_contact_at_the_second_opening() -> None:
    rig = HeaterRig(on_off=True)
    rig.run(10)
    rig.close()
    rig.run(60)
    rig.welded = True
    rig.off()
    assert rig.run(120).allowed  # a kettle could do that once
    rig.close()
    assert rig.run(60).allowed
    rig.off()
    result = rig.until_refused(20)
    assert result is not None
    assert result.why == Why.WELDED
    assert rig.run(5000).why == Why.WELDED  # latched


def test_load_below_ours_with_the_relay_open_proves_that_it_opened() -> None:
    """Two kettles, each switched on as the relay opens, are no welded contact."""
    rig = HeaterRig(on_off=True)
    rig.run(10)
    for _ in range(4):
        rig.close()
        rig.run(60)
        rig.house_w = kettle(rig.now_s, rig.now_s + 150.0)
        rig.off()
        rig.run(200)
    assert set(rig.seen) == {Why.HOLD}


def test_thermostat_that_opens_by_itself_is_no_welded_contact() -> None:
    """The load does not fall at the opening, for the watts were gone before."""
    rig = HeaterRig(on_off=True, house_w=lambda _: 3000.0)
    rig.run(10)
    for _ in range(3):
        rig.thermostat_open = False
        rig.close()
        rig.run(60)
        rig.thermostat_open = True
        rig.run(60)
        rig.off()
        rig.run(60)
        rig.close()
        rig.run(30)
        rig.off()
        rig.run(1000)
    assert Why.WELDED not in rig.seen


# -- watts with the knob at zero: triac or coupling ---------------------------------------


@pytest.mark.parametrize("lag_s", [0, 1])
def test_shorted_triac_is_found_while_the_knob_still_is_at_zero(lag_s: int) -> None:
    rig = HeaterRig(shorted=True, lag_s=lag_s)
    rig.run(20)
    rig.close()
    result = rig.until_refused(3)
    assert result is not None
    assert (result.why, result.urgent) == (Why.CHECKING, True)
    rig.run(10)
    assert rig.state.proofs == 1  # the load fell with the relay
    assert not rig.state.latched  # a kettle could do that once


def test_shorted_triac_latches_at_the_second_closing() -> None:
    rig = HeaterRig(shorted=True)
    rig.run(20)
    rig.close()
    rig.until_refused(4)
    assert rig.run(int(PROOF_S)).why == Why.CHECKING
    result = rig.run(15)
    assert result.allowed  # a second look
    assert result.zero_only
    rig.close()
    rig.until_refused(4)
    rig.run(15)
    assert rig.run(10_000).why == Why.TRIAC_SHORT
    assert rig.state.latched


@pytest.mark.parametrize("watts", [250.0, 800.0, 1500.0])
def test_triac_that_shorts_while_heating_is_found_when_the_knob_goes_to_zero(watts: float) -> None:
    rig = HeaterRig()
    rig.run(20)
    rig.heat(watts)
    rig.shorted = True
    rig.run(2)  # the search sees the import and steps back
    rig.watts = 0.0
    result = rig.until_refused(10)
    assert result is not None
    assert result.why == Why.CHECKING
    rig.run(10)
    assert rig.state.proofs == 1


def test_triac_that_shorts_at_small_watts_is_found_within_half_a_minute() -> None:
    """Too small a step to tell it from a kettle: a jump that lasts is tried by the relay."""
    rig = HeaterRig()
    rig.run(20)
    rig.heat(120.0)
    rig.shorted = True
    rig.run(2)
    rig.watts = 0.0
    assert rig.until_refused(30) is not None
    rig.run(10)
    assert rig.state.proofs == 1


def test_slipped_coupling_leaves_its_watts_at_zero() -> None:
    rig = HeaterRig()
    rig.run(20)
    rig.heat(900.0)
    rig.watts = 0.0
    rig.slipped_w = 900.0
    result = rig.until_refused(12)
    assert result is not None
    assert result.why == Why.CHECKING


def test_own_meter_finds_a_shorted_triac_and_latches_at_once() -> None:
    rig = HeaterRig(own_meter=True, shorted=True)
    rig.run(10)
    rig.close()
    result = rig.until_refused(10)
    assert result is not None
    assert result.why == Why.TRIAC_SHORT
    rig.shorted = False
    assert rig.run(10_000).why == Why.TRIAC_SHORT


def test_jump_at_closing_just_below_and_above_what_counts() -> None:
    limit_w = CLOSING_SHARE * RATING_W
    for jump_w, refused in ((limit_w, False), (limit_w + 1.0, True)):
        rig = HeaterRig(lag_s=0)
        rig.run(20)
        rig.close()
        rig.house_w = kettle(rig.now_s, rig.now_s + 100.0, jump_w)
        assert (rig.until_refused(3) is not None) == refused


# -- kettles ----------------------------------------------------------------------------


@pytest.mark.parametrize("on_s", [-2.0, -1.0, 0.0, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("lasts_s", [3.0, 6.0, 8.0, 12.0, 170.0])
@pytest.mark.parametrize("watts", [800.0, 2000.0])
def test_kettle_around_the_step_to_zero_never_latches(
    on_s: float, lasts_s: float, watts: float
) -> None:
    rig = HeaterRig()
    rig.run(20)
    for _ in range(5):
        rig.heat(watts)
        start_s = rig.now_s + on_s
        rig.house_w = kettle(start_s, start_s + lasts_s)
        rig.watts = 0.0
        rig.run(30)
        rig.off()
        rig.run(200)
    assert not rig.state.latched
    assert Why.TRIAC_SHORT not in rig.seen[-100:]


@pytest.mark.parametrize("on_s", [0.0, 1.0, 2.0, 3.0, 5.0])
@pytest.mark.parametrize("lasts_s", [2.0, 5.0, 8.0, 170.0])
def test_kettle_at_the_closing_never_latches(on_s: float, lasts_s: float) -> None:
    rig = HeaterRig()
    rig.run(20)
    rig.house_w = kettle(rig.now_s + on_s, rig.now_s + on_s + lasts_s)
    rig.heat(1000.0)
    rig.off()
    rig.run(300)
    rig.heat(1000.0)
    assert not rig.state.latched
    assert rig.seen[-1] == Why.HOLD


@pytest.mark.parametrize("seed", range(8))
def test_hob_that_pulses_all_the_time_never_latches(seed: int) -> None:
    """An induction hob, 2 kW on and off every few seconds, and a knob that goes up and down."""
    dice = random.Random(seed)
    edges = [0.0]
    while edges[-1] < 8000.0:
        edges.append(edges[-1] + dice.uniform(2.0, 9.0))
    on = {
        int(t) for a, b in zip(edges[::2], edges[1::2], strict=False) for t in range(int(a), int(b))
    }
    rig = HeaterRig(house_w=lambda t: 300.0 + (2000.0 if int(t) in on else 0.0))
    while rig.now_s < 7000.0:
        rig.heat(dice.choice([150.0, 600.0, 1500.0, 2000.0]), dice.randrange(10, 60))
        rig.watts = 0.0
        rig.run(dice.randrange(5, 40))
        rig.off()
        rig.run(dice.randrange(60, 120))
    assert not rig.state.latched


def test_kettle_that_sends_the_knob_to_zero_costs_no_contact() -> None:
    """The usual order: the kettle comes, the search sees it, the knob goes."""
    rig = HeaterRig()
    rig.run(20)
    rig.heat(1500.0)
    rig.house_w = kettle(rig.now_s, rig.now_s + 150.0)
    rig.run(2)
    rig.watts = 0.0
    rig.run(100)
    assert set(rig.seen) == {Why.HOLD}


def test_disproved_jump_is_not_tried_again_soon() -> None:
    rig = HeaterRig()
    rig.run(20)
    for _ in range(5):
        rig.heat(120.0)
        rig.house_w = kettle(rig.now_s, rig.now_s + 150.0)
        rig.run(2)
        rig.watts = 0.0
        rig.run(150)
        rig.off()
        rig.run(100)
    checks = sum(a != Why.CHECKING == b for a, b in zip(rig.seen, rig.seen[1:], strict=False))
    assert checks == 1


def test_one_sample_alone_raises_no_suspicion() -> None:
    rig = HeaterRig(lag_s=0)
    rig.run(20)
    rig.house_w = kettle(rig.now_s + 1.0, rig.now_s + 2.0)
    rig.heat(800.0)
    assert set(rig.seen) == {Why.HOLD}


def test_short_jump_at_small_watts_costs_no_contact() -> None:
    rig = HeaterRig()
    rig.run(20)
    rig.heat(120.0)
    rig.house_w = kettle(rig.now_s, rig.now_s + 15.0)
    rig.run(2)
    rig.watts = 0.0
    rig.run(60)
    assert set(rig.seen) == {Why.HOLD}


def test_doubt_ends_when_the_load_falls_below_ours_though_the_next_step_is_hidden() -> None:
    """A kettle at each opening, and an oven that goes off as the relay closes between them."""
    rig = HeaterRig(on_off=True)
    rig.run(10)
    rig.close()
    rig.run(60)
    rig.house_w = kettle(rig.now_s, rig.now_s + 100.0)
    rig.off()
    rig.run(150)
    rig.house_w = lambda _: 2300.0
    rig.run(60)
    rig.house_w = lambda _: 300.0
    rig.close()
    rig.run(60)
    rig.house_w = kettle(rig.now_s, rig.now_s + 100.0)
    rig.off()
    rig.run(60)
    assert Why.WELDED not in rig.seen


# -- no watts though the knob is up ---------------------------------------------------------


def test_no_watts_in_an_empty_house_is_the_thermostat() -> None:
    rig = HeaterRig(thermostat_open=True)
    rig.run(20)
    rig.heat(1000.0, 1)
    result = rig.until_refused(30)
    assert result is not None
    assert (result.why, result.urgent) == (Why.THERMOSTAT_OPEN, False)


def test_two_silent_steps_are_the_thermostat_where_the_house_draws_much() -> None:
    rig = HeaterRig(thermostat_open=True, house_w=lambda _: 3000.0)
    rig.run(20)
    assert rig.heat(600.0).allowed
    assert rig.heat(799.0).allowed  # a step of 199 W proves nothing
    assert rig.heat(600.0).allowed
    rig.watts = 800.0
    result = rig.until_refused(12)
    assert result is not None
    assert result.why == Why.THERMOSTAT_OPEN


@pytest.mark.parametrize(
    ("temperature_c", "verdict"), [(34.9, Why.ELEMENT), (35.0, Why.THERMOSTAT_OPEN)]
)
def test_no_watts_on_a_cold_tank_is_the_element(temperature_c: float, verdict: Why) -> None:
    rig = HeaterRig(thermostat_open=True, temperature_c=temperature_c)
    rig.run(20)
    rig.heat(1000.0, 1)
    result = rig.until_refused(30)
    assert result is not None
    assert result.why == verdict


def test_own_meter_without_watts_is_the_thermostat() -> None:
    rig = HeaterRig(own_meter=True, thermostat_open=True)
    rig.run(20)
    rig.heat(1000.0, 1)
    result = rig.until_refused(30)
    assert result is not None
    assert result.why == Why.THERMOSTAT_OPEN


@pytest.mark.parametrize(("on_off", "most_s"), [(True, MAX_RETRY_S), (False, MAX_KNOB_RETRY_S)])
def test_thermostat_is_tried_again_ever_later_and_forgiven_when_it_heats(
    on_off: bool, most_s: float
) -> None:
    rig = HeaterRig(thermostat_open=True, on_off=on_off)
    rig.run(20)
    waits = []
    for _ in range(8):
        rig.heat(1000.0, 1)
        refused = rig.until_refused(40)
        assert refused is not None
        start_s = rig.now_s
        while rig.tick().why != Why.HOLD:
            pass
        waits.append(rig.now_s - start_s)
    assert waits[0] == pytest.approx(RETRY_S, abs=2.0)
    assert waits[1] == pytest.approx(1.5 * RETRY_S, abs=2.0)
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(most_s, abs=2.0)
    rig.thermostat_open = False
    rig.watts = 0.0 if rig.closed else rig.watts
    rig.run(10)
    assert rig.heat(1000.0).allowed
    assert rig.state.retry_s == RETRY_S


def test_waiting_for_a_thermostat_costs_a_knob_no_switching() -> None:
    """The relay stays closed with the knob at zero: nothing flows, even when it closes again."""
    rig = HeaterRig(thermostat_open=True)
    rig.run(20)
    rig.heat(1000.0, 1)
    assert rig.until_refused(40) is not None
    before = rig.switches
    rig.thermostat_open = False
    for _ in range(int(RETRY_S) - 2):
        result = rig.tick()
        assert (result.allowed, result.zero_only, rig.closed) == (True, True, True)
        assert rig.flowing_w() == 0.0
    rig.run(5)
    assert not rig.zero_only
    assert rig.heat(1500.0, 60).why == Why.HOLD
    assert rig.flowing_w() == 1500.0
    assert rig.switches == before


def test_a_relay_alone_waits_open() -> None:
    rig = HeaterRig(thermostat_open=True, on_off=True)
    rig.run(20)
    rig.close()
    result = rig.until_refused(60)
    assert result is not None
    assert (result.why, result.allowed) == (Why.THERMOSTAT_OPEN, False)


def test_kettle_that_hides_one_step_is_forgiven() -> None:
    rig = HeaterRig(house_w=lambda t: 3000.0 if t < 60.0 else 1000.0)
    rig.run(20)
    rig.heat(300.0, 39)
    rig.watts = 900.0  # 2 kW go off in this very second
    assert rig.run(60).allowed
    assert rig.heat(1800.0).allowed
    assert set(rig.seen) == {Why.HOLD}


# -- old samples ------------------------------------------------------------------------------


def test_samples_of_a_portal_once_a_minute_judge_too() -> None:
    well = HeaterRig(sample_s=60, lag_s=0)
    well.run(121)
    well.heat(1500.0, 300)
    well.heat(0.0, 300)
    well.off()
    well.run(300)
    assert set(well.seen) == {Why.HOLD}
    dead = HeaterRig(sample_s=60, lag_s=0, thermostat_open=True, house_w=lambda _: 2500.0)
    dead.run(121)
    dead.heat(500.0, 200)
    dead.heat(1500.0, 1)
    assert dead.until_refused(130) is not None


def test_state_begins_without_a_verdict() -> None:
    assert EffectState().verdict == Why.HOLD
    assert not EffectState().latched


# -- the second look ------------------------------------------------------------------------------


def once_proved(**home: object) -> HeaterRig:
    """A heater whose watts fell with the relay once; the wait for a second look is over."""
    rig = HeaterRig(shorted=True, **home)  # type: ignore[arg-type]
    rig.run(20 * rig.sample_s)
    rig.close()
    assert rig.until_refused(6 * rig.sample_s) is not None
    while not rig.tick().allowed:
        pass
    assert rig.state.proofs == 1
    return rig


@pytest.mark.parametrize("sample_s", [1, 60, 300])
def test_after_a_proof_the_knob_waits_at_zero_for_a_sample_taken_there(sample_s: int) -> None:
    rig = once_proved(sample_s=sample_s, lag_s=0)
    rig.shorted = False
    rig.close()
    rig.watts = 900.0
    while rig.tick().zero_only:
        assert rig.flowing_w() == 0.0
        assert rig.state.switched_s < SETTLE_S + 2.0 * sample_s
    assert rig.state.switched_s >= SETTLE_S
    assert rig.state.proofs == 0
    assert rig.run(3 * sample_s + 30).allowed


@pytest.mark.parametrize(("excess_w", "refused"), [(799.0, False), (801.0, True)])
def test_what_a_second_look_calls_watts(excess_w: float, refused: bool) -> None:
    rig = once_proved(sample_s=60, lag_s=0)
    rig.shorted = False
    rig.close()
    rig.house_w = lambda _: 300.0 + excess_w
    assert (rig.until_refused(130) is not None) == refused


@pytest.mark.parametrize(("sample_s", "switches"), [(1, 4), (60, 8), (300, 8)])
def test_a_short_latches_within_few_switches_however_rare_the_samples(
    sample_s: int, switches: int
) -> None:
    rig = HeaterRig(shorted=True, sample_s=sample_s, lag_s=0)
    rig.run(5 * sample_s)
    for _ in range(20_000):
        if rig.tick().allowed and not rig.closed:
            rig.close()
        rig.watts = 400.0 if rig.closed else 0.0
        if rig.state.latched:
            break
        # The search sees what is bought and takes the knob to zero.
        if rig.state.last_load_w > 1500.0:
            rig.watts = 0.0
    assert rig.state.latched
    assert rig.state.verdict == Why.TRIAC_SHORT
    assert rig.switches == switches


def test_an_ordinary_opening_after_rest_at_zero_is_a_proof_too() -> None:
    rig = HeaterRig(shorted=True)
    rig.run(20)
    rig.state = rig.state._replace(checked_s=0.0, checked_before_s=0.0)
    rig.close()
    assert rig.run(40).allowed  # no relay is spent on a suspicion
    rig.off()
    rig.run(10)
    assert rig.state.proofs == 1


@pytest.mark.parametrize(
    ("fallen_w", "proofs"), [(1199.0, 0), (1201.0, 1), (2599.0, 1), (2601.0, 0)]
)
def test_an_ordinary_opening_proves_if_about_a_heater_went(fallen_w: float, proofs: int) -> None:
    rig = HeaterRig()
    rig.run(20)
    rig.close()
    rig.run(10)
    rig.state = rig.state._replace(checked_s=0.0, checked_before_s=0.0)
    rig.house_w = kettle(rig.now_s, rig.now_s + 20.0, fallen_w)
    rig.run(20)
    rig.off()
    rig.run(10)
    assert rig.state.proofs == proofs


@pytest.mark.parametrize(("since_s", "refused"), [(CHECKS_S - 60.0, False), (CHECKS_S, True)])
def test_a_suspicion_opens_the_relay_at_most_twice_an_hour(since_s: float, refused: bool) -> None:
    rig = HeaterRig(shorted=True)
    rig.run(20)
    rig.state = rig.state._replace(checked_s=100.0, checked_before_s=since_s)
    rig.close()
    assert (rig.until_refused(8) is not None) == refused


def test_a_hob_that_pulses_opens_no_relay() -> None:
    rig = HeaterRig(house_w=lambda t: 2100.0 if t % 13.0 < 6.0 else 300.0)
    rig.run(120)
    for _ in range(30):
        rig.heat(600.0, 40)
        rig.watts = 0.0
        rig.run(40)
        rig.off()
        rig.run(61)
    assert Why.TRIAC_SHORT not in rig.seen
    assert Why.THERMOSTAT_OPEN not in rig.seen
    assert rig.switches == 2 * 30  # those that were asked for


def test_steps_while_the_house_is_restless_are_no_open_thermostat() -> None:
    """Twice the oven goes off in the very second in which the knob goes up."""
    rig = HeaterRig(house_w=lambda _: 4000.0)
    rig.run(20)
    rig.heat(300.0)
    for base_w in (3300.0, 2600.0):
        rig.watts += 700.0
        rig.run(2)
        rig.house_w = lambda _, base_w=base_w: base_w  # type: ignore[misc]
        rig.run(40)
    assert set(rig.seen) == {Why.HOLD}


def test_an_open_thermostat_is_found_although_the_house_was_restless_minutes_ago() -> None:
    rig = HeaterRig(
        thermostat_open=True,
        house_w=lambda t: 4000.0 if t < 300.0 and t % 13.0 < 6.0 else 2500.0,
    )
    rig.run(300)
    rig.heat(300.0, 150)
    rig.heat(700.0, 60)
    rig.watts = 1200.0
    assert rig.until_refused(15) is not None
    assert rig.state.verdict == Why.THERMOSTAT_OPEN
