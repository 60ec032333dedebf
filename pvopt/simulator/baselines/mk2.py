"""The energy bucket of the Mk2 diverter (FredM67/PVRouter-1-phase). A kernel.

Source: ``Mk2_fasterControl_Full/processing.cpp`` and ``config_system.h``, after R. Emley. In each
mains cycle of 20 ms the exported energy runs into a bucket of 360 J, the imported out of it,
between empty and full. In the middle of a cycle the level at its end is foretold; above the half
the load is on in the next cycle, below it is off. The ratchet of its two thresholds only parts
several loads and does nothing with one. Its own clamp measures at once; with older data than that
it has only the old number (``types.live_grid_w``).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import Heater, Sees, live_grid_w


class Mk2Params(NamedTuple):
    cycle_s: float = 0.02
    bucket_j: float = 360.0
    upper_share: float = 0.5
    lower_share: float = 0.5
    required_export_w: float = 0.0


class Mk2State(NamedTuple):
    level_j: float = 0.0
    on: bool = False


def mk2_step(
    params: Mk2Params, state: Mk2State, sees: Sees, heater: Heater, dt_s: float
) -> tuple[Mk2State, float, bool]:
    """One second of cycles: the mean of their watts, each nothing or everything.

    Worked number: 1000 W of steady export fill 20 J a cycle; from empty the load comes on after ten
    cycles (200 J > 180 J), and from then on for two cycles of four: 1000 W of a 2000 W heater.
    """
    if math.isnan(sees.grid_w):
        return Mk2State(0.0, False), 0.0, True
    cycles = max(1, math.floor(dt_s / params.cycle_s + 0.5))
    level_j = state.level_j
    on = state.on
    cycles_on = 0.0
    for _ in range(cycles):
        now_w = heater.max_w if on else 0.0
        if on:
            cycles_on += 1.0
        export_w = -live_grid_w(sees, now_w) - params.required_export_w
        level_j += export_w * params.cycle_s
        if level_j > params.upper_share * params.bucket_j:
            on = True
        elif level_j < params.lower_share * params.bucket_j:
            on = False
        level_j = min(params.bucket_j, max(0.0, level_j))
    return Mk2State(level_j, on), heater.max_w * cycles_on / cycles, True
