"""The heating element controller of OpenEMS. A kernel.

Source: ``ControllerIoHeatingElementImpl.java`` of OpenEMS/openems, work mode without a forced time.
Excess = -grid - what the battery gives + the power of the present level; the level is the number of
whole elements that fit, 0 to 3; a change comes at the earliest after more than 60 s. It works once
a second. OpenEMS takes 2000 W an element; here the heater is made of three equal ones. Charging of
the battery is never excess. Without a grid meter the outputs stay as they are.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import EVER_S, Heater, Sees, or_zero


class OpenemsParams(NamedTuple):
    hold_s: float = 60.0
    elements: int = 3


class OpenemsState(NamedTuple):
    level: int = 0
    since_s: float = EVER_S


def openems_step(
    params: OpenemsParams, state: OpenemsState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[OpenemsState, float, bool]:
    """One second. 1000 W of export at level 1 of 3 * 667 W: 1667 W are excess, level 2, 1333 W."""
    element_w = heater.max_w / params.elements
    level = state.level
    since_s = state.since_s + dt_s
    if not math.isnan(sees.grid_w):
        given_w = max(0.0, -or_zero(sees.battery_w))
        excess_w = -sees.grid_w - given_w + level * element_w
        wanted = 0
        for k in range(1, params.elements + 1):
            if excess_w >= k * element_w:
                wanted = k
        if wanted != level and since_s > params.hold_s:
            level = wanted
            since_s = 0.0
    return OpenemsState(level, since_s), level * element_w, level > 0
