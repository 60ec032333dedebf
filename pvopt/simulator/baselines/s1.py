"""The quarter-of-the-error law on a Linky meter (a fork of P. Hébert's). A kernel.

Source: ``power_regulation.py`` and ``equipment.py`` of the published fork of
pierrehebert/photovoltaic_optimizer with ``tic/SINSTI`` and ``tic/SINSTS``. At most every 5 s, on a
meter message: import beyond 50 W cuts a quarter of it, export beyond 50 W adds a quarter, in
between hold; a heater below 50 W is off. It has no rule for a silent meter: the last watts stay.
Its arccosine only makes the SCR linear, so watts are asked here. Left out: the night's forced
heating (no sun in it) and the reactive power (an ohmic heater has none).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import (
    EARLY_S,
    EVER_S,
    Heater,
    Sees,
    lowered_w,
    raised_w,
)


class S1Params(NamedTuple):
    interval_s: float = 5.0
    balance_w: float = 50.0
    share: float = 0.25
    least_w: float = 50.0


class S1State(NamedTuple):
    watts: float = 0.0
    since_s: float = EVER_S


def s1_step(
    params: S1Params, state: S1State, sees: Sees, heater: Heater, dt_s: float
) -> tuple[S1State, float, bool]:
    """One second. 400 W of export at 300 W: 400 W asked; 200 W of export are the least to begin."""
    since_s = state.since_s + dt_s
    watts = state.watts
    if sees.fresh and since_s >= params.interval_s - EARLY_S and not math.isnan(sees.grid_w):
        since_s = 0.0
        if sees.grid_w > params.balance_w:
            watts = lowered_w(watts, params.share * sees.grid_w, params.least_w)
        elif -sees.grid_w > params.balance_w:
            watts = raised_w(watts, -params.share * sees.grid_w, params.least_w, heater.max_w)
    return S1State(watts, since_s), watts, True
