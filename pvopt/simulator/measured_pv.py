"""Watts of the panels out of measured rows, step by step: plain, or as seconds."""

from __future__ import annotations

import math

from pvopt.simulator.gains import Gains, PlaneShape, group_gains
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.obstacles import Shade, Snow, snow_cover
from pvopt.simulator.panel import Irradiance, clear_sky
from pvopt.simulator.refine import around, boundary_levels, curve, shares, to_mean
from pvopt.simulator.refine_sky import beam_seconds
from pvopt.simulator.sun import SunAt, sun_at

Planes = tuple[PlaneShape, ...]
TOP_ROWS = 15  # to either side: the beam was that clear there, so it may be here
LOW_SINE = 0.17  # 10 deg: below, the clear sky is known too badly to bound anything
# Light between clouds over that of a clear sky, at the most: M. Jarvela, K. Lappalainen, S.
# Valkealahti, "Characteristics of the cloud enhancement phenomenon and PV power plants", Solar
# Energy 2020 (for generators of up to 0.1 MW).
LIFT = 1.5
CLEAR_SHARE = 0.9  # of the clear sky's beam: hazy enough to be common


class MeasuredPanels:
    """``watts(row)``: for each group of planes a list of a step's seconds.

    Refined seconds keep the mean of the plain step: beam and diffuse light keep theirs, and the
    small rest (the sun moves on within the step) is a common factor.
    """

    def __init__(
        self,
        weather: Measured,
        groups: tuple[Planes, ...],
        place: tuple[float, float],
        *,
        refined: bool,
        seed: int,
        shades: tuple[Shade, ...],
        snows: tuple[Snow, ...],
    ) -> None:
        self._weather = weather
        self._groups = groups
        self._place = place
        self._refined = refined
        self._seed = seed
        self._shades = shades
        self._snows = snows
        self._kept: dict[int, tuple[SunAt, list[Gains]]] = {}

    def watts(self, row: int) -> list[list[float]]:
        weather = self._weather
        sky = Irradiance(weather.dni[row], weather.dhi[row])
        count = int(weather.step_s)
        _, gains = self._of(row)
        plain = [of.of(sky) for of in gains]
        if not self._refined or not any(plain):
            return [[watts] * count for watts in plain]
        beam, diffuse = self.sky_seconds(row)
        _, before = self._of(max(0, row - 1))
        _, after = self._of(min(len(weather) - 1, row + 1))
        return [
            _seconds(watts, a, b, c, beam, diffuse) if watts > 0.0 else [0.0] * count
            for watts, a, b, c in zip(plain, before, gains, after, strict=True)
        ]

    def sky_seconds(self, row: int) -> tuple[list[float], list[float]]:
        """Beam (DNI) and diffuse light (DHI) of a step's seconds, each with the row's mean."""
        weather = self._weather
        count = int(weather.step_s)
        utc_s = weather.start_utc_s + row * weather.step_s
        sun, _ = self._of(row)
        clear = clear_sky(sun.elevation_deg)
        near = weather.dni[max(0, row - TOP_ROWS) : row + TOP_ROWS + 1]
        top_wm2 = max(CLEAR_SHARE * clear.beam_wm2, *near)
        up = math.sin(math.radians(sun.elevation_deg))
        most_wm2 = math.inf
        if up > LOW_SINE:
            horizontal_wm2 = clear.beam_wm2 * up + clear.diffuse_wm2
            most_wm2 = (LIFT * horizontal_wm2 - weather.dhi[row]) / up
        rows = around(weather.dni, row)
        beam = beam_seconds(rows, top_wm2, utc_s, count, self._seed, most_wm2)
        mean = weather.dhi[row]
        first, last = boundary_levels(around(weather.dhi, row), math.inf)
        diffuse = to_mean(curve(first, mean, last, count), mean, max(first, mean, last) * 1.5)
        return beam, diffuse

    def _of(self, row: int) -> tuple[SunAt, list[Gains]]:
        """The sun and each group's gains in the middle of a row's step; a few rows are kept."""
        found = self._kept.get(row)
        if found is not None:
            return found
        weather = self._weather
        middle_s = weather.start_utc_s + (row + 0.5) * weather.step_s
        sun = sun_at(middle_s, *self._place)
        sky = Irradiance(weather.dni[row], weather.dhi[row])
        cover = snow_cover(self._snows, middle_s)
        air_c = weather.air_c[row]
        gains = [
            group_gains(planes, sky, sun, air_c, self._shades, cover) for planes in self._groups
        ]
        if len(self._kept) >= 8:
            self._kept.clear()
        self._kept[row] = sun, gains
        return sun, gains


def _seconds(
    watts: float,
    before: Gains,
    here: Gains,
    after: Gains,
    beam: list[float],
    diffuse: list[float],
) -> list[float]:
    """Watts of the seconds with the mean ``watts``; gains glide from boundary to boundary."""
    count = len(beam)
    by_beam, by_diffuse = 0.5 * (before.beam + here.beam), 0.5 * (before.diffuse + here.diffuse)
    beam_slope = 0.5 * (here.beam + after.beam) - by_beam
    diffuse_slope = 0.5 * (here.diffuse + after.diffuse) - by_diffuse
    made = [
        direct * (by_beam + share * beam_slope) + rest * (by_diffuse + share * diffuse_slope)
        for direct, rest, (share, _) in zip(beam, diffuse, shares(count), strict=True)
    ]
    now = math.fsum(made) / count
    if now <= 0.0:
        return [watts] * count
    factor = watts / now
    return [x * factor for x in made]
