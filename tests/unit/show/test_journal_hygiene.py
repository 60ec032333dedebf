"""Where hygiene stands, in the log and in the status."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pvopt.decide.legionella import LegionellaLedger, LegionellaRule, Progress, stands
from pvopt.decide.memory import Ledger
from pvopt.decide.wants_rules import ComfortLedger
from pvopt.model import Command, Decision, Instant, Outcome, Reason, Tick, Why
from pvopt.show.journal_hygiene import HygieneJournal
from pvopt.show.status_forms import Seen, own_load
from tests.unit.decide.samples import snapshot

PARIS = "Europe/Paris"
DAY_S = 86_400.0
RULE = LegionellaRule(power_w=2000.0)


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp()


DONE = utc("2026-01-07 12:00")
WAS_DONE = LegionellaLedger(begun_utc_s=DONE - DAY_S, done_utc_s=DONE)
PLANNED = replace(WAS_DONE, start_utc_s=utc("2026-01-13 03:00"))
NEW = LegionellaLedger(begun_utc_s=DONE, start_utc_s=DONE + 3600.0)


@pytest.mark.parametrize(
    ("ledger", "at", "progress"),
    [
        (LegionellaLedger(), "2026-01-07 12:00", None),
        (WAS_DONE, "2026-01-07 12:00", Progress.DONE),
        (PLANNED, "2026-01-12 11:59", Progress.DONE),
        (PLANNED, "2026-01-12 12:00", Progress.WAITING),
        (replace(PLANNED, forced=True), "2026-01-13 03:00", Progress.HEATING),
        (PLANNED, "2026-01-14 12:00", Progress.WAITING),
        (replace(PLANNED, forced=True), "2026-01-14 12:01", Progress.OVERDUE),
        (replace(NEW, start_utc_s=0.0), "2026-01-07 13:00", Progress.FIRST),
        (NEW, "2026-01-07 13:00", Progress.WAITING),
        (NEW, "2026-01-08 12:01", Progress.OVERDUE),
    ],
)
def test_progress(ledger: LegionellaLedger, at: str, progress: Progress | None) -> None:
    now = stands(RULE, ledger, utc(at))
    assert (None if now is None else now.progress) == progress


def tick(at: str, utc_ok: bool = True) -> Tick:
    instant = Instant(1.0, utc(at), utc_ok)
    command = Command("boiler", 0.0, 9.0, Reason(Why.NIGHT))
    decision = Decision(instant, (command,), 0.0, 0.0, ())
    return Tick(replace(snapshot(1.0), instant=instant), decision, (Outcome("boiler", 0.0),))


def kept(ledger: LegionellaLedger) -> Ledger:
    return Ledger(comfort=(ComfortLedger("boiler", legionella=ledger),))


def test_the_log_says_once_where_it_stands(caplog: pytest.LogCaptureFixture) -> None:
    ledger = kept(PLANNED)
    journal = HygieneJournal({"boiler": RULE}, lambda: ledger, PARIS)
    with caplog.at_level(logging.INFO, "pvopt"):
        journal.record(tick("2026-01-09 12:00", utc_ok=False))
        journal.record(tick("2026-01-09 12:00"))
        journal.record(tick("2026-01-09 12:01"))
        journal.record(tick("2026-01-12 12:00"))
        ledger = kept(replace(PLANNED, forced=True))
        journal.record(tick("2026-01-13 03:00"))
        journal.record(tick("2026-01-14 12:01"))
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        (
            "INFO",
            "boiler: hygiene was done 2026-01-07 12:00, the next is due by 2026-01-14 12:00",
        ),
        (
            "INFO",
            "boiler: hygiene is due by 2026-01-14 12:00: waiting for the sun, heating begins "
            "2026-01-13 03:00",
        ),
        ("INFO", "boiler: hygiene is due by 2026-01-14 12:00: heating, whatever the sun does"),
        (
            "WARNING",
            "boiler: hygiene is overdue since 2026-01-14 12:00: not hot enough for long enough",
        ),
    ]


def test_a_load_of_which_nothing_is_kept_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    journal = HygieneJournal({"other": RULE}, lambda: kept(PLANNED), PARIS)
    with caplog.at_level(logging.INFO, "pvopt"):
        journal.record(tick("2026-01-09 12:00"))
    assert caplog.records == []


@pytest.mark.parametrize(
    ("at", "utc_ok", "told"),
    [
        ("2026-01-13 00:00", True, "waiting"),
        ("2026-01-15 00:00", True, "overdue"),
        ("2026-01-15 00:00", False, None),
    ],
)
def test_the_status_says_it(at: str, utc_ok: bool, told: str | None) -> None:
    one = Seen(tick(at, utc_ok), kept(PLANNED), 0.0, ZoneInfo(PARIS), PARIS, {"boiler": RULE})
    row = json.loads(own_load(one, 0))["hygiene"]
    if told is None:
        assert row is None
        return
    assert row == {
        "state": told,
        "due_utc_s": utc("2026-01-14 12:00"),
        "start_utc_s": utc("2026-01-13 03:00"),
        "done_utc_s": DONE,
    }


def test_a_load_without_such_a_rule_has_none() -> None:
    one = Seen(tick("2026-01-13 00:00"), kept(PLANNED), 0.0, ZoneInfo(PARIS), PARIS)
    assert json.loads(own_load(one, 0))["hygiene"] is None
