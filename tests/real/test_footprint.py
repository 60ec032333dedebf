"""The benchmark from end to end, briefly: what is loaded, what it takes, what it leaves behind."""

from __future__ import annotations

import json
import os

import pytest

from pvopt.benchmarks.footprint import children_of
from pvopt.commands.cli import main


def measured(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    short = ("--seconds", "3", "--warm-up", "2", "--offline")
    code = main(["benchmark", "footprint", *short, *words])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.slow
def test_footprint_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    before = children_of(os.getpid())
    code, out, err = measured(capsys, "--json")
    told = json.loads(out)
    rows = {row["name"]: row for row in told["rows"]}
    assert told["schema"] == "pvopt.benchmark/1"
    assert code == (0 if all(row["met"] for row in told["rows"]) else 1)
    for name in ("numpy", "numba", "matplotlib", "aiohttp", "pydantic"):
        assert rows[f"{name} loaded in the child"]["measured"] == 0
    # What it takes is the benchmark's to say, and differs by machine: this tells only a library
    # too many, and a loop that never rests.
    assert 5 < rows["guardian resident (RSS)"]["measured"] < 16
    assert 10 < rows["child resident (RSS)"]["measured"] < 64
    assert rows["child CPU"]["measured"] < 25.0
    assert "measuring" in err
    assert children_of(os.getpid()) == before, "nothing is left running"


@pytest.mark.slow
def test_footprint_as_table(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = measured(capsys)
    lines = out.splitlines()
    assert lines[0].split() == ["measured", "aim"]
    assert any(line.startswith("child CPU") and "< 0.5" in line for line in lines)
    assert any(line.startswith("numpy loaded in the child") and "met" in line for line in lines)
