"""All loads of a tick: what each may do, and what they can take together. Ordinary Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce

from pvopt.decide.asked import NOTHING, Standing, asked_of
from pvopt.decide.ladder import Seat, is_waiting, reach_w
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.look import Able, Look, able_of, together
from pvopt.decide.memory import Memory
from pvopt.decide.rungs import drawn_by, seen, shaped, with_others
from pvopt.decide.settings import Settings
from pvopt.decide.site_now import LoadNow, SiteNow, load_now
from pvopt.model import LoadView, Snapshot


def loads_of(
    look_step: Callable[..., Look],
    snapshot: Snapshot,
    memory: Memory,
    settings: Settings,
    now: SiteNow,
    fresh: bool,
    dt_s: float,
    standing: tuple[Standing, ...],
) -> tuple[LoadTick, ...]:
    """What each load may do."""
    kept = [memory.load(load.id) for load in settings.loads]
    views = {view.id: load_now(view, now.now_s) for view in snapshot.loads}
    seen_now: list[LoadNow] = []
    for load, timers in zip(settings.loads, kept, strict=True):
        mine = views.get(load.id)
        mine = load_now(LoadView(load.id), now.now_s) if mine is None else mine
        seen_now.append(drawn_by(load, mine, timers.rung) if load.unknown else mine)
    loads: list[LoadTick] = []
    for load, timers, mine in zip(settings.loads, kept, seen_now, strict=True):
        others_w = sum([other.expected_w for other in seen_now if other is not mine], 0.0)
        params, rung = load.params(), timers.rung
        if load.unknown:
            rung = seen(load, rung, now, mine, others_w, fresh, dt_s)
            params = shaped(params, load, rung)
        asked = asked_of(standing, load) if standing else NOTHING
        if asked.max_c < load.comfort.max_c:
            params = params._replace(comfort=load.comfort._replace(max_c=asked.max_c))
        steady = True
        if math.isnan(mine.actual_w) and len(settings.loads) > 1 and load.verify:
            rung, steady = with_others(rung, others_w)
        look = look_step(params, timers.state, now, mine, others_w, fresh and steady, dt_s)
        loads.append(
            LoadTick(
                load, params, mine, timers.state, look, asked, timers.apart, timers.bought, rung
            )
        )
    return tuple(loads)


def able_of_all(
    settings: Settings,
    loads: tuple[LoadTick, ...],
    seats: tuple[Seat, ...],
    now: SiteNow,
    first: bool,
) -> Able:
    """What loads before the battery (``first``) or the others can take together; those in hand
    take no surplus."""
    each: list[Able] = []
    theirs: list[Seat] = []
    for rank, load in enumerate(loads):
        if load.first != first:
            continue
        look = load.look._replace(able=False, most_w=0.0) if load.in_hand else load.look
        if seats:
            theirs.append(seats[rank])
            look = look._replace(most_w=seats[rank].most_w)
        on = load.state.limits.on
        each.append(able_of(settings.site, load.params, now, look, on))
    able = each[0] if len(each) == 1 else reduce(together, each, Able())
    if not seats:
        return able
    seated = tuple(theirs)
    return able._replace(waiting=is_waiting(seated), reach_w=reach_w(seated))
