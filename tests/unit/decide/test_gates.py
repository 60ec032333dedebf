"""When nothing may run: each danger and each policy, just before and just beyond its threshold."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pvopt.decide import gates
from pvopt.decide.settings import Metering, Settings, bits_of
from pvopt.decide.site import grid_error_w, island
from pvopt.model import Alarm, EssState, Limits, Site, Why
from tests.unit.decide.samples import SETTINGS, now_of, phases, reading, settings, site


def gate(
    home: Site | None,
    now_s: float = 0.0,
    rules: Settings = SETTINGS,
    lost_s: float = math.inf,
    frozen: bool = False,
    seen_s: float = -math.inf,
    soc_ok: bool = True,
    day: bool = True,
) -> gates.Gate:
    now = now_of(home, now_s)
    errors = [grid_error_w(rules.site, now, load.phase) for load in rules.loads]
    metered = not any(math.isnan(error_w) for error_w in errors)
    return gates.gate_step(rules.site, now, metered, lost_s, frozen, seen_s, soc_ok, day)


def danger(
    home: Site | None, now_s: float = 0.0, rules: Settings = SETTINGS, lost_s: float = math.inf
) -> Why | None:
    found = gate(home, now_s, rules, lost_s)
    assert found.urgent == (found.why != Why.HOLD)
    return found.why if found.urgent else None


def policy(home: Site, rules: Settings = SETTINGS, soc_ok: bool = True) -> Why | None:
    found = gate(home, rules=rules, soc_ok=soc_ok)
    assert not found.urgent
    return None if found.why == Why.HOLD else found.why


def soc_ok(home: Site | None, rules: Settings, was_ok: bool) -> bool:
    return gates.next_soc_ok(rules.site, now_of(home), was_ok)


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
    assert gate(site(), frozen=True) == (Why.FROZEN, True)


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
    assert policy(site(ess_state=state), settings(stop_states=0)) is None
    assert policy(site(ess_state=state), settings(stop_states=bits_of({state}))) == Why.ESS_STATE


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
    assert soc_ok(site(soc_pct=reading(soc_pct)), SETTINGS, was_ok) == ok


def test_a_home_without_a_battery_needs_no_state_of_charge() -> None:
    none: dict[str, Any] = {
        "soc_pct": reading(None),
        "battery_v": reading(None),
        "battery_w": reading(None),
    }
    assert soc_ok(site(**none), SETTINGS, False)
    assert not soc_ok(site(soc_pct=reading(None)), SETTINGS, False)
    assert soc_ok(site(soc_pct=reading(None)), settings(min_soc_pct=0.0), False)
    assert not soc_ok(None, SETTINGS, True)


def test_a_low_battery_is_a_gate() -> None:
    assert policy(site(), soc_ok=False) == Why.SOC_LOW


def test_night_is_a_gate() -> None:
    assert gate(site(), day=False) == (Why.NIGHT, False)


@pytest.mark.parametrize(("seen_s", "why"), [(98.9, None), (99.1, Why.STALE), (500.0, None)])
def test_what_is_older_than_what_was_decided_on_is_stale(seen_s: float, why: Why | None) -> None:
    """Another source took over; a clock that jumped back is no reason."""
    found = gate(site(at_s=98.0, allowed_age_s=300.0), 100.0, seen_s=seen_s)
    assert found == ((Why.HOLD, False) if why is None else (why, True))


def test_a_generator_is_no_island() -> None:
    assert island(now_of(site(grid_up=False)))
    assert not island(now_of(site(grid_up=False, generator=True)))
