"""The law for late samples: what lasted is used, what is bought is billed and bounded."""

from __future__ import annotations

import math
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide import budget
from pvopt.decide.budget import rested
from pvopt.decide.hunt import HuntMeters, HuntResult, HuntState
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.late import billed, is_late, late_step, rise_w_s, share_used
from pvopt.decide.late_shapes import (
    BOUGHT_SHARE,
    DOWN_SHARE,
    LATE_S,
    LEAST_FACTOR,
    MOST_OWED,
    MOST_SAVED,
    RISE,
    UNIT_H,
    LateState,
)
from pvopt.decide.one_heater import HeaterState, heater_params, heater_step
from pvopt.decide.settings import HuntParams
from pvopt.decide.site_now import load_now
from pvopt.model import Why
from tests.unit.decide import samples
from tests.unit.decide.samples import HEATER_W, HUNT
from tests.unit.decide.tiny_home import NAN, sample

UNIT_WH = UNIT_H * HEATER_W
AGE_S = 60.0
RELAY = HUNT._replace(min_w=HEATER_W, hold_s=120.0)


def late_sample(grid_w: float, then_w: float = 0.0, **more: typing.Any) -> HuntMeters:
    """A home without battery, a minute ago; our loads were at rest and drew ``then_w``."""
    meters = sample(grid_w, NAN, own_w=then_w)
    meters = meters._replace(age_s=AGE_S, high_w=then_w, low_w=then_w, still=True)
    return meters._replace(**more)


def running(budget_w: float, **late: float) -> HuntState:
    kept = {"proven_w": budget_w, "known_s": 0.0, **late}
    return HuntState(budget_w=budget_w, response_s=6.0, late=LateState(**kept))


def step(
    state: HuntState, meters: HuntMeters, seconds: int = 1, params: HuntParams = HUNT
) -> HuntResult:
    result = late_step(params, state, meters, HEATER_W, 1.0)
    for _ in range(seconds - 1):
        result = late_step(params, result.state, meters, HEATER_W, 1.0)
    return result


# -- which samples are late --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_s", "gap_s", "late"),
    [
        (LATE_S, LATE_S, False),
        (LATE_S + 0.1, 1.0, True),
        (0.0, LATE_S + 0.1, True),
        (NAN, NAN, False),
    ],
)
def test_old_samples_and_rare_ones_are_late(age_s: float, gap_s: float, late: bool) -> None:
    assert is_late(age_s, gap_s) == late


@pytest.mark.parametrize(("age_s", "calls"), [(1.0, 0), (60.0, 1)])
def test_each_age_has_its_law(monkeypatch: pytest.MonkeyPatch, age_s: float, calls: int) -> None:
    called: list[float] = []

    def listening(
        params: HuntParams, state: HuntState, meters: HuntMeters, rated_w: float, dt_s: float
    ) -> HuntResult:
        called.append(rated_w)
        return late_step(params, state, meters, rated_w, dt_s)

    monkeypatch.setattr(budget, "late_step", listening)
    home = samples.site(100.0 - age_s)
    now = samples.now_of(home)._replace(now_s=100.0, allowed_age_s=150.0)
    params = heater_params(samples.SETTINGS)
    load = load_now(samples.view(), 0.0)
    heater_step(params, HeaterState(), now, load, True, NAN, NAN, 1.0, OwnPast())
    assert called == [HEATER_W] * calls


# -- what lasted -------------------------------------------------------------------------------


def test_the_budget_rises_slowly_whatever_is_exported() -> None:
    rise = RISE * HEATER_W
    after = step(running(500.0), late_sample(-1400.0, 500.0), 50)
    assert after.state.late.proven_w == pytest.approx(500.0 + 50.0 * rise)
    assert 500.0 + 40.0 * rise < after.budget_w <= 500.0 + 50.0 * rise


def test_it_drops_at_once_to_what_a_sample_shows() -> None:
    after = step(running(800.0), late_sample(300.0, 800.0))
    assert (after.budget_w, after.why) == (500.0, Why.STEP_BACK)


def test_between_samples_nothing_changes() -> None:
    state = running(800.0)
    after = step(state, late_sample(300.0, 800.0, fresh=False), 20)
    assert after.budget_w == 800.0
    assert after.state.late == state.late


def test_export_and_charging_count_from_what_was_drawn_then() -> None:
    """Our loads drew 300 W a minute ago and draw 900 W now: the sample knows the former."""
    meters = late_sample(-630.0, 300.0, own_w=900.0)
    assert step(running(900.0), meters).budget_w == pytest.approx(900.0)
    short = late_sample(-430.0, 300.0, own_w=900.0)
    assert step(running(900.0), short).budget_w == pytest.approx(300.0 + 430.0 - HUNT.margin_w)
    wish = running(900.0)._replace(accept_w=400.0)
    charging = late_sample(0.0, 900.0, battery_w=250.0)
    assert step(wish, charging).budget_w == pytest.approx(900.0 - 150.0)


def test_a_sample_made_while_our_loads_moved_does_not_count() -> None:
    state = running(900.0)
    moving = late_sample(600.0, high_w=900.0, low_w=200.0, still=False)
    assert step(state, moving).budget_w == 900.0
    rare = state._replace(late=state.late._replace(known_s=30.0))
    assert step(rare, moving).budget_w == 300.0  # 900 W were drawn at the most


@given(
    grid_w=st.floats(-5000.0, 5000.0),
    own_w=st.floats(0.0, HEATER_W),
    budget_w=st.floats(0.0, HEATER_W),
    bank=st.floats(-2.0 * MOST_OWED, 2.0 * MOST_SAVED),
    cap_w=st.floats(40.0, HEATER_W),
    proven_w=st.floats(0.0, HEATER_W),
)
def test_never_above_what_a_sample_shows_nor_out_of_bounds(
    grid_w: float, own_w: float, budget_w: float, bank: float, cap_w: float, proven_w: float
) -> None:
    state = running(min(budget_w, cap_w), proven_w=proven_w, bank_wh=bank * UNIT_WH)
    after = step(state, late_sample(grid_w, own_w), 1, HUNT._replace(max_w=cap_w))
    assert 0.0 <= after.budget_w <= cap_w
    shown_w = max(0.0, own_w - grid_w)
    assert after.budget_w <= shown_w + DOWN_SHARE * HEATER_W
    # Nor above what has lasted: 2 kW rise by no more than 4 W for each unit that was saved.
    most_w = proven_w + RISE * HEATER_W * (1.0 + max(0.0, bank))
    assert after.budget_w <= most_w + DOWN_SHARE * HEATER_W


@given(
    grid_w=st.floats(allow_nan=True, allow_infinity=True),
    pv_w=st.floats(allow_nan=True, allow_infinity=True),
    battery_w=st.floats(allow_nan=True, allow_infinity=True),
    limited=st.sampled_from([0.0, 1.0, NAN]),
    own_w=st.floats(0.0, HEATER_W),
)
def test_no_sample_leads_out_of_bounds(
    grid_w: float, pv_w: float, battery_w: float, limited: float, own_w: float
) -> None:
    meters = late_sample(grid_w, own_w, pv_w=pv_w, battery_w=battery_w, limited=limited)
    for state in (running(1000.0), HuntState()):
        after = step(state, meters, 3)
        assert 0.0 <= after.budget_w <= HEATER_W


# -- hidden sun --------------------------------------------------------------------------------


def hidden(own_w: float, pv_w: float, **more: typing.Any) -> HuntMeters:
    return late_sample(0.0, own_w, limited=1.0, pv_w=pv_w, load_w=pv_w, short_w=0.0, **more)


def test_under_snow_no_more_than_a_first_step_is_tried() -> None:
    """Limited, and a minute later nobody has answered yet, whatever the sky promises."""
    begun = step(HuntState(), hidden(0.0, 300.0, promise_w=3000.0), 300)
    assert 0.0 < begun.budget_w <= HUNT.first_step_w
    waiting = step(HuntState(), hidden(0.0, 300.0, waiting=True), 300)
    assert waiting.budget_w <= HUNT.first_step_w


def test_limited_the_budget_climbs_until_nobody_is() -> None:
    """1200 W could be given: the climb finds them, and goes no further than a minute's rise."""
    state, drawn = HuntState(), [0.0] * 60
    budgets = []
    for _ in range(3600):
        own_w = drawn[-60]
        spare_w = 1200.0 - own_w
        meters = hidden(own_w, 300.0 + own_w) if spare_w > 0.0 else late_sample(-spare_w, own_w)
        meters = meters._replace(pv_w=300.0 + min(own_w, 1200.0), own_w=drawn[-1])
        result = late_step(HUNT, state, meters, HEATER_W, 1.0)
        state = result.state
        drawn.append(result.budget_w)
        budgets.append(result.budget_w)
    assert max(budgets) <= 1200.0 + 62.0 * RISE * HEATER_W
    settled = budgets[1800:]
    assert 1100.0 < sum(settled) / len(settled) < 1230.0


def test_a_belief_that_the_battery_pays_for_fades() -> None:
    """The sun has gone, and a charger goes on saying that it is held back; the battery pays."""
    state = running(1500.0, sky_w=2400.0, moved_s=100.0)._replace(accept_w=0.0, best_w=2400.0)
    drawn, bought_wh = [1500.0, 1500.0], 0.0
    for _ in range(240):
        own_w = drawn[-2]  # a minute ago
        meters = hidden(own_w, 600.0, battery_w=300.0 - own_w)
        meters = meters._replace(load_w=300.0 + own_w)
        result = late_step(HUNT, state, meters, HEATER_W, 60.0)
        state = result.state
        drawn.append(result.budget_w)
        bought_wh += max(0.0, result.budget_w - 300.0) / 60.0
    assert bought_wh < 800.0


def test_beyond_what_the_owner_allows_nothing_is_believed() -> None:
    """At the limit the belief holds, a watt beyond it goes back at once."""
    state = running(1000.0, sky_w=3000.0, moved_s=100.0)._replace(accept_w=0.0, best_w=3000.0)
    for more_w, kept_w in ((0.0, 1000.0), (1.0, 1000.0 - HUNT.max_discharge_w - 1.0)):
        paid_w = HUNT.max_discharge_w + more_w
        meters = hidden(1000.0, 1500.0, battery_w=-paid_w)
        budget_w = step(state, meters).budget_w
        assert budget_w == pytest.approx(kept_w, abs=10.0)


def test_a_sunny_spell_is_believed_to_come_back() -> None:
    """A cloud passed: who knows that the panels gave 2000 W before climbs sooner."""
    cloud = running(400.0, sky_w=700.0)
    lately = cloud._replace(best_w=2000.0)
    dull, bright = (step(s, hidden(400.0, 700.0), 60).budget_w for s in (cloud, lately))
    assert bright > dull + 100.0


# -- the bill ----------------------------------------------------------------------------------


def test_the_bill_counts_what_grid_and_battery_gave() -> None:
    bought = late_sample(0.0, 1000.0, battery_w=-60.0)
    account = billed(LateState(), bought, HEATER_W, 60.0)
    assert account.bank_wh == pytest.approx((BOUGHT_SHARE * 1000.0 - 60.0) / 60.0)
    # What the house draws beside us is not ours.
    more = billed(LateState(), late_sample(3000.0, 500.0), HEATER_W, 60.0)
    assert more.bank_wh == pytest.approx((BOUGHT_SHARE - 1.0) * 500.0 / 60.0)
    assert billed(LateState(), late_sample(3000.0), HEATER_W, 60.0).bank_wh == 0.0
    # From sample to sample, however many ticks lie between.
    waited = billed(LateState(), bought._replace(fresh=False), HEATER_W, 30.0)
    assert waited.bank_wh == 0.0
    assert billed(waited, bought, HEATER_W, 30.0) == account


def test_the_account_is_bounded() -> None:
    rich = poor = LateState()
    free, dear = late_sample(0.0, HEATER_W), late_sample(HEATER_W, HEATER_W)
    for _ in range(500):
        rich = billed(rich, free, HEATER_W, 300.0)
        poor = billed(poor, dear, HEATER_W, 300.0)
    assert rich.bank_wh == pytest.approx(MOST_SAVED * UNIT_WH)
    assert poor.bank_wh == pytest.approx(-MOST_OWED * UNIT_WH)
    assert rise_w_s(poor, HEATER_W) > 0.0  # even then it tries again
    assert share_used(poor, HEATER_W) == LEAST_FACTOR


def test_what_was_saved_makes_bold_and_what_is_owed_careful() -> None:
    saved, owed = (LateState(bank_wh=wh) for wh in (2.0 * UNIT_WH, -2.0 * UNIT_WH))
    rise = RISE * HEATER_W
    assert rise_w_s(saved, HEATER_W) == pytest.approx(3.0 * rise)
    assert rise_w_s(owed, HEATER_W) == pytest.approx(rise / 3.0)
    assert (share_used(saved, HEATER_W), share_used(owed, HEATER_W)) == (1.0, 0.9)


def test_the_bill_outlives_gates_and_the_rest_does_not() -> None:
    kept = rested(running(900.0, bank_wh=-50.0, bill_s=3.0, sky_w=2000.0)).late
    assert kept == LateState(bank_wh=-50.0, bill_s=3.0)


@pytest.mark.parametrize("cloud_s", [90, 390])
def test_the_share_bought_holds_under_any_clouds(cloud_s: int) -> None:
    """Sun and cloud by turns, samples a minute old and 30 s apart: 1700 W or 400 W to spare."""
    every_s, delay = 30, 2
    state = HuntState()
    drawn = [0.0] * (delay + 1)
    spare = [0.0] * (delay + 1)
    bought_wh = heat_wh = 0.0
    for k in range(14_400):  # ten days of twelve hours
        spare.append(1700.0 if (k * every_s // cloud_s) % 3 else 400.0)
        own_w = drawn[-delay]
        meters = late_sample(own_w - spare[-1 - delay], own_w, own_w=drawn[-1])
        late = billed(state.late, meters, HEATER_W, float(every_s))
        result = late_step(HUNT, state._replace(late=late), meters, HEATER_W, float(every_s))
        state = result.state
        drawn.append(result.budget_w)
        heat_wh += result.budget_w * every_s / 3600.0
        bought_wh += max(0.0, result.budget_w - spare[-1]) * every_s / 3600.0
    owed_wh = max(0.0, -state.late.bank_wh)
    assert heat_wh > 0.15 * sum(spare) * every_s / 3600.0
    assert bought_wh <= BOUGHT_SHARE * heat_wh + owed_wh + UNIT_WH
    assert bought_wh <= 0.04 * heat_wh


# -- a relay alone -----------------------------------------------------------------------------


def test_all_or_nothing_is_not_shaved() -> None:
    """2 kW are there: a debt that asks for less of them leaves a load without knob on."""
    owing = running(HEATER_W, bank_wh=-3.0 * UNIT_WH)
    assert step(owing, late_sample(-300.0, HEATER_W), 1, RELAY).budget_w == HEATER_W
    assert step(owing, late_sample(1.0, HEATER_W), 1, RELAY).budget_w == 0.0
    assert step(owing, late_sample(-300.0, HEATER_W)).budget_w == pytest.approx(0.85 * HEATER_W)


def test_a_search_that_costs_a_switch_needs_a_promise_and_waits_after_failing() -> None:
    dark = hidden(0.0, 300.0, promise_w=500.0)
    assert step(HuntState(), dark, 600, RELAY).budget_w == 0.0
    bright = hidden(0.0, 300.0, promise_w=2500.0)
    assert step(HuntState(), bright, 600, RELAY).budget_w == HEATER_W
    lacking = hidden(HEATER_W, 900.0, battery_w=-1400.0)
    failed = step(running(HEATER_W)._replace(accept_w=0.0), lacking, 1, RELAY)
    assert failed.budget_w == 0.0
    assert failed.state.wait_s >= 5.0 * RELAY.hold_s
    assert math.isfinite(failed.state.wait_s)
