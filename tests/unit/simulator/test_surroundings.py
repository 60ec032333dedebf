"""Outages and battery temperature of the demo: to the second, once and every day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pvopt.config.service import Demo
from pvopt.config.site import Site
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.surroundings import Outages, outages_of
from pvopt.simulator.world import demo_world

SITE = Site(latitude=50.08, longitude=14.43, timezone="Europe/Prague")
ONCE = Demo(outages=(("2026-06-21 13:00", "2026-06-21 13:20"),))
START_S = datetime(2026, 6, 21, 11, tzinfo=UTC).timestamp()  # 13:00 in Prague


@pytest.mark.parametrize(
    ("after_s", "down"), [(-1.0, False), (0.0, True), (1199.0, True), (1200.0, False)]
)
def test_once(after_s: float, down: bool) -> None:
    outages = outages_of(ONCE, "Europe/Prague")
    assert outages.down(START_S + after_s, 0.0) is down


@pytest.mark.parametrize(
    ("pair", "day_s", "down"),
    [
        (("13:00", "13:20"), 46_799.0, False),
        (("13:00", "13:20"), 46_800.0, True),
        (("13:00", "13:20"), 47_999.0, True),
        (("13:00", "13:20"), 48_000.0, False),
        (("23:00", "01:00"), 82_799.0, False),
        (("23:00", "01:00"), 82_800.0, True),
        (("23:00", "01:00"), 0.0, True),
        (("23:00", "01:00"), 3599.0, True),
        (("23:00", "01:00"), 3600.0, False),
    ],
)
def test_every_day(pair: tuple[str, str], day_s: float, down: bool) -> None:
    outages = outages_of(Demo(outages=(pair,)), "Europe/Prague")
    assert outages.once == ()
    assert outages.down(START_S, day_s) is down


def test_the_home_becomes_an_island_and_comes_back() -> None:
    world = demo_world(ONCE, SITE, start_utc_s=START_S - 2.0)
    seen = []
    for _ in range(4):
        world.advance(1.0)
        seen.append((world.flows.grid_up, world.meters.grid_up))
    assert seen == [(True, True), (True, True), (False, False), (False, False)]
    world = demo_world(ONCE, SITE, start_utc_s=START_S + 1199.0)
    world.advance(2.0)
    assert world.flows.grid_up


def test_daily_times_are_local() -> None:
    world = demo_world(Demo(outages=(("13:00", "13:01"),)), SITE, start_utc_s=START_S)
    world.advance(1.0)
    assert not world.flows.grid_up


def test_a_cold_battery_is_told_to_the_home() -> None:
    world = demo_world(Demo(battery_c=-5.0), SITE, start_utc_s=START_S)
    assert world.inputs.battery_c == -5.0


def test_nothing_is_laid_over_a_plain_demo() -> None:
    assert outages_of(Demo(), "UTC") == Outages()
    world = demo_world(Demo(), SITE, start_utc_s=START_S)
    assert isinstance(world._inputs_at, HomeSeries)
