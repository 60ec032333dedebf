"""Is the source alive? It is not when no meter moves although our own draw did. A kernel.

Meters of a living home flutter by a watt or more from one second to the next. A driver that has
stopped shows the same numbers for ever, with fresh times. So: load, grid, battery and PV all the
same to the watt for ``STILL_S``, and meanwhile two steps of ours of at least 200 W (or as many
watts in smaller ones) old enough to show. The verdict ends when a meter moves.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.shape import replaceable

STEP_W = 200.0
STEPS = 2
STILL_S = 20.0
SETTLE_S = 5.0
MOVED_W = 1.0
# In a home so quiet that nothing ever moves the verdict must end, too.
RETRY_S = 600.0


class FrozenMeters(NamedTuple):
    """The home's meters in watts, NaN missing. ``own_w``: what our loads should draw in all."""

    load_w: float
    grid_w: float
    battery_w: float
    pv_w: float
    own_w: float
    age_s: float
    fresh: bool


@replaceable
class FrozenState(NamedTuple):
    frozen: bool = False
    load_w: float = math.nan
    grid_w: float = math.nan
    battery_w: float = math.nan
    pv_w: float = math.nan
    still_s: float = 0.0  # no meter has moved for so long
    own_w: float = 0.0
    moved_w: float = 0.0  # our own movement meanwhile
    moved_s: float = 0.0  # since it amounted to two steps
    wait_s: float = 0.0


def frozen_step(state: FrozenState, meters: FrozenMeters, dt_s: float) -> FrozenState:
    """One tick; ``frozen`` of the result says that the numbers are not to be trusted.

    Worked: the knob goes from 0 to 200 W, later to 400 W, and for 20 s, the last 5 of them
    after the second step, load, grid, battery and PV stay what they were: frozen.
    """
    if meters.fresh and _moved(state, meters):
        return FrozenState(
            load_w=meters.load_w,
            grid_w=meters.grid_w,
            battery_w=meters.battery_w,
            pv_w=meters.pv_w,
            own_w=meters.own_w,
        )
    if state.frozen:
        wait_s = state.wait_s - dt_s
        return FrozenState() if wait_s <= 0.0 else state._replace(wait_s=wait_s)
    moved_w = state.moved_w + abs(meters.own_w - state.own_w)
    enough = moved_w >= STEPS * STEP_W - 0.5
    state = state._replace(
        still_s=state.still_s + dt_s,
        own_w=meters.own_w,
        moved_w=moved_w,
        moved_s=state.moved_s + dt_s if enough and state.moved_w >= STEPS * STEP_W - 0.5 else 0.0,
    )
    seen = state.moved_s >= SETTLE_S + meters.age_s
    if meters.fresh and enough and seen and state.still_s >= STILL_S:
        return state._replace(frozen=True, wait_s=RETRY_S)
    return state


def _moved(state: FrozenState, meters: FrozenMeters) -> bool:
    """A meter differs from where the stillness began; one that came or went differs, too."""
    return (
        _differs(state.load_w, meters.load_w)
        or _differs(state.grid_w, meters.grid_w)
        or _differs(state.battery_w, meters.battery_w)
        or _differs(state.pv_w, meters.pv_w)
    )


def _differs(before_w: float, now_w: float) -> bool:
    if math.isnan(before_w) or math.isnan(now_w):
        return math.isnan(before_w) != math.isnan(now_w)
    return abs(now_w - before_w) >= MOVED_W
