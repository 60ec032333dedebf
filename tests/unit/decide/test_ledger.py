"""Energies of the day: midnight, days without a tick, clock changes, a date that is not known."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.ledger import Drawn, ledger_step, usable
from pvopt.decide.memory import Energy, Ledger
from pvopt.model import Instant, Why

ZONE = "Europe/Prague"


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def drawn(watts: float = 1800.0, by_hand: bool = False, full: bool = False) -> tuple[Drawn, ...]:
    return (Drawn("boiler", watts, by_hand, full),)


def step(ledger: Ledger, at: str, ok: bool = True, dt_s: float = 1.0, **how: object) -> Ledger:
    instant = Instant(0.0, utc(at), ok)
    return ledger_step(ledger, (), drawn(**how), ZONE, instant, dt_s)  # type: ignore[arg-type]


def test_the_worked_number() -> None:
    ledger = step(Ledger(), "2026-06-21 12:00", by_hand=True)
    assert ledger.energy == (Energy("boiler", 0.5, 0.0, 0.5),)
    assert ledger.heated_wh == (("boiler", 0.5),)


def test_surplus_is_not_by_hand() -> None:
    assert step(Ledger(), "2026-06-21 12:00").energy[0].by_hand_wh == 0.0


@pytest.mark.parametrize(
    ("before", "after", "today_wh", "yesterday_wh"),
    [
        ("2026-06-21 21:59:58", "2026-06-21 21:59:59", 1.0, 0.0),
        ("2026-06-21 21:59:59", "2026-06-21 22:00:00", 0.5, 0.5),
        ("2026-06-21 12:00", "2026-06-22 12:00", 0.5, 0.5),
        ("2026-06-21 12:00", "2026-06-23 12:00", 0.5, 0.0),  # a day without a tick
        ("2026-06-21 12:00", "2026-06-20 12:00", 1.0, 0.0),  # a clock that was put back
        ("2026-10-25 00:30", "2026-10-25 22:59:59", 1.0, 0.0),  # 25 hours
        ("2026-10-25 00:30", "2026-10-25 23:00:00", 0.5, 0.5),
        ("2026-03-28 23:00", "2026-03-29 21:59:59", 1.0, 0.0),  # 23 hours
        ("2026-03-28 23:00", "2026-03-29 22:00:00", 0.5, 0.5),
    ],
)
def test_midnight(before: str, after: str, today_wh: float, yesterday_wh: float) -> None:
    [one] = step(step(Ledger(), before), after).energy
    assert (one.today_wh, one.yesterday_wh) == (today_wh, yesterday_wh)


def test_full_and_by_hand_are_of_the_day() -> None:
    full = step(Ledger(), "2026-06-21 12:00", full=True, by_hand=True)
    assert step(full, "2026-06-21 13:00").energy[0].full
    [next_day] = step(full, "2026-06-22 13:00").energy
    assert not next_day.full
    assert next_day.by_hand_wh == 0.0


def test_the_calendar_stands_while_no_date_is_known() -> None:
    ledger = step(Ledger(), "2026-06-21 12:00")
    later = step(ledger, "2030-01-01 00:00", ok=False)
    assert later.day == ledger.day
    assert later.energy[0].today_wh == 1.0
    [known] = step(later, "2026-06-22 12:00").energy
    assert (known.today_wh, known.yesterday_wh) == (0.5, 1.0)


def test_what_was_drawn_before_any_date_is_todays() -> None:
    ledger = step(Ledger(), "1970-01-01 00:10", ok=False)
    assert ledger.day.number == 0
    assert step(ledger, "2026-06-21 12:00").energy[0].today_wh == 1.0


def test_a_load_that_is_gone_is_dropped_and_a_verdict_kept() -> None:
    before = Ledger(energy=(Energy("gone", 5.0), Energy("boiler", 7.0)))
    ledger = ledger_step(
        before, (), (Drawn("boiler", 0.0, False, False, Why.WELDED),), ZONE, Instant(0.0, 0.0), 1.0
    )
    assert [one.id for one in ledger.energy] == ["boiler"]
    assert ledger.latched == (("boiler", Why.WELDED),)


@given(st.lists(st.tuples(st.floats(1.7e9, 1.9e9), st.booleans()), max_size=20))
def test_nothing_is_lost_nor_made_between_two_days(moments: list[tuple[float, bool]]) -> None:
    """Whatever the clock does: today and yesterday never hold more than was drawn."""
    ledger = Ledger()
    for count, (utc_s, ok) in enumerate(moments, 1):
        ledger = ledger_step(ledger, (), drawn(), ZONE, Instant(float(count), utc_s, ok), 1.0)
        [one] = ledger.energy
        assert one.today_wh + 1e-9 >= 0.5
        assert one.today_wh + one.yesterday_wh <= 0.5 * count + 1e-9
        assert usable(one)


@pytest.mark.parametrize("wh", [math.nan, math.inf, -1.0])
def test_an_energy_that_cannot_be(wh: float) -> None:
    assert not usable(Energy("boiler", wh))
    assert not usable(Energy("boiler", 0.0, wh))
