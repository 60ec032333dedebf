"""decide(): one snapshot and what was remembered in, one decision and what to remember out.

What is decided stands in kernels; here the snapshot becomes their numbers, the loads share the
budget, and codes become reasons. ``one_heater.py`` is the same for one load, as one kernel. A
load that a person has in hand counts as part of the house, and so does one that comfort wants
to be heated: see ``by_hand.py`` and ``wants.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from pvopt.decide import guard
from pvopt.decide.asked import standing_now
from pvopt.decide.by_hand import BOUGHT, hand_step
from pvopt.decide.draws import Draws, draws_of
from pvopt.decide.follow import Follow, Found, Voice, follow_step
from pvopt.decide.frozen import lively
from pvopt.decide.hands import Housed, house_in_parts
from pvopt.decide.house import House, house_step
from pvopt.decide.ladder import Seat, offer_of, plenty
from pvopt.decide.ledger import Drawn, ledger_step
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.look import Look, look_step
from pvopt.decide.looked import able_of_all, loads_of
from pvopt.decide.memory import LoadTimers, Memory, Timers
from pvopt.decide.reasons import hand_numbers, reason_of
from pvopt.decide.rungs import is_ladder
from pvopt.decide.serve import Served, must_of, seats_of, serve
from pvopt.decide.settings import Settings
from pvopt.decide.site_now import SiteNow, site_now
from pvopt.decide.sky import Sky, forecast_w, sky_step
from pvopt.decide.split_home import as_loads_see, split_of, storages_only
from pvopt.decide.wants import overdue, with_wants
from pvopt.decide.world import is_fresh
from pvopt.model import Command, Decision, Instant, Reason, Snapshot, Why

# A pause in the ticks longer than this is no measure of anything.
MAX_DT_S = 60.0
ALARMING = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.ELEMENT, Why.SENSOR_BAD})


class Kernels(NamedTuple):
    """The costly steps of a decision: as text, or (in a simulation) compiled from it."""

    look_step: Callable[..., Look] = look_step
    house_step: Callable[..., House] = house_step
    follow_step: Callable[..., Follow] = follow_step


TEXT = Kernels()


def decide(
    snapshot: Snapshot, memory: Memory, settings: Settings, kernels: Kernels = TEXT
) -> tuple[Decision, Memory]:
    """Pure and deterministic: the same three arguments give the same result.

    In order: how the world is (grid, battery, daylight), what each load may do (temperature,
    effects), how much there is (hunt), who gets it (ladder), how it follows (drive, limits),
    and at last the guard.
    """
    timers, instant = memory.timers, snapshot.instant
    dt_s = 0.0 if timers.last_s is None else instant.mono_s - timers.last_s
    dt_s = min(MAX_DT_S, max(0.0, dt_s))
    now = site_now(snapshot.site, instant)
    split = split_of(snapshot, memory, settings.split, dt_s) if settings.split.storages else None
    if split is not None:
        if not settings.loads:
            return storages_only(instant, memory, split)
        now = as_loads_see(now, settings.split, split)
    fresh = is_fresh(now, timers.world.seen_s)
    told = fresh and lively(timers.world.frozen)
    before, asked = memory.ledger.standing, snapshot.requests
    standing = standing_now(before, asked, snapshot.loads, settings.loads, instant, dt_s)
    loads = loads_of(kernels.look_step, snapshot, memory, settings, now, told, dt_s, standing)
    comforts, forecast = memory.ledger.comfort, snapshot.forecast
    loads, comforts = with_wants(settings, comforts, loads, instant, forecast, dt_s)
    ranked = is_ladder(settings.loads)
    seats = seats_of(loads, settings.site, now, timers.world) if ranked else ()
    draws = draws_of(settings, timers, now, loads, snapshot.loads)
    sky = sky_step(settings.daylight, timers.sky, instant, now.pv_w)
    promised_w = forecast_w(forecast, instant)
    housed = _housed(
        kernels, settings, timers, now, loads, seats, draws, fresh, sky, promised_w, dt_s
    )
    plenty_s = plenty(timers.plenty_s, housed.house.hunt, settings.hunt, dt_s) if seats else 0.0
    decision, kept = _command(kernels, instant, settings, now, housed, loads, seats, plenty_s, dt_s)
    if comforts and (late := overdue(loads, comforts, instant)):
        decision = replace(decision, alarms=(*decision.alarms, *late))
    house, first = housed.house, housed.first
    timers = Timers(
        instant.mono_s,
        house.world,
        house.hunt.state,
        kept,
        sky,
        draws.own,
        draws.apart_w,
        timers.first_hunt if first is None else first.state,
        draws.first_own,
        draws.first_w,
        draws.later_w,
        plenty_s,
        timers.split if split is None else split.memory,
    )
    if split is not None:
        decision = replace(decision, storages=split.commands, need_w=split.need_w)
    ledger, zone = memory.ledger, settings.daylight.timezone
    drawn = _drawn(loads, kept)
    ledger = ledger_step(ledger, standing, drawn, zone, instant, dt_s, comforts)
    return decision, Memory(timers, ledger)


def _housed(
    kernels: Kernels,
    settings: Settings,
    timers: Timers,
    now: SiteNow,
    loads: tuple[LoadTick, ...],
    seats: tuple[Seat, ...],
    draws: Draws,
    fresh: bool,
    sky: Sky,
    promised_w: float,
    dt_s: float,
) -> Housed:
    """The home in this tick, and how much there is for whom."""
    verify = any(load.verify for load in settings.loads)
    able = able_of_all(settings, loads, seats, now, False)
    if draws.apart_w or settings.first is not None or any(load.in_hand for load in loads):
        first = able_of_all(settings, loads, seats, now, True)
        return house_in_parts(
            settings,
            timers,
            now,
            loads,
            draws,
            able,
            first,
            verify,
            fresh,
            sky,
            promised_w,
            dt_s,
            must_of(loads, seats),
        )
    house = kernels.house_step(
        settings.site,
        settings.hunt,
        timers.world,
        timers.hunt,
        now,
        able,
        draws.own_w,
        verify,
        fresh,
        sky.day,
        promised_w,
        sky.clear_w,
        dt_s,
        draws.past,
    )
    return Housed(house, {}, None)


def _command(
    kernels: Kernels,
    instant: Instant,
    settings: Settings,
    now: SiteNow,
    housed: Housed,
    loads: tuple[LoadTick, ...],
    seats: tuple[Seat, ...],
    plenty_s: float,
    dt_s: float,
) -> tuple[Decision, tuple[LoadTimers, ...]]:
    """Share the budget out; the command of each load, and why."""
    house, hands = housed.house, housed.hands
    gate, hunt = house.gate, house.hunt
    if seats:
        served, left_w = _served(kernels, housed, loads, seats, plenty_s, dt_s)
    else:
        served, left_w = [_alone(kernels, housed, loads[0], dt_s)], 0.0
        left_w = max(0.0, hunt.budget_w - served[0].follow.setpoint_w)
    commands: list[Command] = []
    kept: list[LoadTimers] = []
    alarms = [Reason(Why.FROZEN)] if gate.why == Why.FROZEN else []
    for load, one in zip(loads, served, strict=True):
        follow, hand = one.follow, hands.get(load.settings.id)
        reason = _reason(follow, settings, now, load, house, instant)
        urgent, blind = follow.urgent, hand is not None and hand.blind
        commands.append(guard.command(load.settings, follow.setpoint_w, reason, urgent, now, blind))
        lasting = load.apart and load.now.expected_w > 0.0
        apart = load.asked.forced or lasting
        bought = load.asked.why in BOUGHT or (load.bought and lasting and not load.asked.forced)
        kept.append(LoadTimers(load.settings.id, follow.state, apart, bought, one.rung))
        alarms.extend(_alarm(load.look))
    budget_w = hunt.budget_w + (0.0 if housed.first is None else housed.first.budget_w)
    return Decision(instant, tuple(commands), budget_w, left_w, tuple(alarms)), tuple(kept)


def _alone(kernels: Kernels, housed: Housed, load: LoadTick, dt_s: float) -> Served:
    """The only load of a home, as ``one_heater.py`` has it."""
    gate, hunt = housed.house.gate, housed.house.hunt
    hand = housed.hands.get(load.settings.id)
    params, state, look = load.params, load.state, load.look
    if hand is not None:
        follow = hand_step(params, state, look, hand.gate, load.asked, hand.cap_w, dt_s)
        return Served(follow, load.rung)
    found = Found(hunt.why, hunt.needs_w, hunt.needs_s)
    offer_w = offer_of(max(0.0, hunt.budget_w), look.most_w, params.drive.min_w)
    return Served(kernels.follow_step(params, state, look, gate, found, offer_w, dt_s), load.rung)


def _served(
    kernels: Kernels,
    housed: Housed,
    loads: tuple[LoadTick, ...],
    seats: tuple[Seat, ...],
    plenty_s: float,
    dt_s: float,
) -> tuple[list[Served], float]:
    """Every load, those before the battery by their own budget."""
    house, follow = housed.house, kernels.follow_step
    if housed.first is None:
        return serve(follow, loads, seats, house.gate, house.hunt, housed.hands, plenty_s, dt_s)
    ahead = sum([load.first for load in loads])
    firsts, _ = serve(
        follow, loads[:ahead], seats[:ahead], house.gate, housed.first, housed.hands, 0.0, dt_s
    )
    others, left_w = serve(
        follow, loads[ahead:], seats[ahead:], house.gate, house.hunt, housed.hands, plenty_s, dt_s
    )
    return firsts + others, left_w


def _reason(
    follow: Follow,
    settings: Settings,
    now: SiteNow,
    load: LoadTick,
    house: House,
    instant: Instant,
) -> Reason:
    reason = reason_of(
        follow,
        settings.site,
        load.params.comfort,
        now,
        load.now,
        house.world.grid_lost_s,
        house.hunt.budget_w,
    )
    if follow.spoken.voice != Voice.PERSON or follow.held:
        return reason
    numbers = hand_numbers(load.asked, instant, settings.daylight.timezone)
    return Reason(reason.code, numbers, reason.change)


def _alarm(look: Look) -> tuple[Reason, ...]:
    """What an owner has to look at."""
    verdict = look.comfort.why if look.effects.allowed else look.effects.why
    return (Reason(verdict),) if verdict in ALARMING else ()


def _drawn(loads: tuple[LoadTick, ...], kept: tuple[LoadTimers, ...]) -> tuple[Drawn, ...]:
    """What the ledger takes of each load."""
    drawn: list[Drawn] = []
    for load, after in zip(loads, kept, strict=True):
        effects = after.state.effects
        full = effects.verdict == Why.THERMOSTAT_OPEN or load.look.comfort.why == Why.TOO_HOT
        verdict = effects.verdict if effects.latched else Why.HOLD
        by_hand = load.apart and not load.bought
        watts = load.now.expected_w
        drawn.append(Drawn(load.settings.id, watts, by_hand, full, verdict, load.bought))
    return tuple(drawn)
