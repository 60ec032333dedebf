"""Days as a table: sums and the day's score."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.commands.export import rows_of_days
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore
from pvopt.store.reader import Reader
from tests.unit.store.rig import Home
from tests.unit.store.test_reader import DAY, live

MISSED = tuple(200.0 if one in (Cause.WAITING, Cause.HOT) else 0.0 for one in Cause)
SCORE = DayScore(DAY.toordinal(), caught_wh=7900.0, missed_wh=MISSED, worth=1.23456)


def exported(path: Path, *scores: DayScore) -> dict[str, object]:
    home = Home(path, decides=False)
    home.store.scores = lambda: scores
    live(home, 2000.0, 70)
    home.store.close()
    (row,) = rows_of_days(Reader(path), DAY, DAY)
    return row


def test_a_day_has_its_score(tmp_path: Path) -> None:
    """Of 8.3 kWh 0.2 found the tank hot: 8.1 were possible."""
    row = exported(tmp_path / "store.db", SCORE)
    assert row["score.caught_kwh"] == 7.9
    assert row["score.possible_kwh"] == pytest.approx(8.1)
    assert row["score.missed.waiting_kwh"] == 0.2
    assert row["score.missed.hidden_kwh"] == 0.0
    assert row["score.worth"] == 1.2346
    assert {f"score.missed.{cause.name.lower()}_kwh" for cause in Cause} <= set(row)
    assert row["date"] == DAY.isoformat()
    assert row["load.boiler.switches"] is not None


def test_a_day_without_a_score(tmp_path: Path) -> None:
    row = exported(tmp_path / "store.db")
    assert not [name for name in row if name.startswith("score.")]
    assert row["pv_kwh"] is not None
