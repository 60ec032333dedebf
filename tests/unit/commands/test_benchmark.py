"""`benchmark footprint`: the last lines, which say how it came out."""

from __future__ import annotations

import pytest

from pvopt.benchmarks.footprint import Row
from pvopt.commands.benchmark_footprint import verdict


@pytest.mark.parametrize(("measured", "words"), [(49.9, "Every aim is met."), (50.0, "Missed: ")])
def test_verdict(measured: float, words: str) -> None:
    said = verdict([Row("child resident (RSS)", measured, "MB", 50.0)], 60.0)
    assert said.splitlines()[-1].startswith(words)
    assert "guardian: " in said


@pytest.mark.parametrize(("seconds", "short"), [(59.9, True), (60.0, False)])
def test_a_short_measurement_is_said(seconds: float, short: bool) -> None:
    assert ("s only" in verdict([], seconds)) is short
