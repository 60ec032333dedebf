"""Files/pvopt.service: systemd finds nothing to say about it, and it says what safety needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pvopt.guardian import Timing
from pvopt.off import BUDGET_S

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "Files/pvopt.service"


def settings() -> dict[str, list[str]]:
    """Every key with all its lines."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        if re.match(r"\w+=", line):
            key, _, text = line.partition("=")
            found.setdefault(key, []).append(text)
    return found


def verify(folder: Path, unit: str) -> str:
    """All that ``systemd-analyze verify`` says, with the program where it is here.

    Its exit code says nothing: it is 0 for misspelt keys.
    """
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed; the full tests/run.sh installs it")
    copy = folder / "pvopt.service"
    copy.write_text(unit.replace("/opt/pvopt/.venv/bin/python", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    assert verify(tmp_path, UNIT.read_text()) == ""


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("WatchdogSec=", "WatchDogSeconds="),
        ("Type=notify", "Type=notifies"),
        ("DevicePolicy=closed", "DevicePolicy=shut"),
        ("/opt/pvopt/.venv/bin/python", "/nowhere/python"),
    ],
)
def test_systemd_would_have_found_it(tmp_path: Path, good: str, bad: str) -> None:
    assert good in UNIT.read_text()
    assert verify(tmp_path, UNIT.read_text().replace(good, bad)) != ""


def test_the_guardian_speaks_and_comes_back() -> None:
    unit = settings()
    assert unit["Type"] == ["notify"]
    assert unit["NotifyAccess"] == ["main"]
    assert unit["Restart"] == ["always"]
    assert unit["StartLimitIntervalSec"] == ["0"]
    assert unit["KillMode"] == ["mixed"]
    assert unit["RestartPreventExitStatus"] == ["2"]


def test_systemd_leaves_the_guardian_its_time() -> None:
    """Silence, kill and second path come first; so do an orderly stop and a slow start."""
    unit, timing = settings(), Timing()
    [watchdog_s], [stop_s] = unit["WatchdogSec"], unit["TimeoutStopSec"]
    assert float(watchdog_s) > timing.silence_s + BUDGET_S + 1
    assert float(stop_s) > timing.stop_s + timing.leave_s + 2 * BUDGET_S + 1
    assert float(unit["TimeoutStartSec"][0]) > timing.start_s


def test_the_same_configuration_starts_and_stops() -> None:
    unit = settings()
    [start], [stop] = unit["ExecStart"], unit["ExecStopPost"]
    assert start.split()[1:] == stop.replace("outputs-off", "run").split()[1:]
    assert stop.split()[2] == "outputs-off"


def test_least_rights() -> None:
    unit = settings()
    assert unit["User"] == ["pvopt"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["DevicePolicy"] == ["closed"]
    # These would take the pins or kernel PWM away.
    assert not {"PrivateDevices", "ProtectKernelTunables", "DynamicUser"} & set(unit)
