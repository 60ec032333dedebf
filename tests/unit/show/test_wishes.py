"""What a person asked for, in words: the same minute as in the log's reasons and on the page."""

from __future__ import annotations

import math

import pytest

from pvopt.decide.reasons import end_numbers
from pvopt.model import Instant, Reason, Why
from pvopt.show import words
from pvopt.show.words.tongues import tongue
from pvopt.show.words.wishes import local_time

NOON = 12 * 3600.0


@pytest.mark.parametrize(
    ("utc_s", "shown"),
    [(0.0, "00:00"), (0.9, "00:00"), (1.1, "00:01"), (29.9, "00:01"), (3599.9, "01:00")],
)
def test_an_end_is_told_to_the_minute_that_is_not_before_it(utc_s: float, shown: str) -> None:
    assert local_time("UTC")(utc_s) == shown


def test_a_moment_beyond_all_calendars_is_a_question_mark() -> None:
    assert local_time("UTC")(1e18) == "?"
    assert local_time("UTC", Instant(0.0, NOON))(1e18) == "?"


@pytest.mark.parametrize(
    ("end_utc_s", "shown"),
    [
        (23 * 3600.0 - 61.0, "23:59"),  # one hour east of Greenwich
        (23 * 3600.0 - 58.0, "tomorrow 00:00"),
        (33 * 3600.0 + 20.0, "tomorrow 10:01"),
    ],
)
def test_log_reason_and_card_tell_the_same_end(end_utc_s: float, shown: str) -> None:
    now = Instant(0.0, NOON)
    assert local_time("Africa/Lagos", now)(end_utc_s) == shown
    numbers = end_numbers(end_utc_s, math.inf, now, "Africa/Lagos")
    assert words.sentence(Reason(Why.BOOST, numbers)) == f"boost by hand until {shown}"
    assert words.until(dict(numbers)) == f" until {shown}"


def test_tomorrow_is_said_in_each_language() -> None:
    numbers = {"until_min": 661.0, "until_days": 1.0}
    said = [words.until(numbers, tongue(code)) for code in ("en", "de", "fr", "cs")]
    assert said == [
        " until tomorrow 11:01",
        " bis morgen 11:01",
        " jusqu'à demain 11:01",
        " do zítřka 11:01",
    ]


def test_without_a_date_an_end_is_so_many_minutes_away() -> None:
    now = Instant(0.0, NOON, False)
    assert words.until(dict(end_numbers(math.nan, 61.0, now, "UTC"))) == " for another 2 min"
    assert end_numbers(math.nan, math.inf, now, "UTC") == ()
