"""Outages and battery temperature of the demo: to the second, once and every day."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime

import pytest

from pvopt.config.service import Demo
from pvopt.config.site import Site
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.shapes import HomeInputs
from pvopt.simulator.surroundings import LoadOver, Outages, outages_of
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


def test_a_measured_load_keeps_the_mean_of_its_rows_and_the_sky_of_the_demo() -> None:
    none = array("d")
    load = Measured(
        path="l.csv",
        start_utc_s=1000.0,
        step_s=60.0,
        lines=array("L", [2, 3]),
        ghi=none,
        dni=none,
        dhi=none,
        air_c=none,
        load_w=array("d", [90.0, 900.0]),
    )
    over = LoadOver(lambda _: HomeInputs(pv_a_w=1234.0, load_l2_w=5.0), load)
    seconds = [over(1000.0 + k) for k in range(120)]
    for row, mean in enumerate((90.0, 900.0)):
        minute = seconds[60 * row : 60 * (row + 1)]
        assert sum(one.load_l1_w for one in minute) / 60.0 == pytest.approx(mean)
    assert {(one.pv_a_w, one.load_l2_w) for one in seconds} == {(1234.0, 0.0)}
    assert over(1000.0 + 30) == seconds[30], "any second in any order"
    assert over(999.0) == seconds[0]
    assert over(1121.0) == seconds[-1]
