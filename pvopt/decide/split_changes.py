"""What each storage is told to change by: enough to move it, not so much that it goes too far.

Ordinary Python, pure.
"""

from __future__ import annotations

import math

from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.split_each import Each, State, coming
from pvopt.decide.split_house import now_at
from pvopt.decide.split_sides import Wish, least_w
from pvopt.model import Why

# A storage that takes changes may do nothing for less (W).
DEAD_BAND_W = 12.0
# What moves one for certain, nine tenths of it: a storage that sees our words late is asked for
# less at a time, but from rest for no less than this (W).
LEAST_CHANGE_W = 14.0
# One that gives less than this rests (W), and is woken by so much of its floor: nine tenths of that
# reach it.
RESTS_W, WAKES = 5.0, 1.15


def limits_w(params: StorageSettings) -> tuple[float, float]:
    """Between what it may ever be (W, our sign)."""
    return -max(params.max_discharge_w + params.boost_w, least_w(params)), params.max_charge_w


def known_w(params: StorageSettings, one: Each) -> float | None:
    """What it gives now (W), where anything is known of that.

    One that has fallen silent and can only give is stopped by what it gave last: told that again
    and again it ends at nothing. One that can take could end anywhere, and is left.
    """
    if one.track.reports:
        said_w, now_w = one.track.reports[-1][1], now_at(one.track)
        if math.isnan(now_w):
            return said_w
        lowest_w, highest_w = limits_w(params)  # a guess beyond them is none
        return max(min(lowest_w, said_w), min(max(highest_w, said_w), now_w))
    stoppable = params.max_charge_w <= 0.0 and one.last_w < 0.0
    return one.last_w if stoppable else None


def changes(
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
        from_w = known_w(params, one)
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
    found: list[float] = []
    for params, one, wish, gap_w in zip(split.storages, each, wishes, changes_w, strict=True):
        change_w = _part_w(params, one, wish.why, gap_w)
        found.append(_within(params, one, wish.watts, change_w) if params.adjusts else change_w)
    return tuple(found)


def _within(params: StorageSettings, one: Each, wish_w: float, change_w: float) -> float:
    """A change that takes it no further than it may go, from where it said that it is and from
    where it is believed to be; nor beyond nothing where it is to rest, or to do the opposite: what
    it gives would flow into one that takes (W)."""
    from_w = known_w(params, one)
    if from_w is None:
        return change_w
    lowest_w, highest_w = limits_w(params)
    said_w = one.last_w
    if change_w < 0.0:
        end_w = 0.0 if wish_w >= 0.0 else lowest_w
        change_w = max(change_w, min(0.0, end_w - min(from_w, said_w)))
    else:
        end_w = 0.0 if wish_w <= 0.0 else highest_w
        change_w = min(change_w, max(0.0, end_w - max(from_w, said_w)))
    return max(lowest_w - said_w, min(highest_w - said_w, change_w))


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
        from_w = known_w(params, one) or 0.0
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
