"""Inputs of the home out of measured weather and load: plain, or refined to seconds.

Plain: each row holds for its step. Refined: seconds are made up within each step, with the mean
of the step kept (``refine_sky``, ``refine_load``). The sun stands where it does in the middle of
the step. What the rows do not cover is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from typing import cast

from pvopt.errors import ConfigError
from pvopt.simulator.measured_pv import MeasuredPanels, Planes
from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.obstacles import Shade, Snow
from pvopt.simulator.place import check_nights
from pvopt.simulator.refine import Around, around
from pvopt.simulator.refine_load import load_seconds
from pvopt.simulator.series import draws_of, house_w
from pvopt.simulator.shapes import HomeInputs

PV = tuple(map(HomeInputs._fields.index, ("pv_a_w", "pv_b_w", "pv_ac_w")))
LOAD = tuple(map(HomeInputs._fields.index, ("load_l1_w", "load_l2_w", "load_l3_w")))
DRAW = HomeInputs._fields.index("draw_l_s")
_new_inputs = cast("Callable[[Iterable[float]], HomeInputs]", partial(tuple.__new__, HomeInputs))


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
        check_nights(weather, place)
        self._panels = MeasuredPanels(
            weather,
            (planes, planes_b, planes_ac),
            place,
            refined=refined,
            seed=seed,
            shades=shades,
            snows=snows,
        )
        self._refined = refined
        self._seed = seed
        self._offset_s = local_offset_s
        self._load_scale = load_scale
        self._load_w = load_w
        self._phases = phases
        self._draws = draws
        self._rest = rest
        self.start_utc_s, self.end_utc_s = self._span()
        self._first_s, self._last_s = 0.0, 0.0  # what the block covers
        self._block: list[HomeInputs] = []
        self._drawn: tuple[int, tuple[tuple[float, float, float], ...]] = (-1, ())

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
        pv = self._panels.watts(row)
        load = self._loads(first_s, count)
        litres = self._litres(first_s, count)
        columns: list[Iterable[float]] = [repeat(field, count) for field in self._rest]
        for place, seconds in zip(PV, pv, strict=True):
            columns[place] = seconds
        for place, share in zip(LOAD, self._phases, strict=True):
            columns[place] = [watts * share for watts in load] if share else repeat(0.0, count)
        columns[DRAW] = litres
        self._block = list(map(_new_inputs, zip(*columns, strict=True)))
        self._first_s = first_s
        self._last_s = first_s + count

    def _loads(self, first_s: float, count: int) -> list[float]:
        load = self._load
        if load is None:
            return [
                house_w(self._load_w, self._seed, t, (t + self._offset_s) % 86_400.0)
                for t in (first_s + k for k in range(count))
            ]
        row, into_s = divmod(first_s - load.start_utc_s, load.step_s)
        watts = self._load_row(load, int(row))
        while len(watts) - into_s < count:
            row += 1.0
            watts = watts + self._load_row(load, int(row))
        begin = int(into_s)
        return watts[begin : begin + count]

    def _load_row(self, load: Measured, row: int) -> list[float]:
        """Watts of the seconds of a row of the load; the file's ends are held on."""
        rows, count = load.load_w, int(load.step_s)
        row = min(len(rows) - 1, max(0, row))
        if not self._refined:
            return [self._load_scale * rows[row]] * count
        utc_s = load.start_utc_s + row * load.step_s
        scale = self._load_scale
        near = Around(*(scale * watts for watts in around(rows, row)))
        return load_seconds(near, utc_s, count, self._seed)

    def _litres(self, first_s: float, count: int) -> list[float]:
        """Litres of hot water a second, those of ``HomeSeries`` with the same seed."""
        litres = [0.0] * count
        if not self._draws:
            return litres
        local_s = first_s + self._offset_s
        for day in {math.floor((local_s + at) / 86_400.0) for at in (0, count - 1)}:
            midnight_s = day * 86_400.0
            for from_s, to_s, l_s in self._draws_of(day):
                begin = max(0, math.ceil(midnight_s + from_s - local_s))
                end = min(count, math.ceil(midnight_s + min(to_s, 86_400.0) - local_s))
                for k in range(begin, end):
                    litres[k] = l_s
        return litres

    def _draws_of(self, day: int) -> tuple[tuple[float, float, float], ...]:
        if day != self._drawn[0]:
            self._drawn = day, draws_of(self._seed, day)
        return self._drawn[1]


def _when(utc_s: float) -> str:
    return datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _days(measured: Measured) -> str:
    return f"{_when(measured.start_utc_s)} to {_when(measured.end_utc_s)}"
