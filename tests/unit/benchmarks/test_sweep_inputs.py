"""The arrays of a sweep against the series that `simulate` asks second by second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pvopt.benchmarks.sweep_inputs import (
    File,
    House,
    Span,
    Sun,
    clear_w,
    file_of,
    hot_water_l_s,
    house_load_w,
    is_day,
    is_grid_up,
    measured,
    plane_w,
    prices,
)
from pvopt.daylight import clear_sky_w, is_daylight
from pvopt.decide.settings import DaylightSettings, PlaneSettings
from pvopt.errors import PvoptError
from pvopt.simulator.series import HomeSeries, Sky, draw_l_s
from pvopt.simulator.surroundings import Outages
from pvopt.simulator.tariff import Tariff
from tests.unit.benchmarks.sweep_samples import JUNE_S

PRAGUE = (50.08, 14.43)
SECONDS = Span(JUNE_S + 6 * 3600.0, 7200, 1, 7200.0)
DAY = Span(JUNE_S, 1440, 60, 7200.0)
SUN = Sun(*PRAGUE, "broken", 1, None)


def series(load_w: float = 350.0, sky: Sky = "broken") -> HomeSeries:
    return HomeSeries(
        latitude_deg=PRAGUE[0],
        longitude_deg=PRAGUE[1],
        local_offset_s=7200.0,
        planes=((1.0, 35.0, 0.0),),
        sky=sky,
        load_w=load_w,
    )


def rows() -> Iterator[str]:
    """Two days of minutes: GHI a triangle over the day, load the minute's number."""
    start = datetime(2026, 6, 20, 22, tzinfo=UTC)
    for k in range(2 * 1440):
        at = start + timedelta(minutes=k)
        sun = max(0.0, 300.0 - abs(k % 1440 - 790)) / 300.0
        yield f"{at:%Y-%m-%dT%H:%MZ},{700 * sun:.1f},{600 * sun:.1f},{100 * sun:.1f},20,{k % 1440}"


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    path = tmp_path / "weather.csv"
    path.write_text("time,ghi,dni,dhi,air_temperature,load\n" + "\n".join(rows()) + "\n")
    return path


def test_seconds_are_those_of_the_series() -> None:
    ask = series()
    seen = [ask(utc_s) for utc_s in SECONDS.times().tolist()]
    pv_w = plane_w(SUN, 35.0, 0.0, SECONDS)
    assert pv_w.max() > 0.0
    assert pv_w == pytest.approx([one.pv_a_w for one in seen])
    load_w = house_load_w(House(350.0, 1, None), SECONDS)
    assert load_w == pytest.approx([one.load_l1_w for one in seen])
    litres = hot_water_l_s(1, SECONDS)
    assert litres.max() == 0.1
    assert litres == pytest.approx([one.draw_l_s for one in seen])


@pytest.mark.parametrize("sky", ["clear", "overcast", "mixed"])
def test_every_sky_is_that_of_the_series(sky: Sky) -> None:
    ask = series(sky=sky)
    span = Span(JUNE_S, 4 * 1440, 60, 7200.0)
    pv_w = plane_w(SUN._replace(sky=sky), 35.0, 0.0, span)[::60]
    middles = [ask(utc_s + 30.0).pv_a_w for utc_s in span.times()[::60].tolist()]
    assert pv_w == pytest.approx(middles)


def test_minutes_are_their_middles_and_nights_are_dark() -> None:
    ask = series()
    pv_w = plane_w(SUN, 35.0, 0.0, DAY)
    middles = [ask(utc_s + 30.0).pv_a_w for utc_s in DAY.times().tolist()]
    assert pv_w == pytest.approx(middles)
    assert pv_w[:120].max() == 0.0


def test_no_litre_is_lost_in_minutes() -> None:
    litres = 60.0 * hot_water_l_s(1, DAY).sum()
    exact = sum(draw_l_s(1, round((JUNE_S + 7200.0) // 86_400.0), float(s)) for s in range(86_400))
    assert litres == pytest.approx(exact, rel=0.01)


def test_a_clear_sky_is_the_laws_own() -> None:
    told = clear_w(*PRAGUE, 35.0, 0.0, DAY)
    planes = (PlaneSettings(1.0, 35.0, 0.0),)
    exact = [clear_sky_w(planes, *PRAGUE, utc_s) for utc_s in DAY.times().tolist()]
    assert np.abs(told - exact).max() < 3e-3  # of one watt


@pytest.mark.parametrize("mode", ["sun", "hours", "always"])
@pytest.mark.parametrize("step_s", [1, 60])
def test_daylight_is_the_loops(mode: str, step_s: int) -> None:
    span = Span(JUNE_S + 4.6 * 3600.0, 3600 // step_s, step_s, 7200.0)
    rule = DaylightSettings(mode, *PRAGUE, "Europe/Prague", 1.0, "05:10", "05:20")
    exact = [is_daylight(rule, *PRAGUE, rule.timezone, utc_s) for utc_s in span.times().tolist()]
    assert is_day(rule, span).tolist() == exact
    assert mode == "always" or {False, True} == set(exact)


def test_power_cuts_and_prices_by_the_local_clock() -> None:
    up = is_grid_up(Outages(daily=((46_800.0, 48_000.0),)), DAY)
    assert np.flatnonzero(~up).tolist() == list(range(780, 800))
    assert is_grid_up(Outages(), DAY).all()
    told = prices(Tariff(0.3, 0.0, 0.2, 1320, 360), "Europe/Prague", DAY)
    assert told[:360].tolist() == [0.2] * 360
    assert told[360:1320].tolist() == [0.3] * 960
    assert (prices(Tariff(0.3), "Europe/Prague", DAY) == 0.3).all()


def test_night_prices_follow_a_clock_change() -> None:
    """On 2026-10-25 Prague's clocks go back at 3: it is 6 o'clock seven hours after midnight."""
    start_s = datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp()
    told = prices(Tariff(0.3, 0.0, 0.2, 1320, 360), "Europe/Prague", Span(start_s, 600, 60, 7200.0))
    assert np.flatnonzero(told == 0.3)[0] == 420


def test_measured_rows_keep_their_means(weather: Path) -> None:
    file = file_of(weather)
    sun = replace_sun(file)
    minutes = plane_w(sun, 35.0, 0.0, DAY)
    seconds = plane_w(sun, 35.0, 0.0, Span(JUNE_S + 43_200.0, 3600, 1, 7200.0))
    tens = plane_w(sun, 35.0, 0.0, Span(JUNE_S + 43_200.0, 360, 10, 7200.0))
    assert minutes[720:780].min() > 0.1
    assert seconds.reshape(60, 60).mean(axis=1) == pytest.approx(minutes[720:780])
    assert tens.reshape(60, 6).mean(axis=1) == pytest.approx(minutes[720:780])


def test_measured_load(weather: Path) -> None:
    load_w = house_load_w(House(0.0, 1, file_of(weather)), DAY)
    assert load_w == pytest.approx(np.arange(1440.0))


def replace_sun(file: File) -> Sun:
    return SUN._replace(weather=file)


def test_a_file_that_a_worker_does_not_have(weather: Path) -> None:
    file = file_of(weather)
    with pytest.raises(PvoptError, match="cannot be read by a worker"):
        measured(File(f"{weather}.gone", file.digest), False)
    with pytest.raises(PvoptError, match="was changed meanwhile"):
        measured(File(str(weather), "0" * 64), False)
