"""Seconds out of steps: levels, edges between them, and the mean of the step kept exactly. Pure.

A step (say a minute) knows its own mean and its neighbours'. Where a minute lies between its
neighbours, one edge inside it explains its mean: so long the one level, then the other. Where it
lies beyond both, something came and went. Where all are alike it is a gentle curve. Both sides
of a boundary work out the same level for it, so seconds join.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

BARE_SHARE = 0.12  # two edges of 3 s bring a minute 5 % of the higher level; and some room


class Around(NamedTuple):
    """Means of a step and its neighbours, two to either side."""

    before_2: float
    before: float
    here: float
    after: float
    after_2: float


def around(rows: Sequence[float], row: int) -> Around:
    """A row's neighbourhood; the ends of the rows are repeated."""
    last = len(rows) - 1
    return Around(
        rows[max(0, row - 2)],
        rows[max(0, row - 1)],
        rows[row],
        rows[min(last, row + 1)],
        rows[min(last, row + 2)],
    )


def level_between(a0: float, a: float, b: float, b1: float, steady: float) -> float:
    """The level at the boundary of two steps with means ``a`` and ``b``; a0 and b1 lie outside.

    A step on the way between its neighbours holds the edge, so the boundary has the level of the
    other one: 800, 800 | 500, 100 gives 800. 300, 300 | 310, 310 gives 305.
    """
    if abs(b - a) <= steady:
        return 0.5 * (a + b)
    low, high = min(a, b), max(a, b)
    if low < BARE_SHARE * high:
        return low  # so little cannot hold an edge: it is all in the other step
    a_passes = (a - a0) * (b - a) > 0.0 and abs(a - a0) > steady
    b_passes = (b - a) * (b1 - b) > 0.0 and abs(b1 - b) > steady
    if a_passes != b_passes:
        return b if a_passes else a
    if a_passes:
        return 0.5 * (a + b)
    a_rests, b_rests = abs(a - a0) <= steady, abs(b1 - b) <= steady
    if a_rests != b_rests:
        return a if a_rests else b
    # An edge right here: it goes into the step that has more room to make up for it.
    return low if max(a0, high, b1) - high >= low else high


def boundary_levels(rows: Around, steady: float) -> tuple[float, float]:
    """Levels where the step begins and ends."""
    return (
        level_between(rows.before_2, rows.before, rows.here, rows.after, steady),
        level_between(rows.before, rows.here, rows.after, rows.after_2, steady),
    )


def curve(first: float, mean: float, last: float, count: int) -> list[float]:
    """A straight line and a parabola on it: from ``first`` to ``last`` with about that mean."""
    bend = 6.0 * (mean - 0.5 * (first + last))
    slope = last - first
    return [first + share * slope + arch * bend for share, arch in shares(count)]


@lru_cache(maxsize=4)
def shares(count: int) -> tuple[tuple[float, float], ...]:
    """(share of the step gone by, the arch s * (1 - s)) in the middle of each second."""
    middles = [(k + 0.5) / count for k in range(count)]
    return tuple((s, s * (1.0 - s)) for s in middles)


def add_edge(seconds: list[float], middle_s: float, width_s: float, rise: float) -> None:
    """Add an edge of ``rise``, half done at ``middle_s``, of smooth shape and ``width_s``.

    Each second gets its own mean of a sharp edge (width below a second), and the shape at its
    middle of a wide one.
    """
    count = len(seconds)
    begin_s = middle_s - 0.5 * width_s
    if width_s < 1.0:
        whole = max(0, min(count, math.floor(middle_s)))
        if whole < count:
            seconds[whole] += rise * (1.0 - (middle_s - whole) if middle_s >= 0.0 else 1.0)
        done = whole + 1
    else:
        done = max(0, min(count, math.ceil(begin_s + width_s)))
        for k in range(max(0, math.floor(begin_s)), done):
            share = min(1.0, max(0.0, (k + 0.5 - begin_s) / width_s))
            seconds[k] += rise * share * share * (3.0 - 2.0 * share)
    for k in range(done, count):
        seconds[k] += rise


def to_mean(seconds: list[float], mean: float, top: float) -> list[float]:
    """The same shape with exactly that mean, within 0 to ``top`` (which is at least the mean).

    All are multiplied by one factor, so that low ends stay low; what would pass ``top`` stays
    there. Where that is not enough, all come nearer to ``top`` by one factor. [2, 6] to a mean
    of 5 under a top of 8: [2.5, 7.5]; under 7: [3, 7].
    """
    count = len(seconds)
    kept = seconds
    if min(kept) < 0.0 or max(kept) > top:
        kept = [0.0 if x < 0.0 else top if x > top else x for x in kept]
    for _ in range(4):
        now = math.fsum(kept) / count
        if now == mean:
            return kept
        if now <= 0.0:
            return [mean] * count
        factor = mean / now
        if factor * max(kept) <= top:
            return [x * factor for x in kept]
        kept = [min(top, x * factor) for x in kept]
    now = math.fsum(kept) / count
    factor = (top - mean) / (top - now) if now < mean else 1.0
    return [top - (top - x) * factor for x in kept]
