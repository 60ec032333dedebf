"""`benchmark limits`: no law may do better than who knows more."""

from __future__ import annotations

import re

import pytest

from pvopt.benchmarks import limit_aims
from pvopt.commands.cli import main

pytest.importorskip("numba", reason="numba is not installed:  . ./env.sh sim")
pytestmark = pytest.mark.slow
NAMES = ("pvopt-digital", "pvopt-servo", "who knows all,", "who knows the future")


def test_climbing_costs_and_seeing_nearly_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "limits", "--days", "3", "--homes", "dc-zero,no-battery"]) == 0
    found = re.findall(r"^(\S+) +(\S.*?)  +([\d.]+) ", capsys.readouterr().out, re.MULTILINE)
    caught = {(home, who): float(pct) for home, who, pct in found if home != "home"}
    assert len(caught) == 8
    by_five = caught["dc-zero", "climbing, 5 % first"]
    by_ten = caught["dc-zero", "climbing, 10 % first"]
    assert 90.0 < by_five <= by_ten < caught["dc-zero", "seen"] < 100.0
    assert 98.0 < caught["no-battery", "seen"] < 100.0
    for home, who in [key for key in caught if not key[1].endswith("servo")]:
        assert 90.0 < caught[home, f"{who}, servo"] < caught[home, who]


def test_the_aims_stand_beside_the_limits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit_aims, "MOST_RUNS", 6)
    assert main(["benchmark", "limits", "--aims", "--days", "2", "--homes", "no-battery"]) == 0
    rows = capsys.readouterr().out.splitlines()
    row = {name: next(line for line in rows if name in line) for name in NAMES}
    numbers = {name: re.findall(r" (\d[\d.]*)(?= |$)", line) for name, line in row.items()}
    assert row["pvopt-digital"].endswith(limit_aims.MET)
    assert float(numbers["who knows all,"][0]) > 90.0
    moves, strokes = (float(number) for number in numbers["who knows the future"])
    ours = [float(number) for number in numbers["pvopt-servo"][3:5]]
    assert 0.0 < moves < ours[0]
    assert 0.0 < strokes < ours[1]
    assert sum(line.split()[:1] in (["mk2"], ["yasolr"]) for line in rows) == 2
