"""What one load may do now, and what all that may run can take together. Kernels."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.comfort import ComfortResult, ComfortState, comfort_step
from pvopt.decide.drive import KEEP_CLOSED_W, DriveState
from pvopt.decide.effect_state import EffectMeters, EffectResult, EffectState
from pvopt.decide.effects import effect_step
from pvopt.decide.limits import LimitState
from pvopt.decide.settings import LoadParams, SiteParams
from pvopt.decide.site import grid_error_w, island
from pvopt.decide.site_now import LoadNow, SiteNow


class LoadState(NamedTuple):
    """What is remembered of one load. A fresh one counts as just switched off."""

    drive: DriveState = DriveState()
    limits: LimitState = LimitState()
    comfort: ComfortState = ComfortState()
    effects: EffectState = EffectState()


class Look(NamedTuple):
    """One load in this tick.

    ``powered``: there is a grid where it needs one; ``most_w``: the most that may be offered,
    0 for one that is not ``able``.
    """

    comfort: ComfortResult
    effects: EffectResult
    powered: bool
    fault: bool
    able: bool
    most_w: float


class Able(NamedTuple):
    """Loads taken together. Watts.

    ``least_w``: the least that one of those that may run can take (infinite: none may);
    ``phase``: the one of theirs that imports most, by ``error_w``; ``waiting``: a contact is
    not closed yet; ``one_phase``: a load, able or not, is on a single phase; ``metered``: the
    grid error of every load is known; ``reach_w``: up to here they follow watt by watt.
    """

    most_w: float = 0.0
    least_w: float = math.inf
    phase: int = 0
    error_w: float = -math.inf
    waiting: bool = False
    one_phase: bool = False
    metered: bool = True
    reach_w: float = math.inf


def look_step(
    params: LoadParams,
    state: LoadState,
    now: SiteNow,
    load: LoadNow,
    others_w: float,
    fresh: bool,
    dt_s: float,
) -> Look:
    """Its temperature, and whether it does what it was told.

    ``others_w``: what our other loads should draw (W); ``fresh``: the home's sample is new
    and its source lives.
    """
    comfort = comfort_step(
        params.comfort,
        state.comfort,
        load.temperature_c,
        load.temperature_age_s,
        load.expected_w,
        dt_s,
    )
    effects = _effects(params, state.effects, now, load, others_w, fresh, dt_s)
    powered = not (params.needs_grid and now.known and island(now))
    able = comfort.allowed and effects.allowed and powered and not load.fault
    most_w = params.drive.max_w if able else 0.0
    if able and effects.zero_only:
        # Of a knob held at zero, as much as closes the relay.
        most_w = max(params.drive.min_w, KEEP_CLOSED_W)
    return Look(comfort, effects, powered, load.fault, able, most_w)


def _effects(
    params: LoadParams,
    state: EffectState,
    now: SiteNow,
    load: LoadNow,
    others_w: float,
    fresh: bool,
    dt_s: float,
) -> EffectResult:
    """Verify by the load's own meter, or by a sample of the home that is not too old; else what
    was found stands."""
    current = now.known and now.now_s - now.at_s <= now.allowed_age_s
    total = params.verify and current
    metered = not math.isnan(load.actual_w)  # what is too old is not handed on
    unknown = load.fault and load.closed  # our last word may still hold
    if unknown or not (total or metered):
        return EffectResult(state, not state.latched, state.latched, state.verdict)
    meters = EffectMeters(
        expected_w=load.expected_w,
        closed=load.closed,
        actual_w=load.actual_w,
        load_w=now.load_w - others_w if total else math.nan,
        temperature_c=load.temperature_c,
        rating_w=params.drive.max_w,
        age_s=max(0.0, now.now_s - now.at_s),
        fresh=fresh and total,
        has_knob=params.has_knob,
        actual_age_s=load.actual_age_s if metered else 0.0,
    )
    return effect_step(state, meters, dt_s)


def able_of(site: SiteParams, params: LoadParams, now: SiteNow, look: Look, on: bool) -> Able:
    """One load; ``on``: its contact is closed."""
    error_w = grid_error_w(site, now, params.phase) if now.known else math.nan
    return Able(
        most_w=look.most_w,
        least_w=params.drive.min_w if look.able else math.inf,
        phase=params.phase,
        error_w=error_w if look.able else -math.inf,
        waiting=look.able and not on,
        one_phase=params.phase != 0,
        metered=not math.isnan(error_w),
    )


def together(first: Able, second: Able) -> Able:
    """Two of them: what any would have to buy on its phase, none may draw."""
    worse = second.error_w > first.error_w
    return Able(
        most_w=first.most_w + second.most_w,
        least_w=min(first.least_w, second.least_w),
        phase=second.phase if worse else first.phase,
        error_w=second.error_w if worse else first.error_w,
        waiting=first.waiting or second.waiting,
        one_phase=first.one_phase or second.one_phase,
        metered=first.metered and second.metered,
        reach_w=min(first.reach_w, second.reach_w),
    )
