"""`benchmark speed`: its table, its rows, its exit code."""

from __future__ import annotations

import json

import pytest

from pvopt.benchmarks import speed
from pvopt.benchmarks.speed import Row
from pvopt.commands import benchmark_speed
from pvopt.commands.benchmark_speed import as_json, as_table
from pvopt.commands.cli import main

GOOD = Row("law and home, compiled", 4e6, "a home-year", 7.88, 10.0)
BAD = Row("the whole production loop", 3e3, "a day", 28.8, 20.0)
TOLD = Row("the law alone, interpreted", 12_345.6)


def test_the_table() -> None:
    lines = as_table([GOOD, BAD, TOLD])
    assert lines[1].split()[-5:] == ["7.88", "s", "10", "s", "met"]
    assert lines[2].endswith("NOT MET")
    assert lines[3].endswith("12,346")
    assert lines[-1] == "Missed: the whole production loop."
    assert as_table([GOOD])[-1] == "Every aim is met."


def test_the_rows_as_json() -> None:
    made = json.loads(as_json([GOOD, TOLD]))
    assert made["schema"] == "pvopt.benchmark/1"
    assert made["rows"][0] == {
        "name": "law and home, compiled",
        "steps_per_s": 4e6,
        "whole": "a home-year",
        "whole_s": 7.88,
        "aim_s": 10.0,
        "met": True,
    }
    assert made["rows"][1]["whole_s"] is None


@pytest.mark.parametrize(("loop", "code"), [(GOOD, 0), (BAD, 1)])
def test_a_missed_aim_is_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, loop: Row, code: int
) -> None:
    for name in ("measure_law", "measure_compiled"):
        monkeypatch.setattr(speed, name, lambda *args: [])
    monkeypatch.setattr(speed, "measure_loop", lambda *args: [loop])
    assert main(["benchmark", "speed", "--hours", "1"]) == code


def test_the_loop_is_really_run() -> None:
    loop, clock = benchmark_speed._loop(), iter((0.0, 2.0))
    (row,) = speed.measure_loop(loop, lambda: next(clock), lambda share, words: None, 0.05)
    assert loop.counts.ticks == 180
    assert row.whole_s == 960.0


@pytest.mark.parametrize("hours", ["0", "25", "x"])
def test_hours_out_of_bounds(hours: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "speed", "--hours", hours]) == 2
    assert "from 1 to 24" in capsys.readouterr().err
