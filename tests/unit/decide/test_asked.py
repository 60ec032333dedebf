"""What stands of persons' wishes: the newest wins, each ends, none is taken twice."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from pvopt.decide.asked import LONGEST_S, NOTHING, Standing, asked_of, standing_now
from pvopt.model import Instant, LoadView, Request, RequestKind, Temp, Why
from tests.unit.decide.samples import LOAD, NOON_UTC_S, reading, view

NOW = Instant(100.0, NOON_UTC_S)
SECOND = replace(LOAD, id="second")


def wish(kind: RequestKind, name: str = "1", **given: Any) -> Request:
    return Request(name, given.pop("target", "boiler"), kind, **given)


def stands(
    *new: Request,
    before: tuple[Standing, ...] = (),
    instant: Instant = NOW,
    water: LoadView | None = None,
    dt_s: float = 1.0,
) -> tuple[Standing, ...]:
    views = (view(at_s=instant.mono_s) if water is None else water,)
    return standing_now(before, new, views, (LOAD, SECOND), instant, dt_s)


def test_the_newest_wins() -> None:
    old = stands(wish(RequestKind.OFF))
    now = stands(wish(RequestKind.BOOST, "2", lasts_s=60.0), before=old)
    assert [one.request.id for one in now] == ["2"]
    both = stands(wish(RequestKind.OFF, "a"), wish(RequestKind.ON, "b"))
    assert [one.request.id for one in both] == ["b"]


def test_one_load_is_not_the_other() -> None:
    now = stands(wish(RequestKind.OFF), wish(RequestKind.ON, "2", target="second"), before=())
    assert [asked_of(now, load).why for load in (LOAD, SECOND)] == [Why.PERSON_OFF, Why.PERSON_ON]


def test_auto_ends_all_of_its_load() -> None:
    before = stands(
        wish(RequestKind.OFF),
        wish(RequestKind.SET_TEMP, "2", until_c=50.0),
        wish(RequestKind.OFF, "3", target="second"),
    )
    assert len(before) == 3
    now = stands(wish(RequestKind.AUTO, "4"), before=before)
    assert [one.request.target for one in now] == ["second"]


def test_a_temperature_stands_beside() -> None:
    now = stands(
        wish(RequestKind.SET_TEMP, until_c=50.0), wish(RequestKind.BOOST, "2", watts=500.0)
    )
    asked = asked_of(now, LOAD)
    assert (asked.why, asked.watts, asked.max_c) == (Why.BOOST, 500.0, 50.0)
    newer = stands(wish(RequestKind.SET_TEMP, "3", until_c=60.0), before=now)
    assert asked_of(newer, LOAD).max_c == 60.0
    assert asked_of(newer, LOAD).why == Why.BOOST


def test_three_temperatures_stand_side_by_side_and_a_newer_one_replaces_its_own() -> None:
    now = stands(
        wish(RequestKind.SET_TEMP, "1", until_c=60.0),
        wish(RequestKind.SET_TEMP, "2", until_c=40.0, temp=Temp.MIN),
        wish(RequestKind.SET_TEMP, "3", until_c=50.0, temp=Temp.ECO),
        wish(RequestKind.SET_TEMP, "4", until_c=42.0, temp=Temp.MIN),
    )
    asked = asked_of(now, LOAD)
    assert (asked.why, asked.max_c, asked.min_c, asked.eco_c) == (Why.HOLD, 60.0, 42.0, 50.0)
    over = asked_of(stands(wish(RequestKind.SET_TEMP, until_c=80.0, temp=Temp.MIN)), LOAD)
    assert over.min_c == LOAD.comfort.max_c
    assert math.isnan(NOTHING.min_c)
    assert math.isnan(NOTHING.eco_c)


def test_release_ends_all_but_temperatures() -> None:
    before = stands(wish(RequestKind.SET_TEMP, until_c=50.0), wish(RequestKind.OFF, "2"))
    now = stands(wish(RequestKind.RELEASE, "3"), before=before)
    assert [one.request.id for one in now] == ["1"]
    assert stands(wish(RequestKind.RELEASE)) == ()


@pytest.mark.parametrize(("wanted_c", "gets_c"), [(74.9, 74.9), (75.0, 75.0), (75.1, 75.0)])
def test_no_temperature_above_the_owners(wanted_c: float, gets_c: float) -> None:
    now = stands(wish(RequestKind.SET_TEMP, until_c=wanted_c))
    assert asked_of(now, LOAD).max_c == gets_c


def test_a_load_that_is_not_there_asks_nothing() -> None:
    assert stands(wish(RequestKind.ON, target="pool")) == ()
    gone = (Standing(wish(RequestKind.ON, target="pool"), 60.0),)
    assert stands(before=gone) == ()


def test_the_same_request_is_not_taken_twice() -> None:
    """A file that is still in the inbox after a crash does not begin the boost anew."""
    first = stands(wish(RequestKind.BOOST, lasts_s=100.0))
    later = stands(wish(RequestKind.BOOST, lasts_s=100.0), before=first, dt_s=40.0)
    assert [one.left_s for one in later] == [60.0]


@pytest.mark.parametrize(
    ("asked_w", "gets_w"),
    [
        (None, 2000.0),
        (39.0, 40.0),
        (40.0, 40.0),
        (700.0, 700.0),
        (2001.0, 2000.0),
        (math.nan, 2000.0),
    ],
)
def test_watts_are_what_the_load_can_draw(asked_w: float | None, gets_w: float) -> None:
    assert asked_of(stands(wish(RequestKind.BOOST, watts=asked_w)), LOAD).watts == gets_w


def test_a_relay_alone_draws_all_or_nothing() -> None:
    relay = replace(LOAD, drive=LOAD.drive._replace(on_off=True, min_w=2000.0))
    assert asked_of(stands(wish(RequestKind.BOOST, watts=300.0)), relay).watts == 2000.0


def test_without_a_wish_there_is_nothing() -> None:
    assert stands() == ()
    assert asked_of((), LOAD) == NOTHING


# -- how it ends -------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_s", "there"), [(59.999, True), (60.0, False), (60.001, False)])
@pytest.mark.parametrize("kind", [RequestKind.BOOST, RequestKind.ON, RequestKind.OFF])
def test_by_the_date_while_it_is_known(kind: RequestKind, after_s: float, there: bool) -> None:
    before = stands(wish(kind, until_utc_s=NOON_UTC_S + 60.0))
    then = Instant(100.0 + after_s, NOON_UTC_S + after_s)
    assert bool(stands(before=before, instant=then)) is there


@pytest.mark.parametrize(("dt_s", "there"), [(59.999, True), (60.0, False)])
def test_by_seconds_while_no_date_is_known(dt_s: float, there: bool) -> None:
    """The date that the machine believes in says nothing then."""
    unknown = Instant(100.0, 4e9, utc_ok=False)
    before = stands(wish(RequestKind.BOOST, until_utc_s=NOON_UTC_S, lasts_s=60.0), instant=unknown)
    assert bool(stands(before=before, instant=unknown, dt_s=dt_s)) is there


def test_a_clock_put_back_makes_no_boost_longer() -> None:
    before = stands(wish(RequestKind.BOOST, until_utc_s=NOON_UTC_S + 60.0, lasts_s=60.0))
    back = Instant(160.0, NOON_UTC_S - 3600.0)
    assert stands(before=before, instant=back, dt_s=60.0) == ()


@pytest.mark.parametrize("kind", [RequestKind.BOOST, RequestKind.ON])
@pytest.mark.parametrize("lasts_s", [None, math.inf, 1e9])
def test_no_wish_to_heat_outlives_a_day(kind: RequestKind, lasts_s: float | None) -> None:
    [one] = stands(wish(kind, lasts_s=lasts_s))
    assert one.left_s == LONGEST_S


def test_off_lasts() -> None:
    [one] = stands(wish(RequestKind.OFF))
    assert one.left_s == math.inf
    assert stands(before=(one,), dt_s=1e7) == (one,)


@pytest.mark.parametrize(
    ("water_c", "age_s", "there"),
    [(54.9, 0.0, True), (55.0, 0.0, False), (60.0, 0.0, False), (60.0, 60.0, False),
     (60.0, 60.1, True), (None, 0.0, True), (math.nan, 0.0, True)],
)  # fmt: skip
def test_by_a_temperature_that_is_known_now(
    water_c: float | None, age_s: float, there: bool
) -> None:
    before = stands(wish(RequestKind.BOOST, until_c=55.0))
    water = replace(view(), temperature_c=reading(water_c, NOW.mono_s - age_s))
    assert bool(stands(before=before, water=water)) is there


def test_the_temperature_of_set_temp_is_no_end() -> None:
    now = stands(wish(RequestKind.SET_TEMP, until_c=40.0))
    assert stands(before=now) == now
