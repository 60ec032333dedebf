"""Storages and loads in one home, through the whole decision."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import SplitSettings
from pvopt.decide.site_now import SiteNow
from pvopt.decide.split import Split, SplitMemory
from pvopt.decide.split_home import as_loads_see
from pvopt.model import Decision, Instant, Snapshot, Why
from tests.unit.decide.samples import NOON_UTC_S, SETTINGS, snapshot
from tests.unit.decide.samples import site as home
from tests.unit.decide.samples import view as load_view
from tests.unit.decide.split_rig import split_of, view


def shot(second: int, grid_w: float, powers_w: tuple[float, ...], heater_w: float) -> Snapshot:
    now_s = 1000.0 + second
    base = home(now_s)
    site = replace(
        base,
        grid_w=replace(base.grid_w, value=grid_w),
        load_w=replace(base.load_w, value=340.0 + heater_w),
        pv_w=replace(base.pv_w, value=0.0),
        battery_w=replace(base.battery_w, value=0.0),
    )
    storages = tuple([view(n, p, now_s) for n, p in zip("ab", powers_w, strict=False)])
    loads = (load_view(expected_w=heater_w, at_s=now_s),)
    return Snapshot(Instant(now_s, NOON_UTC_S + now_s), site, loads, storages)


def ticks(split: SplitSettings, shots: list[Snapshot], loads: bool = True) -> list[Decision]:
    settings = replace(SETTINGS, split=split, loads=SETTINGS.loads if loads else ())
    memory, decisions = Memory(), []
    for one in shots:
        decision, memory = decide(one, memory, settings)
        decisions.append(decision)
    return decisions


def test_a_home_may_have_storages_only() -> None:
    shots = [replace(shot(k, 400.0, (0.0, 0.0), 0.0), loads=()) for k in range(15)]
    last = ticks(split_of(), shots, loads=False)[-1]
    assert last.commands == ()
    assert sum(command.setpoint_w for command in last.storages) == pytest.approx(-400.0)
    assert last.need_w == 400.0


def test_a_home_without_storages_decides_as_before() -> None:
    shots = [snapshot(float(k)) for k in range(20)]
    plain, with_none = ticks(SplitSettings(), shots), ticks(SplitSettings(), shots)
    assert plain == with_none
    assert all(decision.storages == () for decision in plain)
    assert all(decision.need_w is None for decision in plain)


def test_what_storages_give_is_no_surplus_for_a_load() -> None:
    """The grid shows 300 W of export, 400 W of it out of the storages: the house needs 100 W."""
    shots = [shot(k, -300.0, (-200.0, -200.0), 0.0) for k in range(20)]
    decisions = ticks(split_of(), shots)
    assert decisions[-1].budget_w == 0.0
    assert decisions[-1].commands[0].setpoint_w == 0.0
    assert decisions[-1].need_w == 100.0


def test_a_heater_on_surplus_is_not_fed_by_the_storages() -> None:
    """It draws 1000 W while the sun goes: the grid gives them, the storages the house's 340 W."""
    shots = [shot(k, 1340.0, (0.0, 0.0), 1000.0) for k in range(12)]
    decisions = ticks(split_of(), shots)
    assert decisions[-1].need_w == pytest.approx(340.0)
    assert decisions[-1].commands[0].setpoint_w == 0.0


SPLIT = Split((), SplitMemory(), 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("without_w", "first", "grid_w", "setpoint_w"),
    [
        (300.0, True, 300.0, math.nan),  # they give 300 W
        (-300.0, True, -300.0, -300.0),  # they take 300 W, before the loads
        (-300.0, False, -300.0, math.nan),  # after the loads: it is surplus
        (math.nan, True, 0.0, math.nan),  # nothing known
    ],
)
def test_how_loads_see_the_grid(
    without_w: float, first: bool, grid_w: float, setpoint_w: float
) -> None:
    now = SiteNow(known=True, grid_w=0.0, l1_w=0.0)
    split = SPLIT._replace(without_w=without_w)
    seen = as_loads_see(now, SplitSettings(charge_first=first), split)
    assert seen.grid_w == seen.l1_w == grid_w
    assert math.isnan(seen.l2_w)
    assert seen.setpoint_w == pytest.approx(setpoint_w, nan_ok=True)


def test_the_three_phases_share_it() -> None:
    now = SiteNow(known=True, grid_w=30.0, l1_w=10.0, l2_w=10.0, l3_w=10.0)
    seen = as_loads_see(now, SplitSettings(), SPLIT._replace(grid_w=30.0, without_w=330.0))
    assert (seen.grid_w, seen.l1_w, seen.l3_w) == (330.0, 110.0, 110.0)


def test_the_reason_names_the_loads_on_surplus() -> None:
    decisions = ticks(split_of(), [shot(k, 800.0, (0.0, 0.0), 1000.0) for k in range(12)])
    assert {c.reason.code for c in decisions[-1].storages} == {Why.SURPLUS_FIRST}
