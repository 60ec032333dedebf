"""Aims, who meets them, and the search for one who could."""

from __future__ import annotations

import pytest

from pvopt.benchmarks import limit_aims
from pvopt.benchmarks.homes import NAMES, home_of
from pvopt.benchmarks.limit_aims import (
    BEGIN,
    LADDERS,
    LIMIT,
    MET,
    OPEN,
    SERVO_AIMS,
    Score,
    sought,
    verdict,
)
from pvopt.benchmarks.limit_home import HomeLimits, head, knower_of, lines_of
from pvopt.benchmarks.limit_lazy import Lazy
from pvopt.benchmarks.limit_least import Least

GOOD = Score(97.0, 0.5, 1.0, 1000.0, 40.0)


@pytest.mark.parametrize(
    "worse",
    [
        GOOD._replace(caught_pct=96.99),
        GOOD._replace(not_solar_pct=0.51),
        GOOD._replace(from_charging_pct=1.01),
        GOOD._replace(moves=1001.0),
        GOOD._replace(strokes=40.1),
    ],
)
def test_each_aim_counts(worse: Score) -> None:
    assert GOOD.meets(SERVO_AIMS)
    assert not worse.meets(SERVO_AIMS)
    assert verdict(GOOD, worse, SERVO_AIMS) == MET
    assert verdict(worse, GOOD, SERVO_AIMS) == OPEN
    assert verdict(worse, worse, SERVO_AIMS) == LIMIT


def test_what_is_beyond_counts_by_its_part() -> None:
    assert GOOD.beyond(SERVO_AIMS) == 0.0
    beyond = GOOD._replace(not_solar_pct=0.6, moves=1100.0).beyond(SERVO_AIMS)
    assert beyond == pytest.approx(0.3)


def hilly(lazy: Lazy) -> Score:
    """The lazier, the fewer movements and the less is caught."""
    moves = 4000.0 / (1.0 + lazy.up_ws / 200.0 + lazy.down_ws / 500.0)
    bought = 0.3 + lazy.down_ws / 2000.0 - lazy.cushion_w / 400.0
    caught = 99.0 - lazy.up_ws / 1000.0 - (lazy.cushion_w + lazy.margin_w) / 50.0
    return Score(caught, bought, 0.0, moves, 30.0)


def test_the_search_keeps_the_aims_and_then_catches_most() -> None:
    lazy, score = sought(hilly, SERVO_AIMS)
    assert score == hilly(lazy)
    assert score.beyond(SERVO_AIMS) == 0.0
    assert score.caught_pct > 97.5
    for number, ladder in enumerate(LADDERS):
        for step in (-1, 1):
            at = ladder.index(lazy[number]) + step
            if 0 <= at < len(ladder):
                other = hilly(Lazy(*(*lazy[:number], ladder[at], *lazy[number + 1 :])))
                assert other.beyond(SERVO_AIMS) > 0.0 or other.caught_pct <= score.caught_pct


def test_the_search_ends_and_asks_for_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Lazy] = []

    def run(lazy: Lazy) -> Score:
        asked.append(lazy)
        return hilly(lazy)

    monkeypatch.setattr(limit_aims, "MOST_RUNS", 7)
    _, score = sought(run, SERVO_AIMS)
    assert len(asked) == len(set(asked)) == 7
    assert score.beyond(SERVO_AIMS) == min(hilly(lazy).beyond(SERVO_AIMS) for lazy in asked)


def test_the_search_begins_within_its_ladders() -> None:
    assert all(0 <= k < len(ladder) for k, ladder in zip(BEGIN, LADDERS, strict=True))


@pytest.mark.parametrize("home", NAMES)
def test_who_knows_all_climbs_where_a_home_hides(home: str) -> None:
    assert (knower_of(home).answer_s > 0.0) == home_of(home).hides
    assert knower_of(home).first_w == (200.0 if home_of(home).hides else 1e9)


def test_the_rows_say_who_and_what() -> None:
    chip = GOOD._replace(caught_pct=98.5)
    lazy = Lazy(10.0, 20.0, 800.0, 125.0)
    found = HomeLimits("dc-zero", chip, chip, GOOD, GOOD, lazy, Least(210.4, 27.26))
    rows = lines_of(found)
    assert rows[0].split()[:4] == ["dc-zero", "pvopt-digital", "98.50", "0.50"]
    assert rows[0].endswith(LIMIT)
    assert rows[2].endswith(MET)
    assert rows[3].endswith("800 Ws up, 125 Ws and 20 W down")
    assert rows[4].split()[-2:] == ["210", "27.3"]
    assert [line.split()[-5:] for line in head()[1:]] == [
        ["99.00", "0.50", "1.00", "-", "-"],
        ["97.00", "0.50", "1.00", "1000", "40.0"],
    ]
