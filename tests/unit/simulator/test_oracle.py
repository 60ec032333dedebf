"""Sun, planes and clear sky against pvlib, as an oracle."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.panel import ALBEDO, Irradiance, clear_sky, plane_wm2
from pvopt.simulator.sun import SunAt, sun_at
from tests.unit.simulator.weather_samples import start

pandas = pytest.importorskip("pandas", reason="pvlib (with pandas) is not installed: no oracle")
pvlib = pytest.importorskip("pvlib", reason="pvlib is not installed: no oracle")

PLACES = ((50.08, 14.43), (55.79, 12.52), (-33.9, 18.4), (0.5, -78.5), (69.6, 18.9), (-77.8, 166.7))


@pytest.mark.parametrize("place", PLACES)
def test_the_sun_is_where_spa_has_it(place: tuple[float, float]) -> None:
    """Reda and Andreas' SPA over four years, every 1000 minutes: 0.02 deg above the horizon."""
    times_s = [start(2024, 1, 1) + 60_000.0 * k for k in range(2100)]
    index = pandas.DatetimeIndex([datetime.fromtimestamp(t, UTC) for t in times_s])
    spa = pvlib.solarposition.spa_python(index, *place, delta_t=69.2)
    up = 0
    for t, elevation, azimuth in zip(times_s, spa["elevation"], spa["azimuth"], strict=True):
        if elevation < 0.0:
            continue
        ours = sun_at(t, *place)
        up += 1
        assert ours.elevation_deg == pytest.approx(elevation, abs=0.02)
        apart = math.remainder(ours.azimuth_deg + 180.0 - azimuth, 360.0)
        assert abs(apart) * math.cos(math.radians(elevation)) < 0.02
    assert up > 800


@given(
    st.floats(0.0, 1000.0),
    st.floats(0.0, 600.0),
    st.floats(0.5, 90.0),
    st.floats(-180.0, 180.0),
    st.floats(0.0, 90.0),
    st.floats(-180.0, 180.0),
)
def test_planes_are_those_of_the_isotropic_sky(
    beam: float, diffuse: float, elevation: float, sun_azimuth: float, tilt: float, azimuth: float
) -> None:
    theirs = pvlib.irradiance.get_total_irradiance(
        surface_tilt=tilt,
        surface_azimuth=azimuth + 180.0,
        solar_zenith=90.0 - elevation,
        solar_azimuth=sun_azimuth + 180.0,
        dni=beam,
        ghi=beam * math.sin(math.radians(elevation)) + diffuse,
        dhi=diffuse,
        albedo=ALBEDO,
        model="isotropic",
    )["poa_global"]
    ours = plane_wm2(Irradiance(beam, diffuse), SunAt(elevation, sun_azimuth), tilt, azimuth)
    assert ours == pytest.approx(float(theirs), abs=1e-6)


def test_the_clear_sky_is_haurwitz() -> None:
    """Ours has Haurwitz's 0.057 in the exponent, pvlib 0.059: 2 % at 5 deg, 0.4 % at 30 deg."""
    for elevation in (5.0, 10.0, 30.0, 45.0, 60.0, 90.0):
        theirs = pvlib.clearsky.haurwitz(pandas.Series([90.0 - elevation]))["ghi"].iloc[0]
        sky = clear_sky(elevation)
        ours = sky.beam_wm2 * math.sin(math.radians(elevation)) + sky.diffuse_wm2
        of_exponent = math.exp(0.002 / math.sin(math.radians(elevation)))
        assert ours == pytest.approx(theirs * of_exponent, rel=1e-3)
