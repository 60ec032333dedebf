"""The home's flows, and their energies since the start."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.flows import MAX_DT_S, Energies, flows_of
from pvopt.model import MISSING, Reading
from tests.unit.decide.samples import reading, site


def test_each_flow_goes_one_way() -> None:
    home = site(grid_w=reading(-120.0), pv_w=reading(900.0), battery_w=reading(310.0))
    assert flows_of(home) == {
        "pv_wh": 900.0, "load_wh": 340.0, "import_wh": 0.0, "export_wh": 120.0,
        "charged_wh": 310.0, "discharged_wh": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("missing", [MISSING, Reading(math.nan, 0.0, "t")])
def test_what_is_not_known_is_missing(missing: Reading) -> None:
    home = site(grid_w=missing, battery_w=reading(-50.0), pv_w=missing)
    assert flows_of(home) == {"load_wh": 340.0, "charged_wh": 0.0, "discharged_wh": 50.0}


def test_energies_of_known_seconds() -> None:
    energies = Energies()
    for second in range(11):
        energies.add(site(pv_w=reading(1800.0)), 100.0 + second)
    assert energies.wh["pv_wh"] == pytest.approx(5.0)


@pytest.mark.parametrize(("pause_s", "counts"), [(MAX_DT_S, True), (MAX_DT_S + 0.1, False)])
def test_a_long_pause_counts_for_nothing(pause_s: float, counts: bool) -> None:
    energies = Energies()
    energies.add(site(), 0.0)
    energies.add(site(), pause_s)
    assert bool(energies.wh) == counts


def test_what_is_not_believed_counts_for_nothing() -> None:
    energies = Energies()
    for second, home in enumerate((site(), None, site())):
        energies.add(home, float(second))
    assert energies.wh["load_wh"] == pytest.approx(340.0 / 3600.0)


@given(st.lists(st.tuples(st.floats(-5e3, 5e3), st.floats(-10.0, 100.0)), max_size=30))
def test_no_energy_ever_falls(ticks: list[tuple[float, float]]) -> None:
    energies, now_s, before = Energies(), 0.0, dict[str, float]()
    for grid_w, dt_s in ticks:
        now_s += dt_s
        energies.add(site(grid_w=reading(grid_w), battery_w=reading(-grid_w)), now_s)
        assert all(energies.wh[name] >= wh for name, wh in before.items())
        before = dict(energies.wh)
