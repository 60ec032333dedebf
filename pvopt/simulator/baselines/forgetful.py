"""A law that forgets its own load: the negative control. A kernel.

Its formula is that of transistorgit/dbus-water-heater (``calc_powercmd``): the export, in whole
steps of 500 W, is what the heater gets, and nobody adds the heater's own draw back. The export that
it takes is gone at the next look, so it switches off, and on again, for ever. That project acts
once a minute; here it acts every second, so that the fault shows.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.baselines.types import Heater, Sees


class ForgetfulParams(NamedTuple):
    step_w: float = 500.0


class ForgetfulState(NamedTuple):
    watts: float = 0.0


def forgetful_step(
    params: ForgetfulParams, state: ForgetfulState, sees: Sees, heater: Heater, dt_s: float
) -> tuple[ForgetfulState, float, bool]:
    """One second. 1200 W of export: 1000 W; at the next look 200 W: 0 W; and so on."""
    if math.isnan(sees.grid_w):
        return ForgetfulState(0.0), 0.0, False
    steps = math.floor(max(0.0, -sees.grid_w) / params.step_w) * 1.0
    watts = min(heater.max_w, steps * params.step_w)
    return ForgetfulState(watts), watts, watts > 0.0
