"""The place found from the sun: made-up places, the real one, and what cannot be found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pvopt.errors import ConfigError
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.panel import Irradiance, clear_sky
from pvopt.simulator.place import check_nights, place_of
from pvopt.simulator.sun import SunAt
from tests.unit.simulator.weather_samples import LYNGBY, MONTHS, made, measured_month, start


def clear(_: int, sun: SunAt) -> Irradiance:
    return clear_sky(sun.elevation_deg)


def weather_at(place: tuple[float, float], month_of_year: int, days: int = 6) -> Measured:
    return made(place, start(2026, month_of_year, 19), days * 144, clear, step_s=600.0)


@pytest.mark.parametrize("month_of_year", [3, 6, 12])
@pytest.mark.parametrize(
    "place", [(50.08, 14.43), (-33.9, 18.4), (-36.8, 174.8), (0.5, -78.5), (37.8, -122.4)]
)
def test_a_made_up_place_is_found(place: tuple[float, float], month_of_year: int) -> None:
    latitude, longitude = place_of(weather_at(place, month_of_year))
    assert latitude == pytest.approx(place[0], abs=0.02)
    assert longitude == pytest.approx(place[1], abs=0.02)


@pytest.mark.parametrize("name", MONTHS)
def test_the_real_place_as_well_as_its_instruments_stand(name: str) -> None:
    """The longitude is off by 1 deg in both months: morning and evening of the pyranometer differ
    by 4 %, as half a degree of tilt to the west makes; twilight shows the clock to be right.
    """
    latitude, longitude = place_of(measured_month(name))
    assert latitude == pytest.approx(LYNGBY[0], abs=0.4)
    assert longitude == pytest.approx(LYNGBY[1], abs=1.2)


def test_wild_rows_do_not_move_it() -> None:
    weather = weather_at((50.08, 14.43), 6, days=4)
    for row in range(0, len(weather), 5):
        weather.ghi[row] *= 0.7
    assert place_of(weather) == pytest.approx((50.08, 14.43), abs=0.05)


def test_too_little_sun_says_what_to_do() -> None:
    weather = weather_at((50.08, 14.43), 6)
    lit = [k for k, beam in enumerate(weather.dni) if beam > 200.0]
    for row in lit[119:]:
        weather.dni[row] = 200.0
    with pytest.raises(ConfigError, match=r"made\.csv: only 119 rows .* --place LAT,LON"):
        place_of(weather)


def test_the_sun_of_one_instant_is_not_enough() -> None:
    whole = weather_at((50.08, 14.43), 6)
    noon = max(range(len(whole)), key=lambda k: whole.ghi[k])
    same = made(
        (50.08, 14.43),
        whole.start_utc_s + noon * 600.0,
        200,
        lambda _, sun: Irradiance(700.0, 100.0),
        step_s=1.0,
    )
    jitter = [3.0 if k % 2 else -3.0 for k in range(200)]
    for k, more in enumerate(jitter):
        same.ghi[k] += more
    with pytest.raises(ConfigError, match=r"cannot be found .* uncertain by .* --place LAT,LON"):
        place_of(same)


def test_columns_that_disagree_are_refused() -> None:
    weather = weather_at((50.08, 14.43), 6)
    mixed = replace(weather, ghi=weather.dhi, dhi=weather.ghi)
    with pytest.raises(
        ConfigError, match=r"made\.csv: ghi is less than dhi in 558 of 558 sunny rows: .*columns"
    ):
        place_of(mixed)


def test_sun_at_night_is_refused_with_its_row() -> None:
    weather = weather_at((50.08, 14.43), 6)
    check_nights(weather, (50.08, 14.43))
    with pytest.raises(ConfigError, match=r"made\.csv:\d+: ghi .* below the horizon .* zone of"):
        check_nights(weather, (50.08, -165.0))
