"""What every law sees and drives, and the arithmetic that several of them share. A kernel.

A law is a function ``x_step(params, state, sees, heater, dt_s) -> (state, watts, closed)``, called
once a second: watts asked of the heater (0 to its maximum) and whether its contact is closed. A law
with a longer interval keeps a timer in its state, a faster one loops inside the second. A regulator
of electronics alone (triac, SCR) keeps its contact closed for ever.
"""

from __future__ import annotations

import math
from typing import NamedTuple

# Timers are sums of floats; this much early is in time.
EARLY_S = 1e-6
# A state that has never acted has waited for ever: the first call acts.
EVER_S = 1e9
# Up to this age a law with a current clamp of its own knows the grid of this very moment.
LIVE_AGE_S = 3.0


class Sees(NamedTuple):
    """One sample of the meters. Watts, signs as in ``model.py``, NaN: not known.

    ``load_w`` includes the heater, ``own_w`` is the heater as measured; ``limited``: a charger or
    PV inverter says that it is held back; ``forecast_w``: the hour's mean of what the panels could
    give; ``charge_limit_w``: charge current limit times charge voltage limit of the battery;
    ``feed_in``: surplus of the DC side may be exported; ``fresh``: not seen before.
    """

    grid_w: float = math.nan
    pv_w: float = math.nan
    load_w: float = math.nan
    battery_w: float = math.nan
    soc_pct: float = math.nan
    own_w: float = 0.0
    limited: bool = False
    forecast_w: float = math.nan
    setpoint_w: float = 0.0
    battery_v: float = math.nan
    day_s: float = 43200.0  # seconds since local midnight
    charge_limit_w: float = math.nan
    feed_in: bool = True
    fresh: bool = True
    age_s: float = 1.0
    pv_ac_w: float = 0.0  # of pv_w, what PV inverters give


class Heater(NamedTuple):
    """The heater that the law is set up for."""

    max_w: float = 2000.0
    min_w: float = 0.0  # below this the device gives nothing


def or_zero(watts: float) -> float:
    """A missing number as nothing: NaN -> 0 W."""
    return 0.0 if math.isnan(watts) else watts


def live_grid_w(sees: Sees, now_w: float) -> float:
    """Grid power of this moment as the law's own clamp shows it.

    The sample plus the law's own change since: 0 W with the heater at 0 W, now 400 W -> 400 W.
    Beyond ``LIVE_AGE_S`` the number is the sample's, however old.
    """
    if sees.age_s > LIVE_AGE_S or math.isnan(sees.own_w):
        return sees.grid_w
    return sees.grid_w + now_w - sees.own_w


def raised_w(now_w: float, by_w: float, least_w: float, max_w: float) -> float:
    """Watts of a variable load after a rise: 0 W + 90 W with a least of 101 W -> 0 W."""
    wanted_w = min(now_w + by_w, max_w)
    return now_w if wanted_w < least_w else wanted_w


def lowered_w(now_w: float, by_w: float, least_w: float) -> float:
    """Watts of a variable load after a cut: 150 W - 60 W with a least of 101 W -> 0 W."""
    wanted_w = now_w - by_w
    return 0.0 if wanted_w < least_w else wanted_w
