"""The world: whole seconds, the meters' tick, and the home that the demo section describes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pvopt.clock import VirtualClock
from pvopt.config.service import Demo
from pvopt.config.site import Inverter, Plane, Site
from pvopt.simulator.account import beside_of, beside_step
from pvopt.simulator.home import NO_CAP_W, HomeControls, HomeInputs
from pvopt.simulator.world import World, demo_series, demo_world, home_params
from tests.unit.simulator.homes import START_S, boiler, steady_world

PRAGUE = Site(
    latitude=50.08,
    longitude=14.43,
    timezone="Europe/Prague",
    planes=(Plane(peak_w=4400),),
    inverter=Inverter(max_w=3000),
)

demo_inputs = demo_series(Demo(), PRAGUE, 7200.0)


def test_meters_are_renewed_at_whole_seconds_only() -> None:
    world = steady_world()
    heard: list[float] = []
    world.on_second = lambda home: heard.append(home.utc_s)
    for _ in range(10):
        world.advance(0.25)
    assert heard == [START_S + 1.0, START_S + 2.0]
    assert world.utc_s == pytest.approx(START_S + 2.5)
    assert world.meters_utc_s == START_S + 2.0


def test_a_virtual_clock_drives_it() -> None:
    world = steady_world()
    clock = VirtualClock(world.utc_s, world.advance)
    clock.wait_until(90.0)
    assert world.utc_s == START_S + 90.0 == clock.now().utc_s


def test_outputs_are_read_back_each_step() -> None:
    world = steady_world()
    asked: list[float] = []

    def pins() -> HomeControls:
        asked.append(world.utc_s)
        return HomeControls(True, 50.0)

    world.read_controls = pins
    world.advance(3.0)
    assert asked == [START_S, START_S + 1.0, START_S + 2.0]
    assert world.flows.heater_w == pytest.approx(1000.0)
    assert world.totals.switches == 1


def test_the_start_is_settled() -> None:
    world = steady_world()
    assert world.state.soc_pct == 97.0
    assert world.state.tank_c == 45.0
    assert world.meters.chargers[0].mode == 1
    assert abs(sum(world.meters.grid_w)) <= 1


def test_the_home_beside_is_the_same_home_without_heater() -> None:
    """Worked out anew each second by hand, also where the world knows that it is the same."""
    world = demo_world(Demo(), PRAGUE, boiler())
    beside, same = world.state, 0
    for second in range(240):
        heats = 60 <= second < 120
        world.controls = HomeControls(True, 70.0) if heats else HomeControls(False, 0.0)
        state, utc_s = world.state, world.utc_s
        world.advance(1.0)
        inputs = demo_inputs(utc_s)
        beside, flows = beside_step(world.params, state, beside, inputs, 1.0)
        assert world.beside == flows
        same += world.beside == beside_of(world.flows)
    assert 60 <= same <= 180


class TestDemo:
    def test_local_start_in_summer_time(self) -> None:
        world = demo_world(Demo(), PRAGUE, boiler())
        assert world.utc_s == datetime(2026, 6, 21, 9, tzinfo=UTC).timestamp()

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_default_home_hides_1_to_2_5_kw(self, seed: int) -> None:
        world = demo_world(Demo(sky="clear", seed=seed), PRAGUE, boiler())
        world.advance(30.0)
        hidden_w = world.flows.pv_possible_w - world.flows.pv_w
        assert 1000.0 < hidden_w < 2800.0
        assert world.meters.chargers[0].mode == 1
        assert abs(world.flows.grid_w) < 50.0

    def test_the_shipped_demo_begins_in_the_sun_and_clouds_come(self) -> None:
        world = demo_world(Demo(), PRAGUE, boiler())
        possible_w = []
        for _ in range(20):
            world.advance(30.0)
            possible_w.append(world.flows.pv_possible_w)
        assert min(possible_w[:4]) > 3000.0
        assert min(possible_w) < 2500.0

    def test_same_section_same_day(self) -> None:
        worlds = [demo_world(Demo(seed=5), PRAGUE, boiler()) for _ in range(2)]
        for world in worlds:
            world.advance(120.0)
        assert worlds[0].flows == worlds[1].flows
        assert worlds[0].totals == worlds[1].totals
        other = demo_world(Demo(seed=6), PRAGUE, boiler())
        other.advance(120.0)
        assert other.flows != worlds[0].flows

    def test_planes_give_the_shape_and_the_demo_the_size(self) -> None:
        site = Site(
            latitude=50.08,
            longitude=14.43,
            planes=(Plane(peak_w=100, azimuth_deg=-90), Plane(peak_w=100, azimuth_deg=90)),
        )
        split = demo_world(Demo(sky="clear", peak_w=4400), site, boiler())
        south = demo_world(Demo(sky="clear", peak_w=4400), PRAGUE, boiler())
        split.advance(1.0)
        south.advance(1.0)
        assert 1000.0 < split.flows.pv_possible_w < south.flows.pv_possible_w

    def test_what_the_sections_say_is_in_the_home(self) -> None:
        demo = Demo(
            battery_wh=9600,
            feed_in=True,
            feed_in_cap_w=500,
            tank_l=120,
            tank_layers=2,
            knob_backlash_pct=1.5,
            charger_recover_s=120,
        )
        params = home_params(demo, PRAGUE, boiler())
        assert params.battery_wh == 9600
        assert params.battery_ohm == pytest.approx(0.04)
        assert params.charge_max_a == pytest.approx(180.0)
        assert (params.dc_feed_in, params.feed_in_cap_w) == (True, 500)
        assert (params.tank_l, params.heater_w, params.inverter_w) == (120, 2000, 3000)
        assert (params.tank_layers, params.knob_backlash_pct) == (2, 1.5)
        assert params.charger_recover_s == 120
        assert home_params(Demo(), PRAGUE, None).feed_in_cap_w == NO_CAP_W

    def test_without_a_battery_the_panels_are_ac_coupled(self) -> None:
        world = demo_world(Demo(battery_wh=0, feed_in=True, sky="clear"), PRAGUE, boiler())
        world.advance(60.0)
        assert [charger.mode for charger in world.meters.chargers] == [-1, -1]
        assert world.flows.pv_ac_w > 3000.0
        assert world.flows.grid_w < -2000.0

    def test_feed_in_shows_the_surplus(self) -> None:
        world = demo_world(Demo(feed_in=True, sky="clear"), PRAGUE, boiler())
        world.advance(30.0)
        assert world.flows.grid_w < -1000.0


def test_inputs_may_be_any_function_of_time() -> None:
    def inputs(utc_s: float) -> HomeInputs:
        return HomeInputs(pv_a_w=3000.0 if utc_s < START_S + 5.0 else 0.0, load_l1_w=300.0)

    world = World(steady_world().params, inputs, START_S)
    world.advance(10.0)
    assert world.flows.pv_w == 0.0
    assert world.flows.battery_w < -300.0
