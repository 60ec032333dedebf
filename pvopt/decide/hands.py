"""The loads of a tick, and the home where not all of them follow one search. Ordinary Python."""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

from pvopt.decide.budget import budget_step, room_w
from pvopt.decide.by_hand import Hand, hand_of
from pvopt.decide.draws import Draws
from pvopt.decide.first import first_step, left_for_later, made_room, unspent
from pvopt.decide.gates import Gate
from pvopt.decide.house import House, house_gate
from pvopt.decide.hunt import HuntResult
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.look import Able, together
from pvopt.decide.memory import Timers
from pvopt.decide.settings import Settings, SiteParams
from pvopt.decide.site_now import SiteNow
from pvopt.decide.sky import Sky
from pvopt.decide.world import WorldState, without, world_step


class Housed(NamedTuple):
    """``first``: the search of the loads before the battery, None where there are none."""

    house: House
    hands: dict[str, Hand]
    first: HuntResult | None


def house_in_parts(
    settings: Settings,
    timers: Timers,
    now: SiteNow,
    loads: tuple[LoadTick, ...],
    draws: Draws,
    able: Able,
    first_able: Able,
    verify: bool,
    fresh: bool,
    sky: Sky,
    promised_w: float,
    dt_s: float,
    must_w: tuple[float, float] = (0.0, 0.0),
) -> Housed:
    """``house_step`` where a person has loads in hand, or loads come before the battery: those are
    the house's for the search of the others, and what they take of the inverter's room is taken
    first. ``must_w``: what loads before the battery and the others draw in any case, by their
    minimum times (W): nobody else has that room."""
    site = settings.site
    world = world_step(site, timers.world, now, draws.own_w, verify, fresh, dt_s)
    gate = house_gate(site, world, now, together(able, first_able), sky.day)
    hands, taken_w = _hands(settings, now, world, gate, able, loads)
    able = _left(site, now, world, able, taken_w)
    promise = (promised_w, sky.clear_w)
    state, first = timers.hunt, None
    if settings.first is not None:
        others_w = _sum(draws.apart_w, draws.later_w)
        first_able = _left(site, now, world, first_able, taken_w + must_w[1])
        before = timers.first_hunt
        first = first_step(
            site,
            settings.first,
            before,
            now,
            world,
            first_able,
            gate,
            fresh,
            promise,
            dt_s,
            draws.first_past,
            draws.past,
            others_w,
            draws.later_w,
        )
        able = left_for_later(first_able, first, able)
        able = _left(site, now, world, able, taken_w + max(first.budget_w, must_w[0]))
        state = made_room(state, before, first)
        able = unspent(first.state, state, now, able)
    hunt = budget_step(
        site,
        settings.hunt,
        state,
        now,
        without(world, _sum(draws.apart_w, draws.first_w)),
        able,
        gate,
        fresh,
        *promise,
        dt_s,
        draws.past,
    )
    return Housed(House(world, gate, hunt), hands, first)


def _sum(first_w: tuple[float, ...], second_w: tuple[float, ...]) -> tuple[float, ...]:
    """Two histories of watts, newest first, added."""
    return tuple([a + b for a, b in zip_longest(first_w, second_w, fillvalue=0.0)])


def _left(site: SiteParams, now: SiteNow, world: WorldState, able: Able, taken_w: float) -> Able:
    """What loads can take of the inverter's room when ``taken_w`` of it are others'."""
    if taken_w <= 0.0:
        return able
    left_w = room_w(site, now, world, able.one_phase, world.own_w) - taken_w
    return able._replace(most_w=max(0.0, min(able.most_w, left_w)))


def _hands(
    settings: Settings,
    now: SiteNow,
    world: WorldState,
    gate: Gate,
    able: Able,
    loads: tuple[LoadTick, ...],
) -> tuple[dict[str, Hand], float]:
    """What counts for each load in hand; what they take of the inverter's room nobody else has."""
    hands: dict[str, Hand] = {}
    draws_w = {load.settings.id: load.now.expected_w for load in loads}
    taken_w = 0.0
    for load in loads:
        if not load.in_hand:
            continue
        name, running_w = load.settings.id, load.state.drive.setpoint_w
        others_w = sum(draws_w.values()) - draws_w[name]
        hands[name] = hand_of(
            settings.site,
            now,
            world,
            gate,
            able.one_phase,
            load.settings,
            load.look,
            load.asked,
            running_w,
            others_w,
            taken_w,
        )
        wanted_w = hands[name].wanted_w(load.look, load.asked)
        draws_w[name] = max(draws_w[name], min(wanted_w, hands[name].cap_w))
        taken_w += wanted_w
    return hands, taken_w
