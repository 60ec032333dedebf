"""decide(): one snapshot and what was remembered in, one decision and what to remember out.

What is decided stands in kernels; here the snapshot becomes their numbers, the loads share the
budget, and codes become reasons. ``one_heater.py`` is the same for one load, as one kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from pvopt.decide import guard
from pvopt.decide.follow import Follow, Found, follow_step
from pvopt.decide.frozen import lively
from pvopt.decide.house import House, house_step
from pvopt.decide.ladder import share
from pvopt.decide.look import Able, LoadState, Look, able_of, look_step, together
from pvopt.decide.memory import Ledger, LoadTimers, Memory, Timers
from pvopt.decide.past import kept_s, own_past, remembered
from pvopt.decide.reasons import reason_of
from pvopt.decide.settings import LoadParams, LoadSettings, Settings
from pvopt.decide.site_now import LoadNow, SiteNow, load_now, site_now
from pvopt.decide.sky import forecast_w, sky_step
from pvopt.decide.world import is_fresh
from pvopt.model import Command, Decision, Instant, LoadView, Reason, Snapshot, Why

# A pause in the ticks longer than this is no measure of anything.
MAX_DT_S = 60.0
ALARMING = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.ELEMENT, Why.SENSOR_BAD})


class _Load(NamedTuple):
    """One load in the course of a tick."""

    settings: LoadSettings
    params: LoadParams
    now: LoadNow
    state: LoadState
    look: Look


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
    loads = _loads(kernels, snapshot, memory, settings, now, told, dt_s)
    own_w = sum([load.now.expected_w for load in loads], 0.0)
    for_s = kept_s(now, settings.tick_s)
    own = remembered(timers.own, timers.last_s, now.now_s, own_w, for_s)
    verify = any(load.verify for load in settings.loads)
    sky = sky_step(settings.daylight, timers.sky, instant, now.pv_w)
    house = kernels.house_step(
        site,
        settings.hunt,
        timers.world,
        timers.hunt,
        now,
        _able(settings, loads, now),
        own_w,
        verify,
        fresh,
        sky.day,
        forecast_w(snapshot.forecast, instant),
        sky.clear_w,
        dt_s,
        own_past(own, now.now_s, max(0.0, now.now_s - now.at_s), settings.tick_s),
    )
    decision, kept = _command(kernels, instant, settings, now, house, loads, dt_s)
    timers = Timers(instant.mono_s, house.world, house.hunt.state, kept, sky, own)
    return decision, Memory(timers, _ledger(memory.ledger, loads, kept, dt_s))


def _loads(
    kernels: Kernels,
    snapshot: Snapshot,
    memory: Memory,
    settings: Settings,
    now: SiteNow,
    fresh: bool,
    dt_s: float,
) -> tuple[_Load, ...]:
    """What each load may do."""
    seen = [(view.id, load_now(view, now.now_s)) for view in snapshot.loads]
    loads: list[_Load] = []
    for load in settings.loads:
        mine, others_w = None, 0.0
        for name, other in seen:
            if name != load.id:
                others_w += other.expected_w
            elif mine is None:
                mine = other
        mine = load_now(LoadView(load.id), now.now_s) if mine is None else mine
        params, state = load.params(), memory.load(load.id).state
        look = kernels.look_step(params, state, now, mine, others_w, fresh, dt_s)
        loads.append(_Load(load, params, mine, state, look))
    return tuple(loads)


def _able(settings: Settings, loads: tuple[_Load, ...], now: SiteNow) -> Able:
    """What all the loads can take together."""
    each = [
        able_of(settings.site, load.params, now, load.look, load.state.limits.on) for load in loads
    ]
    return each[0] if len(each) == 1 else reduce(together, each, Able())


def _command(
    kernels: Kernels,
    instant: Instant,
    settings: Settings,
    now: SiteNow,
    house: House,
    loads: tuple[_Load, ...],
    dt_s: float,
) -> tuple[Decision, tuple[LoadTimers, ...]]:
    """Share the budget out; the command of each load, and why."""
    able_w = tuple([load.look.most_w for load in loads])
    least_w = tuple([load.params.drive.min_w for load in loads])
    gate, hunt = house.gate, house.hunt
    found = Found(hunt.why, hunt.needs_w, hunt.needs_s)
    offers, left_w = share(hunt.budget_w, able_w, least_w)
    commands: list[Command] = []
    kept: list[LoadTimers] = []
    alarms = [Reason(Why.FROZEN)] if gate.why == Why.FROZEN else []
    for load, offer_w in zip(loads, offers, strict=True):
        follow = kernels.follow_step(load.params, load.state, load.look, gate, found, offer_w, dt_s)
        reason = reason_of(
            follow,
            settings.site,
            load.params.comfort,
            now,
            load.now,
            house.world.grid_lost_s,
            hunt.budget_w,
        )
        commands.append(guard.command(load.settings, follow.setpoint_w, reason, follow.urgent, now))
        kept.append(LoadTimers(load.settings.id, follow.state))
        alarms.extend(_alarm(load.look))
    decision = Decision(instant, tuple(commands), hunt.budget_w, left_w, tuple(alarms))
    return decision, tuple(kept)


def _alarm(look: Look) -> tuple[Reason, ...]:
    """What an owner has to look at."""
    verdict = look.comfort.why if look.effects.allowed else look.effects.why
    return (Reason(verdict),) if verdict in ALARMING else ()


def _ledger(
    ledger: Ledger, loads: tuple[_Load, ...], kept: tuple[LoadTimers, ...], dt_s: float
) -> Ledger:
    """Add what each load should have drawn; keep what was found dangerous."""
    before = dict(ledger.heated_wh)
    heated: list[tuple[str, float]] = []
    for load in loads:
        name, heated_wh = load.settings.id, load.now.expected_w * dt_s / 3600.0
        heated.append((name, before.get(name, 0.0) + heated_wh))
    found = [(t.id, t.state.effects.verdict) for t in kept if t.state.effects.latched]
    return Ledger(tuple(heated), tuple(found))
