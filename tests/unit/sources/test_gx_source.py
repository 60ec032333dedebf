"""A whole GX over a real socket: every trap of its protocol, old and new firmware, faults."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.clock import Deadline
from pvopt.config.sources import GxModbus, GxUnits
from pvopt.decide.gates import gate_step
from pvopt.decide.site_now import site_now
from pvopt.errors import SourceError
from pvopt.model import Alarm, EssState, Instant, LimitWhy, Site, Why
from pvopt.sources.collect import Collector
from pvopt.sources.victron_modbus import GxModbusSource, firmware_text, is_shaky
from tests.gx_rig import BUDGET_S, SLACK, GxRig
from tests.modbus_standin import Devices, RawServer, home
from tests.unit.decide.samples import settings

FIRMWARES = ["1.0.54", "1.0.82", "1.0.101"]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[GxRig]:
    with GxRig(tmp_path) as gx:
        yield gx


def numbers(site: Site) -> tuple[float | None, ...]:
    return (
        site.grid_w.value,
        site.grid_phase_w[0].value,
        site.pv_w.value,
        site.load_w.value,
        site.battery_w.value,
        site.battery_v.value,
        site.soc_pct.value,
        site.inverter_out_w.value,
        site.frequency_hz.value,
        site.grid_setpoint_w.value,
    )


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_the_same_home_on_every_firmware(tmp_path: Path, firmware: str) -> None:
    with GxRig(tmp_path, firmware=firmware) as rig:
        site = rig.site()
        assert numbers(site) == (-350, -350, 1500, 900, 200, 54.0, 86.5, 1250, 50.01, 50)
        assert (site.grid_up, site.generator, site.summed_metering) == (True, False, True)
        assert site.ess_state == EssState.OPTIMIZED
        assert site.alarms == ()
        assert [d.id for d in site.pv] == ["solarcharger:226"]
        assert site.pv[0].limited is True
        assert site.limits.charge_v == 55.2
        assert site.limits.ess_min_soc_pct == 20
        assert (site.feed_in.dc_allowed, site.feed_in.ac_allowed) == (True, True)


@pytest.mark.parametrize("firmware", FIRMWARES)
def test_nothing_but_reads_is_ever_sent(tmp_path: Path, firmware: str) -> None:
    with GxRig(tmp_path, firmware=firmware, units=GxUnits(), scan=True) as rig:
        for _ in range(30):
            rig.look()
        rig.devices.unplug("grid", 30)
        rig.server.drop()
        for _ in range(3):
            rig.look()
        assert set(rig.server.functions) <= {3, 4}
        assert len(rig.server.functions) > 1000


def test_a_refused_block_is_not_asked_again(tmp_path: Path) -> None:
    with GxRig(tmp_path, firmware="1.0.54") as rig:
        rig.site(7)
        rig.server.asked.clear()
        rig.site(12)
        asked = set(rig.server.asked)
        assert (100, 800, 120) not in asked
        assert (100, 884, 36) not in asked
        assert (226, 771, 23) not in asked
        assert {(100, 806, 21), (100, 840, 7), (100, 850, 2), (226, 771, 21)} <= asked


def test_a_gap_costs_only_its_own_numbers(tmp_path: Path) -> None:
    with GxRig(tmp_path, firmware="1.0.82") as rig:
        site = rig.site()
        assert site.limits.inverter_w is None
        assert site.limits.charge_w is not None
        missing = rig.source.describe(rig.instant).not_offered
        assert "vebus 130-131 (unit 227)" in missing
        assert not any("806" in block for block in missing)


def test_new_firmware_is_noticed_after_the_gx_was_away(tmp_path: Path) -> None:
    with GxRig(tmp_path, firmware="1.0.54") as rig:
        assert rig.site().limits.inverter_w is None
        rig.server.stop()
        for _ in range(2):
            with pytest.raises(SourceError):
                rig.look()
        rig.again("1.0.101")
        assert rig.site(2).limits.inverter_w == 3000


# a missing value reads 0 ---------------------------------------------------------------------


def test_no_battery_voltage_means_no_soc_and_no_power(tmp_path: Path) -> None:
    devices = home()
    devices.put("system", 100, 840, 0, 0, 0, 0)
    with GxRig(tmp_path, devices) as rig:
        site = rig.site()
        assert (site.battery_v.value, site.battery_w.value, site.soc_pct.value) == (None,) * 3
        assert site.grid_w.value == -350


def test_a_battery_that_was_there_and_is_lost_is_a_fault(rig: GxRig) -> None:
    rig.site()
    rig.devices.put("system", 100, 840, 0, 0, 0, 0)
    with pytest.raises(SourceError, match="lost its battery"):
        rig.look()
    rig.restart()
    with pytest.raises(SourceError, match="lost its battery"):
        rig.look()
    rig.devices.put("system", 100, 840, 1, 0, 0, 50)
    assert rig.site().battery_v.value == 0.1


def test_soc_0_is_missing(rig: GxRig) -> None:
    rig.devices.put("system", 100, 843, 0)
    assert rig.site().soc_pct.value is None
    rig.devices.put("system", 100, 843, 1)
    assert rig.site().soc_pct.value == 1


@pytest.mark.parametrize(
    ("raw", "status", "celsius"),
    [(4725, 0, 47.25), (0, 0, None), (1, 0, 0.01), (4725, 1, None), (-100, 0, -1.0)],
)
def test_temperature_0_or_a_sick_sensor_is_missing(
    tmp_path: Path, raw: int, status: int, celsius: float | None
) -> None:
    devices = home()
    devices.put("temperature", 24, 3304, raw, status)
    with GxRig(tmp_path, devices) as rig:
        found = rig.temperatures()
        assert found["gx:24"].value == celsius
        assert found["gx:water_heater"].value == celsius


def test_another_kind_of_sensor_is_no_water_heater(rig: GxRig) -> None:
    rig.devices.put("temperature", 24, 3303, 2)
    assert set(rig.temperatures()) == {"gx:24"}


def test_absent_phases_are_missing_until_seen(rig: GxRig) -> None:
    assert [r.value for r in rig.site().grid_phase_w] == [-350, None, None]
    rig.devices.put("system", 100, 819, 120)
    rig.devices.put32("system", 100, 906, 120)
    assert [r.value for r in rig.site().grid_phase_w] == [-350, 0, 0]


def test_mpp_mode_0_with_power_is_unknown_and_at_night_not_limited(rig: GxRig) -> None:
    rig.devices.put("solarcharger", 226, 791, 0)
    rig.devices.put("solarcharger", 226, 3731, 0)
    assert rig.site().pv[0].limited is None
    rig.devices.put("solarcharger", 226, 775, 0)
    rig.devices.put32("solarcharger", 226, 792, 0)
    assert rig.site().pv[0].limited is False


def test_limits_whose_none_reads_0_are_unknown_without_the_new_registers(tmp_path: Path) -> None:
    with GxRig(tmp_path, firmware="1.0.82") as rig:
        assert rig.site().feed_in.cap_w is None
        rig.devices.put("settings", 100, 2706, 15)
        rig.site(6)
        assert rig.site().feed_in.cap_w == 1500


def test_a_cap_of_0_is_a_cap_where_the_new_register_says_so(rig: GxRig) -> None:
    assert rig.site().feed_in.cap_w is None
    rig.devices.put32("settings", 100, 2722, 0)
    rig.site(6)
    assert rig.site().feed_in.cap_w == 0


# a device or the server is gone -----------------------------------------------------------------


def test_a_lost_meter_is_seen_though_unit_100_goes_on(rig: GxRig) -> None:
    assert rig.site().alarms == ()
    rig.devices.unplug("grid", 30)
    rig.devices.put32("system", 100, 908, -480)
    site = rig.site()
    assert site.alarms == (Alarm.METER_LOST,)
    assert site.grid_w.value == -480
    rig.devices.plug("grid", 30)
    assert rig.site().alarms == ()


def test_no_meter_is_no_fault_where_ess_runs_without_one(rig: GxRig) -> None:
    rig.devices.put("settings", 100, 2718, 1)
    rig.site(7)
    rig.devices.unplug("grid", 30)
    assert rig.site().alarms == ()


@pytest.mark.parametrize(("seconds", "lost"), [(9, False), (12, True)])
def test_a_silent_meter_is_lost_after_10_seconds(rig: GxRig, seconds: int, lost: bool) -> None:
    rig.site()
    rig.server.silent.add(("grid", 30))
    assert (Alarm.METER_LOST in rig.site(seconds).alarms) is lost


def test_meter_and_inverter_lost_read_0_and_are_a_fault(rig: GxRig) -> None:
    rig.site()
    rig.devices.unplug("grid", 30)
    rig.devices.unplug("vebus", 227)
    rig.devices.put("system", 100, 820, 0)
    rig.devices.put("system", 100, 826, 0)
    with pytest.raises(SourceError, match="neither its grid meter nor its AC input"):
        rig.look()


def unanswered(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one for one in caplog.messages if "no answer from" in one]


@pytest.mark.parametrize(("seconds", "count"), [(9, 0), (12, 1), (60, 1)])
def test_a_wrong_unit_id_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, seconds: int, count: int
) -> None:
    with GxRig(tmp_path, units=GxUnits(chargers=(226, 55))) as rig:
        rig.site()
        rig.site(seconds)
        rig.site()
    text = "gx: no answer from solar charger unit 55 (sources.units.chargers)"
    assert unanswered(caplog) == [text] * count


def test_a_wrong_meter_is_told_with_what_it_looks_like(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with GxRig(tmp_path, units=GxUnits(grid_meter=55)) as rig:
        assert Alarm.METER_LOST in rig.site(15).alarms
    [text] = unanswered(caplog)
    assert "grid meter unit 55 (sources.units.grid_meter)" in text
    assert "lost meter" in text


def test_a_unit_that_answered_once_is_no_wrong_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with GxRig(tmp_path, units=GxUnits(chargers=(226,), grid_meter=30)) as rig:
        rig.site()
        rig.devices.unplug("solarcharger", 226)
        rig.site(30)
    assert unanswered(caplog) == []


def test_an_absent_charger_costs_only_itself(rig: GxRig) -> None:
    rig.site()
    rig.devices.unplug("solarcharger", 226)
    site = rig.site()
    assert site.pv == ()
    assert site.pv_w.value == 1500
    rig.devices.plug("solarcharger", 226, home().raw["solarcharger", 226])
    assert len(rig.site().pv) == 1


def test_a_hanging_driver_costs_only_its_own_numbers(rig: GxRig) -> None:
    rig.site()
    rig.server.silent.add(("solarcharger", 226))
    site = rig.site()
    assert rig.took_s < BUDGET_S * SLACK
    assert site.grid_w.value == -350
    assert site.frequency_hz.value == 50.01
    rig.site(2)
    rig.server.asked.clear()
    assert numbers(rig.site(25))[0] == -350
    assert not any(unit == 226 for unit, _, _ in rig.server.asked)
    assert rig.site().pv[0].limited is None
    rig.server.silent.clear()
    rig.site(31)
    assert rig.site().pv[0].limited is True


def test_a_silent_server_does_not_put_its_units_aside(rig: GxRig) -> None:
    rig.site()
    everything = set(rig.devices.raw)
    rig.server.silent |= everything
    for _ in range(3):
        with pytest.raises(SourceError, match="no answer from 127"):
            rig.look()
        assert rig.took_s < BUDGET_S * SLACK
    rig.server.silent.clear()
    site = rig.site()
    assert site.pv[0].power_w.at_s == rig.now_s
    assert site.alarms == ()


def test_a_frozen_server_is_seen_by_its_clock(rig: GxRig) -> None:
    rig.site(2)
    rig.server.clock_step_s = 0
    for _ in range(5):
        rig.look()
    with pytest.raises(SourceError, match="stands still"):
        rig.look()
    rig.server.clock_step_s = -3600  # NTP may set it back: it moves
    assert rig.site().grid_w.value == -350


def test_numbers_grow_old_with_a_clock_that_stands(rig: GxRig) -> None:
    """Two seconds prove nothing, for the clock goes on in whole ones."""
    rig.site(2)
    moved_s = rig.now_s
    rig.server.clock_step_s = 0
    ages_s = [-rig.site().at_s + rig.now_s for _ in range(5)]
    assert ages_s == [0, 0, 3, 4, 5]
    assert rig.now_s == moved_s + 5
    rig.server.clock_step_s = 1
    assert rig.site().at_s == rig.now_s


@pytest.mark.parametrize(("step_s", "age_s"), [(2.0, 0.0), (2.1, 2.1)])
def test_the_edge_of_doubt_in_a_clock(rig: GxRig, step_s: float, age_s: float) -> None:
    rig.site(2)
    rig.server.clock_step_s = 0
    site = rig.look(step_s).site
    assert site is not None
    assert rig.now_s - site.at_s == pytest.approx(age_s)


def test_a_gx_without_a_clock_is_believed(rig: GxRig) -> None:
    rig.site(2)
    clock_utc_s = rig.source.describe(rig.instant).clock_utc_s
    assert clock_utc_s is not None
    rig.server.clock_step_s = -int(clock_utc_s)
    rig.look()
    rig.server.clock_step_s = 0
    assert rig.site(9).at_s == rig.now_s
    assert rig.source.describe(rig.instant).clock_utc_s is None


@pytest.mark.parametrize(("after_s", "off"), [(7, False), (8, True), (9, True), (10, True)])
def test_off_within_ten_seconds_of_a_freeze(rig: GxRig, after_s: int, off: bool) -> None:
    """The last good sample is the one with which the clock last went on."""
    collector = Collector([rig.source])
    for _ in range(2):
        rig.now_s += 1
        collector.collect(rig.instant)
    rig.server.clock_step_s = 0
    for _ in range(after_s):
        rig.now_s += 1
        snapshot = collector.collect(rig.instant)
    now = site_now(snapshot.site, snapshot.instant)
    gate = gate_step(settings().site, now, True, 1e9, False, -1e9, True, True)
    assert (gate.why == Why.STALE) == off
    assert gate.urgent == off


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6, 10, 11])
def test_any_exception_for_the_core_is_a_fault_and_passes(rig: GxRig, code: int) -> None:
    rig.site()
    rig.server.answers_with = code
    with pytest.raises(SourceError):
        rig.look()
    rig.server.answers_with = None
    assert rig.site().grid_w.value == -350
    assert rig.server.connections == 1


def test_a_wrong_system_unit_is_named(tmp_path: Path) -> None:
    with (
        GxRig(tmp_path, units=GxUnits(system=99)) as rig,
        pytest.raises(SourceError, match=r"unit 99, register 800: the unit is absent \(0x0A\)"),
    ):
        rig.look()


def test_something_else_on_the_port_is_no_gx(tmp_path: Path) -> None:
    with (
        GxRig(tmp_path, Devices()) as rig,
        pytest.raises(SourceError, match="absent"),
    ):
        rig.look()


def test_it_comes_back_by_itself_when_the_gx_reboots(rig: GxRig) -> None:
    rig.site()
    rig.server.stop()
    for _ in range(5):
        with pytest.raises(SourceError, match=r"is Modbus TCP switched on|closed"):
            rig.look()
        assert rig.took_s < BUDGET_S * SLACK
    rig.again()
    assert rig.site().at_s == rig.now_s
    assert rig.server.connections == 1


def test_a_refused_connection_is_tried_once_a_tick(
    rig: GxRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.server.stop()
    tried: list[object] = []
    connect = socket.create_connection

    def counted(*args: object, **more: object) -> socket.socket:
        tried.append(args)
        return connect(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", counted)
    for _ in range(4):
        with pytest.raises(SourceError):
            rig.look()
    assert len(tried) == 4


def test_a_name_is_looked_up_in_the_background(tmp_path: Path) -> None:
    with GxRig(tmp_path) as rig:
        config = GxModbus(host="localhost", port=rig.server.port, units=rig.config.units)
        source = GxModbusSource(config, tmp_path)
        for tick in range(200):
            try:
                site = source.read(Instant(10.0 + tick, 0.0), BUDGET_S).site
                break
            except SourceError as fault:
                assert "localhost" in str(fault)
                threading.Event().wait(0.02)
        source.close()
        assert site is not None and site.grid_w.value == -350


def test_the_budget_holds_while_every_answer_drips(tmp_path: Path) -> None:
    def drip(wire: socket.socket, request: bytes) -> None:
        wire.settimeout(0.05)
        for octet in request[:4] + b"\0\xf3" + request[6:7] + b"\3\xf0" + bytes(240):
            wire.sendall(bytes((octet,)))
            try:
                wire.recv(1)
            except TimeoutError:
                continue

    with RawServer(drip) as server:
        source = GxModbusSource(GxModbus(host="127.0.0.1", port=server.port), tmp_path)
        clock = Deadline(100.0)
        with pytest.raises(SourceError):
            source.read(Instant(1.0, 0.0), BUDGET_S)
        assert 100.0 - clock.left_s() < BUDGET_S * 1.5
        source.close()


# kinds of home ----------------------------------------------------------------------


def test_a_home_of_ac_coupled_panels_only(tmp_path: Path) -> None:
    devices = home()
    devices.unplug("solarcharger", 226)
    devices.put("system", 100, 850, 0)
    devices.put32("system", 100, 890, 2100)
    devices.plug("pvinverter", 20)
    devices.put32("pvinverter", 20, 1052, 2100)
    devices.put32("pvinverter", 20, 1054, 5000)
    devices.put32("pvinverter", 20, 1056, 2150)
    with GxRig(tmp_path, devices) as rig:
        site = rig.site()
        assert site.pv_w.value == 2100
        assert [(d.id, d.power_w.value, d.limited, d.limit_why) for d in site.pv] == [
            ("pvinverter:20", 2100, True, LimitWhy.NEAR_LIMIT)
        ]


def test_a_home_with_an_rs(tmp_path: Path) -> None:
    devices = home()
    for kind, unit in (("solarcharger", 226), ("vebus", 227), ("grid", 30)):
        devices.unplug(kind, unit)
    devices.plug("multi", 1)
    devices.put("multi", 1, 4506, -30)
    devices.put("multi", 1, 4516, 120)
    devices.put("multi", 1, 4519, 5020)
    devices.put("multi", 1, 4524, 1, 0, 5300)
    devices.put("multi", 1, 4530, 252, 3)
    devices.put("multi", 1, 4540, 3000)
    devices.put("multi", 1, 4598, 1800, 1200)
    devices.put("multi", 1, 4605, 1, 2)
    with GxRig(tmp_path, devices, units=GxUnits(multis=(1,), battery=225)) as rig:
        site = rig.site()
        assert [(d.id, d.power_w.value, d.limited) for d in site.pv] == [
            ("multi:1/1", 1800, True),
            ("multi:1/2", 1200, False),
            ("multi:1/3", 0, None),
            ("multi:1/4", 0, None),
        ]
        assert site.inverter_out_w.value == 1500
        assert site.ess_state == EssState.OPTIMIZED
        assert site.alarms == ()


def test_an_island(rig: GxRig) -> None:
    rig.devices.put("system", 100, 826, 240)
    rig.devices.put("vebus", 227, 29, 240, 0, 9)
    rig.devices.put("vebus", 227, 21, 5040)
    site = rig.site()
    assert (site.grid_up, site.generator, site.ess_state) == (False, False, EssState.ISLAND)
    assert site.frequency_hz.value == 50.4


def test_a_generator_counts_as_import(rig: GxRig) -> None:
    rig.devices.put("system", 100, 826, 2)
    rig.devices.put32("system", 100, 908, 0)
    rig.devices.put32("system", 100, 914, 2500)
    site = rig.site()
    assert (site.grid_up, site.generator) == (False, True)
    assert site.grid_w.value == 2500
    assert site.ess_state == EssState.OPTIMIZED


def test_three_phases_with_opposite_flows(rig: GxRig) -> None:
    rig.devices.put("vebus", 227, 28, 3)
    for phase, watts in enumerate((-1500, 1500, 0)):
        rig.devices.put32("system", 100, 908 + 2 * phase, watts)
    site = rig.site()
    assert site.grid_w.value == 0
    assert [r.value for r in site.grid_phase_w] == [-1500, 1500, 0]


def test_more_than_32_kw_needs_no_luck(tmp_path: Path) -> None:
    devices = home()
    devices.put("system", 100, 820, 40000)
    devices.put32("grid", 30, 2638, 40000)
    with GxRig(tmp_path, devices, firmware="1.0.82") as rig:
        assert rig.site().grid_w.value == 40000


@pytest.mark.parametrize("override", [-1500, 30])
def test_an_override_goes_before_the_set_point(rig: GxRig, override: int) -> None:
    rig.devices.put32("hub4", 100, 2716, override)
    assert rig.site().grid_setpoint_w.value == override


def test_pv_inverter_that_draws_at_night_is_not_65_kw(tmp_path: Path) -> None:
    devices = home()
    devices.put("system", 100, 808, -5)
    devices.put32("system", 100, 884, -5)
    for firmware in ("1.0.82", "1.0.101"):
        with GxRig(tmp_path, devices, firmware=firmware) as rig:
            assert rig.site().pv_w.value == 1500


def test_a_charger_above_6553_w_is_read_where_it_fits(tmp_path: Path) -> None:
    for firmware in ("1.0.82", "1.0.101"):
        devices = home()
        devices.put("solarcharger", 226, 789, 464)
        devices.put32("solarcharger", 226, 792, 6600)
        devices.put("solarcharger", 226, 3730, 6600)
        with GxRig(tmp_path, devices, firmware=firmware) as rig:
            assert rig.site().pv[0].power_w.value == 6600


@pytest.mark.parametrize(
    ("number", "text", "shaky"),
    [
        (None, "", False),
        (0, "", False),
        (0xFFFFFFFF, "", False),
        (0x036500FF, "3.65", False),
        (0x03700012, "3.70 beta 12", True),
        (0x037000FF, "3.70", False),
        (0x03700000, "3.70", False),
        (0x03720001, "3.72 beta 1", False),
    ],
)
def test_firmware(number: float | None, text: str, shaky: bool) -> None:
    assert firmware_text(number) == text
    assert is_shaky(number) is shaky


def test_a_day_of_ticks_keeps_one_connection_and_few_requests(rig: GxRig) -> None:
    rig.site(8)
    rig.server.asked.clear()
    rig.site(40)
    assert rig.server.connections == 1
    assert len(rig.server.asked) / 40 <= 12


def test_a_slow_line_keeps_the_budget_and_starves_no_device(tmp_path: Path) -> None:
    """As over a distant VPN: not all fits into a tick, but everything gets its turn."""
    devices = home()
    for unit in range(30, 42):
        devices.plug("solarcharger", unit, dict(devices.raw["solarcharger", 226]))
    named = GxUnits(vebus=227, grid_meter=30, chargers=tuple(range(30, 42)), battery=225)
    with GxRig(tmp_path, devices, units=named) as rig:
        rig.server.latency_s = 0.02
        rig.budget_s = 0.3
        for _ in range(4):
            site = rig.site()
            assert rig.took_s < rig.budget_s * 1.5
            assert site.at_s == rig.now_s
        assert all(rig.now_s - device.power_w.at_s <= 3 for device in site.pv)
        assert len(site.pv) == 12


def test_one_late_answer_puts_a_unit_aside_for_a_moment_only(rig: GxRig) -> None:
    rig.site()
    rig.server.silent.add(("vebus", 227))
    rig.site()
    rig.server.silent.clear()
    assert rig.site(2).frequency_hz.value == 50.01
    assert rig.source.describe(rig.instant).units[-1] == ("vebus", 227, True)
    rig.server.asked.clear()
    rig.site()
    assert (227, 3, 34) in rig.server.asked
