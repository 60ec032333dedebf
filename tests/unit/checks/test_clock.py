"""The clocks: how far apart, in words that a person can weigh."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.checks.clock import rows
from pvopt.checks.machine import Machine
from pvopt.checks.row import Level, Row
from pvopt.model import Instant
from tests.check_config import config_of

NOW_S = 1_780_000_000.0


def agreement(folder: Path, apart_s: float) -> Row:
    config = config_of(folder)
    found = rows(config, Machine(folder), Instant(0.0, NOW_S, True), ("gx", NOW_S + apart_s, NOW_S))
    return next(row for row in found if "of gx" in row.text)


@pytest.mark.parametrize(
    ("apart_s", "words"),
    [
        (60.0, "agrees"),
        (61.0, "is 61 s ahead of this machine's"),
        (-119.0, "is 119 s behind"),
        (-120.0, "is 2 min behind"),
        (3_600.0, "is 1 h 0 min ahead of"),
        (86_400.0, "is 1 day 0 h ahead of"),
        (-13_223_680.0, "is 153 days 1 h behind this machine's"),
    ],
)
def test_how_far_apart(tmp_path: Path, apart_s: float, words: str) -> None:
    row = agreement(tmp_path, apart_s)
    assert words in row.text
    assert row.level == (Level.OK if words == "agrees" else Level.WARN)
