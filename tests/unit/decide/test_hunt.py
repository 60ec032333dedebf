"""The search: visible surplus is taken, hidden surplus is probed for, what is not sun goes back."""

from __future__ import annotations

import enum
import itertools
import math
import typing

import pytest

from pvopt.decide.drive import DriveResult, DriveState
from pvopt.decide.hunt import HuntMeters, HuntResult, HuntState, hunt_step
from pvopt.decide.hunt_watch import visible_w
from pvopt.decide.limits import LimitResult, LimitState
from pvopt.decide.settings import DriveParams, HuntParams, LimitParams
from pvopt.model import Why
from tests.unit.decide.samples import HUNT
from tests.unit.decide.tiny_home import NAN, TinyHome, sample

KERNEL_TUPLES = [
    HuntParams,
    HuntState,
    HuntMeters,
    HuntResult,
    DriveParams,
    DriveState,
    DriveResult,
    LimitParams,
    LimitState,
    LimitResult,
]


@pytest.mark.parametrize("shape", KERNEL_TUPLES)
def test_kernels_know_only_floats_bools_enums_and_named_tuples(shape: type) -> None:
    for name, kind in typing.get_type_hints(shape).items():
        plain = kind in (float, bool) or issubclass(kind, enum.IntEnum)
        assert plain or hasattr(kind, "_fields"), name


def settled(params: HuntParams, state: HuntState, meters: HuntMeters, seconds: int) -> HuntResult:
    result = hunt_step(params, state, meters, 1.0)
    for _ in range(seconds - 1):
        result = hunt_step(params, result.state, meters, 1.0)
    return result


# -- visible ---------------------------------------------------------------------------------


def test_export_is_taken_up_but_for_the_margin() -> None:
    home = TinyHome(feed_in=True)  # 2400 - 350 - 60 = 1990 W to spare
    home.run(60)
    assert 1930.0 <= home.own_w <= 1990.0
    assert max(home.budgets) <= 1990.0


KETTLE_OFF = sample(
    -800.0, 60.0, load_w=1650.0, own_w=500.0, high_w=500.0, low_w=500.0, limited=0.0
)
BEFORE = HuntState(budget_w=500.0, accept_w=60.0, load_w=2500.0)


@pytest.mark.parametrize(("battery_w", "more_w"), [(60.0, 770.0), (-30.0, 680.0), (90.0, 770.0)])
def test_behind_a_falling_load_the_battery_has_its_wish_first(
    battery_w: float, more_w: float
) -> None:
    """800 W exported, 30 W of them the cushion, the battery wants 60 W: what is beyond is taken
    in the very sample in which the load fell."""
    result = hunt_step(HUNT, BEFORE, KETTLE_OFF._replace(battery_w=battery_w), 1.0)
    assert result.budget_w == pytest.approx(500.0 + more_w)


@pytest.mark.parametrize(
    ("meters", "accept_w"),
    [
        (KETTLE_OFF, NAN),
        (KETTLE_OFF._replace(battery_w=91.0), 60.0),
        (KETTLE_OFF._replace(limited=1.0), 60.0),
        (KETTLE_OFF._replace(may_export=False), 60.0),
        (KETTLE_OFF._replace(high_w=700.0), 60.0),
    ],
    ids=["never seen", "takes more", "perhaps its rating", "may not export", "ours fell by less"],
)
def test_where_its_wish_is_in_doubt_a_falling_load_shows_nothing_yet(
    meters: HuntMeters, accept_w: float
) -> None:
    result = hunt_step(HUNT, BEFORE._replace(accept_w=accept_w), meters, 1.0)
    assert result.why != Why.VISIBLE
    assert result.budget_w <= 500.0 + HUNT.first_step_w


@pytest.mark.parametrize(("fallen_w", "taken"), [(171.0, True), (169.0, False), (231.0, False)])
def test_our_own_fall_shows_as_much_as_it_should(fallen_w: float, taken: bool) -> None:
    """Ours went from 700 W to 500 W: 30 W more or less is the house's own flutter."""
    meters = KETTLE_OFF._replace(load_w=2500.0 - fallen_w, high_w=700.0)
    assert (hunt_step(HUNT, BEFORE, meters, 1.0).budget_w > 500.0) is taken


@pytest.mark.parametrize(("load_w", "drawn_w"), [(589.0, 200.0), (590.0, 500.0)])
def test_a_load_that_rose_with_ours_shows_ours(load_w: float, drawn_w: float) -> None:
    """200 W, then 500 W, 130 W exported beyond the cushion: a load higher by four fifths of our
    step has it."""
    state = HuntState(budget_w=500.0, load_w=350.0)
    meters = sample(-160.0, NAN, load_w=load_w, own_w=500.0, high_w=500.0, low_w=200.0)
    assert visible_w(HUNT, state, meters) == pytest.approx(drawn_w + 130.0 - 500.0)
    hidden = meters._replace(may_export=False)
    assert visible_w(HUNT, state, hidden) == pytest.approx(200.0 + 130.0 - 500.0)


def test_what_the_house_frees_is_not_taken_twice() -> None:
    """600 W of the house go while our loads still move: seen as export, and again at rest."""
    state = HuntState(budget_w=500.0, house_w=1000.0, house_s=1.0, load_w=1500.0)
    own = {"own_w": 500.0, "high_w": 500.0, "low_w": 500.0}
    taken = hunt_step(HUNT, state, sample(-630.0, NAN, load_w=900.0, **own), 1.0)
    assert taken.budget_w == pytest.approx(1100.0)
    own = {"own_w": 1100.0, "high_w": 1100.0, "low_w": 1100.0}
    rest = sample(-30.0, NAN, load_w=1500.0, still=True, **own)
    assert hunt_step(HUNT, taken.state, rest, 1.0).budget_w == pytest.approx(1100.0)


SERVO = HUNT._replace(tolerance_w=30.0, lasting_s=5.0, patience=3.0, cushion_w=20.0)


@pytest.mark.parametrize(("battery_w", "seconds"), [(NAN, 3), (60.0, 1)])
def test_without_a_battery_a_servo_goes_up_for_an_eighth_of_a_watt_hour(
    battery_w: float, seconds: int
) -> None:
    """200 W beyond the margin: 450 Ws are more than two seconds of it, 150 Ws less than one."""
    state = HuntState(accept_w=60.0)
    for second in range(1, seconds + 1):
        state = hunt_step(SERVO, state, sample(-230.0, battery_w, limited=0.0), 1.0).state
        assert (state.budget_w > 0.0) == (second == seconds)
    assert state.budget_w == pytest.approx(200.0)


@pytest.mark.parametrize(("battery_w", "more_w"), [(NAN, 20.0), (60.0, 0.0)])
def test_without_a_battery_a_servo_that_steps_back_leaves_more(
    battery_w: float, more_w: float
) -> None:
    own = {"own_w": 1000.0, "high_w": 1000.0, "low_w": 1000.0}
    drawn = sample(100.0, battery_w, limited=0.0, **own)
    state = HuntState(budget_w=1000.0, accept_w=60.0)
    budgets = [
        hunt_step(params, state, drawn, 1.0).budget_w
        for params in (SERVO._replace(cushion_w=0.0), SERVO)
    ]
    assert budgets[0] < 900.0
    assert budgets[0] - budgets[1] == pytest.approx(more_w)


@pytest.mark.parametrize(("rise_w", "taken_w"), [(15.0, 0.0), (16.0, 32.0), (400.0, 100.0)])
def test_rising_panels_are_met_half_way(rise_w: float, taken_w: float) -> None:
    before = sample(grid_w=20.0)
    state = hunt_step(HUNT, HuntState(), before, 1.0).state
    risen = sample(grid_w=-330.0)._replace(pv_w=before.pv_w + rise_w)
    assert hunt_step(HUNT, state, risen, 1.0).budget_w == pytest.approx(300.0 + taken_w)


def test_export_within_margin_and_tolerance_is_left_alone() -> None:
    for export_w, taken in ((60.0, False), (61.0 + HUNT.min_w, True)):
        result = hunt_step(HUNT, HuntState(), sample(grid_w=-export_w), 1.0)
        assert (result.budget_w > 0.0) == taken


def test_what_the_battery_gives_into_export_is_no_surplus() -> None:
    assert settled(HUNT, HuntState(), sample(-1500.0, -1500.0, pv_w=0.0), 120).budget_w == 0.0
    part = hunt_step(HUNT, HuntState(), sample(-500.0, -90.0), 1.0)
    assert part.budget_w == pytest.approx(500.0 - 90.0 - HUNT.margin_w)


def test_a_waiting_heater_does_not_wind_up_the_budget() -> None:
    """Export of 500 W for a minute, nothing drawn yet: the offer stays what the export is."""
    result = settled(HUNT, HuntState(), sample(-500.0), 60)
    assert 400.0 <= result.budget_w <= 500.0


def test_never_more_than_the_heater_can_take() -> None:
    home = TinyHome(possible_w=lambda _: 6000.0, feed_in=True)
    home.run(30)
    assert home.own_w == HUNT.max_w
    assert home.whys[-1] == Why.HEATER_MAX


# -- what is not sun goes back ------------------------------------------------------------------


@pytest.mark.parametrize(("over_w", "back"), [(-1.0, False), (1.0, True)])
def test_import_beyond_what_is_allowed_steps_back_at_once(over_w: float, back: bool) -> None:
    running = HuntState(budget_w=1000.0, accept_w=60.0, since_s=100.0)
    # A battery that lacks nothing, a tolerance that would let it pass: only the hard limit acts.
    calm = HUNT._replace(tolerance_w=500.0)
    meters = sample(HUNT.max_grid_draw_w + over_w, own_w=1000.0)
    result = hunt_step(calm, running, meters, 1.0)
    assert (result.budget_w < 1000.0) == back
    if back:
        assert result.why == Why.STEP_BACK
        assert result.budget_w <= 1000.0 - HUNT.max_grid_draw_w


@pytest.mark.parametrize(("over_w", "back"), [(-1.0, False), (1.0, True)])
def test_discharge_beyond_what_is_allowed_steps_back_at_once(over_w: float, back: bool) -> None:
    running = HuntState(budget_w=1000.0, since_s=100.0)
    calm = HUNT._replace(tolerance_w=500.0)
    meters = sample(0.0, -(HUNT.max_discharge_w + over_w), own_w=1000.0)
    assert (hunt_step(calm, running, meters, 1.0).budget_w < 1000.0) == back


def test_charging_that_the_grid_feeds_is_no_surplus() -> None:
    fed = sample(grid_w=1000.0, battery_w=1000.0, pv_w=0.0)
    assert settled(HUNT, HuntState(), fed, 300).budget_w == 0.0
    running = HuntState(budget_w=800.0, accept_w=60.0)
    assert settled(HUNT, running, fed._replace(own_w=800.0), 10).budget_w == 0.0


def test_a_cloud_takes_the_heater_back_within_seconds() -> None:
    home = TinyHome(possible_w=lambda t: 2400.0 if t < 300.0 else 900.0)
    home.run(300)
    assert home.own_w > 1500.0
    home.run(15)
    assert home.own_w <= 900.0 - 350.0


# -- hidden --------------------------------------------------------------------------------------


def test_the_first_step_is_small_whatever_there_is() -> None:
    home = TinyHome(possible_w=lambda _: 9000.0)
    home.run(5)
    first_w = next(w for w in home.budgets if w > 0.0)
    assert first_w == HUNT.first_step_w <= 0.1 * HUNT.max_w


@pytest.mark.parametrize("delay_s", [0, 2, 5])
def test_hidden_sun_is_found_and_the_battery_keeps_what_it_accepts(delay_s: int) -> None:
    home = TinyHome(delay_s=delay_s)  # 1990 W to be found
    home.run(600)
    assert 0.9 * 1990.0 <= home.own_w <= 1990.0 + HUNT.edge_step_w
    assert home.from_charging_wh < 10.0


def test_nothing_limited_nothing_exported_no_probe() -> None:
    assert settled(HUNT, HuntState(), sample(), 600).budget_w == 0.0
    assert settled(HUNT, HuntState(), sample(limited=NAN), 600).budget_w == 0.0


def test_a_probe_that_nobody_answers_is_taken_back_and_the_wait_doubles() -> None:
    home = TinyHome(answers=False)
    home.run(1500)
    steps = [t for t in range(1, len(home.budgets)) if home.budgets[t] > 0.0 == home.budgets[t - 1]]
    waits = [b - a for a, b in itertools.pairwise(steps)]
    assert len(waits) >= 3
    assert waits[0] >= HUNT.retry_s
    assert waits[1] >= 1.6 * waits[0]
    assert waits[2] >= 1.6 * waits[1]
    assert home.budgets[-1] == 0.0 or max(home.budgets) <= HUNT.first_step_w
    assert home.from_charging_wh <= HUNT.hour_wh


def runs_above_zero(budgets: list[float]) -> list[list[float]]:
    groups = itertools.groupby(budgets, key=lambda w: w > 0.0)
    return [list(run) for above, run in groups if above]


def test_one_probe_borrows_no_more_than_it_may() -> None:
    slow = HUNT._replace(response_s=180.0, probe_wh=1.0)
    home = TinyHome(answers=False, params=slow)
    home.run(120)
    borrowed_wh = [sum(run) / 3600.0 for run in runs_above_zero(home.budgets)]
    assert borrowed_wh
    assert max(borrowed_wh) <= slow.probe_wh + 2.0 * HUNT.first_step_w / 3600.0


@pytest.mark.parametrize("delay_s", [30, 60, 120])
def test_a_slow_charger_is_waited_for(delay_s: int) -> None:
    """Some take two minutes; an answer that comes late is not laid to another step."""
    patient = HUNT._replace(response_s=1.1 * delay_s, probe_wh=10.0, hour_wh=60.0)
    home = TinyHome(delay_s=delay_s, params=patient)
    home.run(2 * 3600)
    assert 0.9 * 1990.0 <= home.own_w <= 1990.0 + HUNT.edge_step_w
    assert home.from_charging_wh <= 2 * 60.0


def test_the_hours_allowance_ends_the_search() -> None:
    spent = HuntState(hour_wh=HUNT.hour_wh + 1.0)
    meters = sample(limited=1.0)
    assert hunt_step(HUNT, spent, meters, 1.0).why == Why.BUDGET_SPENT
    assert hunt_step(HUNT, spent, meters, 1.0).budget_w == 0.0
    left = HuntState(hour_wh=HUNT.hour_wh - 1.0, accept_w=60.0)
    assert hunt_step(HUNT, left, meters, 1.0).budget_w > 0.0


@pytest.mark.parametrize(("pv_w", "why"), [(1499.0, Why.PROBING), (1501.0, Why.FORECAST_LOW)])
def test_what_the_sky_cannot_give_is_not_searched_for(pv_w: float, why: Why) -> None:
    meters = sample(limited=1.0, pv_w=pv_w, ceiling_w=1500.0)
    assert hunt_step(HUNT, HuntState(), meters, 1.0).why == why


def test_constant_sun_lets_the_knob_rest() -> None:
    home = TinyHome()
    home.run(900)
    late = home.budgets[180:]
    moves = [b - a for a, b in itertools.pairwise(late) if a != b]
    assert all(abs(move) <= 0.02 * HUNT.max_w for move in moves)
    assert len(moves) < 100


# -- data ------------------------------------------------------------------------------------------


def test_an_old_sample_changes_no_budget() -> None:
    for meters in (sample(-1500.0), sample(900.0), sample(limited=1.0)):
        old = meters._replace(fresh=False, own_w=700.0, age_s=9.0)
        running = HuntState(budget_w=700.0)
        for _ in range(30):
            result = hunt_step(HUNT, running, old, 1.0)
            running = result.state
        assert (result.budget_w, result.why) == (700.0, Why.HOLD)


def test_a_command_that_the_sample_cannot_show_yet_is_not_given_twice() -> None:
    state = hunt_step(HUNT, HuntState(), sample(-1000.0), 1.0).state
    taken_w = state.budget_w
    again = hunt_step(HUNT, state, sample(-1000.0, own_w=taken_w), 1.0)
    assert again.budget_w == taken_w


def test_a_home_without_a_battery_follows_its_meter() -> None:
    assert hunt_step(HUNT, HuntState(), sample(-800.0, NAN), 1.0).budget_w == 770.0


@pytest.mark.parametrize("delay_s", [12, 20])
def test_how_long_a_slow_charger_takes_is_learned(delay_s: int) -> None:
    home = TinyHome(delay_s=delay_s)
    home.run(3 * 3600)
    assert home.state.response_s > delay_s
    assert home.own_w > 1000.0
    assert home.from_charging_wh <= 3 * HUNT.hour_wh


@pytest.mark.parametrize(("export_w", "on"), [(2020.0, False), (2040.0, True)])
def test_export_below_what_a_load_can_take_is_left_alone(export_w: float, on: bool) -> None:
    """A relay alone of 2 kW, a margin of 30 W."""
    alone = HUNT._replace(min_w=2000.0, max_w=2000.0, margin_w=30.0, hold_s=120.0)
    seen = settled(alone, HuntState(), sample(grid_w=-export_w), 10)
    assert (seen.budget_w > 0.0) == on


@pytest.mark.parametrize(
    ("promise_w", "begun"), [(math.nan, False), (1999.0, False), (2000.0, True)]
)
def test_a_relay_alone_is_no_small_probe_and_wants_the_promise_of_all_of_it(
    promise_w: float, begun: bool
) -> None:
    alone = HUNT._replace(min_w=2000.0, max_w=2000.0, hold_s=120.0)
    home = sample(limited=1.0)._replace(promise_w=promise_w)
    assert (settled(alone, HuntState(), home, 5).budget_w > 0.0) == begun


@pytest.mark.parametrize(("promise_w", "begun"), [(500.0, False), (501.0, True)])
def test_the_owner_may_want_a_promise_before_a_search_begins(promise_w: float, begun: bool) -> None:
    wanting = HUNT._replace(promise_w=500.0)
    home = sample(limited=1.0)._replace(promise_w=promise_w)
    assert (settled(wanting, HuntState(), home, 5).budget_w > 0.0) == begun


def test_no_climb_while_the_panels_do_not_cover_the_load() -> None:
    home = sample(limited=1.0)._replace(short_w=HUNT.tolerance_w + 1.0)
    assert settled(HUNT, HuntState(), home, 60).budget_w == 0.0


def test_a_contact_that_waits_does_not_end_the_search() -> None:
    begun = HuntState(budget_w=HUNT.first_step_w)
    waiting = sample(own_w=0.0)._replace(waiting=True, limited=1.0)
    assert settled(HUNT, begun, waiting, 300).budget_w == HUNT.first_step_w


@pytest.mark.parametrize(("export_w", "kept_w"), [(1500.0, 1470.0), (600.0, 570.0), (0.0, 0.0)])
def test_surplus_that_shrinks_while_the_contact_waits_is_not_drawn_later(
    export_w: float, kept_w: float
) -> None:
    seen = settled(HUNT, HuntState(), sample(grid_w=-1500.0)._replace(waiting=True), 10)
    assert seen.budget_w == 1470.0
    later = sample(grid_w=-export_w)._replace(waiting=True)
    assert settled(HUNT, seen.state, later, 10).budget_w == kept_w


def test_no_search_begins_before_the_batterys_wish_is_known() -> None:
    home = TinyHome(answers=False)
    home.run(2)
    assert home.budgets == [0.0, 0.0]
    assert home.whys[-1] == Why.PROBING


def test_what_the_house_frees_is_taken_without_a_search() -> None:
    home = TinyHome(other_w=lambda at_s: 1850.0 if at_s < 600.0 else 350.0)
    home.run(600)
    settled_w = home.budgets[-1]
    home.run(6)
    assert settled_w < 500.0
    assert home.budgets[-1] >= settled_w + 1400.0
    assert Why.VISIBLE in home.whys[-6:]


def test_a_fall_while_the_battery_lacks_frees_only_what_the_sun_carried() -> None:
    """House 2750 W, sun 2400 W, battery -350 W: of 2400 W that go, 410 W were not the sun's."""
    home = TinyHome(
        other_w=lambda at_s: 2750.0 if 300.0 <= at_s < 360.0 else 350.0,
        possible_w=lambda _: 1400.0,
    )
    home.run(300)
    before_w = home.budgets[-1]
    home.run(60)
    assert home.budgets[-1] == 0.0
    home.run(4)
    assert home.budgets[-1] <= before_w + 60.0
