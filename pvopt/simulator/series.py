"""Seeded inputs of the home: sky, household load, draw-offs; the same seed gives the same second.

Every series is a function of time, without memory, so that any moment can be asked for. The
noise is a hash of seed, channel and a whole number: no generator whose order of calls matters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from pvopt.simulator.gains import PlaneShape, group_gains
from pvopt.simulator.noise import noise
from pvopt.simulator.obstacles import Shade, Snow, snow_cover
from pvopt.simulator.panel import Irradiance, clear_sky, panel_w, plane_wm2
from pvopt.simulator.shapes import HomeInputs
from pvopt.simulator.sun import SunAt, sun_at

Sky = Literal["clear", "broken", "overcast", "mixed"]
InputsAt = Callable[[float], HomeInputs]

CLOUD_CELL_S = 300.0
CLOUD_CHANNEL = 1760  # with this one the shipped demonstration (seed 1) begins in the sun
SKY_CHANNEL = 1770
LOAD_CELL_S = 900.0
FRIDGE_S = 2700.0


DARK = Irradiance(0.0, 0.0)
# What lasts for minutes or a day is worked out once: a hash costs a microsecond on a small machine.
lasting = lru_cache(256)
lasting_noise = lasting(noise)


def smooth_noise(seed: int, channel: int, t_s: float, period_s: float) -> float:
    """Noise 0..1 that wanders: a smooth step between a new level every ``period_s``."""
    k = math.floor(t_s / period_s)
    share = t_s / period_s - k
    share = share * share * (3.0 - 2.0 * share)
    now, then = lasting_noise(seed, channel, k), lasting_noise(seed, channel, k + 1)
    return now * (1.0 - share) + then * share


def _trapezoid(t_s: float, start_s: float, length_s: float, edge_s: float) -> float:
    """0 outside, 1 inside, straight edges of ``edge_s``."""
    return min(1.0, max(0.0, min((t_s - start_s) / edge_s, (start_s + length_s - t_s) / edge_s)))


class Cloud(NamedTuple):
    """One passing cloud; ``deep``: the share of the beam that it takes, 0: there is none."""

    start_s: float = 0.0
    length_s: float = 0.0
    edge_s: float = 1.0
    deep: float = 0.0


@lasting
def cloud_of(seed: int, k: int) -> Cloud:
    """The cloud of the stretch ``k`` of 300 s, there with a chance of 3 in 4.

    60 to 280 s long, edges of 10 to 60 s, taking 55 to 90 %.
    """
    if noise(seed, CLOUD_CHANNEL + 1, k) < 0.25:
        return Cloud()
    start_s = (k + noise(seed, CLOUD_CHANNEL + 2, k)) * CLOUD_CELL_S
    length_s = 60.0 + 220.0 * noise(seed, CLOUD_CHANNEL + 3, k)
    edge_s = min(10.0 + 50.0 * noise(seed, CLOUD_CHANNEL + 4, k), length_s / 2.0)
    return Cloud(start_s, length_s, edge_s, 0.55 + 0.35 * noise(seed, CLOUD_CHANNEL + 5, k))


def cloud_shade(seed: int, t_s: float) -> float:
    """Share 0..0.9 of the beam that passing clouds take: minutes of sun and of shade."""
    shade = 0.0
    first = math.floor(t_s / CLOUD_CELL_S)
    for k in (first - 1, first):
        start_s, length_s, edge_s, deep = cloud_of(seed, k)
        if deep > 0.0 and start_s < t_s < start_s + length_s:
            shade = max(shade, deep * _trapezoid(t_s, start_s, length_s, edge_s))
    return shade


def sky_of_day(seed: int, day: int) -> Sky:
    """The sky of a local day of a mixed month: 3 of 10 clear, 4 broken, 3 overcast."""
    drawn = lasting_noise(seed, SKY_CHANNEL, day)
    if drawn < 0.3:
        return "clear"
    return "broken" if drawn < 0.7 else "overcast"


@lasting
def clear_of(elevation_deg: float) -> tuple[Irradiance, float]:
    """(Clear sky, sine of the sun's height) for a sun above the horizon."""
    return clear_sky(elevation_deg), math.sin(math.radians(elevation_deg))


def sky_at(kind: Sky, seed: int, t_s: float, sun: SunAt) -> Irradiance:
    """Irradiance under a clear, a broken or an overcast sky (10 to 35 % of a clear one).

    ``mixed`` is a matter of days: see ``sky_of_day``.
    """
    if sun.elevation_deg <= 0.0:
        return DARK
    clear, up = clear_of(sun.elevation_deg)
    if kind == "clear":
        return clear
    if kind == "broken":
        shade = cloud_shade(seed, t_s)
        # What a cloud takes from the beam comes back in part as light from all sides.
        lost_wm2 = clear.beam_wm2 * shade * up
        return Irradiance(clear.beam_wm2 * (1.0 - shade), clear.diffuse_wm2 + 0.12 * lost_wm2)
    thin = 0.7 * smooth_noise(seed, 6, t_s, 2400.0) + 0.3 * smooth_noise(seed, 7, t_s, 420.0)
    return Irradiance(0.0, (clear.beam_wm2 * up + clear.diffuse_wm2) * (0.10 + 0.25 * thin))


class Quarter(NamedTuple):
    """A quarter of an hour of a household: a step 0..1 of something, a kettle's time and length."""

    step: float
    kettle_s: float
    kettle_length_s: float  # 0: it stays off


@lasting
def quarter_of(seed: int, k: int) -> Quarter:
    """The kettle is on for 2 to 3 minutes, with a chance of 12 in 100."""
    kettle_s = (k + 0.8 * noise(seed, 13, k)) * LOAD_CELL_S
    has_kettle = noise(seed, 14, k) < 0.12
    length_s = 120.0 + 60.0 * noise(seed, 15, k) if has_kettle else 0.0
    return Quarter(noise(seed, 12, k) ** 2, kettle_s, length_s)


def house_w(load_w: float, seed: int, t_s: float, day_s: float) -> float:
    """Watts of a household whose quiet hours average about ``load_w``; 0 stays 0.

    A base, a fridge (a third of 45 minutes), a step of something every quarter of an hour, a
    kettle of 2 kW now and then in waking hours, and a few watts of flutter. ``day_s``: seconds
    since local midnight.
    """
    if load_w <= 0.0:
        return 0.0
    watts = 0.55 * load_w + 0.02 * load_w * (noise(seed, 10, math.floor(t_s)) - 0.5)
    fridge = math.floor(t_s / FRIDGE_S)
    into_s = t_s - (fridge + 0.6 * lasting_noise(seed, 11, fridge)) * FRIDGE_S
    if 0.0 <= into_s < FRIDGE_S / 3.0:
        watts += 0.25 * load_w
    quarter = quarter_of(seed, math.floor(t_s / LOAD_CELL_S))
    awake = 6.5 * 3600.0 <= day_s < 23.0 * 3600.0
    watts += (0.7 if awake else 0.3) * load_w * quarter.step
    if awake and 0.0 <= t_s - quarter.kettle_s < quarter.kettle_length_s:
        watts += 2000.0
    return watts


# Local time, seconds and litres a second of the day's hot water: showers and the kitchen.
DRAWS = (
    (6.75 * 3600.0, 330.0, 0.10),
    (7.3 * 3600.0, 60.0, 0.06),
    (12.6 * 3600.0, 100.0, 0.06),
    (18.8 * 3600.0, 150.0, 0.06),
    (21.0 * 3600.0, 330.0, 0.10),
)


@lasting
def draws_of(seed: int, day: int) -> tuple[tuple[float, float, float], ...]:
    """The day's draws (from, to, litres a second); each moves by up to half an hour."""
    draws = []
    for k, (start_s, length_s, litres) in enumerate(DRAWS):
        moved_s = start_s + 3600.0 * (noise(seed, 20 + k, day) - 0.5)
        draws.append((moved_s, moved_s + length_s, litres))
    return tuple(draws)


def draw_l_s(seed: int, day: int, day_s: float) -> float:
    """Litres of hot water a second at ``day_s`` seconds of the local day."""
    for from_s, to_s, litres in draws_of(seed, day):
        if from_s <= day_s < to_s:
            return litres
    return 0.0


def air_c(mean_c: float, day_s: float) -> float:
    """Air temperature over the day, warmest at 15:00, 6 K to either side."""
    return mean_c + 6.0 * math.cos(2.0 * math.pi * (day_s / 86400.0 - 15.0 / 24.0))


class HomeSeries:
    """Inputs of the home for any instant: ``series(utc_s)``. Not a kernel; cheap enough for a Pi.

    ``planes`` feed charger A, ``planes_ac`` a PV inverter. Sun and clear sky change slowly: they
    are worked out every ten seconds and kept in between. ``shades`` and ``snows`` fall on all.
    """

    def __init__(
        self,
        *,
        latitude_deg: float,
        longitude_deg: float,
        local_offset_s: float,
        planes: tuple[PlaneShape, ...],
        planes_ac: tuple[PlaneShape, ...] = (),
        sky: Sky = "clear",
        seed: int = 1,
        load_w: float = 350.0,
        mean_air_c: float = 20.0,
        planes_b: tuple[PlaneShape, ...] = (),
        shades: tuple[Shade, ...] = (),
        snows: tuple[Snow, ...] = (),
    ) -> None:
        self._where = (latitude_deg, longitude_deg)
        self._offset_s = local_offset_s
        self._planes = planes
        self._planes_b = planes_b
        self._planes_ac = planes_ac
        self._shades = shades
        self._snows = snows
        self._sky: Sky = sky
        self._seed = seed
        self._load_w = load_w
        self._mean_air_c = mean_air_c
        self._sun_cell = -1
        self._sun = SunAt(0.0, 0.0)

    def __call__(self, utc_s: float) -> HomeInputs:
        cell = math.floor(utc_s / 10.0)
        if cell != self._sun_cell:
            self._sun_cell = cell
            self._sun = sun_at(cell * 10.0 + 5.0, *self._where)
        day, day_s = divmod(utc_s + self._offset_s, 86400.0)
        kind = sky_of_day(self._seed, int(day)) if self._sky == "mixed" else self._sky
        sky = sky_at(kind, self._seed, utc_s, self._sun)
        a_w = b_w = ac_w = 0.0
        if sky is not DARK:
            air = air_c(self._mean_air_c, day_s)
            a_w = self._panels_w(self._planes, utc_s, sky, air)
            b_w = self._panels_w(self._planes_b, utc_s, sky, air)
            ac_w = self._panels_w(self._planes_ac, utc_s, sky, air)
        return HomeInputs(
            pv_a_w=a_w,
            pv_b_w=b_w,
            pv_ac_w=ac_w,
            load_l1_w=house_w(self._load_w, self._seed, utc_s, day_s),
            draw_l_s=draw_l_s(self._seed, int(day), day_s),
        )

    def _panels_w(
        self, planes: tuple[PlaneShape, ...], utc_s: float, sky: Irradiance, air: float
    ) -> float:
        if not planes:
            return 0.0
        if self._shades or self._snows:
            cover = snow_cover(self._snows, utc_s)
            return group_gains(planes, sky, self._sun, air, self._shades, cover).of(sky)
        total_w = 0.0
        for peak_w, tilt_deg, azimuth_deg in planes:
            plane = plane_wm2(sky, self._sun, tilt_deg, azimuth_deg)
            total_w += panel_w(peak_w, plane, air)
        return total_w
