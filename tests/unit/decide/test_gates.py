"""When nothing may run: each danger and each policy, just before and just beyond its threshold."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide import gates
from pvopt.decide.settings import DaylightSettings, Metering, Settings
from pvopt.decide.site import island
from pvopt.model import (
    Alarm,
    EssState,
    Forecast,
    ForecastPoint,
    Instant,
    Limits,
    Site,
    Snapshot,
    Why,
)
from tests.unit.decide.samples import (
    DAYLIGHT,
    NOON_UTC_S,
    SETTINGS,
    phases,
    reading,
    settings,
    site,
    snapshot,
)


def danger(
    home: Site | None, now_s: float = 0.0, rules: Settings = SETTINGS, lost_s: float = math.inf
) -> Why | None:
    gate = gates.danger(Snapshot(Instant(now_s, NOON_UTC_S), home), rules, lost_s)
    assert gate is None or gate.urgent
    return None if gate is None else gate.reason.code


def policy(home: Site, rules: Settings = SETTINGS, soc_ok: bool = True) -> Why | None:
    gate = gates.policy_gate(Snapshot(Instant(0.0, NOON_UTC_S), home), rules, soc_ok)
    assert gate is None or not gate.urgent
    return None if gate is None else gate.reason.code


def test_a_home_that_is_well_has_no_gate() -> None:
    assert danger(site()) is None
    assert policy(site()) is None


def test_nothing_known_is_off() -> None:
    assert danger(None) == Why.NO_DATA
    assert danger(site(grid_w=reading(None))) == Why.NO_DATA
    assert danger(site(grid_w=reading(math.nan))) == Why.NO_DATA
    assert danger(site(grid_w=reading(math.inf))) == Why.NO_DATA


def test_the_loads_own_phase_must_be_known() -> None:
    home = site(grid_phase_w=phases(None, 50.0, 60.0))
    assert danger(home, rules=settings(metering=Metering.PER_PHASE)) == Why.NO_DATA
    assert danger(home) is None


@pytest.mark.parametrize(
    ("age_s", "why"), [(6.0, None), (7.0, None), (7.01, Why.STALE), (8.0, Why.STALE)]
)
def test_old_samples_turn_everything_off(age_s: float, why: Why | None) -> None:
    assert danger(site(100.0), 100.0 + age_s) == why


@pytest.mark.parametrize(("ahead_s", "why"), [(0.9, None), (1.1, Why.STALE), (1e9, Why.STALE)])
def test_a_sample_from_the_future_is_no_sample(ahead_s: float, why: Why | None) -> None:
    assert danger(site(100.0 + ahead_s), 100.0) == why


@pytest.mark.parametrize("at_s", [math.nan, math.inf, -math.inf])
def test_a_sample_without_a_true_time_is_no_sample(at_s: float) -> None:
    assert danger(site(at_s), 100.0) == Why.STALE


@pytest.mark.parametrize("alarm", list(Alarm))
def test_every_alarm_of_the_home_stops_us(alarm: Alarm) -> None:
    assert danger(site(alarms=(alarm,))) == Why.ALARM


@pytest.mark.parametrize(
    ("lost_s", "why"), [(0.0, Why.GRID_LOST), (59.0, Why.GRID_LOST), (60.0, None)]
)
def test_after_the_grid_went_nothing_runs_for_a_minute(lost_s: float, why: Why | None) -> None:
    assert danger(site(grid_up=False), lost_s=lost_s) == why


@pytest.mark.parametrize(
    ("out_w", "why"), [(2999.0, None), (3000.0, None), (3001.0, Why.INVERTER_OVER)]
)
def test_an_overloaded_inverter_is_danger(out_w: float, why: Why | None) -> None:
    home = site(
        inverter_out_w=reading(out_w), grid_w=reading(0.0), limits=Limits(inverter_w=3000.0)
    )
    assert danger(home) == why


def test_an_island_needs_no_meter_of_a_grid() -> None:
    assert danger(site(grid_up=False, grid_w=reading(None))) is None
    assert danger(site(grid_up=None, ess_state=EssState.ISLAND, grid_w=reading(None))) is None


def test_frozen_numbers_are_danger() -> None:
    gate = gates.danger(snapshot(), SETTINGS, math.inf, frozen=True)
    assert gate is not None
    assert (gate.reason.code, gate.urgent) == (Why.FROZEN, True)


def test_generator_and_island_by_policy() -> None:
    assert policy(site(generator=True)) == Why.GENERATOR
    assert policy(site(generator=True), settings(generator_ok=True)) is None
    assert policy(site(generator=None)) is None
    assert policy(site(grid_up=False)) is None
    assert policy(site(grid_up=False), settings(island_ok=False)) == Why.ISLAND
    assert policy(site(ess_state=EssState.ISLAND), settings(island_ok=False)) == Why.ISLAND


@pytest.mark.parametrize("state", list(EssState))
def test_each_state_of_the_inverter_stops_if_and_only_if_the_policy_says_so(
    state: EssState,
) -> None:
    assert policy(site(ess_state=state), settings(stop_states=frozenset())) is None
    assert policy(site(ess_state=state), settings(stop_states=frozenset({state}))) == Why.ESS_STATE


@pytest.mark.parametrize(
    ("soc_pct", "was_ok", "ok"),
    [
        (19.9, False, False),
        (20.0, False, True),
        (18.1, True, True),
        (18.0, True, False),
        (None, True, False),
        (math.nan, True, False),
    ],
)
def test_the_battery_comes_first_with_hysteresis(
    soc_pct: float | None, was_ok: bool, ok: bool
) -> None:
    assert gates.soc_ok(site(soc_pct=reading(soc_pct)), SETTINGS, was_ok) == ok


def test_a_home_without_a_battery_needs_no_state_of_charge() -> None:
    none: dict[str, Any] = {
        "soc_pct": reading(None),
        "battery_v": reading(None),
        "battery_w": reading(None),
    }
    assert gates.soc_ok(site(**none), SETTINGS, False)
    assert not gates.soc_ok(site(soc_pct=reading(None)), SETTINGS, False)
    assert gates.soc_ok(site(soc_pct=reading(None)), settings(min_soc_pct=0.0), False)
    assert not gates.soc_ok(None, SETTINGS, True)


def test_a_low_battery_is_a_gate() -> None:
    assert policy(site(), soc_ok=False) == Why.SOC_LOW


SUN = replace(DAYLIGHT, mode="sun")
HOURS = replace(DAYLIGHT, mode="hours")


def light(
    rule: DaylightSettings, utc_s: float, utc_ok: bool = True, pv_w: float | None = 0.0
) -> bool:
    instant = Instant(0.0, utc_s, utc_ok)
    return gates.daylight(rule, instant, site(pv_w=reading(pv_w)))


def test_daylight_by_the_sun_by_hours_or_always() -> None:
    midnight_s = NOON_UTC_S + 12 * 3600.0
    assert light(SUN, NOON_UTC_S)
    assert not light(SUN, midnight_s)
    assert light(HOURS, NOON_UTC_S)
    assert not light(HOURS, NOON_UTC_S + 6 * 3600.0)
    assert light(DAYLIGHT, midnight_s)


@pytest.mark.parametrize(("pv_w", "day"), [(30.0, False), (31.0, True), (None, False)])
@pytest.mark.parametrize("rule", [SUN, HOURS])
def test_while_the_date_is_unknown_the_panels_say_whether_it_is_day(
    rule: DaylightSettings, pv_w: float | None, day: bool
) -> None:
    assert light(rule, NOON_UTC_S, False, pv_w) == day


def test_night_is_a_gate() -> None:
    dark = replace(SETTINGS, daylight=SUN)
    night = Snapshot(Instant(0.0, NOON_UTC_S + 12 * 3600.0), site())
    gate = gates.policy_gate(night, dark, True)
    assert gate is not None
    assert gate.reason.code == Why.NIGHT


def forecast(watts: float) -> Forecast:
    points = (ForecastPoint(NOON_UTC_S - 900.0, watts), ForecastPoint(NOON_UTC_S + 900.0, 0.0))
    return Forecast("f", NOON_UTC_S, "test", points)


def test_a_forecast_that_does_not_cover_now_is_none() -> None:
    assert gates.forecast_w(None, Instant(0.0, NOON_UTC_S)) is None
    assert gates.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S)) == 100.0
    assert gates.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S + 900.0)) is None
    assert gates.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S - 901.0)) is None
    assert gates.forecast_w(forecast(100.0), Instant(0.0, NOON_UTC_S, utc_ok=False)) is None


@pytest.mark.parametrize("watts", [math.nan, math.inf])
def test_a_forecast_of_no_finite_number_is_none(watts: float) -> None:
    assert gates.forecast_w(forecast(watts), Instant(0.0, NOON_UTC_S)) is None


@pytest.mark.parametrize(("seen_s", "why"), [(98.9, None), (99.1, Why.STALE), (500.0, None)])
def test_what_is_older_than_what_was_decided_on_is_stale(seen_s: float, why: Why | None) -> None:
    """Another source took over; a clock that jumped back is no reason."""
    home = Snapshot(Instant(100.0, NOON_UTC_S), site(at_s=98.0, allowed_age_s=300.0))
    gate = gates.older(home, seen_s)
    assert (None if gate is None else gate.reason.code) == why
    assert gate is None or gate.urgent


def test_a_generator_is_no_island() -> None:
    assert island(site(grid_up=False))
    assert not island(site(grid_up=False, generator=True))
