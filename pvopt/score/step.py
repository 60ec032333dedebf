"""One tick of the score: what our loads drew and out of what, what was left, and why. Pure.

Measured: what was drawn, and sun that went to the grid. Sun that is held back is in no meter:
what the panels gave when they were last free, along with the clear sky since then, is taken for
what they could give now. That part is an estimate and told as such.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.site import STANDING_W, ceiling_w
from pvopt.decide.site_now import SiteNow
from pvopt.score.causes import BEYOND, Cause

# A sample older than this is late: the search works with less than it could.
LATE_S = 10.0
# Panels under less than so much of a clear sky tell nothing of a brighter one (W).
DARK_W = 50.0
# The battery takes more than was last seen once so much has come out of it again (%).
ACCEPTS_PCT = 2.0


class Share(NamedTuple):
    """One load: watts that it draws, those that it can draw, why it does not draw more;
    ``first``: it may take what would charge the battery."""

    draws_w: float
    max_w: float
    cause: Cause
    first: bool = False


class Guess(NamedTuple):
    """What was seen last: PV power of panels that nothing held back, under which clear sky (W);
    what the battery took when there was more, and how full it was. NaN: not seen yet."""

    free_w: float = math.nan
    clear_w: float = math.nan
    accepts_w: float = math.nan
    soc_pct: float = math.nan


class Flows(NamedTuple):
    """Watts of one tick, all >= 0. ``missed_w``: by cause; ``guessed_w``: of those, the sun that
    no meter showed."""

    caught_w: float
    grid_w: float
    battery_w: float
    charging_w: float
    missed_w: tuple[float, ...]
    guessed_w: float


def flows_of(
    guess: Guess, now: SiteNow, held_back: bool, clear_w: float, loads: tuple[Share, ...]
) -> tuple[Guess, Flows]:
    """``clear_w``: PV power under a clear sky (W, NaN: not known).

    Worked: 1500 W drawn, 200 W from the grid, 100 W out of the battery: 1200 W caught. 300 W
    exported while a load of 2000 W waits for its delay: 300 W missed by waiting.
    """
    own_w = sum([one.draws_w for one in loads], 0.0)
    battery_w = 0.0 if math.isnan(now.battery_w) else now.battery_w
    setpoint_w = 0.0 if math.isnan(now.setpoint_w) else max(0.0, min(STANDING_W, now.setpoint_w))
    grid_w = min(own_w, max(0.0, now.grid_w - setpoint_w))
    taken_w = min(own_w - grid_w, max(0.0, -battery_w))
    export_w = max(0.0, -now.grid_w - max(0.0, -battery_w))
    if not math.isnan(now.pv_w):  # what a battery elsewhere or a generator exports is no sun
        export_w = min(export_w, now.pv_w)
    more = held_back or export_w > 0.0
    guess = _seen(guess, now, held_back, more, battery_w, clear_w)
    rest_w = own_w - grid_w - taken_w
    firsts_w = sum([one.draws_w for one in loads if one.first], 0.0)
    charging_w = 0.0
    if now.has_battery and not more:
        charging_w = min(max(0.0, rest_w - firsts_w), max(0.0, guess.accepts_w - battery_w))
        charging_w = 0.0 if math.isnan(guess.accepts_w) else charging_w
    hidden_w = _hidden_w(guess, now, clear_w) if held_back else 0.0
    missed_w = _missed(loads, export_w, hidden_w, _from_sun_w(now, battery_w), now)
    return guess, Flows(rest_w, grid_w, taken_w, charging_w, missed_w, hidden_w)


def _seen(
    guess: Guess, now: SiteNow, held_back: bool, more: bool, battery_w: float, clear_w: float
) -> Guess:
    """What this sample shows of panels and battery."""
    if not held_back and not math.isnan(now.pv_w):
        guess = guess._replace(free_w=now.pv_w, clear_w=clear_w)
    if more and battery_w >= 0.0:
        return guess._replace(accepts_w=battery_w, soc_pct=now.soc_pct)
    if now.soc_pct < guess.soc_pct - ACCEPTS_PCT:
        return guess._replace(accepts_w=math.nan, soc_pct=math.nan)
    return guess


def _from_sun_w(now: SiteNow, battery_w: float) -> float:
    """What charges the battery and comes from the panels (W): what the grid gives meanwhile is
    taken off. Worked: 3000 W charged, 500 W imported, 2000 W of sun: 2000 W."""
    sun_w = max(0.0, battery_w - max(0.0, now.grid_w))
    return sun_w if math.isnan(now.pv_w) else min(sun_w, now.pv_w)


def _hidden_w(guess: Guess, now: SiteNow, clear_w: float) -> float:
    """What the panels could give beyond what they do, as far as it can be known (W).

    Worked: 3 W at dawn under 0.1 W of clear sky are no 90 kW under 3000 W.
    """
    could_w = guess.free_w
    if guess.clear_w >= DARK_W and clear_w > 0.0:
        could_w *= clear_w / guess.clear_w
    if not math.isnan(clear_w):
        could_w = min(could_w, ceiling_w(clear_w))
    more_w = could_w - now.pv_w
    return more_w if more_w > 0.0 else 0.0  # NaN: nothing is known


def _missed(
    loads: tuple[Share, ...], export_w: float, hidden_w: float, charging_w: float, now: SiteNow
) -> tuple[float, ...]:
    """Share out what was left among the loads that could have had it, in the order of ranks;
    those that could take no more come last. The parts add up to what was left."""
    parts = [0.0] * len(Cause)
    rooms_w = [max(0.0, one.max_w - one.draws_w) for one in loads]
    late = now.now_s - now.at_s > LATE_S
    # What charges the battery is there for the loads before it only.
    for rank, one in enumerate(loads):
        if one.first and charging_w > 0.0 and one.cause not in BEYOND:
            part_w = min(charging_w, rooms_w[rank])
            parts[Cause.LATE if late and one.cause == Cause.WAITING else one.cause] += part_w
            charging_w -= part_w
            rooms_w[rank] -= part_w
    for beyond in (False, True):
        for rank, one in enumerate(loads):
            if (one.cause in BEYOND) != beyond:
                continue
            seen_w = min(export_w, rooms_w[rank])
            found_w = min(hidden_w, rooms_w[rank] - seen_w)
            cause, dark = one.cause, one.cause
            if one.cause == Cause.WAITING:
                cause, dark = (Cause.LATE, Cause.LATE) if late else (one.cause, Cause.HIDDEN)
            parts[cause] += seen_w
            parts[dark] += found_w
            export_w -= seen_w
            hidden_w -= found_w
    parts[Cause.SMALL] += export_w + hidden_w
    return tuple(parts)
