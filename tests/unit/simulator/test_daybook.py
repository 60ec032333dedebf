"""Days of a run: cut at local midnight, whole sums, money by the minute, hours of hot water."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pvopt.simulator.daybook import Day, DayBook, in_all
from pvopt.simulator.home import HomeControls, HomeInputs, HomeParams, HomeState
from pvopt.simulator.tariff import Tariff
from pvopt.simulator.world import World

NOON_S = datetime(2026, 6, 21, 10, tzinfo=UTC).timestamp()
BEFORE_MIDNIGHT_S = datetime(2026, 6, 21, 21, 50, tzinfo=UTC).timestamp()  # 23:50 in Prague
DAY_PRICES = Tariff(0.3, 0.08)
SUN = HomeInputs(pv_a_w=3300.0, load_l1_w=350.0)


def world_at(start_utc_s: float, inputs: HomeInputs = SUN, **params: object) -> World:
    made = HomeParams(**params)  # type: ignore[arg-type]
    return World(made, lambda _: inputs, start_utc_s, HomeState(soc_pct=100.0, tank_c=44.999))


def book_of(world: World, tariff: Tariff = DAY_PRICES) -> DayBook:
    return DayBook(world, "Europe/Prague", tariff, 45.0)


def test_a_day_ends_at_local_midnight() -> None:
    whole: list[tuple[str, float, int]] = []
    world = world_at(BEFORE_MIDNIGHT_S)
    book = DayBook(
        world,
        "Europe/Prague",
        Tariff(),
        45.0,
        lambda day: whole.append((day.date, day.totals.seconds, len(day.minutes))),
    )
    world.advance(599.0)
    assert whole == []
    world.advance(1.0)
    assert whole == [("2026-06-21", 600.0, 10)]
    world.advance(90.0)
    book.close()
    assert whole[1:] == [("2026-06-22", 90.0, 2)]
    assert [day.minutes for day in book.days] == [[], []]


def test_days_sum_up_to_the_worlds_own_account() -> None:
    world = world_at(BEFORE_MIDNIGHT_S)
    world.controls = HomeControls(True, 60.0)
    book = book_of(world)
    world.advance(1234.0)
    book.close()
    every = in_all(book.days)
    assert len(book.days) == 2
    assert every.totals.heat_wh > 100.0
    assert every.totals == pytest.approx(world.totals)
    assert every.money.saved == pytest.approx(sum(day.money.saved for day in book.days))


def test_minutes_keep_the_energies() -> None:
    world = world_at(NOON_S)
    world.controls = HomeControls(True, 60.0)
    kept: list[float] = []

    def keep(day: Day) -> None:
        kept.append(sum(minute.heater_w for minute in day.minutes) / 60.0)
        assert day.minutes[-1].load_w == pytest.approx(350.0)
        assert day.minutes[-1].end_utc_s == NOON_S + 600.0

    book = DayBook(world, "Europe/Prague", Tariff(), 45.0, keep)
    world.advance(600.0)
    book.close()
    assert kept == [pytest.approx(world.totals.heat_wh)]


def test_hot_water_counts_from_the_threshold_on() -> None:
    world = world_at(NOON_S)
    book = book_of(world)
    world.advance(60.0)
    assert book._day.hot_s == 0.0, "just below 45 degC"
    world.controls = HomeControls(True, 100.0)
    world.advance(60.0)
    assert book._day.hot_s == pytest.approx(60.0, abs=2.0)


def test_bought_heat_costs_the_price_of_its_minute() -> None:
    """No sun and an empty battery: the grid heats, at night for less."""
    dark = HomeInputs(load_l1_w=350.0)
    for start_s, price in ((NOON_S, 0.3), (BEFORE_MIDNIGHT_S, 0.1)):
        world = world_at(start_s, dark, battery_wh=0.0)
        world.controls = HomeControls(True, 100.0)
        book = book_of(world, Tariff(0.3, night_per_kwh=0.1))
        world.advance(300.0)
        book.close()
        bought_kwh = world.totals.from_grid_wh / 1000.0
        assert bought_kwh == pytest.approx(2.0 / 12.0, rel=0.02)
        assert in_all(book.days).money.cost == pytest.approx(price * bought_kwh)
        assert in_all(book.days).money.worth == pytest.approx(0.0, abs=1e-9)


def test_what_is_heated_is_not_sold() -> None:
    world = world_at(NOON_S, dc_feed_in=True)
    world.advance(60.0)
    book = book_of(world)
    world.controls = HomeControls(True, 50.0)
    world.advance(300.0)
    book.close()
    money = in_all(book.days).money
    assert money.not_sold == pytest.approx(0.08 * world.totals.heat_wh / 1000.0, rel=0.02)
    assert money.worth == pytest.approx(0.3 * world.totals.sun_wh / 1000.0)


def test_an_outage_is_counted() -> None:
    world = world_at(NOON_S, SUN._replace(grid_up=False))
    book = book_of(world)
    world.advance(120.0)
    book.close()
    assert in_all(book.days).outage_s == 120.0


def test_nothing_at_all_is_no_day() -> None:
    book = book_of(world_at(NOON_S))
    book.close()
    assert book.days == []
    assert in_all([]).totals.seconds == 0.0
