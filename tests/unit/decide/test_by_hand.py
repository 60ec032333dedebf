"""Authority: danger, a person's off, minimum times, caps, a person's on, then the surplus."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide.budget import room_w
from pvopt.decide.by_hand import blind_room_w, hand_gate
from pvopt.decide.gates import Gate
from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import LoadSettings, SiteParams, bits_of
from pvopt.decide.world import WorldState
from pvopt.model import (
    MISSING,
    Alarm,
    EssState,
    Instant,
    Limits,
    LoadView,
    Reading,
    RequestKind,
    Site,
    Snapshot,
    Why,
)
from tests.unit.decide.hand_rig import HandRig, by_hand
from tests.unit.decide.home_rig import HomeAt, exporting
from tests.unit.decide.samples import (
    HEATER_W,
    LOAD,
    NOON_UTC_S,
    SETTINGS,
    charger,
    now_of,
    reading,
    settings,
    site,
)

RELAY = replace(
    LOAD,
    drive=LOAD.drive._replace(on_off=True, min_w=1000.0, max_w=1000.0),
    has_knob=False,
)
BLIND = replace(LOAD, blind=True)


def no_sun(now_s: float, own_w: float) -> Site:
    """A home by night with the grid there: what we draw is bought."""
    return site(
        now_s,
        grid_w=Reading(350.0 + own_w, now_s, "test"),
        pv_w=Reading(0.0, now_s, "test"),
        load_w=Reading(350.0 + own_w, now_s, "test"),
        battery_w=Reading(0.0, now_s, "test"),
        inverter_out_w=Reading(0.0, now_s, "test"),
    )


def rig(load: LoadSettings = LOAD, **rules: Any) -> HandRig:
    stops = bits_of({EssState.RECHARGE, EssState.OFF, EssState.FAULT})
    return HandRig(home=no_sun, rules=settings(load, **{"stop_states": stops} | rules))


# What the house is like → (does a person's on heat, reason of the on, reason of an off).
Spoil = Callable[[HandRig], None]


def house(**changes: Any) -> Spoil:
    def spoil(one: HandRig) -> None:
        one.home = one.changed(**changes)

    return spoil


def water(temperature_c: float | None) -> Spoil:
    def spoil(one: HandRig) -> None:
        one.temperature_c = temperature_c

    return spoil


def lost(one: HandRig) -> None:
    one.home = lambda now_s, own_w: None


def deaf(one: HandRig) -> None:
    one.fault = "no such line"


def dark(one: HandRig) -> None:
    hours = replace(SETTINGS.daylight, mode="hours", start="09:00", end="09:01")
    one.rules = replace(one.rules, daylight=hours)


OFF_GRID = {"grid_up": False, "ess_state": EssState.ISLAND, "grid_w": reading(0.0)}
HOUSES: dict[str, tuple[Spoil, bool, Why, Why]] = {
    "well": (house(), True, Why.BOOST, Why.PERSON_OFF),
    "night": (dark, True, Why.BOOST, Why.PERSON_OFF),
    "battery low": (house(soc_pct=reading(5.0)), True, Why.BOOST, Why.PERSON_OFF),
    "recharge": (house(ess_state=EssState.RECHARGE), True, Why.BOOST, Why.PERSON_OFF),
    "generator": (house(generator=True), False, Why.GENERATOR, Why.PERSON_OFF),
    "inverter off": (house(ess_state=EssState.OFF), False, Why.ESS_STATE, Why.PERSON_OFF),
    "fault": (house(ess_state=EssState.FAULT), False, Why.ESS_STATE, Why.PERSON_OFF),
    "stale": (house(at_s=0.0), False, Why.STALE, Why.STALE),
    "no data": (lost, False, Why.NO_DATA, Why.NO_DATA),
    "no grid meter": (house(grid_w=reading(None)), False, Why.NO_DATA, Why.NO_DATA),
    "alarm": (house(alarms=(Alarm.BMS,)), False, Why.ALARM, Why.ALARM),
    "grid lost": (house(**OFF_GRID), False, Why.GRID_LOST, Why.GRID_LOST),
    "inverter over": (
        house(inverter_out_w=reading(9000.0), limits=Limits(inverter_w=3000.0)),
        False,
        Why.INVERTER_OVER,
        Why.INVERTER_OVER,
    ),
    "too hot": (water(75.0), False, Why.TOO_HOT, Why.PERSON_OFF),
    "just not": (water(74.9), True, Why.BOOST, Why.PERSON_OFF),
    "sensor silent": (water(None), False, Why.SENSOR_LOST, Why.PERSON_OFF),
    "sensor bad": (water(0.0), False, Why.SENSOR_BAD, Why.PERSON_OFF),
    "output fault": (deaf, False, Why.OUTPUT_FAULT, Why.OUTPUT_FAULT),
}


@pytest.fixture(params=HOUSES, name="state")
def _state(request: pytest.FixtureRequest) -> tuple[Spoil, bool, Why, Why]:
    return HOUSES[request.param]


def test_a_persons_on_in_every_house(state: tuple[Spoil, bool, Why, Why]) -> None:
    spoil, heats, why, _ = state
    one = rig()
    one.temperature_c = 74.5
    one.boosted()
    spoil(one)
    command = one.run(4) if heats else one.tick()
    assert command.setpoint_w == HEATER_W if heats else command.setpoint_w <= 1.0
    assert command.reason.code in (why, Why.MIN_ON)
    if not heats:
        command = one.run(58)  # a minute after the grid went an island may heat again
        assert command.setpoint_w <= 1.0
        assert command.reason.code in {why, Why.MIN_ON, Why.SENSOR_BAD}


def test_a_persons_off_in_every_house(state: tuple[Spoil, bool, Why, Why]) -> None:
    """Never on, whatever the sun gives; only danger has a higher voice."""
    spoil, _, _, why = state
    one = HandRig().heating()
    one.ask(RequestKind.OFF)
    spoil(one)
    command = one.tick()
    assert (command.setpoint_w, command.reason.code) == (0.0, why)
    assert one.run(100).setpoint_w == 0.0


# -- off ---------------------------------------------------------------------------------------


def test_off_does_not_wait_for_the_minimum_time_and_is_no_danger() -> None:
    one = HandRig().heating()  # just closed
    command = one.ask(RequestKind.OFF).tick()
    assert (command.setpoint_w, command.urgent) == (0.0, False)


def test_off_ends_with_auto_and_the_sun_is_back() -> None:
    one = HandRig().heating()
    one.ask(RequestKind.OFF).run(60)
    one.ask(RequestKind.AUTO)
    assert one.run(60).setpoint_w > 1000.0


def test_after_off_the_contact_rests_for_its_minimum_time() -> None:
    one = rig().boosted()
    one.ask(RequestKind.OFF).tick()
    one.ask(RequestKind.BOOST)
    rest = int(LOAD.limits.min_off_s)
    commands = [one.tick() for _ in range(rest - 1)]
    assert {(c.setpoint_w, c.reason.code) for c in commands} == {(0.0, Why.MIN_OFF)}
    assert one.run(2).setpoint_w == HEATER_W


# -- on and boost ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "why"), [(RequestKind.ON, Why.PERSON_ON), (RequestKind.BOOST, Why.BOOST)]
)
def test_on_and_boost_buy_what_the_sun_does_not_give(kind: RequestKind, why: Why) -> None:
    command = by_hand(rig(), kind, watts=700.0)
    assert (command.setpoint_w, command.reason.code) == (700.0, why)


def test_a_start_counts_as_just_switched_off() -> None:
    one = rig().ask(RequestKind.ON)
    commands = [one.tick() for _ in range(int(LOAD.limits.min_off_s))]
    assert {(c.setpoint_w, c.reason.code) for c in commands[:-1]} == {(0.0, Why.MIN_OFF)}
    assert one.run(2).setpoint_w == HEATER_W


@pytest.mark.parametrize(("after_s", "heats"), [(59, True), (60, False)])
def test_it_ends_at_its_time(after_s: int, heats: bool) -> None:
    one = rig()
    one.run(30)
    one.ask(RequestKind.BOOST, until_utc_s=NOON_UTC_S + one.now_s + 60.0).tick()
    command = one.run(after_s)
    assert (command.setpoint_w > 1.0) is heats


def test_on_is_not_undone_by_night() -> None:
    one = rig()
    dark(one)
    assert by_hand(one, RequestKind.ON).setpoint_w == HEATER_W
    assert one.run(600).setpoint_w == HEATER_W


def test_a_knob_waits_at_zero_when_the_boost_is_over() -> None:
    """In daylight; what follows is surplus, or the relay opens after the delay."""
    one = HandRig(home=no_sun).boosted(lasts_s=100.0)
    commands = [one.tick() for _ in range(150)]
    assert commands[-1].setpoint_w in (0.0, 1.0)
    assert all(c.setpoint_w in (HEATER_W, 1.0, 0.0) for c in commands)


def test_a_relay_alone_does_not_run_on_when_the_boost_is_over() -> None:
    one = rig(RELAY)
    one.run(30)
    one.ask(RequestKind.BOOST, lasts_s=90.0)
    commands = [one.tick() for _ in range(95)]
    assert commands[0].setpoint_w == 1000.0
    assert commands[-1].setpoint_w == 0.0


def test_a_short_boost_of_a_relay_keeps_its_minimum_time() -> None:
    one = rig(RELAY)
    one.run(30)
    one.ask(RequestKind.BOOST, lasts_s=10.0)
    commands = [one.tick() for _ in range(70)]
    assert [c.setpoint_w for c in commands[:60]] == [1000.0] * 60
    assert commands[30].reason.code == Why.MIN_ON
    assert commands[-1].setpoint_w == 0.0


def test_the_reason_says_until_when() -> None:
    one = rig()
    one.run(30)
    command = one.ask(RequestKind.BOOST, until_utc_s=1_782_045_000.0).tick()  # 14:30 in Prague
    assert dict(command.reason.numbers)["until_min"] == 14 * 60 + 30
    assert dict(command.reason.numbers)["asked_w"] == HEATER_W


# -- caps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit_w", "gets_w"), [(5000.0, 2000.0), (2000.0, 1300.0), (730.0, 0.0)])
def test_the_inverters_limit_caps_a_boost(limit_w: float, gets_w: float) -> None:
    """500 W of the house, 200 W kept free; less than the least is nothing."""

    def at(now_s: float, own_w: float) -> Site:
        return site(
            now_s,
            grid_w=Reading(own_w, now_s, "test"),
            load_w=Reading(500.0 + own_w, now_s, "test"),
            inverter_out_w=Reading(500.0 + own_w, now_s, "test"),
            limits=Limits(inverter_w=limit_w),
        )

    one = HandRig(home=at, rules=settings())
    one.run(30)
    one.ask(RequestKind.BOOST)
    commands = [one.tick() for _ in range(30)]
    assert all(c.setpoint_w <= gets_w + 1e-6 for c in commands)
    assert commands[-1].setpoint_w == pytest.approx(gets_w)
    assert commands[-1].reason.code == (Why.BOOST if gets_w else Why.INVERTER_CAP)


@pytest.mark.parametrize(
    ("before_w", "asked_w", "room"),
    [
        (2000.0, 2000.0, 2800.0),  # the sample shows us: 300 W of the house's, 200 W kept free
        (0.0, 2000.0, 2000.0),  # it may lack us: what runs stays, nothing is added ...
        (0.0, 0.0, 800.0),  # ... for all 2300 W may be the house's
    ],
)
def test_room_that_a_sample_may_only_seem_to_show(
    before_w: float, asked_w: float, room: float
) -> None:
    """An inverter of 3300 W that gives 2300 W, and a heater of 2000 W a moment ago or not yet."""
    params = SiteParams(inverter_max_w=3300.0)
    world = WorldState(own_w=2000.0, own_1_w=before_w)
    now = now_of(site(inverter_out_w=reading(2300.0), grid_w=reading(0.0)))
    assert room_w(params, now, world, False, asked_w) == room


def test_a_cap_that_flutters_moves_the_knob_seldom() -> None:
    """20 W up and down: down at once, up only when it is worth it."""

    def at(now_s: float, own_w: float) -> Site:
        flutter_w = 20.0 * (now_s % 2.0)
        return site(
            now_s,
            grid_w=Reading(0.0, now_s, "test"),
            load_w=Reading(500.0 + flutter_w + own_w, now_s, "test"),
            inverter_out_w=Reading(500.0 + flutter_w + own_w, now_s, "test"),
            limits=Limits(inverter_w=2000.0),
        )

    one = HandRig(home=at, rules=settings())
    one.run(30)
    one.ask(RequestKind.BOOST).run(5)
    assert {one.tick().setpoint_w for _ in range(60)} == {1280.0}


def test_off_grid_the_inverters_modes_hold() -> None:
    there, alone = now_of(site()), now_of(site(grid_up=False))
    for why in (Why.ESS_STATE, Why.SOC_LOW):
        assert hand_gate(Gate(why, False), there, blind=False).why == Why.HOLD
        assert hand_gate(Gate(why, False), alone, blind=False).why == why


@pytest.mark.parametrize(("soc_pct", "heats"), [(18.5, True), (17.9, False)])
def test_off_grid_the_floor_of_the_battery_holds(soc_pct: float, heats: bool) -> None:
    one = rig()
    one.home = one.changed(**OFF_GRID)
    one.run(100)
    one.ask(RequestKind.BOOST)
    assert one.run(2).setpoint_w == HEATER_W
    one.home = one.changed(soc_pct=reading(soc_pct))
    command = one.run(int(LOAD.limits.min_on_s) + 2)
    assert (command.setpoint_w == HEATER_W) is heats
    assert command.reason.code == (Why.BOOST if heats else Why.SOC_LOW)


def test_off_grid_the_owners_policy_holds() -> None:
    one = rig(island_ok=False)
    one.home = one.changed(**OFF_GRID)
    one.run(100)
    assert one.ask(RequestKind.ON).run(5).setpoint_w == 0.0


# -- the water ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("water_c", "heats"), [(54.9, True), (55.0, False)])
def test_a_boost_until_a_temperature(water_c: float, heats: bool) -> None:
    one = rig()
    one.temperature_c = 54.5
    one.boosted(until_c=55.0)
    one.temperature_c = water_c
    command = one.tick()
    assert (command.setpoint_w == HEATER_W) is heats
    one.temperature_c = 54.2
    assert (one.tick().setpoint_w == HEATER_W) is heats, "ended is ended"


def test_a_lower_maximum_holds_for_the_sun_too() -> None:
    one = HandRig().heating()
    command = one.ask(RequestKind.SET_TEMP, until_c=50.0).tick()
    assert (command.setpoint_w, command.reason.code) == (0.0, Why.TOO_HOT)
    assert dict(command.reason.numbers)["max_c"] == 50.0
    one.ask(RequestKind.AUTO)
    assert one.run(60).setpoint_w > 1000.0


# -- blind -------------------------------------------------------------------------------------


def stale_rig(load: LoadSettings, **changes: Any) -> HandRig:
    """Boosted; then the home's numbers stop while the water's sensor lives on."""
    one = rig(load).boosted()
    last = replace(no_sun(one.now_s, one.own_w), **changes)
    one.home = lambda now_s, own_w: last
    one.run(7)
    return one


def test_old_numbers_stop_a_boost_and_no_second_longer() -> None:
    one = stale_rig(LOAD)
    assert one.decisions[-1].commands[0].setpoint_w == HEATER_W
    command = one.run(2)
    assert (command.setpoint_w, command.urgent, command.reason.code) == (0.0, True, Why.STALE)


def test_a_blind_load_goes_on_by_its_own_sensor() -> None:
    one = stale_rig(BLIND)
    command = one.run(100)
    assert (command.setpoint_w, command.reason.code) == (HEATER_W, Why.BOOST)
    assert command.expires_s > one.now_s
    one.temperature_c = 75.0
    assert one.tick().setpoint_w == 0.0


def test_a_blind_load_needs_its_own_sensor() -> None:
    optional = replace(BLIND, comfort=BLIND.comfort._replace(required=False))
    for load in (BLIND, optional):
        one = stale_rig(load)
        one.temperature_c = None
        assert one.run(2).setpoint_w == 0.0


OVER = {"inverter_out_w": Reading(3900.0, 0.0, "test")}


@pytest.mark.parametrize(
    "changes", [{"alarms": (Alarm.OVERLOAD,)}, {"generator": True}, OFF_GRID, OVER]
)
def test_a_blind_load_stays_off_after_the_last_bad_news(changes: dict[str, Any]) -> None:
    one = rig(BLIND, inverter_max_w=3000.0).boosted()
    last = replace(no_sun(one.now_s, one.own_w), **changes)
    one.home = lambda now_s, own_w: last
    assert one.run(107).setpoint_w <= 1.0


def test_a_blind_load_never_follows_a_surplus_that_nobody_sees() -> None:
    one = HandRig(rules=settings(BLIND)).heating()
    last = one.home(one.now_s, one.own_w)
    one.home = lambda now_s, own_w: last
    assert one.run(9).setpoint_w == 0.0


def test_blind_is_no_more_than_the_inverter_alone_bears() -> None:
    params = SiteParams(inverter_max_w=1500.0)
    assert blind_room_w(params, now_of(None)) == 1300.0
    assert blind_room_w(SiteParams(), now_of(None)) == math.inf
    one = rig(BLIND, inverter_max_w=1500.0)
    one.run(1)
    last = no_sun(one.now_s, one.own_w)
    one.home = lambda now_s, own_w: last
    assert by_hand(one, RequestKind.BOOST).setpoint_w == 1300.0


def test_blind_is_not_who_has_heard_nothing_since_the_start() -> None:
    """The last that an earlier run heard may have been an alarm."""
    one = rig(BLIND)
    one.home = lambda now_s, own_w: None
    assert by_hand(one, RequestKind.BOOST).setpoint_w == 0.0
    assert one.run(100).setpoint_w == 0.0


def test_blind_counts_what_it_still_sees() -> None:
    """Only the grid's number is missing: the house's 2700 W of 3000 W are known."""

    def home(now_s: float, own_w: float) -> Site:
        asked_w = Reading(2700.0 + own_w, now_s, "test")
        return replace(no_sun(now_s, own_w), grid_w=MISSING, inverter_out_w=asked_w)

    one = rig(BLIND, inverter_max_w=3000.0)
    one.home = home
    by_hand(one, RequestKind.BOOST)
    assert all(one.tick().setpoint_w <= 100.0 for _ in range(200))


def test_no_gate_of_danger_is_opened_for_one_who_sees() -> None:
    for why in (Why.STALE, Why.NO_DATA, Why.FROZEN, Why.ALARM, Why.GRID_LOST, Why.INVERTER_OVER):
        assert hand_gate(Gate(why, True), now_of(site()), blind=False) == Gate(why, True)
    for why in (Why.ALARM, Why.GRID_LOST, Why.INVERTER_OVER):
        assert hand_gate(Gate(why, True), now_of(site()), blind=True) == Gate(why, True)


# -- the search beside it ----------------------------------------------------------------------


def test_the_search_learns_nothing_from_a_boost() -> None:
    """In a home whose surplus it had found; the boost buys, and no step of a search failed."""
    one = HandRig().heating()
    one.run(60)
    learned = one.memory.timers.hunt
    one.home = no_sun
    one.boosted()
    one.run(300)
    after = one.memory.timers.hunt
    assert (after.accept_w, after.backoff) == (learned.accept_w, learned.backoff)
    assert after.hour_wh <= learned.hour_wh
    assert after.late == learned.late


def test_a_boost_is_not_on_the_bill_of_late_numbers() -> None:
    """Samples a minute apart, and 2 kW bought for ten minutes."""

    def late(now_s: float, own_w: float) -> Site:
        at_s = 60.0 * (now_s // 60.0)
        drew_w.setdefault(now_s, own_w)
        return replace(no_sun(at_s, drew_w[at_s]), allowed_age_s=150.0)

    drew_w: dict[float, float] = {}
    one = HandRig(home=late, rules=settings(replace(LOAD, verify=False)))
    one.run(200)
    bank_wh = one.memory.timers.hunt.late.bank_wh
    one.ask(RequestKind.BOOST, lasts_s=600.0)
    assert one.run(500).setpoint_w == HEATER_W
    one.run(400)
    assert one.memory.timers.hunt.late.bank_wh == pytest.approx(bank_wh, abs=0.01)


def hiding(now_s: float, own_w: float) -> Site:
    """A home that may not export; 2500 W more could be had, and the battery lends at first."""
    lent_w = max(0.0, own_w - 2500.0)
    return site(
        now_s,
        grid_w=Reading(0.0, now_s, "test"),
        pv_w=Reading(400.0 + own_w - lent_w, now_s, "test"),
        load_w=Reading(340.0 + own_w, now_s, "test"),
        battery_w=Reading(60.0 - lent_w, now_s, "test"),
        pv=(charger(own_w < 2500.0),),
    )


def two_loads(
    limit_w: float | None = None, boost_w: float = 1000.0, home: HomeAt | None = None
) -> list[tuple[float, float]]:
    """Ten minutes with 2500 W of surplus and a boost of the second load: watts of both."""
    second = replace(LOAD, id="second")
    rules = replace(SETTINGS, loads=(LOAD, second), hunt=SETTINGS.hunt._replace(max_w=4000.0))
    if limit_w is not None:
        rules = replace(rules, site=rules.site._replace(inverter_max_w=limit_w))
    memory, watts, seen = Memory(), {"boiler": 0.0, "second": 0.0}, []
    asks = HandRig().ask(RequestKind.BOOST, watts=boost_w, target="second").asks
    home = exporting(2500.0) if home is None else home
    for second_s in range(600):
        now_s = float(second_s)
        own_w = sum(watts.values())
        there = home(now_s, own_w)
        given_w = 340.0 + max(own_w, 2500.0)  # what is exported, the inverter gives, too
        assert there is not None
        there = replace(there, inverter_out_w=Reading(given_w, now_s, "test"))
        views = tuple(
            LoadView(name, w, w if w > 1.0 else 0.0, w > 0.0, temperature_c=reading(50.0, now_s))
            for name, w in watts.items()
        )
        snapshot = Snapshot(Instant(now_s, NOON_UTC_S + now_s), there, views)
        if second_s == 200:
            snapshot = replace(snapshot, requests=asks)
        decision, memory = decide(snapshot, memory, rules)
        watts = {command.target: command.setpoint_w for command in decision.commands}
        seen.append((watts["boiler"], watts["second"]))
    return seen


def test_a_boost_takes_its_watts_first_and_the_sun_serves_the_rest() -> None:
    """2500 W: at first 2000 and 470; with 1000 W by hand for the second 1470 are left."""
    seen = two_loads()
    assert seen[199][0] == pytest.approx(2000.0, abs=20.0)
    assert all(second_w == 1000.0 for _, second_w in seen[201:])
    assert seen[-1][0] == pytest.approx(1470.0, abs=20.0)


def test_hidden_sun_is_searched_beside_a_boost() -> None:
    """2500 W can be had; 1000 W by hand leave 1500 W to be found."""
    seen = two_loads(home=hiding)
    assert all(second_w == 1000.0 for _, second_w in seen[201:])
    assert seen[-1][0] == pytest.approx(1500.0, abs=100.0)
    # What is tried in vain is given back as quickly as ever: 0.6 Wh, and 5 Wh with a search
    # that takes the watts by hand for its own.
    lent_wh = sum(max(0.0, sum(both) - 2500.0) for both in seen[260:]) / 3600.0
    assert lent_wh < 1.5


def test_both_together_stay_below_the_inverters_limit() -> None:
    """2100 W, 200 W free, 340 W of the house: 1560 W for both."""
    seen = two_loads(limit_w=2100.0)
    assert all(first_w + second_w <= 1560.0 + 1.0 for first_w, second_w in seen)
    assert seen[-1][1] == 1000.0
    assert seen[-1][0] == pytest.approx(560.0, abs=70.0)


def test_without_requests_nothing_is_as_if_there_were() -> None:
    one = HandRig().heating()
    assert one.memory.ledger.standing == ()
    assert one.memory.timers.apart_w == ()
    assert not one.memory.timers.loads[0].apart


def test_a_boosted_load_is_apart_until_it_draws_nothing() -> None:
    one = rig(RELAY)
    one.run(30)
    one.ask(RequestKind.BOOST, lasts_s=5.0)
    one.run(20)  # held by its minimum time
    assert one.memory.timers.loads[0].apart
    one.run(60)
    assert not one.memory.timers.loads[0].apart
    assert one.memory.timers.apart_w == ()
    [energy] = one.memory.ledger.energy
    assert energy.by_hand_wh == pytest.approx(energy.today_wh)


@pytest.mark.parametrize("until_utc_s", [2.6e11, 9.9e11, 1e300])
def test_an_end_that_no_calendar_holds_fails_no_tick(until_utc_s: float) -> None:
    one = rig()
    one.ask(RequestKind.OFF, until_utc_s=until_utc_s)
    assert one.tick().reason.code == Why.PERSON_OFF
