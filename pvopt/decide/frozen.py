"""Is the source alive? It is not when no number of it moves although our own draw did. A kernel.

Meters of a living home flutter by a watt or more from one second to the next. A driver that has
stopped shows the same numbers for ever, with fresh times. So: every number the same for
``STILL_S`` and half as long again as it ever was of late while the source was alive, and
meanwhile two steps of ours of at least 200 W (or as many watts in smaller ones) old enough to
show. A source of rare samples, or one that makes up a minute's, is thus given its minutes; and
a heater behind an open thermostat, which answers to no step, is told from a driver that stopped.

Without a step: nothing moves for ten minutes and ten samples while we draw, in a home whose
numbers lately did move by themselves. By night a home can be as still as that; while the sun
carries a heater it is not, unless its sun and house are drawn with a ruler.

The verdict ends when a number moves, or by itself: a home that is so still must not stay off.
"""

from __future__ import annotations

import math
from typing import NamedTuple

STEP_W = 200.0
STEPS = 2
STILL_S = 20.0
SETTLE_S = 5.0
MOVED_W = 1.0
MOVED_V = 0.005  # half of what sources round to
MOVED_PCT = 0.05
# What a living source showed unchanged is longer than that by chance.
LONGER = 1.5
MOST_STILL_S = 300.0  # nothing longer is learned: it may have been a driver that stopped
FADE_S = 3600.0
# With nothing moving for longer no other verdict is drawn.
LIVELY_S = 60.0
# Nothing moves for so long and so many samples while our loads should draw.
DRAWN_W = 50.0
DRAWN_S = 600.0
DRAWN_SAMPLES = 10
# Numbers that move so long after the last change of ours move by themselves; so many times in
# the last hour, or thereabouts, and they are known to.
BY_ITSELF_S = 30.0
BY_ITSELF = 10.0
# In a home so quiet that nothing ever moves the verdict must end, too; ever more rarely.
RETRY_S = 600.0
MOST_RETRY_S = 3600.0


class FrozenMeters(NamedTuple):
    """The home's meters, NaN missing. ``own_w``: what our loads should draw in all (W)."""

    load_w: float
    grid_w: float
    battery_w: float
    pv_w: float
    own_w: float
    age_s: float
    fresh: bool
    inverter_out_w: float = math.nan
    battery_v: float = math.nan
    soc_pct: float = math.nan
    frequency_hz: float = math.nan


class FrozenState(NamedTuple):
    frozen: bool = False
    proved: bool = True  # that it lives: a number has moved since the last verdict
    load_w: float = math.nan
    grid_w: float = math.nan
    battery_w: float = math.nan
    pv_w: float = math.nan
    inverter_out_w: float = math.nan
    battery_v: float = math.nan
    soc_pct: float = math.nan
    frequency_hz: float = math.nan
    still_s: float = 0.0  # no number has moved for so long
    samples: int = 0  # in that time
    longest_s: float = 0.0  # that it was so, faded
    drawn_s: float = 0.0  # of the time at rest, with our loads on
    rest_s: float = 0.0  # our loads have not changed for so long
    by_itself: float = 0.0  # samples that moved meanwhile, faded
    own_w: float = 0.0
    moved_w: float = 0.0  # our own movement meanwhile
    moved_s: float = 0.0  # since it amounted to two steps
    wait_s: float = 0.0
    retry_s: float = RETRY_S


def frozen_step(state: FrozenState, meters: FrozenMeters, dt_s: float) -> FrozenState:
    """One tick; ``frozen`` of the result says that the numbers are not to be trusted.

    Worked: the knob goes from 0 to 200 W, later to 400 W, and for 20 s, the last 5 of them
    after the second step, every number stays what it was: frozen. Where the numbers of late
    stood still for a minute at a time: 90 s.
    """
    state = state._replace(
        still_s=state.still_s + dt_s,
        longest_s=state.longest_s * math.exp(-dt_s / FADE_S),
        by_itself=state.by_itself * math.exp(-dt_s / FADE_S),
        rest_s=state.rest_s + dt_s if abs(meters.own_w - state.own_w) < MOVED_W else 0.0,
    )
    if meters.fresh and _moved(state, meters):
        return _alive(state, meters)
    if state.frozen:
        wait_s = state.wait_s - dt_s
        if wait_s > 0.0:
            return state._replace(wait_s=wait_s)
        return state._replace(
            frozen=False,
            still_s=0.0,
            samples=0,
            drawn_s=0.0,
            moved_w=0.0,
            moved_s=0.0,
            own_w=meters.own_w,
            retry_s=min(MOST_RETRY_S, 2.0 * state.retry_s),
        )
    moved_w = state.moved_w + abs(meters.own_w - state.own_w)
    enough = moved_w >= STEPS * STEP_W - 0.5
    state = state._replace(
        samples=state.samples + 1 if meters.fresh else state.samples,
        drawn_s=state.drawn_s + dt_s if meters.own_w >= DRAWN_W else 0.0,
        own_w=meters.own_w,
        moved_w=moved_w,
        moved_s=state.moved_s + dt_s if enough and state.moved_w >= STEPS * STEP_W - 0.5 else 0.0,
    )
    seen = enough and state.moved_s >= SETTLE_S + meters.age_s
    unanswered = seen and state.still_s >= max(STILL_S, LONGER * state.longest_s)
    idle = state.drawn_s >= DRAWN_S + meters.age_s and state.samples >= DRAWN_SAMPLES
    idle = idle and state.by_itself >= BY_ITSELF
    if meters.fresh and (unanswered or idle):
        return state._replace(frozen=True, proved=False, wait_s=state.retry_s)
    return state


def lively(state: FrozenState) -> bool:
    """Whether the numbers may be held against what our loads do: that a contact opened and the
    load stayed is no news from a source that may have stopped."""
    return state.proved and state.still_s <= max(LIVELY_S, LONGER * state.longest_s)


def _alive(state: FrozenState, meters: FrozenMeters) -> FrozenState:
    """A number moved: the time at rest is over, and was as long as it was."""
    return FrozenState(
        load_w=meters.load_w,
        grid_w=meters.grid_w,
        battery_w=meters.battery_w,
        pv_w=meters.pv_w,
        inverter_out_w=meters.inverter_out_w,
        battery_v=meters.battery_v,
        soc_pct=meters.soc_pct,
        frequency_hz=meters.frequency_hz,
        samples=1,
        longest_s=max(state.longest_s, min(MOST_STILL_S, state.still_s)),
        rest_s=state.rest_s,
        by_itself=state.by_itself + (1.0 if state.rest_s >= BY_ITSELF_S else 0.0),
        own_w=meters.own_w,
    )


def _moved(state: FrozenState, meters: FrozenMeters) -> bool:
    """A number differs from where the stillness began; one that came or went differs, too."""
    return (
        _differs(state.load_w, meters.load_w, MOVED_W)
        or _differs(state.grid_w, meters.grid_w, MOVED_W)
        or _differs(state.battery_w, meters.battery_w, MOVED_W)
        or _differs(state.pv_w, meters.pv_w, MOVED_W)
        or _differs(state.inverter_out_w, meters.inverter_out_w, MOVED_W)
        or _differs(state.battery_v, meters.battery_v, MOVED_V)
        or _differs(state.soc_pct, meters.soc_pct, MOVED_PCT)
        or _differs(state.frequency_hz, meters.frequency_hz, MOVED_V)
    )


def _differs(before: float, now: float, least: float) -> bool:
    if math.isnan(before) or math.isnan(now):
        return math.isnan(before) != math.isnan(now)
    return abs(now - before) >= least
