"""What `check` says of the 1-wire bus, of sensors behind a broker, and whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.checks.home import water
from pvopt.checks.row import Level
from pvopt.checks.sensors import DEVICES, by_mqtt, heard, rows
from pvopt.clock import Deadline
from pvopt.config.load import load_text
from pvopt.config.temperatures import MqttTemperature
from pvopt.model import Instant
from pvopt.sources.mqtt_temperature import MqttTemperatureSource
from tests.check_config import config_of, text_of
from tests.mqtt_hand import HandLink
from tests.w1_bus import OTHER, POWER_ON, SENSOR, Bus, told


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    return Bus(tmp_path / DEVICES)


def seen(root: Path, words: str = "kind: w1") -> list[tuple[str, Level, str]]:
    config = config_of(root, TEMPERATURE=words)
    assert list(water(config, {})) == []  # said once, here
    return [(row.area, row.level, f"{row.text} — {row.todo}") for row in rows(config, root)]


def test_nothing_is_looked_at_without_such_a_sensor(tmp_path: Path, bus: Bus) -> None:
    bus.plug(50.0)
    assert list(rows(config_of(tmp_path), tmp_path)) == []


def test_every_sensor_with_its_value_and_whose_it_is(tmp_path: Path, bus: Bus) -> None:
    bus.plug(47.25)
    bus.plug(19.0, OTHER)
    tank, other, mine = seen(tmp_path, f"kind: w1, sensor: {SENSOR}")
    assert tank[:2] == other[:2] == ("1-wire", Level.OK)
    assert f"{SENSOR}: 47.2 °C" in tank[2]
    assert f"{OTHER}: 19.0 °C" in other[2]
    assert mine[:2] == ("water temperature", Level.OK)
    assert f"boiler: 47.2 °C ({SENSOR}), heated up to 75 °C" in mine[2]


@pytest.mark.parametrize(("required", "level"), [("false", Level.WARN), ("true", Level.FAIL)])
def test_what_is_missing_says_why(tmp_path: Path, bus: Bus, required: str, level: Level) -> None:
    words = f"kind: w1, required: {required}"
    (gone,) = seen(tmp_path, words)
    assert gone[:2] == ("water temperature", level)
    assert "dtoverlay=w1-gpio" in gone[2]
    bus.plug(47.0)
    bus.plug(19.0, OTHER)
    *_, several = seen(tmp_path, words)
    assert several[1] == level
    assert "temperature.sensor" in several[2]
    *_, absent = seen(tmp_path, f"{words}, sensor: 28-000000000001")
    assert absent[1] == level
    assert f"28-000000000001 is not on the 1-wire bus; there: {SENSOR}, {OTHER}" in absent[2]


@pytest.mark.parametrize(
    ("text", "words"), [(told(47.0, "NO"), "checksum"), (POWER_ON, "supply fails")]
)
def test_a_sick_one_is_named(tmp_path: Path, bus: Bus, text: str, words: str) -> None:
    bus.say(text)
    sick, mine = seen(tmp_path)
    assert sick[:2] == ("1-wire", Level.WARN)
    assert mine[:2] == ("water temperature", Level.WARN)
    assert words in sick[2]
    assert words in mine[2]


class Still:
    """A clock that stands."""

    def now(self) -> Instant:
        return Instant(100.0, 4e9)

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")


def heard_of(link: HandLink, folder: Path, words: str = "") -> tuple[Level, str]:
    text = text_of(folder, TEMPERATURE=f"kind: mqtt, topic: tank{words}") + "mqtt: {host: b}\n"
    config = load_text(text, "c.yaml", {})
    sensor = config.loads[0].temperature
    assert isinstance(sensor, MqttTemperature)
    source = MqttTemperatureSource("boiler-temperature", sensor, link)
    ((load, found),) = by_mqtt(config, [source])
    assert found is source
    assert list(water(config, {})) == []
    (row,) = heard(source, load, Still(), Deadline(0.0))
    assert row.area == "water temperature"
    return row.level, f"{row.text} — {row.todo}"


def test_what_was_heard(tmp_path: Path) -> None:
    link = HandLink()
    link.put("tank", "47.25", 60.0)
    level, text = heard_of(link, tmp_path)
    assert level == Level.OK
    assert "boiler: 47.2 °C from tank, 40 s old, heated up to 75 °C" in text


@pytest.mark.parametrize(
    ("payload", "retained", "refused", "connected", "level", "words"),
    [
        ("", False, False, False, Level.FAIL, "nobody listens"),
        ("", False, True, True, Level.FAIL, "acl_file"),
        ("off", False, False, True, Level.FAIL, "is no number: 'off'; look at `json`"),
        ("47", True, False, True, Level.WARN, "an old message that the broker had kept"),
        ("", False, False, True, Level.WARN, "nothing has come"),
    ],
)
def test_what_was_not(
    tmp_path: Path,
    payload: str,
    retained: bool,
    refused: bool,
    connected: bool,
    level: Level,
    words: str,
) -> None:
    """A required sensor's silence is no fault yet: some speak every five minutes."""
    link = HandLink()
    if payload:
        link.put("tank", payload, 99.0, retained)
    link.cell("tank").refused = refused
    link.connected, link.fault = connected, "" if connected else "nobody listens at b:1883"
    found, text = heard_of(link, tmp_path, ", required: true")
    assert found == level
    assert words in text
    assert "no heating" in text or "stays off" in text
    assert heard_of(link, tmp_path)[0] == Level.WARN


def test_no_broker_no_row(tmp_path: Path) -> None:
    assert list(by_mqtt(config_of(tmp_path), [])) == []
