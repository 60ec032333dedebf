"""What the grid meter errs by, learned while the inverter is known to hold its set-point. A kernel.

An inverter that draws on its battery, or that holds panels back in a home that may not export,
has all it needs to keep the grid at its set-point. What the meter still shows of it then, with
the house at rest, is what meter and inverter disagree by: nobody can use or save those watts.
A home without a battery has no such moments; nor has a battery that gives all it may, for then
the grid carries the rest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.settings import SiteParams
from pvopt.decide.site import feeds_in, grid_error_w, island, per_phase
from pvopt.decide.site_now import SiteNow

# More than this is no error of a meter: the inverter does something else.
MOST_W = 80.0
# So little load the smallest inverter carries; one at its limit leaves the rest to the grid.
LIGHT_W = 800.0
# The battery clearly gives: its own meter errs, too, and an idle inverter holds nothing.
GIVES_W = 100.0
# It could give more: it lately gave this much more. That is remembered for a day or so.
ROOM = 1.25
DAY_S = 86400.0
# A house that changes by no more from sample to sample, for so long, is at rest.
CALM_W = 20.0
CALM_S = 5.0
# A sample's share: a minute of rest tells most of it, a single odd sample next to nothing.
SHARE = 0.03
# Less is rounding, and the grid's own swinging about the set-point.
LEAST_W = 5.0


class BiasState(NamedTuple):
    """``error_w``: what the meter shows too much (W), as far as is known; ``given_w``: the most
    that the battery gave lately (W), fading over a day."""

    error_w: float = 0.0
    load_w: float = math.nan
    calm_s: float = 0.0
    given_w: float = 0.0


def bias_step(
    params: SiteParams, state: BiasState, now: SiteNow, fresh: bool, dt_s: float
) -> BiasState:
    """Take one sample in. Worked: at night the battery gives 300 W, the grid shows +50 W with a
    set-point of 0 W for two minutes of rest: 1 - 0.97 ** 115 of it is known, 48 W."""
    if not (now.known and fresh):
        return state._replace(calm_s=state.calm_s + dt_s)
    rests = abs(now.load_w - state.load_w) <= CALM_W and now.load_w <= LIGHT_W
    calm_s = state.calm_s + dt_s if rests else 0.0
    gives_w = 0.0 if math.isnan(now.battery_w) else -now.battery_w
    given_w = max(gives_w, state.given_w * (1.0 - min(1.0, dt_s / DAY_S)))
    state = BiasState(state.error_w, now.load_w, calm_s, given_w)
    shown_w = grid_error_w(params, now, 0)
    if calm_s < CALM_S or not _held(params, state, now) or not abs(shown_w) <= MOST_W:
        return state
    return state._replace(error_w=state.error_w + SHARE * (shown_w - state.error_w))


def _held(params: SiteParams, state: BiasState, now: SiteNow) -> bool:
    """Whether the inverter holds the grid at its set-point, all phases together."""
    connected = now.has_battery and now.grid_up == 1.0
    if not connected or island(now) or now.generator or per_phase(params, now):
        return False
    gives = now.battery_w < -GIVES_W and -ROOM * now.battery_w <= state.given_w
    return gives or (now.hides and not now.unsure and not feeds_in(params, now))


def bias_w(state: BiasState) -> float:
    """What is taken off the meter (W); nothing while it is next to nothing."""
    return state.error_w if abs(state.error_w) >= LEAST_W else 0.0
