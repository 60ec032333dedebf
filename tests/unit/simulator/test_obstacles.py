"""Shade and snow at their edges, and what they take from the panels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.gains import Gains, group_gains, plane_gains, plane_watt_gains
from pvopt.simulator.obstacles import Shade, Snow, bypassed_share, shade_of, snow_cover
from pvopt.simulator.panel import Irradiance, panel_w, plane_wm2
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.sun import SunAt
from tests.unit.simulator.weather_samples import start

CHIMNEY = Shade(20.0, 50.0, 35.0, 0.1)
NONE = Shade(0.0, 0.0, 0.0, 0.0)
SOUTH = (4400.0, 35.0, 0.0)

suns = st.builds(SunAt, st.floats(-20.0, 90.0), st.floats(-180.0, 180.0))
skies = st.builds(Irradiance, st.floats(0.0, 1000.0), st.floats(0.0, 700.0))


@given(skies, suns, st.floats(0.0, 90.0), st.floats(-180.0, 180.0))
def test_gains_are_the_plane_taken_apart(
    sky: Irradiance, sun: SunAt, tilt: float, azimuth: float
) -> None:
    straight, rest = plane_gains(sun, tilt, azimuth)
    whole = Gains(straight + rest.beam, rest.diffuse).of(sky)
    assert whole == pytest.approx(plane_wm2(sky, sun, tilt, azimuth), abs=1e-9)


def test_gains_worked_number() -> None:
    straight, rest = plane_gains(SunAt(60.0, 0.0), 30.0, 0.0)
    assert straight == pytest.approx(1.0)
    assert rest.beam == pytest.approx(0.0116, abs=1e-4)
    assert rest.diffuse == pytest.approx(0.9464, abs=1e-4)


@given(skies, suns, st.floats(-20.0, 40.0))
def test_watts_without_obstacles_are_those_of_the_panel(
    sky: Irradiance, sun: SunAt, air_c: float
) -> None:
    watts = plane_watt_gains(SOUTH, sky, sun, air_c, NONE, 0.0).of(sky)
    plane = plane_wm2(sky, sun, 35.0, 0.0)
    assert watts == pytest.approx(panel_w(4400.0, plane, air_c), abs=1e-6)


@pytest.mark.parametrize(
    ("azimuth", "elevation", "falls"),
    [
        (19.9, 20.0, False),
        (20.0, 20.0, True),
        (50.0, 20.0, True),
        (50.1, 20.0, False),
        (30.0, 34.9, True),
        (30.0, 35.0, False),
        (30.0, 0.1, True),
        (30.0, 0.0, False),
    ],
)
def test_shade_has_edges(azimuth: float, elevation: float, falls: bool) -> None:
    shade = shade_of((CHIMNEY,), SunAt(elevation, azimuth))
    assert shade.share == (0.1 if falls else 0.0)


def test_the_widest_shade_counts() -> None:
    tree = Shade(0.0, 90.0, 30.0, 0.4)
    assert shade_of((CHIMNEY, tree), SunAt(20.0, 30.0)) == tree
    assert shade_of((tree, CHIMNEY), SunAt(20.0, 30.0)) == tree


@pytest.mark.parametrize(
    ("share", "groups", "out"),
    [(0.0, 30, 0.0), (0.001, 30, 2 / 30), (0.1, 30, 4 / 30), (0.5, 30, 16 / 30), (1.0, 30, 1.0)],
)
def test_bypassed_groups(share: float, groups: int, out: float) -> None:
    assert bypassed_share(share, groups) == pytest.approx(out)


@given(st.floats(0.001, 1.0), st.integers(3, 90))
def test_a_shadow_costs_more_than_its_share(share: float, groups: int) -> None:
    assert min(1.0, share + 1e-12) <= bypassed_share(share, groups) <= 1.0


def test_a_chimney_costs_a_seventh_in_the_sun_and_little_under_clouds() -> None:
    sun = SunAt(25.0, 30.0)

    def left(sky: Irradiance, shade: Shade) -> float:
        shaded = plane_watt_gains(SOUTH, sky, sun, 20.0, shade, 0.0).of(sky)
        return shaded / plane_watt_gains(SOUTH, sky, sun, 20.0, NONE, 0.0).of(sky)

    assert left(Irradiance(700.0, 100.0), CHIMNEY) == pytest.approx(0.87, abs=0.02)
    assert left(Irradiance(0.0, 100.0), CHIMNEY) == pytest.approx(1.0)  # no beam, no shadow
    # Wholly in shadow it lives on what the sky gives: all groups at a low current.
    dark = left(Irradiance(700.0, 100.0), CHIMNEY._replace(share=1.0))
    assert 0.1 < dark < 0.3


def test_snow_slides_off() -> None:
    snow = (Snow(0.0, 7200.0),)
    covers = [snow_cover(snow, t) for t in (-1.0, 0.0, 3600.0, 5400.0, 7199.0, 7200.0)]
    assert covers == pytest.approx([0.0, 1.0, 1.0, 0.5, 1 / 3600, 0.0])
    assert snow_cover((Snow(0.0, 100.0, 0.7, 0.0),), 99.9) == 0.7
    assert snow_cover((*snow, Snow(0.0, 9000.0, 0.3)), 5400.0) == pytest.approx(0.5)


def test_snow_takes_its_share_of_the_watts() -> None:
    sky, sun = Irradiance(700.0, 100.0), SunAt(30.0, 0.0)
    bare = group_gains((SOUTH, (1000.0, 10.0, 90.0)), sky, sun, 0.0).of(sky)
    assert group_gains((SOUTH, (1000.0, 10.0, 90.0)), sky, sun, 0.0, (), 0.6).of(
        sky
    ) == pytest.approx(0.4 * bare)
    assert group_gains((SOUTH,), sky, sun, 0.0, (), 1.0).of(sky) == 0.0


def test_the_synthetic_home_knows_both() -> None:
    noon_s = start(2026, 6, 21, 11)

    def home(*, shades: tuple[Shade, ...] = (), snows: tuple[Snow, ...] = ()) -> float:
        series = HomeSeries(
            latitude_deg=50.08,
            longitude_deg=14.43,
            local_offset_s=7200.0,
            planes=(SOUTH,),
            shades=shades,
            snows=snows,
        )
        return series(noon_s).pv_a_w

    bare = home()
    assert home(shades=(Shade(-10.0, 10.0, 60.0, 0.5),)) == pytest.approx(bare)  # sun at 63 deg
    assert 0.4 * bare < home(shades=(Shade(-10.0, 10.0, 65.0, 0.5),)) < 0.6 * bare
    assert home(snows=(Snow(noon_s - 60.0, noon_s + 7200.0, 0.25),)) == pytest.approx(0.75 * bare)
