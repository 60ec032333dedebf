"""Watts against knob position, both ways: pure arithmetic, no pin is touched here.

``position_pct(w)`` is the position that gives ``w`` watts, or the next lower one that can be had;
``watts(pct)`` is what a position gives. Both rise monotonically; 0 W and 0 % belong together.

* ``linear``: W = max · p/100.
* ``phase_angle``: the knob of a phase-control (SCR, triac) regulator before a resistive load, by
  the common cosine approximation W/max = (1 - cos(π·p/100))/2, so p = acos(1 - 2·W/max)/π · 100.
  The exact integral over the conducting part of each half wave, the knob linear in the conduction
  angle, is W/max = p - sin(2π·p)/2π; both agree at 0, 50 and 100 % and are never more than 5.8 %
  of the maximum apart (a unit test shows it). Worked number: 500 W of 2000 W is W/max = 0.25,
  acos(0.5)/π = 1/3, so 33.3 %.
* ``table``: measured pairs, straight lines between them. Noise makes such tables fall here and
  there; pooling adjacent violators gives the least-squares monotone fit (Barlow, Bartholomew,
  Bremner, Brunk 1972).

Below ``dead_zone_pct`` nothing flows and the law begins there; below ``snap_on_pct`` nothing
flows either, but at it the law's watts are there at once. A table was measured on the real
knob, so there both only silence what lies below them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

from pvopt.act.curve_law import (
    LAW_LINEAR,
    LAW_NONE,
    LAW_PHASE_ANGLE,
    CurveLaw,
    flows_at,
    law_pct,
    law_w,
    wanted_w,
)
from pvopt.config.outputs import Curve as CurveConfig
from pvopt.errors import ConfigError

Points = tuple[tuple[float, float], ...]
LAWS = {"linear": LAW_LINEAR, "phase_angle": LAW_PHASE_ANGLE, "table": LAW_NONE}


def law_of(config: CurveConfig, max_w: float) -> CurveLaw:
    """The law of a configured curve for a load of ``max_w`` watts (> 0), as kernels take it."""
    return CurveLaw(
        LAWS[config.kind],
        float(max_w),
        float(config.min_w),
        float(config.dead_zone_pct),
        float(config.snap_on_pct),
    )


@dataclass(frozen=True, slots=True)
class Curve:
    """One regulator's curve; build it with ``from_config``."""

    law: CurveLaw
    points: Points = ()

    @classmethod
    def from_config(cls, config: CurveConfig, max_w: float) -> Self:
        """The curve of a load of ``max_w`` watts (> 0). ConfigError for an unusable table."""
        points = monotone(config.points) if config.kind == "table" else ()
        return cls(law_of(config, max_w), points)

    def position_pct(self, asked_w: float) -> float:
        """Knob position, 0-100 %, for ``asked_w`` watts (clamped to 0..max_w).

        0 for less than ``min_w``, for less than the knob can give at all, and for NaN.
        """
        if not self.points:
            return law_pct(self.law, asked_w)
        watts = wanted_w(self.law, asked_w)
        pct = self._table_pct(watts) if watts > 0.0 else 0.0
        return pct if flows_at(self.law, pct) else 0.0

    def watts(self, pct: float) -> float:
        """Watts that flow at a knob position in percent (clamped to 0-100; NaN gives 0)."""
        if not self.points:
            return law_w(self.law, pct)
        return self._table_w(min(pct, 100.0)) if flows_at(self.law, pct) else 0.0

    def _table_pct(self, wanted_w: float) -> float:
        reachable_w = min(wanted_w, self.points[-1][1])
        upper = bisect_left(self.points, reachable_w, key=lambda point: point[1])
        (low_pct, low_w), (high_pct, high_w) = self.points[upper - 1], self.points[upper]
        return low_pct + (high_pct - low_pct) * (reachable_w - low_w) / (high_w - low_w)

    def _table_w(self, pct: float) -> float:
        upper = bisect_left(self.points, pct, key=lambda point: point[0])
        if upper == len(self.points):
            return self.points[-1][1]
        (low_pct, low_w), (high_pct, high_w) = self.points[upper - 1], self.points[upper]
        return low_w + (high_w - low_w) * (pct - low_pct) / (high_pct - low_pct)


def monotone(points: Sequence[tuple[float, float]]) -> Points:
    """A measured (percent, watts) table made non-decreasing, beginning at (0, 0).

    What a meter shows at 0 % is its own noise or the regulator's standby, so it is dropped.
    ConfigError if percent do not rise within 0-100 or no point has watts.
    """
    kept = [(float(pct), max(0.0, float(watts))) for pct, watts in points]
    rising = all(a[0] < b[0] for a, b in pairwise(kept))
    if not kept or not rising or kept[0][0] < 0 or kept[-1][0] > 100:
        raise ConfigError(
            "curve.points: percent must rise from one point to the next, within 0-100"
        )
    kept = [point for point in kept if point[0] > 0]
    fitted = _pooled([watts for _, watts in kept])
    if not fitted or not fitted[-1] > 0:
        raise ConfigError("curve.points: at least one point above 0 % must have watts above 0")
    return ((0.0, 0.0), *((pct, w) for (pct, _), w in zip(kept, fitted, strict=True)))


def _pooled(heights: Sequence[float]) -> list[float]:
    """Pool adjacent violators: runs that fall are replaced by their mean, until none falls."""
    pools: list[tuple[float, int]] = []  # (mean, how many)
    for height in heights:
        mean, count = height, 1
        while pools and pools[-1][0] > mean:
            before, many = pools.pop()
            mean = (before * many + mean * count) / (many + count)
            count += many
        pools.append((mean, count))
    return [mean for mean, count in pools for _ in range(count)]
