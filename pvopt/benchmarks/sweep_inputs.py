"""What a home gets in each step of a sweep, as arrays that variants share.

Panels are worked out for one watt of each plane and scaled, so that a sweep over sizes asks the
sky once. Made-up series are sampled in the middle of each step (at steps of one second: at its
beginning, as ``simulate`` does); measured ones are meaned over it, and refined to seconds where
steps are shorter than theirs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pvopt.daylight import clear_sky_w, elevation_deg, is_daylight
from pvopt.decide.settings import DaylightSettings, PlaneSettings
from pvopt.errors import PvoptError
from pvopt.simulator.measured_pv import MeasuredPanels
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.panel import panel_w, plane_wm2
from pvopt.simulator.refine import around
from pvopt.simulator.refine_load import load_seconds
from pvopt.simulator.series import Sky, air_c, draws_of, house_w, sky_at, sky_of_day
from pvopt.simulator.sun import SunAt, sun_at
from pvopt.simulator.surroundings import Outages
from pvopt.simulator.tariff import Tariff
from pvopt.simulator.weather_csv import read_load, read_weather

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DAY_S = 86_400.0
MINUTE_S = 60
LOOK_S = 600.0  # the sun's height in between is straight to NEAR_DEG
NEAR_DEG = 0.1
NIGHT_DEG = -1.0  # below, panels give nothing
MEAN_AIR_C = 20.0
CLEAR_LOOK_S = 300.0


class Span(NamedTuple):
    """When, and in what steps. ``ahead_s``: local time before UTC at the start."""

    start_utc_s: float
    steps: int
    step_s: int
    ahead_s: float

    def times(self) -> Floats:
        """The beginnings of the steps."""
        return self.start_utc_s + self.step_s * np.arange(self.steps, dtype=np.float64)

    def refines(self, rows: Measured) -> bool:
        """Whether measured rows are too long for these steps."""
        return self.step_s < min(MINUTE_S, rows.step_s)


class File(NamedTuple):
    """A measured file and what is in it, so that another file of that name is noticed."""

    path: str
    digest: str


class Sun(NamedTuple):
    """Where the sky comes from. ``weather`` None: made up."""

    latitude: float
    longitude: float
    sky: Sky
    seed: int
    weather: File | None


class House(NamedTuple):
    """Where the load comes from. ``file`` None: made up."""

    load_w: float
    seed: int
    file: File | None
    is_load: bool = False  # read as --load, else as --weather


def file_of(path: Path) -> File:
    """The file at ``path`` as it is now."""
    return File(str(path.resolve()), sha256(path.read_bytes()).hexdigest())


@lru_cache(maxsize=4)
def measured(file: File, is_load: bool) -> Measured:
    """The rows of a file; PvoptError where a worker does not have the same one."""
    path = Path(file.path)
    try:
        found = file_of(path)
    except OSError as error:
        raise PvoptError(
            f"{path}: cannot be read by a worker ({error.strerror}): every machine of the "
            "cluster needs the same file at the same place"
        ) from error
    if found.digest != file.digest:
        raise PvoptError(f"{path}: was changed meanwhile, or is another file on a worker's machine")
    return read_load(path) if is_load else read_weather(path)


@lru_cache(maxsize=12)
def plane_w(sun: Sun, tilt_deg: float, azimuth_deg: float, span: Span) -> Floats:
    """What one watt of panels gives in each step (W)."""
    where = sun.latitude, sun.longitude
    if sun.weather is None:
        up = np.interp(span.times(), *_elevations(*where, span)) > NIGHT_DEG
        return _sampled(_made_up(sun, tilt_deg, azimuth_deg, span.ahead_s), span, up)
    rows = measured(sun.weather, False)
    panels = MeasuredPanels(
        rows,
        (((1.0, tilt_deg, azimuth_deg),),),
        where,
        refined=span.refines(rows),
        seed=sun.seed,
        shades=(),
        snows=(),
    )
    return _meaned(lambda row: panels.watts(row)[0], rows, span)


def _made_up(
    sun: Sun, tilt_deg: float, azimuth_deg: float, ahead_s: float
) -> Callable[[float], float]:
    """What ``HomeSeries`` gives for one watt, without the rest of it; a test holds them equal."""

    @lru_cache(maxsize=1)
    def stands(cell: int) -> SunAt:
        return sun_at(10.0 * cell + 5.0, sun.latitude, sun.longitude)

    def watts(utc_s: float) -> float:
        at = stands(math.floor(utc_s / 10.0))
        day, day_s = divmod(utc_s + ahead_s, DAY_S)
        kind = sky_of_day(sun.seed, int(day)) if sun.sky == "mixed" else sun.sky
        sky = sky_at(kind, sun.seed, utc_s, at)
        plane = plane_wm2(sky, at, tilt_deg, azimuth_deg)
        return panel_w(1.0, plane, air_c(MEAN_AIR_C, day_s))

    return watts


@lru_cache(maxsize=12)
def clear_w(latitude: float, longitude: float, tilt: float, azimuth: float, span: Span) -> Floats:
    """What one watt of panels gives under a clear sky in each step (W).

    Worked out every five minutes and laid straight in between: off by less than 0.3 % of them.
    """
    times = _every(CLEAR_LOOK_S, span)
    plane = (PlaneSettings(1.0, tilt, azimuth),)
    found = [clear_sky_w(plane, latitude, longitude, utc_s) for utc_s in times.tolist()]
    made: Floats = np.interp(span.times(), times, found)
    return made


@lru_cache(maxsize=12)
def house_load_w(house: House, span: Span) -> Floats:
    """What the house draws in each step (W)."""
    if house.file is None:
        made_up, seed, ahead_s = house.load_w, house.seed, span.ahead_s
        return _sampled(lambda t: house_w(made_up, seed, t, (t + ahead_s) % DAY_S), span)
    rows = measured(house.file, house.is_load)
    if not span.refines(rows):
        return _meaned(lambda row: [rows.load_w[row]] * int(rows.step_s), rows, span)

    def seconds(row: int) -> list[float]:
        utc_s = rows.start_utc_s + row * rows.step_s
        return load_seconds(around(rows.load_w, row), utc_s, int(rows.step_s), house.seed)

    return _meaned(seconds, rows, span)


@lru_cache(maxsize=4)
def hot_water_l_s(seed: int, span: Span) -> Floats:
    """Litres of hot water a second, each draw spread over the steps that it touches."""
    litres = np.zeros(span.steps)
    local_s = span.start_utc_s + span.ahead_s
    first = math.floor(local_s / DAY_S)
    last = math.floor((local_s + span.steps * span.step_s) / DAY_S)
    for day in range(first, last + 1):
        for from_s, to_s, l_s in draws_of(seed, day):
            begin = (day * DAY_S + from_s - local_s) / span.step_s
            end = (day * DAY_S + min(to_s, DAY_S) - local_s) / span.step_s
            if span.step_s == 1:  # as second by second
                begin, end = float(math.ceil(begin)), float(math.ceil(end))
            for k in range(max(0, math.floor(begin)), min(span.steps, math.ceil(end))):
                litres[k] += l_s * (min(end, k + 1.0) - max(begin, float(k)))
    return litres


@lru_cache(maxsize=4)
def is_day(rule: DaylightSettings, span: Span) -> Bools:
    """Whether the owner's rule for daylight holds at the beginning of each step."""
    if rule.mode == "always":
        return np.ones(span.steps, np.bool_)
    where = rule.latitude, rule.longitude

    def holds(utc_s: float) -> bool:
        return is_daylight(rule, *where, rule.timezone, utc_s)

    if rule.mode == "hours":  # they change at whole minutes
        every = max(1, MINUTE_S // span.step_s)
        seen = [holds(utc_s) for utc_s in span.times()[::every].tolist()]
        return np.repeat(np.array(seen, np.bool_), every)[: span.steps]
    times, heights = _elevations(*where, span)
    near = np.interp(span.times(), times, heights) - rule.min_elevation_deg
    day: Bools = near > 0.0
    for k in np.flatnonzero(np.abs(near) < NEAR_DEG).tolist():
        day[k] = holds(span.start_utc_s + k * span.step_s)
    return day


@lru_cache(maxsize=4)
def is_grid_up(outages: Outages, span: Span) -> Bools:
    """False while there is a power cut."""
    up = np.ones(span.steps, np.bool_)
    if outages != Outages():
        for k, utc_s in enumerate(span.times().tolist()):
            up[k] = not outages.down(utc_s, (utc_s + span.ahead_s) % DAY_S)
    return up


@lru_cache(maxsize=4)
def prices(tariff: Tariff, timezone: str, span: Span) -> Floats:
    """Of a bought kWh in each step; the night tariff by the local clock."""
    if math.isnan(tariff.night_per_kwh):
        return np.full(span.steps, tariff.buy_per_kwh)
    zone = ZoneInfo(timezone)
    every = max(1, MINUTE_S // span.step_s)
    found = []
    for utc_s in span.times()[::every].tolist():
        here = datetime.fromtimestamp(utc_s, zone)
        found.append(tariff.price(60 * here.hour + here.minute))
    return np.repeat(np.array(found), every)[: span.steps]


def _every(seconds: float, span: Span) -> Floats:
    """Instants so far apart, from the span's beginning to beyond its end."""
    whole_s = span.steps * span.step_s
    at = np.arange(math.ceil(whole_s / seconds) + 1, dtype=np.float64)
    return span.start_utc_s + seconds * at


@lru_cache(maxsize=4)
def _elevations(latitude: float, longitude: float, span: Span) -> tuple[Floats, Floats]:
    times = _every(LOOK_S, span)
    found = [elevation_deg(latitude, longitude, utc_s) for utc_s in times.tolist()]
    return times, np.array(found, np.float64)


def _sampled(watts: Callable[[float], float], span: Span, where: Bools | None = None) -> Floats:
    """One look a step; 0 but ``where``."""
    into_s = 0.0 if span.step_s == 1 else span.step_s / 2.0
    chosen = np.arange(span.steps) if where is None else np.flatnonzero(where)
    times = span.times()[chosen] + into_s
    made = np.zeros(span.steps)
    made[chosen] = np.fromiter(map(watts, times.tolist()), np.float64, len(chosen))
    return made


def _meaned(seconds: Callable[[int], Sequence[float]], rows: Measured, span: Span) -> Floats:
    """Means over the steps of the seconds that make up each row; its ends are held on."""
    made = np.empty(span.steps)
    a_day = int(DAY_S) // span.step_s
    for begin in range(0, span.steps, a_day):
        count = min(a_day, span.steps - begin)
        from_s = span.start_utc_s + begin * span.step_s - rows.start_utc_s
        until_s = from_s + count * span.step_s
        first, last = math.floor(from_s / rows.step_s), math.ceil(until_s / rows.step_s)
        parts = [seconds(min(len(rows) - 1, max(0, row))) for row in range(first, last)]
        into = int(from_s - first * rows.step_s)
        flat = np.concatenate([np.asarray(part, np.float64) for part in parts])
        flat = flat[into : into + count * span.step_s]
        made[begin : begin + count] = flat.reshape(count, span.step_s).mean(axis=1)
    return made
