"""Phases, set-points, hidden sun: what the search is told of the home."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide import site as kernels
from pvopt.decide.hunt import HuntMeters
from pvopt.decide.settings import Metering, Settings
from pvopt.decide.site_now import number
from pvopt.model import EssState, FeedIn, LimitWhy, Reading, Site
from tests.unit.decide.samples import (
    SETTINGS,
    charger,
    now_of,
    phases,
    reading,
    settings,
    site,
)

SUMMED = settings(metering=Metering.SUMMED)
PER_PHASE = settings(metering=Metering.PER_PHASE)
# L1 exports 1500 W, L2 imports as much.
TORN = site(grid_w=reading(0.0), grid_phase_w=phases(-1500.0, 1500.0, 0.0))


def grid_error_w(home: Site, rules: Settings, phase: int) -> float:
    return kernels.grid_error_w(rules.site, now_of(home), phase)


def hidden(home: Site, rules: Settings, expected_w: float = math.nan) -> float:
    return kernels.hidden(rules.site, now_of(home), expected_w)


def meters_of(home: Site, rules: Settings) -> HuntMeters:
    """Of a load on L1 that draws nothing."""
    return kernels.meters_of(rules.site, now_of(home), 0.0, 1, True)


@pytest.mark.parametrize("phase", [1, 2, 3, 0])
def test_summed_metering_nets_the_phases(phase: int) -> None:
    assert grid_error_w(TORN, SUMMED, phase) == 0.0


@pytest.mark.parametrize(("phase", "error_w"), [(1, -1500.0), (2, 1500.0), (3, 0.0), (0, 4500.0)])
def test_per_phase_each_phase_counts_alone(phase: int, error_w: float) -> None:
    """A load on all three phases has what the worst of them has, three times."""
    assert grid_error_w(TORN, PER_PHASE, phase) == error_w


@pytest.mark.parametrize(("summed", "error_w"), [(True, 0.0), (None, 0.0), (False, -1500.0)])
def test_automatic_metering_follows_the_equipment(summed: bool | None, error_w: float) -> None:
    torn = replace(TORN, summed_metering=summed)
    assert grid_error_w(torn, settings(metering=Metering.AUTO), 1) == error_w
    assert grid_error_w(torn, SUMMED, 1) == 0.0
    assert grid_error_w(torn, PER_PHASE, 1) == -1500.0


@pytest.mark.parametrize("setpoint_w", [-50.0, 0.0, 100.0])
def test_the_error_is_relative_to_the_set_point(setpoint_w: float) -> None:
    at_setpoint = site(grid_w=reading(setpoint_w), grid_setpoint_w=reading(setpoint_w))
    assert grid_error_w(at_setpoint, SUMMED, 1) == 0.0
    beyond = replace(at_setpoint, grid_w=reading(setpoint_w - 700.0))
    assert grid_error_w(beyond, SUMMED, 1) == -700.0


def test_the_set_point_is_shared_by_the_phases() -> None:
    home = site(
        grid_w=reading(90.0),
        grid_phase_w=phases(30.0, 30.0, 30.0),
        grid_setpoint_w=reading(90.0),
    )
    for phase in (0, 1, 2, 3):
        assert grid_error_w(home, PER_PHASE, phase) == 0.0


def test_one_phase_is_one_phase_in_any_metering() -> None:
    home = site(grid_w=reading(-400.0), grid_phase_w=phases(-400.0))
    assert grid_error_w(home, PER_PHASE, 1) == -400.0


def test_a_phase_that_fell_silent_is_not_known() -> None:
    home = site(grid_w=reading(-400.0), grid_phase_w=phases(-400.0, None, 0.0))
    assert math.isnan(grid_error_w(home, PER_PHASE, 2))


@pytest.mark.parametrize("changes", [{"grid_up": False}, {"ess_state": EssState.ISLAND}])
def test_an_island_has_no_grid(changes: dict[str, Any]) -> None:
    assert grid_error_w(site(**changes), SUMMED, 1) == 0.0


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (LimitWhy.BATTERY_FULL, 1.0),
        (LimitWhy.CHARGE_LIMIT, 1.0),
        (LimitWhy.FEED_IN_LIMIT, 1.0),
        (LimitWhy.FREQUENCY, 1.0),
        (LimitWhy.UNKNOWN, 1.0),
        (LimitWhy.NEAR_LIMIT, 1.0),
        (LimitWhy.OWN_RATING, 0.0),
        (LimitWhy.NONE, 0.0),
    ],
)
def test_only_some_reasons_hide_sun(why: LimitWhy, told: float) -> None:
    assert hidden(site(pv=(charger(True, why),)), SETTINGS) == told


def test_one_device_that_hides_is_enough() -> None:
    home = site(pv=(charger(False), charger(True, LimitWhy.OWN_RATING), charger(True)))
    assert hidden(home, SETTINGS) == 1.0


@pytest.mark.parametrize(
    ("whys", "unsure"),
    [
        ((LimitWhy.NEAR_LIMIT,), True),
        ((LimitWhy.NEAR_LIMIT, LimitWhy.NEAR_LIMIT), True),
        ((LimitWhy.NEAR_LIMIT, LimitWhy.OWN_RATING), True),
        ((LimitWhy.NEAR_LIMIT, LimitWhy.FEED_IN_LIMIT), False),
        ((LimitWhy.BATTERY_FULL, LimitWhy.NEAR_LIMIT), False),
        ((LimitWhy.UNKNOWN,), False),
        ((LimitWhy.OWN_RATING,), False),
        ((), False),
    ],
)
def test_unsure_while_all_that_hide_are_only_near_their_limit(
    whys: tuple[LimitWhy, ...], unsure: bool
) -> None:
    devices = (charger(False), charger(None), *(charger(True, why) for why in whys))
    assert now_of(site(pv=devices)).unsure is unsure


def test_nobody_says_whether_sun_is_hidden() -> None:
    assert math.isnan(hidden(site(pv=(), pv_w=reading(None)), SETTINGS))
    assert hidden(site(pv=(charger(None),)), SETTINGS) == 0.0


@pytest.mark.parametrize(
    ("frequency_hz", "told"),
    [(50.0, 0.0), (50.2, 0.0), (50.21, 1.0), (52.0, 1.0), (60.0, 0.0), (60.2, 0.0), (60.21, 1.0)],
)
def test_an_island_throttles_by_frequency(frequency_hz: float, told: float) -> None:
    """On a 60 Hz island 60 Hz is no shift."""
    home = site(grid_up=False, frequency_hz=reading(frequency_hz), pv=(charger(None),))
    assert hidden(home, SETTINGS) == told


def test_the_grids_own_frequency_hides_nothing() -> None:
    assert hidden(site(frequency_hz=reading(50.4), pv=(charger(None),)), SETTINGS) == 0.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_missing(bad: float) -> None:
    assert math.isnan(number(Reading(bad, 0.0, "test")))


def export_w(error: Reading, **changes: Any) -> float:
    home = site(grid_w=error, **changes)
    return -meters_of(home, SUMMED).grid_w


def test_no_more_export_counts_than_the_sun_gives_beyond_the_load() -> None:
    """A battery that nobody reports exports 2000 W at night: no surplus."""
    unknown: dict[str, Any] = {"battery_w": reading(None), "load_w": reading(300.0)}
    assert export_w(reading(-2000.0), pv_w=reading(0.0), **unknown) == 0.0
    assert export_w(reading(-2000.0), pv_w=reading(1000.0), **unknown) == 700.0
    assert export_w(reading(-600.0), pv_w=reading(1000.0), **unknown) == 600.0
    assert export_w(reading(-600.0), pv_w=reading(None)) == 0.0
    none = {"battery_w": reading(None), "battery_v": reading(None), "soc_pct": reading(None)}
    assert export_w(reading(-600.0), pv_w=reading(None), **none) == 600.0


@pytest.mark.parametrize(("setpoint_w", "export"), [(0.0, 0.0), (50.0, 50.0), (3000.0, 100.0)])
def test_a_set_point_to_charge_from_the_grid_is_no_surplus(
    setpoint_w: float, export: float
) -> None:
    home: dict[str, Any] = {"pv_w": reading(0.0), "load_w": reading(500.0)}
    asked = reading(setpoint_w)
    assert export_w(reading(-3000.0 + setpoint_w), grid_setpoint_w=asked, **home) == export


@pytest.mark.parametrize(("load_w", "short_w"), [(900.0, -100.0), (1100.0, 100.0)])
def test_a_climb_needs_panels_that_cover_the_load(load_w: float, short_w: float) -> None:
    home = site(pv_w=reading(1000.0), load_w=reading(load_w))
    assert meters_of(home, SUMMED).short_w == short_w


def test_per_phase_another_phases_load_takes_nothing_from_this_one() -> None:
    home = replace(TORN, pv_w=reading(1600.0), load_w=reading(1600.0))
    meters = meters_of(home, PER_PHASE)
    assert meters.grid_w == -1500.0


def silent_home(**changes: Any) -> Any:
    """A full battery, no export, and a charger that does not say whether it is limited."""
    told: dict[str, Any] = {
        "pv": (charger(None),),
        "pv_w": reading(500.0),
        "soc_pct": reading(97.0),
    }
    return site(**(told | changes))


@pytest.mark.parametrize(("promised_w", "told"), [(699.0, 0.0), (701.0, 1.0), (math.nan, 0.0)])
def test_where_nobody_tells_a_promise_of_sun_is_worth_a_probe(
    promised_w: float, told: float
) -> None:
    assert hidden(silent_home(), SETTINGS, promised_w) == told


@pytest.mark.parametrize(("soc_pct", "told"), [(94.9, 0.0), (95.0, 1.0)])
def test_where_nobody_tells_the_battery_comes_first(soc_pct: float, told: float) -> None:
    assert hidden(silent_home(soc_pct=reading(soc_pct)), SETTINGS, 3000.0) == told


def test_a_device_that_tells_is_believed_against_any_promise() -> None:
    home = silent_home(pv=(charger(False),))
    assert hidden(home, SETTINGS, 3000.0) == 0.0


@pytest.mark.parametrize(
    ("owner", "reported", "told"),
    [(0, True, 0.0), (0, None, 1.0), (-1, True, 1.0), (1, False, 0.0)],
)
def test_where_export_is_allowed_surplus_shows_itself(
    owner: int, reported: bool | None, told: float
) -> None:
    rules = settings(feed_in=owner)
    home = silent_home(feed_in=FeedIn(dc_allowed=reported))
    assert hidden(home, rules, 3000.0) == told
