"""What the home of a benchmark gets, second by second, as arrays; and what the calendar knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pvopt.benchmarks.homes import PLANES
from pvopt.daylight import is_daylight
from pvopt.decide.settings import DaylightSettings, PlaneSettings
from pvopt.decide.sky import CLEAR_S, clear_sky
from pvopt.errors import ConfigError
from pvopt.model import Instant
from pvopt.simulator.measured import MeasuredSeries
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.shapes import HomeInputs
from pvopt.simulator.surroundings import LoadOver

DAY_S = 86_400
HOUR_S = 3600
MADE_UP_PLACE = (50.08, 14.43)
MADE_UP_START_UTC_S = 1_780_268_400.0  # 2026-06-01, 00:00 by the sun's clock
MADE_UP_DAYS = 30
LOOK_S = 300  # the sun does not rise and set within so long


@dataclass(frozen=True, eq=False)
class Inputs:
    """Seconds of a run from ``start_utc_s`` on. Arrays of numpy, one number a second, but
    ``clear_w`` (one in ``CLEAR_S`` seconds) and ``hourly_w`` (one a clock hour: what the panels
    could give, W). ``nights``: the seconds at which daylight ends, and the end of the run.
    """

    start_utc_s: float
    local_offset_s: float
    place: tuple[float, float]
    refined: bool
    pv_w: Any
    load_w: Any
    litres: Any
    day: Any
    clear_w: Any
    hourly_w: Any
    nights: tuple[int, ...]

    @property
    def seconds(self) -> int:
        return len(self.pv_w)

    @property
    def days(self) -> float:
        return self.seconds / DAY_S


def first_seconds(inputs: Inputs, seconds: int) -> Inputs:
    """The first of them only."""
    nights = (*(night for night in inputs.nights if night < seconds), seconds)
    return replace(
        inputs,
        pv_w=inputs.pv_w[:seconds],
        load_w=inputs.load_w[:seconds],
        litres=inputs.litres[:seconds],
        day=inputs.day[:seconds],
        nights=nights,
    )


def sun_rule(place: tuple[float, float]) -> DaylightSettings:
    """Daylight and panels as the settings of the benchmark's homes have them."""
    planes = tuple(PlaneSettings(*plane) for plane in PLANES)
    return DaylightSettings("sun", *place, "UTC", 1.0, "09:00", "18:00", planes)


def measured_inputs(
    weather: Measured,
    place: tuple[float, float],
    *,
    load: Measured | None = None,
    days: float | None = None,
    refined: bool = True,
    seed: int = 1,
) -> Inputs:
    """Measured weather and load, of the first ``days`` (None: all). Clocks follow the sun."""
    series, local_offset_s = _measured_series(weather, place, load, refined, seed)
    seconds = int(series.end_utc_s - series.start_utc_s)
    if days is not None:
        seconds = min(seconds, round(days * DAY_S))
    return made_inputs(series, series.start_utc_s, seconds, place, refined, local_offset_s)


def measured_days(
    weather: Measured,
    place: tuple[float, float],
    count: int,
    *,
    load: Measured | None = None,
    refined: bool = True,
    seed: int = 1,
    by_load: bool = False,
) -> list[Inputs]:
    """``count`` whole days out of all that were measured, from those that leave little of the sun
    to those that leave much (``by_load``: from a quiet to a busy house), by date; fewer if there
    are no more."""
    series, offset_s = _measured_series(weather, place, load, refined, seed)
    first_s = series.start_utc_s + (-series.start_utc_s - offset_s) % DAY_S
    there = int((series.end_utc_s - first_s) // DAY_S)
    if there < 1:
        raise ConfigError(f"{weather.path}: no whole day from midnight to midnight: give more rows")
    of = load_of if by_load else left_of
    of_wh = [of(series, first_s + DAY_S * day) for day in range(there)]
    return [
        made_inputs(series, first_s + DAY_S * day, DAY_S, place, refined, offset_s)
        for day in by_left(of_wh, count)
    ]


def made_up_days(count: int) -> list[Inputs]:
    """``count`` days of the made-up month, chosen in the same way."""
    sky = _made_up_sky()
    left_wh = [left_of(sky, MADE_UP_START_UTC_S + DAY_S * day) for day in range(MADE_UP_DAYS)]
    return [_made_up_day(day) for day in by_left(left_wh, count)]


def left_of(inputs_at: Callable[[float], HomeInputs], start_utc_s: float) -> float:
    """What the house leaves of the panels' sun in the day that begins then (Wh), seen every five
    minutes: a bright day in a house that takes it all is none to compare loads on."""
    seen = [inputs_at(start_utc_s + second) for second in range(0, DAY_S, LOOK_S)]
    left_w = [max(0.0, now.pv_a_w - now.load_l1_w) for now in seen]
    return sum(left_w) * LOOK_S / HOUR_S


def load_of(inputs_at: Callable[[float], HomeInputs], start_utc_s: float) -> float:
    """What the house draws in the day that begins then (Wh), seen every five minutes."""
    watts = [inputs_at(start_utc_s + second).load_l1_w for second in range(0, DAY_S, LOOK_S)]
    return sum(watts) * LOOK_S / HOUR_S


def by_left(left_wh: Sequence[float], count: int) -> list[int]:
    """``count`` of the days, evenly apart in the order of what they leave, by date: one of them is
    the median, three of 31 are those with the 6th, the 16th and the 26th least."""
    order = sorted(range(len(left_wh)), key=lambda day: left_wh[day])
    return sorted(order[place] for place in spread(len(order), count))


def _made_up_day(day: int) -> Inputs:
    start_utc_s = MADE_UP_START_UTC_S + DAY_S * day
    return made_inputs(_made_up_sky(), start_utc_s, DAY_S, MADE_UP_PLACE, True, float(HOUR_S))


def spread(there: int, count: int) -> list[int]:
    """``count`` numbers below ``there``, evenly apart: of 31 three are 5, 15 and 25."""
    count = min(there, count)
    return [int((place + 0.5) * there / count) for place in range(count)]


def _measured_series(
    weather: Measured,
    place: tuple[float, float],
    load: Measured | None,
    refined: bool,
    seed: int,
) -> tuple[MeasuredSeries, float]:
    """(the seconds of the files, how far the sun's clock is ahead of UTC in s)."""
    local_offset_s = HOUR_S * round(place[1] / 15.0) * 1.0
    series = MeasuredSeries(
        weather,
        load=load,
        place=place,
        planes=PLANES,
        refined=refined,
        seed=seed,
        local_offset_s=local_offset_s,
    )
    return series, local_offset_s


def made_up_inputs(load: Measured | None = None, days: float | None = None) -> Inputs:
    """A made-up sky of clear, broken and overcast days; ``load``: measured, on its own days."""
    start_utc_s, most = MADE_UP_START_UTC_S, math.inf
    if load is not None:
        start_utc_s, most = load.start_utc_s, load.end_utc_s - load.start_utc_s
    seconds = int(min(most, DAY_S * (MADE_UP_DAYS if days is None else days)))
    sky: Callable[[float], HomeInputs] = _made_up_sky()
    if load is not None:
        sky = LoadOver(sky, load)
    return made_inputs(sky, start_utc_s, seconds, MADE_UP_PLACE, True, float(HOUR_S))


def _made_up_sky() -> HomeSeries:
    return HomeSeries(
        latitude_deg=MADE_UP_PLACE[0],
        longitude_deg=MADE_UP_PLACE[1],
        local_offset_s=float(HOUR_S),
        planes=PLANES,
        sky="mixed",
    )


def made_inputs(
    inputs_at: Callable[[float], HomeInputs],
    start_utc_s: float,
    seconds: int,
    place: tuple[float, float],
    refined: bool = True,
    local_offset_s: float = 0.0,
) -> Inputs:
    """Inputs out of a series whose panels feed charger A."""
    import numpy as np  # noqa: PLC0415 (an extra)

    pv_w, load_w, litres = (np.empty(seconds) for _ in range(3))
    for k in range(seconds):
        now = inputs_at(start_utc_s + k)
        pv_w[k], load_w[k], litres[k] = now.pv_a_w, now.load_l1_w, now.draw_l_s
    day, ends = _daylight(place, start_utc_s, seconds)
    return Inputs(
        start_utc_s=start_utc_s,
        local_offset_s=local_offset_s,
        place=place,
        refined=refined,
        pv_w=pv_w,
        load_w=load_w,
        litres=litres,
        day=day,
        clear_w=_clear(place, start_utc_s, seconds),
        hourly_w=_hourly(pv_w, start_utc_s),
        nights=(*ends, *(() if ends and ends[-1] == seconds else (seconds,))),
    )


def _daylight(
    place: tuple[float, float], start_utc_s: float, seconds: int
) -> tuple[Any, tuple[int, ...]]:
    """(1 where the rule calls it day, the seconds at which a day has just ended)."""
    import numpy as np  # noqa: PLC0415 (an extra)

    rule = sun_rule(place)

    def is_day(second: int) -> bool:
        return is_daylight(rule, *place, rule.timezone, start_utc_s + second)

    day = np.zeros(seconds, np.uint8)
    ends: list[int] = []
    left, was = 0, is_day(0)
    while left < seconds:
        right = min(left + LOOK_S, seconds)
        now = is_day(right)
        turn = right if now == was else _turn(is_day, left, right)
        day[left:turn] = was
        day[turn:right] = now
        if was and not now and turn < seconds:
            ends.append(turn)
        left, was = right, now
    return day, tuple(ends)


def _turn(is_day: Callable[[int], bool], left: int, right: int) -> int:
    """The first second after ``left`` with the daylight of ``right``."""
    aim = is_day(right)
    while right - left > 1:
        middle = (left + right) // 2
        if is_day(middle) == aim:
            right = middle
        else:
            left = middle
    return right


def _clear(place: tuple[float, float], start_utc_s: float, seconds: int) -> Any:
    """The clear sky's power as the loop works it out, every ``CLEAR_S`` seconds."""
    import numpy as np  # noqa: PLC0415 (an extra)

    rule = sun_rule(place)
    times = range(0, seconds + int(CLEAR_S), int(CLEAR_S))
    watts = [clear_sky(rule, Instant(0.0, start_utc_s + t, True)) for t in times]
    return np.array(watts)


def _hourly(pv_w: Any, start_utc_s: float) -> Any:
    """Mean of what the panels could give in each clock hour that the run touches."""
    import numpy as np  # noqa: PLC0415 (an extra)

    hours = (np.arange(len(pv_w)) + int(start_utc_s) % HOUR_S) // HOUR_S
    return np.bincount(hours, pv_w) / np.bincount(hours)
