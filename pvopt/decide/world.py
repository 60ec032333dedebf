"""What is remembered of the home from tick to tick: its meters' life, its grid, our own draw.

Kernels.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.bias import BiasState, bias_step
from pvopt.decide.frozen import FrozenMeters, FrozenState, frozen_step
from pvopt.decide.gates import next_soc_ok
from pvopt.decide.settings import SiteParams
from pvopt.decide.site_now import AHEAD_S, SiteNow


class WorldState(NamedTuple):
    """``seen_s``: instant of the last sample that was used (mono).

    ``own_w``: what our loads should draw in all, now and one to four ticks ago: a sample may
    lack as many of our own changes. Infinite: there was no such tick.
    """

    seen_s: float = -math.inf
    soc_ok: bool = False
    grid_was_up: bool = False
    grid_lost_s: float = math.inf  # since the grid went away
    frozen: FrozenState = FrozenState()
    own_w: float = math.inf
    own_1_w: float = math.inf
    own_2_w: float = math.inf
    own_3_w: float = math.inf
    own_4_w: float = math.inf
    bias: BiasState = BiasState()


def is_fresh(now: SiteNow, seen_s: float) -> bool:
    """Whether the home's sample is a new one, with a time that can be true."""
    latest_s = now.now_s + AHEAD_S
    # What was seen cannot be later than now: a clock that jumped back begins anew.
    if seen_s > latest_s:
        seen_s = -math.inf
    return now.known and seen_s < now.at_s <= latest_s


def world_step(
    params: SiteParams,
    state: WorldState,
    now: SiteNow,
    own_w: float,
    verify: bool,
    fresh: bool,
    dt_s: float,
) -> WorldState:
    """Remember the grid's going, our own draw, whether the meters live and the battery is full.

    ``own_w``: what our loads should draw now (W); ``verify``: their effects are looked for.
    """
    lost_s = state.grid_lost_s + dt_s
    was_up = state.grid_was_up
    if now.known and not math.isnan(now.grid_up):
        if was_up and now.grid_up == 0.0:
            lost_s = 0.0
        was_up = now.grid_up > 0.0
    frozen = state.frozen
    if now.known and verify:
        frozen = frozen_step(frozen, _frozen_meters(now, own_w, fresh), dt_s)
    return WorldState(
        seen_s=now.at_s if fresh else state.seen_s,
        soc_ok=next_soc_ok(params, now, state.soc_ok),
        grid_was_up=was_up,
        grid_lost_s=lost_s,
        frozen=frozen,
        own_w=own_w,
        own_1_w=state.own_w,
        own_2_w=state.own_1_w,
        own_3_w=state.own_2_w,
        own_4_w=state.own_3_w,
        bias=bias_step(params, state.bias, now, fresh, dt_s),
    )


def without(state: WorldState, apart_w: tuple[float, ...]) -> WorldState:
    """The world for the search: without what loads in hand draw, now and in the ticks before (W).
    Ordinary Python. Worked: 2500 W in all, 2000 W of them by hand: 500 W are the search's."""
    if not apart_w:
        return state
    now_w, w_1, w_2, w_3, w_4 = (*apart_w, 0.0, 0.0, 0.0, 0.0)[:5]
    return state._replace(
        own_w=max(0.0, state.own_w - now_w),
        own_1_w=max(0.0, state.own_1_w - w_1),
        own_2_w=max(0.0, state.own_2_w - w_2),
        own_3_w=max(0.0, state.own_3_w - w_3),
        own_4_w=max(0.0, state.own_4_w - w_4),
    )


def least_own_w(state: WorldState) -> float:
    """The least that our loads drew in the last ticks (W)."""
    recent_w = min(state.own_w, state.own_1_w, state.own_2_w)
    return min(recent_w, state.own_3_w, state.own_4_w)


def _frozen_meters(now: SiteNow, own_w: float, fresh: bool) -> FrozenMeters:
    return FrozenMeters(
        load_w=now.load_w,
        grid_w=now.grid_w,
        battery_w=now.battery_w,
        pv_w=now.pv_w,
        own_w=own_w,
        age_s=max(0.0, now.now_s - now.at_s),
        fresh=fresh,
        inverter_out_w=now.inverter_out_w,
        battery_v=now.battery_v,
        soc_pct=now.soc_pct,
        frequency_hz=now.frequency_hz,
    )
