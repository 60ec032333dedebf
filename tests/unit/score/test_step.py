"""One tick of the score: what was caught, what was missed, and why."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.site_now import SiteNow
from pvopt.model import Why
from pvopt.score.causes import Cause, cause_of
from pvopt.score.step import LATE_S, Flows, Guess, Share, flows_of

NAN = math.nan
UNSEEN = Guess()


def now(**numbers: Any) -> SiteNow:
    known = SiteNow(True, 100.0, 99.0, 10.0, grid_w=0.0, pv_w=3000.0, load_w=2000.0)
    return known._replace(**numbers)


def boiler(draws_w: float, cause: Cause = Cause.WAITING, max_w: float = 2000.0) -> Share:
    return Share(draws_w, max_w, cause)


def flows(seen: SiteNow, *loads: Share, guess: Guess = UNSEEN, held: bool = False) -> Flows:
    return flows_of(guess, seen, held, NAN, loads)[1]


def test_what_is_drawn_comes_from_grid_then_battery_then_sun() -> None:
    found = flows(now(grid_w=200.0, battery_w=-100.0, has_battery=True), boiler(1500.0))
    assert (found.caught_w, found.grid_w, found.battery_w) == (1200.0, 200.0, 100.0)


def test_the_house_alone_buys_without_us() -> None:
    found = flows(now(grid_w=900.0, battery_w=-400.0, has_battery=True), boiler(0.0))
    assert (found.caught_w, found.grid_w, found.battery_w) == (0.0, 0.0, 0.0)


def test_a_standing_import_is_none_of_ours() -> None:
    found = flows(now(grid_w=50.0, setpoint_w=50.0), boiler(1000.0))
    assert (found.grid_w, found.caught_w) == (0.0, 1000.0)


@pytest.mark.parametrize(
    ("cause", "missed"),
    [(Cause.WAITING, Cause.WAITING), (Cause.HAND, Cause.HAND), (Cause.HOT, Cause.HOT)],
)
def test_export_is_missed_by_the_loads_reason(cause: Cause, missed: Cause) -> None:
    found = flows(now(grid_w=-300.0), boiler(0.0, cause))
    assert found.missed_w[missed] == 300.0
    assert sum(found.missed_w) == 300.0


def test_beyond_the_heater_it_is_too_small() -> None:
    found = flows(now(grid_w=-300.0), boiler(1900.0))
    assert found.missed_w[Cause.WAITING] == pytest.approx(100.0)
    assert found.missed_w[Cause.SMALL] == pytest.approx(200.0)


def test_a_hot_tank_is_the_reason_only_where_no_other_load_had_room() -> None:
    loads = (boiler(0.0, Cause.HOT), boiler(0.0, Cause.WAITING, 500.0))
    found = flows(now(grid_w=-700.0), *loads)
    assert found.missed_w[Cause.WAITING] == 500.0
    assert found.missed_w[Cause.HOT] == 200.0


def test_old_numbers_are_late_just_beyond_the_bound() -> None:
    for age_s, cause in ((LATE_S, Cause.WAITING), (LATE_S + 0.1, Cause.LATE)):
        found = flows(now(grid_w=-300.0, now_s=100.0, at_s=100.0 - age_s), boiler(0.0))
        assert found.missed_w[cause] == 300.0, age_s


def test_what_a_battery_exports_is_no_sun() -> None:
    found = flows(now(grid_w=-800.0, battery_w=-800.0, has_battery=True, pv_w=0.0), boiler(0.0))
    assert sum(found.missed_w) == 0.0


def test_held_back_sun_is_guessed_from_when_the_panels_were_free() -> None:
    guess, _ = flows_of(Guess(), now(pv_w=2000.0), False, 2500.0, (boiler(900.0),))
    _, found = flows_of(guess, now(pv_w=1500.0), True, 3000.0, (boiler(500.0),))
    # 2000 W under 2500 W of clear sky are 2400 W under 3000 W.
    assert found.guessed_w == pytest.approx(900.0)
    assert found.missed_w[Cause.HIDDEN] == pytest.approx(900.0)


def test_what_panels_give_at_dawn_tells_nothing_of_noon() -> None:
    for clear_w, guessed_w in ((0.1, 0.0), (49.9, 0.0), (50.0, 1500.0)):
        guess, _ = flows_of(Guess(), now(pv_w=30.0), False, clear_w, (boiler(0.0),))
        _, found = flows_of(guess, now(pv_w=300.0), True, 3000.0, (boiler(0.0),))
        assert found.guessed_w == pytest.approx(guessed_w), clear_w


def test_held_back_sun_is_no_more_than_the_sky_can_give() -> None:
    guess, _ = flows_of(Guess(), now(pv_w=900.0), False, 100.0, (boiler(0.0),))
    _, found = flows_of(guess, now(pv_w=400.0), True, 1000.0, (boiler(0.0),))
    assert found.guessed_w == pytest.approx(1.4 * 1000.0 + 200.0 - 400.0)


def test_held_back_sun_that_nothing_is_known_of_is_no_number() -> None:
    assert flows(now(pv_w=1500.0), boiler(0.0), held=True).guessed_w == 0.0


def test_charging_that_was_taken_is_what_the_battery_took_before() -> None:
    full = Guess(accepts_w=800.0, soc_pct=90.0)
    seen = now(battery_w=500.0, soc_pct=90.0, has_battery=True)
    assert flows(seen, boiler(1000.0), guess=full).charging_w == 300.0
    assert flows(seen, boiler(100.0), guess=full).charging_w == 100.0
    assert flows(seen, boiler(1000.0)).charging_w == 0.0  # never seen: nothing is claimed


def test_a_load_before_the_battery_misses_what_charges_it() -> None:
    first = Share(0.0, 2000.0, Cause.WAITING, True)
    seen = now(battery_w=600.0, has_battery=True)
    assert flows(seen, first).missed_w[Cause.WAITING] == 600.0
    assert sum(flows(seen, boiler(0.0)).missed_w) == 0.0


def test_what_the_grid_charges_is_no_sun_for_anybody() -> None:
    first = Share(0.0, 2000.0, Cause.RULES, True)
    night = now(grid_w=3500.0, battery_w=3000.0, pv_w=0.0, has_battery=True)
    assert sum(flows(night, first).missed_w) == 0.0
    dull = now(grid_w=2500.0, battery_w=3000.0, pv_w=900.0, has_battery=True)
    assert flows(dull, first).missed_w[Cause.RULES] == 500.0
    assert flows(dull._replace(grid_w=-1.0), first).missed_w[Cause.RULES] == 900.0 + 1.0


def test_no_load_misses_more_than_it_could_take() -> None:
    first = Share(500.0, 2000.0, Cause.WAITING, True)
    seen = now(grid_w=-1200.0, battery_w=1000.0, pv_w=4000.0, has_battery=True)
    missed_w = flows(seen, first).missed_w
    assert missed_w[Cause.WAITING] == 1500.0
    assert missed_w[Cause.SMALL] == 700.0


WATTS = st.floats(0.0, 8000.0)
SIGNED = st.floats(-8000.0, 8000.0)
SHARES = st.lists(
    st.builds(Share, WATTS, WATTS, st.sampled_from(Cause), st.just(False)), min_size=1, max_size=4
)


@given(SIGNED, SIGNED, WATTS, WATTS, SHARES, st.booleans())
def test_the_parts_add_up(
    grid_w: float, battery_w: float, pv_w: float, free_w: float, loads: list[Share], held: bool
) -> None:
    seen = now(grid_w=grid_w, battery_w=battery_w, pv_w=pv_w, has_battery=True)
    guess = Guess(free_w=free_w)
    found = flows_of(guess, seen, held, NAN, tuple(loads))[1]
    own_w = sum(one.draws_w for one in loads)
    assert found.caught_w + found.grid_w + found.battery_w == pytest.approx(own_w)
    hidden_w = max(0.0, free_w - pv_w) if held else 0.0
    export_w = min(pv_w, max(0.0, -grid_w - max(0.0, -battery_w)))
    assert sum(found.missed_w) == pytest.approx(export_w + hidden_w, abs=1e-6)
    assert min(found.missed_w) >= -1e-9
    assert min(found.caught_w, found.charging_w, found.guessed_w) >= -1e-9


def test_every_reason_has_a_cause() -> None:
    assert {cause_of(why) for why in Why} == set(Cause) - {Cause.HIDDEN}
    assert cause_of(Why.RIDING) == Cause.WAITING
