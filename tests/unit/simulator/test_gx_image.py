"""The register image: signs, scales and places of Victron's list."""

from __future__ import annotations

import pytest

from pvopt.simulator.adapters import SimSource
from pvopt.simulator.gx_image import GxImage, image_of
from pvopt.simulator.gx_listed import LISTED, RESERVED, SERVICE_OF
from pvopt.simulator.home import HomeInputs, HomeParams, HomeState
from pvopt.simulator.world import World
from tests.unit.simulator.homes import START_S, SUNNY, instant_of, steady_world


def raw(image: GxImage, unit: int, address: int) -> int:
    return image[unit].words.get(address, 0)


def signed(image: GxImage, unit: int, address: int) -> int:
    number = raw(image, unit, address)
    return number - 65_536 if number & 0x8000 else number


def wide(image: GxImage, unit: int, address: int, *, sign: bool = True) -> int:
    number = raw(image, unit, address) << 16 | raw(image, unit, address + 1)
    return number - (1 << 32) if sign and number >> 31 else number


def text(image: GxImage, unit: int, address: int, count: int) -> str:
    octets = b"".join(raw(image, unit, address + k).to_bytes(2, "big") for k in range(count))
    return octets.rstrip(b"\0").decode("latin-1")


class TestSystem:
    def test_imports_are_positive_exports_negative(self) -> None:
        buying = image_of(steady_world(SUNNY._replace(load_l1_w=5000.0)))
        assert signed(buying, 100, 820) == pytest.approx(2000, abs=2)
        selling = image_of(steady_world(params=HomeParams(dc_feed_in=True)))
        assert signed(selling, 100, 820) < -2000
        assert wide(selling, 100, 908) == signed(selling, 100, 820) == signed(selling, 30, 2600)
        assert wide(selling, 30, 2638) == signed(selling, 30, 2600)

    def test_battery_charging_positive_discharging_negative(self) -> None:
        world = steady_world()
        image = image_of(world)
        assert signed(image, 100, 842) == round(world.flows.battery_w) > 0
        assert wide(image, 225, 256) == signed(image, 225, 258) == signed(image, 100, 842)
        assert raw(image, 100, 844) == 1
        night = image_of(steady_world(HomeInputs(load_l1_w=500.0)))
        assert signed(night, 100, 842) == pytest.approx(-557, abs=1)
        assert signed(night, 225, 261) < 0
        assert raw(night, 100, 844) == 2

    def test_scales(self) -> None:
        image = image_of(steady_world(state=HomeState(soc_pct=86.5)))
        assert raw(image, 100, 843) == 87  # whole percent, halves up
        assert raw(image, 225, 266) == 865
        assert raw(image, 100, 840) == pytest.approx(raw(image, 225, 259) / 10.0, abs=0.5)
        assert raw(image, 225, 305) == 552
        assert raw(image, 225, 307) == 900

    def test_identity_clock_and_firmware(self) -> None:
        image = image_of(steady_world())
        assert len(text(image, 100, 800, 6)) == 12
        clock = int.from_bytes(
            b"".join(raw(image, 100, 830 + k).to_bytes(2, "big") for k in range(4))
        )
        assert clock == START_S
        assert raw(image, 100, 834) == 0x0370

    def test_the_clock_goes_with_the_home(self) -> None:
        world = steady_world()
        world.advance(75.0)
        assert raw(image_of(world), 100, 833) == (int(START_S) + 75) & 0xFFFF

    def test_phases(self) -> None:
        image = image_of(steady_world(SUNNY._replace(load_l2_w=600.0, load_l3_w=70.0)))
        assert [raw(image, 100, 817 + k) for k in range(3)] == [350, 600, 70]
        assert signed(image, 100, 821) == 600
        assert signed(image, 100, 820) == pytest.approx(-670, abs=2)


class TestOverflow:
    def test_watts_beyond_a_signed_word_wrap_and_the_wide_twin_tells_them(self) -> None:
        image = image_of(steady_world(HomeInputs(load_l1_w=43_000.0, load_l2_w=32_767.0)))
        import_w = wide(image, 100, 908)
        assert import_w == pytest.approx(40_000, abs=30)
        assert signed(image, 100, 820) == import_w - 65_536
        assert signed(image, 30, 2600) == import_w - 65_536
        assert wide(image, 30, 2638) == import_w
        assert signed(image, 100, 821) == wide(image, 100, 910) == 32_767

    @pytest.mark.parametrize(("load_w", "word"), [(32_767.0, 32_767), (32_768.0, -32_768)])
    def test_the_last_watt_that_fits(self, load_w: float, word: int) -> None:
        home = HomeParams(battery_wh=0.0)
        image = image_of(steady_world(HomeInputs(load_l1_w=load_w), home))
        assert signed(image, 100, 820) == word
        assert wide(image, 100, 908) == load_w

    @pytest.mark.parametrize(("load_w", "word"), [(65_535.0, 65_535), (65_536.0, 0)])
    def test_loads_have_an_unsigned_word(self, load_w: float, word: int) -> None:
        image = image_of(steady_world(HomeInputs(load_l1_w=load_w)))
        assert raw(image, 100, 817) == word
        assert wide(image, 100, 902) == load_w

    def test_the_simulated_source_reads_the_wide_twin(self) -> None:
        world = steady_world(HomeInputs(load_l1_w=43_000.0))
        site = SimSource(world).read(instant_of(world), 0.8).site
        assert site is not None
        assert site.grid_w.value == pytest.approx(40_000.0, abs=30.0)


class TestGenerator:
    PARAMS = HomeParams(generator_w=2500.0)
    EVENING = HomeInputs(load_l1_w=800.4, load_l3_w=200.0, grid_up=False, generator_on=True)

    def image(self, **inputs: object) -> GxImage:
        return image_of(steady_world(self.EVENING._replace(**inputs), self.PARAMS))  # type: ignore[arg-type]

    def test_has_registers_of_its_own(self) -> None:
        image = self.image()
        assert raw(image, 100, 826) == 2
        assert [signed(image, 100, 820 + k) for k in range(3)] == [0, 0, 0]
        own = [signed(image, 100, 823 + k) for k in range(3)]
        assert own == [wide(image, 100, 914 + 2 * k) for k in range(3)]
        assert own[0] > 800
        assert own[1:] == [0, 200]
        assert (raw(image, 227, 29), raw(image, 227, 31), raw(image, 227, 9)) == (1, 3, 5000)
        assert signed(image, 227, 12) == pytest.approx(own[0] / 10, abs=1)

    def test_its_input_is_set_whether_it_runs_or_not(self) -> None:
        assert [raw(self.image(grid_up=True), 100, 2711 + k) for k in range(2)] == [1, 2]
        assert raw(self.image(grid_up=True), 100, 826) == 1
        assert raw(self.image(generator_on=False), 100, 826) == 240
        assert raw(image_of(steady_world()), 100, 2712) == 0


class TestSettings:
    def test_no_limit_reads_0_in_the_old_registers_and_minus_1_in_the_new(self) -> None:
        image = image_of(steady_world())
        assert (raw(image, 100, 2704), raw(image, 100, 2706)) == (0, 0)
        assert wide(image, 100, 2720) == wide(image, 100, 2722) == -1

    def test_feed_in_settings(self) -> None:
        closed = image_of(steady_world(params=HomeParams(ac_feed_in=False)))
        assert (raw(closed, 100, 2707), raw(closed, 100, 2708)) == (0, 1)
        params = HomeParams(dc_feed_in=True, feed_in_cap_w=800.0)
        capped = image_of(steady_world(params=params))
        assert (raw(capped, 100, 2707), raw(capped, 100, 2708)) == (1, 0)
        assert (raw(capped, 100, 2706), wide(capped, 100, 2722)) == (8, 800)
        assert raw(capped, 100, 2709) == 1
        assert raw(closed, 100, 2709) == 0

    @pytest.mark.parametrize(("setpoint_w", "word"), [(-50.0, 65_486), (0.0, 0), (100.0, 100)])
    def test_setpoint(self, setpoint_w: float, word: int) -> None:
        image = image_of(steady_world(params=HomeParams(grid_setpoint_w=setpoint_w)))
        assert raw(image, 100, 2700) == word

    def test_minimum_soc_and_state(self) -> None:
        image = image_of(steady_world(state=HomeState(soc_pct=15.0, sustain=True)))
        assert (raw(image, 100, 2901), raw(image, 100, 2900)) == (200, 11)
        assert raw(image, 227, 31) == 244


class TestDevices:
    @pytest.mark.parametrize(
        ("inputs", "mode"),
        [(SUNNY, 1), (SUNNY._replace(load_l1_w=2900.0), 2), (HomeInputs(load_l1_w=300.0), 0)],
    )
    def test_charger_mode(self, inputs: HomeInputs, mode: int) -> None:
        image = image_of(steady_world(inputs))
        assert raw(image, 226, 791) == raw(image, 226, 3731) == mode

    def test_yield_overflows_in_the_old_register_only(self) -> None:
        params = HomeParams(
            charger_a_rated_w=8000.0, inverter_w=8000.0, discharge_max_w=9000.0, battery_wh=9600.0
        )
        world = steady_world(HomeInputs(pv_a_w=7000.0, load_l1_w=7000.0), params)
        image = image_of(world)
        assert raw(image, 226, 3730) == wide(image, 226, 792) == 7000
        assert raw(image, 226, 789) == 70_000 - 65_536

    def test_two_chargers_at_their_own_units(self) -> None:
        params = HomeParams(charger_a_rated_w=2500.0, charger_b_rated_w=2500.0)
        inputs = HomeInputs(pv_a_w=1000.0, pv_b_w=900.0, load_l1_w=900.0)
        image = image_of(steady_world(inputs, params))
        assert (raw(image, 226, 791), raw(image, 224, 791)) == (1, 2)
        assert raw(image, 224, 3730) == 900

    def test_inverter_counts_in_steps_of_10_w(self) -> None:
        image = image_of(steady_world(SUNNY._replace(load_l1_w=354.0)))
        assert signed(image, 227, 23) == 35
        assert raw(image, 227, 21) == 5000

    def test_island(self) -> None:
        image = image_of(steady_world(SUNNY._replace(grid_up=False)))
        assert raw(image, 100, 826) == raw(image, 227, 29) == 240
        assert raw(image, 227, 31) == 9
        assert raw(image, 227, 9) == 0

    def test_water_heater(self) -> None:
        world = steady_world(state=HomeState(tank_c=48.126))
        image = image_of(world)
        assert [raw(image, 24, 3303 + k) for k in range(3)] == [5, 4813, 0]

    def test_pv_inverter_tells_its_limit(self) -> None:
        params = HomeParams(pv_ac_rated_w=4000.0, ac_feed_in=False, charger_a_rated_w=0.0)
        world: World = steady_world(HomeInputs(pv_ac_w=3000.0, load_l1_w=400.0), params)
        image = image_of(world)
        assert wide(image, 20, 1054) == 4000
        assert wide(image, 20, 1056) < 1500
        assert wide(image, 20, 1052) == raw(image, 100, 808) <= wide(image, 20, 1056) + 5
        assert 226 not in image

    def test_without_battery_there_is_no_inverter(self) -> None:
        params = HomeParams(battery_wh=0.0, pv_ac_rated_w=4000.0)
        assert sorted(image_of(steady_world(params=params))) == [20, 24, 30, 100]

    def test_energy_counters_follow_the_grid(self) -> None:
        world = steady_world(HomeInputs(load_l1_w=5000.0))
        world.advance(3600.0)
        assert wide(image_of(world), 30, 2634) == pytest.approx(200, abs=3)  # 2 kWh


def test_ranges_do_not_overlap_and_reserved_ones_are_listed() -> None:
    listed = sum(last - first + 1 for ranges in LISTED.values() for first, last in ranges)
    assert listed == len(SERVICE_OF)
    for service, ranges in RESERVED.items():
        for first, last in ranges:
            assert {SERVICE_OF[address] for address in range(first, last + 1)} == {service}


def test_every_word_is_listed_at_a_service_of_its_unit() -> None:
    for params in (HomeParams(), HomeParams(pv_ac_rated_w=3000.0, phases=3)):
        image = image_of(steady_world(params=params))
        for unit in image.values():
            assert {SERVICE_OF[address] for address in unit.words} <= unit.services
            assert all(0 <= word <= 0xFFFF for word in unit.words.values())
