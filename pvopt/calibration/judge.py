"""Whether a measured block can be believed, against itself and against what was found before."""

from __future__ import annotations

import math
from enum import IntEnum
from itertools import pairwise

from pvopt.calibration.shapes import DOWN, UP, Block, Level, Plan, Point, middles

DRIFT = 0.01  # of the heater's watts: what the house may change by within a block
ORDER = 0.02  # what a curve may fall by (real ones do, at their top)
FULL_LEAST = 0.10  # a heater that draws less at full knob draws nothing
LOST = 0.05  # watts below this share, where there were many, are none
MANY = 0.15
TOO_MUCH = 1.3
SURE_PCT = 60.0  # where any regulator gives something
STANDS_OUT = 0.015
BELIEVED_TRIES = 3  # a regulator that really falls so is believed in the end


class Verdict(IntEnum):
    GOOD = 0
    AGAIN = 1
    NOTHING = 2  # the thermostat opened, or no heater is there
    TOO_MUCH = 3


def judge(
    plan: Plan,
    block: Block,
    levels: tuple[Level, ...],
    known: tuple[Point, ...],
    noise_w: float,
    tries: int,
) -> tuple[tuple[Point, ...], Verdict]:
    """The block's points, and what to do with them.

    ``levels``: the house alone, one for each place, the house alone; ``tries``: of this block
    before. The house in between lies on the line between the two looks.
    """
    first, last = levels[0], levels[-1]
    drift_w = max(DRIFT * plan.max_w, 3.0 * noise_w / math.sqrt(plan.samples))
    if abs(last.watts - first.watts) > drift_w:
        return (), Verdict.AGAIN
    points = tuple(
        Point(pct, level.watts - _house_w(first, last, level.at_s), block.way)
        for pct, level in zip(block.pcts, levels[1:-1], strict=True)
    )
    if min(point.watts for point in points) < -drift_w:
        return (), Verdict.AGAIN
    if max(point.watts for point in points) > TOO_MUCH * plan.max_w:
        return (), Verdict.AGAIN if known else Verdict.TOO_MUCH
    if any(_lost(plan, point, known, points) for point in points):
        return (), Verdict.NOTHING
    if not _in_order(plan, points, known) and tries < BELIEVED_TRIES:
        return (), Verdict.AGAIN
    return points, Verdict.GOOD


def _house_w(first: Level, last: Level, at_s: float) -> float:
    part = (at_s - first.at_s) / (last.at_s - first.at_s)
    return first.watts + part * (last.watts - first.watts)


def _full_w(plan: Plan, known: tuple[Point, ...]) -> float:
    return max((point.watts for point in known), default=plan.max_w)


def _lost(plan: Plan, point: Point, known: tuple[Point, ...], block: tuple[Point, ...]) -> bool:
    """No watts where there must be some: by the knob, by lower places, by the place beside."""
    full_w = _full_w(plan, known)
    if not known and point.pct >= 100.0 and point.watts < FULL_LEAST * plan.max_w:
        return True
    if point.watts >= LOST * full_w:
        return False
    if point.pct >= SURE_PCT:
        return True
    others = [one for one in (*known, *block) if one is not point]
    if any(one.pct <= point.pct and one.watts >= MANY * full_w for one in others):
        return True
    fall = MANY + 0.04 * plan.step_pct
    above = [one for one in others if 0.0 < one.pct - point.pct <= 1.01 * plan.step_pct]
    return any(one.watts >= fall * full_w for one in above)


def _in_order(plan: Plan, points: tuple[Point, ...], known: tuple[Point, ...]) -> bool:
    """Whether watts rise with the knob, within the block and beside its neighbours."""
    bound_w = ORDER * plan.max_w
    block = sorted(points, key=lambda one: one.pct)
    if any(a.watts > b.watts + bound_w for a, b in pairwise(block)):
        return False
    same = [one for one in known if one.way == block[0].way]
    below = [one.watts for one in same if one.pct < block[0].pct]
    above = [one.watts for one in same if one.pct > block[-1].pct]
    return not (
        (below and max(below) > block[0].watts + bound_w)
        or (above and min(above) < block[-1].watts - bound_w)
    )


def suspects(plan: Plan, points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Places that stand out from the line through their neighbours of the same way.

    Inside it is the line between both, at an end the one that leads there, from which a cosine
    bends away four times as far.
    """
    turn = math.pi * plan.step_pct / 100.0
    found: list[Point] = []
    for way in (DOWN, UP):
        row = middles(points, way)
        for k, one in enumerate(row):
            inside = 0 < k < len(row) - 1
            a, b = (k - 1, k + 1) if inside else (1, 2) if k == 0 else (k - 1, k - 2)
            if max(a, b) >= len(row) or min(a, b) < 0:
                continue
            bound_w = (STANDS_OUT + (0.25 if inside else 1.0) * turn * turn) * plan.max_w
            if abs(one.watts - _line_w(row[a], row[b], one.pct)) > bound_w:
                found.append(one)
    return tuple(found)


def _line_w(a: Point, b: Point, pct: float) -> float:
    return a.watts + (b.watts - a.watts) * (pct - a.pct) / (b.pct - a.pct)
