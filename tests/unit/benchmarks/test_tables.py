"""Marks, distances and words of the tables."""

from __future__ import annotations

import pytest

from pvopt.benchmarks.campaign import Campaign
from pvopt.benchmarks.control import Row
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Run
from pvopt.benchmarks.tables import (
    COLUMNS,
    LEAST_CAUGHT_PCT,
    MOST_TAKEN_PCT,
    best_of,
    competes,
    delay_words,
    distances,
    report,
    table,
)
from pvopt.simulator.account import Totals

CAUGHT, NOT_SOLAR = COLUMNS[0], COLUMNS[1]


def row(law: str, caught_pct: float, not_solar_pct: float = 1.0, **other: float) -> Row:
    given = {
        "from_charging_pct": 1.0,
        "switches_per_day": 5.0,
        "moves_per_day": 400.0,
        "travel_per_day": 20.0,
        "worst_minute_import_w": 50.0,
        "soc_at_sunset_diff_pct": 0.0,
        "heat_kwh": 10.0,
        "surplus_pct": caught_pct,
        "caught_own_path_pct": caught_pct,
    }
    made = Row("dc-zero", 1, law, caught_pct, not_solar_pct, 0, 0, 0, 0, 0, 0, 0, True, 0, 0)
    return made._replace(**(given | other))  # type: ignore[arg-type]


ROWS = [
    row("all-knowing", 99.9, 0.1),
    row("pvopt-servo", 97.04, 0.5),
    row("evcc", 95.0, 2.0, switches_per_day=0.0),
    row("mk2", 120.0, 45.0),
    row("openems", 0.0, 0.0, moves_per_day=0.0),
]


@pytest.mark.parametrize(
    ("caught_pct", "not_solar_pct", "able"),
    [
        (LEAST_CAUGHT_PCT, 0.0, True),
        (LEAST_CAUGHT_PCT - 0.01, 0.0, False),
        (90.0, MOST_TAKEN_PCT - 1.0, True),
        (90.0, MOST_TAKEN_PCT - 0.99, False),
    ],
)
def test_who_competes(caught_pct: float, not_solar_pct: float, able: bool) -> None:
    assert competes(row("evcc", caught_pct, not_solar_pct)) is able


@pytest.mark.parametrize("law", ["all-knowing", "frontier"])
def test_references_do_not_compete(law: str) -> None:
    assert not competes(row(law, 99.0))


def test_the_best_is_of_those_that_compete() -> None:
    assert best_of(ROWS, CAUGHT) == 97.0
    assert best_of(ROWS, NOT_SOLAR) == 0.5
    assert best_of(ROWS[3:], CAUGHT) is None


def test_more_than_all_is_no_better_than_all() -> None:
    rows = [row("evcc", 100.0), row("s1", 104.0)]
    assert [line.split()[1] for line in table(rows)[2:]] == ["100.0*", "104.0*"]


def test_the_battery_above_the_all_knowings_is_no_merit() -> None:
    rows = [
        row("evcc", 90.0, soc_at_sunset_diff_pct=0.0),
        row("s1", 90.0, soc_at_sunset_diff_pct=3.0),
        row("s0", 90.0, soc_at_sunset_diff_pct=-0.2),
    ]
    assert [line.split()[4] for line in table(rows)[2:]] == ["0.0*", "3.0*", "-0.2"]


def test_marks_of_a_table() -> None:
    lines = {line.split()[0]: line for line in table(ROWS)[2:]}
    assert lines["pvopt-servo"].split()[1:3] == ["97.0*", "0.50*"]
    assert lines["evcc"].split()[5] == "0.0*"
    for law in ("mk2", "openems"):
        assert lines[law].split()[1] == "-"
        assert "*" not in lines[law]
    assert "*" not in lines["all-knowing"]
    assert all(len(line) <= 110 for line in table(ROWS))


def test_how_far_we_are_from_the_best() -> None:
    (line,) = distances(ROWS)
    assert line == "pvopt-servo against the best: switches +5.0"
    rows = [row("pvopt-servo", 90.0), row("evcc", 95.0)]
    assert distances(rows) == ["pvopt-servo against the best: caught -5.0"]
    assert distances([row("pvopt-servo", 95.0)])[0].endswith("none better in any column")
    assert distances([row("pvopt-servo", 1.0)]) == ["no law competes here"]


def test_a_report_tells_frontier_plain_tank_alarm_and_delay() -> None:
    late = [
        one._replace(data_age_s=60)
        for one in (
            ROWS[0],
            row("pvopt-servo", 71.0)._replace(alarm="welded"),
            row("frontier", 74.5),
        )
    ]
    run = Run(Totals(), 0.0, (0.0,), 200.0, 50.0)
    result = Campaign(
        rows=(*ROWS, *late),
        plain=(row("pvopt-servo", 88.8),),
        tank=((row("pvopt-servo", 66.6), run),),
        lates={"dc-zero": Late(0.98, 40.0, 150)},
    )
    text = "\n".join(report(result))
    for words in (
        "dc-zero: panels on the battery's side, no feed-in; data 1 s old",
        "data 60 s old",
        "0.980 x the least surplus of 150 s less 40 W",
        "caught against it: pvopt-servo -3.5",
        "plain minutes: pvopt-servo caught 88.8 %",
        "pvopt-servo ended with an alarm: welded",
        "With the real tank",
        "25.0",  # of the water was hot
    ):
        assert words in text
    assert text.count("plain minutes") == 1


def test_the_whole_delay_is_stated_and_at_most_three_seconds() -> None:
    said = delay_words()
    assert "pvopt-servo 3.0 s" in said
    assert "pvopt-digital 2.0 s" in said
