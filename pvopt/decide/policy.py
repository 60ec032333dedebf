"""decide(): one snapshot and what was remembered in, one decision and what to remember out.

What is decided stands in kernels; here the snapshot becomes their numbers, the loads share the
budget, and codes become reasons. ``one_heater.py`` is the same for one load, as one kernel. A
load that a person has in hand counts as part of the house, and so does one that comfort wants
to be heated: see ``by_hand.py`` and ``wants.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from pvopt.decide import guard
from pvopt.decide.asked import NOTHING, Standing, asked_of, standing_now
from pvopt.decide.by_hand import BOUGHT, Hand, hand_step
from pvopt.decide.follow import Follow, Found, Voice, follow_step
from pvopt.decide.frozen import lively
from pvopt.decide.hands import LoadTick, draws_apart, house_with_hands
from pvopt.decide.house import House, house_step
from pvopt.decide.ladder import share
from pvopt.decide.ledger import Drawn, ledger_step
from pvopt.decide.look import Able, Look, able_of, look_step, together
from pvopt.decide.memory import LoadTimers, Memory, Timers
from pvopt.decide.past import kept_s, own_past, remembered, swing_w
from pvopt.decide.reasons import hand_numbers, reason_of
from pvopt.decide.settings import Settings
from pvopt.decide.site_now import SiteNow, load_now, site_now
from pvopt.decide.sky import forecast_w, sky_step
from pvopt.decide.wants import with_wants
from pvopt.decide.world import is_fresh
from pvopt.model import Command, Decision, Instant, LoadView, Reason, Snapshot, Why

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
    timers, instant, site = memory.timers, snapshot.instant, settings.site
    dt_s = 0.0 if timers.last_s is None else instant.mono_s - timers.last_s
    dt_s = min(MAX_DT_S, max(0.0, dt_s))
    now = site_now(snapshot.site, instant)
    fresh = is_fresh(now, timers.world.seen_s)
    told = fresh and lively(timers.world.frozen)
    before, asked = memory.ledger.standing, snapshot.requests
    standing = standing_now(before, asked, snapshot.loads, settings.loads, instant, dt_s)
    loads = _loads(kernels, snapshot, memory, settings, now, told, dt_s, standing)
    comforts, forecast = memory.ledger.comfort, snapshot.forecast
    loads, comforts = with_wants(settings, comforts, loads, instant, forecast, dt_s)
    own_w = sum([load.now.expected_w for load in loads], 0.0)
    apart_w = draws_apart(timers.apart_w, loads)
    for_s = kept_s(now, settings.tick_s)
    mine_w = own_w - apart_w[0] if apart_w else own_w
    mine = tuple([load.settings.id for load in loads if not load.apart])
    swung_w = swing_w(snapshot.loads, mine)
    own = remembered(timers.own, timers.last_s, now.now_s, mine_w, for_s, swung_w)
    verify = any(load.verify for load in settings.loads)
    sky = sky_step(settings.daylight, timers.sky, instant, now.pv_w)
    able = _able(settings, loads, now)
    promised_w = forecast_w(forecast, instant)
    past = own_past(own, now.now_s, max(0.0, now.now_s - now.at_s), settings.tick_s)
    hands: dict[str, Hand] = {}
    if apart_w or standing or any(load.in_hand for load in loads):
        house, hands = house_with_hands(
            settings,
            timers,
            now,
            able,
            loads,
            own_w,
            apart_w,
            verify,
            fresh,
            sky,
            promised_w,
            dt_s,
            past,
        )
    else:
        house = kernels.house_step(
            site,
            settings.hunt,
            timers.world,
            timers.hunt,
            now,
            able,
            own_w,
            verify,
            fresh,
            sky.day,
            promised_w,
            sky.clear_w,
            dt_s,
            past,
        )
    decision, kept = _command(kernels, instant, settings, now, house, loads, hands, dt_s)
    timers = Timers(instant.mono_s, house.world, house.hunt.state, kept, sky, own, apart_w)
    ledger, zone = memory.ledger, settings.daylight.timezone
    drawn = _drawn(loads, kept)
    ledger = ledger_step(ledger, standing, drawn, zone, instant, dt_s, comforts)
    return decision, Memory(timers, ledger)


def _loads(
    kernels: Kernels,
    snapshot: Snapshot,
    memory: Memory,
    settings: Settings,
    now: SiteNow,
    fresh: bool,
    dt_s: float,
    standing: tuple[Standing, ...],
) -> tuple[LoadTick, ...]:
    """What each load may do."""
    seen = [(view.id, load_now(view, now.now_s)) for view in snapshot.loads]
    loads: list[LoadTick] = []
    for load in settings.loads:
        mine, others_w = None, 0.0
        for name, other in seen:
            if name != load.id:
                others_w += other.expected_w
            elif mine is None:
                mine = other
        mine = load_now(LoadView(load.id), now.now_s) if mine is None else mine
        params, timers = load.params(), memory.load(load.id)
        asked = asked_of(standing, load) if standing else NOTHING
        if asked.max_c < load.comfort.max_c:
            params = params._replace(comfort=load.comfort._replace(max_c=asked.max_c))
        look = kernels.look_step(params, timers.state, now, mine, others_w, fresh, dt_s)
        apart, bought = timers.apart, timers.bought
        loads.append(LoadTick(load, params, mine, timers.state, look, asked, apart, bought))
    return tuple(loads)


def _able(settings: Settings, loads: tuple[LoadTick, ...], now: SiteNow) -> Able:
    """What all the loads can take together; those in hand take no surplus."""
    each: list[Able] = []
    for load in loads:
        look = load.look._replace(able=False, most_w=0.0) if load.in_hand else load.look
        on = load.state.limits.on
        each.append(able_of(settings.site, load.params, now, look, on))
    return each[0] if len(each) == 1 else reduce(together, each, Able())


def _command(
    kernels: Kernels,
    instant: Instant,
    settings: Settings,
    now: SiteNow,
    house: House,
    loads: tuple[LoadTick, ...],
    hands: dict[str, Hand],
    dt_s: float,
) -> tuple[Decision, tuple[LoadTimers, ...]]:
    """Share the budget out; the command of each load, and why."""
    able_w = tuple([0.0 if load.in_hand else load.look.most_w for load in loads])
    least_w = tuple([load.params.drive.min_w for load in loads])
    gate, hunt = house.gate, house.hunt
    found = Found(hunt.why, hunt.needs_w, hunt.needs_s)
    offers, left_w = share(hunt.budget_w, able_w, least_w)
    commands: list[Command] = []
    kept: list[LoadTimers] = []
    alarms = [Reason(Why.FROZEN)] if gate.why == Why.FROZEN else []
    for load, offer_w in zip(loads, offers, strict=True):
        params, state, look = load.params, load.state, load.look
        hand = hands.get(load.settings.id)
        if hand is None:
            follow = kernels.follow_step(params, state, look, gate, found, offer_w, dt_s)
        else:
            follow = hand_step(params, state, look, hand.gate, load.asked, hand.cap_w, dt_s)
        reason = _reason(follow, settings, now, load, house, instant)
        urgent, blind = follow.urgent, hand is not None and hand.blind
        commands.append(guard.command(load.settings, follow.setpoint_w, reason, urgent, now, blind))
        lasting = load.apart and load.now.expected_w > 0.0
        apart = load.asked.forced or lasting
        bought = load.asked.why in BOUGHT or (load.bought and lasting and not load.asked.forced)
        kept.append(LoadTimers(load.settings.id, follow.state, apart, bought))
        alarms.extend(_alarm(look))
    decision = Decision(instant, tuple(commands), hunt.budget_w, left_w, tuple(alarms))
    return decision, tuple(kept)


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
