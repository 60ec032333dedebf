"""`simulate` as a process: Ctrl-C in the middle, and two measured days of a real July."""

from __future__ import annotations

import gzip
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pvopt.clock import Deadline
from pvopt.show.ticks_csv import COLUMNS

ROOT = Path(__file__).resolve().parents[2]
SUMMER = ROOT.parent / "shared/data/summer_1min.csv.gz"


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), "simulate", *words]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    # A whole day would be compiled first.
    words = command("--days", "0.9", "--no-pictures", "--out", str(tmp_path))
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        deadline, ticks = Deadline(60.0), tmp_path / "ticks.csv.gz"
        while deadline.left_s() > 0 and (not ticks.exists() or ticks.stat().st_size < 20_000):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        said, faults = process.communicate(timeout=30.0)
    assert process.returncode == 0
    assert "Traceback" not in faults
    assert "STOPPED EARLY, of 0.9 days only" in said
    with gzip.open(ticks, "rt", encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert len(lines) > 100
    assert {line.count(",") for line in lines} == {len(COLUMNS) - 1}
    assert f"{len(lines) - 1} ticks" in said


@pytest.mark.slow
@pytest.mark.skipif(not SUMMER.exists(), reason="../shared/data/summer_1min.csv.gz is not here")
def test_measured_hours(tmp_path: Path) -> None:
    words = command(
        "--weather", str(SUMMER), "--start", "2016-07-19 12:00", "--days", "0.04",
        "--place", "55.79,12.52", "--out", str(tmp_path),
    )  # fmt: skip
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=110
    )
    assert done.returncode == 0, done.stderr
    assert "measured at 55.79° north, 12.52° east (as told)" in done.stdout
    assert f"house          {SUMMER}" in done.stdout
    assert (tmp_path / "2016-07-19.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
