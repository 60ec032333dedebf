"""Machine and clocks: what is said of folders, memory, other instances, dates."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pvopt.checks import clock, host
from pvopt.checks.machine import Machine, kernel_synchronised
from pvopt.checks.row import Level, Row, guarded
from pvopt.lock import PinLock, pins_of
from pvopt.model import Instant
from tests.check_config import config_of

NOW_UTC_S = 1_800_000_000.0
NOW = Instant(100.0, NOW_UTC_S, True)


def seen(folder: Path, area: str, machine: Machine | None = None, **given: Any) -> Row:
    found = host.rows(config_of(folder, **given), machine or Machine(folder))
    return next(row for row in found if row.area == area)


def test_a_fresh_folder_is_all_right(tmp_path: Path) -> None:
    found = list(host.rows(config_of(tmp_path), Machine(tmp_path)))
    assert {row.level for row in found} == {Level.OK}
    assert not (tmp_path / "state").exists(), "looking must leave nothing behind"


def test_folders_that_cannot_be(tmp_path: Path) -> None:
    """A file stands where a folder should be: no user, not even root, can write there."""
    (tmp_path / "file").touch()
    assert seen(tmp_path, "state", FOLDER=tmp_path / "file").level == Level.WARN
    assert seen(tmp_path, "log", FOLDER=tmp_path / "file").level == Level.FAIL


def test_read_only_folder(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    assert seen(tmp_path, "log").level == Level.FAIL


@pytest.mark.parametrize(("kb", "level"), [(65_535, Level.WARN), (65_536, Level.OK)])
def test_memory(tmp_path: Path, kb: int, level: Level) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(f"MemTotal: 999999 kB\nMemAvailable:   {kb} kB\n")
    assert seen(tmp_path, "memory").level == level


def test_service(tmp_path: Path) -> None:
    assert "no systemd" in seen(tmp_path, "service").text
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    assert "not installed" in seen(tmp_path, "service").text
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/systemd/system/pvopt.service").touch()
    assert "is installed" in seen(tmp_path, "service").text


def test_another_instance(tmp_path: Path) -> None:
    """Its process is named; pins far from those of other tests, as the locks are machine-wide."""
    config = config_of(tmp_path, FACTORY="pigpio, pigpio_host: 10.9.8.7")
    assert host.running_pid(config) is None
    with PinLock(pins_of(config)):
        assert host.running_pid(config) == os.getpid()
        row = next(r for r in host.rows(config, Machine(tmp_path)) if r.area == "instance")
        assert str(os.getpid()) in row.text
    assert host.running_pid(config) is None


def at(
    folder: Path,
    instant: Instant = NOW,
    synchronised: bool | None = True,
    gx: tuple[str, float, float] | None = None,
    site: str = "",
) -> list[Row]:
    machine = Machine(folder, lambda: synchronised)
    return list(clock.rows(config_of(folder, SITE=site), machine, instant, gx))


def test_clock_is_all_right(tmp_path: Path) -> None:
    (row,) = at(tmp_path)
    assert row == Row("clock", Level.OK, "2027-01-15 09:00 in Europe/Prague")


@pytest.mark.parametrize(
    ("synchronised", "level"), [(True, Level.OK), (None, Level.OK), (False, Level.WARN)]
)
def test_synchronised(tmp_path: Path, synchronised: bool | None, level: Level) -> None:
    assert at(tmp_path, synchronised=synchronised)[0].level == level


def test_timesyncd_is_believed(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    assert at(tmp_path, synchronised=False)[0].level == Level.OK


def test_no_date_yet(tmp_path: Path) -> None:
    row = at(tmp_path, Instant(5.0, 3600.0, False))[0]
    assert row.level == Level.WARN
    assert "1970" in row.text


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("apart_s", "level"), [(60, Level.OK), (61, Level.WARN)])
def test_gx_clock(tmp_path: Path, apart_s: float, level: Level, way: int) -> None:
    row = at(tmp_path, gx=("gx", NOW_UTC_S + way * apart_s, NOW_UTC_S))[1]
    assert row.level == level
    if level == Level.WARN:
        assert ("ahead" if way > 0 else "behind") in row.text


@pytest.mark.parametrize(
    ("zone", "longitude", "warned"),
    [
        ("Europe/Prague", 14, False),
        ("UTC", 14, False),
        ("UTC", 52, False),  # 3.47 h
        ("UTC", 53, True),  # 3.53 h
        ("Europe/Prague", -100, True),  # a forgotten sign
        ("Pacific/Kiritimati", -157, False),  # across the date line
        ("Asia/Shanghai", 75, False),  # the west of China
    ],
)
def test_time_zone_against_longitude(
    tmp_path: Path, zone: str, longitude: float, warned: bool
) -> None:
    config = config_of(tmp_path)
    import attrs

    site = attrs.evolve(config.site, timezone=zone, longitude=longitude)
    found = clock.rows(attrs.evolve(config, site=site), Machine(tmp_path, lambda: True), NOW, None)
    assert (len(list(found)) == 2) is warned


def test_the_kernel_answers() -> None:
    """On Linux it knows; whatever it says, it is an answer and not an exception."""
    assert kernel_synchronised() in (True, False, None)


def test_an_exception_costs_only_its_area() -> None:
    def broken() -> list[Row]:
        raise RuntimeError("token=abc123")

    (row,) = guarded("gx", broken)
    assert (row.area, row.level) == ("gx", Level.FAIL)
    assert "RuntimeError" in row.text
    assert "abc123" not in str(row)


def test_nothing_heavy_is_imported() -> None:
    """The doctor on a small Pi: what no source needs is not loaded."""
    code = (
        "import sys; from pvopt.commands import check; "
        "print([m for m in ('numpy', 'aiohttp', 'pydantic', 'requests', 'pymodbus', 'gpiozero')"
        " if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
