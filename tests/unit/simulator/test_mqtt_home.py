"""A simulated home behind a broker without a broker: who says what when, and who obeys."""

from __future__ import annotations

import json

import pytest

from pvopt.config.load import load_text
from pvopt.config.meters import MqttMeters
from pvopt.config.schema import Config
from pvopt.model import Instant
from pvopt.simulator.mqtt_home import Device
from pvopt.simulator.mqtt_meters import PZEM_FAILS, REACTIVE_VAR, apparent_va
from pvopt.simulator.mqtt_payloads import PZEM_ERROR
from pvopt.simulator.mqtt_wiring import Behind, demo_of, home_behind
from pvopt.sources.mqtt_meters import MqttMetersSource
from tests.mqtt_hand import HandLink

HEAD = """
version: 1
site: {latitude: 45.6, longitude: 5.9, timezone: Europe/Paris, feed_in: allowed}
mqtt: {host: 127.0.0.1}
"""
GPIO = "\ngpio: {factory: mock}\n"
SOLAR_BALANCER = (
    HEAD
    + """
sources:
  - {kind: mqtt_meters, preset: pzem, load: {device: CONSOMMATION}, pv: {device: PRODUCTION}}
loads:
  - id: ecs
    max_w: 2400
    output: {kind: mqtt, preset: vload, device: ECS}
    meter: {topic: smeter/pzem/ECS, json: power}
  - id: resille
    max_w: 596
    drive: on_off
    output: {kind: mqtt, preset: domoticz, device: "359"}
"""
    + GPIO
)
LINKY = (
    HEAD
    + """
sources:
  - {kind: mqtt_meters, preset: linky}
loads:
  - id: water_heater
    max_w: 2400
    output: {kind: mqtt, preset: scr, device: "0"}
    temperature: {kind: mqtt, topic: scr/0/temperature}
"""
    + GPIO
)


class Heard:
    """A wire that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        self.said.append((topic, payload))

    def of(self, topic: str) -> list[bytes]:
        return [payload for where, payload in self.said if where == topic]


def config_of(text: str) -> Config:
    return load_text(text, "test.yaml", {})


def behind(text: str, at: float | None = None) -> tuple[Behind, Heard]:
    wire = Heard()
    return home_behind(config_of(text), wire, at), wire


def device(home: Behind, name: str) -> Device:
    return next(one for one in home.home.devices if one.appliance.params.name == name)


def live(home: Behind, seconds: int) -> None:
    for _ in range(seconds):
        home.world.advance(1.0)
        home.home.speak()


def test_solar_balancer_topics_and_payloads() -> None:
    home, wire = behind(SOLAR_BALANCER)
    assert home.home.topics == ("regul/vload/ECS/cmd", "domoticz/in")
    live(home, 1)
    assert {topic for topic, _ in wire.said} == {
        "smeter/pzem/CONSOMMATION", "smeter/pzem/PRODUCTION", "smeter/pzem/ECS",
    }  # fmt: skip
    flows = home.world.flows
    (used,), (made,) = wire.of("smeter/pzem/CONSOMMATION"), wire.of("smeter/pzem/PRODUCTION")
    assert f'"power": {flows.load_w:.2f}, "energy": 0.00'.encode() in used
    assert made.startswith(b'{"voltage": 230.00, "current": ')
    assert json.loads(made)["power"] == pytest.approx(flows.pv_w, abs=0.005)
    assert json.loads(wire.of("smeter/pzem/ECS")[0])["power"] == 0.0


def test_a_percent_is_obeyed_answered_and_metered() -> None:
    home, wire = behind(SOLAR_BALANCER)
    home.home.obey("regul/vload/ECS/cmd", b"50")
    assert wire.said == [("regul/vload/ECS", b'{"percent": 50.00, "power": 1200.00}')]
    wire.said.clear()
    live(home, 3)
    assert json.loads(wire.of("smeter/pzem/ECS")[-1])["power"] == 1200.0
    assert json.loads(wire.of("smeter/pzem/CONSOMMATION")[-1])["power"] >= 1200.0
    home.home.obey("regul/vload/ECS/cmd", b"0")
    live(home, 3)
    assert json.loads(wire.of("smeter/pzem/ECS")[-1])["power"] == 0.0


def test_two_commands_on_one_topic_are_both_obeyed() -> None:
    """Domoticz has one topic for all; what is for others is left alone, and told."""
    home, wire = behind(SOLAR_BALANCER)
    switch = '{{"command": "switchlight", "idx": {}, "switchcmd": "{}" }}'
    for idx, word in ((359, "On"), (12, "On"), (7, "Off")):
        home.home.obey("domoticz/in", switch.format(idx, word).encode())
    assert device(home, "resille").appliance.percent == 100.0
    assert (home.home.heard, home.home.strange) == (3, 2)
    assert wire.of("domoticz/out") == [b'{"idx": 359, "nvalue": 1}']
    live(home, 2)
    assert device(home, "resille").appliance.drawn_w == 596.0


def test_a_pzem_speaks_each_two_and_a_half_seconds_and_fails_now_and_then() -> None:
    home, wire = behind(SOLAR_BALANCER)
    live(home, 600)
    said = wire.of("smeter/pzem/PRODUCTION")
    assert len(said) == 240
    assert said.count(PZEM_ERROR) == len(said) // PZEM_FAILS
    sun_kwh = home.world.totals.pv_wh / 1000.0
    assert json.loads(said[-1])["energy"] == pytest.approx(sun_kwh, abs=0.02)


def test_a_home_that_sleeps_speaks_once_when_it_wakes() -> None:
    home, wire = behind(SOLAR_BALANCER)
    live(home, 1)
    wire.said.clear()
    home.world.advance(60.0)
    home.home.speak()
    home.home.speak()
    assert len(wire.of("smeter/pzem/PRODUCTION")) == 1


def test_linky_says_whole_volt_amperes_and_varh() -> None:
    home, wire = behind(LINKY)
    live(home, 120)
    assert {topic for topic, _ in wire.said} == {
        "tic/SINSTS", "tic/SINSTI", "tic/ERQT", "scr/0/temperature",
    }  # fmt: skip
    for topic in ("tic/SINSTS", "tic/SINSTI", "tic/ERQT"):
        assert all(payload.isdigit() for payload in wire.of(topic))
    grown = int(wire.of("tic/ERQT")[-1]) - int(wire.of("tic/ERQT")[0])
    assert grown == pytest.approx(REACTIVE_VAR / 30.0, abs=1)
    assert home.home.topics == ("scr/0/in",)
    assert wire.of("scr/0/temperature")[0] == b"45.00"


@pytest.mark.parametrize(
    ("watts", "drawn", "fed"), [(300.0, 323.1, 0.0), (-300.0, 0.0, 323.1), (0.0, 0.0, 0.0)]
)
def test_apparent_power(watts: float, drawn: float, fed: float) -> None:
    assert apparent_va("grid_import", max(0.0, watts)) == pytest.approx(drawn, abs=0.05)
    assert apparent_va("grid_export", max(0.0, -watts)) == pytest.approx(fed, abs=0.05)


@pytest.mark.parametrize("percent", [0, 10, 50, 75, 100])
def test_an_scr_board_heats_as_its_law_says(percent: int) -> None:
    """percent = acos(1 - 2 z) / pi * 100."""
    home, _ = behind(LINKY)
    home.home.obey("scr/0/in", str(float(percent)).encode())
    live(home, 2)
    share = {0: 0.0, 10: 0.024472, 50: 0.5, 75: 0.853553, 100: 1.0}[percent]
    assert device(home, "water_heater").appliance.drawn_w == pytest.approx(2400.0 * share, abs=0.1)


ANY_METER = (
    HEAD
    + """
sources:
  - kind: mqtt_meters
    grid: {topic: m/grid, json: "a.b[2].w", unit: kW, positive: export}
    grid_l1: {topic: m/grid, json: "a.b[0]"}
    pv: {topic: m/pv, scale: 10}
    load: {topic: m/house, json: '"1-0:1.7.0".value'}
    battery: {topic: m/battery, positive: discharging}
    soc: {topic: m/soc}
loads:
  - {id: boiler, max_w: 2000, output: {relay: {pin: 17}, knob: {kind: servo, pin: 18}}}
"""
    + GPIO
)


@pytest.mark.parametrize("preset", ["", "pzem", "sma", "shelly", "shelly_gen1", "tasmota"])
def test_our_own_source_reads_the_truth(preset: str) -> None:
    """Whatever the section says of topic, way, unit, sign and scale."""
    text = ANY_METER
    if preset:
        meters = {
            "sma": "",
            "pzem": "load: {device: one}, pv: {device: two}",
        }.get(preset, "grid: {device: one}, pv: {device: two}")
        line = f"  - {{kind: mqtt_meters, preset: {preset}, {meters}}}\n"
        text = ANY_METER.partition("  - kind: mqtt_meters")[0] + line
        text += "loads:" + ANY_METER.partition("loads:")[2]
    (section,) = config_of(text).sources
    assert isinstance(section, MqttMeters)
    home, _ = behind(text)
    live(home, 31)
    link = HandLink()
    source = MqttMetersSource(section, link)
    for one in home.home.meters:
        link.put(one.topic, one.payload(), 31.0)
    site = source.read(Instant(31.0, home.world.utc_s), 1.0).site
    assert site is not None
    flows = home.world.flows
    at_home = flows.load_w + flows.heater_w
    expected = {"grid_w": at_home - flows.pv_w if preset == "pzem" else flows.grid_w}
    if preset != "sma":
        expected["pv_w"] = flows.pv_w
    if not preset:
        expected |= {"load_w": at_home, "battery_w": flows.battery_w, "soc_pct": flows.soc_pct}
        expected["grid_w"] = flows.grid_w
    for name, number in expected.items():
        assert getattr(site, name).value == pytest.approx(number, abs=1.0), name


def test_a_shelly_switches_itself_off_unless_it_is_told_again() -> None:
    text = SOLAR_BALANCER.replace(
        '{kind: mqtt, preset: domoticz, device: "359"}',
        "{kind: mqtt, preset: shelly, device: plug1}\n"
        "    meter: {topic: 'plug1/status/switch:0', json: apower}",
    )
    home, wire = behind(text)
    rpc = '{"id": 1, "src": "p", "method": "Switch.Set", "params": {"id": 0, "on": true%s}}'
    home.home.obey("plug1/rpc", (rpc % ', "toggle_after": 180').encode())
    plug = device(home, "resille")
    live(home, 179)
    assert plug.appliance.drawn_w == 596.0
    status = [json.loads(one) for one in wire.of("plug1/status/switch:0")]
    assert status[-1] == {
        "id": 0, "source": "MQTT", "output": True, "apower": 596.0, "voltage": 230.0,
    }  # fmt: skip
    assert all("apower" in one for one in status)
    home.home.obey("plug1/rpc", (rpc % ', "toggle_after": 180').encode())
    live(home, 179)
    assert plug.appliance.percent == 100.0
    live(home, 2)
    assert plug.appliance.percent == 0.0
    assert json.loads(wire.of("plug1/status/switch:0")[-1])["output"] is False


@pytest.mark.parametrize(
    ("output", "topic", "on", "off", "answer"),
    [
        (
            "preset: tasmota, device: fan", "cmnd/fan/POWER", b"ON", b"OFF",
            ("stat/fan/POWER", b"ON"),
        ),
        (
            "preset: tasmota, device: fan, channel: 2", "cmnd/fan/POWER2", b"1", b"0",
            ("stat/fan/RESULT", b'{"POWER2": "ON"}'),
        ),
        (
            "preset: shelly_gen1, device: s1, channel: 1", "shellies/s1/relay/1/command", b"on",
            b"off", ("shellies/s1/relay/1", b"on"),
        ),
        (
            "preset: zigbee2mqtt, device: plug", "zigbee2mqtt/plug/set", b'{"state": "ON"}',
            b'{"state": "OFF"}', ("zigbee2mqtt/plug", b'{"power": 0.0, "state": "ON"}'),
        ),
        ("topic: own/in, on_payload: go, off_payload: stop", "own/in", b"go", b"stop", None),
        (
            "topic: own/in, payload: '{\"s\": {on}}'", "own/in", b'{"s": true}', b'{"s": false}',
            None,
        ),
    ],
)  # fmt: skip
def test_other_plugs(
    output: str, topic: str, on: bytes, off: bytes, answer: tuple[str, bytes] | None
) -> None:
    old = '{kind: mqtt, preset: domoticz, device: "359"}'
    home, wire = behind(SOLAR_BALANCER.replace(old, f"{{kind: mqtt, {output}}}"))
    assert topic in home.home.topics
    plug = device(home, "resille").appliance
    home.home.obey(topic, on)
    assert plug.percent == 100.0
    assert answer is None or answer in wire.said
    home.home.obey(topic, b"rubbish")
    assert plug.percent == 100.0
    home.home.obey(topic, off)
    assert plug.percent == 0.0
    assert home.home.strange == 1


def test_an_own_regulator_by_watts() -> None:
    old = "{kind: mqtt, preset: vload, device: ECS}"
    new = (
        "{kind: mqtt, topic: own/set, send: watts, off_after_s: 300, "
        'payload: \'{"w": {watts}, "s": {off_after_s}}\'}'
    )
    home, _ = behind(SOLAR_BALANCER.replace(old, new))
    home.home.obey("own/set", b'{"w": 600, "s": 300}')
    ecs = device(home, "ecs")
    assert (ecs.appliance.percent, ecs.appliance.asked_w) == (25.0, 600.0)
    home.home.obey("own/set", b'{"w": 2401, "s": 300}')
    home.home.obey("own/set", b'{"w": many, "s": 300}')
    assert (ecs.appliance.percent, home.home.strange) == (25.0, 2)
    live(home, 299)
    assert ecs.appliance.percent == 25.0
    live(home, 2)
    assert ecs.appliance.percent == 0.0


def test_the_home_where_none_is_described() -> None:
    plain, battery = demo_of(config_of(SOLAR_BALANCER)), demo_of(config_of(ANY_METER))
    assert (plain.battery_wh, plain.feed_in) == (0.0, True)
    assert battery.battery_wh > 0.0
    text = SOLAR_BALANCER.replace(
        "feed_in: allowed", "planes: [{peak_w: 3100, tilt_deg: 30, azimuth_deg: 0}]"
    )
    assert demo_of(config_of(text)).peak_w == 3100.0


def test_our_own_source_reads_a_linky() -> None:
    """Apparent power and an index of reactive energy become the home's watts."""
    home, wire = behind(LINKY)
    (section,) = config_of(LINKY).sources
    assert isinstance(section, MqttMeters)
    link = HandLink()
    source = MqttMetersSource(section, link)
    apart = []
    for second in range(1, 400):
        wire.said.clear()
        home.home.obey("scr/0/in", b"100" if second % 100 > 50 else b"0")
        live(home, 1)
        for topic, payload in wire.said:
            link.put(topic, payload, float(second))
        if second > 200:
            site = source.read(Instant(float(second), home.world.utc_s), 1.0).site
            assert site is not None
            assert site.grid_w.value is not None
            apart.append(abs(site.grid_w.value - home.world.flows.grid_w))
    assert max(apart) < 10.0
