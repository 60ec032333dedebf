"""The log as an owner reads it: a line when something changed, none when nothing did."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial

import pytest

from pvopt.model import Command, Decision, Instant, Outcome, Reason, Request, RequestKind, Tick, Why
from pvopt.show.journal import QUIET_S, Journal
from pvopt.show.words.wishes import local_time
from tests.unit.decide.samples import charger, reading, site, snapshot


def tick(
    now_s: float,
    code: Why,
    setpoint_w: float = 0.0,
    fault: str = "",
    alarms: tuple[Why, ...] = (),
) -> Tick:
    command = Command("boiler", setpoint_w, now_s + 5.0, Reason(code))
    decision = Decision(
        Instant(now_s, now_s), (command,), 0.0, 0.0, tuple(Reason(alarm) for alarm in alarms)
    )
    return Tick(snapshot(now_s), decision, (Outcome("boiler", setpoint_w, fault=fault),))


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="pvopt")
    return caplog


def test_steady_ticks_make_one_line(lines: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for now_s in range(3600):
        journal.record(tick(now_s, Why.NIGHT))
    assert len(lines.records) == 1
    assert "night" in lines.messages[0]


def test_a_request_is_told_with_who_asked_and_until_when(lines: pytest.LogCaptureFixture) -> None:
    asked = Request("1", "boiler", RequestKind.BOOST, 700.0, 1_782_045_000.0, 55.0, "Eve\n\x1b[31m")
    one = tick(0.0, Why.NIGHT)
    shot = replace(one.snapshot, requests=(asked,))
    Journal(local=partial(local_time, "Europe/Prague")).record(replace(one, snapshot=shot))
    assert lines.messages[0] == "boiler: boost 700 W until 14:30 or 55 °C (asked by Eve[31m)"


def test_a_new_reason_makes_a_line_with_the_homes_numbers(lines: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    journal.record(tick(0.0, Why.NIGHT))
    journal.record(tick(1.0, Why.SOC_LOW))
    assert len(lines.records) == 2
    for number in ("sun 1900 W", "house 340 W", "battery 60 W", "grid -1500 W", "charged 90 %"):
        assert number in lines.messages[1]


def test_missing_numbers_are_left_out_and_held_back_panels_told(
    lines: pytest.LogCaptureFixture,
) -> None:
    one = tick(0.0, Why.PROBING, 500.0)
    home = site(battery_w=reading(None), pv=(charger(True),))
    Journal().record(replace(one, snapshot=replace(one.snapshot, site=home)))
    assert "battery" not in lines.messages[0]
    assert "panels held back" in lines.messages[0]
    assert "500 W" in lines.messages[0]


def test_no_site_is_told_too(lines: pytest.LogCaptureFixture) -> None:
    one = tick(0.0, Why.NO_DATA)
    Journal().record(replace(one, snapshot=replace(one.snapshot, site=None)))
    assert len(lines.records) == 1


@pytest.mark.parametrize(("after_s", "count"), [(QUIET_S - 1.0, 1), (QUIET_S, 2)])
def test_a_search_speaks_again_after_a_while(
    lines: pytest.LogCaptureFixture, after_s: float, count: int
) -> None:
    journal = Journal()
    journal.record(tick(0.0, Why.PROBING, 500.0))
    journal.record(tick(after_s, Why.RIDING, 900.0))
    assert len(lines.records) == count


def test_small_moves_of_a_search_never_speak(lines: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for now_s in range(3600):
        journal.record(tick(now_s, (Why.RIDING, Why.PROBING)[now_s % 2], 1000.0 + now_s % 90))
    assert len(lines.records) == 1


def test_reasons_that_alternate_every_second_do_not_flood(lines: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for now_s in range(3600):
        code = (Why.WAIT_ENABLE, Why.NO_SURPLUS, Why.STEP_BACK, Why.PROBING)[now_s % 4]
        journal.record(tick(now_s, code))
    assert len(lines.records) < 100


@pytest.mark.parametrize("code", [Why.STALE, Why.TOO_HOT, Why.ALARM, Why.GRID_LOST, Why.CHECKING])
def test_danger_speaks_at_once_even_amid_a_search(
    lines: pytest.LogCaptureFixture, code: Why
) -> None:
    journal = Journal()
    journal.record(tick(0.0, Why.PROBING, 500.0))
    journal.record(tick(1.0, code))
    assert len(lines.records) == 2


def test_a_fault_of_an_output_is_told_once_and_its_end_too(
    lines: pytest.LogCaptureFixture,
) -> None:
    journal = Journal()
    for now_s, fault in enumerate(["", "no line", "no line", "no line", "", ""]):
        journal.record(tick(now_s, Why.OUTPUT_FAULT, fault=fault))
    said = [message for message in lines.messages if "no line" in message or "obeys" in message]
    assert len(said) == 2


def test_a_fault_names_its_output_once(lines: pytest.LogCaptureFixture) -> None:
    Journal().record(tick(0.0, Why.OUTPUT_FAULT, fault="boiler: no line"))
    assert "boiler: no line" in lines.messages


def test_an_alarm_is_an_error_and_told_once(lines: pytest.LogCaptureFixture) -> None:
    journal = Journal()
    for now_s in range(10):
        journal.record(tick(now_s, Why.WELDED, alarms=(Why.WELDED,)))
    journal.record(tick(10, Why.NIGHT))
    journal.record(tick(11, Why.WELDED, alarms=(Why.WELDED,)))
    alarms = [r for r in lines.records if r.getMessage().startswith("alarm")]
    assert len(alarms) == 2
    assert all(record.levelno == logging.ERROR for record in alarms)


def test_a_journal_never_raises(lines: pytest.LogCaptureFixture) -> None:
    broken = replace(tick(0.0, Why.NIGHT), outcomes=())
    Journal().record(broken)
    assert "could not be written" in lines.text


def test_the_homes_own_time_begins_the_line(lines: pytest.LogCaptureFixture) -> None:
    Journal(lambda instant: "11:00:00 ").record(tick(0.0, Why.NIGHT))
    assert lines.messages[0].startswith("11:00:00 boiler")


def test_what_is_only_decided_is_told_as_such(lines: pytest.LogCaptureFixture) -> None:
    Journal(lambda instant: "11:00:00 ", "would: ").record(tick(0.0, Why.NIGHT))
    assert lines.messages[0].startswith("11:00:00 would: boiler: night")
