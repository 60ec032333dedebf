"""What our own loads drew lately, and what of it a sample of some age shows.

A sample is a second or a minute old; whoever concludes anything from it has to know what our
own loads drew then. Ordinary code remembers each change, a kernel takes what it comes to
(``OwnPast``).
"""

from __future__ import annotations

import math
from bisect import bisect_left

from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState
from pvopt.model import LoadView

# No sample may be used that is older.
OLDEST_S = 300.0
# Loads that change by no more are at rest.
STILL_W = 1.0

# (since, watts) of each change, oldest first: what a tick finds drawn is drawn since the tick
# before, for outputs move only then.
History = tuple[tuple[float, float], ...]


def kept_s(now: SiteNow, tick_s: float) -> float:
    """How long changes are remembered (s): as old as samples of this kind may be, three ticks
    more, and for as long as any while there is no sample at all."""
    return (now.allowed_age_s if now.known else OLDEST_S) + 3.0 * tick_s


def remembered(
    history: History,
    last_s: float | None,
    now_s: float,
    own_w: float,
    kept_s: float,
    swing_w: float = 0.0,
) -> History:
    """The history with this tick's ``own_w``, what our loads should draw now (W).

    ``last_s``: instant of the tick before (mono), None: there was none; ``swing_w``: so much
    more they may have drawn since, on the way of a knob. A clock that jumped back begins anew.
    Worked: 0 W until the tick of 100 s, 500 W at that of 101 s: since 100 s.
    """
    if last_s is None or now_s < last_s or not history:
        return ((now_s, own_w),)
    earliest_s = now_s - kept_s
    if len(history) > 1 and history[1][0] < earliest_s:
        history = history[bisect_left(history, (earliest_s, -math.inf)) - 1 :]
    if swing_w > STILL_W:
        return (*history, (last_s, own_w + swing_w), (last_s, own_w))
    return history if history[-1][1] == own_w else (*history, (last_s, own_w))


def swing_w(views: tuple[LoadView, ...], ids: tuple[str, ...]) -> float:
    """What loads by these names may have drawn beyond what they should, on a knob's way (W)."""
    return sum([max(0.0, v.most_w - v.expected_w) for v in views if v.id in ids], 0.0)


def own_past(history: History, now_s: float, age_s: float, tick_s: float) -> OwnPast:
    """What our loads drew when a sample was made that is ``age_s`` old.

    The most and the least of the tick that this instant is nearest to and the one before; they
    were still if nothing changed from two ticks before it to one after. What was drawn before
    the history began is not known: never still. Worked: 0 W, then 500 W found at the tick of
    101 s, a tick a second: a sample of 101 s shows 0 to 500 W, one of 102 s shows 500 W, one
    of 103 s 500 W, still.
    """
    shown_s = now_s - age_s - 0.5 * tick_s
    before_s, earliest_s = shown_s - tick_s, shown_s - 2.0 * tick_s
    since_s, watts = history[-1]
    if since_s < earliest_s:
        return OwnPast(watts, watts, True)
    latest_s = min(shown_s + tick_s, now_s)
    high_w = most_w = -math.inf
    low_w = least_w = until_s = math.inf
    for k in range(max(1, bisect_left(history, (latest_s, -math.inf))) - 1, -1, -1):
        since_s, watts = history[k]
        most_w, least_w = max(most_w, watts), min(least_w, watts)
        if since_s < shown_s and until_s >= before_s:
            high_w, low_w = max(high_w, watts), min(low_w, watts)
        if since_s < earliest_s:
            return OwnPast(high_w, low_w, most_w - least_w <= STILL_W)
        until_s = since_s
    if not until_s < before_s:  # before the history began its oldest watts count
        high_w, low_w = max(high_w, watts), min(low_w, watts)
    return OwnPast(high_w, low_w, False)


def past_now(world: WorldState, own_w: float) -> OwnPast:
    """``own_past`` for a sample of this very tick. A kernel.

    ``world``: as the tick before left it; ``own_w``: what our loads should draw now (W).
    """
    before_w = own_w if math.isinf(world.own_w) else world.own_w
    earlier_w = before_w if math.isinf(world.own_1_w) else world.own_1_w
    high_w, low_w = max(own_w, before_w), min(own_w, before_w)
    change_w = max(high_w, earlier_w) - min(low_w, earlier_w)
    return OwnPast(high_w, low_w, math.isfinite(world.own_2_w) and change_w <= STILL_W)
