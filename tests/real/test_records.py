"""The whole real path recorded: the shipped demonstration, its records exported and replayed."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
from pathlib import Path

from pvopt.store.reader import Reader
from tests.processes import children_of, gone, until

ROOT = Path(__file__).parents[2]
MAIN = [sys.executable, str(ROOT / "main.py")]


def demonstration(folder: Path, *changes: tuple[str, str]) -> Path:
    """The shipped configuration, faster."""
    text = (ROOT / "Files/config.yaml").read_text(encoding="utf-8")
    for old, new in (("  #speed: 1 ", "  speed: 40 "), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    made = folder / "demo.yaml"
    made.write_text(text, encoding="utf-8")
    return made


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MAIN, *words], cwd=folder, capture_output=True, text=True, timeout=90, check=False
    )


def test_what_was_decided_is_decided_again(tmp_path: Path) -> None:
    """Over Modbus, with real threads: every decision is the same from the records alone."""
    config = demonstration(tmp_path)
    ran = call(tmp_path, "run", "--config", str(config), "--duration", "200")
    assert ran.returncode == 0, ran.stderr
    again = call(tmp_path, "replay", "--config", str(config))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "every decision is the same as recorded" in again.stdout
    told = call(tmp_path, "export", "--config", str(config))
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert 190 <= len(rows) <= 201
    assert any(float(row["load.boiler.setpoint_w"]) > 0.0 for row in rows)
    assert f"{len(rows)} ticks of 1 run" in again.stdout


def test_killed_with_its_guardian_it_leaves_a_sound_file(tmp_path: Path) -> None:
    """kill -9 of both: what was committed can be read, at most the last batch is missing."""
    config = demonstration(tmp_path, ("  #batch_s: 300", "  batch_s: 20"))
    run = subprocess.Popen(
        [*MAIN, "run", "--config", str(config)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    reader = Reader(tmp_path / "state/demo-store.db")

    def recorded_s() -> float:
        span = reader.span()
        return 0.0 if span is None else span[1] - span[0]

    try:
        assert until(lambda: recorded_s() > 60.0, 60.0)
        children = children_of(run.pid)
        seen_s = recorded_s()
        run.send_signal(signal.SIGKILL)
        for child in children:
            subprocess.run(["kill", "-9", str(child)], check=False)
        run.wait(10.0)
        assert until(lambda: all(map(gone, children)))
    finally:
        run.kill()
    assert recorded_s() >= seen_s
    again = call(tmp_path, "replay", "--config", str(config))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "every decision is the same" in again.stdout
