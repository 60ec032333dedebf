"""`benchmark ladder`: what is refused, what is written, how it ends."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from pvopt.benchmarks import ladder
from pvopt.benchmarks.ladder_loads import LADDER
from pvopt.commands.benchmark_ladder import chosen
from pvopt.commands.cli import main
from tests.unit.benchmarks.test_ladder_table import ROW

pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
pytest.importorskip("numba", reason="numba is not installed:  . ./env.sh sim")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weather", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["--days", "0"], "'0' is not a whole number from 1 to 366"),
        (["--days", "1.5"], "'1.5' is not a whole number"),
        (["--workers", "0"], "'0' is not a number from 1 to 64"),
        (["--laws", "s2"], "--laws: 's2' is not there: choose of all-knowing, knowing, pvopt"),
        (["--homes", "villa"], "--homes: 'villa' is not there: choose of dc-zero"),
        (["--tables", ","], "--tables names none: choose of boiler-first, boiler-last, tanks"),
        (["--place", "50,14"], "--place goes with --weather"),
        (["--json", "/proc/none/rows.json"], "--json /proc/none/rows.json: cannot be written"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", "ladder", *words]) == 2
    assert said in capsys.readouterr().err


def test_the_boiler_comes_last_or_becomes_full_unless_asked_otherwise() -> None:
    none = Namespace(homes=["dc-zero"], laws=["pvopt"], tables=None)
    assert {key.table for key in chosen(none)} == {"boiler-last", "tanks"}
    none.tables = ["boiler-first"]
    assert {key.table for key in chosen(none)} == {"boiler-first"}


@pytest.mark.parametrize(("caught_pct", "code"), [(98.0, 0), (97.0, 1)])
def test_rows_are_written_and_a_missed_aim_ends_with_1(
    caught_pct: float,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Any] = []

    def rows(keys: list[Any], days: list[Any], workers: int, said: Any) -> list[Any]:
        asked.extend([keys, days, workers])
        return [ROW._replace(caught_pct=caught_pct)]

    monkeypatch.setattr(ladder, "ladder", rows)
    path = tmp_path / "rows.json"
    words = ["--homes", "dc-feed", "--tables", "tanks", "--days", "1", "--workers", "1"]
    assert main(["benchmark", "ladder", *words, "--json", str(path)]) == code
    keys, days, workers = asked
    assert [(key.home, key.law, key.table) for key in keys] == [
        ("dc-feed", law, "tanks") for law in ladder.LAWS
    ]
    assert (len(days), days[0].seconds, workers) == (1, 86_400, 1)
    written = json.loads(path.read_text())
    assert written["schema"] == "pvopt.benchmark-ladder/1"
    (row,) = written["rows"]
    assert (row["home"], row["law"], row["caught_pct"]) == ("dc-feed", "pvopt", caught_pct)
    assert list(row["switches_per_day"]) == [load.id for load in LADDER]
    assert "by rank: boiler 0 to 2000 W (5 s), towels 500 W (240 s)" in capsys.readouterr().out
