"""The aims of a law on data a second old, and who could meet them.

Asked are those of ``limits.py``, who know the exact surplus of two seconds ago. Behind an exact
regulator they catch what a chip can. Behind our servo they may also wait until a movement is
worth it (``Lazy``): sought is the one of them that keeps all other aims and catches most. Where
even that one catches less than the aim, no law of this kind meets it; where it catches more and
ours does not, the aim is open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pvopt.benchmarks.limit_lazy import Lazy


class Aims(NamedTuple):
    """``caught_pct`` at least, the others at most; moves and strokes a day."""

    caught_pct: float
    not_solar_pct: float = 0.5
    from_charging_pct: float = 1.0
    moves: float = float("inf")
    strokes: float = float("inf")


CHIP_AIMS = Aims(99.0)
SERVO_AIMS = Aims(97.0, moves=1000.0, strokes=40.0)


class Score(NamedTuple):
    """What a run came to, in the terms of the aims."""

    caught_pct: float
    not_solar_pct: float
    from_charging_pct: float
    moves: float
    strokes: float

    def beyond(self, aims: Aims) -> float:
        """By which part of themselves the aims but the first are exceeded; 0: by none.

        Worked: 0.6 % bought of 0.5 and 1,100 moves of 1,000: 0.2 + 0.1.
        """
        mine, theirs = self[1:], aims[1:]
        return sum(max(0.0, a / b - 1.0) for a, b in zip(mine, theirs, strict=True))

    def meets(self, aims: Aims) -> bool:
        return self.caught_pct >= aims.caught_pct and self.beyond(aims) <= 0.0


# Steps of the search: watts left up and down, watt-seconds up and down.
LADDERS = (
    (0.0, 10.0, 20.0, 40.0, 80.0),
    (0.0, 10.0, 20.0, 40.0, 80.0, 160.0),
    (0.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0),
    (0.0, 30.0, 60.0, 125.0, 250.0, 500.0, 1000.0, 2000.0),
)
BEGIN = (1, 2, 4, 3)
MOST_RUNS = 48


def sought(
    run: Callable[[Lazy], Score], aims: Aims, begin: tuple[int, ...] = BEGIN
) -> tuple[Lazy, Score]:
    """The laziness that exceeds the aims least, and of those that keep them the one that catches
    most. One number is changed at a time, as long as that is better; at most ``MOST_RUNS``."""
    found: dict[tuple[int, ...], Score] = {}

    def rank(at: tuple[int, ...]) -> tuple[float, float]:
        if at not in found:
            found[at] = run(_lazy(at))
        return -found[at].beyond(aims), found[at].caught_pct

    best, better = begin, True
    rank(best)
    while better:
        better = False
        for at in _near(best):
            if at not in found and len(found) >= MOST_RUNS:
                return _lazy(best), found[best]
            if rank(at) > rank(best):
                best, better = at, True
    return _lazy(best), found[best]


def _lazy(at: tuple[int, ...]) -> Lazy:
    return Lazy(*(ladder[k] for ladder, k in zip(LADDERS, at, strict=True)))


def _near(at: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Its neighbours, one number one step away."""
    near = []
    for number, ladder in enumerate(LADDERS):
        for way in (1, -1):
            k = at[number] + way
            if 0 <= k < len(ladder):
                near.append((*at[:number], k, *at[number + 1 :]))
    return near


MET, LIMIT, OPEN = "met", "limit below the aim", "open"


def verdict(ours: Score, limit: Score, aims: Aims) -> str:
    """``limit``: the best that was found for one who knows all."""
    if ours.meets(aims):
        return MET
    return OPEN if limit.meets(aims) else LIMIT
