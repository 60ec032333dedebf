"""The boot setting against the relay's wiring: what the firmware is told, and what that means."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.checks.boot import Setting, rows, settings_in
from pvopt.checks.machine import Machine
from pvopt.checks.row import Level, Row
from pvopt.config.load import load_text
from tests.check_config import config_of, text_of

PI4 = "Raspberry Pi 4 Model B Rev 1.4"
HIGH, LOW = "wiring: active_high", "wiring: active_low"
RELEASED = "wiring: released_when_off"


def pi(folder: Path, text: str | None, model: str = PI4) -> Machine:
    tree = folder / "proc/device-tree"
    tree.mkdir(parents=True)
    (tree / "model").write_text(model + "\0")
    if text is not None:
        (folder / "boot/firmware").mkdir(parents=True)
        (folder / "boot/firmware/config.txt").write_text(text)
    return Machine(folder)


def judged(folder: Path, relay: str, text: str | None) -> Row:
    config = config_of(folder, RELAY=relay, FACTORY="lgpio")
    (row,) = rows(config, pi(folder, text), None)
    return row


@pytest.mark.parametrize(
    ("relay", "setting", "level"),
    [
        (HIGH, "op,dl", Level.OK),
        (HIGH, "op,dh", Level.FAIL),
        (HIGH, "ip,pu", Level.FAIL),
        (HIGH, "pu", Level.FAIL),
        (HIGH, "ip,pd", Level.WARN),
        (HIGH, "op", Level.WARN),
        (LOW, "op,dh", Level.OK),
        (LOW, "op,dl", Level.FAIL),
        (LOW, "ip,pd", Level.FAIL),
        (LOW, "ip,pu", Level.WARN),
        (RELEASED, "ip,pn", Level.OK),
        (RELEASED, "ip,np", Level.OK),
        (RELEASED, "op,dl", Level.FAIL),
        (RELEASED, "op,dh", Level.FAIL),
        (RELEASED, "ip,pu", Level.FAIL),
        (RELEASED, "ip,pd", Level.WARN),
        (f"{RELEASED}, driven_level: 0", "ip,pd", Level.FAIL),
        (f"{RELEASED}, driven_level: 0", "ip,pu", Level.WARN),
    ],
)
def test_setting_against_wiring(tmp_path: Path, relay: str, setting: str, level: Level) -> None:
    assert judged(tmp_path, relay, f"gpio=17={setting}\n").level == level


@pytest.mark.parametrize(
    ("relay", "wanted"), [(HIGH, "op,dl"), (LOW, "op,dh"), (RELEASED, "ip,pn")]
)
def test_missing_setting_names_the_line(tmp_path: Path, relay: str, wanted: str) -> None:
    row = judged(tmp_path, relay, "dtparam=audio=on\ngpio=18=op,dl\n")
    assert row.level == Level.WARN
    assert f"`gpio=17={wanted}`" in row.todo


def test_contrary_setting_names_the_line(tmp_path: Path) -> None:
    row = judged(tmp_path, LOW, "gpio=17=op,dl\n")
    assert "ON while the Pi starts" in row.text
    assert "`gpio=17=op,dh`" in row.todo


def test_no_file(tmp_path: Path) -> None:
    assert judged(tmp_path, HIGH, None).level == Level.WARN


def test_old_place_of_the_file(tmp_path: Path) -> None:
    machine = pi(tmp_path, None)
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/config.txt").write_text("gpio=17=op,dl")
    (row,) = rows(config_of(tmp_path, FACTORY="lgpio"), machine, None)
    assert row.level == Level.OK


@pytest.mark.parametrize(
    ("relay", "pin", "warned"),
    [
        (HIGH, 8, True),  # pulled up after a reset
        (HIGH, 9, False),  # pulled down
        (LOW, 8, False),
        (LOW, 9, True),
    ],
)
def test_first_seconds_after_a_reset(tmp_path: Path, relay: str, pin: int, warned: bool) -> None:
    levels = "op,dl" if relay == HIGH else "op,dh"
    text = text_of(tmp_path, FACTORY="lgpio", RELAY=relay).replace("pin: 17", f"pin: {pin}")
    (row,) = rows(load_text(text, "c.yaml", {}), pi(tmp_path, f"gpio={pin}={levels}"), None)
    assert row.level == Level.OK
    assert ("first seconds" in row.todo) is warned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gpio=17=op,dl", Setting(True, False)),
        ("gpio=17=OP,DL  # the relay", Setting(True, False)),
        (" gpio = 17 = op , dh", Setting(True, True)),
        ("#gpio=17=op,dl", None),
        ("gpio=1=op,dl\ngpio=170=op,dl", None),
        ("gpio=0-27=ip,pd", Setting(False, None, "down")),
        ("gpio=18-27=ip,pd", None),
        ("gpio=5,17,22=op,dl", Setting(True, False)),
        ("gpio=17=op,dl\ngpio=17=op,dh", Setting(True, True)),
        ("gpio=17=op\ngpio=17=dh", Setting(True, True)),
        ("[none]\ngpio=17=op,dl", None),
        ("[pi5]\ngpio=17=op,dl", None),
        ("[pi4]\ngpio=17=op,dl", Setting(True, False)),
        ("[pi5]\n[all]\ngpio=17=op,dl", Setting(True, False)),
        ("[gpio4=1]\ngpio=17=op,dl", None),
        ("gpio=17=a2", Setting()),
        ("gpio=x=op,dl", None),
    ],
)
def test_lines_of_the_file(text: str, expected: Setting | None) -> None:
    assert settings_in(text, PI4).get(17) == expected


@pytest.mark.parametrize(
    ("model", "section"),
    [
        ("Raspberry Pi Zero 2 W Rev 1.0", "pi02"),
        ("Raspberry Pi Zero W Rev 1.1", "pi0"),
        ("Raspberry Pi 5 Model B Rev 1.0", "pi5"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "pi3"),
    ],
)
def test_sections_of_a_model(model: str, section: str) -> None:
    text = f"[{section}]\ngpio=17=op,dl"
    assert settings_in(text, model)[17] == Setting(True, False)
    assert settings_in(text, PI4) == {}


def test_not_looked_at(tmp_path: Path) -> None:
    """Mock pins, another machine's pins, no Pi: nothing can be said here."""
    nowhere = Machine(tmp_path)
    (mock,) = rows(config_of(tmp_path), nowhere, None)
    (no_pi,) = rows(config_of(tmp_path, FACTORY="lgpio"), nowhere, None)
    far = config_of(tmp_path, FACTORY="pigpio, pigpio_host: 10.0.0.9")
    (remote,) = rows(far, nowhere, None)
    assert [row.level for row in (mock, no_pi, remote)] == [Level.OK] * 3
    assert "mock" in mock.text
    assert "not a Raspberry Pi" in no_pi.text
    assert "10.0.0.9" in remote.text


def test_given_file_is_looked_at_on_any_machine(tmp_path: Path) -> None:
    given = tmp_path / "my-config.txt"
    given.write_text("gpio=17=op,dh")
    (row,) = rows(config_of(tmp_path), Machine(tmp_path), given)
    assert row.level == Level.FAIL


def test_given_file_that_is_not_there(tmp_path: Path) -> None:
    (row,) = rows(config_of(tmp_path), Machine(tmp_path), tmp_path / "nowhere")
    assert row.level == Level.WARN
    assert "nowhere" in row.text
