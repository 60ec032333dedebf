"""How seldom a knob could move at all: bounds that no course of it goes below.

A course of the knob is a series of watts. It catches at least ``caught`` of the surplus, and what
it draws beyond the surplus is at most ``beyond``, both as shares of all surplus. Who knew the
future would choose the course with the fewest movements, or with the shortest way. A lower bound
of either needs no search among courses (weak duality): at any price of a watt-second missed and
of one drawn beyond, no course costs less than the cheapest one does, less what the two allowances
come to at these prices. The cheapest one a recursion finds at once; the best prices make the
highest bound.

The watts are cut into bands. A change within a band is no movement, and its watts count as the
best of the band does: both make the bound lower, never higher. The surplus is that of the
all-knowing diverter. Kernels; arrays are numpy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from pvopt.simulator.compiled import compile_kernel

BANDS = 50
CAUGHT, BEYOND = 0.97, 0.015
# To begin with: of a watt-second missed, of one drawn beyond, in movements (or strokes).
FIRST_PRICES = (1e-4, 2e-4)
FIRST_FACTOR, LAST_FACTOR = 4.0, 1.1
DAY_S = 86_400.0


class Least(NamedTuple):
    """A day's mean. Nobody's knob moves less often, or goes a shorter way."""

    moves: float
    strokes: float


def cheapest_moves(surplus_w: Any, edges_w: Any, costs: Any, missed: float, beyond: float) -> float:
    """What the cheapest course costs where a change of band costs 1. ``costs``: one for each band.

    Worked: 10 s of 0 W, then 10 s of 80 W, bands up to 40 and up to 80 W, 0.001 a watt-second:
    to stay below misses 400 Ws, 0.4, and is cheaper than a movement.
    """
    bands = costs.shape[0]
    for k in range(bands):
        costs[k] = 0.0
    least = 0.0
    for t in range(surplus_w.shape[0]):
        moved = least + 1.0
        least = math.inf
        for k in range(bands):
            spent = min(costs[k], moved)
            spent += missed * max(0.0, surplus_w[t] - edges_w[k + 1])
            spent += beyond * max(0.0, edges_w[k] - surplus_w[t])
            costs[k] = spent
            least = min(least, spent)
    return float(least)


def cheapest_way(surplus_w: Any, edges_w: Any, ways: Any, missed: float, beyond: float) -> float:
    """What the cheapest course costs where the whole way up or down costs 1: a full stroke.
    ``ways``: the share of the knob's way that lies in each band.

    Each band is passed or not, whatever the others do: so each has a recursion of its own. Below
    it all of the band is missed while the surplus is above it; above it all of the band is drawn
    beyond while the surplus is below; and while the surplus is within the band, nothing is either.
    """
    spent = 0.0
    for k in range(ways.shape[0]):
        low_w, high_w = edges_w[k], edges_w[k + 1]
        miss, over = missed * (high_w - low_w), beyond * (high_w - low_w)
        below, above = 0.0, 0.0
        for t in range(surplus_w.shape[0]):
            was_below = below
            below = min(below, above + ways[k])
            above = min(above, was_below + ways[k])
            if surplus_w[t] >= high_w:
                below += miss
            elif surplus_w[t] <= low_w:
                above += over
        spent += min(below, above)
    return float(spent)


def dearest(
    cost: Callable[[float, float], float], surplus_ws: float, caught: float, beyond: float
) -> float:
    """The highest bound: ``cost(missed, beyond)`` less the allowances, over all prices.

    Such a bound is concave in the prices: uphill, by ever smaller factors, is the way.
    """

    def bound(missed: float, over: float) -> float:
        allowed = missed * (1.0 - caught) + over * beyond
        return cost(missed, over) - allowed * surplus_ws

    missed, over = FIRST_PRICES
    best, factor = bound(missed, over), FIRST_FACTOR
    while factor > LAST_FACTOR:
        tried = [
            (bound(missed * a, over * b), missed * a, over * b)
            for a, b in ((factor, 1.0), (1.0 / factor, 1.0), (1.0, factor), (1.0, 1.0 / factor))
        ]
        highest = max(tried)
        if highest[0] > best:
            best, missed, over = highest
        else:
            factor = math.sqrt(factor)
    return max(0.0, best)


def least_of(
    surplus_w: Any,
    heater_w: float,
    share_of: Callable[[float], float],
    caught: float = CAUGHT,
    beyond: float = BEYOND,
) -> Least:
    """The bounds for the seconds of ``surplus_w``. ``share_of``: the knob's way up to so many
    watts, 0 to 1."""
    import numpy as np  # noqa: PLC0415 (an extra)

    edges_w = np.linspace(0.0, heater_w, BANDS + 1)
    ways = np.diff([share_of(float(watts)) for watts in edges_w])
    surplus_w = np.minimum(surplus_w, heater_w)
    awake_w = surplus_w[surplus_w > 0.0]  # nothing moves in a night, at no price
    surplus_ws, days = float(awake_w.sum()), len(surplus_w) / DAY_S
    moves, way = compile_kernel(cheapest_moves), compile_kernel(cheapest_way)
    costs = np.zeros(BANDS)
    return Least(
        dearest(
            lambda a, b: float(moves(awake_w, edges_w, costs, a, b)), surplus_ws, caught, beyond
        )
        / days,
        dearest(lambda a, b: float(way(awake_w, edges_w, ways, a, b)), surplus_ws, caught, beyond)
        / days,
    )
