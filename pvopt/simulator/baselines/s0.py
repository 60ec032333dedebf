"""The energy balancer with two power meters (Coturex). A kernel.

Source: ``regulation.py``, ``equipment.py`` and ``config.ini.sample`` of
Coturex/Wifi_Mqtt_SolarBalancer. At most every 2.5 s, on a meter message: production less
consumption below the margin of 20 W cuts the whole lack, up to 20 W more hold, beyond that all of
the surplus is added; a heater below 101 W is off. Meters silent for 30 s: off. Its per-load curve
only makes the regulator linear, so watts are asked here. Left out: the night's forced heating and
the word "full for today" (the heater of the benchmark is never full).

Its homes have no battery. With one, an owner who wants the battery first lets its charging count as
consumption and only the panels as production: what is left by the balance of the AC side is the
export less what the battery gives.
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
    or_zero,
    raised_w,
)


class S0Params(NamedTuple):
    interval_s: float = 2.5
    margin_w: float = 20.0
    balance_w: float = 20.0
    least_w: float = 101.0  # min_power
    silent_s: float = 30.0


class S0State(NamedTuple):
    watts: float = 0.0
    since_s: float = EVER_S
    silent_s: float = 0.0


def s0_step(
    params: S0Params, state: S0State, sees: Sees, heater: Heater, dt_s: float
) -> tuple[S0State, float, bool]:
    """One second. 500 W of export at 300 W: 300 + 500 - 20 = 780 W."""
    since_s = state.since_s + dt_s
    watts = state.watts
    heard = sees.fresh and not math.isnan(sees.grid_w)
    silent_s = 0.0 if heard else state.silent_s + dt_s
    if silent_s > params.silent_s:
        return S0State(0.0, since_s, silent_s), 0.0, True
    if heard and since_s >= params.interval_s - EARLY_S:
        since_s = 0.0
        spare_w = s0_surplus_w(sees) - params.margin_w
        if spare_w < 0.0:
            watts = lowered_w(watts, -spare_w, params.least_w)
        elif spare_w >= params.balance_w:
            watts = raised_w(watts, spare_w, params.least_w, heater.max_w)
    return S0State(watts, since_s, silent_s), watts, True


def s0_surplus_w(sees: Sees) -> float:
    """Production less consumption: 500 W of export, 120 W of them from the battery -> 380 W."""
    return -sees.grid_w + min(0.0, or_zero(sees.battery_w))
