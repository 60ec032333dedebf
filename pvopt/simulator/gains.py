"""Watts of panels as gains on the sky: one number for the beam, one for the diffuse light. Pure.

Within a minute the sun stands still and cells keep their temperature (modules take several
minutes to warm), so watts are a straight line of the sky's two numbers: seconds can be made out
of a minute without its mean moving.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.obstacles import Shade, bypassed_share, shade_of
from pvopt.simulator.panel import (
    ALBEDO,
    CELL_K_PER_WM2,
    LOSS_PER_K,
    REFERENCE_C,
    SYSTEM_SHARE,
    Irradiance,
)
from pvopt.simulator.sun import SunAt

PlaneShape = tuple[float, float, float]  # peak watts, tilt, azimuth (0 south)


class Gains(NamedTuple):
    """What comes of 1 W/m2 of beam (DNI) and of 1 W/m2 of diffuse light (DHI)."""

    beam: float
    diffuse: float

    def of(self, sky: Irradiance) -> float:
        return self.beam * sky.beam_wm2 + self.diffuse * sky.diffuse_wm2


def facing_share(sun: SunAt, tilt_deg: float, azimuth_deg: float) -> float:
    """Cosine between the sun and the plane's normal, 0 from behind or below the horizon."""
    elevation, tilt = math.radians(sun.elevation_deg), math.radians(tilt_deg)
    if math.sin(elevation) <= 0.0:
        return 0.0
    return max(
        0.0,
        math.sin(elevation) * math.cos(tilt)
        + math.cos(elevation)
        * math.sin(tilt)
        * math.cos(math.radians(sun.azimuth_deg - azimuth_deg)),
    )


def plane_gains(sun: SunAt, tilt_deg: float, azimuth_deg: float) -> tuple[float, Gains]:
    """(share of the beam that comes straight, gains without it): ``plane_wm2`` taken apart.

    Sun at 60 deg, plane of 30 deg facing it: 1.0 straight; the ground adds 0.0116 of the beam
    and the sky with the ground 0.9464 of the diffuse light.
    """
    open_sky = (1.0 + math.cos(math.radians(tilt_deg))) / 2.0
    ground = ALBEDO * (1.0 - open_sky)
    up = max(0.0, math.sin(math.radians(sun.elevation_deg)))
    return facing_share(sun, tilt_deg, azimuth_deg), Gains(ground * up, open_sky + ground)


def plane_watt_gains(
    plane: PlaneShape, sky: Irradiance, sun: SunAt, air_c: float, shade: Shade, cover: float
) -> Gains:
    """Watts of one plane by W/m2, cells as hot as ``sky`` makes them.

    A shaded string runs at the better of two points: past the shaded groups, or through all of
    them on diffuse light.
    """
    peak_w, tilt_deg, azimuth_deg = plane
    straight, rest = plane_gains(sun, tilt_deg, azimuth_deg)
    whole = Gains(straight + rest.beam, rest.diffuse)
    if shade.share > 0.0:
        out = bypassed_share(shade.share, shade.groups)
        past = Gains(whole.beam * (1.0 - out), whole.diffuse * (1.0 - out))
        whole = past if past.of(sky) >= rest.of(sky) else rest
    cell_c = air_c + CELL_K_PER_WM2 * whole.of(sky)
    hot = max(0.0, 1.0 - LOSS_PER_K * (cell_c - REFERENCE_C))
    watts = peak_w / 1000.0 * hot * SYSTEM_SHARE * (1.0 - cover)
    return Gains(whole.beam * watts, whole.diffuse * watts)


def group_gains(
    planes: tuple[PlaneShape, ...],
    sky: Irradiance,
    sun: SunAt,
    air_c: float,
    shades: tuple[Shade, ...] = (),
    cover: float = 0.0,
) -> Gains:
    """Watts of all planes behind one charger or PV inverter, by W/m2 of beam and diffuse."""
    beam = diffuse = 0.0
    shade = shade_of(shades, sun)
    for plane in planes:
        gains = plane_watt_gains(plane, sky, sun, air_c, shade, cover)
        beam += gains.beam
        diffuse += gains.diffuse
    return Gains(beam, diffuse)
