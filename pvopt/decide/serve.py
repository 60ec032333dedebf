"""Down the ladder: what each load is offered, and how it follows. Ordinary Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from pvopt.decide.by_hand import Hand, hand_step
from pvopt.decide.drive import KEEP_CLOSED_W
from pvopt.decide.follow import Follow, Found, Spoken, Voice
from pvopt.decide.gates import Gate
from pvopt.decide.guard import headroom_w
from pvopt.decide.hunt import HuntResult
from pvopt.decide.ladder import (
    SHORT_S,
    Seat,
    Sharing,
    Turn,
    held_w,
    knobs_w,
    lacking,
    on_trial,
    turned,
    unused,
)
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.rungs import Rung, begun, may_start, ramped_w, seat_of, stepped, worn
from pvopt.decide.settings import SiteParams
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState, least_own_w
from pvopt.model import Why

FollowStep = Callable[..., Follow]
# What a search says of watts that it moves: nothing to a load that has none of them.
SEARCHING = frozenset(
    {Why.VISIBLE, Why.PROBING, Why.RIDING, Why.STEP_BACK, Why.HOLD, Why.HEATER_MAX}
)


class Served(NamedTuple):
    """One load after its turn."""

    follow: Follow
    rung: Rung


def seats_of(
    loads: tuple[LoadTick, ...], site: SiteParams, now: SiteNow, world: WorldState
) -> tuple[Seat, ...]:
    """Where each load stands in this tick; what a person has in hand takes no surplus. ``world``:
    as the tick before left it."""
    own_w = sum([one.now.expected_w for one in loads], 0.0)
    one_phase = any(one.params.phase != 0 for one in loads)
    room_w = headroom_w(site, now, min(own_w, least_own_w(world)), one_phase) - own_w
    seats: list[Seat] = []
    for rank, one in enumerate(loads):
        given_w = _given_w(one, loads[rank + 1 :]) if one.settings.unknown else 0.0
        seat = seat_of(
            one.settings,
            one.params,
            one.state,
            one.look,
            one.rung,
            not one.in_hand,
            room_w,
            given_w,
        )
        seats.append(seat)
        # Two that are unknown may not begin at once in the same room.
        waits = one.state.drive.enable_s > 0.0 or one.params.drive.enable_delay_s <= 0.0
        if one.settings.unknown and not seat.on and seat.most_w > 0.0 and waits:
            room_w -= one.settings.drive.max_w
    return tuple(seats)


def _given_w(unknown: LoadTick, lower: tuple[LoadTick, ...]) -> float:
    """What knobs of lower rank could give way by when a load of unknown draw begins (W)."""
    theirs_w = [
        one.now.expected_w
        for one in lower
        if one.params.has_knob and not one.apart and one.first == unknown.first
    ]
    return sum(theirs_w, 0.0)


def must_of(loads: tuple[LoadTick, ...], seats: tuple[Seat, ...]) -> tuple[float, float]:
    """What those before the battery and the others draw by their minimum times (W); what is drawn
    by a wish is counted with the wish."""
    first_w = later_w = 0.0
    for load, seat in zip(loads, seats, strict=False):  # a home of one plain load has no seats
        must_w = 0.0 if load.asked.forced else seat.must_w
        first_w += must_w if load.first else 0.0
        later_w += 0.0 if load.first else must_w
    return first_w, later_w


def serve(
    follow_step: FollowStep,
    loads: tuple[LoadTick, ...],
    seats: tuple[Seat, ...],
    gate: Gate,
    hunt: HuntResult,
    hands: dict[str, Hand],
    plenty_s: float,
    dt_s: float,
) -> tuple[list[Served], float]:
    """Every load of one budget in the order of ranks, and what is left of it (W).

    ``plenty_s``: so long all knobs have been at their end with hidden sun left over.
    """
    # What is drawn by a wish is no part of this budget, in its minimum time neither.
    seats = tuple(
        [
            seat._replace(must_w=0.0) if load.asked.forced and load.apart else seat
            for load, seat in zip(loads, seats, strict=True)
        ]
    )
    shorts = lacking(hunt.budget_w, seats)
    turns = tuple(
        [
            one.rung.turn._replace(short_s=one.rung.turn.short_s + dt_s if short else 0.0)
            for one, short in zip(loads, shorts, strict=True)
        ]
    )
    kept_w = list(held_w(hunt.budget_w, seats, turns))
    trial = on_trial(seats, turns) if plenty_s > 0.0 else None
    if trial is not None and plenty_s <= _sooner_s(loads[trial], seats[trial], seats):
        trial = None
    if trial is not None:
        kept_w[trial] = seats[trial].least_w
    lost = unused(hunt.budget_w, seats)
    turns = tuple(
        [
            turn._replace(lost_s=turn.lost_s + dt_s if rank == lost else 0.0)
            for rank, turn in enumerate(turns)
        ]
    )
    if lost is not None and turns[lost].lost_s <= _sooner_s(loads[lost], seats[lost], seats):
        lost = None
    sharing = Sharing(hunt.budget_w, seats, tuple(kept_w))
    found = Found(hunt.why, hunt.needs_w, hunt.needs_s)
    served: list[Served] = []
    taken = False  # a rank above has a part of it
    for rank, load in enumerate(loads):
        hand = hands.get(load.settings.id)
        offer_w = 0.0
        if hand is not None:
            params = begun(load.params, load.settings, load.state.limits.on)
            follow = hand_step(
                params, load.state, load.look, hand.gate, load.asked, hand.cap_w, dt_s
            )
            one = Served(follow, load.rung)
        else:
            offer_w = sharing.offer(rank)
            nearly = sharing.nearly(rank)
            above_w = sum([seat.most_w for seat in seats[:rank]], 0.0) if taken else 0.0
            one = _one(
                follow_step,
                load,
                seats[rank],
                gate,
                found,
                hunt,
                offer_w,
                above_w,
                rank in (trial, lost),
                nearly,
                dt_s,
            )
            used_w = one.follow.setpoint_w if one.follow.setpoint_w > KEEP_CLOSED_W else 0.0
            sharing.took(rank, offer_w, used_w)
            taken = taken or used_w > 0.0
        turn, short = turns[rank], shorts[rank]
        served.append(_after(load, seats[rank], one, turn, short, rank == trial, dt_s))
    return served, max(0.0, sharing.left_w)


def _sooner_s(load: LoadTick, seat: Seat, seats: tuple[Seat, ...]) -> float:
    """How long sun has to be left by all before the load begins (s)."""
    rules = load.settings
    delay_s = rules.free_delay_s if seat.least_w <= knobs_w(seats) else rules.lost_delay_s
    return min(load.params.drive.enable_delay_s, delay_s)


def _one(
    follow_step: FollowStep,
    load: LoadTick,
    seat: Seat,
    gate: Gate,
    found: Found,
    hunt: HuntResult,
    offer_w: float,
    above_w: float,
    soon: bool,
    nearly: bool,
    dt_s: float,
) -> Served:
    """One load that follows the surplus. ``above_w``: what higher ranks could take, 0 where none
    of them has any; ``soon``: it has waited long enough, ``plenty_s`` or
    ``lost_s``; ``nearly``: what it has waited counts on, less this tick."""
    settings, state = load.settings, load.state
    if seat.knob:
        offer_w = ramped_w(settings, load.rung, offer_w, dt_s)
    whole = settings.unknown and not seat.on and seat.least_w > load.params.drive.max_w
    params = begun(load.params, settings, seat.on) if whole else load.params
    params, offer_w, rung = stepped(params, settings, load.rung, offer_w, seat.on, dt_s)
    if settings.unknown and not seat.on:
        rung = rung._replace(whole=whole)
    if soon:
        drive = state.drive._replace(enable_s=math.inf)
        state = state._replace(drive=drive)
    none_for_it = offer_w <= 0.0 < min(seat.least_w, seat.most_w)
    if seat.on and not seat.knob and offer_w <= 0.0:
        # A relay has no way to draw nothing while it is closed: nothing is waited for.
        found = found._replace(why=Why.STEP_BACK)
    follow = follow_step(params, state, load.look, gate, found, offer_w, dt_s)
    if nearly and not follow.state.drive.on:
        drive = follow.state.drive._replace(enable_s=max(0.0, state.drive.enable_s - dt_s))
        follow = follow._replace(state=follow.state._replace(drive=drive))
    if math.isinf(follow.state.drive.enable_s):
        drive = follow.state.drive._replace(enable_s=params.drive.enable_delay_s)
        follow = follow._replace(state=follow.state._replace(drive=drive))
    if none_for_it:
        follow = _shareless(follow, hunt, seat, above_w, params.drive.enable_delay_s)
    return Served(_told(follow, seat, load), rung)


def _shareless(
    follow: Follow, hunt: HuntResult, seat: Seat, above_w: float, delay_s: float
) -> Follow:
    """A load that is off and gets nothing: why, and what it needs. The search's own words are of
    what others draw, or of nothing that is drawn.

    Worked: 345 W for a relay of 500 W: 155 W more for its delay; where a knob of 2000 W above it
    has them: 2155 W more.
    """
    if follow.held or follow.setpoint_w > 0.0 or follow.spoken.voice != Voice.HUNT:
        return follow
    why = follow.why
    if hunt.budget_w >= seat.least_w or (above_w > 0.0 and not seat.on):
        why = Why.RANKED
    elif why == Why.HOLD and hunt.budget_w <= 0.0:
        why = Why.NO_SURPLUS
    elif why in SEARCHING and not seat.on:
        why = Why.TOO_LITTLE
    if why == follow.why:
        return follow
    needs_w = max(0.0, above_w + seat.least_w - max(0.0, hunt.budget_w))
    spoken = Spoken(Voice.HUNT, why, needs_w, delay_s)
    return follow._replace(why=why, needs_s=delay_s, spoken=spoken)


def _told(follow: Follow, seat: Seat, load: LoadTick) -> Follow:
    """The ladder's own reasons, where the search's would say nothing."""
    if (
        follow.held
        or follow.setpoint_w > 0.0
        or follow.spoken.voice not in (Voice.HUNT, Voice.DRIVE)
    ):
        return follow
    why = follow.why
    if load.look.able and seat.most_w <= 0.0:
        often = not may_start(load.settings, load.rung)
        why = Why.MOST_STARTS if often else Why.INVERTER_CAP
    if why == follow.why:
        return follow
    spoken = follow.spoken._replace(why=why, voice=Voice.HUNT)
    return follow._replace(why=why, spoken=spoken)


def _after(
    load: LoadTick, seat: Seat, one: Served, turn: Turn, short: bool, trial: bool, dt_s: float
) -> Served:
    """What is remembered of its turn. ``turn``: with this tick's lack counted in."""
    was, now = load.state.limits.on, one.follow.state.limits.on
    started, stopped = now and not was, was and not now
    turn = turned(turn, seat, short, stopped, dt_s)
    if trial and started:
        turn = turn._replace(trial=True, short_s=SHORT_S + dt_s)
    rung = worn(load.settings, one.rung, one.follow.setpoint_w, started, dt_s)
    return one._replace(rung=rung._replace(turn=turn))
