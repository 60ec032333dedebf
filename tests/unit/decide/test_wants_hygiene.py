"""Hygiene through decide: deadlines, what the sun did, where it costs least, what is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pvopt.decide.legionella import LegionellaLedger, LegionellaRule
from pvopt.decide.memory import Ledger, Memory
from pvopt.decide.wants_plain import comfort_from_plain, comfort_to_plain
from pvopt.decide.wants_rules import ComfortRules
from pvopt.decide.windows import Hours, PricedWindow, Tariff
from pvopt.model import (
    Forecast,
    ForecastPoint,
    RequestKind,
    Why,
)
from tests.unit.decide.samples import HEATER_W
from tests.unit.decide.wants_rig import OFF_PEAK, Rig, rig, utc

WEEK_S = 7 * 86_400.0
HOT = LegionellaRule(power_w=HEATER_W)
LAST = utc("2026-01-07 12:00")


def hygienic(done_s: float) -> LegionellaLedger:
    return LegionellaLedger(begun_utc_s=done_s - WEEK_S, done_utc_s=done_s, seen_utc_s=done_s)


def hot_rig(at: str, done_s: float, warm_c: float | None) -> Rig:
    rules = ComfortRules(legionella=HOT)
    made = rig(rules, warm_c, hours=Hours(), at=at)
    load = made.rules.loads[0]
    comfort = load.comfort._replace(max_c=75.0)
    made.rules = replace(made.rules, loads=(replace(load, comfort=comfort),))
    return made.remember(legionella=hygienic(done_s))


@pytest.mark.parametrize(
    ("at", "warm_c", "why"),
    [
        ("2026-01-10 12:00", 50.0, Why.NIGHT),  # four days to go
        ("2026-01-14 04:16:00", 50.0, Why.NIGHT),  # 7 h 43 min before the deadline, less a minute
        ("2026-01-14 04:18:00", 50.0, Why.LEGIONELLA),
        ("2026-01-15 12:00", 50.0, Why.LEGIONELLA),  # overdue
        ("2026-01-15 12:00", 0.0, Why.NIGHT),  # no evidence could come of it
        ("2026-01-15 12:00", None, Why.NIGHT),
    ],
)
def test_hygiene_is_compulsory_before_its_deadline(at: str, warm_c: float | None, why: Why) -> None:
    made = hot_rig(at, LAST, warm_c)
    made.rules = replace(
        made.rules,
        daylight=replace(made.rules.daylight, mode="hours", start="23:58", end="23:59"),
    )
    assert made.said(30)[1] == why


def test_sun_that_did_it_already_is_credited() -> None:
    made = hot_rig("2026-01-13 12:00", LAST, 61.0)
    made.remember(
        legionella=replace(
            hygienic(LAST), hot_s=1790.0, seen_hot=True, seen_utc_s=utc("2026-01-13 12:00")
        )
    )
    made.run(20)
    done = made.kept.legionella
    assert done.done_utc_s > utc("2026-01-13 12:00")
    assert done.bought == ()


def test_a_persons_off_stands_above_hygiene_and_the_count_goes_on() -> None:
    made = hot_rig("2026-01-15 12:00", LAST, 61.0)
    made.ask(RequestKind.OFF).run(40)
    assert made.decisions[-1].commands[0].reason.code == Why.PERSON_OFF
    assert made.kept.legionella.hot_s > 30.0


@pytest.mark.parametrize(("most_c", "why"), [(62.0, Why.LEGIONELLA), (61.0, Why.NIGHT)])
def test_below_a_maximum_that_a_person_lowered_nothing_is_bought_in_vain(
    most_c: float, why: Why
) -> None:
    """60 °C and the heating's 1.5 K above them."""
    made = hot_rig("2026-01-15 12:00", LAST, 45.0)
    daylight = replace(made.rules.daylight, mode="hours", start="23:58", end="23:59")
    made.rules = replace(made.rules, daylight=daylight)
    made.ask(RequestKind.SET_TEMP, until_c=most_c)
    assert made.said(30)[1] == why


def told_noon(day: str) -> Forecast:
    """5 kW from 11 to 14 local time on one day of the two."""
    start_s = utc(f"{day} 00:00")
    points = [(0.0, 0.0), (10.0, 5000.0), (13.0, 0.0), (24.0, 0.0)]
    return Forecast(
        "f", start_s, "test", tuple(ForecastPoint(start_s + 3600.0 * at, w) for at, w in points)
    )


NIGHT = OFF_PEAK.off_peak[0]
CHEAP = Hours((NIGHT,), Tariff(0.3, (PricedWindow(NIGHT, 0.14),)))


@pytest.mark.parametrize(
    ("now", "done", "hours", "forecast", "start"),
    [
        # Nothing is better than anything else: as late as is safe for a tank that is emptied.
        ("2026-01-12 13:00", "2026-01-07 12:00", Hours(), None, "2026-01-14 04:16:53"),
        # Sun that does most of it, on the day before the deadline: the block ends with it.
        ("2026-01-12 13:00", "2026-01-07 12:00", Hours(), "2026-01-13", "2026-01-13 11:15"),
        # Sun is cheaper than the night, the night is cheaper than no sun.
        ("2026-01-12 13:00", "2026-01-07 12:00", CHEAP, "2026-01-13", "2026-01-13 11:15"),
        ("2026-01-13 13:00", "2026-01-07 20:00", CHEAP, None, "2026-01-14 04:00"),
        # A night of a clock change: 02:05 to 06:50 is 01:05 to 04:50 UTC.
        ("2026-03-28 13:00", "2026-03-22 20:00", CHEAP, None, "2026-03-29 03:00"),
        # Four days to go: not before two days are left.
        ("2026-01-10 13:00", "2026-01-07 12:00", Hours(), None, "2026-01-12 12:00"),
    ],
)
def test_hygiene_is_placed_where_it_costs_least(
    now: str, done: str, hours: Hours, forecast: str | None, start: str
) -> None:
    made = hot_rig(now, utc(done), 50.0)
    made.rules = replace(made.rules, hours=hours)
    made.forecast = None if forecast is None else told_noon(forecast)
    made.run(2)
    assert made.kept.legionella.start_utc_s == pytest.approx(utc(start), abs=60.0)


@pytest.mark.parametrize(
    ("at", "utc_ok", "late"),
    [
        ("2026-01-14 11:59:00", True, False),
        ("2026-01-14 12:00:01", True, True),
        ("2026-01-14 12:00:01", False, False),
    ],
)
def test_an_owner_is_told_that_hygiene_is_overdue(at: str, utc_ok: bool, late: bool) -> None:
    made = hot_rig(at, LAST, 50.0)
    made.utc_ok = utc_ok
    made.ask(RequestKind.OFF).run(2)
    alarms = [reason.code for reason in made.decisions[-1].alarms]
    assert alarms == ([Why.LEGIONELLA_LATE] if late else [])


def test_a_cycle_outlives_a_restart_of_a_minute() -> None:
    """What was hot before and after it was hot in it; the grid goes on where it was."""
    made = hot_rig("2026-01-14 08:00", LAST, 61.0)
    made.remember(legionella=replace(hygienic(LAST), forced=True, heating=True))
    made.run(1000)
    before = made.kept.legionella
    paper = json.loads(json.dumps(comfort_to_plain(made.kept)))
    made.memory = Memory(ledger=Ledger(comfort=(comfort_from_plain("boiler", paper),)))
    made.now_s += 60.0
    made.run(1)
    after = made.kept.legionella
    assert after.hot_s == pytest.approx(before.hot_s + 61.0, abs=1.0)
    assert after.forced
    made.run(800)
    assert made.kept.legionella.done[0] == made.kept.legionella.bought[0]
    assert not made.kept.legionella.forced
