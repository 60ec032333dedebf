"""The home in one tick: how it is, whether anything may run, and how many watts there are.

A kernel.
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.budget import budget_step
from pvopt.decide.gates import Gate, gate_step
from pvopt.decide.hunt import HuntResult, HuntState
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.look import Able
from pvopt.decide.settings import HuntParams, SiteParams
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState, world_step


class House(NamedTuple):
    """What a tick found, for all loads together."""

    world: WorldState
    gate: Gate
    hunt: HuntResult


def house_step(
    site: SiteParams,
    params: HuntParams,
    world: WorldState,
    hunt: HuntState,
    now: SiteNow,
    able: Able,
    own_w: float,
    verify: bool,
    fresh: bool,
    day: bool,
    forecast_w: float,
    clear_w: float,
    dt_s: float,
    past: OwnPast,
) -> House:
    """``world``, ``hunt``: as the tick before left them; ``own_w``: what our loads should draw
    now (W); ``verify``: their effects are looked for; ``fresh``: the sample is a new one;
    ``day``: by the owner's rule; ``clear_w``, ``forecast_w``: PV power under a clear sky and by
    the forecast (W, NaN: not known); ``past``: what our loads drew when the sample was made."""
    world = world_step(site, world, now, own_w, verify, fresh, dt_s)
    gate = house_gate(site, world, now, able, day)
    found = budget_step(
        site, params, hunt, now, world, able, gate, fresh, forecast_w, clear_w, dt_s, past
    )
    return House(world, gate, found)


def house_gate(site: SiteParams, world: WorldState, now: SiteNow, able: Able, day: bool) -> Gate:
    """Whether anything may run, by the ``world`` of this very tick."""
    return gate_step(
        site,
        now,
        able.metered,
        world.grid_lost_s,
        world.frozen.frozen,
        world.seen_s,
        world.soc_ok,
        day,
    )
