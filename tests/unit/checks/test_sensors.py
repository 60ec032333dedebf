"""What `check` says of the 1-wire bus and of the loads whose sensors hang on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.checks.home import water
from pvopt.checks.row import Level
from pvopt.checks.sensors import DEVICES, rows
from tests.check_config import config_of
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
