"""The simulated source and actuator: what meters tell, and the sequences of relay and knob."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, Servo
from pvopt.model import MISSING, EssState, Instant, LimitWhy, Outcome
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.home import HomeControls, HomeInputs, HomeParams, HomeState
from pvopt.simulator.world import World
from tests.unit.simulator.homes import (
    START_S,
    SUNNY,
    boiler,
    instant_of,
    steady_world,
    watts,
)


class TestSource:
    def test_tells_the_limited_charger_but_not_what_it_could_give(self) -> None:
        world = steady_world()
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert site.pv[0].limited is True
        assert site.pv[0].limit_why == LimitWhy.BATTERY_FULL
        assert site.pv_w.value == pytest.approx(world.flows.pv_w, abs=0.5)
        shown = [r.value for r in (site.grid_w, site.pv_w, site.load_w, site.battery_w)]
        assert all(number is not None and number < 1000.0 for number in shown)

    def test_signs(self) -> None:
        world = steady_world(SUNNY._replace(load_l1_w=5000.0))
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert site.grid_w.value == pytest.approx(2000.0, abs=2.0)
        assert site.battery_w.value is not None
        assert site.load_w.value == 5000.0
        night = steady_world(HomeInputs(load_l1_w=500.0))
        site = SimSource(night).read(instant_of(night), 0.8).site
        assert site is not None
        assert site.battery_w.value == pytest.approx(-557.0, abs=2.0)
        assert site.pv[0].limited is False

    def test_values_are_rounded_as_a_gx_does(self) -> None:
        world = steady_world(SUNNY._replace(load_l1_w=350.4))
        samples = SimSource(world).read(instant_of(world), 0.8)
        assert samples.site is not None
        assert samples.site.load_w.value == 350.0
        assert samples.site.soc_pct.value == 97.0
        assert samples.site.battery_v.value == 55.2
        assert dict(samples.temperatures)["gx:water_heater"].value == 45.0

    def test_age_grows_between_the_meters_ticks(self) -> None:
        world = steady_world()
        world.advance(2.7)
        now = instant_of(world)
        site = SimSource(world).read(now, 0.8).site
        assert site is not None
        assert site.grid_w.age_s(now.mono_s) == pytest.approx(0.7, abs=0.1)

    def test_heat_shows_in_the_load(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        for _ in range(8):
            now = instant_of(world)
            actuator.apply(watts(500.0, now), now)
            world.advance(1.0)
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert site.load_w.value == pytest.approx(850.0, abs=10.0)

    def test_island_and_minimum_soc(self) -> None:
        island = steady_world(SUNNY._replace(grid_up=False))
        site = SimSource(island).read(instant_of(island), 0.8).site
        assert site is not None
        assert (site.grid_up, site.ess_state) == (False, EssState.ISLAND)
        low = steady_world(HomeInputs(), state=HomeState(soc_pct=15.0, sustain=True))
        site = SimSource(low).read(instant_of(low), 0.8).site
        assert site is not None
        assert site.ess_state == EssState.RECHARGE

    def test_a_generator_stands_for_the_grid_with_its_flag(self) -> None:
        params = HomeParams(generator_w=2500.0)
        evening = HomeInputs(load_l1_w=800.0, grid_up=False, generator_on=True)
        world = steady_world(evening, params)
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert (site.grid_up, site.generator) == (False, True)
        assert site.ess_state == EssState.OPTIMIZED
        assert site.grid_w.value == pytest.approx(world.flows.generator_w, abs=0.5)
        island = steady_world(evening._replace(generator_on=False), params)
        site = SimSource(island).read(instant_of(island), 0.8).site
        assert site is not None
        assert (site.generator, site.ess_state) == (False, EssState.ISLAND)

    @pytest.mark.parametrize(
        ("sun_w", "limited", "why"),
        [
            (2500.0, True, LimitWhy.FEED_IN_LIMIT),
            (1996.0, True, LimitWhy.FEED_IN_LIMIT),
            (1995.0, True, LimitWhy.NEAR_LIMIT),
            (1900.0, True, LimitWhy.NEAR_LIMIT),
            (1899.0, False, LimitWhy.NONE),
        ],
    )
    def test_a_pv_inverter_near_its_limit_is_perhaps_held_back(
        self, sun_w: float, limited: bool, why: LimitWhy
    ) -> None:
        """2000 W: 400 W for the house, 1600 W of export."""
        params = HomeParams(battery_wh=0.0, pv_ac_rated_w=4000.0, feed_in_cap_w=1600.0)
        world = steady_world(HomeInputs(pv_ac_w=sun_w, load_l1_w=400.0), params)
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert (site.pv[0].limited, site.pv[0].limit_why) == (limited, why)

    def test_no_battery_means_no_battery_readings(self) -> None:
        params = HomeParams(battery_wh=0.0, pv_ac_rated_w=4000.0)
        world = steady_world(HomeInputs(pv_ac_w=2000.0, load_l1_w=300.0), params)
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert site.battery_w == site.soc_pct == MISSING
        assert site.grid_w.value == -1700.0
        assert [device.id for device in site.pv] == ["pvinverter:20"]


def stepping_world() -> World:
    """The house's load is 300 W and a watt more each second since the start."""
    start = steady_world()
    return World(
        start.params, lambda utc_s: SUNNY._replace(load_l1_w=300 + utc_s - START_S), START_S
    )


def told(source: SimSource, world: World) -> tuple[float | None, float]:
    """(load that the source tells, instant of its sample since the start)."""
    site = source.read(instant_of(world), 0.8).site
    assert site is not None
    return site.load_w.value, site.at_s


class TestOldMeters:
    @pytest.mark.parametrize("delay_s", [0.0, 1.0, 2.0, 60.0])
    def test_a_delay_gives_the_meters_of_so_long_ago_with_their_instant(
        self, delay_s: float
    ) -> None:
        world = stepping_world()
        source = SimSource(world, allowed_age_s=90.0, delay_s=delay_s)
        for second in range(1, 130):
            world.advance(1.0)
            # A second's meters show the load in the second before.
            load_w, at_s = told(source, world)
            assert at_s == second - delay_s
            assert load_w == 300.0 + max(0.0, second - delay_s - 1.0)

    @pytest.mark.parametrize("interval_s", [60.0, 300.0, 900.0])
    def test_a_log_gives_its_last_sample_whose_age_grows(self, interval_s: float) -> None:
        world = stepping_world()
        source = SimSource(world, interval_s=interval_s)
        world.advance(2.0 * interval_s - 1.0)
        assert told(source, world) == (299.0 + interval_s, interval_s)
        world.advance(1.0)
        assert told(source, world) == (299.0 + 2.0 * interval_s, 2.0 * interval_s)
        world.advance(interval_s - 1.0)
        assert told(source, world) == (299.0 + 2.0 * interval_s, 2.0 * interval_s)

    def test_delay_and_log_add_up(self) -> None:
        world = stepping_world()
        source = SimSource(world, delay_s=5.0, interval_s=60.0)
        world.advance(124.0)
        assert told(source, world) == (359.0, 60.0)
        world.advance(1.0)
        assert told(source, world) == (419.0, 120.0)

    def test_between_ticks_the_delay_still_counts_from_now(self) -> None:
        world = stepping_world()
        source = SimSource(world, delay_s=2.0)
        world.advance(9.5)
        assert told(source, world) == (306.0, 7.0)

    def test_before_the_start_the_home_stood_still(self) -> None:
        world = stepping_world()
        assert told(SimSource(world, delay_s=60.0), world) == (300.0, -60.0)

    def test_several_sources_of_one_world(self) -> None:
        world = stepping_world()
        slow, fast = SimSource(world, delay_s=30.0), SimSource(world, delay_s=2.0)
        world.advance(100.0)
        assert (told(slow, world)[1], told(fast, world)[1]) == (70.0, 98.0)

    def test_the_tank_is_as_old_as_the_rest(self) -> None:
        world = steady_world()
        source = SimSource(world, delay_s=60.0)
        world.controls = HomeControls(True, 100.0)
        world.advance(600.0)
        tank = dict(source.read(instant_of(world), 0.8).temperatures)["gx:water_heater"]
        assert tank.at_s == 540.0
        assert tank.value == pytest.approx(45.0 + 540 * 2000 / (200 * 4131), abs=0.1)


def ticks(
    world: World, actuator: SimActuator, setpoint_w: float, count: int, *, urgent: bool = False
) -> list[Outcome]:
    outcomes = []
    for _ in range(count):
        now = instant_of(world)
        outcomes.append(actuator.apply(watts(setpoint_w, now, urgent=urgent), now))
        world.advance(1.0)
    return outcomes


class TestActuator:
    def test_on_is_relay_then_three_seconds_at_zero_then_knob(self) -> None:
        world = steady_world()
        steps = ticks(world, SimActuator(world, boiler()), 1000.0, 6)
        assert [o.closed for o in steps] == [True] * 6
        assert [o.position_pct for o in steps[:3]] == [0.0] * 3
        assert [o.pending for o in steps] == [True, True, True, False, False, False]
        assert steps[3].expected_w == pytest.approx(1000.0, abs=8.0)
        assert world.flows.heater_w == pytest.approx(steps[-1].expected_w)

    def test_off_is_knob_then_relay(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        ticks(world, actuator, 1000.0, 6)
        first, second = ticks(world, actuator, 0.0, 2)
        assert (first.position_pct, first.closed, first.pending) == (0.0, True, True)
        assert (second.position_pct, second.closed, second.pending) == (0.0, False, False)

    def test_danger_opens_the_relay_first(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        ticks(world, actuator, 2000.0, 6)
        (outcome,) = ticks(world, actuator, 0.0, 1, urgent=True)
        assert outcome.closed is False
        assert world.flows.heater_w == 0.0

    @pytest.mark.parametrize("setpoint_w", [math.nan, math.inf, -5.0, 0.0])
    def test_no_sense_means_off(self, setpoint_w: float) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        ticks(world, actuator, 1000.0, 6)
        assert ticks(world, actuator, setpoint_w, 2)[-1].closed is False

    def test_an_expired_or_missing_command_means_off(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        ticks(world, actuator, 1000.0, 6)
        now = instant_of(world)
        good = watts(1000.0, now, lasts_s=2.0)
        assert actuator.apply(good, Instant(now.mono_s + 1.9, now.utc_s)).expected_w > 900.0
        assert actuator.apply(good, Instant(now.mono_s + 2.0, now.utc_s)).asked_w == 0.0
        actuator.apply(None, Instant(now.mono_s + 3.0, now.utc_s))
        assert actuator.apply(None, Instant(now.mono_s + 4.0, now.utc_s)).closed is False

    def test_less_than_the_curve_can_give_keeps_the_relay(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler(curve=Curve(min_w=100.0)))
        outcome = ticks(world, actuator, 99.0, 8)[-1]
        assert (outcome.closed, outcome.expected_w) == (True, 0.0)
        outcome = ticks(world, actuator, 100.0, 1)[-1]
        assert outcome.expected_w == pytest.approx(100.0, abs=5.0)

    def test_small_moves_are_not_made(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        before = ticks(world, actuator, 1000.0, 6)[-1]
        after = ticks(world, actuator, 1017.0, 3)[-1]  # 0.54 % of travel, of which 0.28 % resolve
        assert (after.moves, after.pending) == (before.moves, False)
        assert ticks(world, actuator, 1018.0, 1)[-1].moves == before.moves + 1  # two steps: 0.56 %

    def test_a_relay_alone_switches_all_watts_at_once_and_rests(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler(knob=False))
        for outcome in ticks(world, actuator, 300.0, 3):
            assert (outcome.closed, outcome.pending, outcome.position_pct) == (True, False, 100.0)
            assert outcome.expected_w == 2000.0
        assert world.flows.heater_w == 2000.0
        (off,) = ticks(world, actuator, 0.0, 1)
        assert (off.closed, off.pending, off.position_pct) == (False, False, 0.0)
        assert (off.moves, off.switches) == (0, 2)

    @given(st.floats(1.0, 2000.0))
    def test_never_more_watts_than_asked_and_then_it_rests(self, asked_w: float) -> None:
        world = steady_world()
        outcome = ticks(world, SimActuator(world, boiler()), asked_w, 7)[-1]
        assert asked_w - 10.0 <= outcome.expected_w <= asked_w + 1e-6
        assert not outcome.pending

    def test_a_slow_knob_is_pending_until_it_is_there(self) -> None:
        world = steady_world()
        servo = Servo(pin=18, full_travel_s=10.0)
        output = GpioOutput(relay=Relay(pin=17), knob=servo)
        actuator = SimActuator(world, Load(id="boiler", max_w=2000.0, output=output))
        steps = ticks(world, actuator, 1000.0, 9)
        assert [o.pending for o in steps] == [True] * 7 + [False] * 2
        assert steps[-2].position_pct == pytest.approx(50.0)
        after = ticks(world, actuator, 1015.0, 2)[-1]  # below the deadband: not on its way
        assert not after.pending
        assert after.position_pct == pytest.approx(50.0)

    def test_safe_and_close_are_idempotent(self) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        ticks(world, actuator, 1000.0, 6)
        for end in (actuator.safe, actuator.close, actuator.close):
            end()
            assert (world.controls.relay_closed, world.controls.knob_pct) == (False, 0.0)

    @given(st.lists(st.sampled_from([0.0, 5.0, 400.0, 1999.0, 2500.0, math.nan]), max_size=30))
    def test_never_heats_within_three_seconds_of_closing(self, asked: list[float]) -> None:
        world = steady_world()
        actuator = SimActuator(world, boiler())
        closed_at_s: float | None = None
        for setpoint_w in asked:
            (outcome,) = ticks(world, actuator, setpoint_w, 1)
            now_s = world.utc_s - START_S - 1.0
            if not outcome.closed:
                closed_at_s = None
            elif closed_at_s is None:
                closed_at_s = now_s
            if closed_at_s is not None and now_s - closed_at_s < 3.0:
                assert outcome.position_pct == 0.0
            assert 0.0 <= outcome.expected_w <= 2000.0
