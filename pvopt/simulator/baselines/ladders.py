"""The two rivals' laws for several loads in order of rank. Kernels' rules do not bind them.

Sources: ``regulation.py`` and ``equipment.py`` of Coturex/Wifi_Mqtt_SolarBalancer, and
``power_regulation.py`` and ``equipment.py`` of the fork of pierrehebert/photovoltaic_optimizer with
a Linky meter. Both descend from the same loop:

* too much is drawn: the loads give way in reverse order, a variable one as far as is needed, a
  constant one whole, until the lack is met; one of unknown power gives way and ends the turn;
* in balance: hold;
* else the loads are raised in order: a variable one takes what it can, a constant one is switched
  on if the rest holds it, else power is taken from lower ranks in reverse order if they have
  enough; one of unknown power is switched on and ends the turn, until the next measurement tells.

S0 takes the whole difference, every 2.5 s; S1 a quarter of it, every 5 s, so that a constant load
waits for four times its watts. S0 gives up for the day a load whose own meter shows nothing for
more than five turns. Neither knows minimum times. Left out: what is forced by night.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pvopt.simulator.baselines.s0 import S0Params, s0_surplus_w
from pvopt.simulator.baselines.s1 import S1Params
from pvopt.simulator.baselines.types import EARLY_S, EVER_S, Sees, lowered_w

VARIABLE, CONSTANT, UNKNOWN = range(3)
EMPTY_W = 5.0  # S0: a load that draws less although it is on is full
FULL_TURNS = 5


class Rung(NamedTuple):
    """One load as the rivals' owners set it up. ``max_w`` of an unknown one is not looked at."""

    kind: int
    max_w: float


class LadderState(NamedTuple):
    """``watts``: asked of each rung (of an unknown one 1 W while it is on); ``empty``: turns in
    which its own meter showed nothing; ``full``: given up for today."""

    watts: tuple[float, ...]
    since_s: float = EVER_S
    silent_s: float = 0.0
    empty: tuple[int, ...] = ()
    full: tuple[bool, ...] = ()
    day_s: float = 0.0


def fresh(rungs: Sequence[Rung]) -> LadderState:
    """All off."""
    nothing = (0.0,) * len(rungs)
    return LadderState(nothing, empty=(0,) * len(rungs), full=(False,) * len(rungs))


def s0_ladder(
    rungs: Sequence[Rung],
    state: LadderState,
    sees: Sees,
    own_w: Sequence[float],
    dt_s: float,
    params: S0Params = S0Params(),  # noqa: B008 - a frozen tuple
) -> LadderState:
    """One second. ``own_w``: each load's own meter (NaN: none).

    Worked: 1320 W of export, a variable load at its most and a constant one of 800 W next: it is
    switched on; at 500 W of export only if lower ranks draw 320 W or more.
    """
    state = _new_day(state, sees.day_s)
    heard = sees.fresh and not math.isnan(sees.grid_w)
    silent_s = 0.0 if heard else state.silent_s + dt_s
    state = state._replace(since_s=state.since_s + dt_s, silent_s=silent_s)
    if silent_s > params.silent_s:
        return state._replace(watts=(0.0,) * len(rungs))
    if not heard or state.since_s < params.interval_s - EARLY_S:
        return state
    state = _looked_for_full(rungs, state, own_w, params.least_w)
    spare_w = s0_surplus_w(sees) - params.margin_w
    watts = list(state.watts)
    if spare_w < 0.0:
        shed(rungs, watts, -spare_w, params.least_w, state.full)
    elif spare_w >= params.balance_w:
        raise_up(rungs, watts, spare_w, params.least_w, state.full)
    return state._replace(watts=tuple(watts), since_s=0.0)


def s1_ladder(
    rungs: Sequence[Rung],
    state: LadderState,
    sees: Sees,
    own_w: Sequence[float],
    dt_s: float,
    params: S1Params = S1Params(),  # noqa: B008 - a frozen tuple
) -> LadderState:
    """One second; ``own_w`` is not looked at. Worked: a constant load of 800 W is switched on
    at 3200 W of export."""
    del own_w
    state = state._replace(since_s=state.since_s + dt_s)
    heard = sees.fresh and not math.isnan(sees.grid_w)
    if not heard or state.since_s < params.interval_s - EARLY_S:
        return state
    none_full = (False,) * len(rungs)
    watts = list(state.watts)
    if sees.grid_w > params.balance_w:
        shed(rungs, watts, params.share * sees.grid_w, params.least_w, none_full)
    elif -sees.grid_w > params.balance_w:
        raise_up(rungs, watts, -params.share * sees.grid_w, params.least_w, none_full)
    return state._replace(watts=tuple(watts), since_s=0.0)


def shed(
    rungs: Sequence[Rung],
    watts: list[float],
    lack_w: float,
    least_w: float,
    full: Sequence[bool],
) -> None:
    """Give way in reverse order until ``lack_w`` is met. Changes ``watts``.

    Worked: 300 W lacking, last a constant load of 500 W: it is switched off, no other changes.
    """
    for place in reversed(range(len(rungs))):
        if full[place]:
            continue
        if rungs[place].kind == UNKNOWN and watts[place] > 0.0:
            watts[place] = 0.0
            return
        lack_w -= _lowered(rungs[place], watts, place, lack_w, least_w)
        if lack_w <= 0.0:
            return


def raise_up(
    rungs: Sequence[Rung],
    watts: list[float],
    spare_w: float,
    least_w: float,
    full: Sequence[bool],
) -> None:
    """Use ``spare_w`` in order of rank. Changes ``watts``."""
    for place, rung in enumerate(rungs):
        if spare_w <= 0.0:
            return
        if full[place]:
            continue
        if rung.kind == UNKNOWN:
            if watts[place] == 0.0:
                watts[place] = 1.0
                return
        elif rung.kind == VARIABLE:
            wanted_w = min(rung.max_w, watts[place] + spare_w)
            if wanted_w >= least_w:
                spare_w -= wanted_w - watts[place]
                watts[place] = wanted_w
        elif watts[place] == 0.0:
            spare_w = _switched_on(rungs, watts, place, spare_w, least_w)


def _switched_on(
    rungs: Sequence[Rung], watts: list[float], place: int, spare_w: float, least_w: float
) -> float:
    """What is left of the spare watts after a constant load was switched on, or could not be."""
    rung = rungs[place]
    needed_w = rung.max_w - spare_w
    lower = [k for k in range(place + 1, len(rungs)) if rungs[k].kind != UNKNOWN]
    if needed_w > 0.0:
        if sum(watts[k] for k in lower) < needed_w:
            return spare_w
        for k in reversed(lower):
            freed_w = _lowered(rungs[k], watts, k, needed_w, least_w)
            needed_w -= freed_w
            spare_w += freed_w
            if needed_w <= 0.0:
                break
    watts[place] = rung.max_w
    return spare_w - rung.max_w


def _lowered(rung: Rung, watts: list[float], place: int, lack_w: float, least_w: float) -> float:
    """Watts that a load gives up of ``lack_w``."""
    before_w = watts[place]
    if rung.kind == VARIABLE:
        watts[place] = lowered_w(before_w, min(lack_w, before_w), least_w)
    elif rung.kind == CONSTANT:
        watts[place] = 0.0
    else:
        return 0.0
    return before_w - watts[place]


def _new_day(state: LadderState, day_s: float) -> LadderState:
    """At midnight a load that was full may be filled again."""
    if day_s >= state.day_s:
        return state._replace(day_s=day_s)
    none = (False,) * len(state.full)
    return state._replace(day_s=day_s, full=none, empty=(0,) * len(state.empty))


def _looked_for_full(
    rungs: Sequence[Rung], state: LadderState, own_w: Sequence[float], least_w: float
) -> LadderState:
    empty, full, watts = list(state.empty), list(state.full), list(state.watts)
    for place, rung in enumerate(rungs):
        enough_w = least_w if rung.kind == VARIABLE else rung.max_w
        if not own_w[place] < EMPTY_W or watts[place] < enough_w:
            empty[place] = 0
            continue
        empty[place] += 1
        if empty[place] > FULL_TURNS:
            full[place], watts[place] = True, 0.0
    return state._replace(empty=tuple(empty), full=tuple(full), watts=tuple(watts))
