"""Local days and times of day, where clocks change and where they do not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.day import NO_DAY, day_of, minute_of_day, next_at

ZONES = ("Europe/Prague", "UTC", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu")


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("at", "start", "hours"),
    [
        ("2026-06-21 12:00", "2026-06-20 22:00", 24),
        ("2026-06-21 21:59:59", "2026-06-20 22:00", 24),
        ("2026-06-21 22:00", "2026-06-21 22:00", 24),
        ("2026-03-29 12:00", "2026-03-28 23:00", 23),  # an hour is skipped
        ("2026-10-25 12:00", "2026-10-24 22:00", 25),  # an hour comes twice
    ],
)
def test_a_day_lasts_from_midnight_to_midnight(at: str, start: str, hours: int) -> None:
    day = day_of(utc(at), "Europe/Prague")
    assert day.start_utc_s == utc(start)
    assert day.end_utc_s - day.start_utc_s == hours * 3600.0
    assert day.holds(utc(at))
    assert not day.holds(day.end_utc_s)


@given(st.floats(1.7e9, 2.2e9), st.sampled_from(ZONES))
def test_days_follow_each_other_without_a_gap(utc_s: float, timezone: str) -> None:
    day = day_of(utc_s, timezone)
    following = day_of(day.end_utc_s, timezone)
    assert day.holds(utc_s)
    assert following.number == day.number + 1
    assert following.start_utc_s == day.end_utc_s


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -1e30, 1e30])
def test_what_no_calendar_holds_is_no_day(strange: float) -> None:
    assert day_of(strange, "Europe/Prague") == NO_DAY
    assert not NO_DAY.holds(0.0)


@pytest.mark.parametrize(
    ("now", "clock", "then"),
    [
        ("2026-06-21 13:00", (14, 30), "2026-06-22 12:30"),  # the worked number: 15:00 local
        ("2026-06-21 12:29:59", (14, 30), "2026-06-21 12:30"),
        ("2026-06-21 12:30", (14, 30), "2026-06-22 12:30"),  # now is not next
        ("2026-03-29 00:00", (2, 30), "2026-03-29 01:30"),  # skipped: as if clocks stood still
        ("2026-03-29 00:00", (3, 0), "2026-03-29 01:00"),
        ("2026-10-25 00:00", (2, 30), "2026-10-25 00:30"),  # comes twice: the first ...
        ("2026-10-25 00:30", (2, 30), "2026-10-25 01:30"),  # ... and the second
        ("2026-10-25 01:30", (2, 30), "2026-10-26 01:30"),
    ],
)
def test_the_next_time_of_day(now: str, clock: tuple[int, int], then: str) -> None:
    assert next_at(utc(now), "Europe/Prague", *clock) == utc(then)


@given(st.floats(1.7e9, 2.2e9), st.sampled_from(ZONES), st.integers(0, 23), st.integers(0, 59))
def test_it_lies_ahead_by_a_day_at_most(utc_s: float, zone: str, hour: int, minute: int) -> None:
    then_s = next_at(utc_s, zone, hour, minute)
    assert 0.0 < then_s - utc_s <= 25.5 * 3600.0
    assert minute_of_day(then_s, zone) == pytest.approx(60 * hour + minute, abs=60)
