"""Speeds, aims and verdicts; how long something takes is not tested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pvopt.benchmarks import speed
from pvopt.benchmarks.speed import Row, day_row, measure_law, year_row


def ticking(step_s: float) -> Iterator[float]:
    now_s = 0.0
    while True:
        yield now_s
        now_s += step_s


def test_the_worked_rows() -> None:
    day = day_row("loop", 86_400, 12.0)
    assert (day.steps_per_s, day.whole_s) == (7200.0, 12.0)
    year = year_row("compiled", 864_000, 0.2)
    assert year.whole_s == pytest.approx(7.3)


@pytest.mark.parametrize(("whole_s", "met"), [(10.0, True), (10.01, False)])
def test_an_aim_is_met_up_to_its_number(whole_s: float, met: bool) -> None:
    assert Row("x", 1.0, "a home-year", whole_s, 10.0).met is met


def test_what_has_no_aim_is_met() -> None:
    assert Row("x", 1.0).met


def test_the_law_is_driven_for_all_its_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "LAW_TICKS", 300)
    clock = ticking(3.0)
    (row,) = measure_law(lambda: next(clock), lambda share, words: None)
    assert row.steps_per_s == 100.0
