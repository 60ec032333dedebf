"""``python main.py password``: from a pipe, its line, and what is no password."""

from __future__ import annotations

import io

import pytest

from pvopt.commands.cli import main
from pvopt.config.load import load_text
from pvopt.show.web.passwords import fits
from tests.unit.config.samples import BASE


def test_the_line_is_one_for_the_configuration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["password"]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "horse" not in line
    made = load_text(BASE + "page:\n" + line + "\n", "c.yaml", {})
    assert made.page is not None
    assert fits("correct horse", made.page.password_hash)


@pytest.mark.parametrize(("typed", "words"), [("short12", "too short"), ("a" * 300, "too long")])
def test_what_is_no_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, words: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    assert main(["password"]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert typed not in told.err + told.out
