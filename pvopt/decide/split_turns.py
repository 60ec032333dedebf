"""Who gives and who rests while there is too little for every floor: turns.

A storage that cannot give less than its floor is parked while the house needs less than the
floors of all. Those parked and those who give change places, so that nobody rests for ever.
"""

from __future__ import annotations

import math
from typing import NamedTuple

# Those who give stay on at their floors until so much more than the need has been given (Ws,
# half a watt-hour): a need that sways around the sum of floors is no reason to park and to wake.
SPARE_WS = 1800.0


class Turns(NamedTuple):
    """``order``: names, the next to give first; ``active``: who gives; ``turn_s``: of the present
    turn; ``spare_ws``: given beyond the need."""

    order: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    turn_s: float = 0.0
    spare_ws: float = 0.0


class Chair(NamedTuple):
    """One that could take part: ``floor_w``: its least; ``kept``: it is never parked."""

    id: str
    floor_w: float
    kept: bool = False


def choose(
    chairs: tuple[Chair, ...], need_w: float, turns: Turns, rotation_s: float, dt_s: float
) -> Turns:
    """Who gives in this tick: all of them while the need (W, >= 0) reaches their floors; else as
    many as it does, those whose turn it is.

    Worked: two with a floor of 80 W at a need of 100 W: one of them, the other after
    ``rotation_s``.
    """
    names = [chair.id for chair in chairs]
    order = tuple([name for name in turns.order if name in names])
    order += tuple([name for name in names if name not in order])
    turn_s, due = turns.turn_s + dt_s, False
    if turn_s >= rotation_s > 0.0:
        order, turn_s, due = order[1:] + order[:1], 0.0, True
    before = tuple([name for name in turns.active if name in names])
    first = order if due else before + tuple([name for name in order if name not in before])
    active = _reached(chairs, need_w, first)
    spare_ws = 0.0
    if not due and not set(before) <= set(active):
        beyond_w = math.fsum([chair.floor_w for chair in chairs if chair.id in before]) - need_w
        spare_ws = max(0.0, turns.spare_ws + beyond_w * dt_s)
        if spare_ws < SPARE_WS:
            active = before
        else:
            spare_ws = 0.0
    elif not due:
        over_w = need_w - math.fsum([chair.floor_w for chair in chairs if chair.id in active])
        spare_ws = max(0.0, turns.spare_ws - over_w * dt_s)
    return Turns(order, active, turn_s, spare_ws)


def _reached(chairs: tuple[Chair, ...], need_w: float, first: tuple[str, ...]) -> tuple[str, ...]:
    """Those whose floors the need reaches, in the order of ``first``; the kept ones always."""
    floors_w = {chair.id: chair.floor_w for chair in chairs}
    taken = [chair.id for chair in chairs if chair.kept]
    left_w = need_w - math.fsum([floors_w[name] for name in taken])
    for name in first:
        if name not in taken and need_w > 0.0 and floors_w[name] <= left_w:
            taken.append(name)
            left_w -= floors_w[name]
    return tuple([name for name in first if name in taken])
