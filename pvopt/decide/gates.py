"""When nothing may run at all: danger (relay first) and ordinary gates, in order of authority.

Kernels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.guard import burden_w, limit_w
from pvopt.decide.settings import SiteParams
from pvopt.decide.site import island, stops
from pvopt.decide.site_now import AHEAD_S, SiteNow
from pvopt.model import Why

# After the grid went away nothing runs for so long, even where an island may heat.
GRID_LOST_S = 60.0
SOC_HYSTERESIS_PCT = 2.0


class Gate(NamedTuple):
    """Why nothing may run; HOLD: there is no gate. ``urgent``: danger, minimum times do not
    count, relay first."""

    why: Why
    urgent: bool


def gate_step(
    params: SiteParams,
    now: SiteNow,
    metered: bool,
    grid_lost_s: float,
    frozen: bool,
    seen_s: float,
    soc_ok: bool,
    day: bool,
) -> Gate:
    """The highest authority against running now.

    ``metered``: the grid error is known for every load; ``seen_s``: instant of the newest
    sample that was decided on; ``grid_lost_s``, ``frozen``, ``soc_ok``: as remembered of the
    home; ``day``: by the owner's rule.
    """
    why = _danger(params, now, metered, grid_lost_s, frozen)
    if why == Why.HOLD and _older(now, seen_s):
        why = Why.STALE
    if why != Why.HOLD:
        return Gate(why, True)
    return Gate(_policy(params, now, soc_ok, day), False)


def _danger(
    params: SiteParams, now: SiteNow, metered: bool, grid_lost_s: float, frozen: bool
) -> Why:
    """What endangers: no or old data, alarms, a lost meter or grid, an overloaded inverter."""
    if not now.known:
        return Why.NO_DATA
    # A sample from the future would stay fresh for ever.
    if not -AHEAD_S <= now.now_s - now.at_s <= now.allowed_age_s:
        return Why.STALE
    if now.alarm != 0:
        return Why.ALARM
    if grid_lost_s < GRID_LOST_S:
        return Why.GRID_LOST
    if burden_w(now) > limit_w(params, now):
        return Why.INVERTER_OVER
    if not metered:
        return Why.NO_DATA
    return Why.FROZEN if frozen else Why.HOLD


def _older(now: SiteNow, seen_s: float) -> bool:
    """A sample older than one that was already decided on: another source took over, and what
    runs is not known to be right until that source has something newer. After a clock that
    jumped back what was seen means nothing."""
    return seen_s - AHEAD_S > now.at_s and seen_s <= now.now_s + AHEAD_S


def _policy(params: SiteParams, now: SiteNow, soc_ok: bool, day: bool) -> Why:
    """States of the home in which surplus is not for us; ordinary, minimum times hold."""
    if now.generator and not params.generator_ok:
        return Why.GENERATOR
    if island(now) and not params.island_ok:
        return Why.ISLAND
    if stops(params, now.ess_state):
        return Why.ESS_STATE
    if not soc_ok:
        return Why.SOC_LOW
    return Why.HOLD if day else Why.NIGHT


def next_soc_ok(params: SiteParams, now: SiteNow, was_ok: bool) -> bool:
    """Whether the battery is full enough; unknown counts as low unless nothing is asked."""
    if params.min_soc_pct <= 0.0:
        return True
    if not now.known:
        return False
    if math.isnan(now.soc_pct):
        return not now.has_battery
    if was_ok:
        return now.soc_pct > params.min_soc_pct - SOC_HYSTERESIS_PCT
    return now.soc_pct >= params.min_soc_pct
