"""Forecast points: series of mean watts, joined, summed over planes, kept in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from pvopt.config.site import Plane
from pvopt.errors import SourceError
from pvopt.model import ForecastPoint

Span = tuple[float, float, float]  # start_utc_s, end_utc_s, mean watts

HOUR_S = 3600.0


def points_from(spans: Iterable[Span]) -> tuple[ForecastPoint, ...]:
    """Points in order of time, 0 W in the gaps and after the last span; watts never below 0."""
    points: list[ForecastPoint] = []
    end_s = float("-inf")
    for start, end, watts in sorted(spans):
        if end <= max(start, end_s):
            continue
        if start > end_s and points:
            points.append(ForecastPoint(end_s, 0.0))
        points.append(ForecastPoint(max(start, end_s), round(max(0.0, watts), 1)))
        end_s = end
    return (*points, ForecastPoint(end_s, 0.0)) if points else ()


def pv_w_at(points: Sequence[ForecastPoint], utc_s: float) -> float | None:
    """Mean watts expected at an instant; None outside the series."""
    index = bisect_right(points, utc_s, key=lambda point: point.start_utc_s) - 1
    return points[index].pv_w if 0 <= index < len(points) - 1 else None


def total(series: Sequence[tuple[ForecastPoint, ...]]) -> tuple[ForecastPoint, ...]:
    """The sum of the planes. Each holds until its next point, so the sum is exact."""
    if len(series) == 1:
        return series[0]
    starts = sorted({point.start_utc_s for points in series for point in points})
    return tuple(
        ForecastPoint(start, round(sum(pv_w_at(points, start) or 0.0 for points in series), 1))
        for start in starts
    )


def of_planes(
    planes: Sequence[Plane], one: Callable[[Plane], tuple[ForecastPoint, ...]]
) -> tuple[ForecastPoint, ...]:
    """The sum of what ``one`` brings for each plane. SourceError: there are no planes."""
    if not planes:
        raise SourceError("site.planes is empty: a forecast needs the panels' watts and tilt")
    return total([one(plane) for plane in planes])
