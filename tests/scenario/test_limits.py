"""`benchmark limits`: no law may do better than who knows more."""

from __future__ import annotations

import re

import pytest

from pvopt.commands.cli import main

pytest.importorskip("numba", reason="numba is not installed:  . ./env.sh sim")
pytestmark = pytest.mark.slow


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
