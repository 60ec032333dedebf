"""The fallback's rules, its seasons, its counting days and what it makes of a forecast."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.daylight import local_day
from pvopt.decide.clouds import coming_day
from pvopt.decide.energy_floor import (
    FloorLedger,
    FloorRule,
    Floors,
    Season,
    SeasonFloor,
    ask,
    count,
    counting_day,
    is_due,
    missing,
    season_of,
)
from pvopt.model import Instant

PARIS = "Europe/Paris"
FLOORS = Floors()
SPRING, SUMMER, AUTUMN, WINTER = Season
NAN = math.nan
R = FloorRule


def at(text: str, utc_ok: bool = True, tz: str = PARIS) -> Instant:
    wall = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz))
    return Instant(1.0, wall.timestamp(), utc_ok)


# season, today, yesterday, cloud % -> rule, Wh. Minimum of day and two days: spring 6000, 11 000;
# summer 5000, 10 000; autumn and winter 7000, 12 000; morning 4000; good below 30 %.
CASES = [
    (WINTER, 7000, 0, 100, R.ENOUGH, 0),
    (WINTER, 7001, 0, 100, R.ENOUGH, 0),
    # both short, good: the smaller of what is left, at most the morning's need
    (WINTER, 6999, 0, 29.9, R.SHORT_GOOD, 1),
    (WINTER, 1000, 6000, 20, R.SHORT_GOOD, 4000),
    (WINTER, 4000, 7500, 20, R.SHORT_GOOD, 500),  # two days lack 500, the day 3000
    (WINTER, 5000, 2000, 0, R.SHORT_GOOD, 2000),
    (SUMMER, 0, 0, 29.9, R.SHORT_GOOD, 4000),
    # both short, bad: the morning, and of the rest the share of clouds
    (WINTER, 6999, 0, 30, R.SHORT_BAD, 0.3),
    (WINTER, 1000, 6000, 60, R.SHORT_BAD, 4800),
    (WINTER, 0, 0, 100, R.SHORT_BAD, 7000),
    (WINTER, 3999, 0, 30, R.SHORT_BAD, 901),
    (WINTER, 4000, 0, 30, R.SHORT_BAD, 900),
    (WINTER, 5000, 0, 50, R.SHORT_BAD, 1000),
    (SPRING, 2000, 3000, 50, R.SHORT_BAD, 3000),
    (SUMMER, 4500, 5499, 80, R.SHORT_BAD, 400),
    # only the day is short
    (WINTER, 5000, 7000, 29.9, R.TWO_DAYS_GOOD, 0),
    (WINTER, 5000, 7000, 30, R.TWO_DAYS_WINTER, 2000),
    (WINTER, 5000, 6999, 29.9, R.SHORT_GOOD, 1),
    (SUMMER, 0, 10_000, 100, R.TWO_DAYS_SUMMER, 0),
    (SPRING, 1000, 10_000, 60, R.TWO_DAYS_BETWEEN, 3000),
    (AUTUMN, 1000, 11_000, 50, R.TWO_DAYS_BETWEEN, 3000),
    (AUTUMN, 1000, 11_000, 29.9, R.TWO_DAYS_GOOD, 0),
    # an unknown sky counts as covered, one beyond its bounds as at them
    (WINTER, 0, 0, NAN, R.SHORT_BAD, 7000),
    (AUTUMN, 1000, 11_000, NAN, R.TWO_DAYS_BETWEEN, 6000),
    (AUTUMN, 1000, 11_000, 150, R.TWO_DAYS_BETWEEN, 6000),
    (AUTUMN, 1000, 11_000, -5, R.TWO_DAYS_GOOD, 0),
]


@pytest.mark.parametrize(("season", "today", "yesterday", "cloud", "rule", "wh"), CASES)
def test_rules(
    season: Season, today: float, yesterday: float, cloud: float, rule: R, wh: float
) -> None:
    found = missing(FLOORS, season, today, yesterday, False, True, cloud)
    assert found.rule == rule
    assert found.wh == pytest.approx(wh)


@pytest.mark.parametrize(("season", "today", "yesterday", "cloud", "rule", "wh"), CASES)
def test_a_full_tank_and_one_not_left_to_the_sun_need_nothing(
    season: Season, today: float, yesterday: float, cloud: float, rule: R, wh: float
) -> None:
    full = missing(FLOORS, season, today, yesterday, True, True, cloud)
    assert (full.rule, full.wh) == (R.FULL, 0.0)
    other = missing(FLOORS, season, today, yesterday, True, False, cloud)
    assert (other.rule, other.wh) == (R.NOT_SOLAR, 0.0)


def test_every_rule_has_a_case() -> None:
    assert {case[4] for case in CASES} == set(R) - {R.FULL, R.NOT_SOLAR}


def test_a_season_that_trusts_no_forecast() -> None:
    blind = replace(FLOORS, seasons=(*FLOORS.seasons[:3], SeasonFloor(7000, 12_000, False)))
    assert missing(blind, WINTER, 0, 0, False, True, 0.0).wh == 7000
    assert missing(blind, SUMMER, 0, 0, False, True, 0.0).wh == 4000


WH = st.floats(0, 20_000)
PCT = st.floats(0, 100)


@given(season=st.sampled_from(Season), today=WH, yesterday=WH, cloud=PCT, more=st.floats(0, 5000))
def test_laws(season: Season, today: float, yesterday: float, cloud: float, more: float) -> None:
    """Never more than the day lacks; what was heated before never makes it more."""
    wh = missing(FLOORS, season, today, yesterday, False, True, cloud).wh
    assert 0 <= wh <= max(0.0, FLOORS.seasons[season].day_wh - today) + 1e-6
    assert missing(FLOORS, season, today + more, yesterday, False, True, cloud).wh <= wh + 1e-6
    assert missing(FLOORS, season, today, yesterday + more, False, True, cloud).wh <= wh + 1e-6


@given(
    season=st.sampled_from(Season),
    today=WH,
    yesterday=WH,
    low=st.floats(30, 100),
    up=st.floats(0, 70),
)
def test_more_clouds_never_mean_less(
    season: Season, today: float, yesterday: float, low: float, up: float
) -> None:
    """Among bad forecasts. A good one may mean more: it fills up to the morning's need at once."""
    less = missing(FLOORS, season, today, yesterday, False, True, low).wh
    assert missing(FLOORS, season, today, yesterday, False, True, low + up).wh >= less - 1e-9


@pytest.mark.parametrize(
    ("day", "north", "south"),
    [
        ("2026-01-01", WINTER, SUMMER), ("2026-03-20", WINTER, SUMMER),
        ("2026-03-21", SPRING, AUTUMN), ("2026-06-21", SPRING, AUTUMN),
        ("2026-06-22", SUMMER, WINTER), ("2026-09-21", SUMMER, WINTER),
        ("2026-09-22", AUTUMN, SPRING), ("2026-12-20", AUTUMN, SPRING),
        ("2026-12-21", WINTER, SUMMER), ("2028-12-31", WINTER, SUMMER),
        ("2028-02-29", WINTER, SUMMER),
    ],
)  # fmt: skip
def test_seasons(day: str, north: Season, south: Season) -> None:
    """Every day has one: the balancer's own ranges left out days 172 and 264."""
    one = date.fromisoformat(day)
    assert season_of(FLOORS, one, 48.0) == north
    assert season_of(FLOORS, one, -34.0) == south


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-01-15 05:59:59", "2026-01-14"), ("2026-01-15 06:00:00", "2026-01-15"),
        ("2026-01-15 23:59:59", "2026-01-15"), ("2026-01-16 01:00", "2026-01-15"),
        ("2026-03-29 05:59:59", "2026-03-28"), ("2026-03-29 06:00", "2026-03-29"),
        ("2026-10-25 05:59:59", "2026-10-24"), ("2026-10-25 06:00", "2026-10-25"),
    ],
)  # fmt: skip
def test_counting_days_begin_at_six_also_when_the_clock_changes(now: str, day: str) -> None:
    expected = date.fromisoformat(day).toordinal()
    assert counting_day(FLOORS, PARIS, at(now).utc_s) == expected


def counted(ledger: FloorLedger, now: str, wh: float, full: bool = False) -> FloorLedger:
    return count(FLOORS, ledger, at(now), PARIS, wh, full)


def asked(ledger: FloorLedger, now: str, cloud: float = 100.0, solar: bool = True) -> FloorLedger:
    return ask(FLOORS, ledger, at(now), PARIS, 48.0, solar, cloud)


def test_two_winter_days() -> None:
    ledger = counted(FloorLedger(), "2026-01-14 12:00", 8000)
    ledger = asked(counted(ledger, "2026-01-15 01:00", 0), "2026-01-15 01:00")
    assert (ledger.owed_wh, ledger.rule) == (0.0, R.ENOUGH)
    ledger = counted(ledger, "2026-01-15 12:00", 1000)
    assert (ledger.today_wh, ledger.yesterday_wh) == (1000, 8000)
    assert asked(ledger, "2026-01-15 23:59") == ledger
    assert asked(ledger, "2026-01-16 00:59:59") == ledger
    ledger = asked(ledger, "2026-01-16 01:00", cloud=60.0)
    assert ledger.rule == R.SHORT_BAD
    assert ledger.owed_wh == pytest.approx(4800)
    ledger = counted(ledger, "2026-01-16 02:00", 4000)
    assert asked(ledger, "2026-01-16 02:00") == ledger  # once
    assert ledger.owed_wh == pytest.approx(800)
    # what is still owed at six goes on, and the sun may pay it
    ledger = counted(ledger, "2026-01-16 09:00", 500)
    assert (ledger.today_wh, ledger.yesterday_wh) == (500, 5000)
    assert ledger.owed_wh == pytest.approx(300)
    assert counted(ledger, "2026-01-16 10:00", 301).owed_wh == 0.0


def test_a_full_tank_owes_nothing_and_counts_as_full_tomorrow() -> None:
    ledger = replace(counted(FloorLedger(), "2026-01-15 12:00", 2000), owed_wh=900.0)
    ledger = counted(ledger, "2026-01-15 13:00", 10, full=True)
    assert ledger.owed_wh == 0.0
    ledger = counted(ledger, "2026-01-15 18:00", 100)
    assert asked(ledger, "2026-01-16 01:00").rule == R.FULL
    assert counted(ledger, "2026-01-16 06:00", 0).yesterday_wh == FLOORS.full_wh


def test_a_machine_that_was_off_asks_when_it_is_back_and_days_off_count_nothing() -> None:
    ledger = counted(FloorLedger(), "2026-01-15 12:00", 1000)
    assert asked(ledger, "2026-01-16 05:59:59").owed_wh == pytest.approx(7000 - 1000)
    late = counted(ledger, "2026-01-16 06:00", 0)
    assert asked(late, "2026-01-16 06:00") == late
    away = counted(ledger, "2026-01-20 12:00", 700)
    assert (away.today_wh, away.yesterday_wh, away.full) == (700, 0.0, False)
    # asked of a day whose counting was never begun: not before it is
    assert not is_due(FLOORS, ledger, at("2026-01-18 02:00"), PARIS)


def test_without_a_true_date_energy_counts_and_days_stand() -> None:
    ledger = counted(FloorLedger(), "2026-01-15 12:00", 1000)
    lost = count(FLOORS, ledger, at("1970-01-01 02:00", utc_ok=False), PARIS, 500, False)
    assert lost == replace(ledger, today_wh=1500)
    assert ask(FLOORS, lost, at("2026-01-16 01:00", False), PARIS, 48.0, True, 0.0) == lost
    fresh = count(FLOORS, FloorLedger(), at("1970-01-01 02:00", False), PARIS, 5, False)
    assert fresh == FloorLedger(today_wh=5)
    assert ask(FLOORS, fresh, at("2026-01-16 01:00"), PARIS, 48.0, True, 0.0) == fresh


def test_a_clock_that_went_back_begins_no_day_anew() -> None:
    ledger = asked(counted(FloorLedger(), "2027-05-05 12:00", 1000), "2027-05-06 02:00")
    back = counted(ledger, "2026-01-15 12:00", 50)
    assert (back.today_wh, back.yesterday_wh) == (1050, 0.0)
    assert back.day == date(2026, 1, 15).toordinal()
    on = counted(back, "2026-01-16 12:00", 0)
    assert on.yesterday_wh == 1050
    assert is_due(FLOORS, on, at("2026-01-17 01:00"), PARIS)


@given(
    steps=st.lists(
        st.tuples(st.floats(1, 20 * 3600), st.floats(0, 3000), st.booleans(), st.booleans()),
        max_size=40,
    )
)
def test_asked_once_a_night_and_nothing_is_owed_below_zero(
    steps: list[tuple[float, float, bool, bool]],
) -> None:
    ledger, utc_s = FloorLedger(), at("2026-03-27 12:00").utc_s  # a clock change is in between
    days: list[int] = []
    for after_s, wh, utc_ok, full in steps:
        utc_s += after_s
        now = Instant(0.0, utc_s, utc_ok)
        ledger = count(FLOORS, ledger, now, PARIS, wh, full)
        before, ledger = ledger, ask(FLOORS, ledger, now, PARIS, 48.0, True, 50.0)
        if ledger.asked != before.asked:
            days.append(ledger.asked)
        assert 0 <= ledger.owed_wh <= FLOORS.full_wh
    assert days == sorted(set(days))


def test_the_coming_day_of_a_night_is_the_one_whose_sun_follows() -> None:
    now = at("2026-01-16 01:00")
    assert coming_day(PARIS, now.utc_s) == local_day(now.utc_s, PARIS)
    assert (
        counting_day(FLOORS, PARIS, now.utc_s)
        == (coming_day(PARIS, now.utc_s) - timedelta(days=1)).toordinal()
    )
