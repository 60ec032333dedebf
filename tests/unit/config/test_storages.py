"""Storages in the configuration: presets, limits, topics that clash, names of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.config.load import load, load_text
from pvopt.config.schema import Config
from pvopt.config.storage_wire import adjusts, off_text, wire_of
from pvopt.split_of import split_of
from tests.unit.config.samples import BASE, faults_of

EXAMPLES = Path(__file__).parents[3] / "Files/examples"
MQTT = "mqtt:\n  host: broker.local\n"
FIRST = "  - id: one\n    preset: b2500\n    device: '1'\n    max_discharge_w: 400\n"
OWN = """\
  - id: own
    max_discharge_w: 800
    meter: {topic: own/state, json: w}
    soc: {topic: own/state, json: soc}
    output: {topic: own/set}
"""


def text(*lines: str, first: str = FIRST, more: str = "", base: str = BASE) -> str:
    """A home with one storage; ``lines`` are further keys of it."""
    inner = "".join(f"    {line}\n" for line in lines)
    return f"{base}{MQTT}storages:\n{first}{inner}{more}"


def made(whole: str, environ: dict[str, str] | None = None) -> Config:
    return load_text(whole, "c.yaml", environ or {})


BROKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "no device": (
        text(first=FIRST.replace("    device: '1'\n", "")),
        ("storages[one].device: is missing; it is what `b2500` needs for sma/net_power/DEVICE",),
    ),
    "a device of no preset": (
        text(first=OWN.replace("800\n", "800\n    device: x\n")),
        ("storages[own].device: means nothing without a `preset`; write the topics",),
    ),
    "no topics": (
        text(first="  - id: own\n    max_discharge_w: 800\n"),
        (
            "storages[own].meter.topic: is missing: the watts that it gives or takes",
            "storages[own].soc.topic: is missing: how full it is",
            "storages[own].output.topic: is missing: what it is told",
        ),
    ),
    "a wildcard": (text("soc: {topic: b2500/+/soc}"), ("soc.topic: must be one topic",)),
    "no way": (text("meter: {json: 'a..b'}"), ("c.yaml:30: storages[one].meter.json: ",)),
    "nothing measured": (text("soc: {scale: 0}"), ("soc.scale: must not be 0",)),
    "no place": (
        text("output: {payload: '5'}"),
        ("output.payload: has no place {watts}: each number would look like the others",),
    ),
    "an echo": (
        text("output: {topic: b2500/1/power/power}"),
        ("storages[one].output.topic: is the topic of `meter`, too: we would hear ourselves",),
    ),
    "least above most": (
        text("min_discharge_w: 400.5", "floor_w: 401"),
        (
            "storages[one].min_discharge_w: must be at most max_discharge_w (400 W)",
            "storages[one].floor_w: must be at most max_discharge_w (400 W)",
        ),
    ),
    "least charge above most": (
        text("min_charge_w: 1"),
        ("storages[one].min_charge_w: must be at most max_charge_w (0 W)",),
    ),
    "no word": (text("connected: {on: ''}"), ("connected.on: is empty",)),
    "a bad id": (text(first=FIRST.replace("id: one", "id: a b")), ("id: must be 1 to 32 letters",)),
    "the same id": (
        text(more=FIRST.replace("'1'", "'2'")),
        ("c.yaml:30: storages[one].id: `one` is taken (line 26); give each its own id",),
    ),
    "a load's id": (text(first=FIRST.replace("one", "boiler")), ("`boiler` is taken (line 11)",)),
    "the same topic": (
        text(more=FIRST.replace("one", "two")),
        ("storages[two].output: sma/net_power/1 is told something else already (line 26)",),
    ),
    "no broker": (
        text().replace(MQTT, ""),
        ("storages[one]: needs a broker; add the section `mqtt` with its `host`",),
    ),
    "a split of nothing": (
        BASE + "split:\n  rate: 2\n",
        ("c.yaml:24: split: is not read without `storages`",),
    ),
    "an assumption that is not made": (
        text(more="split:\n  assumed_w: 100\n"),
        ("split.assumed_w: is used with `before_data: assume` only",),
    ),
    "a misspelt key": (text("max_charg_w: 1"), ("unknown key; did you mean `max_charge_w`?",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_says_what_is_wrong(name: str) -> None:
    broken, wanted = BROKEN[name]
    said = faults_of(broken)
    for words in wanted:
        assert words in said


def test_a_preset_needs_a_device_and_no_more() -> None:
    wire = wire_of(made(text()).storages[0])
    assert (wire.meter.topic, wire.meter.factor) == ("b2500/1/power/power", -1.0)
    assert wire.soc.topic == "b2500/1/battery/remaining_percent"
    assert wire.connected is not None
    assert wire.connected.topic == "b2500/1/smartmeter/connected"
    assert (wire.topic, wire.adjusts, wire.retain) == ("sma/net_power/1", True, True)


def test_what_the_owner_writes_counts() -> None:
    more = text(
        "meter: {topic: x/w, unit: kW, positive: charging, scale: 2}",
        "output: {send: setpoint, positive: charging, retain: false}",
    )
    wire = wire_of(made(more).storages[0])
    assert (wire.meter.topic, wire.meter.factor) == ("x/w", 2000.0)
    assert (wire.adjusts, wire.retain, wire.sign) == (False, False, 1.0)


def test_without_a_preset_it_is_told_the_watts_to_give_and_is_taken_as_connected() -> None:
    wire = wire_of(made(text(first=OWN)).storages[0])
    assert (wire.adjusts, wire.retain, wire.connected) == (False, False, None)
    assert wire.meter.path == ("w",)


@pytest.mark.parametrize(
    ("watts", "decimals", "said"),
    [(-50.4, 0, "50"), (50.4, 0, "-50"), (0.3, 0, "0"), (-0.3, 0, "0"), (-12.34, 1, "12.3")],
)
def test_a_number_on_the_wire(watts: float, decimals: int, said: str) -> None:
    wire = wire_of(made(text(f"output: {{decimals: {decimals}}}")).storages[0])
    assert wire.text(watts) == said


def test_a_payload_of_ones_own() -> None:
    wire = wire_of(made(text("""output: {payload: '{"watts": {watts}}'}""")).storages[0])
    assert wire.text(-7.0) == '{"watts": 7}'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "-400"),  # added again and again: down to its least, and there it stays
        (("max_charge_w: 300",), "0"),  # that one would go on and charge from the grid
        (("output: {send: setpoint}",), "0"),
    ],
)
def test_what_may_stand_while_nobody_looks_on(lines: tuple[str, ...], said: str) -> None:
    assert off_text(made(text(*lines)).storages[0]) == said


def test_storages_alone_are_a_configuration() -> None:
    config = made(text(base=BASE[: BASE.index("loads:")]))
    assert (config.loads, len(config.storages)) == ((), 1)


def test_neither_loads_nor_storages_are_none() -> None:
    assert "loads: is empty; at least one load is needed, or `storages`" in faults_of(
        BASE[: BASE.index("loads:")] + "loads: []\n"
    )


def test_the_split_reaches_the_decision() -> None:
    config = made(
        text(
            "boost_w: 100",
            "floor_w: 80",
            more="split: {threshold_pct: 5, before_data: assume, assumed_w: 150, target_w: -20}\n",
        )
    )
    split = split_of(config)
    (one,) = split.storages
    assert (one.id, one.max_discharge_w, one.boost_w, one.floor_w) == ("one", 400.0, 100.0, 80.0)
    assert one.adjusts is True
    assert (split.threshold_pct, split.setpoint_w) == (5.0, -20.0)
    assert (split.assume, split.assumed_w) == (True, 150.0)


def test_of_a_plain_home_nothing_is_split() -> None:
    assert split_of(made(BASE)).storages == ()


OLD_ENV = {
    "MQTT_BROKER": "10.0.0.9",
    "MQTT_PORT": "1884",
    "MQTT_USERNAME": "me",
    "MQTT_PASSWORD": "secret",
    "SOURCE_TOPIC": "sma2",
    "OUTPUT_TOPIC": "net",
    "STORAGE1_OUTPUT_TOPIC": "out/1",
    "STORAGE2_BATTERY_TOPIC": "soc/2",
    "STORAGE1_POWER_TOPIC": "w/1",
    "STORAGE2_CONNECTED_TOPIC": "there/2",
    "MIN_POWER": "50",
    "MAX_POWER": "600",
    "MAX_POWER_BOOST": "150",
    "DEFAULT_BATTERY_PERCENT": "70.0",
    "DEFAULT_POWER_OUTPUT": "100.0",
    "REBALANCE_THRESHOLD": "4",
    "REBALANCE_RATE": "1.5",
    "MIN_PUBLISH_CHANGE": "2",
}


def test_the_names_of_the_old_program_are_taken_as_they_are() -> None:
    config = load(EXAMPLES / "b2500.yaml", OLD_ENV)
    one, two = config.storages
    assert config.mqtt is not None
    assert (config.mqtt.host, config.mqtt.port, config.mqtt.password) == (
        "10.0.0.9",
        1884,
        "secret",
    )
    assert wire_of(one).topic == "out/1"
    assert wire_of(one).meter.topic == "w/1"
    assert wire_of(two).soc.topic == "soc/2"
    assert wire_of(two).connected == ("connected", "there/2", (), 1.0, 0.0)
    assert (one.min_discharge_w, one.max_discharge_w, one.boost_w) == (50.0, 600.0, 150.0)
    assert one.output.min_change_w == 2.0
    split = config.split
    assert (split.assumed_soc_pct, split.assumed_w) == (70.0, 100.0)
    assert (split.threshold_pct, split.rate) == (4.0, 1.5)
    assert config.mqtt.status[0].topic == "net"  # type: ignore[union-attr]


def test_without_any_name_its_own_defaults_count() -> None:
    config = load(EXAMPLES / "b2500.yaml", {"MQTT_USERNAME": ""})
    assert config.mqtt is not None
    assert (config.mqtt.host, config.mqtt.port_used, config.mqtt.user) == ("localhost", 1883, "")
    wires = [wire_of(one) for one in config.storages]
    assert [wire.topic for wire in wires] == ["sma/net_power/1", "sma/net_power/2"]
    assert all(adjusts(one) for one in config.storages)
    assert [one.max_discharge_w for one in config.storages] == [400.0, 400.0]


def test_a_default_may_hold_anything_but_braces() -> None:
    whole = BASE.replace("venus.local", "${GX:-a-b:-c}").replace("502", "${PORT:-503}")
    (source,) = made(whole).sources
    assert (source.host, source.port) == ("a-b:-c", 503)  # type: ignore[union-attr]
    (source,) = made(whole, {"GX": "gx.lan"}).sources
    assert (source.host, source.port) == ("gx.lan", 503)  # type: ignore[union-attr]
