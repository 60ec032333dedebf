"""`sweep` on the command line: what is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.benchmarks.sweep_paths import PATHS
from pvopt.commands import sweep_go
from pvopt.commands.cli import main

VARY = ["--vary", "demo.tank_l=100,200"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusal(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    assert main(["sweep", *words]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert not Path("sweep").exists(), "nothing may be written"
    return told.err


def test_paths_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--paths"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PATHS)
    assert all(len(line.split()) > 1 for line in lines)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--vary says nothing"),
        (["--vary", "demo.tank=1"], "Did you mean demo.tank_l"),
        (["--vary", "demo.tank_l=5"], "10 to 2000 l"),
        ([*VARY, "--step", "7"], "is none of 1, 2, 3"),
        ([*VARY, "--step", "61"], "is none of 1, 2, 3"),
        ([*VARY, "--workers", "0"], "1 to 1024"),
        ([*VARY, "--workers", "2", "--dask", "tcp://x"], "not allowed with"),
        ([*VARY, "--days", "0"], "is not a number"),
        ([*VARY, "--weather", "none.csv"], "none.csv"),
        ([*VARY, "--place", "1,2"], "--weather"),
        ([*VARY, "--config", "none.yaml"], "there is no such file"),
        ([*VARY, "--days", "365", "--step", "1"], "fewer --days or a longer step"),
    ],
)
def test_what_is_refused(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in refusal(capsys, *words)


def test_it_says_how_to_get_numba(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep_go, "available", lambda: False)
    assert "run  . ./env.sh sim" in refusal(capsys, *VARY, "--days", "1", code=1)
