"""Storages while the meter says nothing, and when it is back."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.simulator.storage_unit import B2500
from tests.unit.decide.split_rig import Rig, split_of

KEPT: dict[str, Any] = {
    "adjusts": True,
    "max_discharge_w": 400.0,
    "boost_w": 100.0,
    "floor_w": 90.0,
}


def asked_w(rig: Rig) -> list[float]:
    return [command.setpoint_w for command in rig.steps[-1].commands]


@pytest.mark.parametrize("floor_w", [0.0, 90.0])  # as its owner knows it; it has one of 80 W
@pytest.mark.parametrize("min_discharge_w", [0.0, 40.0, 90.0])
@pytest.mark.parametrize("away_s", [50, 60, 90, 240])
def test_after_a_silent_meter_they_are_back_at_once(
    away_s: int, min_discharge_w: float, floor_w: float
) -> None:
    """Nobody fails while there is nothing to follow: a meter's pause is no reason to buy. Who was
    kept awake is back before one that has to wake."""
    back_s = 60 + away_s
    split = split_of(**KEPT | {"min_discharge_w": min_discharge_w, "floor_w": floor_w})
    awake = max(min_discharge_w, floor_w) >= 80.0 and min_discharge_w > 0.0
    for report_s in (1, 5):
        silent = (("meter", 60, back_s),)
        rig = Rig(split, lambda second: 500.0, (B2500,) * 2, silent=silent, report_s=report_s)
        rig.run(back_s + 100)
        assert sum(1 for watts in rig.grid[back_s:] if watts > 100.0) <= (10 if awake else 14)
        assert all(abs(watts) < 30.0 for watts in rig.grid[back_s + 25 :])


def test_with_a_silent_meter_one_that_is_kept_awake_stays_at_its_floor_and_rest_is_rest() -> None:
    """A least below its floor would park it, with a number on its wire that goes on adding."""
    split = split_of(**KEPT | {"min_discharge_w": 40.0})
    rig = Rig(split, lambda second: 500.0, (B2500,) * 2, silent=(("meter", 60, 300),), report_s=2)
    rig.run(91)
    for _ in range(200):
        rig.run(1)
        assert asked_w(rig) == [-90.0, -90.0]
    assert all(-105.0 < power_w < -80.0 for power_w in rig.powers[-1])
    # Nobody is woken while the meter is silent.
    rig.states[0] = rig.states[0]._replace(power_w=0.0, target_w=0.0, coming=())
    rig.told[0] = 0.0
    rig.run(6)
    assert asked_w(rig) == [0.0, -90.0]
    assert rig.told[0] == 0.0
