"""The demonstration as shipped, only faster: it heats, it can be read, and it ends in order."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import children_of, gone, until

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "Files" / "config.yaml"
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (INFO|WARNING|ERROR) +(?P<words>\S.*)")
BOILER = re.compile(r"\d\d:\d\d:\d\d boiler: \S.* \[sun \d+ W, house \d+ W, .*; gx\]")
ACCOUNT = re.compile(
    r"(?P<sun>[\d.]+) kWh from the sun into the water, (?P<grid>[\d.]+) kWh from the grid, "
    r"(?P<battery>[\d.]+) kWh from the battery; .* (?P<switches>\d+) on/off switch(es)?, "
    r"(?P<moves>\d+) knob moves?"
)
# What an owner should not meet: Python's own words.
FOREIGN = re.compile(r"Traceback|None|\bnan\b|\binf\b|<[a-z]|Why\.|0x[0-9a-f]{6}|pvopt\.[a-z]+\.")

pytestmark = pytest.mark.slow


@pytest.fixture
def fast(tmp_path: Path) -> Path:
    """The shipped file, 20 times as fast; log and state go to the folder it is started in."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count("  #speed: 1 ") == 1
    config = tmp_path / "demo.yaml"
    config.write_text(text.replace("  #speed: 1 ", "  speed: 20 "), encoding="utf-8")
    return config


def command(config: Path, *words: str) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), "--config", str(config), *words]


def two_minutes(config: Path, *words: str) -> list[str]:
    """The words of the log's lines; the exit code must be 0."""
    done = subprocess.run(
        command(config, "--duration", "120", *words),
        cwd=config.parent,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [LINE.fullmatch(line) for line in done.stderr.splitlines()]
    assert all(found), done.stderr
    return [line["words"] for line in found if line is not None]


def account(words: list[str]) -> dict[str, float]:
    [found] = [match for line in words if (match := ACCOUNT.search(line))]
    return {name: float(number) for name, number in found.groupdict().items()}


def test_two_minutes_heat_water_with_sun(fast: Path) -> None:
    words = two_minutes(fast)
    summed = account(words)
    assert summed["sun"] > 0.01
    assert summed["grid"] + summed["battery"] <= 0.01
    assert summed["switches"] >= 1
    assert summed["moves"] >= 1
    assert words[-4] == "stopped (mock pins)"
    assert words[-3] == "121 looks at the home, none late, none failed"


def test_its_log_can_be_read_by_an_owner(fast: Path) -> None:
    words = two_minutes(fast)
    assert words[0].startswith("DEMONSTRATION with ")
    assert any("for the real thing" in line for line in words[:5])
    boiler = [line for line in words if re.match(r"\d\d:", line)]
    assert len(boiler) >= 3
    assert all(BOILER.fullmatch(line) for line in boiler), boiler
    assert any(
        "W, searching: trying whether the sun carries these watts" in line for line in boiler
    )
    assert not [line for line in words if FOREIGN.search(line)]
    kept = (fast.parent / "pvopt.log").read_text(encoding="utf-8")
    assert [LINE.fullmatch(line) is not None for line in kept.splitlines()] == [True] * len(words)


def test_a_dry_run_reads_and_decides_and_moves_nothing(fast: Path) -> None:
    words = two_minutes(fast, "--dry-run")
    assert any(line.startswith("DRY RUN: reads and decides, touches no pin") for line in words)
    assert words[-4] == "dry run ended, no pin was touched"
    decided = [line for line in words if re.match(r"\d\d:", line)]
    assert decided
    assert all(line[9:].startswith("would: boiler: ") for line in decided)
    assert any(
        BOILER.fullmatch(line.replace("would: ", "")) and " W, searching: " in line
        for line in words
    )
    summed = account(words)
    assert (summed["switches"], summed["moves"], summed["sun"]) == (0, 0, 0)


def test_slow_motion_is_no_silence(fast: Path) -> None:
    """Ten real seconds from tick to tick, of which the guardian is told."""
    slow = fast.with_name("slow.yaml")
    slow.write_text(fast.read_text(encoding="utf-8").replace("  speed: 20 ", "  speed: 0.1 "))
    done = subprocess.run(
        command(slow, "--duration", "1"),
        cwd=slow.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "2 looks at the home, none late, none failed" in done.stderr
    assert "guardian" not in done.stderr


@contextmanager
def running(config: Path) -> Iterator[subprocess.Popen[str]]:
    with (config.parent / "said").open("w") as said:
        process = subprocess.Popen(command(config), cwd=config.parent, stderr=said, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_it_in_order(fast: Path, number: signal.Signals) -> None:
    said = fast.parent / "said"
    with running(fast) as process:
        heats = re.compile(r"boiler: \d{3,} W, ")
        assert until(lambda: len(heats.findall(said.read_text())) >= 2, 60), said.read_text()
        [loop] = children_of(process.pid)
        process.send_signal(number)
        assert process.wait(15) == 0, said.read_text()
        assert gone(loop)
    lines = [LINE.fullmatch(line) for line in said.read_text().splitlines()]
    words = [line["words"] for line in lines if line is not None]
    assert "stopped (mock pins)" in words
    assert account(words)["sun"] > 0
