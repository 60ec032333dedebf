"""The bill: who paid for the heat, and what the all-knowing diverter would have had."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.account import (
    OFF,
    Totals,
    account_step,
    all_knowing_w,
    beside_of,
    beside_step,
    without_heater,
)
from pvopt.simulator.home import (
    HomeControls,
    HomeFlows,
    HomeInputs,
    HomeParams,
    HomeState,
    home_step,
)
from tests.unit.simulator.homes import SUNNY, steady_world

PARAMS = HomeParams()


def step(flows: HomeFlows, beside: HomeFlows, seconds: float = 3600.0) -> Totals:
    return account_step(PARAMS, Totals(), flows, beside_of(beside), 0.0, False, 0.2, seconds)


class TestWhoPaid:
    BASE = steady_world().flows._replace(grid_w=0.0, battery_w=400.0, heater_w=0.0)

    def test_sun_alone(self) -> None:
        totals = step(self.BASE._replace(heater_w=1000.0), self.BASE)
        assert totals.heat_wh == totals.sun_wh == pytest.approx(1000.0)
        assert totals.not_solar_pct == 0.0

    def test_grid(self) -> None:
        totals = step(self.BASE._replace(heater_w=1000.0, grid_w=300.0), self.BASE)
        assert totals.from_grid_wh == pytest.approx(300.0)
        assert totals.not_solar_pct == pytest.approx(30.0)

    def test_what_the_house_imports_anyway_is_not_the_heaters(self) -> None:
        house = self.BASE._replace(grid_w=2000.0)
        totals = step(house._replace(heater_w=1000.0, grid_w=2100.0), house)
        assert totals.from_grid_wh == pytest.approx(100.0)

    def test_a_lost_export_is_no_import(self) -> None:
        exporting = self.BASE._replace(grid_w=-1500.0)
        totals = step(exporting._replace(heater_w=1000.0, grid_w=-500.0), exporting)
        assert totals.from_grid_wh == 0.0

    def test_fuel_is_paid_for_like_import(self) -> None:
        running = self.BASE._replace(generator=True, generator_w=900.0)
        totals = step(running._replace(heater_w=1000.0, generator_w=1700.0), running)
        assert totals.from_grid_wh == pytest.approx(800.0)
        assert totals.possible_wh == 0.0

    def test_battery_then_charging(self) -> None:
        totals = step(self.BASE._replace(heater_w=1000.0, battery_w=-200.0), self.BASE)
        assert totals.from_battery_wh == pytest.approx(200.0)
        assert totals.from_charging_wh == pytest.approx(400.0)
        assert totals.sun_wh == pytest.approx(800.0)

    def test_never_more_than_the_heater_drew(self) -> None:
        totals = step(self.BASE._replace(heater_w=100.0, grid_w=900.0, battery_w=-900.0), self.BASE)
        assert totals.from_grid_wh == pytest.approx(100.0)
        assert totals.from_battery_wh == totals.from_charging_wh == 0.0
        assert totals.not_solar_pct == pytest.approx(100.0)


class TestAllKnowing:
    FLOWS = steady_world().flows._replace(
        pv_possible_w=3300.0, pv_ac_possible_w=0.0, battery_accept_w=438.0, load_w=350.0
    )

    def test_worked_number_is_capped_by_the_heater(self) -> None:
        assert all_knowing_w(PARAMS, self.FLOWS) == 2000.0
        big = self.FLOWS._replace(heater_possible_w=9000.0)
        assert all_knowing_w(PARAMS, big) == pytest.approx((3300 - 438 - 25) * 0.94 - 350)

    def test_inverter_limit_carries_house_and_heater(self) -> None:
        small = PARAMS._replace(inverter_w=1000.0)
        assert all_knowing_w(small, self.FLOWS) == pytest.approx(650.0)

    def test_never_below_zero_and_nothing_behind_an_open_thermostat(self) -> None:
        assert all_knowing_w(PARAMS, self.FLOWS._replace(pv_possible_w=300.0)) == 0.0
        assert all_knowing_w(PARAMS, self.FLOWS._replace(heater_possible_w=0.0)) == 0.0

    def test_ac_coupled_pv_feeds_the_battery_first(self) -> None:
        coupled = self.FLOWS._replace(pv_possible_w=3000.0, pv_ac_possible_w=3000.0)
        charge_ac_w = (438.0 + 25.0) / 0.94
        spare_w = 3000.0 - 350.0 - charge_ac_w
        wide = coupled._replace(heater_possible_w=9000.0)
        assert all_knowing_w(PARAMS, wide) == pytest.approx(spare_w)


class TestRun:
    def test_a_heater_at_the_edge_catches_what_is_possible(self) -> None:
        world = steady_world(SUNNY._replace(pv_a_w=2000.0))
        world.controls = HomeControls(True, 60.0)  # 1309 W, above the edge of 1095 to 1150 W
        world.advance(600.0)
        totals = world.totals
        # More than the all-knowing takes is taken from charging, in DC watts.
        assert 105.0 < totals.caught_pct < 125.0
        over_wh = (totals.sun_wh - totals.possible_wh) / 0.94
        assert totals.from_charging_wh == pytest.approx(over_wh, abs=2.0)
        assert totals.not_solar_pct < 1.0

    def test_hidden_sun_below_the_edge_is_free(self) -> None:
        world = steady_world()
        world.controls = HomeControls(True, 50.0)
        world.advance(600.0)
        assert world.totals.caught_pct == pytest.approx(50.0, abs=1.0)
        # While the charger answers, the battery lends: about three seconds of 1000 W.
        borrowed_wh = world.totals.from_battery_wh + world.totals.from_charging_wh
        assert 0.1 < borrowed_wh < 2.0

    def test_at_night_all_heat_is_the_batterys(self) -> None:
        world = steady_world(HomeInputs(load_l1_w=350.0))
        world.controls = HomeControls(True, 50.0)
        world.advance(600.0)
        assert world.totals.not_solar_pct == pytest.approx(100.0, abs=0.1)
        assert world.totals.caught_pct == 100.0  # nothing was possible
        assert world.totals.possible_wh == 0.0

    def test_at_the_minimum_soc_it_is_the_grids(self) -> None:
        low = HomeState(soc_pct=15.0, sustain=True)
        world = steady_world(HomeInputs(load_l1_w=350.0), state=low)
        world.controls = HomeControls(True, 50.0)
        world.advance(600.0)
        assert world.totals.from_grid_wh == pytest.approx(world.totals.heat_wh, rel=1e-3)

    def test_an_idle_heater_costs_nothing(self) -> None:
        world = steady_world()
        world.advance(300.0)
        assert world.totals.heat_wh == world.totals.from_charging_wh == 0.0
        assert world.totals.switches == world.totals.moves == 0

    def test_switches_moves_and_travel(self) -> None:
        world = steady_world()
        for controls in (
            HomeControls(True, 0.0),
            HomeControls(True, 30.0),
            HomeControls(True, 30.1),  # below the resolution
            HomeControls(True, 10.0),
            HomeControls(False, 0.0),
        ):
            world.controls = controls
            world.advance(1.0)
        assert world.totals.switches == 2
        assert world.totals.moves == 3
        assert world.totals.travel_pct == pytest.approx(30.0 + 0.1 + 20.1 + 10.0)


HOMES = (
    HomeParams(),
    HomeParams(dc_feed_in=True, feed_in_cap_w=1500.0, charger_b_rated_w=2000.0),
    HomeParams(battery_wh=0.0, charger_a_rated_w=0.0, pv_ac_rated_w=4000.0, ac_feed_in=False),
    HomeParams(pv_ac_rated_w=3000.0, generator_w=2500.0, phases=3, tank_layers=2),
)
watts = st.floats(0.0, 5000.0)


@given(
    st.sampled_from(HOMES),
    st.lists(st.tuples(watts, watts, watts, st.booleans(), st.booleans()), min_size=1, max_size=8),
    st.floats(1.0, 100.0),
)
def test_the_home_beside_is_a_home_with_its_heater_off(
    params: HomeParams, given: list[tuple[float, float, float, bool, bool]], soc_pct: float
) -> None:
    """Its electric side is worked out alone, and is that of the whole step."""
    state = beside = HomeState(soc_pct=soc_pct)
    for pv_w, more_w, load_w, grid_up, fuel in given:
        inputs = HomeInputs(pv_w, more_w, pv_w, load_w, 50.0, grid_up=grid_up, generator_on=fuel)
        whole, flows = home_step(params, without_heater(state, beside), inputs, OFF, 1.0)
        beside, seen = beside_step(params, state, beside, inputs, 1.0)
        assert seen == beside_of(flows)
        state, _ = home_step(params, state, inputs, HomeControls(True, 60.0), 1.0)
        assert without_heater(state, beside) == without_heater(state, whole)
