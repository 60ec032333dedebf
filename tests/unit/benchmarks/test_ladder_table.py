"""The table of the ladder's benchmark: aims just met and just missed."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pvopt.benchmarks.ladder import ALL_KNOWING, KNOWING, OURS, Row
from pvopt.benchmarks.ladder_table import line_of, misses, report

ROW = Row(
    "dc-feed", "boiler-first", OURS, 98.5, 0.4, 0.6, 0, 0, 0, 0, 250.0, -0.1, 20.0,
    (2.0, 4.0, 2.0, 6.0, 8.0, 4.0), (10.0, 3.0, 2.0, 3.0, 1.0, 1.0), 2.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, []),
        ({"caught_pct": 97.95}, []),
        ({"caught_pct": 97.94}, ["caught 97.9 % of 98 %"]),
        ({"not_solar_pct": 1.004}, []),
        ({"not_solar_pct": 1.006}, ["not solar 1.01 % above 1 %"]),
        ({"from_charging_pct": 1.006}, ["charging 1.01 % above 1 %"]),
        ({"inversions": 1}, ["1 inversions"]),
        ({"flow_inversions": 1}, []),
        ({"broken_min_times": 2}, ["2 minimum times broken"]),
    ],
)
def test_an_aim_is_missed_as_the_table_shows_it(given: dict[str, Any], words: list[str]) -> None:
    assert misses(ROW._replace(**given)) == words


def test_every_row_is_there_and_every_aim_is_told() -> None:
    rows = [ROW._replace(law=ALL_KNOWING), ROW, ROW._replace(law="s0", inversions=12)]
    tanks = [row._replace(table="tanks", caught_pct=90.0) for row in rows]
    text = "\n".join(report([*rows, *tanks]))
    assert "dc-feed: every aim met" in text
    assert "dc-feed: caught 90.0 % of 98 %" in text
    assert text.count("s0 ") == 2
    assert "floor 500/1000/1500 W" in text


def test_who_knows_all_has_no_inversions_to_show() -> None:
    assert "250" not in line_of(ROW._replace(law=ALL_KNOWING))
    assert line_of(ROW).endswith("250  2 4 2 6 8 4")
    assert " 1    (2) " in line_of(ROW._replace(inversions=1, flow_inversions=2))


def test_nothing_to_catch_is_no_aim_met() -> None:
    nothing = math.nan
    row = ROW._replace(caught_pct=nothing, not_solar_pct=nothing, from_charging_pct=nothing)
    assert misses(row) == []
    text = "\n".join(report([row._replace(law=ALL_KNOWING), row]))
    assert "dc-feed: nothing to catch, so no verdict" in text
    assert "nan" not in text and "every aim met" not in text


def test_what_is_missed_is_a_limit_or_open() -> None:
    knowing = ROW._replace(law=KNOWING, caught_pct=96.8)
    ours = ROW._replace(caught_pct=96.1, not_solar_pct=1.2)
    text = "\n".join(report([knowing, ours]))
    limit = "caught 96.1 % of 98 % (limit, knowing: caught 96.8 % of 98 %)"
    assert f"dc-feed: {limit}, not solar 1.20 % above 1 % (open)\n" in text
    assert "dc-feed: every aim met\n" in "\n".join(report([knowing, ROW]))
    alone = "\n".join(report([ours]))
    assert "dc-feed: caught 96.1 % of 98 %, not solar 1.20 % above 1 %\n" in alone
