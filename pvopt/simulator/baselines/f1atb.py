"""The integrator of the F1ATB router. A kernel.

Source: ``Solar_Router_V17_20.ino`` of F1ATB/Solar-Router-F1ATB, ``GestionOverproduction``. Every
200 ms the closing of the triac in percent grows by the grid power times ``Ki`` (10 / 10000) and a
little besides, so that a silent meter closes it, clamped 0 to 100; the gate gets whole percents.
The loop closes with the time constant 0.2 s * 100 / (Ki * P_n) = 20000 / P_n s: 10 s at 2000 W.
The optional PID and the faster reaction to export are off, as delivered. Its own clamp measures at
once (``types.live_grid_w``). Percent counts as linear in watts, true of its burst mode. Left out:
its restart after some 150 s without a measure.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import Heater, Sees, live_grid_w


class F1atbParams(NamedTuple):
    interval_s: float = 0.2
    target_w: float = 0.0
    gain_pct_w: float = 0.001  # Ki 10 / 10000
    creep_pct: float = 0.0001


class F1atbState(NamedTuple):
    closing_pct: float = 100.0


def f1atb_watts(closing_pct: float, max_w: float) -> float:
    """Watts at a closing, to whole percents: 49.7 % of 2000 W -> 50 % open, 1000 W."""
    return max_w * 0.01 * (100.0 - math.floor(closing_pct + 0.5))


def f1atb_step(
    params: F1atbParams, state: F1atbState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[F1atbState, float, bool]:
    """One second of five passes: the mean of their watts.

    Worked number: closed, 1000 W of old export: each pass opens by 1 %, so it ends 5 % open; the
    first reaches 100 - 1 + 0.0001 = 99.0001 %.
    """
    passes = max(1, math.floor(dt_s / params.interval_s + 0.5))
    closing_pct = state.closing_pct
    sum_w = 0.0
    for _ in range(passes):
        if not math.isnan(sees.grid_w):
            grid_w = live_grid_w(sees, f1atb_watts(closing_pct, heater.max_w))
            closing_pct += (grid_w - params.target_w) * params.gain_pct_w
        closing_pct = min(100.0, max(0.0, closing_pct + params.creep_pct))
        sum_w += f1atb_watts(closing_pct, heater.max_w)
    return F1atbState(closing_pct), sum_w / passes, True
