"""Which runs are made, and where their results go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pvopt.benchmarks import campaign as wide
from pvopt.benchmarks import frontier as searched
from pvopt.benchmarks.campaign import Campaign, campaign
from pvopt.benchmarks.control import NAMES
from pvopt.benchmarks.frontier import Frontier
from pvopt.benchmarks.homes import NAMES as HOMES
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Run
from pvopt.simulator.account import Totals
from tests.unit.benchmarks.seconds import steady

pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
Asked = list[tuple[str, int, str, bool, bool]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Runs that take no time; each heats a number that tells it from the others."""
    seen: Asked = []

    def run(
        home: str, age: int, law: str, inputs: Inputs, heard: Any = None, tank: bool = False
    ) -> Run:
        if heard is not None:  # no warming up
            seen.append((home, age, law, tank, inputs.refined))
        heat_wh = (
            1000.0 + NAMES.index(law) + (0.1 if tank else 0.0) + (0.0 if inputs.refined else 0.2)
        )
        return Run(Totals(heat_wh=heat_wh), float(age), (0.0,), 0.0, 0.0)

    def search(plant: Any, age: int, inputs: Inputs, heard: Any) -> Frontier:
        return Frontier(Late(0.7), Run(Totals(heat_wh=700.0), float(age), (0.0,), 0.0, 0.0))

    monkeypatch.setattr(wide, "run_law", run)
    monkeypatch.setattr(searched, "frontier", search)
    return seen


def whole(
    homes: Sequence[str] = HOMES, laws: Sequence[str] = NAMES, plain: bool = True
) -> Campaign:
    rough = steady(600, refined=False) if plain else None
    return campaign(homes, laws, steady(600), rough, 2, lambda share, words: None)


def test_a_row_for_each_home_age_and_law_in_order(asked: Asked) -> None:
    result = whole()
    expected = [
        (home, age, law)
        for home in HOMES
        for age in (1, 60)
        for law in NAMES
        if law != "frontier" or age == 60
    ]
    assert [(row.home, row.data_age_s, row.law) for row in result.rows] == expected
    for row in result.rows:
        if row.law not in ("all-knowing", "frontier"):
            assert row.heat_kwh == pytest.approx(1.0 + NAMES.index(row.law) / 1000.0)
            assert row.worst_minute_import_w == row.data_age_s
    assert set(result.lates) == set(HOMES)
    assert len(asked) == len(set(asked))


def test_our_law_runs_on_plain_minutes_and_with_the_real_tank(asked: Asked) -> None:
    result = whole(["dc-zero"])
    laws = {(row.data_age_s, row.law) for row in result.plain}
    ours = {(age, law) for age in (1, 60) for law in ("pvopt-servo", "pvopt-digital")}
    assert ours <= laws
    assert not any(row.refined for row in result.plain)
    assert ours <= {(row.data_age_s, row.law) for row, _ in result.tank}
    assert all(run.totals.heat_wh % 1.0 == pytest.approx(0.1) for _, run in result.tank)
    # Each is held against the all-knowing diverter on the same seconds, in the same tank.
    assert ("dc-zero", 0, "all-knowing", True, True) in asked
    assert ("dc-zero", 0, "all-knowing", False, False) in asked


def test_no_plain_where_there_is_none(asked: Asked) -> None:
    assert whole(["dc-zero"], plain=False).plain == ()


def test_the_all_knowing_always_runs(asked: Asked) -> None:
    result = whole(["ac-zero"], ["evcc"])
    assert [(row.data_age_s, row.law) for row in result.rows] == [
        (1, "all-knowing"), (1, "evcc"), (60, "all-knowing"), (60, "evcc"),
    ]  # fmt: skip
    assert result.tank == ()
    assert result.plain == ()
