"""Inputs of the home: the same seed gives the same seconds, and they look like a home's."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean

import pytest

from pvopt.simulator.home import HomeInputs
from pvopt.simulator.noise import noise
from pvopt.simulator.series import (
    HomeSeries,
    Sky,
    cloud_shade,
    house_w,
    sky_of_day,
    smooth_noise,
)

NOON_S = datetime(2026, 6, 21, 11, tzinfo=UTC).timestamp()


def series(sky: Sky, seed: int = 1, load_w: float = 350.0) -> HomeSeries:
    return HomeSeries(
        latitude_deg=50.08,
        longitude_deg=14.43,
        local_offset_s=7200.0,
        planes=((4400.0, 35.0, 0.0),),
        sky=sky,
        seed=seed,
        load_w=load_w,
    )


def hour(inputs: HomeSeries, step_s: int = 1) -> list[HomeInputs]:
    return [inputs(NOON_S + k) for k in range(0, 3600, step_s)]


def test_noise_is_even_and_repeats() -> None:
    numbers = [noise(7, 3, k) for k in range(-1000, 1000)]
    assert numbers == [noise(7, 3, k) for k in range(-1000, 1000)]
    assert all(0.0 <= x < 1.0 for x in numbers)
    assert mean(numbers) == pytest.approx(0.5, abs=0.03)
    assert len(set(numbers)) == len(numbers)


def test_seeds_and_channels_differ() -> None:
    assert noise(1, 2, 3) != noise(2, 2, 3) != noise(2, 1, 3)


def test_smooth_noise_has_no_jumps() -> None:
    levels = [smooth_noise(1, 1, k / 10.0, 60.0) for k in range(6000)]
    assert max(abs(a - b) for a, b in pairwise(levels)) < 0.01
    assert max(levels) - min(levels) > 0.3


@pytest.mark.parametrize("sky", ["clear", "broken", "overcast"])
def test_the_same_seed_the_same_second_in_any_order(sky: Sky) -> None:
    one, other = series(sky), series(sky)
    forward = [one(NOON_S + k) for k in range(0, 900, 7)]
    backward = [other(NOON_S + k) for k in reversed(range(0, 900, 7))]
    assert forward == backward[::-1]
    assert forward != [series(sky, seed=2)(NOON_S + k) for k in range(0, 900, 7)]


def test_a_clear_noon_is_steady_and_strong() -> None:
    watts = [x.pv_a_w for x in hour(series("clear"))]
    assert min(watts) > 3000.0
    assert max(abs(a - b) for a, b in pairwise(watts)) < 10.0


def test_broken_clouds_bring_sun_and_shade_with_real_edges() -> None:
    watts = [x.pv_a_w for x in hour(series("broken", seed=4))]
    assert max(watts) > 3000.0
    assert min(watts) < 2000.0
    steepest = max(abs(a - b) for a, b in pairwise(watts))
    assert 30.0 < steepest < 0.1 * 4400.0  # edges take 10 s or more


def test_clouds_leave_the_sky_and_come_back() -> None:
    shades = [cloud_shade(1, float(t)) for t in range(20_000)]
    assert 0.2 < mean(1.0 if s > 0.3 else 0.0 for s in shades) < 0.8
    assert max(shades) <= 0.9


def test_overcast_is_10_to_35_percent_of_clear() -> None:
    clear = [x.pv_a_w for x in hour(series("clear"), 60)]
    grey = [x.pv_a_w for x in hour(series("overcast"), 60)]
    assert all(0.08 * c < g < 0.45 * c for c, g in zip(clear, grey, strict=True))


def test_the_sun_sets() -> None:
    assert series("clear")(NOON_S + 12 * 3600).pv_a_w == 0.0


def test_house_averages_about_what_was_asked() -> None:
    day = [house_w(350.0, 3, NOON_S + k, (k + 43_200.0) % 86_400.0) for k in range(0, 86_400, 20)]
    assert mean(day) == pytest.approx(350.0, rel=0.3)
    assert max(day) > 2000.0  # the kettle
    assert min(day) > 0.4 * 350.0


def test_no_load_asked_none_given() -> None:
    assert {x.load_l1_w for x in hour(series("broken", load_w=0.0), 10)} == {0.0}


def test_hot_water_is_drawn_each_day() -> None:
    inputs = series("clear")
    litres = sum(inputs(NOON_S + k).draw_l_s * 10.0 for k in range(0, 86_400, 10))
    assert 60.0 < litres < 120.0


def test_a_mixed_month_has_days_of_every_kind() -> None:
    kinds = [sky_of_day(1, day) for day in range(20_600, 20_630)]
    assert {kinds.count(kind) > 4 for kind in ("clear", "broken", "overcast")} == {True}
    assert kinds != [sky_of_day(2, day) for day in range(20_600, 20_630)]


def test_a_mixed_day_is_a_day_of_its_kind() -> None:
    mixed = series("mixed")
    for day in range(10):
        noon_s = NOON_S + 86_400.0 * day
        kind = sky_of_day(1, int((noon_s + 7200.0) // 86_400.0))
        assert mixed(noon_s) == series(kind)(noon_s)


def test_charger_b_has_panels_of_its_own() -> None:
    home = HomeSeries(
        latitude_deg=50.08,
        longitude_deg=14.43,
        local_offset_s=7200.0,
        planes=(),
        planes_b=((4400.0, 35.0, 0.0),),
    )
    assert home(NOON_S).pv_b_w == series("clear")(NOON_S).pv_a_w > 3000.0
