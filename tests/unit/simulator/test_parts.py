"""The home's parts, each against a worked number or a law it must keep."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.ac import beside_generator_w
from pvopt.simulator.battery import (
    KNEES_PCT,
    accept_w,
    capacity_ah,
    charge_limit_a,
    current_a,
    open_circuit_v,
)
from pvopt.simulator.boiler import draw_w, layered_tank, mixed_tank, tank_loss_w, thermostat_next
from pvopt.simulator.charger import charger_step, operation_mode
from pvopt.simulator.home import HomeParams
from pvopt.simulator.inverter import ac_for_dc_w, dc_for_ac_w, island_hz
from pvopt.simulator.panel import Irradiance, clear_sky, panel_w, plane_wm2
from pvopt.simulator.regulator import (
    CURVE_LINEAR,
    CURVE_MEASURED,
    CURVE_PHASE_ANGLE,
    MEASURED_FULL_W,
    knob_w,
    lagged_pct,
    measured_share,
    spindle_pct,
)
from pvopt.simulator.sun import SunAt

AH = 93.75


class TestBattery:
    def test_capacity(self) -> None:
        assert capacity_ah(4800.0) == 93.75
        assert capacity_ah(0.0) == 0.0

    def test_worked_current(self) -> None:
        amps = current_a(52.6, 0.08, 1000.0)
        assert amps == pytest.approx(18.49, abs=0.01)
        assert 52.6 + 0.08 * amps == pytest.approx(54.08, abs=0.01)

    def test_voltage_rises_with_the_state_of_charge(self) -> None:
        volts = [open_circuit_v(pct / 2) for pct in range(-2, 203)]
        assert volts == sorted(volts)
        assert open_circuit_v(50.0) == pytest.approx(52.6)
        assert open_circuit_v(97.0) == pytest.approx(54.565)

    def test_the_knees_join(self) -> None:
        for knee in KNEES_PCT:
            assert open_circuit_v(knee - 1e-6) == pytest.approx(open_circuit_v(knee + 1e-6))

    @given(st.floats(45.0, 56.0), st.floats(0.01, 0.2), st.floats(-2500.0, 6000.0))
    def test_current_solves_the_terminal_equation(
        self, ocv: float, ohm: float, watts: float
    ) -> None:
        amps = current_a(ocv, ohm, watts)
        assert amps * (ocv + ohm * amps) == pytest.approx(watts, abs=1e-6)

    def test_no_discharge_beyond_the_deepest_point(self) -> None:
        assert current_a(50.0, 0.1, -1e6) == pytest.approx(-250.0)

    def test_taper_at_the_absorption_voltage_before_full(self) -> None:
        at_97 = accept_w(97.0, open_circuit_v(97.0), AH, 0.08, 55.2, 100.0, 1.0)
        assert at_97 == pytest.approx(438.2, abs=0.1)
        amps = at_97 / 55.2
        assert open_circuit_v(97.0) + 0.08 * amps == pytest.approx(55.2)
        assert accept_w(99.0, open_circuit_v(99.0), AH, 0.08, 55.2, 100.0, 1.0) < at_97
        assert accept_w(100.0, open_circuit_v(100.0), AH, 0.08, 55.2, 100.0, 1.0) == 0.0

    def test_current_limit_below_the_taper(self) -> None:
        watts = accept_w(50.0, open_circuit_v(50.0), AH, 0.08, 55.2, 10.0, 1.0)
        assert watts == pytest.approx(10.0 * (52.6 + 0.8))

    def test_a_cold_battery_takes_less(self) -> None:
        assert charge_limit_a(90.0, 0.0) == 0.0
        assert charge_limit_a(90.0, 7.5) == pytest.approx(45.0)
        assert charge_limit_a(90.0, 15.0) == charge_limit_a(90.0, 40.0) == 90.0

    def test_a_voltage_limit_below_the_battery_takes_nothing(self) -> None:
        assert accept_w(97.0, open_circuit_v(97.0), AH, 0.08, 54.0, 100.0, 1.0) == 0.0


class TestCharger:
    def test_recovers_no_faster_than_its_ramp(self) -> None:
        watts = 0.0
        for _ in range(3):
            watts = charger_step(watts, 4000.0, 4000.0, 4000.0, 1000.0, 1.0, 1.0)
        assert watts == pytest.approx(3000.0)

    def test_stops_at_command_need_and_sun(self) -> None:
        for possible, command, need in ((900, 5e3, 5e3), (5e3, 900, 5e3), (5e3, 5e3, 900)):
            assert charger_step(0.0, possible, command, need, 1e4, 1.0, 1.0) == 900.0

    def test_falls_at_once_with_the_sun_and_gently_with_the_need(self) -> None:
        assert charger_step(3000.0, 500.0, 5e3, 5e3, 1e3, 1.0, 1.0) == 500.0
        falling = charger_step(3000.0, 4000.0, 5e3, 1000.0, 1e3, 1.0, 1.0)
        assert falling == pytest.approx(1000.0 + 2000.0 * math.exp(-1.0))

    @pytest.mark.parametrize(
        ("given_w", "sun_w", "mode"),
        [(0.0, 4.9, 0), (5.0, 5.0, 2), (988.0, 1000.0, 1), (990.0, 1000.0, 2), (0.0, 3000.0, 1)],
    )
    def test_operation_mode(self, given_w: float, sun_w: float, mode: int) -> None:
        assert operation_mode(given_w, sun_w) == mode


class TestInverter:
    def test_worked_numbers(self) -> None:
        assert dc_for_ac_w(1000.0, 0.94, 25.0) == pytest.approx(1088.83, abs=0.01)
        assert dc_for_ac_w(-1000.0, 0.94, 25.0) == pytest.approx(-915.0)

    @given(st.floats(-5000.0, 5000.0), st.floats(0.8, 1.0), st.floats(0.0, 60.0))
    def test_both_ways_agree(self, ac_w: float, efficiency: float, idle_w: float) -> None:
        back = ac_for_dc_w(dc_for_ac_w(ac_w, efficiency, idle_w), efficiency, idle_w)
        assert back == pytest.approx(ac_w, abs=1e-6)

    @pytest.mark.parametrize(
        ("net_w", "most_w", "room_w", "out_w"),
        [
            (1000.0, 3000.0, 5000.0, -3000.0),  # what is left charges
            (1000.0, 3000.0, 400.0, -400.0),  # no more than there is room for
            (4000.0, 3000.0, 5000.0, 0.0),
            (5500.0, 3000.0, 5000.0, 1500.0),  # what lacks is added
            (7500.0, 3000.0, 5000.0, 3000.0),  # as far as the inverter can
            (-500.0, 3000.0, 2000.0, -2000.0),  # AC-coupled sun and fuel charge together
        ],
    )
    def test_beside_a_generator_of_4_kw(
        self, net_w: float, most_w: float, room_w: float, out_w: float
    ) -> None:
        params = HomeParams(generator_w=4000.0)
        given_w = beside_generator_w(params, 0.0, net_w, most_w, room_w, 60.0)
        assert given_w == pytest.approx(out_w, abs=1e-6)

    @given(
        st.floats(-4000.0, 9000.0), st.floats(-3000.0, 9000.0), st.floats(0, 3000), st.floats(0, 99)
    )
    def test_nothing_flows_back_into_a_generator(
        self, before_w: float, net_w: float, room_w: float, dt_s: float
    ) -> None:
        params = HomeParams(generator_w=4000.0)
        out_w = beside_generator_w(params, before_w, net_w, 3000.0, room_w, dt_s)
        assert net_w - out_w >= 0.0
        assert net_w - out_w <= max(4000.0, net_w - 3000.0) + 1e-9

    def test_frequency_of_an_island(self) -> None:
        assert island_hz(2000.0, 2000.0, 4000.0) == 50.0
        assert island_hz(2000.0, 4000.0, 4000.0) == pytest.approx(51.45)
        assert island_hz(0.0, 4000.0, 4000.0) == pytest.approx(52.7)
        assert island_hz(0.0, 0.0, 0.0) == 50.0


def calibration() -> list[tuple[float, float]]:
    """(percent, watts) as measured, if the measurements lie beside the project."""
    file = Path(__file__).parents[4] / "shared/data/regulator_calibration.csv"
    if not file.is_file():
        pytest.skip("../shared/data/regulator_calibration.csv is not there")
    rows = (line.split(";") for line in file.read_text().split())
    return [(float(pct), float(watts)) for pct, watts in rows]


class TestRegulator:
    def test_measured_worked_numbers(self) -> None:
        assert measured_share(25.0) == pytest.approx(0.09115, abs=1e-5)
        assert measured_share(96.0) == pytest.approx(1.00087, abs=1e-5)
        assert (measured_share(0.0), measured_share(100.0)) == (0.0, 1.0)

    def test_measured_is_not_monotone_at_the_top_only(self) -> None:
        shares = [measured_share(pct / 2.0) for pct in range(201)]
        assert shares[:193] == sorted(shares[:193])
        assert shares[192] > shares[200] > shares[197]

    def test_measured_follows_the_exact_integral(self) -> None:
        for pct in range(101):
            p = pct / 100.0
            exact = p - math.sin(2.0 * math.pi * p) / (2.0 * math.pi)
            assert measured_share(float(pct)) == pytest.approx(exact, abs=0.008)

    def test_the_points_are_the_measurement(self) -> None:
        for pct, watts in calibration():
            assert MEASURED_FULL_W * measured_share(pct) == pytest.approx(watts, abs=26.0)

    def test_measured_scales_with_the_heater_and_keeps_dead_zone_and_snap(self) -> None:
        assert knob_w(25.0, 2000.0, CURVE_MEASURED, 0.0, 0.0) == pytest.approx(182.3, abs=0.1)
        assert knob_w(10.0, 2000.0, CURVE_MEASURED, 10.0, 0.0) == 0.0
        assert knob_w(19.9, 2000.0, CURVE_MEASURED, 0.0, 20.0) == 0.0

    def test_lag(self) -> None:
        assert lagged_pct(0.0, 100.0, 3.0, 3.0) == pytest.approx(63.2, abs=0.02)
        assert lagged_pct(20.0, 70.0, 0.0, 0.1) == 70.0

    def test_play(self) -> None:
        assert spindle_pct(50.0, 50.9, 1.0) == 50.0
        assert spindle_pct(50.0, 52.0, 1.0) == 51.0
        assert spindle_pct(51.0, 50.0, 1.0) == 51.0
        assert spindle_pct(51.0, 49.0, 1.0) == 50.0

    @given(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.sampled_from([0.0, 0.5, 3.0]))
    def test_play_is_never_more_than_stated_and_gone_at_the_ends(
        self, before: float, drive: float, play: float
    ) -> None:
        after = spindle_pct(before, drive, play)
        assert abs(after - drive) <= play + 1e-12
        if drive in {0.0, 100.0}:
            assert after == drive
        elif abs(before - drive) <= play:
            assert after == (before if play else drive)


class TestBoiler:
    def test_phase_angle_curve(self) -> None:
        shares = [knob_w(p, 1.0, CURVE_PHASE_ANGLE, 0.0, 0.0) for p in (0, 25, 50, 75, 100)]
        assert shares == pytest.approx([0.0, 0.14645, 0.5, 0.85355, 1.0], abs=1e-5)

    def test_linear_curve_and_ends(self) -> None:
        assert knob_w(30.0, 2000.0, CURVE_LINEAR, 0.0, 0.0) == pytest.approx(600.0)
        assert knob_w(-5.0, 2000.0, CURVE_LINEAR, 0.0, 0.0) == 0.0
        assert knob_w(140.0, 2000.0, CURVE_LINEAR, 0.0, 0.0) == 2000.0

    def test_dead_zone_and_snap_on(self) -> None:
        assert knob_w(10.0, 2000.0, CURVE_LINEAR, 10.0, 0.0) == 0.0
        assert knob_w(55.0, 2000.0, CURVE_LINEAR, 10.0, 0.0) == pytest.approx(1000.0)
        assert knob_w(19.9, 2000.0, CURVE_LINEAR, 0.0, 20.0) == 0.0
        assert knob_w(20.0, 2000.0, CURVE_LINEAR, 0.0, 20.0) == pytest.approx(400.0)

    @given(st.floats(0.0, 100.0), st.floats(0.0, 100.0), st.floats(0, 50), st.floats(0, 50))
    def test_more_knob_never_less_watts(self, a: float, b: float, dead: float, snap: float) -> None:
        low, high = sorted((a, b))
        assert knob_w(low, 2000.0, 1, dead, snap) <= knob_w(high, 2000.0, 1, dead, snap) <= 2000.0

    def test_thermostat_has_hysteresis(self) -> None:
        assert thermostat_next(True, 69.9, 70.0, 5.0)
        assert not thermostat_next(True, 70.0, 70.0, 5.0)
        assert not thermostat_next(False, 65.1, 70.0, 5.0)
        assert thermostat_next(False, 65.0, 70.0, 5.0)

    def test_losses_and_draw(self) -> None:
        assert tank_loss_w(60.0, 20.0, 1.6) == pytest.approx(64.0)
        assert draw_w(62.0, 12.0, 0.1) == pytest.approx(20_655.0)

    def test_a_kilowatt_hour_warms_200_l_by_4_36_k(self) -> None:
        tank = mixed_tank(40.0, 200.0, 0.0, 1000.0, 0.0, 12.0, 20.0, 3600.0)
        assert tank.low_c == tank.top_c == pytest.approx(44.357, abs=1e-3)

    def test_a_hotter_lower_layer_mixes_with_the_upper(self) -> None:
        tank = layered_tank(50.0, 40.0, 100.0, 100.0, 0, 0, 0, 0, 0, 12.0, 20.0, 1.0)
        assert tank.low_c == tank.top_c == pytest.approx(45.0)
        tank = layered_tank(50.0, 40.0, 50.0, 150.0, 0, 0, 0, 0, 0, 12.0, 20.0, 1.0)
        assert tank.low_c == tank.top_c == pytest.approx(42.5)

    def test_a_draw_passes_through_both_layers(self) -> None:
        tank = layered_tank(45.0, 60.0, 100.0, 100.0, 0, 0, 0, 0, 0.1, 12.0, 20.0, 1.0)
        assert tank.drawn_w == pytest.approx(19_828.8)
        assert (60.0 - tank.top_c) * 413_100.0 == pytest.approx(6196.5, abs=0.1)
        assert (45.0 - tank.low_c) * 413_100.0 == pytest.approx(13_632.3, abs=0.1)


class TestPanel:
    def test_clear_sky(self) -> None:
        sky = clear_sky(30.0)
        assert sky.beam_wm2 * 0.5 + sky.diffuse_wm2 == pytest.approx(489.8, abs=0.1)
        assert clear_sky(0.0) == clear_sky(-20.0) == Irradiance(0.0, 0.0)

    def test_flat_plane_sees_the_global_irradiance(self) -> None:
        sky = Irradiance(800.0, 100.0)
        assert plane_wm2(sky, SunAt(30.0, 17.0), 0.0, 0.0) == pytest.approx(500.0)

    def test_plane_facing_the_sun(self) -> None:
        facing = plane_wm2(Irradiance(800.0, 0.0), SunAt(50.0, -30.0), 40.0, -30.0)
        ground = 800.0 * math.sin(math.radians(50.0)) * 0.2 * (1 - math.cos(math.radians(40.0))) / 2
        assert facing == pytest.approx(800.0 + ground)

    def test_no_beam_from_behind(self) -> None:
        north = plane_wm2(Irradiance(800.0, 0.0), SunAt(20.0, 0.0), 90.0, 180.0)
        assert north == pytest.approx(800.0 * math.sin(math.radians(20.0)) * 0.2 / 2)

    def test_hot_cells_give_less(self) -> None:
        assert panel_w(4400.0, 900.0, 20.0) == pytest.approx(3374.06, abs=0.01)
        assert panel_w(4400.0, 900.0, 35.0) < panel_w(4400.0, 900.0, 5.0)
        assert panel_w(4400.0, 0.0, 20.0) == 0.0
