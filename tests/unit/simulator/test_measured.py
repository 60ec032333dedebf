"""The home fed by measured rows: plain and refined, any second in any order."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from statistics import mean

import pytest

from pvopt.errors import ConfigError
from pvopt.simulator.measured import MeasuredSeries
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.obstacles import Shade, Snow
from pvopt.simulator.panel import Irradiance, clear_sky, panel_w, plane_wm2
from pvopt.simulator.series import draw_l_s, house_w
from pvopt.simulator.shapes import HomeInputs
from pvopt.simulator.sun import SunAt, sun_at
from tests.unit.simulator.weather_samples import LYNGBY, MONTHS, made, measured_month, start

PLACE = (50.08, 14.43)
SOUTH = ((4400.0, 35.0, 0.0),)
DAY_S = start(2026, 6, 21)
CLOUDS = (1.0, 1.0, 1.0, 0.6, 0.0, 0.0, 0.3, 1.0, 0.2, 1.0, 0.9, 0.5)
LOADS = (150.0, 152.0, 149.0, 900.0, 2200.0, 2190.0, 700.0, 160.0)


def sky(row: int, sun: SunAt) -> Irradiance:
    clear = clear_sky(sun.elevation_deg)
    open_share = CLOUDS[row % len(CLOUDS)]
    return Irradiance(clear.beam_wm2 * open_share, clear.diffuse_wm2 * (1.6 - 0.6 * open_share))


def load(row: int) -> float:
    return LOADS[row % len(LOADS)]


def day(*, measured_load: bool = True, step_s: float = 60.0) -> Measured:
    count = int(86_400 / step_s)
    return made(PLACE, DAY_S, count, sky, load=load if measured_load else None, step_s=step_s)


def series(
    weather: Measured, refined: bool, *, seed: int = 1, load: Measured | None = None
) -> MeasuredSeries:
    return MeasuredSeries(
        weather,
        load=load,
        place=PLACE,
        planes=SOUTH,
        planes_b=((1000.0, 20.0, -60.0),),
        planes_ac=((2000.0, 35.0, 90.0), (500.0, 90.0, 0.0)),
        refined=refined,
        seed=seed,
        local_offset_s=7200.0,
    )


def test_a_plain_minute_holds_its_row_with_the_sun_of_its_middle() -> None:
    weather, row = day(), 660
    inputs = series(weather, False)
    first_s = DAY_S + 60.0 * row
    sun = sun_at(first_s + 30.0, *PLACE)
    now = Irradiance(weather.dni[row], weather.dhi[row])
    watts = panel_w(4400.0, plane_wm2(now, sun, 35.0, 0.0), 12.0)
    seconds = [inputs(first_s + k) for k in range(60)]
    assert len({x.pv_a_w for x in seconds}) == 1
    assert seconds[0].pv_a_w == pytest.approx(watts)
    assert {x.load_l1_w for x in seconds} == {load(row)}
    assert inputs(first_s + 59.9) == seconds[59]
    assert inputs(first_s + 60.0).load_l1_w == load(row + 1)
    assert all(x.load_l2_w == x.load_l3_w == 0.0 for x in seconds)


def test_refined_minutes_keep_the_mean_of_every_channel() -> None:
    plain, refined = series(day(), False), series(day(), True)
    moved = 0
    for minute in range(240, 1080):
        first_s = DAY_S + 60.0 * minute
        want = plain(first_s)
        seconds = [refined(first_s + k) for k in range(60)]
        for name in ("pv_a_w", "pv_b_w", "pv_ac_w", "load_l1_w"):
            got = [getattr(x, name) for x in seconds]
            assert math.fsum(got) / 60.0 == pytest.approx(getattr(want, name), rel=1e-12, abs=1e-9)
            assert min(got) >= 0.0
            moved += max(got) - min(got) > 100.0
    assert moved > 500


@pytest.mark.parametrize("refined", [False, True])
def test_any_second_in_any_order(refined: bool) -> None:
    weather = day()
    seconds = [DAY_S + 36_000.0 + 7.0 * k for k in range(400)]
    one, other = series(weather, refined), series(weather, refined)
    forward = [one(t) for t in seconds]
    shuffled = seconds[:]
    random.Random(1).shuffle(shuffled)
    found = {t: other(t) for t in shuffled}
    assert forward == [found[t] for t in seconds]
    other_seed = series(weather, refined, seed=2)
    same = [x[:6] for x in forward] == [other_seed(t)[:6] for t in seconds]
    assert same != refined


def test_planes_share_their_clouds() -> None:
    inputs = series(day(), True)
    seconds = [inputs(DAY_S + 39_600.0 + k) for k in range(1800)]
    south = [x.pv_a_w for x in seconds]
    east = [x.pv_b_w for x in seconds]
    together = [
        (b > a) == (d > c)
        for (a, b), (c, d) in zip(pairwise(south), pairwise(east), strict=True)
        if abs(b - a) > 50.0
    ]
    assert len(together) > 50
    assert mean(together) > 0.98


def test_a_clear_morning_climbs_without_steps() -> None:
    weather = made(PLACE, DAY_S, 1440, lambda _, sun: clear_sky(sun.elevation_deg))
    for refined, bound in ((False, 40.0), (True, 1.0)):
        inputs = series(weather, refined)
        watts = [inputs(DAY_S + 25_200.0 + k).pv_a_w for k in range(3600)]
        steepest = max(abs(b - a) for a, b in pairwise(watts))
        assert (steepest < bound) and (refined or steepest > 5.0)


def test_the_ends_are_known_and_refused_by_name() -> None:
    inputs = series(day(), False)
    assert (inputs.start_utc_s, inputs.end_utc_s) == (DAY_S, DAY_S + 86_400.0)
    inputs(DAY_S)
    inputs(DAY_S + 86_399.0)
    for beyond_s in (DAY_S - 1.0, DAY_S + 86_400.0):
        with pytest.raises(ConfigError, match=r"made\.csv: .* UTC lies outside its rows \(2026-0"):
            inputs(beyond_s)


def test_a_load_of_its_own_with_other_steps() -> None:
    weather = day(measured_load=False)
    own = made(PLACE, DAY_S + 3600.0, 24, sky, load=lambda k: 100.0 * k, step_s=900.0)
    inputs = series(weather, False, load=own)
    assert (inputs.start_utc_s, inputs.end_utc_s) == (DAY_S + 3600.0, DAY_S + 25_200.0)
    assert inputs(DAY_S + 3600.0 + 899.0).load_l1_w == 0.0
    assert inputs(DAY_S + 3600.0 + 900.0).load_l1_w == 100.0
    refined = series(weather, True, load=own)
    quarter = [refined(DAY_S + 3600.0 + 900.0 * 5 + k).load_l1_w for k in range(900)]
    assert mean(quarter) == pytest.approx(500.0, abs=1e-9)


def test_steps_of_weather_longer_than_those_of_the_load() -> None:
    weather = day(measured_load=False, step_s=900.0)
    inputs = series(weather, True, load=day())
    for minute in range(660, 690):
        got = [inputs(DAY_S + 60.0 * minute + k).load_l1_w for k in range(60)]
        assert mean(got) == pytest.approx(load(minute), abs=1e-9)


def test_days_apart_are_refused() -> None:
    late = made(PLACE, DAY_S + 86_400.0, 60, sky, load=load)
    with pytest.raises(ConfigError, match=r"has no day in common with the weather of made\.csv"):
        series(day(), False, load=late)


def test_sun_at_night_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"made\.csv:\d+: ghi .* below the horizon"):
        MeasuredSeries(day(), place=(50.08, -150.0), planes=SOUTH, refined=False)


def test_without_a_measured_load_the_synthetic_one_serves() -> None:
    inputs = series(day(measured_load=False), True)
    t = DAY_S + 43_200.0
    assert inputs(t).load_l1_w == house_w(350.0, 1, t, 50_400.0)


def test_hot_water_is_drawn_as_in_the_synthetic_home() -> None:
    inputs = series(day(), False)
    for k in range(0, 79_000, 7):
        t = DAY_S + float(k)
        local_day, day_s = divmod(t + 7200.0, 86_400.0)
        assert inputs(t).draw_l_s == draw_l_s(1, int(local_day), day_s)


def test_what_can_be_asked_for() -> None:
    inputs = MeasuredSeries(
        day(),
        place=PLACE,
        planes=SOUTH,
        refined=False,
        load_scale=2.0,
        phases=(0.5, 0.25, 0.25),
        draws=False,
        shades=(Shade(-90.0, 0.0, 90.0, 1.0),),
        snows=(Snow(DAY_S + 43_200.0, DAY_S + 54_000.0),),
        rest=HomeInputs(cold_c=8.0, grid_up=False),
    )
    bare = series(day(), False)
    late = DAY_S + 39_960.0  # 11:06 UTC, minute 666: sun past the south
    shaded, snowed = inputs(DAY_S + 36_000.0), inputs(DAY_S + 45_000.0)
    assert 0.0 < shaded.pv_a_w < 0.4 * bare(DAY_S + 36_000.0).pv_a_w
    assert snowed.pv_a_w == 0.0
    assert inputs(late + 600.0).pv_a_w == pytest.approx(bare(late + 600.0).pv_a_w)
    watts = 2.0 * load(666)
    assert inputs(late)[3:6] == (0.5 * watts, 0.25 * watts, 0.25 * watts)
    assert (inputs(late).cold_c, inputs(late).grid_up) == (8.0, False)
    assert {inputs(DAY_S + k).draw_l_s for k in range(0, 86_400, 60)} == {0.0}


@pytest.mark.parametrize("name", MONTHS)
def test_a_real_noon_keeps_its_energy(name: str) -> None:
    weather = measured_month(name)
    begin_s = weather.start_utc_s + 5 * 86_400.0 + 32_400.0
    joules = []
    for refined in (False, True):
        inputs = MeasuredSeries(weather, place=LYNGBY, planes=SOUTH, refined=refined)
        seconds = [inputs(begin_s + k) for k in range(14_400)]
        joules.append(
            (math.fsum(x.pv_a_w for x in seconds), math.fsum(x.load_l1_w for x in seconds))
        )
    assert joules[1] == pytest.approx(joules[0], rel=1e-9)
    assert joules[0][0] > 3.6e6
