"""`benchmark storages`: what is refused, what is written, how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")

from pvopt.benchmarks import storages  # noqa: E402
from pvopt.commands import benchmark_storages  # noqa: E402
from pvopt.commands.cli import main  # noqa: E402
from tests.unit.benchmarks.test_storages import SCORE  # noqa: E402


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weather", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["--hours", "0"], "'0' is not a number from 0.1 to 24"),
        (["--storages", "4"], "--storages: '4' is not there: choose of 2, 3, 8"),
        (["--delays", ","], "--delays names none: choose of 1, 10, 1-10"),
        (["--laws", "s9"], "--laws: 's9' is not there: choose of pvopt, distributor, balancer"),
        (["--place", "50,14"], "--place goes with --weather"),
        (["--json", "/proc/none/rows.json"], "--json /proc/none/rows.json: cannot be written"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", "storages", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("settle_s", "hours", "code"), [(5.0, 24, 0), (9.0, 24, 1), (9.0, 23, 0)])
def test_rows_are_written_and_to_be_behind_in_a_whole_day_ends_with_1(
    settle_s: float,
    hours: int,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Any] = []

    def rows(cases: list[Any], load_w: Any, workers: int, said: Any) -> list[Any]:
        asked.extend([cases, load_w, workers])
        return [
            storages.Row(2, "1", "pvopt", SCORE._replace(settle_s=settle_s)),
            storages.Row(2, "1", "distributor", SCORE),
        ]

    monkeypatch.setattr(storages, "storages", rows)
    load_w = np.linspace(100.0, 300.0, 86_400)
    day = SimpleNamespace(load_w=load_w, start_utc_s=0.0, local_offset_s=0.0)
    monkeypatch.setattr(benchmark_storages, "prepared", lambda args, by_load: ([day], "made up"))
    path = tmp_path / "rows.json"
    words = ["--storages", "2", "--delays", "1", "--hours", str(hours), "--workers", "1"]
    assert main(["benchmark", "storages", *words, "--json", str(path)]) == code
    cases, load_w, workers = asked
    assert [(case.storages, case.delay) for case in cases] == [(2, "1")] * 3
    assert (len(load_w), workers) == (3600 * hours, 1)
    written = json.loads(path.read_text())
    assert written["schema"] == "pvopt.benchmark-storages/1"
    assert written["rows"][0]["settle_s"] == settle_s
    assert "W on average" in capsys.readouterr().out
