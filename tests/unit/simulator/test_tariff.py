"""Prices by the minute, and what a day's energies come to."""

from __future__ import annotations

import math

import pytest

from pvopt.config.service import Demo
from pvopt.simulator.tariff import Money, Tariff, tariff_of

NIGHT = Tariff(buy_per_kwh=0.3, night_per_kwh=0.2, night_start=1320, night_end=360)
NOON = Tariff(buy_per_kwh=0.3, night_per_kwh=0.2, night_start=720, night_end=780)


@pytest.mark.parametrize(
    ("tariff", "minute", "price"),
    [
        (NIGHT, 1319, 0.3),
        (NIGHT, 1320, 0.2),
        (NIGHT, 0, 0.2),
        (NIGHT, 359, 0.2),
        (NIGHT, 360, 0.3),
        (NOON, 719, 0.3),
        (NOON, 720, 0.2),
        (NOON, 779, 0.2),
        (NOON, 780, 0.3),
        (Tariff(buy_per_kwh=0.3), 0, 0.3),
    ],
)
def test_price(tariff: Tariff, minute: int, price: float) -> None:
    assert tariff.price(minute) == price


def test_worked_number() -> None:
    money = Money().plus(Tariff(0.3, 0.08), 720, 5000.0, 100.0, 4000.0)
    assert money.worth == pytest.approx(1.50)
    assert money.cost == pytest.approx(0.03)
    assert money.not_sold == pytest.approx(0.32)
    assert money.saved == pytest.approx(1.15)


def test_heat_is_worth_the_cheapest_price_but_costs_that_of_its_moment() -> None:
    money = Money().plus(NIGHT, 720, 1000.0, 1000.0, 0.0)
    assert (money.worth, money.cost) == pytest.approx((0.2, 0.3))
    dear_nights = NIGHT._replace(night_per_kwh=0.4)
    assert dear_nights.cheapest == 0.3


def test_a_home_that_may_not_sell_loses_nothing_by_not_selling() -> None:
    assert tariff_of(Demo(sell_per_kwh=0.08)).sell_per_kwh == 0.0
    sells = tariff_of(Demo(sell_per_kwh=0.08, feed_in=True, night_per_kwh=0.2, night_end="05:30"))
    assert (sells.sell_per_kwh, sells.night_start, sells.night_end) == (0.08, 1320, 330)
    assert math.isnan(tariff_of(Demo()).night_per_kwh)
