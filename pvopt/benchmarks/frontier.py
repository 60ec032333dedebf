"""What is knowable with data a minute old: the best of a family of laws that see the exact surplus.

A law of the family knows without any error what the all-knowing diverter would have put into the
heater ``age`` seconds ago, and nothing since. It turns that into a budget (``Late``). The best of
them that still buys at most ``NOT_SOLAR_PCT`` is what any law on such data can hope for. The
search runs the home itself: the factor is fitted for a window, and the best window is sought from
the middle outwards. (A budget lowered by the range of the window, too, was never better.)
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.benchmarks.course import Plant
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Heard, Run, run_reference, unheard

NOT_SOLAR_PCT = 3.0
NEAR_PCT = 0.05  # as close below the limit as the fit goes
WINDOWS_S = (1, 15, 30, 45, 60, 90, 120, 150, 180, 240, 360)
MIDDLE = 6  # the search begins at this window
MARGIN_W = 40.0  # the margin that is tried, beside none
FITS = 7  # runs of the home for each window
STEP_DOWN, STEP_UP = 0.75, 1.2
MOST_RUNS = FITS * (len(WINDOWS_S) + 1)


class Frontier(NamedTuple):
    late: Late
    run: Run


def frontier(plant: Plant, age: int, inputs: Inputs, heard: Heard = unheard) -> Frontier:
    """The best of the family in this home."""
    best = fitted(plant, Late(1.0, 0.0, WINDOWS_S[MIDDLE]), age, inputs, heard)
    for way in (-1, 1):
        last = MIDDLE
        while 0 <= last + way < len(WINDOWS_S):
            last += way
            late = best.late._replace(window_s=WINDOWS_S[last])
            found = fitted(plant, late, age, inputs, heard)
            if found.run.totals.sun_wh <= best.run.totals.sun_wh:
                break
            best = found
    found = fitted(plant, best.late._replace(margin_w=MARGIN_W), age, inputs, heard)
    return found if found.run.totals.sun_wh > best.run.totals.sun_wh else best


def fitted(plant: Plant, late: Late, age: int, inputs: Inputs, heard: Heard = unheard) -> Frontier:
    """``late`` with the factor that is just within the limit."""
    below: tuple[float, float] | None = None  # (factor, share bought) within the limit
    above: tuple[float, float] | None = None
    best: Frontier | None = None
    for _ in range(FITS):
        run = run_reference(late, plant, age, inputs, heard)
        now = late.factor, run.totals.not_solar_pct
        if now[1] > NOT_SOLAR_PCT:
            above = now
        else:
            below = now
            if best is None or run.totals.sun_wh >= best.run.totals.sun_wh:
                best = Frontier(late, run)
            if now[1] > NOT_SOLAR_PCT - NEAR_PCT:
                break
        late = late._replace(factor=next_factor(below, above))
    if best is None:  # even little is too much
        nothing = late._replace(factor=0.0)
        best = Frontier(nothing, run_reference(nothing, plant, age, inputs, heard))
    return best


def next_factor(below: tuple[float, float] | None, above: tuple[float, float] | None) -> float:
    """The next factor: on a straight line between both sides of the limit, else a step on.

    Worked: 2 % at a factor of 0.8 and 4 % at 1.0 -> 0.8975, a little on the safe side of 0.9.
    """
    if below is None:
        return STEP_DOWN * above[0] if above is not None else 1.0
    if above is None:
        return STEP_UP * below[0]
    share = (NOT_SOLAR_PCT - 0.5 * NEAR_PCT - below[1]) / max(1e-9, above[1] - below[1])
    return below[0] + min(0.95, max(0.05, share)) * (above[0] - below[0])
