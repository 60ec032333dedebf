"""Inputs of the home out of measured weather and load: plain, or refined to seconds.

Plain: each row holds for its step. Refined: seconds are made up within each step, with the mean
of the step kept (``refine_sky``, ``refine_load``). The sun stands where it does in the middle of
the step. What the rows do not cover is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import repeat

from pvopt.errors import ConfigError
from pvopt.simulator.gains import Gains, PlaneShape, group_gains
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.obstacles import Shade, Snow, snow_cover
from pvopt.simulator.panel import Irradiance
from pvopt.simulator.series import draws_of, house_w
from pvopt.simulator.shapes import HomeInputs
from pvopt.simulator.sun import sun_at

Planes = tuple[PlaneShape, ...]
DRAW = HomeInputs._fields.index("draw_l_s")


class MeasuredSeries:
    """``series(utc_s)``: what the home gets at that second, any second in any order.

    ``planes`` feed charger A, ``planes_b`` charger B, ``planes_ac`` a PV inverter. The load is
    that of ``load``, else of the weather's file, else a synthetic one of ``load_w``;
    ``phases``: its shares on L1, L2, L3. ``rest``: what neither file says (cold water, rooms…).
    """

    def __init__(
        self,
        weather: Measured,
        *,
        load: Measured | None = None,
        place: tuple[float, float],
        planes: Planes,
        planes_b: Planes = (),
        planes_ac: Planes = (),
        refined: bool,
        seed: int = 1,
        local_offset_s: float = 0.0,
        load_scale: float = 1.0,
        load_w: float = 350.0,
        phases: tuple[float, float, float] = (1.0, 0.0, 0.0),
        draws: bool = True,
        shades: tuple[Shade, ...] = (),
        snows: tuple[Snow, ...] = (),
        rest: HomeInputs = HomeInputs(),  # noqa: B008 - a frozen tuple
    ) -> None:
        self._weather = weather
        self._load = load if load is not None else weather if weather.load_w else None
        self._place = place
        self._groups = (planes, planes_b, planes_ac)
        self._refined = refined
        self._seed = seed
        self._offset_s = local_offset_s
        self._load_scale = load_scale
        self._load_w = load_w
        self._phases = phases
        self._draws = draws
        self._shades = shades
        self._snows = snows
        self._rest = rest
        self.start_utc_s, self.end_utc_s = self._span()
        self._first_s, self._last_s = 0.0, 0.0  # what the block covers
        self._block: list[HomeInputs] = []

    def _span(self) -> tuple[float, float]:
        start_s, end_s = self._weather.start_utc_s, self._weather.end_utc_s
        if self._load is not None:
            start_s = max(start_s, self._load.start_utc_s)
            end_s = min(end_s, self._load.end_utc_s)
        if start_s >= end_s and self._load is not None:
            raise ConfigError(
                f"{self._load.path}: its load ({_days(self._load)}) has no day in common with the "
                f"weather of {self._weather.path} ({_days(self._weather)}): give files of the same "
                f"days"
            )
        return start_s, end_s

    def __call__(self, utc_s: float) -> HomeInputs:
        if not self._first_s <= utc_s < self._last_s:
            self._make(utc_s)
        return self._block[int(utc_s - self._first_s)]

    def _make(self, utc_s: float) -> None:
        """The block of seconds around ``utc_s``: the part of a minute with the same rows."""
        if not self.start_utc_s <= utc_s < self.end_utc_s:
            raise ConfigError(
                f"{self._weather.path}: {_when(utc_s)} lies outside its rows "
                f"({_when(self.start_utc_s)} to {_when(self.end_utc_s)}): "
                f"choose a start and a number of days within them"
            )
        weather = self._weather
        row = int((utc_s - weather.start_utc_s) // weather.step_s)
        first_s = weather.start_utc_s + row * weather.step_s
        count = int(weather.step_s)
        pv = self._panels(row, first_s, count)
        load = self._loads(first_s, count)
        litres = self._litres(first_s, count)
        # HomeInputs begins with pv_a_w, pv_b_w, pv_ac_w, load_l1_w, load_l2_w, load_l3_w.
        columns: list[Iterable[float]] = [repeat(field, count) for field in self._rest]
        columns[0:3] = pv
        columns[3:6] = [[watts * share for watts in load] for share in self._phases]
        columns[DRAW] = litres
        self._block = list(map(HomeInputs._make, zip(*columns, strict=True)))
        self._first_s = first_s
        self._last_s = first_s + count

    def _panels(self, row: int, first_s: float, count: int) -> list[list[float]]:
        sky = Irradiance(self._weather.dni[row], self._weather.dhi[row])
        return [[gains.of(sky)] * count for gains in self._gains(row, sky)]

    def _gains(self, row: int, sky: Irradiance) -> list[Gains]:
        """Watts by W/m2 of each group of planes in the middle of a row's step."""
        middle_s = self._weather.start_utc_s + (row + 0.5) * self._weather.step_s
        sun = sun_at(middle_s, *self._place)
        cover = snow_cover(self._snows, middle_s)
        air_c = self._weather.air_c[row]
        return [
            group_gains(planes, sky, sun, air_c, self._shades, cover) for planes in self._groups
        ]

    def _loads(self, first_s: float, count: int) -> list[float]:
        load = self._load
        if load is None:
            return [
                house_w(self._load_w, self._seed, t, (t + self._offset_s) % 86_400.0)
                for t in (first_s + k for k in range(count))
            ]
        scale, rows = self._load_scale, load.load_w
        last = len(rows) - 1
        places = ((first_s + k - load.start_utc_s) // load.step_s for k in range(count))
        return [scale * rows[min(last, max(0, int(place)))] for place in places]

    def _litres(self, first_s: float, count: int) -> list[float]:
        """Litres of hot water a second, those of ``HomeSeries`` with the same seed."""
        litres = [0.0] * count
        if not self._draws:
            return litres
        local_s = first_s + self._offset_s
        for day in {math.floor((local_s + at) / 86_400.0) for at in (0, count - 1)}:
            midnight_s = day * 86_400.0
            for from_s, to_s, l_s in draws_of(self._seed, day):
                begin = max(0, math.ceil(midnight_s + from_s - local_s))
                end = min(count, math.ceil(midnight_s + min(to_s, 86_400.0) - local_s))
                for k in range(begin, end):
                    litres[k] = l_s
        return litres


def _when(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _days(measured: Measured) -> str:
    return f"{_when(measured.start_utc_s)} to {_when(measured.end_utc_s)}"
