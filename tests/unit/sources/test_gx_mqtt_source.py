"""A GX that publishes: found by itself, whole before it counts, off in time, never written to."""

from __future__ import annotations

import ast
import json
import logging
import math
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pvopt.errors import SourceError
from pvopt.model import Alarm, Instant
from pvopt.shared_links import KEEPALIVE
from pvopt.sources.collect import Collector
from pvopt.sources.gx_upkeep import SPARE
from tests.gx_mqtt_rig import GxMqttRig
from tests.gx_told import numbers_of
from tests.modbus_standin import Devices, home
from tests.mqtt_gx import PORTAL

ROOT = Path(__file__).parents[3]


@pytest.fixture
def rig(tmp_path: Path) -> GxMqttRig:
    return GxMqttRig(tmp_path)


def fault_of(rig: GxMqttRig, step_s: float = 1.0) -> str:
    with pytest.raises(SourceError) as caught:
        rig.look(step_s)
    return str(caught.value)


# Beginning ------------------------------------------------------------------------------


def test_the_portal_id_is_found_and_all_is_asked_for_once(rig: GxMqttRig) -> None:
    assert "has not told all numbers yet" in fault_of(rig)
    assert rig.look().site is not None
    assert [topic for topic, _ in rig.link.sent] == [f"R/{PORTAL}/keepalive"]


def test_without_a_connection_its_fault_is_told(tmp_path: Path) -> None:
    rig = GxMqttRig(tmp_path)
    rig.link.lose("nobody listens at venus.local:1883")
    assert fault_of(rig) == "nobody listens at venus.local:1883"


def test_a_broker_that_is_no_gx(tmp_path: Path) -> None:
    rig = GxMqttRig(tmp_path, portal_id="abc")
    assert rig.link.cells.keys() == {"N/abc/#"}
    assert "has not told all numbers yet" in fault_of(rig, 30.0)
    other = GxMqttRig(tmp_path)
    for cell in other.link.cells.values():
        cell._latest.clear()
    assert "has not told the portal id of a GX" in fault_of(other)


def test_of_several_gx_one_must_be_named(rig: GxMqttRig) -> None:
    rig.link.arrive("N/aaaabbbbcccc/system/0/Serial", '{"value": "aaaabbbbcccc"}', retained=True)
    words = "speaks for several GX, set portal_id to one of: aaaabbbbcccc, c0619ab7e520"
    assert words in fault_of(rig)
    assert rig.link.sent == []


def test_a_portal_id_that_is_none_is_not_asked(tmp_path: Path) -> None:
    rig = GxMqttRig(tmp_path)
    for cell in rig.link.cells.values():
        cell._latest.clear()
    rig.link.arrive("N/a keepalive/system/0/Serial", '{"value": "x"}', retained=True)
    assert "has not told the portal id of a GX" in fault_of(rig)
    assert rig.link.sent == []


# Freshness ------------------------------------------------------------------------------


def test_what_does_not_change_is_as_fresh_as_the_heartbeat(rig: GxMqttRig) -> None:
    rig.samples()
    ages = []
    for _ in range(120):
        site = rig.look().site
        assert site is not None
        assert site.grid_w.at_s == site.pv[0].power_w.at_s == site.at_s
        ages.append(rig.now_s - site.at_s)
    assert (min(ages), max(ages)) == (0.0, 2.0)


def test_a_number_of_the_whole_system_is_a_sign_of_life(rig: GxMqttRig) -> None:
    rig.samples()
    for watts in range(30):
        rig.now_s += 0.5
        rig.link.at(rig.now_s)
        rig.tell(system_0_Ac_Grid_L1_Power=watts)
        site = rig.look(0.0).site
        assert site is not None
        assert (site.grid_w.value, site.at_s) == (watts, rig.now_s)


@pytest.mark.parametrize("connected", [True, False])
def test_off_within_ten_seconds_of_the_last_sign(rig: GxMqttRig, connected: bool) -> None:
    """7 s of allowed age and a tick; the last good sample was at most 3 s before."""
    collector = Collector([rig.source])
    rig.samples()
    rig.look()
    last_s = rig.now_s
    rig.link.gx.dead = True
    if not connected:
        rig.link.lose()
    fresh = {}
    for second in range(1, 12):
        rig.now_s += 1.0
        rig.link.at(rig.now_s)
        site = collector.collect(rig.instant).site
        assert site is not None
        fresh[second] = site.at_s >= last_s - 3.0 and rig.now_s - site.at_s <= site.allowed_age_s
    assert fresh[6]
    assert not any(fresh[second] for second in range(8, 12))
    words = "its GX is silent for more than 7 s" if connected else "closed the connection"
    assert words in collector.collect(rig.instant).health[0].fault


def test_a_device_that_goes_on_is_no_sign_of_life_of_the_system(rig: GxMqttRig) -> None:
    rig.samples()
    rig.link.gx.beats = False
    rig.link.gx.deaf = True
    for celsius in range(40, 47):
        rig.tell(temperature_24_Temperature=celsius)
        assert rig.look().site is not None
    rig.tell(temperature_24_Temperature=50)
    assert "its GX is silent for more than 7 s" in fault_of(rig)


def test_a_gx_that_restarts_with_another_clock_is_believed_at_once(rig: GxMqttRig) -> None:
    rig.samples()
    rig.look(10.0)
    rig.link.lose()
    rig.link.gx.clock_s -= 1e6
    rig.link.gx.alive_until_s = rig.now_s
    rig.look(2.0)
    rig.link.connect()
    fault_of(rig)
    site = rig.look().site
    assert site is not None
    assert rig.now_s - site.at_s <= 1.0


def test_a_keepalive_that_does_not_arrive_ends_it(rig: GxMqttRig) -> None:
    """The GX says nothing of it: after 60 s it just publishes no more."""
    rig.samples()
    rig.link.gx.deaf = True
    last = [rig.look().site for _ in range(60)][-1]
    assert last is not None
    assert rig.now_s - last.at_s <= 3.0
    assert "its GX is silent for more than 7 s" in fault_of(rig, 10.0)


def test_what_waited_in_the_wires_is_old(rig: GxMqttRig) -> None:
    rig.samples()
    for _ in range(10):
        rig.look()
    gx = rig.link.gx
    gx.clock_s -= 30.0  # from here on all is told half a minute late
    rig.tell(system_0_Ac_Grid_L1_Power=-3000)
    assert "come late: they waited on their way" in fault_of(rig, 3.0)
    gx.clock_s += 30.0
    assert rig.look(3.0).site is not None


# Connections and what is whole ----------------------------------------------------------


def test_what_changed_while_nobody_listened_is_not_missed(rig: GxMqttRig) -> None:
    rig.samples()
    rig.link.lose()
    rig.tell(settings_0_Settings_CGwacs_Hub4Mode=3)
    assert rig.look(2.0).site is not None  # still young enough
    rig.link.connect()
    rig.link.gx.completes = False
    assert "has not told all numbers yet" in fault_of(rig)
    rig.link.gx.completes = True
    fault_of(rig, 5.0)
    site = rig.look().site
    assert site is not None
    assert site.summed_metering is None  # mode 3, that of external control
    assert len(rig.link.sent) == 3


def test_a_topic_that_is_not_told_any_more_is_forgotten(rig: GxMqttRig) -> None:
    """Its empty message was lost; the next time that all is told it is not among it."""
    assert rig.site().limits.charge_v == 55.2
    rig.link.gx.numbers = {n: v for n, v in rig.link.gx.numbers.items() if "battery" not in n}
    voltages = set()
    for _ in range(302):
        site = rig.look().site
        assert site is not None
        voltages.add(site.limits.charge_v)
    assert voltages == {55.2, None}


# null, gone, rubbish ---------------------------------------------------------------------


def test_null_is_missing(rig: GxMqttRig) -> None:
    rig.samples()
    rig.tell(
        system_0_Dc_Battery_Soc=None,
        solarcharger_279_MppOperationMode=None,
        solarcharger_279_Pv_0_MppOperationMode=None,
    )
    site = rig.look().site
    assert site is not None
    assert site.soc_pct.value is None
    assert site.pv[0].limited is None


@pytest.mark.parametrize("value", [None, [], "", "broken", {}])
def test_a_missing_grid_power_is_a_fault(rig: GxMqttRig, value: object) -> None:
    """On the grid null is no 0 W, as it is over Modbus. (Old firmware writes [] for it.)"""
    rig.samples()
    rig.link.arrive(f"N/{PORTAL}/system/0/Ac/Grid/L1/Power", json.dumps({"value": value}))
    assert fault_of(rig) == "the GX did not give its grid power"
    rig.tell(system_0_Ac_Grid_L1_Power=100)
    assert rig.look().site is not None


@pytest.mark.parametrize(
    "payload",
    [
        "x",
        "5",
        '{"power": 5}',
        '{"value": NaN}',
        '{"value": 1e300}',
        '{"value": 1' + "0" * 400 + "}",
    ],
)
def test_rubbish_is_missing_and_told_once(
    rig: GxMqttRig, payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig.samples()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            rig.link.arrive(f"N/{PORTAL}/system/0/Ac/Grid/L1/Power", payload)
            assert fault_of(rig) == "the GX did not give its grid power"
    assert len(caplog.records) == 1
    assert f"a message of N/{PORTAL}/system/0/Ac/Grid/L1/Power " in caplog.text


TOPICS = sorted(numbers_of(home().raw))
PAYLOADS = st.one_of(
    st.sampled_from(["", "{}", "[]", "x", '{"value": null}', '{"value": true}', '{"value": "3"}']),
    st.integers(-(10**9), 10**9).map(lambda n: f'{{"value": {n}}}'),
    st.floats().map(lambda n: json.dumps({"value": n})),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(TOPICS), PAYLOADS), max_size=40))
def test_whatever_is_told_it_is_a_site_or_a_source_error(
    tmp_path: Path, told: list[tuple[str, str]]
) -> None:
    rig = GxMqttRig(tmp_path)
    rig.samples()
    for topic, payload in told:
        rig.link.arrive(f"N/{PORTAL}/{topic}", payload)
    try:
        samples = rig.look()
    except SourceError as fault:
        assert str(fault)
        return
    site = samples.site
    assert site is not None
    readings = (site.grid_w, site.pv_w, site.load_w, site.battery_w, site.soc_pct, site.battery_v)
    assert all(one.value is None or math.isfinite(one.value) for one in readings)
    assert all(one.value is None or one.value >= 0 for one in (site.pv_w, site.load_w))
    assert site.soc_pct.value is None or 0 < site.soc_pct.value <= 100
    assert site.at_s <= rig.now_s


def without(devices: Devices, *gone: tuple[str, int]) -> None:
    for kind, unit in gone:
        devices.unplug(kind, unit)


def test_a_lost_meter_is_seen_though_the_system_goes_on(rig: GxMqttRig) -> None:
    assert rig.site().alarms == ()
    without(rig.devices, ("grid", 30))
    rig.tell()
    site = rig.look().site
    assert site is not None
    assert site.alarms == (Alarm.METER_LOST,)
    rig.restart()  # what was there once is remembered
    assert rig.site().alarms == (Alarm.METER_LOST,)
    rig.devices.put("settings", 100, 2718, 1)  # unless the ESS is told to do without
    rig.tell()
    site = rig.look().site
    assert site is not None
    assert site.alarms == ()


def test_no_meter_from_the_beginning_is_no_fault(tmp_path: Path) -> None:
    rig = GxMqttRig(tmp_path)
    without(rig.devices, ("grid", 30))
    rig.tell()
    assert rig.site().alarms == ()


def test_meter_and_inverter_lost_are_a_fault(rig: GxMqttRig) -> None:
    rig.samples()
    without(rig.devices, ("grid", 30), ("vebus", 227))
    rig.tell(system_0_Ac_Grid_L1_Power=None, system_0_Ac_ActiveIn_Source=None)
    assert fault_of(rig) == "the GX knows neither its grid meter nor its AC input"


def test_a_battery_that_was_there_and_is_lost_is_a_fault(rig: GxMqttRig) -> None:
    rig.samples()
    lost = dict.fromkeys(
        f"system_0_Dc_Battery_{what}" for what in ("Voltage", "Current", "Power", "Soc")
    )
    rig.tell(**lost)
    assert "lost its battery's readings" in fault_of(rig)
    rig.restart()
    rig.tell(**lost)
    with pytest.raises(SourceError, match="lost its battery's readings"):
        rig.samples()


def test_the_whole_system_gone_is_a_fault(rig: GxMqttRig) -> None:
    rig.samples()
    told = {n: v for n, v in rig.link.gx.numbers.items() if not n.startswith("system/")}
    rig.link.gx.tell(told, rig.now_s)
    assert "tells no numbers of the whole system" in fault_of(rig)


def test_a_charger_that_is_gone_costs_only_itself(rig: GxMqttRig) -> None:
    rig.samples()
    without(rig.devices, ("solarcharger", 226))
    rig.tell()
    site = rig.look().site
    assert site is not None
    assert site.pv == ()
    assert (("solarcharger", 279, False)) in rig.source.describe(rig.instant).units


def test_fractions_are_quantised_and_no_sun_is_below_0(rig: GxMqttRig) -> None:
    rig.tell(
        system_0_Ac_Grid_L1_Power=-350.4567,
        system_0_Dc_Battery_Voltage=54.0123456,
        system_0_Ac_PvOnGrid_L1_Power=-4.2,
        temperature_24_Temperature=47.256789,
    )
    site = rig.site()
    assert (site.grid_w.value, site.battery_v.value, site.pv_w.value) == (-350, 54.0, 1500)
    assert rig.temperatures()["gx:water_heater"].value == 47.26


def test_three_phases_once_seen_remain(rig: GxMqttRig) -> None:
    rig.tell(**{f"system_0_Ac_Grid_L{phase}_Power": 10.0 * phase for phase in (1, 2, 3)})
    assert [one.value for one in rig.site().grid_phase_w] == [10, 20, 30]
    without(rig.devices, ("vebus", 227))
    rig.tell(**{f"system_0_Ac_Grid_L{phase}_Power": 0 for phase in (1, 2, 3)})
    site = rig.look().site
    assert site is not None
    assert [one.value for one in site.grid_phase_w] == [0, 0, 0]
    rig.tell(system_0_Ac_Grid_L1_Power=0, system_0_Ac_Grid_L2_Power=None)
    assert fault_of(rig) == "the GX did not give its grid power"


def test_two_trackers_are_two_devices(rig: GxMqttRig) -> None:
    rig.tell(
        **{
            "solarcharger_279_Pv_1_P": 700,
            "solarcharger_279_Pv_0_P": 900,
            "solarcharger_279_Pv_1_MppOperationMode": 1,
        }
    )
    assert [device.id for device in rig.site().pv] == ["solarcharger:279/1", "solarcharger:279/2"]


# The doctor's view, and what is sent ------------------------------------------------------


def test_what_is_known_of_it(rig: GxMqttRig) -> None:
    before = rig.source.describe(rig.instant)
    assert (before.searching, before.units, before.serial) == (True, (), PORTAL)
    rig.samples()
    rig.look(2.0)
    found = rig.source.describe(rig.instant)
    assert (found.place, found.firmware, found.searching) == ("venus.local:1883", "3.70", False)
    assert found.units == (
        ("battery", 512, True),
        ("grid", 30, True),
        ("solarcharger", 279, True),
        ("temperature", 24, True),
        ("vebus", 276, True),
    )
    assert found.clock_utc_s == pytest.approx(1_800_000_000 + rig.now_s, abs=1.1)
    assert found.feed_in == rig.site().feed_in


def test_nothing_but_keepalives_is_ever_sent(rig: GxMqttRig) -> None:
    """Whatever happens for ten minutes: lost connections, silence, devices that go and come."""
    told = dict(rig.link.gx.numbers)
    for second in range(600):
        if second % 97 == 20:
            rig.link.lose()
        if second % 97 == 25:
            rig.link.connect()
        if second == 200:
            rig.link.gx.beats = False
        if second == 260:
            rig.link.gx.beats = True
        watts = None if second % 50 > 45 else second
        rig.link.gx.tell({**told, "system/0/Ac/Grid/L1/Power": watts}, rig.now_s)
        rig.now_s += 1.0
        rig.link.at(rig.now_s)
        try:
            rig.source.read(rig.instant, 0.0)
        except SourceError:
            continue
    assert len(rig.link.sent) > 20
    assert all(KEEPALIVE.fullmatch(topic) for topic, _ in rig.link.sent)
    for _, payload in rig.link.sent:
        (option,) = json.loads(payload)["keepalive-options"]
        assert payload == SPARE or list(option) == ["full-publish-completed-echo"]


def test_no_other_topic_of_a_gx_stands_anywhere_in_pvopt() -> None:
    """One call that publishes to a GX, and not one text that begins like a request to write."""
    for path in sorted((ROOT / "pvopt").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"""["']W/(?!m2)""", text), path
    gx_files = [*ROOT.glob("pvopt/sources/gx_*.py"), ROOT / "pvopt/sources/victron_mqtt.py"]
    calls = [
        ast.unparse(node)
        for path in gx_files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".publish")
    ]
    assert calls == ["self._link.publish(f'R/{portal_id}/keepalive', payload)"]


def test_a_look_is_quick_with_everything_that_a_large_system_tells(rig: GxMqttRig) -> None:
    """It only looks at what has come: a hundred looks at 400 numbers in less than a second."""
    told = dict(rig.link.gx.numbers)
    for instance in range(280, 310):
        told |= {
            name.replace("/279/", f"/{instance}/"): number
            for name, number in numbers_of(rig.devices.raw).items()
            if name.startswith("solarcharger/")
        }
    rig.link.gx.tell(told, rig.now_s)
    site = rig.site()
    assert len(site.pv) == 31
    clock_s = Instant(rig.now_s + 3.0, 2e9)
    for _ in range(100):
        assert rig.source.read(clock_s, 0.0).site is not None
