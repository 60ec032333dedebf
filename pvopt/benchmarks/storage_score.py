"""How a law did with storages: settling, overshoot, hunting, and what was bought.

The error is the grid beside that of the all-knowing split. A step is a change of the load by
``STEP_W`` within two seconds after which it stays for ``CALM_S``; settled is an error
within ``BAND_W`` for ``HOLD_S`` (the band and the times of AstraMeter's evaluation, where they
fit).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.storage_home import Course

STEP_W, CALM_S, CALM_W = 150.0, 45, 30.0
BAND_W, HOLD_S = 25.0, 10
CROSSING_W = 20.0
HOUR_S = 3600.0


class Score(NamedTuple):
    """Seconds, watts, watt-hours, percent. ``steps``: how many were looked at; ``bought_wh``: more
    than the all-knowing split buys; ``exported_wh``: given away. ``crossings_h``: changes of the
    error's side; ``swings_h``: of those, before it had settled; ``in_band_pct``: of the time."""

    steps: int
    settle_s: float
    settle_p95_s: float
    overshoot_w: float
    crossings_h: float
    rms_w: float
    spread_pct: float
    bought_wh: float
    exported_wh: float
    swings_h: float
    in_band_pct: float


def score(course: Course, best_w: Any, load_w: Any) -> Score:
    """Of one run."""
    import numpy as np  # noqa: PLC0415 (an extra)

    error = course.grid_w - best_w
    settles, overs = [], []
    for begin, end, up in steps(load_w):
        part = error[begin:end]
        settles.append(_settled(part))
        overs.append(max(0.0, float((-part if up else part)[1:].max())))
    bought = np.maximum(0.0, course.grid_w).sum() - np.maximum(0.0, best_w).sum()
    exported = np.maximum(0.0, -course.grid_w).sum()
    hours = len(error) / HOUR_S
    crossings, swings = _crossings(error)
    return Score(
        steps=len(settles),
        settle_s=float(np.mean(settles)) if settles else 0.0,
        settle_p95_s=float(np.percentile(settles, 95)) if settles else 0.0,
        overshoot_w=float(np.mean(overs)) if overs else 0.0,
        crossings_h=crossings / hours,
        rms_w=float(np.sqrt(np.mean(error**2))),
        spread_pct=max(course.socs_pct) - min(course.socs_pct),
        bought_wh=float(bought) / HOUR_S,
        exported_wh=float(exported) / HOUR_S,
        swings_h=swings / hours,
        in_band_pct=100.0 * float(np.mean(np.abs(error) <= BAND_W)),
    )


def steps(load_w: Any) -> list[tuple[int, int, bool]]:
    """(first second, the one after the last, whether up) of each step that a calm follows."""
    found: list[tuple[int, int, bool]] = []
    second, last = 2, len(load_w) - CALM_S
    while second < last:
        change_w = load_w[second] - load_w[second - 2]
        after = load_w[second : second + CALM_S]
        if abs(change_w) >= STEP_W and float(after.max() - after.min()) <= CALM_W:
            found.append((second - 1, second + CALM_S, bool(change_w > 0.0)))
            second += CALM_S
        else:
            second += 1
    return found


def _settled(part: Any) -> float:
    """Seconds until the error stays in its band for a while; all of them if it never does."""
    calm = 0
    for second, watts in enumerate(part):
        calm = calm + 1 if abs(watts) <= BAND_W else 0
        if calm >= HOLD_S:
            return float(second + 1 - HOLD_S)
    return float(len(part))


def _crossings(error: Any) -> tuple[int, int]:
    """(changes of sign beyond a band, those before it had settled on the way).

    One who settles crosses whenever the load turns, and one who never settles stays on one side:
    only a swing to the other side without rest between tells of hunting.
    """
    side, count, swings, calm, settled = 0, 0, 0, 0, False
    for watts in error:
        calm = calm + 1 if abs(watts) <= BAND_W else 0
        settled = settled or calm >= HOLD_S
        now = 1 if watts > CROSSING_W else -1 if watts < -CROSSING_W else 0
        if now and side and now != side:
            count += 1
            swings += not settled
        if now:
            side, settled = now, False
    return count, swings
