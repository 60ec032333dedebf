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
from pvopt.decide.split_each import (
    ASSUMED,
    Each,
    State,
    asked,
    coming,
    each_step,
    stepped,
)
from pvopt.decide.split_house import Points, added, guessed, house_w, now_at
from pvopt.decide.split_sides import LEAST_W, SERVING, Wish, absent, least_w, shared
from pvopt.decide.split_turns import Turns
from pvopt.model import Command, Instant, Reading, Reason, Site, StorageView, Why
from pvopt.shape import frozen

# A command outlives its tick by no more than this.
EXPIRES_S = 5.0
# Ticks in which what our loads draw may not be in the meter yet.
OWN_TICKS = 5
# A storage that takes changes may do nothing for less (W).
DEAD_BAND_W = 12.0
# What moves one for certain, nine tenths of it: a storage that sees our words late is asked for
# less at a time, but from rest for no less than this (W).
LEAST_CHANGE_W = 14.0
# One that gives less than this rests (W), and is woken by so much of its floor: nine tenths of that
# reach it.
RESTS_W, WAKES = 5.0, 1.15
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
    changes_w = _changes(split, each, wishes)
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
    from_w, over_w = _known(params, one), wish.watts
    if params.adjusts and from_w is not None:
        over_w += wish.watts - from_w
        one = stepped(one, wish.watts, from_w, dt_s)
    return asked(one, wish.watts, over_w, now_s)


def _known(params: StorageSettings, one: Each) -> float | None:
    """What it gives now (W), where anything is known of that.

    One that has fallen silent and can only give is stopped by what it gave last: told that again
    and again it ends at nothing. One that can take could end anywhere, and is left.
    """
    if one.track.reports:
        now_w = now_at(one.track)
        return one.track.reports[-1][1] if math.isnan(now_w) else now_w
    stoppable = params.max_charge_w <= 0.0 and one.last_w < 0.0
    return one.last_w if stoppable else None


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


def _changes(
    split: SplitSettings, each: tuple[Each, ...], wishes: tuple[Wish, ...]
) -> tuple[float, ...]:
    """What each is to change by (W, NaN: not known what it gives).

    Of those that take changes none may move for a few watts. What all of them lack together is
    left with those that have gone as far the other way; the rest is asked of one, the quickest,
    where that moves it. The last watts of one on its way are not lacking.
    """
    changes_w: list[float] = []
    small: list[int] = []
    large: list[int] = []
    for place, (params, one, wish) in enumerate(zip(split.storages, each, wishes, strict=True)):
        from_w = _known(params, one)
        gap_w = math.nan if from_w is None else wish.watts - from_w
        if params.adjusts and one.state == State.WELL and wish.watts != 0.0:
            if abs(gap_w) >= DEAD_BAND_W:
                large.append(place)
            elif not math.isnan(gap_w) and not coming(one, gap_w):
                small.append(place)
        changes_w.append(gap_w)
    lacking_w = math.fsum([changes_w[place] for place in small])
    if small and len(small) + len(large) > 1:
        left_w = _left(lacking_w, changes_w, small, large)
        if abs(left_w) >= DEAD_BAND_W:
            quickest = min(small, key=lambda place: (round(each[place].answer_s), place))
            changes_w[quickest] = left_w
    whys = [wish.why for wish in wishes]
    changes = zip(split.storages, each, whys, changes_w, strict=True)
    return tuple([_part_w(*change) for change in changes])


def _part_w(params: StorageSettings, one: Each, why: Why, gap_w: float) -> float:
    """Of what it lacks, what it is asked to change by at once; from rest never so little that it
    would do nothing (W)."""
    if not params.adjusts or math.isnan(gap_w):
        return gap_w
    if why == Why.METER_SILENT and params.min_discharge_w > 0.0:
        return _down_w(one, gap_w)
    part_w = one.step * abs(gap_w)
    if not coming(one, gap_w) and not coming(one, -gap_w):
        part_w = max(part_w, min(abs(gap_w), LEAST_CHANGE_W))
        floor_w = params.floor_w if gap_w < 0.0 else params.min_charge_w
        from_w = _known(params, one) or 0.0
        wakes = round(abs(from_w + gap_w), 3) >= floor_w  # at rest it may say 3 W
        if abs(from_w) < RESTS_W and wakes:
            part_w = max(part_w, WAKES * floor_w)
    return math.copysign(part_w, gap_w)


def _down_w(one: Each, gap_w: float) -> float:
    """Without a meter, to the least that it is kept at: never up, and not through its floor though
    it adds a number twice before it says where it is (W)."""
    if gap_w <= 0.0 or coming(one, gap_w):
        return 0.0
    return max(0.5 * gap_w, min(gap_w, LEAST_CHANGE_W))


def _left(lacking_w: float, changes_w: list[float], small: list[int], large: list[int]) -> float:
    """Of what the small ones lack together (W), what the large ones have not done; in place."""
    for place in small:
        changes_w[place] = 0.0
    for place in large:
        if changes_w[place] * lacking_w < 0.0:
            off_w = math.copysign(min(abs(changes_w[place]), abs(lacking_w)), lacking_w)
            changes_w[place] += off_w
            lacking_w -= off_w
    return lacking_w


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
