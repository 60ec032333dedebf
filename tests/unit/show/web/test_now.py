"""What is told of one tick, in numbers and in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide.legionella import LegionellaLedger, LegionellaRule
from pvopt.decide.memory import Ledger
from pvopt.decide.wants_rules import ComfortLedger
from pvopt.model import MISSING, Instant, Tick
from pvopt.show.web.now import now
from pvopt.show.web.published import PageRecorder, Published
from pvopt.show.words.tongues import tongue
from tests.unit.show.web.samples import HOME, LEDGER, UTC_S, ZONE, tick_at

DAY_S = 86_400.0


def told(tick: Tick | None = None, ledger: Ledger = LEDGER, code: str = "en") -> dict[str, Any]:
    one = Published(7, tick or tick_at(), ledger, "2026-06-21", {"pv_wh": 4321.6})
    found: dict[str, Any] = json.loads(json.dumps(now(one, HOME, tongue(code)), allow_nan=False))
    return found


def test_the_home() -> None:
    found = told()
    assert found["schema"] == "pvopt.now/1"
    assert found["local"] == "2026-06-21 14:30:00"
    assert found["demo"] is True
    assert (found["site"]["grid_w"], found["site"]["pv_w"]) == (-120.0, 2300.0)
    assert found["site"]["fresh"] is True
    assert found["site"]["age_s"] == 1.0
    assert found["today"] == {"pv_wh": 4321.6}
    assert found["alarms"] == [
        "OFF: no meter moves although the heater draws: the readings are frozen"
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", "hygiene was done 2026-06-20 14:30, the next is due by 2026-06-27 14:30"),
        ("de", "Hygiene erledigt 2026-06-20 14:30, die nächste fällig bis 2026-06-27 14:30"),
        ("fr", "hygiène faite 2026-06-20 14:30, la prochaine avant 2026-06-27 14:30"),
        ("cs", "hygiena hotova 2026-06-20 14:30, další nejpozději 2026-06-27 14:30"),
    ],
)
def test_where_hygiene_stands(code: str, words: str) -> None:
    done = LegionellaLedger(begun_utc_s=UTC_S - 2 * DAY_S, done_utc_s=UTC_S - DAY_S)
    ledger = replace(LEDGER, comfort=(ComfortLedger("ecs", legionella=done),))
    home = HOME._replace(hygiene={"ecs": LegionellaRule(2000.0)})
    ecs, pool = now(Published(7, tick_at(), ledger, "", {}), home, tongue(code))["loads"]
    assert (ecs["hygiene"], pool["hygiene"]) == (words, "")
    assert told(ledger=ledger)["loads"][0]["hygiene"] == ""  # it has no rule
    unsure = tick_at()
    unsure = replace(
        unsure, snapshot=replace(unsure.snapshot, instant=Instant(100.0, UTC_S, False))
    )
    [ecs, _] = now(Published(7, unsure, ledger, "", {}), home, tongue(code))["loads"]
    assert ecs["hygiene"] == ""


def test_the_house_without_our_loads() -> None:
    """1840.2 W in all, 1487.4 W of them the boiler's by its curve, 0 W the pool's by its meter."""
    assert told()["house_w"] == 352.8


def test_a_load_with_its_reason_and_what_would_change_it() -> None:
    ecs, pool = told()["loads"]
    assert (ecs["setpoint_w"], ecs["draws_w"], ecs["why"]) == (1500.0, 1487.4, "boost")
    assert ecs["words"] == "boost by hand until 15:30"
    assert ecs["temperature_c"] == 48.2
    assert (ecs["today_wh"], ecs["yesterday_wh"], ecs["full"]) == (1234.6, 5678.9, True)
    assert ecs["mode"] == "boost"
    assert ecs["asked"] == [
        {
            "kind": "boost", "watts": 1500.0, "until_utc_s": UTC_S + 3600.0, "left_s": 3600.0,
            "until": "until 15:30",
            "until_c": 55.0, "temp": "max", "by": "the page",
        }
    ]  # fmt: skip
    assert (pool["change"], pool["change_w"], pool["change_s"]) == (
        "needs 180 W more for 40 s", 180.0, 40.0,
    )  # fmt: skip
    assert (pool["mode"], pool["asked"], pool["fault"]) == ("auto", [], "does not answer")
    assert (pool["sensor"], pool["least_w"]) == (False, 2000.0)


def test_the_one_that_draws_stands_on_top() -> None:
    assert told()["main"] == "ecs"
    one = tick_at()
    first, second = one.decision.commands
    swapped = (replace(first, setpoint_w=0.0), replace(second, setpoint_w=900.0))
    assert told(replace(one, decision=replace(one.decision, commands=swapped)))["main"] == "pool"
    idle = (replace(first, setpoint_w=0.0), second)
    assert told(replace(one, decision=replace(one.decision, commands=idle)))["main"] == "ecs"


def test_words_in_another_language() -> None:
    ecs, pool = told(code="de")["loads"]
    assert ecs["words"] == "Boost von Hand bis 15:30"
    assert pool["change"] == "braucht 180 W mehr, 40 s lang"


def test_sources_and_storages() -> None:
    found = told()
    assert found["health"][1] == {
        "origin": "vrm", "ok": False, "used": False, "age_s": None, "fault": "no net",
    }  # fmt: skip
    assert found["storages"][0]["power_w"] == -80.0
    assert found["storages"][0]["soc_pct"] == 44.0
    assert found["storages"][0]["setpoint_w"] == -150.0
    assert found["storages"][0]["words"] == "gives its part of what the house needs"


def test_nothing_known_is_null_and_never_0() -> None:
    one = tick_at()
    blind = told(replace(one, snapshot=replace(one.snapshot, site=None)))
    assert (blind["site"], blind["house_w"]) == (None, None)
    site = one.snapshot.site
    assert site is not None
    gap = replace(one.snapshot, site=replace(site, load_w=MISSING, grid_w=MISSING))
    assert told(replace(one, snapshot=gap))["site"]["grid_w"] is None
    assert told(replace(one, snapshot=gap))["house_w"] is None


def test_old_numbers_are_called_old() -> None:
    one = tick_at()
    later = replace(one.snapshot, instant=replace(one.snapshot.instant, mono_s=900.0))
    assert told(replace(one, snapshot=later))["site"]["fresh"] is False


def test_the_recorder_publishes_adds_up_and_wakes() -> None:
    woken: list[int] = []
    recorder = PageRecorder(lambda: LEDGER, ZONE)
    recorder.wake = lambda: woken.append(1)
    assert recorder.latest is None
    for k in range(37):
        recorder.record(tick_at(UTC_S + 10.0 * k, 3600.0, 100.0 + 10.0 * k))
    assert recorder.latest is not None
    assert recorder.latest.number == len(woken) == 37
    assert recorder.latest.date == "2026-06-21"
    assert recorder.latest.today["pv_wh"] == pytest.approx(360.0)
    assert recorder.latest.today["export_wh"] == pytest.approx(12.0)
    assert recorder.latest.today["import_wh"] == 0.0
    assert recorder.latest.ledger is LEDGER


def test_a_new_day_begins_at_the_sites_midnight() -> None:
    recorder = PageRecorder(lambda: LEDGER, ZONE)
    midnight = UTC_S + 9.5 * 3600.0
    for k in range(4):
        recorder.record(tick_at(midnight - 20.0 + 10.0 * k, 3600.0, 100.0 + 10.0 * k))
    assert recorder.latest is not None
    assert recorder.latest.date == "2026-06-22"
    assert recorder.latest.today["pv_wh"] == pytest.approx(20.0)


def test_today_goes_on_with_what_was_recorded() -> None:
    """After a restart at noon the sun of the morning is still there; counters begin at 0."""
    recorder = PageRecorder(lambda: LEDGER, ZONE)
    recorder.begin("2026-06-21", {"pv_wh": 4000.0})
    for k in range(37):
        recorder.record(tick_at(UTC_S + 10.0 * k, 3600.0, 100.0 + 10.0 * k))
    latest = recorder.latest
    assert latest is not None
    assert latest.today["pv_wh"] == pytest.approx(4360.0)
    assert latest.since_utc_s is None
    assert latest.total_wh()["pv_wh"] == pytest.approx(360.0)
    assert latest.total_wh()["export_wh"] == pytest.approx(12.0)


def test_what_was_recorded_of_another_day_is_not_todays() -> None:
    recorder = PageRecorder(lambda: LEDGER, ZONE)
    recorder.begin("2026-06-20", {"pv_wh": 4000.0})
    for k in range(2):
        recorder.record(tick_at(UTC_S + 10.0 * k, 3600.0, 100.0 + 10.0 * k))
    assert recorder.latest is not None
    assert recorder.latest.today["pv_wh"] == pytest.approx(10.0)


def test_today_says_since_when_if_nothing_was_recorded() -> None:
    """Until midnight; and not when it began a moment after midnight."""
    recorder = PageRecorder(lambda: LEDGER, ZONE)
    recorder.record(tick_at(UTC_S))
    assert recorder.latest is not None
    assert recorder.latest.since_utc_s == UTC_S
    assert now(recorder.latest, HOME, tongue("en"))["today_since_utc_s"] == UTC_S
    recorder.record(tick_at(UTC_S + 10.0))
    assert recorder.latest.since_utc_s == UTC_S
    midnight = UTC_S + 9.5 * 3600.0
    recorder.record(tick_at(midnight + 5.0))
    assert recorder.latest.since_utc_s is None
    for after_s, since in ((600.0, None), (601.0, midnight + 601.0)):
        late = PageRecorder(lambda: LEDGER, ZONE)
        late.record(tick_at(midnight + after_s))
        assert late.latest is not None
        assert late.latest.since_utc_s == since


def test_a_pause_counts_for_nothing() -> None:
    recorder = PageRecorder(lambda: LEDGER, ZONE)
    recorder.record(tick_at(UTC_S, 3600.0, 100.0))
    recorder.record(tick_at(UTC_S + 61.0, 3600.0, 161.0))
    assert recorder.latest is not None
    assert recorder.latest.today == {}
    recorder.record(tick_at(UTC_S + 71.0, 3600.0, 171.0))
    assert recorder.latest.today["pv_wh"] == pytest.approx(10.0)


def test_recording_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    recorder = PageRecorder(lambda: LEDGER, ZONE)

    def fails() -> None:
        raise RuntimeError("no thread")

    recorder.wake = fails
    recorder.record(tick_at())
    recorder.record(tick_at(UTC_S + 1.0))
    assert caplog.text.count("could not be published") == 1
