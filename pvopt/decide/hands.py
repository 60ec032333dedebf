"""The loads of a tick, and the home where a person has some of them in hand. Ordinary Python."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.asked import NOTHING, Asked
from pvopt.decide.budget import budget_step, room_w
from pvopt.decide.by_hand import Hand, hand_of
from pvopt.decide.gates import Gate
from pvopt.decide.house import House, house_gate
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.look import Able, LoadState, Look
from pvopt.decide.memory import Timers
from pvopt.decide.settings import LoadParams, LoadSettings, Settings
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.decide.sky import Sky
from pvopt.decide.world import WorldState, without, world_step
from pvopt.model import Why


class LoadTick(NamedTuple):
    """One load in the course of a tick. ``apart``: what it draws now a person or comfort asked
    for; ``bought``: comfort did."""

    settings: LoadSettings
    params: LoadParams
    now: LoadNow
    state: LoadState
    look: Look
    asked: Asked = NOTHING
    apart: bool = False
    bought: bool = False

    @property
    def in_hand(self) -> bool:
        return self.asked.why != Why.HOLD


def draws_apart(before: tuple[float, ...], loads: tuple[LoadTick, ...]) -> tuple[float, ...]:
    """What loads in hand draw, now and in the four ticks before; empty while that is nothing."""
    apart_w = sum([load.now.expected_w for load in loads if load.apart], 0.0)
    if apart_w <= 0.0 and not before:
        return ()
    recent_w = (apart_w, *before[:4])
    return recent_w if any(recent_w) else ()


def house_with_hands(
    settings: Settings,
    timers: Timers,
    now: SiteNow,
    able: Able,
    loads: tuple[LoadTick, ...],
    own_w: float,
    apart_w: tuple[float, ...],
    verify: bool,
    fresh: bool,
    sky: Sky,
    promised_w: float,
    dt_s: float,
    past: OwnPast,
) -> tuple[House, dict[str, Hand]]:
    """``house_step`` where a person has loads in hand: those are the house's for the search, and
    what they take of the inverter's room is taken first."""
    site = settings.site
    world = world_step(site, timers.world, now, own_w, verify, fresh, dt_s)
    gate = house_gate(site, world, now, able, sky.day)
    hands, able = _hands(settings, now, world, gate, able, loads)
    hunt = budget_step(
        site,
        settings.hunt,
        timers.hunt,
        now,
        without(world, apart_w),
        able,
        gate,
        fresh,
        promised_w,
        sky.clear_w,
        dt_s,
        past,
    )
    return House(world, gate, hunt), hands


def _hands(
    settings: Settings,
    now: SiteNow,
    world: WorldState,
    gate: Gate,
    able: Able,
    loads: tuple[LoadTick, ...],
) -> tuple[dict[str, Hand], Able]:
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
    if taken_w > 0.0:
        left_w = room_w(settings.site, now, world, able.one_phase, world.own_w) - taken_w
        able = able._replace(most_w=max(0.0, min(able.most_w, left_w)))
    return hands, able
