"""The last word: bounds, expiry, the inverter's room."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide import guard
from pvopt.decide.guard import EXPIRES_S, command
from pvopt.decide.settings import Settings
from pvopt.model import Command, EssState, Limits, PvDevice, Reason, Site, Why
from tests.unit.decide.samples import LOAD, now_of, phases, reading, settings, site

QUIET_GRID = reading(0.0)


def made(setpoint_w: float, at_s: float = 100.0, urgent: bool = False) -> Command:
    return command(LOAD, setpoint_w, Reason(Why.VISIBLE), urgent, now_of(site(at_s), 100.0))


@pytest.mark.parametrize(
    ("setpoint_w", "watts"),
    [
        (700.0, 700.0),
        (2000.0, 2000.0),
        (2000.1, 2000.0),
        (1e300, 2000.0),
        (0.0, 0.0),
        (-5.0, 0.0),
        (math.nan, 0.0),
        (math.inf, 0.0),
        (-math.inf, 0.0),
    ],
)
def test_a_command_stays_within_its_load(setpoint_w: float, watts: float) -> None:
    assert made(setpoint_w).setpoint_w == watts


def test_urgent_means_off() -> None:
    assert made(700.0, urgent=True).setpoint_w == 0.0
    assert command(LOAD, 700.0, Reason(Why.VISIBLE), False, now_of(None, 100.0)).setpoint_w == 0.0


@pytest.mark.parametrize(
    ("at_s", "expires_s"), [(100.0, 105.0), (98.1, 105.0), (97.9, 104.9), (94.0, 101.0)]
)
def test_a_command_never_outlives_its_sample(at_s: float, expires_s: float) -> None:
    assert EXPIRES_S == 5.0
    assert made(700.0, at_s).expires_s == pytest.approx(expires_s)


def headroom_w(home: Site | None, rules: Settings, own_w: float) -> float:
    return guard.headroom_w(rules.site, now_of(home), own_w, one_phase=True)


def room_w(own_w: float, out_w: float | None, **limits: Any) -> float:
    home = site(inverter_out_w=reading(out_w), grid_w=QUIET_GRID, limits=Limits(inverter_w=3000.0))
    return headroom_w(home, settings(**limits), own_w)


def test_room_of_the_inverter_counts_our_own_draw_back() -> None:
    assert room_w(0.0, 500.0) == 2300.0
    assert room_w(1500.0, 2000.0) == 2300.0  # 500 W of others


def test_the_owners_limit_goes_before_the_inverters_own() -> None:
    assert room_w(0.0, 500.0, inverter_max_w=2000.0) == 1300.0
    assert room_w(0.0, 500.0, inverter_headroom_w=0.0) == 2500.0


def test_room_is_never_negative_nor_more_than_the_inverter_has() -> None:
    assert room_w(0.0, 2900.0) == 0.0
    assert room_w(1500.0, 200.0) == 2800.0  # a sample older than our last step


def test_room_without_a_limit_or_a_number_is_not_bounded_here() -> None:
    assert headroom_w(site(), settings(), 0.0) == math.inf
    assert headroom_w(None, settings(), 0.0) == 0.0


def test_where_the_inverters_output_is_not_told_the_whole_load_stands_for_it() -> None:
    rules = settings(inverter_max_w=3000.0, inverter_headroom_w=200.0)
    told = site(load_w=reading(1800.0), inverter_out_w=reading(None))
    assert headroom_w(told, rules, 0.0) == 1000.0
    unknown = site(load_w=reading(None), inverter_out_w=reading(None))
    assert headroom_w(unknown, rules, 0.0) == 0.0


def test_on_an_island_of_three_phases_one_phase_has_a_third() -> None:
    rules = settings(inverter_max_w=12_000.0, inverter_headroom_w=200.0)
    three = phases(0.0, 0.0, 0.0)
    home = site(grid_w=reading(0.0), grid_phase_w=three, inverter_out_w=reading(3000.0))
    assert headroom_w(home, rules, 0.0) == 8800.0
    assert headroom_w(replace(home, grid_up=False), rules, 0.0) == 800.0


def test_what_the_inverter_exports_a_load_may_take_over() -> None:
    home = site(
        inverter_out_w=reading(2900.0), grid_w=reading(-2400.0), limits=Limits(inverter_w=3000.0)
    )
    assert headroom_w(home, settings(), 0.0) == 2300.0


PV_W = 2500.0
BESIDE = site(
    inverter_out_w=reading(0.0),
    grid_w=QUIET_GRID,
    limits=Limits(inverter_w=3000.0),
    grid_up=True,
    pv=(PvDevice("pvinverter:20", reading(PV_W)), PvDevice("solarcharger:238", reading(900.0))),
)


@pytest.mark.parametrize(
    ("own_w", "room_w"),
    [(0.0, 2800.0), (1500.0, 4300.0), (2499.0, 5299.0), (2501.0, 5300.0), (6000.0, 5300.0)],
)
def test_what_a_pv_inverter_gives_our_loads_is_room_beside_a_grid(
    own_w: float, room_w: float
) -> None:
    """No more than it gives, whatever our loads should draw: their thermostats may be open."""
    assert headroom_w(BESIDE, settings(), own_w) == room_w


@pytest.mark.parametrize(
    ("change", "room_w"),
    [
        ({"grid_up": False}, 2800.0),
        ({"grid_up": None}, 2800.0),
        ({"generator": True}, 2800.0),
        ({"ess_state": EssState.ISLAND}, 2800.0),
        ({"at_s": -3.0}, 4300.0),
        ({"at_s": -3.1}, 2800.0),
        ({"pv": (PvDevice("pvinverter:20", reading(None)),)}, 2800.0),
        ({"pv": (PvDevice("solarcharger:238", reading(PV_W)),)}, 2800.0),
    ],
)
def test_a_pv_inverter_counts_only_where_the_grid_can_stand_in_for_it(
    change: dict[str, Any], room_w: float
) -> None:
    assert headroom_w(replace(BESIDE, **change), settings(), 1500.0) == room_w
