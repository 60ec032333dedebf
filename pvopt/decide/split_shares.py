"""Watts shared among storages: one short exact allocation.

``allocate`` knows no direction: all its watts are >= 0, of giving or of taking alike.
"""

from __future__ import annotations

import math
from typing import NamedTuple

# So much more full, and it gives e times as much, at a rate of 1 (%).
FULLER_PCT = 10.0
# Weights differ by no more than e to this, either way.
MOST_TILT = 2.0


class Part(NamedTuple):
    """One storage that takes part. ``weight`` > 0; ``least_w`` <= ``most_w``; ``extra_w``: what it
    can do beyond while all the others are at their most, too."""

    weight: float
    least_w: float
    most_w: float
    extra_w: float = 0.0


def weights_of(
    socs_pct: tuple[float, ...], threshold_pct: float, rate: float, giving: bool
) -> tuple[float, ...]:
    """What each should do beside the others, by how full it is (%; NaN: as the others are).

    Even while the fullest and the emptiest are within ``threshold_pct``; beyond that the fuller
    gives more (takes less), so steadily that they come together and stay there. Worked: 80 and
    67 %, threshold 3 %, rate 1: 5 % beyond it each, weights e^1/2 and e^-1/2, 73 and 27 %.
    """
    known = [soc_pct for soc_pct in socs_pct if not math.isnan(soc_pct)]
    if not known:
        return (1.0,) * len(socs_pct)
    middle_pct = 0.5 * (max(known) + min(known))
    weights: list[float] = []
    for soc_pct in socs_pct:
        apart_pct = 0.0 if math.isnan(soc_pct) else soc_pct - middle_pct
        beyond_pct = math.copysign(max(0.0, abs(apart_pct) - 0.5 * threshold_pct), apart_pct)
        tilt = max(-MOST_TILT, min(MOST_TILT, rate * beyond_pct / FULLER_PCT))
        weights.append(math.exp(tilt if giving else -tilt))
    return tuple(weights)


def allocate(need_w: float, parts: tuple[Part, ...]) -> tuple[tuple[float, ...], float]:
    """(watts of each, the signed remainder): their sum is the need.

    By weight between the limits; what one cannot do the others do. The remainder is negative where
    their least is too much, positive where their most is too little. Worked: 500 W among weights
    1, 1 and most 200, 400 W: 200, 300 W, remainder 0.
    """
    if not parts:
        return (), need_w
    most_w = math.fsum([part.most_w for part in parts])
    if need_w > most_w:
        beyond = tuple([Part(part.weight, 0.0, part.extra_w) for part in parts])
        extra_w = _filled(need_w - most_w, beyond)
        watts = tuple([part.most_w + more_w for part, more_w in zip(parts, extra_w, strict=True)])
    else:
        watts = _filled(need_w, parts)
    return watts, need_w - math.fsum(watts)


def _filled(need_w: float, parts: tuple[Part, ...]) -> tuple[float, ...]:
    """By weight; those beyond a limit are held there, on the side that is more out of bounds, until
    nobody is. Each round holds one at least."""
    held: dict[int, float] = {}
    while len(held) < len(parts):
        free = [place for place in range(len(parts)) if place not in held]
        left_w = need_w - math.fsum(held.values())
        level = left_w / math.fsum([parts[place].weight for place in free])
        over = {p: parts[p].most_w for p in free if level * parts[p].weight > parts[p].most_w}
        under = {p: parts[p].least_w for p in free if level * parts[p].weight < parts[p].least_w}
        if not over and not under:
            return tuple(
                [
                    held[place] if place in held else level * part.weight
                    for place, part in enumerate(parts)
                ]
            )
        over_w = math.fsum([level * parts[p].weight - most_w for p, most_w in over.items()])
        under_w = math.fsum([least_w - level * parts[p].weight for p, least_w in under.items()])
        if over_w >= under_w:
            held |= over
        if under_w >= over_w:
            held |= under
    return tuple([held[place] for place in range(len(parts))])
