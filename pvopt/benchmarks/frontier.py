"""What is knowable with data a minute old: the best of a family of laws that see the exact surplus.

A law of the family knows without any error what the all-knowing diverter would have put into the
heater ``age`` seconds ago, and nothing since. It turns that into a budget (``Late``). The best of
them that still buys at most ``NOT_SOLAR_PCT`` is what any law on such data can hope for.

A rough search on every ``EVERY``-th second ranks the family, then runs of the home itself fit the
factor of the best few.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.course import Plant
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Heard, Run, run_reference, unheard

NOT_SOLAR_PCT = 3.0
NEAR_PCT = 0.05  # as close below the limit as the fit goes
EVERY = 5
WINDOWS_S = (1, 10, 30, 60, 120, 240, 480)
SPREADS = (0.0, 0.15, 0.4, 0.8)
MARGINS_W = (0.0, 40.0, 120.0)
FINALISTS = 2
FITS = 7  # runs of the home for each of them
HALVINGS = 12
LEAST_FACTOR, MOST_FACTOR = 0.2, 1.6
STEP_DOWN, STEP_UP = 0.9, 1.1


class Frontier(NamedTuple):
    late: Late
    run: Run


def frontier(plant: Plant, age: int, inputs: Inputs, heard: Heard = unheard) -> Frontier:
    """The best of the family in this home."""
    spare_w, _ = spare_of(plant, inputs)
    heater_w = plant.home.heater_w
    best: Frontier | None = None
    for late in ranked(spare_w, heater_w, age)[:FINALISTS]:
        found = _fitted(plant, late, age, inputs, heard)
        if best is None or found.run.totals.sun_wh > best.run.totals.sun_wh:
            best = found
    assert best is not None
    return best


def spare_of(plant: Plant, inputs: Inputs) -> tuple[Any, Run]:
    """(what the all-knowing diverter gave in each second, its run)."""
    import numpy as np  # noqa: PLC0415 (an extra)

    known = np.zeros(inputs.seconds + 1)
    run = run_reference(Late(), plant, 0, inputs, known=known)
    return known[:-1], run


def ranked(spare_w: Any, heater_w: float, age: int) -> list[Late]:
    """The family, the one that would catch most first; each at the limit by a rough reckoning."""
    import numpy as np  # noqa: PLC0415 (an extra)

    late_w = np.concatenate((np.full(age, spare_w[0]), spare_w[:-age]))
    awake = (spare_w > 0.0) | (late_w > 0.0)
    now_w = spare_w[awake][::EVERY]
    found: list[tuple[float, Late]] = []
    for window_s in WINDOWS_S:
        least_w = _window(late_w, window_s, np.minimum)[awake][::EVERY]
        range_w = _window(late_w, window_s, np.maximum)[awake][::EVERY] - least_w
        for spread in SPREADS if window_s > 1 else (0.0,):
            seen_w = least_w - spread * range_w
            for margin_w in MARGINS_W:
                factor, caught_wh = _factor(seen_w, now_w, margin_w, heater_w)
                found.append((caught_wh, Late(factor, margin_w, window_s, spread)))
    found.sort(key=lambda one: -one[0])
    return [late for _, late in found]


def _factor(seen_w: Any, now_w: Any, margin_w: float, heater_w: float) -> tuple[float, float]:
    """The largest factor within the limit, and what it catches, W summed over the seconds."""
    import numpy as np  # noqa: PLC0415 (an extra)

    low, high, caught = LEAST_FACTOR, MOST_FACTOR, 0.0
    for _ in range(HALVINGS):
        factor = 0.5 * (low + high)
        budget_w = np.clip(factor * seen_w - margin_w, 0.0, heater_w)
        heat, sun = float(budget_w.sum()), float(np.minimum(budget_w, now_w).sum())
        if heat - sun <= 0.01 * NOT_SOLAR_PCT * heat:
            low, caught = factor, sun
        else:
            high = factor
    return low, caught


def _window(watts: Any, count: int, least: Any) -> Any:
    """Least (or most) of the last ``count`` seconds, by doubling."""
    done, out = 1, watts
    while done < count:
        step = min(done, count - done)
        out = out.copy() if out is watts else out
        shifted = out[:-step].copy()
        out[step:] = least(out[step:], shifted)
        done += step
    return out


def _fitted(plant: Plant, late: Late, age: int, inputs: Inputs, heard: Heard) -> Frontier:
    """The factor fitted by runs of the home: just within the limit."""
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
        late = late._replace(factor=_next(below, above))
    if best is None:  # nothing at all is within every limit
        nothing = late._replace(factor=0.0)
        best = Frontier(nothing, run_reference(nothing, plant, age, inputs, heard))
    return best


def _next(below: tuple[float, float] | None, above: tuple[float, float] | None) -> float:
    """The next factor: on a straight line between both sides of the limit, else a step on.

    Worked: 2 % at a factor of 0.8 and 4 % at 1.0: 0.895, a little on the safe side of 0.9.
    """
    if below is None:
        return STEP_DOWN * above[0] if above is not None else 1.0
    if above is None:
        return STEP_UP * below[0]
    share = (NOT_SOLAR_PCT - 0.5 * NEAR_PCT - below[1]) / max(1e-9, above[1] - below[1])
    return below[0] + min(0.95, max(0.05, share)) * (above[0] - below[0])
