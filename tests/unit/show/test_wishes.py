"""What a person asked for, in words: the same minute as in the log's reasons."""

from __future__ import annotations

import pytest

from pvopt.show.words.wishes import local_time


@pytest.mark.parametrize(
    ("utc_s", "shown"),
    [(0.0, "00:00"), (29.9, "00:00"), (30.0, "00:01"), (3599.9, "01:00"), (3600.0, "01:00")],
)
def test_a_moment_is_told_to_the_nearest_minute(utc_s: float, shown: str) -> None:
    assert local_time("UTC")(utc_s) == shown


def test_a_moment_beyond_all_calendars_is_a_question_mark() -> None:
    assert local_time("UTC")(1e18) == "?"
