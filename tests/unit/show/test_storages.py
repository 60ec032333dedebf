"""What is told of storages: the log's lines once per change, and rows of the status."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from pvopt.decide.memory import Ledger
from pvopt.model import (
    MISSING,
    Command,
    Decision,
    Instant,
    Outcome,
    Reading,
    Reason,
    Snapshot,
    StorageView,
    Tick,
    Why,
)
from pvopt.show.journal import Journal
from pvopt.show.mqtt_status import NumberForm, OwnForm
from pvopt.show.status_forms import Seen, net_power, own
from tests.unit.decide.samples import reading, site


def view(name: str, gives_w: float | None, soc_pct: float, there: bool | None) -> StorageView:
    power = MISSING if gives_w is None else Reading(-gives_w, 0.0, name)
    return StorageView(name, power, Reading(soc_pct, 0.0, name), there)


def command(name: str, gives_w: float, from_w: float | None, why: Why = Why.SHARING) -> Command:
    have_w = None if from_w is None else -from_w
    return Command(name, -gives_w, 99.0, Reason(why), from_w=have_w)


def tick(
    now_s: float,
    one: tuple[float, float],
    two: tuple[float, float],
    grid_w: float = 150.0,
    why: Why = Why.SHARING,
    fault: str = "",
) -> Tick:
    """Each gives and shall give so many watts."""
    commands = (
        command("storage-1", one[1], one[0], why),
        command("storage-2", two[1], two[0]),
    )
    home = replace(site(now_s), grid_w=reading(grid_w, now_s))
    views = (
        view("storage-1", one[0], 85.2, True),
        view("storage-2", two[0], 78.9, True),
    )
    decision = Decision(Instant(now_s, 0.0), (), 0.0, 0.0, storages=commands, need_w=550.0)
    outcomes = (Outcome("storage-1", -one[1], fault=fault), Outcome("storage-2", -two[1]))
    snapshot = Snapshot(Instant(now_s, 0.0), home, storages=views)
    return Tick(snapshot, decision, (), outcomes)


def lines(*ticks: Tick, caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.set_level(logging.INFO)
    caplog.clear()
    journal = Journal()
    for one in ticks:
        journal.record(one)
    return [record.getMessage() for record in caplog.records]


def test_the_lines_are_those_of_the_load_distributor(caplog: pytest.LogCaptureFixture) -> None:
    why = "gives its part of what the house needs"
    assert lines(tick(0.0, (200.0, 250.0), (200.0, 300.0)), caplog=caplog) == [
        "Net Power: 150W",
        f"storage-1 (ONLINE): 85.2% 200→250W (+50), {why}",
        f"storage-2 (ONLINE): 78.9% 200→300W (+100), {why}",
        "Total Output: 400→550W",
    ]


def test_once_per_change_and_small_ones_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    steady = [tick(float(second), (275.0, 275.0), (275.0, 275.0)) for second in range(300)]
    assert len(lines(*steady, caplog=caplog)) == 4
    wild = [
        tick(float(second), (200.0, 200.0 + 90.0 * (second % 2)), (0.0, 0.0))
        for second in range(300)
    ]
    assert len(lines(*wild, caplog=caplog)) <= 4 * 5


@pytest.mark.parametrize(("total_w", "told"), [(130.0, 1), (131.0, 2)])
def test_a_change_of_a_fifth_or_thirty_watts_is_told(
    total_w: float, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    said = lines(
        tick(0.0, (50.0, 50.0), (50.0, 50.0)),
        tick(61.0, (50.0, 50.0), (50.0, total_w - 50.0)),
        caplog=caplog,
    )
    assert len(said) == 4 * told


def test_trouble_is_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    first = tick(0.0, (200.0, 200.0), (200.0, 200.0))
    lost = tick(1.0, (200.0, 0.0), (200.0, 400.0), why=Why.STORAGE_SILENT)
    views = (view("storage-1", None, 85.2, True), *lost.snapshot.storages[1:])
    lost = replace(lost, snapshot=replace(lost.snapshot, storages=views))
    said = lines(first, lost, lost, caplog=caplog)
    assert len(said) == 8
    assert said[5].startswith("storage-1 (SILENT): 85.2% 0W, silent")


def test_a_faulty_output_is_told_once_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def one(now_s: float, fault: str) -> Tick:
        return tick(now_s, (0.0, 0.0), (0.0, 0.0), fault=fault)

    wrong = "storage-1: cannot be told what to give: no broker"
    said = lines(one(0.0, ""), one(1.0, wrong), one(2.0, wrong), one(3.0, ""), caplog=caplog)
    assert said[4:] == [wrong, "storage-1: is told again what to give"]


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Why.ASSUMED, "nothing heard of it yet: taken as configured"),
        (Why.STORAGE_SILENT, "silent: the others carry its part"),
    ],
)
def test_before_the_first_word_the_log_says_what_counts(
    why: Why, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = tick(0.0, (0.0, 0.0), (0.0, 0.0), why=why)
    views = (StorageView("storage-1"), *one.snapshot.storages[1:])
    said = lines(replace(one, snapshot=replace(one.snapshot, storages=views)), caplog=caplog)
    assert said[1].startswith("storage-1 (SILENT): 0W, ")
    assert words in said[1]


def _short(now_s: float) -> Tick:
    """The first gives 20 W of the 250 W that it was asked for."""
    one = tick(now_s, (20.0, 20.0), (200.0, 200.0), why=Why.NOT_FOLLOWING)
    first = one.decision.storages[0]
    first = replace(first, reason=Reason(Why.NOT_FOLLOWING, (("asked_w", -250.0),)))
    storages = (first, *one.decision.storages[1:])
    return replace(one, decision=replace(one.decision, storages=storages))


@pytest.mark.parametrize(("last_s", "told"), [(3599, 1), (3601, 2)])
def test_one_that_does_not_follow_is_a_fault_told_once_an_hour(
    last_s: int, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    words = "was asked to give 250 W, has 20 W"
    ticks = [_short(float(second)) for second in (0, 1, 500, last_s)]
    assert lines(*ticks, caplog=caplog).count(f"storage-1: {words}") == told
    assert {r.levelname for r in caplog.records if words in r.getMessage()} == {"WARNING"}
    rows = json.loads(own(seen(_short(0.0))))["storages"]
    assert [row["fault"] for row in rows] == [words, ""]


@pytest.mark.parametrize("output", ["", "storage-1: cannot be told what to give: no broker"])
def test_the_status_says_why_one_is_silent_but_first_that_it_cannot_be_told(output: str) -> None:
    one = tick(0.0, (0.0, 0.0), (200.0, 200.0), why=Why.STORAGE_SILENT, fault=output)
    silent = "b2500/1/power/power is silent for more than 30 s"
    views = (replace(one.snapshot.storages[0], fault=silent), *one.snapshot.storages[1:])
    one = replace(one, snapshot=replace(one.snapshot, storages=views))
    assert json.loads(own(seen(one)))["storages"][0]["fault"] == (output or silent)


def test_a_home_without_storages_has_no_such_lines(caplog: pytest.LogCaptureFixture) -> None:
    plain = tick(0.0, (0.0, 0.0), (0.0, 0.0))
    plain = replace(plain, decision=replace(plain.decision, storages=()), storage_outcomes=())
    assert lines(plain, caplog=caplog) == []


def seen(one: Tick) -> Seen:
    return Seen(one, Ledger(), 0.0, ZoneInfo("UTC"), "UTC")


def test_rows_of_the_status() -> None:
    one = seen(tick(5.0, (200.0, 250.0), (200.0, 300.0)))
    found = json.loads(own(one))
    assert found["need_w"] == 550.0
    assert found["storages"][0] == {
        "id": "storage-1",
        "setpoint_w": -250.0,
        "power_w": -200.0,
        "soc_pct": 85.2,
        "connected": True,
        "why": "sharing",
        "words": "gives its part of what the house needs",
        "fault": "",
    }
    topics = dict(OwnForm("pvopt", 10.0).messages(one, 0.0))
    assert json.loads(topics["pvopt/storage-2/status"])["setpoint_w"] == -300.0


def test_without_storages_the_status_is_as_it_was() -> None:
    one = tick(5.0, (0.0, 0.0), (0.0, 0.0))
    plain = replace(one, decision=replace(one.decision, storages=()))
    assert not {"need_w", "storages"} & json.loads(own(seen(plain))).keys()


@pytest.mark.parametrize(("grid_w", "text"), [(150.4, "150"), (-0.4, "0"), (-88.6, "-89")])
def test_net_power_is_a_rounded_number(grid_w: float, text: str) -> None:
    assert net_power(seen(tick(5.0, (0.0, 0.0), (0.0, 0.0), grid_w))) == text


def test_net_power_is_told_when_it_has_changed() -> None:
    form = NumberForm("sma/net_power", 1.0, net_power)
    assert form.kept
    said = [
        list(form.messages(seen(tick(5.0, (0.0, 0.0), (0.0, 0.0), grid_w)), 0.0))
        for grid_w in (150.0, 150.2, 151.0)
    ]
    assert said == [[("sma/net_power", "150")], [], [("sma/net_power", "151")]]
