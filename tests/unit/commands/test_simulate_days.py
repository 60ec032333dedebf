"""`simulate`: minutes of virtual time through the real loop, and every file that they leave."""

from __future__ import annotations

import csv
import gzip
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.commands import simulate_days
from pvopt.commands.cli import main
from pvopt.commands.simulate_days import NO_MATPLOTLIB, NOT_ENDED
from pvopt.model import Why
from pvopt.show.progress import Progress
from pvopt.show.ticks_csv import COLUMNS

ROOT = Path(__file__).resolve().parents[3]
NOON = ("--start", "2026-06-21 11:00")
WORDS = ("simulate", "--config", str(ROOT / "Files/config.yaml"), *NOON)
FEW = ("--days", "0.005", "--no-pictures")  # 432 s


@pytest.fixture(autouse=True)
def _as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a folder of its own, and with the signals of before."""
    monkeypatch.chdir(tmp_path)
    before = {number: signal.getsignal(number) for number in (1, 2, 15)}
    yield
    signal.set_wakeup_fd(-1)
    for number, action in before.items():
        signal.signal(number, action)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with gzip.open(folder / "ticks.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_files_of_a_short_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, *FEW]) == 0
    folder = tmp_path / "simulated"
    assert sorted(path.name for path in folder.iterdir()) == ["summary.txt", "ticks.csv.gz"]
    said = capsys.readouterr().out
    assert (folder / "summary.txt").read_text(encoding="utf-8").splitlines()[:9] == (
        said.splitlines()[:9]
    )
    assert "none failed" in said
    assert "matplotlib" not in said
    rows = rows_of(folder)
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 433
    assert rows[0]["time"] == "2026-06-21T09:00:00Z"
    assert rows[-1]["time"] == "2026-06-21T09:07:12Z"
    assert {row["why"] for row in rows} <= {why.name for why in Why}
    assert float(rows[-1]["true_heater_w"]) > 100.0


def test_the_summary_adds_up(tmp_path: Path) -> None:
    main([*WORDS, *FEW])
    text = (tmp_path / "simulated/summary.txt").read_text(encoding="utf-8")
    found = re.search(r"^2026-06-21 +(.*)$", text, re.MULTILINE)
    assert found
    caught, missed, grid, battery, _, pct = (float(word) for word in found[1].split()[:6])
    rows = rows_of(tmp_path / "simulated")[1:]
    heat_kwh = sum(float(row["true_heater_w"]) for row in rows) / 3.6e6
    possible_kwh = sum(float(row["true_all_knowing_w"]) for row in rows) / 3.6e6
    assert caught + missed == pytest.approx(possible_kwh, abs=0.011)
    assert caught + grid + battery == pytest.approx(heat_kwh, abs=0.007)
    assert pct == pytest.approx(100.0 * caught / possible_kwh, abs=100.0 * 0.006 / possible_kwh)


def test_ctrl_c_saves_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Progress, share: float, words: str) -> None:
        if "11:03" in words:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Progress, "show", interrupt)
    assert main([*WORDS, "--days", "0.9"]) == 0  # a whole day would be compiled first
    said = capsys.readouterr().out
    assert "STOPPED EARLY, of 0.9 days only" in said
    folder = tmp_path / "simulated"
    assert len(rows_of(folder)) in {180, 181}
    assert "STOPPED EARLY" in (folder / "summary.txt").read_text(encoding="utf-8")
    assert (folder / "2026-06-21.png").stat().st_size > 20_000


def test_older_files_give_way_and_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("ticks.csv.gz", "summary.txt", "my notes.txt"):
        (folder / name).write_text("old")
    main([*WORDS, *FEW, "--out", str(folder)])
    assert (folder / "my notes.txt").read_text() == "old"
    assert "old" not in (folder / "summary.txt").read_text(encoding="utf-8").split()
    assert len(rows_of(folder)) == 433


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delattr(simulate_days, "Run")
    assert main([*WORDS, *FEW, "--out", "file/within"]) == 2
    assert "--out file/within: cannot be written to" in capsys.readouterr().err


def test_a_full_disk_ends_the_run_with_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "simulated"
    folder.mkdir()
    (folder / "ticks.csv.gz").symlink_to("/dev/full")
    assert main([*WORDS, "--days", "0.9", "--no-pictures"]) == 1
    said = capsys.readouterr()
    assert "ticks.csv.gz: cannot be written on (No space left on device)" in said.err
    assert "Traceback" not in said.err
    assert "STOPPED EARLY" in (folder / "summary.txt").read_text(encoding="utf-8")


def test_without_matplotlib_all_but_pictures_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "pvopt.show.plots_day", raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main([*WORDS, "--days", "0.005"]) == 0
    assert NO_MATPLOTLIB in capsys.readouterr().out.splitlines()
    assert sorted(path.suffix for path in (tmp_path / "simulated").iterdir()) == [".gz", ".txt"]


def test_a_run_that_is_killed_leaves_no_old_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look(_: Progress, share: float, words: str) -> None:
        seen.append((tmp_path / "simulated/summary.txt").read_text(encoding="utf-8"))

    monkeypatch.setattr(Progress, "show", look)
    main([*WORDS, *FEW])
    assert set(seen) == {NOT_ENDED}


def test_a_power_cut_makes_an_island(tmp_path: Path) -> None:
    text = (ROOT / "Files/config.yaml").read_text(encoding="utf-8")
    config = tmp_path / "cut.yaml"
    config.write_text(text.replace("#outages: []", "outages: [[11:03, 11:05]]"), encoding="utf-8")
    assert main([WORDS[0], "--config", str(config), *NOON, *FEW]) == 0
    down = [row for row in rows_of(tmp_path / "simulated") if row["grid_up"] == "0"]
    assert len(down) == 120
    assert all(float(row["true_grid_w"]) == 0.0 for row in down)
    assert all(float(row["true_load_w"]) > 0.0 for row in down)
    text = (tmp_path / "simulated/summary.txt").read_text(encoding="utf-8")
    assert "power cuts     0.03 h without grid" in text
