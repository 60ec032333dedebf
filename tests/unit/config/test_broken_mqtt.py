"""What is wrong with a broker's section or with meters is said with its line."""

from __future__ import annotations

import pytest

from pvopt.build import portal_only
from pvopt.config.advice import advice
from pvopt.config.load import load_text
from pvopt.config.meters import MqttMeters
from pvopt.config.mqtt import Mqtt
from pvopt.config.sources import GxMqtt
from pvopt.sources.sensors import temperature_key
from tests.unit.config.samples import BASE, GX, edited, faults_of

MQTT = "mqtt:\n  host: broker.local\n"


def meters(*lines: str, mqtt: str = MQTT) -> str:
    text = "".join(f"    {line}\n" for line in lines)
    return edited(GX, f"  - kind: mqtt_meters\n{text}") + mqtt


def topics(*lines: str) -> str:
    return BASE + MQTT + "".join(f"  {line}\n" for line in lines)


def gx(*lines: str, more: str = "") -> str:
    text = "".join(f"    {line}\n" for line in ("host: venus.local", *lines))
    return edited(GX, f"  - kind: gx_mqtt\n{text}") + more


BROKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "a prefix of discovery that stands for many": (
        topics("homeassistant: {prefix: home/#}"),
        ("mqtt.homeassistant.prefix: must be one topic",),
    ),
    "a prefix of discovery with a slash at its end": (
        topics("homeassistant: {prefix: homeassistant/}"),
        ("mqtt.homeassistant.prefix: must not begin or end with /",),
    ),
    "no prefix of discovery": (
        topics("homeassistant: {prefix: ''}"),
        ("mqtt.homeassistant.prefix: is empty",),
    ),
    "an unknown key of discovery": (
        topics("homeassistant: {perfix: ha}"),
        ("mqtt.homeassistant.perfix: unknown key", "`prefix`"),
    ),
    "a GX without a host": (
        edited(GX, "  - {kind: gx_mqtt}\n"),
        ("c.yaml:7: sources[gx_mqtt].host: is missing",),
    ),
    "a GX with its port in the name": (
        edited(GX, "  - {kind: gx_mqtt, host: 'venus.local:1883'}\n"),
        ("sources[gx_mqtt].host: only the name or address", "`port`"),
    ),
    "a user of a GX without password": (
        gx("user: token/other/pvopt"),
        ("c.yaml:7: sources[gx_mqtt].password: is missing: `user` is used with `password` only",),
    ),
    "a GX's certificate without TLS": (
        gx("ca_file: gx.pem"),
        ("c.yaml:9: sources[gx_mqtt].ca_file: is used with `tls: true` only",),
    ),
    "a portal id that would be another topic": (
        gx("portal_id: abc/keepalive"),
        ("c.yaml:9: sources[gx_mqtt].portal_id: must be the VRM portal id, such as",),
    ),
    "younger than a heartbeat of a GX": (
        gx("allowed_age_s: 3.9"),
        ("allowed_age_s: `3.9` is out of range; allowed: 4 to 8 s",),
    ),
    "too slow for a GX": (
        gx("allowed_age_s: 4", more="control: {tick_s: 5.1}\n"),
        ("control.tick_s: 5.1 s", "`sources[gx_mqtt].allowed_age_s` (4 s, line 9)", "up to 5"),
    ),
    "a GX that publishes in a demonstration": (
        gx(more="gpio: {factory: mock}\ndemo:\n"),
        ("c.yaml:7: sources[gx_mqtt]: cannot stand beside `demo` (line 23)", "Modbus TCP alone"),
    ),
    "no broker": (
        meters("preset: sma", mqtt=""),
        ("c.yaml:7: sources[mqtt_meters]: needs a broker; add the section `mqtt`",),
    ),
    "no host": (meters("preset: sma", mqtt="mqtt:\n"), ("mqtt.host: is missing",)),
    "an address of the web": (
        meters("preset: sma", mqtt="mqtt: {host: 'mqtt://x'}\n"),
        ("mqtt.host: only the name or address",),
    ),
    "a name that cannot be": (
        meters("preset: sma", mqtt=f"mqtt: {{host: {'a' * 64}.local}}\n"),
        ("mqtt.host: is no name that could be looked up",),
    ),
    "a password alone": (
        meters("preset: sma", mqtt=MQTT + "  password: x\n"),
        ("c.yaml:23: mqtt.user: is missing: `user` and `password` belong together",),
    ),
    "authorities without TLS": (
        meters("preset: sma", mqtt=MQTT + "  ca_file: ca.crt\n"),
        ("c.yaml:24: mqtt.ca_file: is used with `tls: true` only",),
    ),
    "a name with blanks": (
        meters("preset: sma", mqtt=MQTT + "  client_id: my home\n"),
        ("mqtt.client_id: must be at most 64 letters",),
    ),
    "a silent keepalive": (
        meters("preset: sma", mqtt=MQTT + "  keepalive_s: 4\n"),
        ("mqtt.keepalive_s: `4` is out of range; allowed: 5 to 120 s",),
    ),
    "unknown preset": (meters("preset: lynky"), ("preset: `lynky` is not known", "linky")),
    "too old": (meters("preset: sma", "allowed_age_s: 301"), ("allowed: 2 to 300 s",)),
    "too young": (meters("preset: sma", "allowed_age_s: 1.9"), ("allowed: 2 to 300 s",)),
    "no grid at all": (
        meters("pv: {topic: p}"),
        ("c.yaml:7: sources[mqtt_meters]: grid power is not to be had", "`load` with `pv`"),
    ),
    "half a pair": (
        meters("grid_export: {topic: e}"),
        ("c.yaml:8: sources[mqtt_meters].grid_export: needs `grid_import` beside it",),
    ),
    "two ways": (
        meters("grid: {topic: g}", "grid_import: {topic: i}", "grid_export: {topic: e}"),
        ("c.yaml:9: sources[mqtt_meters].grid_import: either `grid` (or phases)",),
    ),
    "reactive alone": (
        meters("grid: {topic: g}", "reactive: {topic: q}"),
        ("c.yaml:9: sources[mqtt_meters].reactive: corrects",),
    ),
    "a battery of which only its charge is seen": (
        meters("grid: {topic: g}", "pv: {topic: p}", "soc: {topic: s}"),
        ("c.yaml:10: sources[mqtt_meters].soc: needs `battery`",),
    ),
    "no topic": (
        meters("grid:", "  json: a"),
        ("c.yaml:8: sources[mqtt_meters].grid.topic: is missing",),
    ),
    "no device": (
        meters("preset: pzem", "load: {}", "pv: {device: 2}"),
        ("load.device: is missing; it makes the preset's topic smeter/pzem/DEVICE",),
    ),
    "a device without a preset": (
        meters("grid: {device: x}"),
        ("grid.device: means nothing here", "write `topic`"),
    ),
    "a device of a preset that has none": (
        meters("preset: sma", "grid_import: {device: x}"),
        ("grid_import.device: means nothing here",),
    ),
    "device and topic": (
        meters("preset: shelly", "grid:", "  device: x", "  topic: y"),
        ("c.yaml:10: sources[mqtt_meters].grid.device: either `device`",),
    ),
    "many topics": (meters("grid: {topic: 'a/#'}"), ("grid.topic: must be one topic",)),
    "many devices": (
        meters("preset: shelly", "grid: {device: +}"),
        ("grid.device: must be one topic",),
    ),
    "a topic without end": (meters(f"grid: {{topic: {'a' * 1001}}}"), ("at most 1000 letters",)),
    "a way that leads nowhere": (
        meters("grid:", "  topic: g", "  json: a..b"),
        ("c.yaml:10: sources[mqtt_meters].grid.json: a name is missing",),
    ),
    "percent of the grid": (
        meters("grid:", "  topic: g", "  unit: '%'"),
        ("c.yaml:10: sources[mqtt_meters].grid.unit: `%` does not fit grid", "W, kW, VA"),
    ),
    "watts of charge": (
        meters("grid: {topic: g}", "battery: {topic: b}", "soc: {topic: s, unit: W}"),
        ("soc.unit: `W` does not fit soc; allowed here: %",),
    ),
    "a grid that charges": (
        meters("grid: {topic: g, positive: charging}"),
        ("grid.positive: `charging` does not fit grid: allowed here: import, export",),
    ),
    "a sun with a sign": (
        meters("grid: {topic: g}", "pv: {topic: p, positive: import}"),
        ("pv.positive: `import` does not fit pv: is never negative",),
    ),
    "nothing of it": (meters("grid: {topic: g, scale: 0}"), ("grid.scale: must not be 0",)),
    "a base topic that is none": (
        topics("base_topic: ''", "status: [{kind: pvopt}]"),
        ("c.yaml:25: mqtt.base_topic: is empty",),
    ),
    "a base topic for many": (
        topics("base_topic: a/+", "status: [{kind: pvopt}]"),
        ("mqtt.base_topic: must be one topic",),
    ),
    "a base topic with an end": (
        topics("base_topic: a/", "status: [{kind: pvopt}]"),
        ("mqtt.base_topic: must not begin or end with /",),
    ),
    "a base topic for nothing": (
        topics("base_topic: home"),
        ("mqtt.base_topic: is not read without `requests`, `status` or `homeassistant`",),
    ),
    "an unknown form": (
        topics("requests: [{kind: pvopd}]"),
        ("kind: `pvopd` is not known; allowed: pvopt, solar_balancer, linky_optimizer",),
    ),
    "a load that is not there": (
        topics("requests: [{kind: linky_optimizer, load: boyler, topic: a}]"),
        ("c.yaml:25: mqtt.requests[linky_optimizer].load: there is no load `boyler`", "`boiler`"),
    ),
    "one topic for two": (
        topics(
            "requests: [{kind: solar_balancer, topic: a}]",
            "status: [{kind: domoticz, topic: a, grid_idx: 1}]",
        ),
        ("c.yaml:26: mqtt.status[domoticz].topic: `a` is taken (line 25)",),
    ),
    "twice the same": (
        topics("requests: [{kind: pvopt}, {kind: pvopt}]"),
        ("kind: is there already (line 25); once is enough",),
    ),
    "the broker's own topic": (
        topics("requests: [{kind: solar_balancer, topic: $SYS/a}]"),
        ("topic: must not begin with $",),
    ),
    "Domoticz without a device": (
        topics("status: [{kind: domoticz}]"),
        ("mqtt.status[domoticz].grid_idx: is missing",),
    ),
    "Domoticz with one device for both": (
        topics("status: [{kind: domoticz, grid_idx: 7, injection_idx: 7}]"),
        ("injection_idx: must be another device than `grid_idx`",),
    ),
    "more often than a tick": (
        topics("status: [{kind: pvopt, every_s: 0.9}]"),
        ("every_s: `0.9` is out of range; allowed: 1 to 3600 s",),
    ),
    "a slow tick with the default": (
        meters("grid: {topic: g}") + "control: {tick_s: 1.1}\n",
        (
            "c.yaml:7: sources[mqtt_meters].allowed_age_s: with `control.tick_s` 1.1 (line 24) it",
            "more than 10 s",
        ),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_says_what_is_wrong(name: str) -> None:
    text, parts = BROKEN[name]
    message = faults_of(text)
    for part in parts:
        assert part in message
    assert "1 fault:" in message


@pytest.mark.parametrize(
    "lines",
    [
        ("preset: sma",),
        ("preset: linky",),
        ("preset: linky", "grid: {topic: g}"),
        ("preset: pzem", "load: {device: a}", "pv: {device: b}"),
        ("grid_l1: {topic: a}", "grid_l2: {topic: b}"),
        ("allowed_age_s: 300", "grid: {topic: g}"),
        ("grid: {topic: g}", "load: {topic: l}", "pv: {topic: p}", "soc: {topic: s}"),
        ("grid: {topic: g}", "battery: {topic: b}", "soc: {topic: s}"),
    ],
)
def test_sound_ones_are_taken(lines: tuple[str, ...]) -> None:
    (source,) = load_text(meters(*lines), "c.yaml", {}).sources
    assert isinstance(source, MqttMeters)


def test_a_slow_tick_is_fine_where_the_owner_says_how_old_or_the_meter_is_slow() -> None:
    slow = "control: {tick_s: 5}\n"
    load_text(meters("grid: {topic: g}", "allowed_age_s: 4") + slow, "c.yaml", {})
    load_text(meters("preset: linky") + slow, "c.yaml", {})


def test_all_who_may_ask_and_are_told() -> None:
    text = topics(
        "requests: [{kind: pvopt}, {kind: solar_balancer},"
        " {kind: linky_optimizer, load: boiler, topic: scr/0/control}]",
        "status: [{kind: pvopt}, {kind: solar_balancer}, {kind: linky_optimizer},"
        " {kind: domoticz, injection_idx: 648}]",
    )
    section = load_text(text, "c.yaml", {}).mqtt
    assert section is not None
    assert section.base_topic == "pvopt"
    assert [one.kind for one in section.requests] == ["pvopt", "solar_balancer", "linky_optimizer"]
    assert len(section.status) == 4


def test_a_gx_needs_its_host_alone() -> None:
    (source,) = load_text(gx(), "c.yaml", {}).sources
    assert source == GxMqtt(host="venus.local")
    (source,) = load_text(gx("password: sesame", "user: somebody"), "c.yaml", {}).sources
    assert "sesame" not in repr(source)
    assert "somebody" not in repr(source)


def test_a_gx_that_publishes_is_as_good_as_one_over_modbus() -> None:
    config = load_text(gx().replace("phase: 1", "temperature: {kind: gx}"), "c.yaml", {})
    assert advice(config) == ()
    assert temperature_key(config, config.loads[0]) == "gx:water_heater"
    both = gx().replace("loads:", "  - {kind: vrm, token: t}\nloads:")
    assert not portal_only(load_text(both, "c.yaml", {}))


def test_ports() -> None:
    assert Mqtt(host="x").port_used == 1883
    assert Mqtt(host="x", tls=True).port_used == 8883
    assert Mqtt(host="x", tls=True, port=1884).port_used == 1884


def test_secrets_are_not_shown() -> None:
    shown = repr(Mqtt(host="x", user="somebody", password="sesame"))
    assert "sesame" not in shown
    assert "somebody" not in shown


def test_a_home_without_a_broker_has_none() -> None:
    assert load_text(BASE, "c.yaml", {}).mqtt is None
