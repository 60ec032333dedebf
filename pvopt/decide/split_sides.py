"""One direction of the storages, giving or taking: who takes part, and with how much each.

Ordinary Python.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.split_each import RETURN_S, Each, State, is_able, most_now_w
from pvopt.decide.split_shares import Part, allocate, weights_of
from pvopt.decide.split_turns import Chair, Turns, choose
from pvopt.model import Why

# Surplus and need below this are none (W): a storage does not wake for the meter's flutter.
LEAST_W = 5.0
SERVING = (State.WELL, State.SHORT)


class Wish(NamedTuple):
    """Watts for one storage, our sign, and why."""

    watts: float
    why: Why


def shared(
    split: SplitSettings,
    each: tuple[Each, ...],
    need_w: float,
    giving: Turns,
    taking: Turns,
    dt_s: float,
) -> tuple[tuple[Wish, ...], Turns, Turns]:
    """The wish of each: who takes part, and how much each has of it."""
    takes = [params.max_charge_w > 0.0 for params in split.storages]
    stored = need_w < -LEAST_W and any(
        take and is_able(one, False) for take, one in zip(takes, each, strict=True)
    )
    if stored:
        wishes, taking = _side(split, each, -need_w, taking, False, dt_s)
        return wishes, Turns(giving.order, (), giving.turn_s), taking
    wishes, giving = _side(split, each, need_w, giving, True, dt_s)
    return wishes, giving, Turns(taking.order, (), taking.turn_s)


def _side(
    split: SplitSettings,
    each: tuple[Each, ...],
    need_w: float,
    turns: Turns,
    giving: bool,
    dt_s: float,
) -> tuple[tuple[Wish, ...], Turns]:
    """One direction; watts of ``need_w`` are >= 0 where it is any."""
    sign = -1.0 if giving else 1.0
    fixed: dict[str, Wish] = {}
    able: list[tuple[StorageSettings, Each]] = []
    for params, one in zip(split.storages, each, strict=True):
        if is_able(one, giving):
            if giving or params.max_charge_w > 0.0:
                able.append((params, one))
            else:
                fixed[params.id] = Wish(0.0, Why.NO_NEED)
        elif one.state == State.SHORT:
            room_w = need_w - math.fsum([abs(wish.watts) for wish in fixed.values()])
            still_w = _still(params, one, room_w, giving)
            fixed[params.id] = Wish(sign * still_w, Why.NOT_FOLLOWING)
        else:
            fixed[params.id] = Wish(0.0, absent(one))
    left_w = need_w - math.fsum([abs(wish.watts) for wish in fixed.values()])
    chairs = tuple([_chair(params, giving) for params, _ in able])
    turns = choose(chairs, left_w, turns, split.rotation_s, dt_s)
    active = [(params, one) for params, one in able if params.id in turns.active]
    socs_pct = tuple([one.soc_pct for _, one in active])
    weights = weights_of(socs_pct, split.threshold_pct, split.rate, giving)
    parts = tuple(
        [
            _part(params, one, weight * params.efficiency, giving)
            for (params, one), weight in zip(active, weights, strict=True)
        ]
    )
    watts, _ = allocate(left_w, parts)
    even = max(weights, default=1.0) - min(weights, default=1.0) < 1e-9
    for (params, one), part, given_w in zip(active, parts, watts, strict=True):
        fixed[params.id] = Wish(sign * given_w, _why(one, part, given_w, even, giving))
    resting = Why.RESTING if left_w > LEAST_W and active else Why.NO_NEED
    none = Wish(0.0, resting)
    return tuple([fixed.get(params.id, none) for params in split.storages]), turns


def _still(params: StorageSettings, one: Each, room_w: float, giving: bool) -> float:
    """What one that does not follow is asked for: what it does, and no more than is needed."""
    chair = _chair(params, giving)
    most_w = params.max_discharge_w + params.boost_w if giving else params.max_charge_w
    does_w = -one.track.reports[-1][1] if giving else one.track.reports[-1][1]
    still_w = min(most_w, max(0.0, does_w))
    if still_w <= room_w:
        return still_w
    kept_w = chair.floor_w if chair.kept else 0.0
    return max(kept_w, room_w if room_w >= chair.floor_w else 0.0)


def least_w(params: StorageSettings) -> float:
    """The least that it gives where it gives anything (W)."""
    return max(params.floor_w, params.min_discharge_w)


def _chair(params: StorageSettings, giving: bool) -> Chair:
    if giving:
        return Chair(params.id, least_w(params), params.min_discharge_w > 0.0)
    return Chair(params.id, params.min_charge_w)


def _part(params: StorageSettings, one: Each, weight: float, giving: bool) -> Part:
    chair = _chair(params, giving)
    most_w = params.max_discharge_w if giving else params.max_charge_w
    most_w = max(chair.floor_w, most_now_w(one, most_w))
    return Part(weight, chair.floor_w, most_w, params.boost_w if giving else 0.0)


def _why(one: Each, part: Part, given_w: float, even: bool, giving: bool) -> Why:
    if given_w >= part.most_w > 0.0:
        coming = not math.isnan(one.back_w) and one.since_s < RETURN_S
        return Why.RETURNING if coming else Why.AT_LIMIT
    if not giving:
        return Why.CHARGING if given_w > 0.0 else Why.NO_NEED
    if given_w <= part.least_w:
        return Why.AT_LEAST if given_w > 0.0 else Why.NO_NEED
    return Why.SHARING if even else Why.REBALANCING


def absent(one: Each) -> Why:
    """Why one that is not in service does nothing."""
    return Why.STORAGE_OFFLINE if one.state == State.OFFLINE else Why.STORAGE_SILENT
