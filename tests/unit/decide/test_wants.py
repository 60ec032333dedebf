"""What comfort wants by temperature, through decide, and who stands above it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pvopt.decide.asked import Asked
from pvopt.decide.by_hand import NEVER
from pvopt.decide.drive import KEEP_CLOSED_W
from pvopt.decide.energy_period import PeriodFloor
from pvopt.decide.levels import Levels, ordered
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.look import LoadState, look_step
from pvopt.decide.memory import Memory
from pvopt.decide.ready_by import ReadyBy
from pvopt.decide.settings import SiteParams, bits_of
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.decide.wants import levels_of
from pvopt.decide.wants_rules import ComfortRules, ReadyRule
from pvopt.decide.windows import Hours
from pvopt.model import EssState, Reading, RequestKind, Temp, Why
from tests.unit.decide.hand_rig import HandRig
from tests.unit.decide.ladder_rig import LadderRig, knob, ladder
from tests.unit.decide.samples import HEATER_W
from tests.unit.decide.wants_rig import LEVELS, Rig, rig, settings

# -- four temperatures -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("warm_c", "at", "watts", "why"),
    [
        (45.0, "2026-01-14 01:04:10", 0.0, Why.NIGHT),  # 02:04 local: not yet off-peak
        (45.0, "2026-01-14 01:05:00", 2000.0, Why.TOO_COLD),
        (45.1, "2026-01-14 01:05:00", 0.0, Why.NIGHT),
        (45.0, "2026-01-14 05:49:00", 2000.0, Why.TOO_COLD),
        (60.0, "2026-01-14 02:00:00", 0.0, Why.NIGHT),
        (0.0, "2026-01-14 02:00:00", 0.0, Why.NIGHT),  # no temperature of water
        (None, "2026-01-14 02:00:00", 0.0, Why.NIGHT),
        (45.0, "2026-07-14 00:05:00", 2000.0, Why.TOO_COLD),  # summer time
        (45.0, "2026-07-14 00:04:10", 0.0, Why.NIGHT),
    ],
)
def test_cold_water_is_heated_off_peak(
    warm_c: float | None, at: str, watts: float, why: Why
) -> None:
    assert rig(LEVELS, warm_c, at=at).said() == (watts, why)


def test_it_heats_up_to_eco_and_a_gap_does_not_end_it() -> None:
    made = rig(LEVELS, 45.0, at="2026-01-14 01:05:00")
    assert made.said(90) == (HEATER_W, Why.TOO_COLD)
    for warm_c in (45.9, 46.8, 47.7, 48.6, 49.5):
        made.temperature_c = warm_c
        assert made.run(6).setpoint_w == HEATER_W
    made.temperature_c = None
    assert made.tick().setpoint_w <= KEEP_CLOSED_W
    made.temperature_c = 49.9
    assert made.run(30).setpoint_w == HEATER_W
    made.temperature_c = 50.0
    assert made.tick().setpoint_w <= KEEP_CLOSED_W


def test_minimum_times_hold_it() -> None:
    made = rig(LEVELS, 45.0, at="2026-01-14 01:05:00")
    made.run(40)
    made.temperature_c = 45.9
    made.run(6)
    assert made.memory.load("boiler").state.limits.on
    made.rules = settings(None)
    assert made.tick().reason.code == Why.MIN_ON


def test_where_no_hour_is_cheap_any_is() -> None:
    made = rig(LEVELS, 44.0, hours=Hours(), at="2026-01-14 20:00")
    assert made.said() == (HEATER_W, Why.TOO_COLD)
    unknown = rig(LEVELS, 44.0, hours=Hours(), utc_ok=False)
    assert unknown.said() == (HEATER_W, Why.TOO_COLD)


def test_without_a_date_no_hour_is_off_peak() -> None:
    made = rig(LEVELS, 40.0, at="2026-01-14 02:00", utc_ok=False)
    assert made.said()[0] == 0.0


def test_a_full_tank_leaves_the_sun_to_others_until_solar_min() -> None:
    made = Rig(rules=settings(LEVELS, mode="always"), at="2026-06-14 10:00", temperature_c=56.0)
    made.with_home(HandRig().home).heating()
    for warm_c in (56.9, 57.8, 58.7, 59.6, 60.0):
        made.temperature_c = warm_c
        made.run(6)
    assert made.decisions[-1].commands[0].reason.code == Why.TOO_HOT
    for warm_c in (59.1, 58.2, 57.3, 56.4, 55.5, 55.0):
        made.temperature_c = warm_c
        made.run(20)
        command = made.decisions[-1].commands[0]
        if warm_c <= 57.0:  # the maximum's own hysteresis is 3 K
            assert (command.setpoint_w, command.reason.code) == (0.0, Why.TANK_FULL)
    made.temperature_c = 54.9
    assert made.run(100).setpoint_w > 1000.0


def test_a_person_stands_above_comfort() -> None:
    made = rig(LEVELS, 44.0, at="2026-01-14 02:00")
    assert made.said() == (HEATER_W, Why.TOO_COLD)
    off = made.ask(RequestKind.OFF).tick()
    assert (off.setpoint_w, off.reason.code) == (0.0, Why.PERSON_OFF)
    made.ask(RequestKind.BOOST, watts=700.0)
    boost = made.run(60)
    assert (boost.setpoint_w, boost.reason.code) == (700.0, Why.BOOST)
    auto = made.ask(RequestKind.AUTO).run(2)
    assert (auto.setpoint_w, auto.reason.code) == (HEATER_W, Why.TOO_COLD)


def test_what_comfort_had_drawn_is_counted_apart() -> None:
    made = rig(LEVELS, 44.0, at="2026-01-14 02:00")
    made.run(60)
    [energy] = made.memory.ledger.energy
    assert energy.by_hand_wh == 0.0
    assert 0.0 < energy.comfort_wh == energy.today_wh
    made.ask(RequestKind.BOOST, watts=700.0).run(10)
    [after] = made.memory.ledger.energy
    assert after.by_hand_wh > 0.0
    assert after.comfort_wh + after.by_hand_wh == pytest.approx(after.today_wh)


@pytest.mark.parametrize(("required", "watts"), [(False, HEATER_W), (True, 0.0)])
def test_a_sensor_that_is_lost_stops_energies_only_where_it_is_required(
    required: bool, watts: float
) -> None:
    by = ReadyBy(420, HEATER_W)
    rules = ComfortRules(min_c=45.0, ready=(ReadyRule(by, energy_wh=9000.0),))
    made = rig(rules, None, at="2026-01-14 02:00")
    load = made.rules.loads[0]
    comfort = load.comfort._replace(required=required)
    made.rules = replace(made.rules, loads=(replace(load, comfort=comfort),))
    why = Why.SENSOR_LOST if required else Why.READY_BY
    assert made.said(60) == (watts, why)


def test_a_sensor_that_jumps_buys_nothing_by_temperature() -> None:
    made = rig(LEVELS, 60.0, at="2026-01-14 02:00")
    made.run(40)
    made.temperature_c = 30.0
    assert made.run(100).setpoint_w == 0.0
    assert made.decisions[-1].commands[0].reason.code in (Why.SENSOR_BAD, Why.NIGHT)
    assert made.kept.level == 2
    assert made.run(60).setpoint_w == HEATER_W  # it stayed there: it is believed again


# -- other loads -------------------------------------------------------------------------------


def test_a_load_that_has_had_enough_leaves_the_sun_to_the_next() -> None:
    first = knob("first", rules=ComfortRules(period=PeriodFloor(100.0)))
    made = LadderRig(ladder(first, knob("second")))
    made.run(100)
    assert made.asked["first"] > 1900.0
    made.run(400)
    assert made.why("first") == Why.ENERGY_ENOUGH
    assert made.asked["first"] <= KEEP_CLOSED_W
    assert made.asked["second"] > 1900.0


def test_a_load_that_is_forced_is_left_alone_and_others_share_what_is_left() -> None:
    by = ReadyBy(13 * 60 + 30, HEATER_W)
    first = knob("first", rules=ComfortRules(ready=(ReadyRule(by, energy_wh=5000.0),)))
    made = LadderRig(ladder(knob("second"), first))
    made.run(300)
    assert (made.asked["first"], made.why("first")) == (HEATER_W, Why.READY_BY)
    assert 500.0 < made.asked["second"] <= 650.0
    assert made.bought_wh < 20.0


# -- danger, island, inverter ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "watts"),
    [
        ({}, HEATER_W),
        ({"grid_up": False, "ess_state": EssState.ISLAND}, 0.0),
        ({"ess_state": EssState.RECHARGE}, HEATER_W),
        ({"ess_state": EssState.CHARGER_ONLY}, 0.0),
        ({"generator": True}, 0.0),
        ({"soc_pct": Reading(5.0, 0.0, "test")}, HEATER_W),
    ],
)
def test_gates_count_as_for_a_person_but_for_an_island(
    changes: dict[str, object], watts: float
) -> None:
    made = rig(LEVELS, 44.0, at="2026-01-14 02:00")
    made.home = made.changed(**changes)
    stop = bits_of({EssState.RECHARGE, *NEVER})
    made.rules = replace(made.rules, site=SiteParams(min_soc_pct=20.0, stop_states=stop))
    assert made.run(100).setpoint_w == watts


def test_without_numbers_of_the_home_nothing_is_bought_even_where_a_person_might() -> None:
    made = rig(LEVELS, 44.0, at="2026-01-14 02:00")
    blind = replace(made.rules.loads[0], blind=True)
    made.rules = replace(made.rules, loads=(blind,))
    made.run(40)
    made.home = lambda now_s, own_w: None
    command = made.tick()
    assert (command.setpoint_w, command.urgent) == (0.0, True)


def test_the_inverter_bounds_it() -> None:
    made = rig(LEVELS, 44.0, at="2026-01-14 02:00")
    made.home = made.changed(inverter_out_w=Reading(400.0, 0.0, "test"))
    params = SiteParams(inverter_max_w=1500.0, inverter_headroom_w=200.0)
    made.rules = replace(made.rules, site=params)
    assert made.run(60).setpoint_w <= 1300.0


# -- nothing new -------------------------------------------------------------------------------


def test_a_home_without_wishes_remembers_nothing() -> None:
    made = rig(None, 40.0, at="2026-01-14 02:00")
    made.run(40)
    assert made.memory.ledger.comfort == ()


def test_ledgers_outlive_a_tick_that_failed() -> None:
    made = rig(LEVELS, 44.0, at="2026-01-14 02:00")
    made.run(30)
    before = made.kept
    made.memory = replace(Memory(), ledger=made.memory.ledger)
    made.tick()
    assert made.kept.level == before.level == 1


def test_a_minimum_that_was_asked_for_replaces_the_owners_while_it_stands() -> None:
    made = rig(LEVELS, 46.0, at="2026-01-14 02:00")
    assert made.said()[0] == 0.0
    made.ask(RequestKind.SET_TEMP, until_c=46.0, temp=Temp.MIN)
    assert made.run(2).setpoint_w == HEATER_W
    made.ask(RequestKind.SET_TEMP, until_c=46.5, temp=Temp.ECO)
    made.run(60)
    made.temperature_c = 46.6
    assert made.run(60).setpoint_w == 0.0


def test_a_minimum_may_be_asked_for_where_none_is_configured() -> None:
    made = rig(None, 44.0, at="2026-01-14 02:00")
    assert made.said()[0] == 0.0
    made.ask(RequestKind.SET_TEMP, until_c=45.0, temp=Temp.MIN)
    assert made.run(2).reason.code == Why.TOO_COLD
    made.ask(RequestKind.AUTO)
    made.run(90)
    assert made.tick().setpoint_w == 0.0
    assert made.memory.ledger.comfort == ()


def looked_at(asked: Asked, rules: ComfortRules, max_c: float = 60.0) -> LoadTick:
    load = settings(rules).loads[0]
    params = load.params()._replace(comfort=load.comfort._replace(max_c=max_c))
    now, home = LoadNow(), SiteNow()
    look = look_step(params, LoadState(), home, now, 0.0, True, 1.0)
    return LoadTick(load, params, now, LoadState(), look, asked)


@pytest.mark.parametrize(
    ("asked", "rules", "max_c", "levels"),
    [
        (Asked(), LEVELS, 60.0, Levels(45.0, 50.0, 55.0, 60.0)),
        (Asked(), LEVELS, 50.0, Levels(45.0, 49.5, 49.5, 50.0)),  # a maximum that was lowered
        (Asked(min_c=48.0), LEVELS, 60.0, Levels(48.0, 50.0, 55.0, 60.0)),
        (Asked(min_c=52.0), LEVELS, 60.0, Levels(52.0, 52.0, 55.0, 60.0)),
        (Asked(min_c=58.0), LEVELS, 60.0, Levels(55.0, 55.0, 55.0, 60.0)),
        (Asked(eco_c=53.0), LEVELS, 60.0, Levels(45.0, 53.0, 55.0, 60.0)),
        (Asked(min_c=40.0), ComfortRules(), 60.0, Levels(40.0, 45.0, 57.0, 60.0)),
        (Asked(), ComfortRules(solar_min_c=50.0), 60.0, Levels(-math.inf, -math.inf, 50.0, 60.0)),
        (Asked(eco_c=50.0), ComfortRules(), 60.0, None),
    ],
)
def test_what_a_person_set_replaces_what_is_configured_in_order_below_the_maximum(
    asked: Asked, rules: ComfortRules, max_c: float, levels: Levels | None
) -> None:
    made = levels_of(rules, looked_at(asked, rules, max_c))
    assert made == levels
    assert made is None or ordered(made)
