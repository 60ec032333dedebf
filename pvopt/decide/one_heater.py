"""The whole decision for a home with one heater, as one kernel.

It is made of the same kernels, in the same order, as ``policy.decide``, which adds loads, names
and sentences' numbers around them; a test holds the two together at every tick.
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.follow import Found, follow_step
from pvopt.decide.frozen import lively
from pvopt.decide.guard import bounded
from pvopt.decide.house import house_step
from pvopt.decide.hunt import HuntState
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.ladder import offer_of
from pvopt.decide.look import LoadState, able_of, look_step
from pvopt.decide.settings import HuntParams, LoadParams, Settings, SiteParams
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.decide.world import WorldState, is_fresh
from pvopt.model import Why


class HeaterParams(NamedTuple):
    site: SiteParams
    hunt: HuntParams
    load: LoadParams


class HeaterState(NamedTuple):
    """What is remembered from tick to tick; a fresh one is a start."""

    world: WorldState = WorldState()
    hunt: HuntState = HuntState()
    load: LoadState = LoadState()


class HeaterResult(NamedTuple):
    """``setpoint_w``: asked of the heater (W, 0 to its maximum); ``urgent``: relay first."""

    state: HeaterState
    setpoint_w: float
    urgent: bool
    why: Why
    budget_w: float


def heater_params(settings: Settings) -> HeaterParams:
    """The numbers of settings with one load."""
    (load,) = settings.loads
    return HeaterParams(settings.site, settings.hunt, load.params())


def heater_step(
    params: HeaterParams,
    state: HeaterState,
    now: SiteNow,
    load: LoadNow,
    day: bool,
    clear_w: float,
    forecast_w: float,
    dt_s: float,
    past: OwnPast,
) -> HeaterResult:
    """One tick. ``day``: by the owner's rule; ``clear_w``, ``forecast_w``: PV power under a
    clear sky and by the forecast (W, NaN: not known); ``dt_s``: since the last tick, 0 to 60 s;
    ``past``: what the heater drew when the sample was made.

    Worked: a home that exports 1500 W and has done so for longer than the enable delay and the
    contact's minimum time: 1470 W with a margin of 30 W, RIDING.
    """
    site = params.site
    fresh = is_fresh(now, state.world.seen_s)
    told = fresh and lively(state.world.frozen)
    look = look_step(params.load, state.load, now, load, 0.0, told, dt_s)
    able = able_of(site, params.load, now, look, state.load.limits.on)
    house = house_step(
        site,
        params.hunt,
        state.world,
        state.hunt,
        now,
        able,
        load.expected_w,
        params.load.verify,
        fresh,
        day,
        forecast_w,
        clear_w,
        dt_s,
        past,
    )
    hunt = house.hunt
    offer_w = offer_of(max(0.0, hunt.budget_w), able.most_w, params.load.drive.min_w)
    found = Found(hunt.why, hunt.needs_w, hunt.needs_s)
    follow = follow_step(params.load, state.load, look, house.gate, found, offer_w, dt_s)
    last = bounded(params.load.drive.max_w, follow.setpoint_w, follow.why, follow.urgent, now.known)
    return HeaterResult(
        HeaterState(house.world, hunt.state, follow.state),
        last.setpoint_w,
        follow.urgent,
        last.why,
        hunt.budget_w,
    )
