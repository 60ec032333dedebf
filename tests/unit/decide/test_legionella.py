"""The legionella ledger: what is evidence, when the grid helps, and that the week is kept."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pvopt.decide.legionella import (
    LegionellaLedger,
    LegionellaRule,
    LegionellaStep,
    deadline_s,
    latest_s,
    legionella_step,
    need_s,
    observe,
)
from pvopt.decide.plain import from_plain, to_plain
from pvopt.decide.ready_by import STRETCH, WH_PER_LITRE_K
from pvopt.decide.windows import PricedWindow, Tariff, Window
from pvopt.model import Forecast, ForecastPoint, Instant

PARIS = "Europe/Paris"
RULE = LegionellaRule(power_w=2000.0)
H, DAY = 3600.0, 86_400.0
FLAT = Tariff(0.30)
NIGHT = Tariff(0.30, (PricedWindow(Window(1320, 360), 0.20),))
NAN = math.nan


def s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp()


MONDAY = s("2026-05-04 12:00")
DONE = LegionellaLedger(begun_utc_s=MONDAY, done_utc_s=MONDAY, seen_utc_s=MONDAY)


def seen(ledger: LegionellaLedger, after_s: float, celsius: float) -> LegionellaLedger:
    """One more reading, so long after the last."""
    instant = Instant(0.0, ledger.seen_utc_s + after_s, True)
    return observe(RULE, ledger, celsius, instant)


def hot_for(ledger: LegionellaLedger, seconds: float, celsius: float = 60.0) -> LegionellaLedger:
    """A run of readings each minute; the first one counts nothing by itself."""
    ledger = seen(ledger, 60.0, celsius)
    while seconds > 0:
        ledger = seen(ledger, min(60.0, seconds), celsius)
        seconds -= 60.0
    return ledger


def at(
    ledger: LegionellaLedger,
    when_s: float,
    celsius: float,
    forecast: Forecast | None = None,
    tariff: Tariff = FLAT,
) -> LegionellaStep:
    now = Instant(0.0, when_s, True)
    return legionella_step(RULE, ledger, celsius, now, forecast, tariff, PARIS)


# -- evidence


@pytest.mark.parametrize(
    ("celsius", "seconds", "done"),
    [(60.0, 1800, True), (60.0, 1799, False), (59.99, 7200, False), (75.0, 1800, True)],
)
def test_the_target_for_long_enough_is_a_cycle(celsius: float, seconds: float, done: bool) -> None:
    ledger = hot_for(DONE, seconds, celsius)
    assert (ledger.done_utc_s > MONDAY) == done
    assert ledger.done == ((ledger.seen_utc_s,) if done else ())
    assert ledger.bought == ()
    assert ledger.total_s == ledger.hot_s == (seconds if celsius >= 60 else 0)


@pytest.mark.parametrize(
    ("celsius", "hot_s"), [(58.0, 1000.0), (59.9, 1000.0), (57.99, 0.0), (20.0, 0.0)]
)
def test_a_dip_of_two_kelvin_is_no_end_and_does_not_count(celsius: float, hot_s: float) -> None:
    ledger = seen(hot_for(DONE, 1000.0), 60.0, celsius)
    assert ledger.hot_s == hot_s
    again = seen(seen(ledger, 60.0, 60.0), 60.0, 60.0)
    assert again.hot_s == hot_s + 60.0


@pytest.mark.parametrize(
    ("gap_s", "hot_s"), [(300.0, 1300.0), (301.0, 1000.0), (3600.0, 1000.0), (3601.0, 0.0)]
)
def test_gaps(gap_s: float, hot_s: float) -> None:
    """A reboot of minutes is no gap; one of an hour ends the run."""
    assert seen(hot_for(DONE, 1000.0), gap_s, 60.0).hot_s == hot_s


@pytest.mark.parametrize("none", [NAN, 0.0, -3.0, 120.0])
def test_no_reading_is_no_evidence_of_either(none: float) -> None:
    ledger = hot_for(DONE, 1000.0)
    later = observe(RULE, ledger, none, Instant(0.0, ledger.seen_utc_s + 200.0, True))
    assert later == ledger
    assert seen(later, 301.0, 60.0).hot_s == 1000.0


def test_without_a_true_date_nothing_moves() -> None:
    ledger = hot_for(DONE, 1000.0)
    lost = Instant(0.0, 0.0, False)
    assert observe(RULE, ledger, 70.0, lost) == ledger
    step = legionella_step(RULE, ledger, 20.0, lost, None, FLAT, PARIS)
    assert (step.ledger, step.force, step.overdue) == (ledger, False, False)
    assert math.isnan(step.deadline_s)
    assert observe(RULE, LegionellaLedger(), 70.0, lost) == LegionellaLedger()


def test_it_survives_a_reboot_in_the_middle_of_a_cycle() -> None:
    ledger = replace(hot_for(DONE, 1000.0), forced=True, heating=True)
    told = json.loads(json.dumps(to_plain(ledger)))
    again = from_plain(LegionellaLedger, told)
    assert again == ledger
    assert hot_for(again, 740.0).hot_s == 1800.0  # a minute of it was the reboot


def test_a_clock_that_was_ahead_does_not_put_the_next_cycle_off() -> None:
    ahead = replace(DONE, done_utc_s=MONDAY + 900 * DAY, seen_utc_s=MONDAY + 900 * DAY)
    back = observe(RULE, ahead, 20.0, Instant(0.0, MONDAY, True))
    assert deadline_s(RULE, back) == MONDAY + 7 * DAY
    jumped = observe(RULE, hot_for(DONE, 60.0), 60.0, Instant(0.0, MONDAY + 30 * DAY, True))
    assert jumped.total_s == 60.0


def test_while_it_stays_hot_the_cycle_goes_on_being_done() -> None:
    ledger = hot_for(DONE, 4 * H, 65.0)
    assert ledger.done_utc_s == ledger.seen_utc_s
    assert len(ledger.done) == 1
    for _ in range(12):
        ledger = hot_for(seen(ledger, 60.0, 30.0), 1800.0)
    assert len(ledger.done) == 8
    assert list(ledger.done) == sorted(ledger.done, reverse=True)


# -- deadlines and starts


def test_deadlines() -> None:
    assert deadline_s(RULE, DONE) == MONDAY + 7 * DAY
    new = observe(RULE, LegionellaLedger(), 20.0, Instant(0.0, MONDAY, True))
    assert deadline_s(RULE, new) == MONDAY + DAY
    # a week is a week of seconds, also when the clock changes: one hour later by it
    spring = replace(DONE, done_utc_s=s("2026-03-27 12:00"))
    assert deadline_s(RULE, spring) == s("2026-04-03 13:00")


def test_worked_numbers() -> None:
    assert need_s(RULE, DONE, 50.0) == pytest.approx(6280, abs=1)
    assert need_s(RULE, replace(DONE, hot_s=1700.0), 60.0) == 100.0
    assert need_s(RULE, DONE, NAN) == need_s(RULE, DONE, 10.0)
    assert deadline_s(RULE, DONE) - latest_s(RULE, DONE) == pytest.approx(7.72 * H, abs=60)


@given(st.floats(1, 110), st.floats(0, 50))
def test_hotter_needs_no_longer(celsius: float, more: float) -> None:
    assert need_s(RULE, DONE, min(110.0, celsius + more)) <= need_s(RULE, DONE, celsius)


def sunny(day: str, watts: float) -> Forecast:
    """So much from 11 to 15, nothing else, known for all of the two days before the deadline."""
    points = ((s("2026-05-08 00:00"), 0.0), (s(f"{day} 11:00"), watts), (s(f"{day} 15:00"), 0.0))
    end = ForecastPoint(s("2026-05-12 00:00"), 0.0)
    return Forecast("f", 0.0, "t", (*(ForecastPoint(*one) for one in points), end))


# the week ends on Monday 2026-05-11 12:00; the grid may help from Saturday 12:00 on, and has to
# begin by Monday 04:16:50. 45 °C takes 2 h 22 min.
PLACED = [
    (None, FLAT, "2026-05-11 04:17"),
    (None, NIGHT, "2026-05-11 03:30"),
    (sunny("2026-05-10", 2600.0), FLAT, "2026-05-10 12:30"),
    (sunny("2026-05-10", 2600.0), NIGHT, "2026-05-10 12:30"),
    (sunny("2026-05-09", 2600.0), NIGHT, "2026-05-09 12:30"),
    (sunny("2026-05-10", 700.0), NIGHT, "2026-05-11 03:30"),  # 400 W to spare are no cheaper
    (sunny("2026-05-10", 700.0), FLAT, "2026-05-10 12:30"),
    (sunny("2026-05-11", 2600.0), FLAT, "2026-05-11 04:17"),  # too late in the day
]


@pytest.mark.parametrize(("forecast", "tariff", "start"), PLACED)
def test_the_rest_goes_to_the_sunniest_or_cheapest_hours(
    forecast: Forecast | None, tariff: Tariff, start: str
) -> None:
    ledger = DONE
    first = None
    for quarter in range(4 * 24 * 7):
        step = at(ledger, MONDAY + quarter * 900.0, 45.0, forecast=forecast, tariff=tariff)
        ledger = step.ledger
        if step.force:
            first = MONDAY + quarter * 900.0
            break
    assert first is not None
    assert abs(first - s(start)) <= 900.0
    assert first <= latest_s(RULE, DONE) + 900.0


def test_before_the_grid_may_help_nothing_is_planned_and_then_it_is() -> None:
    opens_s = MONDAY + 5 * DAY
    before = at(DONE, opens_s - 60.0, 45.0, tariff=NIGHT)
    assert (before.force, before.start_s) == (False, opens_s)
    there = at(before.ledger, opens_s, 45.0, tariff=NIGHT)
    assert not there.force
    assert there.start_s > opens_s + DAY


def test_sun_that_did_it_buys_nothing_for_a_week() -> None:
    ledger = hot_for(DONE, 1800.0, 61.0)
    noon_s = ledger.done_utc_s
    for hour in range(5 * 24):
        step = at(ledger, noon_s + hour * H, 40.0)
        ledger = step.ledger
        assert not step.force
    assert step.deadline_s == noon_s + 7 * DAY


def test_it_heats_until_it_was_hot_for_long_enough_and_no_longer() -> None:
    late_s = latest_s(RULE, DONE)
    step = at(DONE, late_s, 45.0)
    assert (step.force, step.ledger.forced) == (True, True)
    assert step.needs_wh == pytest.approx(200 * WH_PER_LITRE_K * 15)
    step = at(step.ledger, late_s + 60, 60.0)
    assert step.force
    assert at(step.ledger, late_s + 120, 61.49).force
    over = at(step.ledger, late_s + 120, 61.5)
    assert not over.force
    assert not at(over.ledger, late_s + 180, 60.5).force
    assert at(over.ledger, late_s + 180, 60.49).force
    ledger = over.ledger
    for minute in range(3, 40):
        step = at(ledger, late_s + 60 * minute, 60.0)
        ledger = step.ledger
    assert not step.force
    assert not ledger.forced
    assert ledger.bought == ledger.done == (late_s + 60 * 31,)


def test_a_lost_sensor_forces_nothing_and_the_cycle_goes_on_with_it() -> None:
    late_s = latest_s(RULE, DONE)
    begun = at(DONE, late_s, 45.0)
    lost = at(begun.ledger, late_s + 1, NAN)
    assert (lost.force, lost.ledger.forced) == (False, True)
    assert at(lost.ledger, late_s + 2, 45.0).force
    never = at(DONE, late_s + 1, NAN)
    assert (never.force, never.ledger.forced) == (False, False)


def test_overdue_is_said_and_still_done() -> None:
    due_s = deadline_s(RULE, DONE)
    assert not at(DONE, due_s, 45.0).overdue
    late = at(DONE, due_s + 1, 45.0)
    assert (late.overdue, late.force) == (True, True)


@pytest.mark.parametrize("celsius", [60.0, 61.0])
def test_a_tank_that_is_at_it_by_itself_is_left_to_it_while_there_is_time(celsius: float) -> None:
    late_s = latest_s(RULE, DONE)
    waiting = replace(DONE, start_utc_s=late_s - 600, planned_utc_s=late_s - 600)
    assert not at(waiting, late_s - 1, celsius).ledger.forced
    assert at(waiting, late_s - 1, 59.99).ledger.forced


# -- laws over weeks


class Tank:
    """200 l, stirred, in steps of 5 minutes."""

    def __init__(self, celsius: float) -> None:
        self.celsius = celsius

    def pass_by(self, watts: float, drawn_l: float) -> None:
        self.celsius -= (self.celsius - 10.0) * drawn_l / 200.0
        loss_w = 1.5 * (self.celsius - 20.0)
        self.celsius += (watts - loss_w) / 12.0 / (WH_PER_LITRE_K * 200.0)


DAYS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 600.0, 1800.0]),  # surplus from 11 to 15
        st.sampled_from([0.0, 1500.0, 2600.0]),  # what the forecast says of it
        st.integers(0, 23),  # an hour of showers
        st.sampled_from([0.0, 60.0, 150.0]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
@given(
    days=DAYS,
    power_w=st.sampled_from([1500.0, 2000.0, 3000.0]),
    tariff=st.sampled_from([FLAT, NIGHT]),
    celsius=st.floats(10.0, 58.0),
    known=st.booleans(),
    start_day=st.sampled_from(["2026-01-12", "2026-03-24", "2026-10-20"]),
    reboot=st.integers(0, 2 * 288),
)
def test_weeks(
    days: list[tuple[float, float, int, float]],
    power_w: float,
    tariff: Tariff,
    celsius: float,
    known: bool,
    start_day: str,
    reboot: int,
) -> None:
    """Never past the deadline, nothing bought within five days of a cycle, whatever sun, taps and
    forecasts do; a saved ledger goes on as if nothing had been.

    While the grid heats, 20 l are drawn at most: that is what the spare hour is for.
    """
    rule = LegionellaRule(power_w=power_w)
    start_s = s(f"{start_day} 00:00")
    tank, ledger = Tank(celsius), LegionellaLedger()
    points = [
        ForecastPoint(
            start_s + day * DAY + hour * H, days[day % len(days)][1] if hour == 11 else 0.0
        )
        for day in range(11)
        for hour in (0, 11, 15)
    ]
    forecast = Forecast("f", start_s, "t", tuple(points)) if known else None
    begins = []
    for step_no in range(9 * 288):
        now_s = start_s + step_no * 300.0
        hour = step_no % 288 // 12
        sun_w, _, shower_h, drawn_l = days[step_no // 288 % len(days)]
        if step_no == reboot:
            ledger = from_plain(LegionellaLedger, json.loads(json.dumps(to_plain(ledger))))
        step = legionella_step(
            rule, ledger, tank.celsius, Instant(0.0, now_s, True), forecast, tariff, PARIS
        )
        assert not step.overdue
        if step.ledger.forced and not ledger.forced:
            begins.append((now_s, ledger.done_utc_s))
        ledger = step.ledger
        drawn_l = drawn_l / 6 if hour == shower_h and step_no % 2 == 0 else 0.0
        if ledger.forced:
            drawn_l = min(drawn_l, 20.0 / 6)
        own_w = sun_w if 11 <= hour < 15 and tank.celsius < 70.0 else 0.0
        tank.pass_by(max(own_w, power_w / STRETCH) if step.force else own_w, drawn_l)
    for began_s, done_s in begins:
        assert done_s == 0.0 or began_s >= done_s + rule.every_s - rule.ahead_s
    assert set(ledger.bought) <= set(ledger.done)
