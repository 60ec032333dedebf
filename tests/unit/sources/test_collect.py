"""The collector: which source counts, what is kept, and that nothing makes it raise."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from pvopt.errors import SourceError
from pvopt.model import (
    MISSING,
    Forecast,
    ForecastPoint,
    Instant,
    Outcome,
    Reading,
    Request,
    RequestKind,
    Samples,
    Site,
)
from pvopt.sources.collect import PATIENCE_S, Collector, LoadWiring


class Told:
    """A source that says what it was told to, or raises it."""

    def __init__(self, name: str, says: Samples | Exception) -> None:
        self.name = name
        self.says = says
        self.budgets: list[float] = []
        self.closed = 0

    def read(self, instant: Instant, budget_s: float) -> Samples:
        self.budgets.append(budget_s)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def close(self) -> None:
        self.closed += 1


class Searching(Told):
    may_scan = True


class Forecasting(Told):
    only_forecast = True


def at(mono_s: float) -> Instant:
    return Instant(mono_s, 1.8e9 + mono_s)


def site(origin: str, at_s: float, allowed_age_s: float = 7.0) -> Site:
    return Site(origin, at_s, allowed_age_s, grid_w=Reading(-100.0, at_s, origin))


def samples(origin: str, at_s: float, allowed_age_s: float = 7.0) -> Samples:
    return Samples(origin, site(origin, at_s, allowed_age_s))


def forecast(name: str, issued_utc_s: float) -> Forecast:
    return Forecast(name, issued_utc_s, name, (ForecastPoint(0.0, 100.0),))


def used(collector: Collector, mono_s: float) -> str:
    snapshot = collector.collect(at(mono_s))
    named = [health.origin for health in snapshot.health if health.used]
    assert named == ([] if snapshot.site is None else [snapshot.site.origin])
    return "" if snapshot.site is None else snapshot.site.origin


def test_the_first_fresh_source_is_used() -> None:
    gx, vrm = Told("gx", samples("gx", 10.0)), Told("vrm", samples("vrm", 10.0, 150.0))
    assert used(Collector([gx, vrm]), 10.0) == "gx"
    assert used(Collector([vrm, gx]), 10.0) == "vrm"


@pytest.mark.parametrize(("mono_s", "origin"), [(16.9, "gx"), (17.0, "gx"), (17.1, "vrm")])
def test_falling_back_when_the_first_is_beyond_its_own_age(mono_s: float, origin: str) -> None:
    gx, vrm = Told("gx", samples("gx", 10.0)), Told("vrm", samples("vrm", 0.0, 150.0))
    collector = Collector([gx, vrm])
    assert used(collector, 10.0) == "gx"
    gx.says = SourceError("no answer")
    assert used(collector, mono_s) == origin
    gx.says = samples("gx", mono_s + 1)
    assert used(collector, mono_s + 1) == "gx"


def test_when_none_is_fresh_the_least_stale_is_handed_on_with_its_age() -> None:
    gx, vrm = Told("gx", samples("gx", 10.0)), Told("vrm", samples("vrm", 0.0, 150.0))
    collector = Collector([gx, vrm])
    collector.collect(at(10.0))
    gx.says = vrm.says = SourceError("gone")
    snapshot = collector.collect(at(200.0))
    assert snapshot.site is not None
    assert snapshot.site.origin == "vrm"
    assert snapshot.instant.mono_s - snapshot.site.at_s == 200.0


def test_nothing_known_is_no_site() -> None:
    snapshot = Collector([Told("gx", SourceError("refused"))]).collect(at(1.0))
    assert snapshot.site is None
    assert [(h.ok, h.age_s, h.fault, h.used) for h in snapshot.health] == [
        (False, float("inf"), "refused", False)
    ]
    assert Collector([]).collect(at(1.0)).site is None


def test_health_tells_age_and_fault() -> None:
    gx = Told("gx", samples("gx", 10.0))
    collector = Collector([gx])
    assert collector.collect(at(10.0)).health[0].ok
    gx.says = SourceError("timeout")
    (health,) = collector.collect(at(13.0)).health
    assert (health.ok, health.age_s, health.fault, health.used) == (False, 3.0, "timeout", True)


def test_a_source_that_answers_with_old_numbers_is_not_well() -> None:
    (health,) = Collector([Told("vrm", samples("vrm", 0.0, 150.0))]).collect(at(151.0)).health
    assert not health.ok


@pytest.mark.parametrize("fault", [ValueError("token=secret"), KeyError("x"), RuntimeError()])
def test_an_unforeseen_exception_is_a_fault_of_that_source_alone(fault: Exception) -> None:
    collector = Collector([Told("gx", fault), Told("vrm", samples("vrm", 5.0))])
    snapshot = collector.collect(at(5.0))
    assert snapshot.site is not None
    assert snapshot.health[0].fault == f"unexpected {type(fault).__name__}"


def test_faults_are_logged_when_they_change(caplog: pytest.LogCaptureFixture) -> None:
    gx = Told("gx", SourceError("refused"))
    collector = Collector([gx])
    with caplog.at_level(logging.INFO, "pvopt.sources"):
        for tick in range(7):
            collector.collect(at(tick))
        gx.says = SourceError("timeout")
        for tick in range(7, 9):
            collector.collect(at(tick))
        gx.says = samples("gx", 9.0)
        for tick in range(9, 11):
            collector.collect(at(tick))
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "source gx: refused"),
        ("WARNING", "source gx: timeout"),
        ("INFO", "source gx is back"),
    ]


def test_who_has_just_begun_is_waited_for_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    gx = Told("gx", SourceError("not connected yet"))
    collector = Collector([gx])
    with caplog.at_level(logging.INFO, "pvopt.sources"):
        assert collector.collect(at(0.0)).health[0].fault == "not connected yet"
        gx.says = SourceError("nothing has come yet")
        collector.collect(at(PATIENCE_S - 0.1))
        gx.says = samples("gx", 5.0)
        collector.collect(at(PATIENCE_S + 0.1))
    assert caplog.records == []


def test_what_lasts_from_the_start_is_told_and_a_later_fault_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    late, early = Told("late", SourceError("silent")), Told("early", samples("early", 0.0))
    collector = Collector([late, early])
    with caplog.at_level(logging.INFO, "pvopt.sources"):
        collector.collect(at(0.0))
        early.says = SourceError("gone")
        collector.collect(at(1.0))
        assert [r.getMessage() for r in caplog.records] == ["source early: gone"]
        collector.collect(at(PATIENCE_S))
    assert [r.getMessage() for r in caplog.records][1:] == ["source late: silent"]


def test_the_newest_temperature_of_a_key_is_kept() -> None:
    gx = Told("gx", Samples("gx", None, (("gx:24", Reading(50.0, 10.0, "gx")),)))
    collector = Collector([gx], [LoadWiring("boiler", "gx:24")])

    def water(mono_s: float) -> Reading:
        return collector.collect(at(mono_s)).loads[0].temperature_c

    assert water(10.0) == Reading(50.0, 10.0, "gx")
    gx.says = SourceError("gone")
    assert water(20.0) == Reading(50.0, 10.0, "gx")
    gx.says = Samples("gx", None, (("gx:24", Reading(40.0, 9.0, "gx")),))
    assert water(21.0) == Reading(50.0, 10.0, "gx")
    gx.says = Samples("gx", None, (("gx:24", Reading(None, 22.0, "gx")),))
    assert water(22.0).value is None


def test_loads_carry_what_their_outputs_did() -> None:
    done = Outcome("boiler", 700.0, pending=True, expected_w=650.0, closed=True, fault="servo")
    collector = Collector([], [LoadWiring("boiler", "gx:24"), LoadWiring("pump")])
    boiler, pump = collector.collect(at(1.0), (done,)).loads
    assert (boiler.asked_w, boiler.expected_w, boiler.closed) == (700.0, 650.0, True)
    assert (boiler.pending, boiler.fault, boiler.temperature_c) == (True, "servo", MISSING)
    assert (pump.id, pump.asked_w, pump.closed) == ("pump", 0.0, None)


@pytest.mark.parametrize(("now_s", "watts"), [(130.0, 1200.0), (130.1, None)])
def test_a_loads_own_watts_count_for_their_own_age(now_s: float, watts: float | None) -> None:
    meter = Told("plug-meter", Samples("m", powers=(("plug-meter", Reading(1200.0, 100.0, "m")),)))
    wiring = [LoadWiring("plug", meter_key="plug-meter", meter_age_s=30.0), LoadWiring("other")]
    collector = Collector([meter], wiring)
    collector.collect(at(100.0))
    meter.says = Samples("m")
    for outcomes in ((), (Outcome("plug", 1000.0, expected_w=1000.0, closed=True),)):
        plug, other = collector.collect(at(now_s), outcomes).loads
        assert (plug.actual_w.value, other.actual_w.value) == (watts, None)


def test_the_newest_forecast_is_one_object_until_it_is_replaced() -> None:
    sun = Told("sun", Samples("sun", forecast=forecast("sun", 100.0)))
    vrm = Told("vrm", Samples("vrm", forecast=forecast("vrm", 50.0)))
    collector = Collector([vrm, sun])
    first = collector.collect(at(1.0)).forecast
    assert first is not None
    assert first.origin == "sun"
    sun.says = Samples("sun", forecast=forecast("sun", 100.0))
    assert collector.collect(at(2.0)).forecast is first
    sun.says = Samples("sun", forecast=replace(first, issued_utc_s=200.0))
    assert collector.collect(at(3.0)).forecast is sun.says.forecast
    sun.says = Samples("sun")
    kept = collector.collect(at(4.0)).forecast
    assert kept is not None
    assert kept.origin == "vrm"


def test_a_forecast_that_ends_does_not_live_on() -> None:
    sun = Forecasting("sun", Samples("sun", forecast=forecast("sun", 100.0)))
    vrm = Forecasting("vrm", Samples("vrm", forecast=forecast("vrm", 50.0)))
    collector = Collector([sun, vrm])
    first = collector.collect(at(1.0)).forecast
    assert first is not None
    assert first.origin == "sun"
    sun.says = SourceError("the last one is too old")
    second = collector.collect(at(2.0)).forecast
    assert second is not None
    assert second.origin == "vrm"
    vrm.says = RuntimeError()
    assert collector.collect(at(3.0)).forecast is None
    sun.says = Samples("sun", forecast=first)
    assert collector.collect(at(4.0)).forecast is first


@pytest.mark.parametrize(("kind", "ok"), [(Forecasting, True), (Told, False)])
def test_a_run_is_well_without_a_forecast(kind: type[Told], ok: bool) -> None:
    gx, sun = Told("gx", samples("gx", 1.0)), kind("sun", SourceError("HTTP 429"))
    healths = Collector([gx, sun]).collect(at(1.0)).health
    assert [(h.origin, h.ok, h.fault) for h in healths] == [
        ("gx", True, ""),
        ("sun", ok, "HTTP 429"),
    ]


def test_a_missing_forecast_is_told_once_and_is_no_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sun = Forecasting("sun", SourceError("none was fetched yet"))
    vrm = Forecasting("vrm", Samples("vrm", forecast=forecast("vrm", 50.0)))
    collector = Collector([sun, vrm])
    with caplog.at_level(logging.INFO, "pvopt.sources"):
        for tick in range(6):
            collector.collect(at(tick))
        sun.says = SourceError("sun: HTTP 429")
        collector.collect(at(6))
        vrm.says = SourceError("HTTP 502")
        for tick in range(6, 9):
            collector.collect(at(tick))
        sun.says = Samples("sun", forecast=forecast("sun", 100.0))
        for tick in range(9, 12):
            collector.collect(at(tick))
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "no forecast: sun: none was fetched yet, using that of vrm instead"),
        ("INFO", "no forecast: sun: HTTP 429, using that of vrm instead"),
        ("INFO", "no forecast: vrm: HTTP 502, using the clear sky instead"),
        ("INFO", "the forecast of sun is there"),
    ]


def test_the_budget_is_shared_by_all() -> None:
    first, second = Told("a", samples("a", 1.0)), Told("b", samples("b", 1.0))
    Collector([first, second], budget_s=0.5).collect(at(1.0))
    assert 0.5 >= first.budgets[0] >= second.budgets[0] > 0.0


@pytest.mark.parametrize(
    ("outcomes", "may"),
    [
        ((), True),
        ((Outcome("boiler", 0.0, closed=False),), True),
        ((Outcome("boiler", 0.0, closed=True),), False),
        ((Outcome("boiler", 500.0, expected_w=500.0),), False),
    ],
)
def test_searches_wait_while_a_load_is_on(outcomes: tuple[Outcome, ...], may: bool) -> None:
    gx = Searching("gx", samples("gx", 1.0))
    Collector([gx]).collect(at(1.0), outcomes)
    assert gx.may_scan is may


def test_requests_are_passed_on() -> None:
    wish = Request("1", "boiler", RequestKind.OFF)

    class Box:
        def drain(self, instant: Instant) -> tuple[Request, ...]:
            return (wish,) if instant.mono_s == 1.0 else ()

        def forget(self, instant: Instant) -> None:
            forgotten_s.append(instant.mono_s)

    forgotten_s: list[float] = []
    collector = Collector([], inbox=Box())
    assert [collector.collect(at(s)).requests for s in (1.0, 2.0)] == [(wish,), ()]
    collector.failed(at(2.0))
    assert forgotten_s == [2.0]
    Collector([]).failed(at(2.0))
    assert Collector([]).collect(at(1.0)).requests == ()


def test_close_closes_all_even_if_one_cannot() -> None:
    class Stuck(Told):
        def close(self) -> None:
            raise RuntimeError("stuck")

    last = Told("last", samples("last", 1.0))
    Collector([Stuck("stuck", SourceError("x")), last]).close()
    assert last.closed == 1
