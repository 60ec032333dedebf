"""Who decides: danger, minimum times, caps, comfort, surplus; and what is remembered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide.memory import Ledger, LoadTimers, Memory, Timers
from pvopt.decide.policy import decide
from pvopt.model import MISSING, Alarm, EssState, Instant, Limits, Reading, Site, Snapshot, Why
from tests.unit.decide.home_rig import HomeRig, exporting
from tests.unit.decide.samples import (
    HEATER_W,
    LOAD,
    NOON_UTC_S,
    SETTINGS,
    charger,
    reading,
    settings,
    site,
)


def test_surplus_becomes_watts_and_stays_below_it() -> None:
    rig = HomeRig(exporting(1500.0)).heating()
    command = rig.run(60)
    assert 1400.0 <= command.setpoint_w < 1500.0
    assert all(d.commands[0].setpoint_w < 1500.0 for d in rig.decisions)
    assert not command.urgent


def test_the_contact_waits_for_its_minimum_time_after_a_start() -> None:
    rig = HomeRig()
    rig.run(int(LOAD.limits.min_off_s) - 2)
    assert all(d.commands[0].setpoint_w == 0.0 for d in rig.decisions)
    assert Why.MIN_OFF in rig.reasons()


def test_one_command_for_every_load_every_tick() -> None:
    two = replace(SETTINGS, loads=(LOAD, replace(LOAD, id="second")))
    decision, memory = decide(Snapshot(Instant(0.0, 0.0), None), Memory(), two)
    assert [c.target for c in decision.commands] == ["boiler", "second"]
    assert [t.id for t in memory.timers.loads] == ["boiler", "second"]


# -- danger ----------------------------------------------------------------------------------

DANGERS: list[tuple[dict[str, Any], Why]] = [
    ({"alarms": (Alarm.BMS,)}, Why.ALARM),
    ({"grid_up": False}, Why.GRID_LOST),
    ({"grid_w": reading(None)}, Why.NO_DATA),
    ({"at_s": 0.0}, Why.STALE),
    ({"inverter_out_w": reading(9000.0), "limits": Limits(inverter_w=3000.0)}, Why.INVERTER_OVER),
]


@pytest.mark.parametrize(("changes", "why"), DANGERS)
def test_danger_is_urgent_and_ignores_minimum_times(changes: dict[str, Any], why: Why) -> None:
    rig = HomeRig().heating()
    rig.home = rig.changed(**changes)
    command = rig.tick()
    assert (command.setpoint_w, command.urgent, command.reason.code) == (0.0, True, why)


def test_no_site_at_all_is_danger() -> None:
    rig = HomeRig().heating().with_home(lambda now_s, own_w: None)
    command = rig.tick()
    assert (command.setpoint_w, command.urgent, command.reason.code) == (0.0, True, Why.NO_DATA)


@pytest.mark.parametrize("temperature_c", [None, 0.0, 75.0, 111.0])
def test_water_that_is_or_may_be_too_hot_is_urgent(temperature_c: float | None) -> None:
    rig = HomeRig().heating()
    rig.temperature_c = temperature_c
    command = rig.tick()
    assert (command.setpoint_w, command.urgent) == (0.0, True)


def test_an_output_that_does_not_obey_is_urgent() -> None:
    rig = HomeRig().heating()
    rig.fault = "no such line"
    command = rig.tick()
    assert (command.setpoint_w, command.urgent) == (0.0, True)
    assert command.reason.code == Why.OUTPUT_FAULT


def test_after_danger_the_contact_rests_for_its_minimum_time() -> None:
    rig = HomeRig().heating()
    well = rig.home
    rig.home = rig.changed(alarms=(Alarm.BMS,))
    rig.tick()
    rig.home = well
    for _ in range(int(LOAD.limits.min_off_s) - 1):
        assert rig.tick().setpoint_w == 0.0


# -- ordinary gates, minimum times, caps -----------------------------------------------------

GATES: list[tuple[dict[str, Any], Why]] = [
    ({"generator": True}, Why.GENERATOR),
    ({"ess_state": EssState.RECHARGE}, Why.ESS_STATE),
    ({"soc_pct": reading(5.0)}, Why.SOC_LOW),
]


@pytest.mark.parametrize(("changes", "why"), GATES)
def test_an_ordinary_gate_keeps_the_contact_closed_for_its_minimum_time(
    changes: dict[str, Any], why: Why
) -> None:
    rig = HomeRig().heating()
    rig.home = rig.changed(**changes)
    command = rig.tick()
    assert (command.setpoint_w, command.urgent) == (1.0, False)  # closed, knob at zero
    assert command.reason.code == Why.MIN_ON
    after = rig.run(int(LOAD.limits.min_on_s))
    assert (after.setpoint_w, after.reason.code) == (0.0, why)


def test_the_higher_authority_gives_the_reason() -> None:
    """Stale data, an alarm, too hot, and a low battery together: one is fixed after another."""
    rig = HomeRig()
    rig.temperature_c = 90.0
    low = rig.changed(soc_pct=reading(5.0))
    rig.home = low
    alarmed = rig.changed(alarms=(Alarm.BMS,))
    rig.home = alarmed
    rig.now_s = 100.0
    rig.home = rig.changed(at_s=0.0)
    assert rig.tick().reason.code == Why.STALE
    rig.home = alarmed
    assert rig.tick().reason.code == Why.ALARM
    rig.home = low
    assert rig.tick().reason.code == Why.SOC_LOW
    rig.home = exporting()
    assert rig.tick().reason.code == Why.TOO_HOT


def test_the_inverters_room_caps_what_is_asked() -> None:
    """An island with 1900 W held back; others draw 500 W of an inverter of 2000 W."""

    def at(now_s: float, own_w: float) -> Site:
        return site(
            now_s,
            grid_up=False,
            grid_w=MISSING,
            pv_w=Reading(560.0 + own_w, now_s, "test"),
            load_w=Reading(500.0 + own_w, now_s, "test"),
            battery_w=Reading(60.0, now_s, "test"),
            inverter_out_w=Reading(500.0 + own_w, now_s, "test"),
            pv=(charger(own_w < 1900.0),),
            limits=Limits(inverter_w=2000.0),
        )

    rig = HomeRig(at)
    for _ in range(300):
        command = rig.tick()
        assert command.setpoint_w <= 1300.0
    assert command.setpoint_w > 1200.0
    assert command.reason.code == Why.INVERTER_CAP


def test_a_sample_that_lacks_our_last_steps_is_no_room() -> None:
    """The inverter's number is four seconds older than the others."""
    drawn: list[float] = []

    def at(now_s: float, own_w: float) -> Site:
        drawn.append(own_w)
        seen_w = drawn[max(0, len(drawn) - 5)]
        return site(
            now_s,
            grid_up=False,
            grid_w=MISSING,
            pv_w=Reading(560.0 + own_w, now_s, "test"),
            load_w=Reading(500.0 + own_w, now_s, "test"),
            battery_w=Reading(60.0, now_s, "test"),
            inverter_out_w=Reading(500.0 + seen_w, now_s, "test"),
            pv=(charger(True),),
            limits=Limits(inverter_w=2000.0),
        )

    rig = HomeRig(at)
    rig.run(300)
    assert 1200.0 < max(drawn) <= 1300.0


def test_no_room_for_the_least_watts_is_the_inverters_cap() -> None:
    full: dict[str, Any] = {"inverter_out_w": reading(1790.0), "limits": Limits(inverter_w=2000.0)}
    rig = HomeRig(rules=settings(inverter_headroom_w=200.0))
    rig.home = rig.changed(**full, grid_w=reading(0.0))
    command = rig.run(60)
    assert (command.setpoint_w, command.reason.code) == (0.0, Why.INVERTER_CAP)


def test_a_relay_alone_never_switches_on_beyond_the_inverters_room() -> None:
    drive = LOAD.drive._replace(on_off=True, min_w=HEATER_W)
    load = replace(LOAD, drive=drive, has_knob=False)
    rules = settings(load)
    rules = replace(rules, hunt=rules.hunt._replace(min_w=HEATER_W))
    rig = HomeRig(exporting(3000.0), rules)
    rig.home = rig.changed(limits=Limits(inverter_w=2000.0), inverter_out_w=reading(3100.0))
    rig.run(100)
    assert all(d.commands[0].setpoint_w == 0.0 for d in rig.decisions)


def test_a_heater_before_the_inverter_is_off_on_an_island() -> None:
    rig = HomeRig(rules=settings(replace(LOAD, needs_grid=True)))
    rig.home = rig.changed(grid_up=False)
    assert rig.run(100).reason.code == Why.ISLAND
    assert all(d.commands[0].setpoint_w == 0.0 for d in rig.decisions)


# -- data age ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("age_s", "on"), [(6, True), (7, True), (8, False)])
def test_off_once_the_last_good_sample_is_too_old(age_s: int, on: bool) -> None:
    rig = HomeRig().heating()
    last = rig.home(rig.now_s - 1.0, rig.own_w)
    rig.now_s += age_s - 1
    rig.home = lambda now_s, own_w: last
    assert (rig.tick().setpoint_w > 0.0) == on


def test_the_same_sample_again_changes_nothing() -> None:
    rig = HomeRig().heating()
    last = rig.home(rig.now_s - 1.0, rig.own_w)
    before_w = rig.own_w
    rig.home = lambda now_s, own_w: last
    assert rig.run(5).setpoint_w == before_w


def test_a_sample_without_a_time_does_not_deafen_us() -> None:
    rig = HomeRig()
    well = rig.home
    rig.home = rig.changed(at_s=float("nan"))
    rig.run(5)
    rig.home = rig.changed(at_s=1e9)
    rig.run(5)
    assert all(d.commands[0].setpoint_w == 0.0 for d in rig.decisions)
    rig.home = well
    rig.heating()


def test_a_frozen_source_is_off_urgently_with_an_alarm() -> None:
    rig = HomeRig().heating()
    frozen = rig.home(0.0, 0.0)
    assert frozen is not None

    def still(now_s: float, own_w: float) -> Site:
        return replace(frozen, at_s=now_s)

    rig.home = still
    for _ in range(120):
        command = rig.tick()
        if command.reason.code == Why.FROZEN:
            break
    assert (command.setpoint_w, command.urgent) == (0.0, True)
    assert [a.code for a in rig.decisions[-1].alarms] == [Why.FROZEN]
    rig.home = exporting(1510.0)
    rig.heating()  # a meter moves: the source lives


def test_a_latched_verdict_outlives_everything_but_a_start() -> None:
    rig = HomeRig().heating()
    timers = rig.memory.timers.loads[0]
    latched = timers.state.effects._replace(verdict=Why.WELDED, latched=True)
    timers = replace(timers, state=timers.state._replace(effects=latched))
    rig.memory = replace(rig.memory, timers=replace(rig.memory.timers, loads=(timers,)))
    well = rig.home
    for home in (well, lambda now_s, own_w: None, well):
        rig.home = home
        command = rig.run(100)
        assert (command.setpoint_w, command.urgent) == (0.0, True)
        assert [a.code for a in rig.decisions[-1].alarms] == [Why.WELDED]
    rig.memory = Memory()
    rig.heating()


# -- memory ------------------------------------------------------------------------------------


def test_unknown_loads_are_dropped_and_new_ones_fresh() -> None:
    old = Memory(Timers(loads=(LoadTimers("gone"),)), Ledger((("gone", 5.0), ("boiler", 7.0))))
    _, memory = decide(HomeRig().snapshot(), old, SETTINGS)
    assert [t.id for t in memory.timers.loads] == ["boiler"]
    assert memory.ledger.heated_wh == (("boiler", 7.0),)


def test_the_ledger_counts_what_the_load_should_have_drawn() -> None:
    rig = HomeRig().heating()
    before_wh = dict(rig.memory.ledger.heated_wh)["boiler"]
    drawn_w = sum((rig.own_w, rig.tick().setpoint_w)[0] for _ in range(100))
    after_wh = dict(rig.memory.ledger.heated_wh)["boiler"]
    assert after_wh - before_wh == pytest.approx(drawn_w / 3600.0)


def test_a_long_pause_counts_as_a_minute_at_most() -> None:
    rig = HomeRig().heating()
    before_wh = dict(rig.memory.ledger.heated_wh)["boiler"]
    own_w = rig.own_w
    rig.now_s += 5000.0
    rig.tick()
    after_wh = dict(rig.memory.ledger.heated_wh)["boiler"]
    assert after_wh - before_wh == pytest.approx(own_w / 60.0)


def test_the_same_arguments_give_the_same_decision() -> None:
    rig = HomeRig().heating()
    for _ in range(20):
        arguments = rig.snapshot(), rig.memory, SETTINGS
        assert repr(decide(*arguments)) == repr(decide(*arguments))
        rig.tick()


def test_every_decision_has_a_reason_with_numbers_and_the_nearest_change() -> None:
    rig = HomeRig(exporting(20.0))
    command = rig.run(60)
    assert command.setpoint_w == 0.0
    assert dict(command.reason.numbers)["budget_w"] == 0.0
    assert command.reason.change is not None
    assert command.reason.change.needs_w > 0.0


def test_a_snapshot_of_a_date_unknown_is_decided_too() -> None:
    snapshot = replace(HomeRig().snapshot(), instant=Instant(0.0, 0.0, utc_ok=False))
    dark = replace(SETTINGS, daylight=replace(SETTINGS.daylight, mode="sun"))
    decision, _ = decide(snapshot, Memory(), dark)
    assert decision.commands[0].reason.code != Why.NIGHT  # the panels give 1900 W


def test_noon_is_day() -> None:
    dark = replace(SETTINGS, daylight=replace(SETTINGS.daylight, mode="sun"))
    night = replace(HomeRig().snapshot(), instant=Instant(0.0, NOON_UTC_S + 43_200.0))
    assert decide(night, Memory(), dark)[0].commands[0].reason.code == Why.NIGHT


def test_what_was_latched_outlives_a_failed_tick() -> None:
    memory = Memory(ledger=Ledger(latched=((LOAD.id, Why.WELDED),)))
    snapshot = Snapshot(Instant(0.0, NOON_UTC_S), site())
    decision, kept = decide(snapshot, memory, SETTINGS)
    command = decision.commands[0]
    assert (command.setpoint_w, command.urgent, command.reason.code) == (0.0, True, Why.WELDED)
    assert kept.ledger.latched == memory.ledger.latched
