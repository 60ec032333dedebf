"""What the house still needs, shared among its storages. Ordinary Python, pure.

The wish is absolute: for each storage the watts that it is to give or take, anew every tick, so a
message that is lost or comes twice is repaired by the next. What loads of ours draw of the surplus
is not needed: no storage is discharged into them. While one storage gives none takes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.site_now import AHEAD_S
from pvopt.decide.split_changes import RESTS_W, changes, known_w, limits_w
from pvopt.decide.split_each import (
    ASSUMED,
    Each,
    State,
    asked,
    each_step,
    stepped,
)
from pvopt.decide.split_house import Points, added, guessed, house_w
from pvopt.decide.split_sides import LEAST_W, SERVING, Wish, absent, least_w, shared
from pvopt.decide.split_turns import Turns
from pvopt.model import Command, Instant, Reading, Reason, Site, StorageView, Why
from pvopt.shape import frozen

# A command outlives its tick by no more than this.
EXPIRES_S = 5.0
# Ticks in which what our loads draw may not be in the meter yet.
OWN_TICKS = 5
# What is assumed of a storage that says nothing counts for so long (s).
ASSUME_S = 120.0


@frozen
class SplitMemory:
    """``grid``: samples of the meter; ``own_w``: what loads drew of the surplus in the last ticks;
    ``giving``, ``taking``: the turns of each direction."""

    grid: Points = ()
    own_w: tuple[float, ...] = ()
    each: tuple[Each, ...] = ()
    giving: Turns = Turns()
    taking: Turns = Turns()


class Split(NamedTuple):
    """One tick. ``need_w``: + the house needs it, - surplus to be stored, None: not known;
    ``grid_w``: the meter's last sample; ``without_w``: what it would show without the storages (W,
    NaN: not known)."""

    commands: tuple[Command, ...]
    memory: SplitMemory
    need_w: float | None
    grid_w: float
    without_w: float


def split_step(
    split: SplitSettings,
    memory: SplitMemory,
    site: Site | None,
    views: tuple[StorageView, ...],
    own_w: float,
    instant: Instant,
    dt_s: float,
) -> Split:
    """``own_w``: what our loads draw of the surplus (W), wishes and bought heat left out."""
    now_s = instant.mono_s
    grid = memory.grid
    reading = None if site is None else site.grid_w
    if reading is not None and _usable(reading, now_s):
        grid = added(grid, reading.at_s, float(reading.value or 0.0))
    silent = not grid or now_s - grid[-1][0] > split.meter_silent_s
    each = _heard(split, memory, views, now_s, dt_s, not silent)
    recent_w = (max(0.0, own_w), *memory.own_w[: OWN_TICKS - 1])
    need_w: float | None = None
    without_w = math.nan
    giving, taking = memory.giving, memory.taking
    if silent:
        pairs = zip(split.storages, each, strict=True)
        wishes = tuple([_stopped(params, one) for params, one in pairs])
    else:
        each = _guessed(grid, each, grid is not memory.grid)
        without_w = house_w(grid, tuple([one.track for one in each if one.state in SERVING]))
        need_w = needed_w(split, without_w, recent_w)
        wishes, giving, taking = shared(split, each, need_w, giving, taking, dt_s)
        if need_w <= LEAST_W < without_w - split.setpoint_w:
            wishes = tuple([_for_loads(wish) for wish in wishes])
    triples = zip(split.storages, each, wishes, strict=True)
    each = tuple([_asked(params, one, wish, now_s, dt_s) for params, one, wish in triples])
    changes_w = changes(split, each, wishes)
    commands = tuple(
        [
            _command(one, wish, change_w, need_w, now_s)
            for one, wish, change_w in zip(each, wishes, changes_w, strict=True)
        ]
    )
    kept = SplitMemory(grid, recent_w, each, giving, taking)
    grid_w = grid[-1][1] if grid else math.nan
    return Split(commands, kept, need_w, grid_w, without_w)


def _for_loads(wish: Wish) -> Wish:
    """The house draws, but for loads of ours alone."""
    return Wish(wish.watts, Why.SURPLUS_FIRST) if wish.why == Why.NO_NEED else wish


def needed_w(split: SplitSettings, without_w: float, recent_w: tuple[float, ...]) -> float:
    """What the storages are to give (W), or to take (< 0).

    ``without_w``: the grid without them; ``recent_w``: what loads drew of the surplus, now and in
    the ticks before. The house's need is counted with the most of those, surplus with the least,
    so a load that has just switched is never fed. Worked: 2300 W, 2000 W of them by a heater:
    300 W.
    """
    given_w = without_w - max(recent_w, default=0.0) - split.setpoint_w
    if given_w > 0.0:
        return given_w
    back_w = min(recent_w, default=0.0) if split.charge_first else 0.0
    return min(0.0, without_w - back_w - split.setpoint_w)


def _stopped(params: StorageSettings, one: Each) -> Wish:
    """Without a meter: to rest, or to the least that it is kept at, if it can do so little. One
    that rests already is not woken, and one that does not follow is not held."""
    if one.state not in SERVING:
        return Wish(0.0, absent(one))
    gives_w = -one.track.reports[-1][1]
    stays = one.state == State.WELL and params.min_discharge_w > 0.0 and gives_w >= RESTS_W
    return Wish(-least_w(params) if stays else 0.0, Why.METER_SILENT)


def _heard(
    split: SplitSettings,
    memory: SplitMemory,
    views: tuple[StorageView, ...],
    now_s: float,
    dt_s: float,
    judged: bool,
) -> tuple[Each, ...]:
    """Every storage after what it said in this tick; before it says anything as the owner said."""
    known = {one.id: one for one in memory.each}
    seen = {view.id: view for view in views}
    each: list[Each] = []
    for params in split.storages:
        one = known.get(params.id, Each(params.id))
        view = seen.get(params.id, StorageView(params.id))
        each.append(each_step(one, _assumed(split, one, view, now_s), dt_s, judged))
    return tuple(each)


def _guessed(grid: Points, each: tuple[Each, ...], fresh: bool) -> tuple[Each, ...]:
    """With what those in service give at the last sample of the grid."""
    tracks = iter(guessed(grid, tuple([o.track for o in each if o.state in SERVING]), fresh))
    return tuple([o._replace(track=next(tracks)) if o.state in SERVING else o for o in each])


def _asked(params: StorageSettings, one: Each, wish: Wish, now_s: float, dt_s: float) -> Each:
    """Remembered: where it is sent."""
    from_w, over_w = known_w(params, one), wish.watts
    if params.adjusts and from_w is not None:
        lowest_w, highest_w = limits_w(params)
        over_w = max(lowest_w, min(highest_w, over_w + wish.watts - from_w))
        one = stepped(one, wish.watts, from_w, dt_s)
    return asked(one, wish.watts, over_w, now_s)


def _assumed(split: SplitSettings, one: Each, view: StorageView, now_s: float) -> StorageView:
    """What is taken for true of a storage of which nothing has been heard yet, for a time."""
    early = one.state == State.UNHEARD or (one.state == State.WELL and one.since_s < ASSUME_S)
    if not split.assume or one.heard or not early:
        return view
    power_w, soc_pct = view.power_w, view.soc_pct
    if power_w.value is None:
        power_w = Reading(-split.assumed_w, now_s, ASSUMED)
    if soc_pct.value is None:
        soc_pct = Reading(split.assumed_soc_pct, now_s, ASSUMED)
    return StorageView(view.id, power_w, soc_pct, view.connected, view.fault)


def _usable(reading: Reading, now_s: float) -> bool:
    """A number with a time that can be true."""
    number = reading.value is not None and math.isfinite(reading.value)
    return number and math.isfinite(reading.at_s) and reading.at_s <= now_s + AHEAD_S


def _command(one: Each, wish: Wish, change_w: float, need_w: float | None, now_s: float) -> Command:
    from_w = None if math.isnan(change_w) else wish.watts - change_w
    numbers = () if need_w is None else (("need_w", need_w),)
    if not math.isnan(one.soc_pct):
        numbers = (*numbers, ("soc_pct", one.soc_pct))
    why = wish.why
    if why == Why.NOT_FOLLOWING:
        numbers = (*numbers, ("asked_w", one.short_w))
    if one.state == State.WELL and not one.heard:
        why = Why.ASSUMED
    return Command(one.id, wish.watts, now_s + EXPIRES_S, Reason(why, numbers), False, from_w)
