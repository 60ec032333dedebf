"""What the house does by itself, so that it is not laid to our heater. A kernel.

A change of the load from one sample to the next counts as the house's own as far as our own
changes, of the time in which they can show, do not explain it. Two measures of it: a count of
jumps large enough to feign a heater, and the largest change, both fading with time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.shape import replaceable

# From the last change of a command until relay, knob and meters have come to rest.
SETTLE_S = 5.0
STEP_W = 200.0
JUMP_SHARE = 0.4  # of the heater's rating: a jump that could be taken for the heater
JUMPS_FADE_S = 300.0
FADE_SAMPLES = 20.0  # at least so many samples: rare ones catch few of a hob's pulses
UNREST_FADE_S = 60.0
HOUR_S = 3600.0
# Of an hour in which kettles are rare. A heater that breaks looks like one jump or two.
CALM_JUMPS = 2.5
# A kettle on and off is less than this; a hob, or an oven that holds its heat, is more.
RESTLESS = 1.7
# Our own watts are known no better than this.
EXPLAINS = 1.3
# Samples farther apart than this hide what happens between them.
QUICK_GAP_S = 10.0


@replaceable
class Unrest(NamedTuple):
    """``jumps``: of the house's own, faded; ``hour_jumps``: the same over about an hour;
    ``unrest_w``: the largest change, faded (W).

    ``up_w`` and ``down_w`` are our own movement since the window began, ``..._before_w`` that of
    the window before: one window is as long as a movement may need to show.
    """

    jumps: float = 0.0
    hour_jumps: float = 0.0
    unrest_w: float = 0.0
    last_load_w: float = math.nan
    since_s: float = 0.0  # since the last fresh sample
    gap_s: float = 0.0  # between the last two
    up_w: float = 0.0
    down_w: float = 0.0
    up_before_w: float = 0.0
    down_before_w: float = 0.0
    window_s: float = 0.0


def restless(unrest: Unrest) -> bool:
    """Whether jumps of a heater's size are ordinary here just now."""
    return unrest.jumps >= RESTLESS


def calm_hour(unrest: Unrest) -> bool:
    """Whether jumps of a heater's size have been rare for the last hour."""
    return unrest.hour_jumps < CALM_JUMPS


def quick(unrest: Unrest) -> bool:
    """Whether samples come often enough to see things happen one after the other."""
    return unrest.gap_s <= QUICK_GAP_S


def unrest_step(
    unrest: Unrest,
    load_w: float,
    fresh: bool,
    age_s: float,
    moved_w: float,
    switched_w: float,
    rating_w: float,
    dt_s: float,
) -> Unrest:
    """One tick. ``moved_w``: our change since the last (W, signed); ``switched_w``: watts that a
    contact which just switched may have added or taken, whatever was asked (W, >= 0).

    Worked: the knob goes 600 W up and within its window the load falls by 2000 W: a jump. It
    rises by 700 W: ours.
    """
    up_w = unrest.up_w + max(0.0, moved_w) + switched_w
    down_w = unrest.down_w + max(0.0, -moved_w) + switched_w
    window_s = unrest.window_s + dt_s
    since_s = unrest.since_s + dt_s
    unrest = unrest._replace(
        up_w=up_w,
        down_w=down_w,
        window_s=window_s,
        since_s=since_s,
        jumps=unrest.jumps * _jumps_left(unrest.gap_s, dt_s),
        hour_jumps=unrest.hour_jumps * math.exp(-dt_s / HOUR_S),
        unrest_w=unrest.unrest_w * math.exp(-dt_s / UNREST_FADE_S),
    )
    if fresh and not math.isnan(load_w):
        unrest = _sample(unrest, load_w, rating_w)
    if window_s < SETTLE_S + age_s + unrest.gap_s:
        return unrest
    return unrest._replace(
        up_w=0.0, down_w=0.0, up_before_w=unrest.up_w, down_before_w=unrest.down_w, window_s=0.0
    )


def _jumps_left(gap_s: float, dt_s: float) -> float:
    """The share of past jumps that still counts after ``dt_s``; of rare samples, for longer."""
    left = math.exp(-dt_s / JUMPS_FADE_S)
    if FADE_SAMPLES * gap_s > JUMPS_FADE_S:
        left = math.exp(-dt_s / (FADE_SAMPLES * gap_s))
    return left


def _sample(unrest: Unrest, load_w: float, rating_w: float) -> Unrest:
    """A fresh sample: how much of its change was not ours?"""
    came_w = load_w - unrest.last_load_w
    unrest = unrest._replace(last_load_w=load_w, gap_s=unrest.since_s, since_s=0.0)
    if math.isnan(came_w):
        return unrest
    ours_w = unrest.up_w + unrest.up_before_w
    if came_w < 0.0:
        ours_w = unrest.down_w + unrest.down_before_w
    own_w = max(0.0, abs(came_w) - EXPLAINS * ours_w)
    jump = own_w >= max(STEP_W, JUMP_SHARE * rating_w)
    more = 1.0 if jump else 0.0
    return unrest._replace(
        jumps=unrest.jumps + more,
        hour_jumps=unrest.hour_jumps + more,
        unrest_w=max(unrest.unrest_w, own_w),
    )
