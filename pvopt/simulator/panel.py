"""From the sky to the panels: clear-sky irradiance, a tilted plane, cell temperature. Pure."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

from pvopt.simulator.sun import SunAt

ALBEDO = 0.2  # light thrown back by the ground
SYSTEM_SHARE = 0.95  # cables, mismatch, dirt, charger: what is left at the battery side
LOSS_PER_K = 0.004  # crystalline silicon
CELL_K_PER_WM2 = 0.0342  # cell above air, Ross's coefficient of a roof with some air behind
REFERENCE_C = 25.0


class Irradiance(NamedTuple):
    """W/m2: ``beam`` on a plane facing the sun (DNI), ``diffuse`` on the horizontal (DHI)."""

    beam_wm2: float
    diffuse_wm2: float


def clear_sky(elevation_deg: float) -> Irradiance:
    """Cloudless irradiance at a sun elevation.

    Global by Haurwitz (1945): ``1098 * sin(e) * exp(-0.057 / sin(e))``; the diffuse share by a
    straight line from 0.10 (sun overhead) to 0.30 (horizon), near Erbs (1982) for clear skies.
    30 deg -> 490 W/m2 global.
    """
    if elevation_deg <= 0.0:
        return Irradiance(0.0, 0.0)
    up = math.sin(math.radians(elevation_deg))
    horizontal_wm2 = 1098.0 * up * math.exp(-0.057 / up)
    diffuse_wm2 = horizontal_wm2 * (0.30 - 0.20 * up)
    # Near the horizon the quotient of two small numbers must not exceed a real sky's.
    return Irradiance(min(1000.0, (horizontal_wm2 - diffuse_wm2) / up), diffuse_wm2)


class Aim(NamedTuple):
    """How a plane stands to the sun: sine of the sun's height, cosine between its rays and the
    plane's normal, cosine of the plane's tilt."""

    up: float
    facing: float
    flat: float


@lru_cache(64)  # the sun stands still for seconds, planes for years
def aim_of(sun: SunAt, tilt_deg: float, azimuth_deg: float) -> Aim:
    """Sun at 60 deg, plane of 30 deg facing it: 0.866, 1, 0.866."""
    up = math.sin(math.radians(sun.elevation_deg))
    tilt = math.radians(tilt_deg)
    facing = up * math.cos(tilt) + math.cos(math.radians(sun.elevation_deg)) * math.sin(
        tilt
    ) * math.cos(math.radians(sun.azimuth_deg - azimuth_deg))
    return Aim(up, facing, math.cos(tilt))


def plane_wm2(sky: Irradiance, sun: SunAt, tilt_deg: float, azimuth_deg: float) -> float:
    """Irradiance in a tilted plane (azimuth 0 south, -90 east): beam, isotropic sky, ground.

    Liu and Jordan (1963). Sun at 60 deg, plane facing it: beam in full, diffuse * 0.93.
    """
    up, facing, flat = aim_of(sun, tilt_deg, azimuth_deg)
    beam_wm2 = sky.beam_wm2 * max(0.0, facing) if up > 0.0 else 0.0
    horizontal_wm2 = sky.beam_wm2 * max(0.0, up) + sky.diffuse_wm2
    return (
        beam_wm2
        + sky.diffuse_wm2 * (1.0 + flat) / 2.0
        + horizontal_wm2 * ALBEDO * (1.0 - flat) / 2.0
    )


def panel_w(peak_w: float, plane: float, air_c: float) -> float:
    """Watts a plane of ``peak_w`` gives at ``plane`` W/m2: hot cells give less.

    4400 W, 900 W/m2, 20 degC -> cells at 50.8 degC -> 3374 W.
    """
    cell_c = air_c + CELL_K_PER_WM2 * plane
    hot = 1.0 - LOSS_PER_K * (cell_c - REFERENCE_C)
    return max(0.0, peak_w * plane / 1000.0 * hot * SYSTEM_SHARE)
