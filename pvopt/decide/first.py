"""Loads that come before the battery: they may take what would charge it, and what loads after
the battery draw. Ordinary Python around the same search.

To them the battery's charging and the later loads' watts are as good as export: seen, there for
the taking. Only when they have all they can use do the battery and then the later loads get the
rest; to those the first loads are a part of the house.
"""

from __future__ import annotations

import math

from pvopt.decide.budget import budget_step, room_w
from pvopt.decide.gates import Gate
from pvopt.decide.hunt import HuntResult, HuntState
from pvopt.decide.hunt_shapes import LAG_S, OwnPast
from pvopt.decide.look import Able
from pvopt.decide.settings import HuntParams, SiteParams
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState, without

# Watts by which a first load may lack what it could take without holding back the later ones.
CLOSE_W = 30.0


def seen_first(now: SiteNow, later_w: float) -> SiteNow:
    """The home as the first loads see it. ``later_w``: what later loads drew in the sample (W).

    Where each phase counts alone nobody knows through which of them the battery is charged: there
    only what a phase exports is seen. Worked: 1000 W of charging, 300 W of a later load, no
    export: 1300 W of export, and a battery at rest.
    """
    charging_w = 0.0 if math.isnan(now.battery_w) else max(0.0, now.battery_w)
    return now._replace(
        grid_w=now.grid_w - charging_w - later_w,
        load_w=now.load_w - later_w,
        battery_w=now.battery_w if math.isnan(now.battery_w) else min(0.0, now.battery_w),
    )


def first_step(
    site: SiteParams,
    params: HuntParams,
    state: HuntState,
    now: SiteNow,
    world: WorldState,
    first: Able,
    gate: Gate,
    fresh: bool,
    promise: tuple[float, float],
    dt_s: float,
    past: OwnPast,
    later: OwnPast,
    others_w: tuple[float, ...],
    later_w: tuple[float, ...],
) -> HuntResult:
    """The search of the first loads. ``world``: with all our loads; ``others_w``: what all others
    drew, now and in the ticks before, ``later_w``: those that follow the surplus after the
    battery; ``later``: what those drew when the sample was made; ``promise``: forecast and clear
    sky (W)."""
    most_w = room_w(site, now, world, first.one_phase, state.budget_w + sum(later_w[:1]))
    free = site._replace(feed_in=1, inverter_max_w=math.inf)
    if now.has_battery and math.isnan(now.battery_w):
        most_w = 0.0  # what charges the battery, or what it gives, is not known
    able = first._replace(most_w=max(0.0, min(first.most_w, most_w)))
    return budget_step(
        free,
        params,
        state,
        seen_first(now, 0.5 * (later.high_w + later.low_w)),
        without(world, others_w),
        able,
        gate,
        fresh,
        *promise,
        dt_s,
        past,
    )


def left_for_later(first: Able, found: HuntResult, later: Able) -> Able:
    """What later loads may take: nothing while the first could use more watt by watt."""
    most_w = min(first.most_w, first.reach_w)
    hungry = most_w - found.budget_w > CLOSE_W
    return later._replace(most_w=0.0) if hungry else later


def unspent(first: HuntState, later: HuntState, now: SiteNow, able: Able) -> Able:
    """What later loads may take while the sample does not show yet what the first took: of the
    export that it does show only the rest.

    Worked: 1000 W of export, of which the first have taken 900 W this second: 100 W more.
    """
    if first.raised_w <= CLOSE_W or first.raised_s - (now.now_s - now.at_s) >= LAG_S:
        return able
    if not now.grid_w < 0.0:
        return able
    most_w = later.budget_w + max(0.0, -now.grid_w - first.raised_w)
    return able._replace(most_w=min(able.most_w, most_w))


def made_room(later: HuntState, before: HuntState, found: HuntResult) -> HuntState:
    """What the first loads take more in this tick comes out of the later ones' watts first."""
    rise_w = max(0.0, found.budget_w - before.budget_w)
    return later._replace(budget_w=max(0.0, later.budget_w - rise_w)) if rise_w > 0.0 else later
