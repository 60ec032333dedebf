"""What is worth a message, when it has lasted, and how often it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.legionella import LegionellaLedger
from pvopt.decide.memory import Ledger
from pvopt.decide.wants_rules import ComfortLedger
from pvopt.model import Alarm, Command, Decision, Outcome, Reading, Reason, Tick, Why
from pvopt.show.alarms import calls
from pvopt.show.alert_limits import Limits
from pvopt.show.alerts import Change, Key, Watch, hidden, standing
from tests.unit.show.test_journal_hygiene import RULE
from tests.unit.show.web.samples import UTC_S, tick_at

MAX_C = {"ecs": 60.0}


def tick(why: Why = Why.VISIBLE, fault: str = "", water_c: float = 48.0) -> Tick:
    one = tick_at()
    view = replace(one.snapshot.loads[0], temperature_c=Reading(water_c, 99.0, "t"))
    command = Command("ecs", 0.0, 105.0, Reason(why))
    return replace(
        one,
        snapshot=replace(one.snapshot, loads=(view,)),
        decision=Decision(one.snapshot.instant, (command,), 0.0, 0.0),
        outcomes=(Outcome("ecs", 0.0, fault=fault),),
    )


def found(one: Tick, ledger: Ledger = Ledger()) -> set[tuple[str, str]]:  # noqa: B008 (frozen)
    return {(key.event, key.load) for key in standing(one, ledger, MAX_C, {"ecs": RULE})}


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (tick(), set()),
        (tick(Why.TOO_HOT), set()),
        (tick(Why.WELDED), {("heater_alarm", "ecs")}),
        (tick(Why.ELEMENT), {("heater_alarm", "ecs")}),
        (tick(fault="does not answer"), {("heater_alarm", "ecs")}),
        (tick(Why.SENSOR_LOST), {("sensor_lost", "ecs")}),
        (tick(Why.SENSOR_BAD), {("sensor_lost", "ecs")}),
        (tick(water_c=65.0), set()),
        (tick(water_c=65.1), {("too_hot", "ecs")}),
    ],
)
def test_what_is_worth_a_message(one: Tick, wanted: set[tuple[str, str]]) -> None:
    assert found(one) == wanted


@pytest.mark.parametrize("why", [Why.NIGHT, Why.SOC_LOW, Why.STALE, Why.PERSON_OFF, Why.MIN_OFF])
def test_a_latched_verdict_is_an_alarm_whatever_else_the_load_says(why: Why) -> None:
    one, ledger = tick(why), Ledger(latched=(("ecs", Why.WELDED), ("gone", Why.TRIAC_SHORT)))
    alerts = standing(one, ledger, MAX_C, {})
    assert {key for key in alerts if key.event == "heater_alarm"} == {Key("heater_alarm", "ecs")}
    assert (
        alerts[Key("heater_alarm", "ecs")]
        == standing(tick(Why.WELDED), Ledger(), MAX_C, {})[Key("heater_alarm", "ecs")]
    )
    command, outcome = one.decision.commands[0], one.outcomes[0]
    assert calls(command, outcome, ledger.latched)
    assert not calls(command, outcome)


def test_the_homes_meters() -> None:
    one = tick()
    assert one.snapshot.site is not None
    blind = replace(one, snapshot=replace(one.snapshot, site=None))
    lost = replace(one.snapshot.site, alarms=(Alarm.METER_LOST,))
    old = replace(one.snapshot.site, at_s=1.0)
    for site in (lost, old):
        assert found(replace(one, snapshot=replace(one.snapshot, site=site))) == {
            ("meter_lost", "")
        }
    assert found(blind) == {("meter_lost", "")}


@pytest.mark.parametrize(
    ("days", "wanted"),
    [(1.0, set()), (6.0, {"legionella_due"}), (7.5, {"legionella_overdue"})],
)
def test_hygiene_by_the_days_since_it_was_whole(days: float, wanted: set[str]) -> None:
    done_s = UTC_S - days * 86_400.0
    kept = LegionellaLedger(
        begun_utc_s=done_s - 9e6, done_utc_s=done_s, start_utc_s=done_s + 6.5 * 86_400.0
    )
    ledger = Ledger(comfort=(ComfortLedger("ecs", legionella=kept),))
    assert {event for event, _ in found(tick(), ledger)} == wanted


LOST = Key("sensor_lost", "ecs")


def test_only_what_lasts_is_said_and_only_once() -> None:
    watch = Watch()
    assert [watch.step({LOST: "x"}, float(s)) for s in range(60)] == [[]] * 60
    assert watch.step({LOST: "x"}, 60.0) == [Change(LOST, True, "x")]
    assert watch.step({LOST: "x"}, 61.0) == []
    assert watch.step({}, 70.0) == []
    assert watch.step({LOST: "x"}, 100.0) == []  # back before it was over
    assert watch.step({}, 200.0) == []
    assert watch.step({}, 259.9) == []
    assert watch.step({}, 260.0) == [Change(LOST, False, "x")]


def test_a_short_gap_of_numbers_is_none() -> None:
    watch = Watch()
    for second in range(1000):
        now = {} if second % 50 == 0 else {LOST: "x"}
        assert watch.step(now, float(second)) == [], second


def test_what_stood_before_a_restart_is_not_said_again_but_its_end_is() -> None:
    watch = Watch([LOST])
    assert watch.step({LOST: "x"}, 0.0) == []
    watch.step({}, 1.0)
    [over] = watch.step({}, 61.0)
    assert (over.key, over.begun) == (LOST, False)


def dateless(one: Tick) -> Tick:
    at = replace(one.snapshot.instant, utc_ok=False)
    return replace(one, snapshot=replace(one.snapshot, instant=at))


def alarmed(one: Tick, why: Why) -> Tick:
    return replace(one, decision=replace(one.decision, alarms=(Reason(why),)))


def blind(one: Tick) -> Tick:
    return replace(one, snapshot=replace(one.snapshot, site=None))


def silent(one: Tick, reading: Reading) -> Tick:
    view = replace(one.snapshot.loads[0], temperature_c=reading)
    return replace(one, snapshot=replace(one.snapshot, loads=(view,)))


@pytest.mark.parametrize(
    ("event", "one", "wanted"),
    [
        ("legionella_overdue", tick(), False),
        ("legionella_overdue", dateless(tick()), True),
        ("legionella_due", dateless(tick()), True),
        ("heater_alarm", tick(Why.NIGHT), False),
        ("heater_alarm", alarmed(tick(Why.NIGHT), Why.ELEMENT), True),
        ("heater_alarm", alarmed(tick(Why.NIGHT), Why.SENSOR_BAD), False),
        ("sensor_lost", tick(Why.NIGHT), False),
        ("sensor_lost", alarmed(tick(Why.NIGHT), Why.SENSOR_BAD), True),
        ("sensor_lost", silent(tick(Why.NIGHT), Reading(48.0, 39.9, "t")), True),
        ("sensor_lost", silent(tick(Why.NIGHT), Reading(48.0, 40.1, "t")), False),
        ("sensor_lost", silent(tick(Why.NIGHT), Reading(None, 99.0, "t")), True),
        ("heater_alarm", blind(tick(Why.NO_DATA)), True),
        ("too_hot", dateless(tick(Why.NIGHT)), False),
        ("too_hot", silent(tick(), Reading(None, 99.0, "t")), True),
        ("meter_lost", dateless(tick(Why.NIGHT)), False),
    ],
)
def test_what_cannot_be_seen_is_not_over(event: str, one: Tick, wanted: bool) -> None:
    key = Key(event, "ecs" if event != "meter_lost" else "")
    assert hidden(key, one, {"ecs": 60.0}) is wanted
    watch = Watch([key])
    changes = [watch.step({}, float(s), lambda it: hidden(it, one, {"ecs": 60.0})) for s in (0, 99)]
    assert [bool(found) for found in changes].count(True) == (0 if wanted else 1)


def test_one_message_of_each_in_its_minutes() -> None:
    limits = Limits(1800.0, 60)
    limits.take(Change(LOST, True, "a"))
    assert [one.text for one in limits.due(0.0)] == ["a"]
    limits.take(Change(LOST, False, "b"))
    assert [(one.begun, one.held_back) for one in limits.due(10.0)] == [(False, 0)]
    limits.take(Change(LOST, True, "c"))
    assert limits.due(1799.9) == []
    limits.take(Change(LOST, False, "d"))
    limits.take(Change(LOST, True, "e"))
    [late] = limits.due(1800.0)  # it still stands
    assert (late.text, late.held_back) == ("e", 2)


def test_what_is_over_before_it_may_be_told_is_only_counted() -> None:
    limits = Limits(1800.0, 60)
    for second, begun in ((0.0, True), (1.0, False), (2.0, True), (3.0, False)):
        limits.take(Change(LOST, begun, "x"))
        limits.due(second)
    assert limits.due(5000.0) == []
    limits.take(Change(LOST, True, "y"))
    [one] = limits.due(5001.0)
    assert one.held_back == 2


def test_so_many_an_hour_in_all() -> None:
    limits = Limits(60.0, 5)
    for load in "abcdefgh":
        limits.take(Change(Key("sensor_lost", load), True, load))
    assert len(limits.due(0.0)) == 5
    assert limits.due(3599.9) == []
    assert [one.text for one in limits.due(3600.0)] == ["f", "g", "h"]


@given(
    st.lists(st.tuples(st.floats(0.0, 400.0), st.sampled_from("abc"), st.booleans()), max_size=60)
)
def test_no_course_of_events_breaks_a_limit(course: list[tuple[float, str, bool]]) -> None:
    limits, now_s = Limits(600.0, 4), 0.0
    told: list[tuple[float, str, bool]] = []
    for after_s, load, begun in course:
        now_s += after_s
        limits.take(Change(Key("sensor_lost", load), begun, ""))
        told += [(now_s, one.key.load, one.begun) for one in limits.due(now_s)]
    for at_s, load, begun in told:
        alike = [s for s, *one in told if one == [load, begun] and at_s <= s < at_s + 600.0]
        assert len(alike) == 1
        assert len([s for s, *_ in told if at_s <= s < at_s + 3600.0]) <= 4


def test_limits_go_on_after_a_restart() -> None:
    first = Limits(1800.0, 12)
    first.take(Change(LOST, True, "a"))
    first.due(100.0)
    again = Limits(1800.0, 12)
    again.restore(first.kept(200.0), 5000.0)
    again.take(Change(LOST, False, "b"))
    assert len(again.due(5001.0)) == 1
    again.take(Change(LOST, True, "c"))
    assert again.due(5000.0 + 1699.0) == []
    assert len(again.due(5000.0 + 1701.0)) == 1


def test_so_many_an_hour_in_all_over_a_restart_too() -> None:
    first = Limits(60.0, 3)
    for load in "ab":
        first.take(Change(Key("sensor_lost", load), True, load))
    assert len(first.due(0.0)) == 2
    again = Limits(60.0, 3)
    again.restore(first.kept(100.0), 5000.0)  # told 100 s ago
    for load in "cde":
        again.take(Change(Key("sensor_lost", load), True, load))
    assert len(again.due(5001.0)) == 1
    assert again.due(5000.0 + 3499.0) == []
    assert len(again.due(5000.0 + 3501.0)) == 2


def test_a_loop_that_crashes_again_and_again_says_so_once() -> None:
    kept = Limits(1800.0, 12)
    said = 0
    for start in range(20):
        again = Limits(1800.0, 12)
        again.restore(kept.kept(10.0 * start), 10.0 * start)
        again.once(Key("restarted"), "crash")
        said += len(again.due(10.0 * start))
        kept = again
    assert said == 1
