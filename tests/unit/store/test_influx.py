"""Lines for a database elsewhere: what is told, and what becomes of it when nobody answers."""

from __future__ import annotations

import base64
import math
import time
from dataclasses import replace

import pytest

from pvopt.config.store import Influx
from pvopt.decide.memory import Ledger, Memory
from pvopt.model import (
    Command,
    Decision,
    Health,
    LoadView,
    Outcome,
    Reading,
    Reason,
    StorageView,
    Tick,
    Why,
)
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore
from pvopt.store import influx
from pvopt.store.influx import InfluxWriter, lines_of, score_lines
from tests.http_standin import Asked, Reply, Standin, standin
from tests.unit.decide.samples import NOON_UTC_S, snapshot
from tests.unit.store.rig import HandClock


def tick_at(mono_s: float, **given: object) -> Tick:
    now = replace(snapshot(mono_s), **given)  # type: ignore[arg-type]
    command = Command("boiler", 740.0, mono_s + 5.0, Reason(Why.RIDING))
    decision = Decision(now.instant, (command,), 900.25, 160.25)
    return Tick(now, decision, (Outcome("boiler", 740.0, expected_w=735.5, closed=True),))


def writer_to(stand: Standin, **given: object) -> InfluxWriter:
    config = Influx(url=stand.url, **given)  # type: ignore[arg-type]
    return InfluxWriter(config, HandClock(), threaded=False)


def lines(asked: list[Asked]) -> list[str]:
    return [line for one in asked for line in one.body.decode().splitlines()]


def test_a_tick_in_lines() -> None:
    view = StorageView("shed", Reading(-300.0, 0.0, "t"), Reading(55.5, 0.0, "t"))
    tick = tick_at(1000.0, storages=(view,))
    at = round(tick.snapshot.instant.utc_s * 1000)
    site, load, storage = lines_of(tick, "home")
    assert site.startswith(b"home_site budget_w=900.25,remaining_w=160.25,alarms=0,grid_w=")
    assert load.startswith(b"home_load,load=boiler setpoint_w=740,expected_w=735.5,on=1,why=5")
    assert storage.decode() == f"home_storage,storage=shed power_w=-300,soc_pct=55.5 {at}"
    assert site.endswith(f" {at}".encode())


def test_what_is_not_known_is_left_out() -> None:
    tick = tick_at(1000.0, site=None)
    tick = replace(tick, decision=replace(tick.decision, budget_w=float("nan")))
    site = lines_of(tick, "home")[0].decode()
    assert site.startswith("home_site remaining_w=160.25,alarms=0 ")


def test_what_is_too_old_is_left_out() -> None:
    """A meter that is silent would else be a straight line for hours."""
    tick = tick_at(1000.0)
    home = tick.snapshot.site
    assert home is not None
    for at_s, there in ((1000.0 - home.allowed_age_s, True), (999.9 - home.allowed_age_s, False)):
        old = replace(tick, snapshot=replace(tick.snapshot, site=replace(home, at_s=at_s)))
        assert (b"pv_w=" in lines_of(old, "home")[0]) == there
    for age_s, there in ((900.0, True), (901.0, False)):
        view = LoadView("boiler", temperature_c=Reading(48.5, 1000.0 - age_s, "t"))
        old = replace(tick, snapshot=replace(tick.snapshot, loads=(view,)))
        assert (b"temperature_c=48.5" in lines_of(old, "home")[1]) == there


def test_counts_do_not_fall_when_an_output_fails() -> None:
    tick = tick_at(1000.0)
    for outcome, there in (
        (Outcome("boiler", 740.0, moves=0), True),
        (Outcome("boiler", 740.0, fault="stuck", moves=7), True),
        (Outcome("boiler", 740.0, fault="does not answer"), False),
    ):
        line = lines_of(replace(tick, outcomes=(outcome,)), "home")[1]
        assert (b"moves=" in line) == (b"switches=" in line) == there
        assert f"fault={1 if outcome.fault else 0}".encode() in line


def test_energies_are_of_every_tick_though_lines_are_not() -> None:
    """Sent each ten seconds, summed up each second."""
    wh = 0.0

    def memory() -> Memory:
        return Memory(ledger=Ledger(heated_wh=(("boiler", wh),)))

    with standin(lambda asked: Reply(204, b"")) as stand:
        config = Influx(url=stand.url, every_s=10.0)
        writer = InfluxWriter(config, HandClock(), False, memory)
        for second in range(11):
            wh += 0.5
            pv_w = Reading(3600.0 if second % 2 else 0.0, 1000.0 + second, "t")
            tick = tick_at(1000.0 + second)
            assert tick.snapshot.site is not None
            home = replace(tick.snapshot.site, pv_w=pv_w)
            writer.record(replace(tick, snapshot=replace(tick.snapshot, site=home)))
        writer.close()
        sent = lines(stand.asked)
    assert "pv_wh=5," in sent[2] and "pv_wh" not in sent[0]
    assert "energy_wh=0.5" in sent[1] and "energy_wh=5.5" in sent[3]


def test_the_days_score_with_what_was_missed_by_cause() -> None:
    missed = tuple(500.0 if one == Cause.WAITING else 0.0 for one in Cause)
    score = DayScore(739788, caught_wh=7900.0, grid_wh=12.5, missed_wh=missed)
    whole, waiting = (line.decode() for line in score_lines(score, "home", 1000.0))
    assert whole == (
        "home_score caught_wh=7900,possible_wh=8400,charging_wh=0,grid_wh=12.5,battery_wh=0,"
        "estimated_wh=0 1000000"
    )
    assert waiting == "home_missed,cause=waiting missed_wh=500 1000000"
    assert score_lines(None, "home", 1000.0) == []


def test_sources_with_their_age() -> None:
    health = (
        Health("gx", True, 0.5, used=True),
        Health("a b,c=d\\", False, math.inf, "silent"),
    )
    tick = tick_at(1000.0, health=health)
    good, bad = (line.decode().rpartition(" ")[0] for line in lines_of(tick, "home")[2:])
    assert good == "home_source,source=gx ok=1,used=1,age_s=0.5"
    assert bad == r"home_source,source=a\ b\,c\=d/ ok=0,used=0"


@pytest.mark.parametrize(
    ("given", "path", "query", "secret"),
    [
        ({"database": "teleinfo"}, "/write", {"db": ["teleinfo"], "precision": ["ms"]}, None),
        (
            {"user": "me", "password": "pass"},
            "/write",
            {"db": ["pvopt"], "precision": ["ms"]},
            "Basic " + base64.b64encode(b"me:pass").decode(),
        ),
        (
            {"bucket": "home", "org": "us", "token": "abc"},
            "/api/v2/write",
            {"bucket": ["home"], "org": ["us"], "precision": ["ms"]},
            "Token abc",
        ),
    ],
)
def test_where_it_goes(
    given: dict[str, object], path: str, query: dict[str, list[str]], secret: str | None
) -> None:
    with standin(lambda asked: Reply(204, b"")) as stand:
        writer = writer_to(stand, **given)
        writer.record(tick_at(1000.0))
        writer.close()
    (asked,) = stand.asked
    assert (asked.method, asked.path, asked.query) == ("POST", path, query)
    assert asked.headers.get("Authorization") == secret
    assert len(lines(stand.asked)) == 2
    assert writer.sent == (2, 0)


def test_it_is_told_every_so_many_seconds() -> None:
    with standin(lambda asked: Reply(204, b"")) as stand:
        writer = writer_to(stand, every_s=10.0)
        for second in range(31):
            writer.record(tick_at(1000.0 + 0.999 * second))
        writer.close()
    assert len(lines(stand.asked)) == 4 * 2


def test_nothing_is_told_without_a_true_date() -> None:
    with standin(lambda asked: Reply(204, b"")) as stand:
        writer = writer_to(stand)
        now = snapshot(1000.0)
        writer.record(tick_at(1000.0, instant=replace(now.instant, utc_ok=False)))
        writer.close()
    assert stand.asked == []


@pytest.mark.parametrize("reply", [Reply(503), Reply(401), Reply(404), Reply(fail="reset")])
def test_an_outage_loses_nothing_within_the_queue(reply: Reply) -> None:
    down = True
    with standin(lambda asked: reply if down else Reply(204, b"")) as stand:
        writer = writer_to(stand, every_s=1.0)
        for second in range(100):
            writer.record(tick_at(1000.0 + second))
            if second % 20 == 0:
                assert writer.flush()
        assert writer.sent == (0, 0)
        down, before = False, len(stand.asked)
        writer.close()
        told = lines(stand.asked[before:])
    assert writer.sent == (200, 0)
    stamps = [int(line.split()[-1]) for line in told]
    assert stamps == sorted(stamps)
    first = snapshot(1000.0).instant.utc_s
    assert stamps[0] == round(first * 1000)
    assert first >= NOON_UTC_S - 1e6


def test_beyond_the_queue_the_oldest_are_lost_and_counted() -> None:
    down = True
    with standin(lambda asked: Reply(503) if down else Reply(204, b"")) as stand:
        writer = writer_to(stand, every_s=1.0, queue_mb=0.1)
        for second in range(1000):
            writer.record(tick_at(1000.0 + second))
            if second % 300 == 0:
                writer.flush()
        down, before = False, len(stand.asked)
        writer.close()
        told = lines(stand.asked[before:])
    kept, lost = writer.sent
    assert kept == len(told)
    assert kept + lost == 2000
    assert 300 < kept < 600
    assert f" {round(snapshot(1999.0).instant.utc_s * 1000)}" in told[-1]


def test_a_long_queue_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(influx, "MOST_LINES", 1)
    monkeypatch.setattr(influx, "END_S", 0.3)

    def slow(_asked: object) -> Reply:
        time.sleep(0.05)
        return Reply(204, b"")

    with standin(slow) as stand:
        writer = writer_to(stand, every_s=1.0)
        for second in range(200):
            writer.record(tick_at(1000.0 + second))
        writer.close()
    assert 1 <= writer.sent.kept <= 10


def test_what_is_refused_is_not_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    with standin(lambda asked: Reply(400, {"error": "partial write"})) as stand:
        writer = writer_to(stand)
        writer.record(tick_at(1000.0))
        assert writer.flush() == ""
        assert writer.flush() == ""
    assert len(stand.asked) == 1
    assert writer.sent == (0, 2)
    assert "2 lines were refused" in caplog.text


def test_a_database_that_hangs_never_reaches_the_loop() -> None:
    """The thread waits for it; recording goes on at once, and the end does not wait long."""
    with standin(lambda asked: Reply(fail="hang")) as stand:
        config = Influx(url=stand.url, every_s=1.0)
        writer = InfluxWriter(config, HandClock())
        writer.record(tick_at(1000.0))
        writer.start()
        for second in range(1, 200):
            writer.record(tick_at(1000.0 + second))
        assert writer.sent.lost == 0
        stand.ended.set()
        writer.close()


def test_no_secret_is_shown() -> None:
    config = Influx(url="http://h", user="me", password="hush", token="quiet")
    assert "hush" not in repr(config)
    assert "quiet" not in repr(config)
