"""Energies and times through decide: dates, seasons, forecasts, clock changes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pvopt.decide.energy_floor import FloorLedger, Floors
from pvopt.decide.energy_period import PeriodFloor, PeriodLedger
from pvopt.decide.ready_by import ReadyBy
from pvopt.decide.wants_rules import ComfortRules, ReadyRule
from pvopt.decide.windows import Hours
from pvopt.model import (
    Forecast,
    ForecastPoint,
    RequestKind,
    Why,
)
from tests.unit.decide.samples import HEATER_W
from tests.unit.decide.wants_rig import rig, utc

# -- energies by season ------------------------------------------------------------------------


def told(day: str, share: float) -> Forecast:
    """A forecast for a day of which a clear sky gives about 20 kWh in summer, 12 in winter."""
    start_s = utc(f"{day} 00:00")
    points = []
    for quarter in range(100):
        hour = quarter / 4.0
        sun_w = 3000.0 * share * max(0.0, math.cos((hour - 11.2) / 9.0 * math.pi))
        points.append(ForecastPoint(start_s + 900.0 * quarter, sun_w))
    return Forecast("f", start_s, "test", tuple(points))


FLOORS = ComfortRules(floors=Floors())
ORDINAL = datetime(2026, 1, 13, tzinfo=UTC).toordinal()


def ledger(day: str, today_wh: float, yesterday_wh: float, full: bool = False) -> FloorLedger:
    number = datetime.fromisoformat(day).toordinal()
    return FloorLedger(number, today_wh, yesterday_wh, full)


@pytest.mark.parametrize(
    ("at", "floor", "forecast", "owed_wh"),
    [
        # winter, no forecast: 4000 - 1000, and the rest of 7000
        ("2026-01-14 01:30", ledger("2026-01-13", 1000.0, 6000.0), None, 6000.0),
        ("2026-01-14 01:30", ledger("2026-01-13", 1000.0, 6000.0), told("2026-01-14", 9.0), 4000.0),
        ("2026-01-14 01:30", ledger("2026-01-13", 5000.0, 8000.0), None, 2000.0),
        ("2026-01-14 01:30", ledger("2026-01-13", 7000.0, 0.0), None, 0.0),
        ("2026-01-14 01:30", ledger("2026-01-13", 1000.0, 0.0, full=True), None, 0.0),
        # summer, local time is two hours ahead
        ("2026-07-14 00:30", ledger("2026-07-13", 4000.0, 7000.0), None, 0.0),
        ("2026-07-14 00:30", ledger("2026-07-13", 1000.0, 2000.0), told("2026-07-14", 9.0), 4000.0),
        # spring: two days are enough, all clouds: all that is left of 6000
        ("2026-04-14 00:30", ledger("2026-04-13", 5000.0, 7000.0), None, 1000.0),
        # the nights of the clock changes
        ("2026-03-29 01:30", ledger("2026-03-28", 0.0, 0.0), None, 6000.0),
        ("2026-10-25 01:30", ledger("2026-10-24", 0.0, 0.0), None, 7000.0),
    ],
)
def test_the_night_buys_what_the_season_lacks(
    at: str, floor: FloorLedger, forecast: Forecast | None, owed_wh: float
) -> None:
    made = rig(FLOORS, None, at=at, forecast=forecast).remember(floor=floor)
    watts, why = made.said(40)
    assert made.kept.floor.asked == floor.day
    assert made.kept.floor.owed_wh == pytest.approx(owed_wh, abs=30.0)
    if owed_wh > 0.0:
        assert (watts, why) == (HEATER_W, Why.ENERGY_FLOOR)
    else:
        assert (watts, why) == (0.0, Why.NIGHT)


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("2026-01-13 23:59:00", False),  # 00:59 local
        ("2026-01-14 00:00:00", True),
        ("2026-01-14 04:59:00", True),  # a machine that comes back late
        ("2026-01-14 05:00:00", False),  # 06:00: another day counts
    ],
)
def test_it_is_asked_from_one_till_six(at: str, asked: bool) -> None:
    floor = ledger("2026-01-13", 1000.0, 6000.0)
    made = rig(FLOORS, None, at=at).remember(floor=floor)
    made.run(5)
    assert (made.kept.floor.asked == ORDINAL) is asked


def test_what_is_owed_ends_with_the_heat_and_at_noon() -> None:
    floor = replace(ledger("2026-01-13", 1000.0, 6000.0), asked=ORDINAL, owed_wh=20.0)
    made = rig(FLOORS, None, hours=Hours(), at="2026-01-14 02:00").remember(floor=floor)
    assert made.said() == (HEATER_W, Why.ENERGY_FLOOR)
    made.run(60)
    assert made.kept.floor.owed_wh == 0.0
    for at, watts in (("2026-01-14 10:58", HEATER_W), ("2026-01-14 11:00", 0.0)):
        later = rig(FLOORS, None, hours=Hours(), at=at).remember(floor=floor)
        assert later.said()[0] == watts


@pytest.mark.parametrize(
    ("at", "known"),
    [
        ("2026-01-13 16:59:50", True),  # 18:00 local is half the counting day
        ("2026-01-13 17:00:10", False),
        ("2026-01-13 23:30", False),
        ("2026-01-14 02:00", False),
        ("2026-01-14 05:00:10", True),  # a new one
    ],
)
def test_a_first_day_of_which_less_than_half_was_seen_is_not_asked(at: str, known: bool) -> None:
    made = rig(FLOORS, None, at=at)
    made.run(2)
    floor = made.kept.floor
    assert floor.day > 0
    assert (floor.asked < floor.day) is known
    made.run(30)
    assert made.kept.floor.owed_wh == 0.0


def test_a_load_in_hand_is_not_left_to_the_sun_and_owes_nothing() -> None:
    floor = ledger("2026-01-13", 1000.0, 6000.0)
    made = rig(FLOORS, None, at="2026-01-14 01:30").remember(floor=floor)
    made.ask(RequestKind.OFF).run(5)
    assert made.kept.floor.owed_wh == 0.0


def test_an_unknown_date_asks_nothing_and_loses_nothing() -> None:
    floor = ledger("2026-01-13", 1000.0, 6000.0)
    made = rig(FLOORS, None, at="2026-01-14 01:30", utc_ok=False).remember(floor=floor)
    made.run(30)
    assert made.kept.floor == floor


# -- energies by period ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past_wh", "present_wh", "at", "why"),
    [
        (1500.0, 300.0, "2026-01-14 01:04:10", Why.NIGHT),
        (1500.0, 300.0, "2026-01-14 01:05:00", Why.ENERGY_FLOOR),
        (2000.0, 300.0, "2026-01-14 01:05:00", Why.NIGHT),
        (1500.0, 2000.0, "2026-01-14 01:05:00", Why.ENERGY_ENOUGH),
    ],
)
def test_a_period_that_was_short_is_made_up_off_peak(
    past_wh: float, present_wh: float, at: str, why: Why
) -> None:
    rules = ComfortRules(period=PeriodFloor(2000.0))
    ledger = PeriodLedger(utc("2026-01-13 23:00"), present_wh, (past_wh,))
    made = rig(rules, None, at=at).remember(period=ledger)
    watts, said = made.said()
    assert (watts > 0.0, said) == (why == Why.ENERGY_FLOOR, why)


def test_the_first_period_begins_at_midnight() -> None:
    made = rig(ComfortRules(period=PeriodFloor(2000.0)), None)
    made.run(2)
    assert made.kept.period.start_utc_s == utc("2026-01-13 23:00")


# -- ready by ----------------------------------------------------------------------------------

BY_SEVEN = ReadyBy(420, HEATER_W, spare_s=600.0)


@pytest.mark.parametrize(
    ("at", "watts"),
    [
        # 2000 Wh at 2000 W take 64:12, 10 min to spare: 05:45:48 local
        ("2026-01-14 04:45:00", 0.0),
        ("2026-01-14 04:45:48", HEATER_W),
        ("2026-01-14 05:59:00", HEATER_W),
        ("2026-01-14 06:00:00", 0.0),
        ("2026-07-14 03:45:00", 0.0),  # summer time
        ("2026-07-14 03:45:48", HEATER_W),
    ],
)
def test_energy_is_ready_in_time_and_no_earlier(at: str, watts: float) -> None:
    rules = ComfortRules(ready=(ReadyRule(BY_SEVEN, energy_wh=2000.0),))
    assert rig(rules, None, hours=Hours(), at=at).said()[0] == watts


def test_off_peak_hours_come_first() -> None:
    rules = ComfortRules(ready=(ReadyRule(BY_SEVEN, energy_wh=2000.0),))
    # 4452 s before 06:50: from 05:35:48 on
    for at, watts in (("2026-01-14 04:35:00", 0.0), ("2026-01-14 04:36:00", HEATER_W)):
        assert rig(rules, None, at=at).said() == (watts, Why.READY_BY if watts else Why.NIGHT)


def test_a_temperature_is_ready_and_water_that_is_warm_needs_nothing() -> None:
    rules = ComfortRules(ready=(ReadyRule(BY_SEVEN, temperature_c=50.0),), litres=172.0)
    # 10 K of 172 l are 2000 Wh
    for warm_c, watts in ((40.0, HEATER_W), (50.0, 0.0), (None, 0.0)):
        made = rig(rules, warm_c, hours=Hours(), at="2026-01-14 05:00")
        assert made.said()[0] == watts


def test_water_that_was_warm_enough_is_not_heated_again_for_a_tenth() -> None:
    rules = ComfortRules(ready=(ReadyRule(BY_SEVEN, temperature_c=50.0),))
    made = rig(rules, 49.2, hours=Hours(), at="2026-01-14 05:50")
    assert made.said()[0] == 0.0
    made.temperature_c = 49.0
    assert made.run(30).setpoint_w == HEATER_W
    made.temperature_c = 49.9
    assert made.run(60).setpoint_w == HEATER_W
    made.temperature_c = 50.0
    made.run(60)
    made.temperature_c = 49.2
    assert made.run(60).setpoint_w <= 1.0


def test_heat_of_the_day_before_the_deadline_counts() -> None:
    rules = ComfortRules(ready=(ReadyRule(BY_SEVEN, energy_wh=500.0),))
    made = rig(rules, None, hours=Hours(), at="2026-01-14 04:30")
    made.ask(RequestKind.BOOST).run(25)
    assert made.kept.ready[0].heated_wh > 0.0
    made.memory = replace(made.memory, ledger=replace(made.memory.ledger, standing=()))
    before_wh = made.kept.ready[0].heated_wh
    made.at = "2026-01-14 06:00:30"  # the deadline is over
    made.run(2)
    assert made.kept.ready[0].heated_wh < before_wh
