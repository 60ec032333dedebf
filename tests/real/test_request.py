"""Requests to a running demonstration, from outside: taken up, survived, kept, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import children_of, until

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "Files" / "config.yaml"
WAIT_S = 60.0  # for what takes a second on an idle machine

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped demonstration by night, when no sun would heat; ten times as fast."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        ("  #speed: 1 ", "  speed: 10 "),
        ("  start: 2026-06-21 11:00 ", "  start: 2026-06-21 00:30 "),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (tmp_path / "demo.yaml").write_text(text, encoding="utf-8")
    return tmp_path


class Run:
    """``main.py`` in a folder of its own, with all its processes in one group."""

    def __init__(self, folder: Path, name: str, *words: str) -> None:
        self.folder, self.log = folder, folder / name
        command = [sys.executable, str(ROOT / "main.py"), "--config", "demo.yaml", *words]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, stderr=log)

    def said(self, pattern: str) -> bool:
        return re.search(pattern, self.log.read_text()) is not None

    def waits_for(self, pattern: str) -> None:
        assert until(lambda: self.said(pattern), WAIT_S), self.log.read_text()

    def kill_all(self) -> None:
        """As a power cut: nobody has time for anything. The guardian first, or it would act."""
        loops = [] if self.process.poll() is not None else children_of(self.process.pid)
        for pid in (self.process.pid, *loops):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*words: str) -> Run:
        runs.append(Run(folder, f"log-{len(runs)}", *words))
        return runs[-1]

    yield begin
    for run in runs:
        run.kill_all()


def request(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "request", *words, "--config", "demo.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def kept(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "state" / "demo-state.json").read_text())
    return found


def test_boost_off_and_auto_of_a_run(folder: Path, start: Callable[..., Run]) -> None:
    run = start()
    run.waits_for(r"boiler: night")
    told = request(folder, "boiler", "boost", "--watts", "1500")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("boiler: boost 1500 W for 60 minutes")
    run.waits_for(r"boiler: boost 1500 W until 01:3\d \(asked by the command line\)")
    run.waits_for(r"boiler: 1500 W, boost by hand until 01:3\d ")
    request(folder, "boiler", "off")
    run.waits_for(r"boiler: switched off by hand ")
    request(folder, "boiler", "auto")
    run.waits_for(r"(?s)switched off by hand .*boiler: night")
    assert until(lambda: not list((folder / "state/inbox").iterdir()), WAIT_S)
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(WAIT_S) == 0
    [energy] = kept(folder)["energy"]
    assert energy["by_hand_wh"] > 0.0
    assert energy["by_hand_wh"] == energy["today_wh"]
    assert kept(folder)["standing"] == []


def test_a_power_cut_keeps_wish_and_energies(folder: Path, start: Callable[..., Run]) -> None:
    run = start()
    run.waits_for(r"boiler: night")
    request(folder, "boiler", "boost")
    run.waits_for(r"boiler: 2000 W, boost by hand")
    request(folder, "boiler", "boost", "--watts", "1500", "--until", "02:30")
    run.waits_for(r"boiler: boost 1500 W until 02:30")
    assert until(lambda: [one["watts"] for one in kept(folder)["standing"]] == [1500.0], WAIT_S)
    run.kill_all()
    before = kept(folder)
    again = start("--duration", "60")
    again.waits_for(r"boiler: as before this start: boost 1500 W until 02:30 \(asked by the com")
    # The simulated clock began anew; what was left by then counts, too.
    again.waits_for(r"boiler: 1500 W, boost by hand until 02:[123]\d")
    assert again.process.wait(WAIT_S) == 0
    [then], [now] = before["energy"], kept(folder)["energy"]
    assert now["today_wh"] > then["today_wh"]
    assert now["by_hand_wh"] > 0.0


def test_a_loop_that_is_killed_goes_on_with_the_wish(
    folder: Path, start: Callable[..., Run]
) -> None:
    run = start()
    run.waits_for(r"boiler: night")
    request(folder, "boiler", "boost")
    run.waits_for(r"boiler: 2000 W, boost by hand")
    [loop] = children_of(run.process.pid)
    os.kill(loop, signal.SIGKILL)  # saved by now, or still in the inbox
    run.waits_for(r"(?s)started again by the guardian.*boiler: 2000 W, boost by hand until 01:[23]")


def test_without_a_run_it_is_taken_up_at_the_next_start(
    folder: Path, start: Callable[..., Run]
) -> None:
    told = request(folder, "boiler", "on")
    assert told.returncode == 0
    assert "no pvopt runs with the state folder" in told.stderr
    start("--duration", "60").waits_for(r"boiler: on until 12:3\d \(asked by")


def test_two_runs_do_not_share_what_is_kept(folder: Path, start: Callable[..., Run]) -> None:
    start().waits_for(r"boiler: night")
    start().waits_for(r"state folder state is not used: another pvopt uses it")


def test_a_full_disk_costs_no_tick(folder: Path, start: Callable[..., Run]) -> None:
    """A real one, of 64 kB."""
    small = folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no right to mount a small disk here (test_keep.py has a full one of its own)")
    try:
        text = (folder / "demo.yaml").read_text().replace("  #folder: state ", "  folder: small ")
        (folder / "demo.yaml").write_text(text)
        with contextlib.suppress(OSError), (small / "ballast").open("wb", 0) as file:
            while True:
                file.write(b"x" * 4096)
        run = start("--duration", "100")
        assert run.process.wait(WAIT_S) == 0, run.log.read_text()
        said = run.log.read_text()
        assert said.count("demo-state.json cannot be written: No space left on device") == 1
        assert re.search(r"101 looks at the home, \w+ late, none failed", said), said
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)
