"""From measured points to a curve: monotone, smooth, and thinned to what a configuration needs.

No numpy: the fit runs where the appliance does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from pvopt.act.curve import Points, monotone
from pvopt.calibration.shapes import DOWN, UP, Point, median, middles
from pvopt.shape import frozen

Law = Callable[[float], float]
GRID_PCT = 0.5
KEEP = 0.005  # of full watts: what a thinned curve may be off by
DEGREE = 5
SMOOTH_PCT = 1.25
JUMP = 0.03  # of full: a phase-angle curve rises by 2 % over 1.25 %


@frozen
class Misfit:
    """How far a law is from what was measured, in percent of full watts."""

    rms_pct: float
    worst_pct: float


def merged(points: Sequence[Point]) -> list[tuple[float, float]]:
    """(percent, watts) in order: the middle of what was measured at a place and way, then the
    mean of both ways, which is what a knob with play gives on average."""
    ways = [{one.pct: one.watts for one in middles(points, way)} for way in (DOWN, UP)]
    pairs: list[tuple[float, float]] = []
    for pct in sorted({*ways[0], *ways[1]}):
        watts = [way[pct] for way in ways if pct in way]
        pairs.append((pct, sum(watts) / len(watts)))
    return pairs


def smoothed(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each place as the mean of those within 1.25 % of it, as many below as above.

    Places 2.5 % apart stay as they are; half a percent apart their noise is more than what a curve
    bends over five of them. Not across a jump: there a regulator snaps on.
    """
    jump_w = JUMP * max(watts for _, watts in pairs)
    smooth: list[tuple[float, float]] = []
    for k, (pct, here_w) in enumerate(pairs):
        side = 0
        while _alike(pairs, k - side - 1, pct, here_w, jump_w) and _alike(
            pairs, k + side + 1, pct, here_w, jump_w
        ):
            side += 1
        window = [watts for _, watts in pairs[k - side : k + side + 1]]
        smooth.append((pct, sum(window) / len(window)))
    return smooth


def _alike(
    pairs: Sequence[tuple[float, float]], k: int, pct: float, here_w: float, jump_w: float
) -> bool:
    if not 0 <= k < len(pairs) or abs(pairs[k][0] - pct) > SMOOTH_PCT:
        return False
    return abs(pairs[k][1] - here_w) <= jump_w


def monotone_law(pairs: Sequence[tuple[float, float]]) -> tuple[Law, Points]:
    """A curve that never falls, smooth between its knots: (law, knots).

    Falling runs are pooled (``act.curve.monotone``), then a cubic goes through them whose slopes
    keep it monotone (Fritsch and Butland 1984: their weighted harmonic mean). ConfigError as there.
    """
    knots = monotone(pairs)
    steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(knots)]
    slopes = [steps[0], *(_slope(knots, steps, k) for k in range(1, len(steps))), steps[-1]]

    def law(pct: float) -> float:
        if pct >= knots[-1][0]:
            return knots[-1][1]
        k = next(k for k in range(len(steps)) if pct < knots[k + 1][0])
        (low, low_w), (high, high_w) = knots[k], knots[k + 1]
        width = high - low
        t = max(0.0, (pct - low) / width)
        rise = t * t * (3.0 - 2.0 * t)
        bend = width * t * (1.0 - t) * ((1.0 - t) * slopes[k] - t * slopes[k + 1])
        watts = low_w + (high_w - low_w) * rise + bend
        return min(high_w, max(low_w, watts))

    return law, knots


def _slope(knots: Points, steps: Sequence[float], k: int) -> float:
    before, after = steps[k - 1], steps[k]
    if before <= 0.0 or after <= 0.0:
        return 0.0
    wide, next_wide = knots[k][0] - knots[k - 1][0], knots[k + 1][0] - knots[k][0]
    alpha = (1.0 + next_wide / (wide + next_wide)) / 3.0
    return before * after / (alpha * after + (1.0 - alpha) * before)


def polynomial_law(pairs: Sequence[tuple[float, float]], degree: int = DEGREE) -> Law:
    """The least-squares polynomial through ``pairs``, of at most ``degree``.

    By polynomials that are orthogonal on the very points (Forsythe 1957): no matrix is solved,
    so nothing is ill-conditioned. Percent are scaled to -1..1.
    """
    xs = [pct / 50.0 - 1.0 for pct, _ in pairs]
    left = [watts for _, watts in pairs]
    terms: list[tuple[float, float, float]] = []  # (shift, carry, coefficient)
    now, before, size_before = [1.0] * len(xs), [0.0] * len(xs), 1.0
    for order in range(min(degree, len(set(xs)) - 1) + 1):
        size = sum(p * p for p in now)
        shift = sum(x * p * p for x, p in zip(xs, now, strict=True)) / size
        carry = size / size_before if order else 0.0
        factor = sum(w * p for w, p in zip(left, now, strict=True)) / size
        terms.append((shift, carry, factor))
        left = [w - factor * p for w, p in zip(left, now, strict=True)]
        following = [(x - shift) * p - carry * q for x, p, q in zip(xs, now, before, strict=True)]
        before, now, size_before = now, following, size

    def law(pct: float) -> float:
        x = pct / 50.0 - 1.0
        total, p, q = 0.0, 1.0, 0.0
        for shift, carry, factor in terms:
            total += factor * p
            p, q = (x - shift) * p - carry * q, p
        return total

    return law


def misfit(law: Law, pairs: Sequence[tuple[float, float]], full_w: float) -> Misfit:
    """How far ``law`` is from ``pairs``, as shares of ``full_w`` watts."""
    errors = [100.0 * (law(pct) - watts) / full_w for pct, watts in pairs]
    return Misfit(math.sqrt(sum(e * e for e in errors) / len(errors)), max(map(abs, errors)))


def thinned(law: Law, knots: Points, keep: float = KEEP) -> Points:
    """As few points as keep straight lines within ``keep`` of full watts from the law.

    From each point the longest line that fits, over places 0.5 % apart and the knots themselves.
    Whole watts and tenths of a percent; at least two points.
    """
    bound_w = keep * knots[-1][1] - 0.5  # half a watt goes to rounding
    last_pct = knots[-1][0]
    places = {GRID_PCT * k for k in range(int(last_pct / GRID_PCT) + 1)}
    grid = sorted(places | {pct for pct, _ in knots})
    watts = [law(pct) for pct in grid]
    kept, at = [0], 0
    while at < len(grid) - 1:
        end = at + 1
        while end + 1 < len(grid) and _fits(grid, watts, at, end + 1, bound_w):
            end += 1
        kept.append(end)
        at = end
    return tuple((round(grid[k], 2), float(round(watts[k]))) for k in kept)


def straight_law(points: Points) -> Law:
    """Straight lines between points in order, as the loop reads a table."""

    def law(pct: float) -> float:
        upper = next((k for k in range(1, len(points)) if pct <= points[k][0]), len(points) - 1)
        (low, low_w), (high, high_w) = points[upper - 1], points[upper]
        return low_w + (high_w - low_w) * (min(pct, high) - low) / (high - low)

    return law


def _fits(grid: Sequence[float], watts: Sequence[float], at: int, end: int, bound_w: float) -> bool:
    slope = (watts[end] - watts[at]) / (grid[end] - grid[at])
    return all(
        abs(watts[at] + slope * (grid[k] - grid[at]) - watts[k]) <= bound_w
        for k in range(at + 1, end)
    )


def play_pct(points: Sequence[Point], law: Law) -> float | None:
    """Percent of the knob between the two ways where the curve is steep; None: one way only.

    Positive: coming from above the knob is further open, as play leaves it.
    """
    up = {one.pct: one.watts for one in middles(points, UP)}
    apart: list[float] = []
    for one in middles(points, DOWN):
        slope = (law(min(100.0, one.pct + 1.0)) - law(max(0.0, one.pct - 1.0))) / 2.0
        if one.pct in up and slope > 0.005 * law(100.0):
            apart.append((one.watts - up[one.pct]) / slope)
    return median(apart) if apart else None
