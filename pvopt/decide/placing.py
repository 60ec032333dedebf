"""Where a block of heating costs least: in forecast sun, in cheap hours, or as late as may be.

Worked: 2000 W for two hours, 300 W for the house. With 1300 W of sun at noon 1000 W are bought
of the 2000, so two hours at noon cost 2 kWh x 0.30 = 0.60; at night, for 0.14 a kWh, 4 kWh cost
0.56: the night it is. With 1500 W of sun, noon costs 0.48 and has it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from pvopt.decide.windows import Tariff, openings
from pvopt.model import Forecast

SLOT_S = 900.0
SAME = 1e-6  # costs and energies that differ by less are equal: sums of floats


@dataclass(frozen=True, slots=True)
class Heating:
    """``power_w`` for ``length_s`` without a pause; of the sun the house has ``house_w`` first."""

    power_w: float
    length_s: float
    house_w: float = 0.0


def cheapest_start_s(
    heating: Heating,
    first_s: float,
    last_s: float,
    forecast: Forecast | None,
    tariff: Tariff,
    tz: str,
) -> float:
    """The start between two instants (Unix time) at which the block costs least.

    Looked at: both ends and the quarters of an hour between them. Of equal costs the one with
    the most sun, of those the latest. ``first_s`` >= ``last_s``: ``first_s``.
    """
    if first_s >= last_s:
        return first_s
    slots = _Slots(heating, first_s, last_s + heating.length_s, forecast, tariff, tz)
    quarter = math.ceil(first_s / SLOT_S)
    inner = range(quarter, math.ceil(last_s / SLOT_S))
    starts = [first_s, *(number * SLOT_S for number in inner), last_s]
    best_s, best_cost, best_wh = first_s, math.inf, -math.inf
    for start_s in starts:
        cost, sun_wh = slots.between(start_s, start_s + heating.length_s)
        cheaper = cost < best_cost - SAME
        if cheaper or (cost <= best_cost + SAME and sun_wh >= best_wh - SAME):
            best_s, best_cost, best_wh = start_s, min(cost, best_cost), sun_wh
    return best_s


def spare_sun_wh(
    power_w: float, house_w: float, forecast: Forecast | None, from_s: float, to_s: float
) -> float:
    """What a forecast has for a heater between two instants (Wh, >= 0): of its sun what the house
    leaves, and no more than the heater takes.

    Worked: 1300 W from 10:00 to 12:00 and 3000 W to 13:00, 2000 W, 300 W for the house, from 11:00
    on: 1000 + 2000 Wh.
    """
    total_ws = 0.0
    for point, following in pairwise(() if forecast is None else forecast.points):
        length_s = min(following.start_utc_s, to_s) - max(point.start_utc_s, from_s)
        if length_s > 0.0 and math.isfinite(point.pv_w):
            total_ws += length_s * min(power_w, max(0.0, point.pv_w - house_w))
    return total_ws / 3600.0


class _Slots:
    """Cost and sun from the beginning of the first slot up to each slot's end, summed up."""

    def __init__(
        self,
        heating: Heating,
        from_s: float,
        to_s: float,
        forecast: Forecast | None,
        tariff: Tariff,
        tz: str,
    ) -> None:
        self._first = math.floor(from_s / SLOT_S)
        prices = _Prices(tariff, tz, self._first * SLOT_S, to_s + SLOT_S)
        sun = _Sun(forecast)
        self._cost, self._sun_wh = [0.0], [0.0]
        for number in range(self._first, math.ceil(to_s / SLOT_S) + 1):
            middle_s = (number + 0.5) * SLOT_S
            spare_w = max(0.0, sun.watts(middle_s) - heating.house_w)
            bought_w = max(0.0, heating.power_w - spare_w)
            hours = SLOT_S / 3600.0
            self._cost.append(self._cost[-1] + bought_w / 1000.0 * hours * prices.per_kwh(middle_s))
            self._sun_wh.append(self._sun_wh[-1] + spare_w * hours)

    def between(self, start_s: float, end_s: float) -> tuple[float, float]:
        """(cost, Wh of spare sun) of a span."""
        before, after = self._at(start_s), self._at(end_s)
        return after[0] - before[0], after[1] - before[1]

    def _at(self, utc_s: float) -> tuple[float, float]:
        number, part = divmod(utc_s / SLOT_S - self._first, 1.0)
        here = min(int(number), len(self._cost) - 2)
        return (
            self._cost[here] + part * (self._cost[here + 1] - self._cost[here]),
            self._sun_wh[here] + part * (self._sun_wh[here + 1] - self._sun_wh[here]),
        )


class _Prices:
    """The tariff over a span, its windows looked up once."""

    def __init__(self, tariff: Tariff, tz: str, from_s: float, to_s: float) -> None:
        self._base = tariff.base_per_kwh
        self._spans = [
            (openings((one.window,), tz, from_s, to_s), one.per_kwh) for one in tariff.windows
        ]

    def per_kwh(self, utc_s: float) -> float:
        for spans, per_kwh in self._spans:
            if any(start_s <= utc_s < end_s for start_s, end_s in spans):
                return per_kwh
        return self._base


class _Sun:
    """The forecast's watts at an instant; 0 where it says nothing."""

    def __init__(self, forecast: Forecast | None) -> None:
        self._points = () if forecast is None else forecast.points
        self._starts = [point.start_utc_s for point in self._points]

    def watts(self, utc_s: float) -> float:
        here = bisect_right(self._starts, utc_s) - 1
        if not 0 <= here < len(self._points) - 1:
            return 0.0
        pv_w = self._points[here].pv_w
        return pv_w if math.isfinite(pv_w) else 0.0
