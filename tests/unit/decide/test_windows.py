"""Off-peak windows and tariffs: across midnight, by weekday, in nights of a clock change."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.daylight import is_within_hours
from pvopt.decide.windows import (
    EVERY_DAY,
    PricedWindow,
    Tariff,
    Window,
    is_in,
    next_opening_s,
    openings,
    price_per_kwh,
    seconds_left,
    seconds_until,
    window,
)

PARIS = "Europe/Paris"
H = 3600.0


def at(text: str, tz: str = PARIS, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz), fold=fold).timestamp()


def hours(start: str, end: str, days: tuple[int, ...] = EVERY_DAY) -> Window:
    made = window(start, end, days)
    assert made is not None
    return made


S1 = (hours("02:05", "06:50"),)
NIGHT = (hours("22:00", "06:00"),)
TOUCHING = (hours("22:00", "24:00"), hours("00:00", "06:00"))
LUNCH = (hours("12:30", "14:00"), *S1)
WEEKEND = (hours("00:00", "00:00", (5, 6)),)
ALWAYS = (hours("00:00", "00:00"),)


@pytest.mark.parametrize("text", [("24:01", "06:00"), ("2:5", "06:00"), ("x", ""), ("06:00", "6")])
def test_what_is_no_time_is_no_window(text: tuple[str, str]) -> None:
    assert window(*text) is None


# windows, local time, seconds left, next opening
TABLE = [
    (S1, "2026-01-15 02:04:59", 0.0, "2026-01-15 02:05"),
    (S1, "2026-01-15 02:05:00", 4.75 * H, "2026-01-16 02:05"),
    (S1, "2026-01-15 06:49:59", 1.0, "2026-01-16 02:05"),
    (S1, "2026-01-15 06:50:00", 0.0, "2026-01-16 02:05"),
    (NIGHT, "2026-12-31 23:30", 6.5 * H, "2027-01-01 22:00"),
    (NIGHT, "2027-01-01 05:59:59", 1.0, "2027-01-01 22:00"),
    (NIGHT, "2027-01-01 12:00", 0.0, "2027-01-01 22:00"),
    (TOUCHING, "2026-01-15 23:00", 7 * H, "2026-01-16 22:00"),
    (TOUCHING, "2026-01-15 00:00", 6 * H, "2026-01-15 22:00"),
    (LUNCH, "2026-01-15 07:00", 0.0, "2026-01-15 12:30"),
    (LUNCH, "2026-01-15 13:00", 1 * H, "2026-01-16 02:05"),
    # Saturday 2026-01-17 and Sunday are one piece
    (WEEKEND, "2026-01-16 23:59:59", 0.0, "2026-01-17 00:00"),
    (WEEKEND, "2026-01-17 01:00", 47 * H, "2026-01-24 00:00"),
    (WEEKEND, "2026-01-19 00:00", 0.0, "2026-01-24 00:00"),
    # the window of Friday night reaches into Saturday
    ((hours("22:00", "06:00", (4,)),), "2026-01-17 05:00", 1 * H, "2026-01-23 22:00"),
    ((hours("22:00", "06:00", (4,)),), "2026-01-16 05:00", 0.0, "2026-01-16 22:00"),
    # the night of 29 March 2026 has no 02:00 to 03:00, that of 25 October has it twice
    (S1, "2026-03-29 03:05", 3.75 * H, "2026-03-30 02:05"),
    (S1, "2026-03-29 03:04:59", 0.0, "2026-03-29 03:05"),
    (NIGHT, "2026-03-28 22:00", 7 * H, "2026-03-29 22:00"),
    (NIGHT, "2026-10-24 22:00", 9 * H, "2026-10-25 22:00"),
    (S1, "2026-10-25 02:05", 5.75 * H, "2026-10-26 02:05"),
    (S1, "2026-10-25 01:00", 0.0, "2026-10-25 02:05"),
    # 02:30 to 03:00 is empty in that night
    ((hours("02:30", "03:00"),), "2026-03-29 01:59", 0.0, "2026-03-30 02:30"),
]


@pytest.mark.parametrize(("windows", "now", "left_s", "opens"), TABLE)
def test_table(windows: tuple[Window, ...], now: str, left_s: float, opens: str) -> None:
    now_s = at(now)
    assert seconds_left(windows, PARIS, now_s) == left_s
    assert is_in(windows, PARIS, now_s) == (left_s > 0)
    found = next_opening_s(windows, PARIS, now_s)
    # an opening that the clock skips falls after the change: 02:30 becomes 03:30
    assert found is not None
    assert found == at(opens)
    assert seconds_until(windows, PARIS, now_s) == (0.0 if left_s else found - now_s)


def test_the_second_two_o_clock_of_autumn_is_in_the_same_window() -> None:
    """From the second 02:30 to 06:50 are 4 h 20 min, from the first an hour more."""
    assert seconds_left(S1, PARIS, at("2026-10-25 02:30", fold=1)) == 4 * H + 1200
    assert seconds_left(S1, PARIS, at("2026-10-25 02:30")) == 5 * H + 1200


@pytest.mark.parametrize("windows", [(), (hours("10:00", "11:00", ()),)])
def test_never(windows: tuple[Window, ...]) -> None:
    now_s = at("2026-06-01 10:30")
    assert not is_in(windows, PARIS, now_s)
    assert seconds_left(windows, PARIS, now_s) == 0.0
    assert next_opening_s(windows, PARIS, now_s) is None
    assert seconds_until(windows, PARIS, now_s) == math.inf


def test_always() -> None:
    now_s = at("2026-06-01 10:30")
    assert seconds_left(ALWAYS, PARIS, now_s) == math.inf
    assert next_opening_s(ALWAYS, PARIS, now_s) is None
    assert seconds_until(ALWAYS, PARIS, now_s) == 0.0


@pytest.mark.parametrize("utc_s", [math.nan, math.inf, -math.inf])
def test_an_instant_that_is_none(utc_s: float) -> None:
    assert not is_in(ALWAYS, PARIS, utc_s)
    assert seconds_left(ALWAYS, PARIS, utc_s) == 0.0
    assert next_opening_s(S1, PARIS, utc_s) is None
    assert seconds_until(S1, PARIS, utc_s) == math.inf


def test_the_first_open_window_has_the_price() -> None:
    tariff = Tariff(0.30, (PricedWindow(LUNCH[0], 0.10), PricedWindow(NIGHT[0], 0.20)))
    told = {
        "12:29:59": 0.30, "12:30:00": 0.10, "13:59:59": 0.10, "14:00:00": 0.30,
        "22:00:00": 0.20, "05:59:59": 0.20, "06:00:00": 0.30,
    }  # fmt: skip
    assert {time: price_per_kwh(tariff, PARIS, at(f"2026-06-01 {time}")) for time in told} == told
    both = Tariff(0.30, (PricedWindow(NIGHT[0], 0.20), PricedWindow(ALWAYS[0], 0.25)))
    assert price_per_kwh(both, PARIS, at("2026-06-01 23:00")) == 0.20
    assert price_per_kwh(both, PARIS, at("2026-06-01 13:00")) == 0.25


def test_openings_are_joined_and_cut() -> None:
    found = openings(TOUCHING, PARIS, at("2026-01-15 23:00"), at("2026-01-16 23:00"))
    assert found == (
        (at("2026-01-15 23:00"), at("2026-01-16 06:00")),
        (at("2026-01-16 22:00"), at("2026-01-16 23:00")),
    )
    assert openings(TOUCHING, PARIS, at("2026-01-15 06:00"), at("2026-01-15 22:00")) == ()
    assert openings(TOUCHING, PARIS, at("2026-01-16 06:00"), at("2026-01-15 06:00")) == ()
    assert openings(TOUCHING, PARIS, math.nan, at("2026-01-15 06:00")) == ()


MINUTES = st.integers(0, 1440)
DAYS = st.sets(st.integers(0, 6)).map(lambda days: tuple(sorted(days)))
WINDOWS = st.lists(st.builds(Window, MINUTES, MINUTES, DAYS), max_size=4).map(tuple)
ZONES = st.sampled_from([PARIS, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
INSTANTS = st.floats(1.7e9, 1.9e9)


@given(windows=WINDOWS, tz=ZONES, utc_s=INSTANTS)
def test_inside_left_and_next_agree(windows: tuple[Window, ...], tz: str, utc_s: float) -> None:
    left_s = seconds_left(windows, tz, utc_s)
    assert is_in(windows, tz, utc_s) == (left_s > 0)
    if left_s < math.inf:
        assert not is_in(windows, tz, utc_s + left_s)
        assert is_in(windows, tz, utc_s + left_s - min(left_s, 0.001)) == (left_s > 0)
    opens_s = next_opening_s(windows, tz, utc_s)
    if opens_s is not None:
        assert opens_s > utc_s + left_s
        assert is_in(windows, tz, opens_s)
        assert not is_in(windows, tz, opens_s - 0.001)
        middle_s = (utc_s + left_s + opens_s) / 2
        assert not is_in(windows, tz, middle_s)


@given(start=MINUTES, end=MINUTES, tz=ZONES, utc_s=INSTANTS)
def test_on_every_day_it_is_the_window_of_daylight(
    start: int, end: int, tz: str, utc_s: float
) -> None:
    first, last = (f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in (start, end))
    made = window(first, last)
    assert made is not None
    assert is_in((made,), tz, utc_s) == is_within_hours(first, last, tz, utc_s)


@given(windows=WINDOWS, tz=ZONES, utc_s=INSTANTS, after_s=st.floats(0, 4 * 86_400))
def test_openings_are_where_it_is_in(
    windows: tuple[Window, ...], tz: str, utc_s: float, after_s: float
) -> None:
    found = openings(windows, tz, utc_s, utc_s + after_s)
    edges = [utc_s, *(edge for span in found for edge in span), utc_s + after_s]
    assert edges == sorted(edges)
    for number, (start_s, end_s) in enumerate(pairwise(edges)):
        middle_s = (start_s + end_s) / 2
        if start_s < middle_s < end_s:
            assert is_in(windows, tz, middle_s) == (number % 2 == 1)
