"""The search for what is knowable, on a home that answers by formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pvopt.benchmarks import frontier as searched
from pvopt.benchmarks.frontier import NEAR_PCT, NOT_SOLAR_PCT, fitted, frontier, next_factor
from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Run
from pvopt.simulator.account import Totals

PLANT = home_of("dc-zero").plant
Answer = Callable[[Late], tuple[float, float]]  # (heat, share of it that was bought)


def answering(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> list[Late]:
    """In place of runs. What was asked."""
    asked: list[Late] = []

    def run(late: Late, *rest: object) -> Run:
        asked.append(late)
        heat_wh, bought_pct = answer(late)
        totals = Totals(heat_wh=heat_wh, from_grid_wh=0.01 * bought_pct * heat_wh)
        return Run(totals, 0.0, (0.0,), 0.0, 0.0)

    monkeypatch.setattr(searched, "run_reference", run)
    return asked


@pytest.mark.parametrize("slope", [1.0, 4.0, 30.0])
@pytest.mark.parametrize("begin", [0.4, 1.0, 1.5])
def test_the_factor_ends_just_within_the_limit(
    monkeypatch: pytest.MonkeyPatch, slope: float, begin: float
) -> None:
    answering(monkeypatch, lambda late: (late.factor, NOT_SOLAR_PCT + slope * (late.factor - 0.9)))
    found = fitted(PLANT, Late(begin), 60, None)  # type: ignore[arg-type]
    assert NOT_SOLAR_PCT - 2.0 * NEAR_PCT <= found.run.totals.not_solar_pct <= NOT_SOLAR_PCT
    assert found.run.totals.heat_wh == found.late.factor


def test_nothing_is_the_best_where_everything_buys(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda late: (late.factor, 50.0 if late.factor else 0.0))
    assert fitted(PLANT, Late(), 60, None).late.factor == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize("best_s", [1, 60, 120, 150, 360])
def test_the_best_window_is_found_on_either_side(
    monkeypatch: pytest.MonkeyPatch, best_s: int
) -> None:
    answering(
        monkeypatch, lambda late: (1000.0 - abs(late.window_s - best_s) - late.margin_w, 2.99)
    )
    found = frontier(PLANT, 60, None)  # type: ignore[arg-type]
    assert (found.late.window_s, found.late.margin_w) == (best_s, 0.0)


def test_a_margin_is_taken_where_it_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda late: (1000.0 + late.margin_w, 2.99))
    assert frontier(PLANT, 60, None).late.margin_w == searched.MARGIN_W  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("below", "above", "factor"),
    [
        ((0.8, 2.0), (1.0, 4.0), 0.8975),
        (None, (1.0, 4.0), 0.75),
        ((1.0, 2.0), None, 1.2),
        (None, None, 1.0),
        ((0.8, 2.975), (1.0, 9.0), 0.81),
    ],
)
def test_the_worked_next_factor(
    below: tuple[float, float] | None, above: tuple[float, float] | None, factor: float
) -> None:
    assert next_factor(below, above) == pytest.approx(factor)
