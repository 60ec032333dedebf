"""Where weather was measured, found from the measurements alone. Pure.

The global light is the beam on the flat plus the diffuse light, so the sun's height is known
wherever there is beam: ``sin(elevation) = (GHI - DHI) / DNI``. Seen from the earth's centre the
sun is a unit vector s(t), the place's vertical a unit vector n, and the sine is their product:
n is the one unknown, two numbers, out of thousands of rows.
"""

from __future__ import annotations

import math

from pvopt.errors import ConfigError
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.sun import sun_at

LEAST_BEAM_WM2 = 200.0
LEAST_ROWS = 120
MOST_ROWS = 3000  # of a longer file every k-th row is taken
PASSES = 15
WORST_ERROR_DEG = 0.5
WORST_MISFIT_WM2 = 60.0
NIGHT_DEG = -3.0
NIGHT_WM2 = 30.0

Vector = tuple[float, float, float]
Row = tuple[Vector, float, float]  # the sun, its beam, what the beam gives on the flat


def sun_vector(utc_s: float) -> Vector:
    """Unit vector to the sun: x towards 0 N 0 E, y towards 0 N 90 E, z towards the north pole."""
    sun = sun_at(utc_s, 0.0, 0.0)
    elevation, azimuth = math.radians(sun.elevation_deg), math.radians(sun.azimuth_deg)
    flat = math.cos(elevation)
    return math.sin(elevation), -flat * math.sin(azimuth), -flat * math.cos(azimuth)


def place_of(measured: Measured) -> tuple[float, float]:
    """(latitude north, longitude east) in degrees of where ``measured`` was taken.

    As good as the pyranometer stood level: half a degree of tilt moves the place by half a
    degree of latitude or, at 56 N, a degree of longitude (four minutes of sun). Good enough for
    panels; who knows the place should say it.
    """
    rows = _sunny(measured)
    if len(rows) < LEAST_ROWS:
        raise ConfigError(
            f"{measured.path}: only {len(rows)} rows with a beam above {LEAST_BEAM_WM2:g} W/m2, "
            f"too few to find where this was measured (at least {LEAST_ROWS}): say it with "
            f"--place LAT,LON"
        )
    below = sum(flat_wm2 < 0.0 for _, _, flat_wm2 in rows)
    if 2 * below > len(rows):
        raise ConfigError(
            f"{measured.path}: ghi is less than dhi in {below} of {len(rows)} sunny rows: check "
            f"that the columns are not mixed up"
        )
    misfit, error_deg, normal = min(_found(start, rows) for start in _starts(rows))
    if error_deg > WORST_ERROR_DEG or misfit > WORST_MISFIT_WM2:
        raise ConfigError(
            f"{measured.path}: the place cannot be found from ghi, dni and dhi (they disagree by "
            f"{misfit:.0f} W/m2, uncertain by {error_deg:.1f} deg): check the columns, or say it "
            f"with --place LAT,LON"
        )
    latitude = math.degrees(math.asin(max(-1.0, min(1.0, normal[2]))))
    longitude = math.degrees(math.atan2(normal[1], normal[0]))
    check_nights(measured, (latitude, longitude))
    return latitude, longitude


def check_nights(measured: Measured, place: tuple[float, float]) -> None:
    """Refuse weather with sun at night: a wrong place, or a clock that is not the one it says."""
    every = max(1, round(900.0 / measured.step_s))
    for row in range(0, len(measured), every):
        if measured.ghi[row] <= NIGHT_WM2:
            continue
        elevation_deg = sun_at(_middle_s(measured, row), *place).elevation_deg
        if elevation_deg < NIGHT_DEG:
            raise ConfigError(
                f"{measured.where(row)}: ghi {measured.ghi[row]:g} W/m2 while the sun is "
                f"{-elevation_deg:.0f} deg below the horizon at {place[0]:.2f} N {place[1]:.2f} E: "
                f"check the zone of the time column, or say the place with --place LAT,LON"
            )


def _middle_s(measured: Measured, row: int) -> float:
    return measured.start_utc_s + (row + 0.5) * measured.step_s


def _sunny(measured: Measured) -> list[Row]:
    rows = [k for k, beam in enumerate(measured.dni) if beam > LEAST_BEAM_WM2]
    every = 1 + len(rows) // MOST_ROWS
    return [
        (
            sun_vector(_middle_s(measured, k)),
            measured.dni[k],
            measured.ghi[k] - measured.dhi[k],
        )
        for k in rows[::every]
    ]


def _starts(rows: list[Row]) -> list[Vector]:
    """Below the middle of the sun's way, in either hemisphere: near an equinox a place and its
    mirror across the equator see nearly the same sun, and each draws its half of the earth.
    """
    x, y = (sum(row[0][k] for row in rows) for k in (0, 1))
    far = math.hypot(x, y)
    return [_unit((x, y, far * slope)) for slope in (-1.0, 0.0, 1.0)]


def _found(normal: Vector, rows: list[Row]) -> tuple[float, float, Vector]:
    """(misfit, error in deg, normal) where a start leads to."""
    misfit, error_deg = 0.0, 90.0
    for _ in range(PASSES):
        normal, misfit, error_deg = _better(normal, rows)
    return misfit, error_deg, normal


def _better(normal: Vector, rows: list[Row]) -> tuple[Vector, float, float]:
    """One Gauss-Newton step on the sphere with Tukey's weights: (normal, misfit, error in deg)."""
    latitude, longitude = math.asin(max(-1.0, min(1.0, normal[2]))), math.atan2(*normal[1::-1])
    east = (-math.sin(longitude), math.cos(longitude), 0.0)
    flat = -math.sin(latitude)
    north = (flat * math.cos(longitude), flat * math.sin(longitude), math.cos(latitude))
    misses = [flat_wm2 - beam * _dot(normal, sun) for sun, beam, flat_wm2 in rows]
    misfit = max(0.1, 1.48 * sorted(map(abs, misses))[len(misses) // 2])
    ee = en = nn = 1e-12
    to_east = to_north = 0.0
    for miss, (sun, beam, _) in zip(misses, rows, strict=True):
        weight = max(0.0, 1.0 - (miss / (4.7 * misfit)) ** 2) ** 2
        by_east, by_north = beam * _dot(east, sun), beam * _dot(north, sun)
        ee += weight * by_east * by_east
        en += weight * by_east * by_north
        nn += weight * by_north * by_north
        to_east += weight * by_east * miss
        to_north += weight * by_north * miss
    size = ee * nn - en * en
    if size <= 1e-9 * ee * nn:
        return normal, misfit, 90.0
    de, dn = (nn * to_east - en * to_north) / size, (ee * to_north - en * to_east) / size
    moved = tuple(n + de * e + dn * u for n, e, u in zip(normal, east, north, strict=True))
    error = misfit * math.sqrt(max(ee, nn) / size)
    return _unit(moved), misfit, math.degrees(error)  # type: ignore[arg-type]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _unit(a: Vector) -> Vector:
    long = math.sqrt(_dot(a, a))
    return a[0] / long, a[1] / long, a[2] / long
