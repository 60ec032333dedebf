"""Days of the score: from tick to tick, over midnights, gaps and restarts, in the records."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pvopt.daylight import local_utc_s
from pvopt.decide.day import day_of
from pvopt.model import MISSING, Instant, LoadView, Reading, Tick
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore, caught_pct, missed_wh, plain, possible_wh, worst
from pvopt.score.keeper import ScoreKeeper
from pvopt.show.journal_score import said, teller
from pvopt.store import database
from pvopt.store.reader import Reader
from pvopt.store.records import Records
from tests.unit.decide.samples import SETTINGS
from tests.unit.store.rig import HOUR_UTC_S, Home

ZONE = SETTINGS.daylight.timezone
DAY = day_of(HOUR_UTC_S, ZONE)


def keeper_over(ticks: list[Tick]) -> ScoreKeeper:
    keeper = ScoreKeeper(SETTINGS)
    for tick in ticks:
        keeper.record(tick)
    return keeper


def lived(path: Path, count: int = 400) -> Home:
    home = Home(path)
    keeper = ScoreKeeper(SETTINGS)
    home.store.scores = keeper.days
    for k in range(count):
        home.tick()
        keeper.record(home.ticks[-1])
        if k % 50 == 0:
            home.store.look()
    return home


def moved(tick: Tick, mono_s: float, utc_s: float, utc_ok: bool = True) -> Tick:
    home = tick.snapshot.site
    assert home is not None
    seen = replace(
        tick.snapshot, instant=Instant(mono_s, utc_s, utc_ok), site=replace(home, at_s=mono_s)
    )
    return replace(tick, snapshot=seen)


@pytest.fixture(scope="module")
def tick(tmp_path_factory: pytest.TempPathFactory) -> Tick:
    home = Home(tmp_path_factory.mktemp("one") / "store.db")
    home.live(2, look=False)
    return home.ticks[-1]


def test_the_records_give_the_same_score_as_the_run(tmp_path: Path) -> None:
    home = lived(tmp_path / "store.db")
    home.store.close()
    today = keeper_over(home.ticks).today
    assert today is not None and today.known_s == pytest.approx(399.0)
    records = Records(home.path)
    again = ScoreKeeper(SETTINGS)
    for stretch in records.stretches(HOUR_UTC_S, HOUR_UTC_S + 3600.0):
        for one in stretch.ticks:
            again.record(one)
    records.close()
    assert again.today == today
    day = date.fromordinal(today.day)
    assert Reader(home.path).scores(day, day) == {today.day: today}


def test_a_restart_goes_on_and_the_gap_is_in_neither(tick: Tick) -> None:
    keeper = ScoreKeeper(SETTINGS)
    for k in range(101):
        keeper.record(moved(tick, 1000.0 + k, HOUR_UTC_S + k))
    kept = keeper.today
    after = ScoreKeeper(SETTINGS)
    after.begin(kept)
    for k in range(51):
        after.record(moved(tick, 5.0 + k, HOUR_UTC_S + 3000.0 + k))
    assert after.today is not None and after.today.known_s == pytest.approx(150.0)


def test_what_was_kept_of_another_day_is_no_beginning(tick: Tick) -> None:
    keeper = ScoreKeeper(SETTINGS)
    keeper.begin(DayScore(DAY.number - 1, known_s=7000.0))
    keeper.record(moved(tick, 1000.0, HOUR_UTC_S))
    assert keeper.today == DayScore(DAY.number)


def test_a_longer_pause_was_not_recorded(tick: Tick) -> None:
    keeper = ScoreKeeper(SETTINGS)
    for at_s in (0.0, 60.0, 120.1):
        keeper.record(moved(tick, 1000.0 + at_s, HOUR_UTC_S + at_s))
    assert keeper.today is not None and keeper.today.known_s == pytest.approx(60.0)


def test_old_numbers_are_blind(tick: Tick) -> None:
    home = tick.snapshot.site
    assert home is not None
    keeper = ScoreKeeper(SETTINGS)
    for k, past_s in enumerate((0.0, -0.1, 0.1)):
        one = moved(tick, 1000.0 + k, HOUR_UTC_S + k)
        at_s = 1000.0 + k - home.allowed_age_s - past_s
        keeper.record(replace(one, snapshot=replace(one.snapshot, site=replace(home, at_s=at_s))))
    assert keeper.today is not None
    assert (keeper.today.known_s, keeper.today.blind_s) == (1.0, 1.0)


def test_without_a_date_nothing_belongs_to_a_day(tick: Tick) -> None:
    keeper = ScoreKeeper(SETTINGS)
    for k in range(3):
        keeper.record(moved(tick, 1000.0 + k, HOUR_UTC_S + k, utc_ok=False))
    assert keeper.today is None and keeper.days() == ()


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 21), 24)]
)
def test_days_begin_at_the_sites_midnight_whatever_the_clocks_do(
    tick: Tick, day: date, hours: int
) -> None:
    settings = replace(SETTINGS, daylight=replace(SETTINGS.daylight, timezone="Europe/Prague"))
    ended: list[DayScore] = []
    keeper = ScoreKeeper(settings, ended.append)
    start_s = local_utc_s(day, 0, "Europe/Prague")
    for k in range(hours * 60 + 2):
        keeper.record(moved(tick, 1000.0 + 60.0 * k, start_s + 60.0 * k))
    # The minute that leads over midnight belongs to the day that it ends in.
    assert [one.day for one in ended] == [day.toordinal()]
    assert ended[0].known_s == pytest.approx(hours * 3600.0 - 60.0)
    assert [one.day for one in keeper.days()] == [day.toordinal(), day.toordinal() + 1]


def test_a_clock_set_back_over_midnight_loses_no_day(tick: Tick) -> None:
    ended: list[DayScore] = []
    keeper = ScoreKeeper(SETTINGS, ended.append)
    offsets_s = [*range(-100, 3), *range(-2, 10)]  # five seconds are lived again
    for k, offset_s in enumerate(offsets_s):
        keeper.record(moved(tick, 1000.0 + k, DAY.end_utc_s + offset_s))
        if offset_s < 0:
            assert keeper.today is not None and keeper.today.day == DAY.number
            assert keeper.today.known_s == pytest.approx(k - 3.0 if k > 100 else k)
    yesterday, today = keeper.days()
    assert (yesterday.day, today.day) == (DAY.number, DAY.number + 1)
    assert yesterday.known_s + today.known_s == pytest.approx(len(offsets_s) - 1)
    assert ended[-1] == yesterday and all(one.day == DAY.number for one in ended)


def test_an_island_without_a_meter_of_the_grid_has_a_score(tick: Tick) -> None:
    """A GX with nothing at its AC input tells no grid at all."""
    home = tick.snapshot.site
    assert home is not None
    for grid_up, seconds in ((False, (2.0, 0.0)), (None, (0.0, 2.0)), (True, (0.0, 2.0))):
        keeper = ScoreKeeper(SETTINGS)
        for k in range(3):
            one = moved(tick, 1000.0 + k, HOUR_UTC_S + k)
            off = replace(home, at_s=1000.0 + k, grid_w=MISSING, grid_up=grid_up)
            keeper.record(replace(one, snapshot=replace(one.snapshot, site=off)))
        assert keeper.today is not None
        assert (keeper.today.known_s, keeper.today.blind_s) == seconds, grid_up


@pytest.mark.parametrize(
    ("changes", "watts"),
    [
        ({}, 1000.0),
        ({"fault": "does not answer"}, 0.0),
        ({"expected_w": math.nan}, 0.0),
        ({"actual_w": Reading(700.0, 1000.0, "t")}, 700.0),
        ({"actual_w": Reading(700.0, 990.0, "t")}, 1000.0),  # 11 s old
        ({"actual_w": Reading(math.inf, 1000.0, "t")}, 1000.0),
        ({"actual_w": Reading(700.0, 9000.0, "t")}, 1000.0),  # from a time to come
        ({"fault": "does not answer", "actual_w": Reading(700.0, 1000.0, "t")}, 700.0),
    ],
)
def test_what_a_load_draws_is_what_can_be_known_of_it(
    tick: Tick, changes: dict[str, Any], watts: float
) -> None:
    view = replace(LoadView("boiler", expected_w=1000.0), **changes)
    keeper = ScoreKeeper(SETTINGS)
    for k in range(2):
        one = moved(tick, 1000.0 + k, HOUR_UTC_S + k)
        home = one.snapshot.site
        assert home is not None
        quiet = replace(home, grid_w=Reading(0.0, 1000.0, "t"), battery_w=MISSING)
        keeper.record(replace(one, snapshot=replace(one.snapshot, site=quiet, loads=(view,))))
    assert keeper.today is not None
    assert 3600.0 * keeper.today.caught_wh == pytest.approx(watts)


def test_a_file_of_an_older_release_is_read_and_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, day = tmp_path / "store.db", date.fromordinal(DAY.number)
    with monkeypatch.context() as older:
        older.setattr(database, "MIGRATIONS", database.MIGRATIONS[:1])
        older.setattr(database, "VERSION", 1)
        database.for_writing(path, 100.0).close()
    assert Reader(path).scores(day, day) == {}
    made = database.for_writing(path, 100.0)
    assert made.execute("SELECT count(*) FROM scores").fetchone() == (0,)
    made.close()


def score(**parts: float) -> DayScore:
    missed = [parts.pop(cause.name.lower(), 0.0) for cause in Cause]
    return DayScore(DAY.number, missed_wh=tuple(missed), **parts)


def test_the_share_is_of_what_these_loads_could_have_had() -> None:
    one = score(caught_wh=7900.0, waiting=500.0, hot=2000.0, small=300.0)
    assert possible_wh(one) == 8400.0
    assert caught_pct(one) == pytest.approx(94.05, abs=0.01)
    assert worst(one) == Cause.HOT
    assert sum(plain(one)["missed"].values()) == plain(one)["missed_wh"] == 2800.0  # type: ignore[attr-defined]


def test_next_to_nothing_is_no_share() -> None:
    assert caught_pct(score(caught_wh=9.9)) is None
    assert caught_pct(score(caught_wh=10.0)) == 100.0


def test_records_without_a_newer_cause() -> None:
    assert missed_wh(DayScore(1, missed_wh=(5.0,)), Cause.HOT) == 0.0


def test_the_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    one = score(caught_wh=7900.0, hidden=504.0, guessed_wh=504.0, grid_wh=20.0)
    assert said(one) == (
        "Yesterday: 7.9 kWh of sun caught, 94 % of what was possible; missed mostly because sun "
        "was held back and not found yet (0.5 kWh, estimated); 0.02 kWh were not solar"
    )
    assert said(score(caught_wh=3.0)) == ""
    caplog.set_level(logging.INFO)
    teller()(one)
    assert caplog.messages == [said(one)]
