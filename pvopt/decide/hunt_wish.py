"""What the battery would like to take, learned from what it takes when it can choose. Kernel.

A charger that is held back by the battery and one that is at its own rating say the same. Who
gives way tells them apart: the first gives more when the load rises, and less when the battery
wants less; the second never moves, and what the load takes the battery lacks.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt_debt import refilling
from pvopt.decide.hunt_shapes import (
    CLEAR_W,
    LAG_S,
    LEAST_WISH_W,
    STEADY_W,
    STILL_W,
    UNSURE_SHARE,
    UNSURE_SHARE_IDLE,
    WISH_SHARE,
    WISH_SHARE_EXPORT,
    HuntMeters,
    HuntState,
)
from pvopt.decide.hunt_watch import is_exporting
from pvopt.decide.settings import HuntParams


def wish_learned(
    params: HuntParams,
    state: HuntState,
    meters: HuntMeters,
    seen: bool,
    dt_s: float,
    late: bool,
) -> HuntState:
    """What the battery accepts shows when sun is to spare and our loads are at rest (``seen``).

    It never accepts less than it takes; but for a moment it also takes what the inverter is
    late to pass on. Worked: limited at a wish of 500 W, the house rises by 300 W, the battery
    falls to 200 W: with the panels where they were, the load took it and the wish stays;
    with the panels 300 W lower and the house as before it is the wish that falls.
    ``late``: samples so old that nobody can tell who gave way to what are taken as they are.
    """
    battery_w = meters.battery_w
    if math.isnan(battery_w):
        return state
    # A house that falls while a step is judged leaves a charger at its rating with more for it.
    stepping = state.step_w > 0.0 and battery_w > state.accept_w + STEADY_W
    if state.spare_s <= 0.0 or (stepping and not late):
        return _above(state, meters, dt_s)
    # A charger that is limited long after the last rise of the load owes the battery nothing.
    answered = state.calm_s > state.response_s + 2.0 * LAG_S and not meters.unsure
    owing = state.deficit_s > 0.0 and not answered
    if state.step_w > 0.0 or owing or not seen or state.spare_s < LAG_S:
        return state
    # What a full battery seems to give is what its meter errs by.
    full = (state.trusted or state.budget_w <= 0.0) and battery_w >= LEAST_WISH_W and not late
    wish_w = battery_w if full else max(0.0, battery_w)
    limited = meters.limited > 0.5
    to_spare = meters.may_export and is_exporting(params, meters)
    # Chargers that are on their way say that they are limited, too.
    settled = late or state.rest_s >= LAG_S
    if math.isnan(state.accept_w):
        return _wished(state, meters, wish_w) if settled else state
    falls = limited and not to_spare and not late and wish_w < state.accept_w
    if falls and (not settled or _taken(params, state, meters)):
        return state
    if not late and wish_w > state.accept_w and refilling(state, wish_w):
        return state
    share = WISH_SHARE if limited else WISH_SHARE_EXPORT
    if late and state.budget_w <= 0.0:
        share = 1.0  # with our loads off it shows nothing else
    if meters.unsure and wish_w < state.accept_w:
        # It may be short of sun instead; with our loads on, by our own fault.
        share = UNSURE_SHARE_IDLE if state.budget_w <= 0.0 else UNSURE_SHARE
    return _wished(state, meters, state.accept_w + share * (wish_w - state.accept_w))


def _above(state: HuntState, meters: HuntMeters, dt_s: float) -> HuntState:
    """It takes more than was thought, and for longer than by accident. Without sun to spare a
    house and panels at rest are enough."""
    battery_w = meters.battery_w
    if not battery_w > state.accept_w or refilling(state, battery_w):
        return state._replace(above_s=0.0)
    above_w = min(battery_w, state.above_w) if state.above_s > 0.0 else battery_w
    rests = state.drop_s >= LAG_S and meters.pv_w - state.pv_w < 2.0 * STILL_W
    if (rests and state.spare_s <= 0.0) or state.above_s + dt_s > LAG_S:
        return _wished(state._replace(above_s=0.0), meters, above_w)
    return state._replace(above_w=above_w, above_s=state.above_s + dt_s)


def _wished(state: HuntState, meters: HuntMeters, wish_w: float) -> HuntState:
    """The wish, and at which load and panels the battery had it."""
    if not meters.battery_w >= wish_w - STEADY_W:
        return state._replace(accept_w=wish_w)
    return state._replace(accept_w=wish_w, wish_load_w=meters.load_w, wish_pv_w=meters.pv_w)


def _taken(params: HuntParams, state: HuntState, meters: HuntMeters) -> bool:
    """Whether the load took what the battery lacks: it rose since the battery last had its wish,
    and the panels neither followed it nor gave way."""
    risen_w = meters.load_w - state.wish_load_w
    more_w = meters.pv_w - state.wish_pv_w
    return risen_w > params.tolerance_w and -STEADY_W <= more_w < 0.5 * risen_w


def answers_seen(state: HuntState, meters: HuntMeters, dt_s: float) -> HuntState:
    """Who answers the load while chargers are limited, whoever changed it: a kettle, or we.

    ``trusted``: the panels did, at least half of it, the last time. Worked: a kettle of 2000 W
    goes off, the panels stay at their 1000 W: all of it went to the battery, nothing is hidden.
    """
    if not meters.limited > 0.5 or meters.unsure or math.isnan(state.held_load_w):
        return state._replace(held_load_w=meters.load_w, held_pv_w=meters.pv_w, held_s=0.0)
    change_w = meters.load_w - state.held_load_w
    if abs(change_w) < CLEAR_W:
        if abs(change_w) > 0.5 * CLEAR_W:
            return state
        return state._replace(held_load_w=meters.load_w, held_pv_w=meters.pv_w, held_s=0.0)
    held_s = state.held_s + dt_s
    share = (meters.pv_w - state.held_pv_w) / change_w
    settled = held_s > LAG_S and state.rest_s >= LAG_S
    due = settled and (change_w < 0.0 or held_s > state.response_s)
    if not (due or (settled and share >= 0.5)):
        return state._replace(held_s=held_s)
    trusted = share >= 0.5 or (state.trusted and share > 0.2)
    return state._replace(
        trusted=trusted, held_load_w=meters.load_w, held_pv_w=meters.pv_w, held_s=0.0
    )
