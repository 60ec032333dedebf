"""Months of our law in a home, with its verdicts counted, and with a heater that breaks. Kernels.

As ``pvopt_course``, but without the bill. numpy's arrays come in; see ``months.py``.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any, NamedTuple

from pvopt.benchmarks.course import Course, Driven, Plant, inputs_of, past_of, recalled, remember
from pvopt.decide.effect_state import EffectState
from pvopt.decide.one_heater import HeaterParams, heater_step
from pvopt.decide.site_now import LoadNow
from pvopt.model import Why
from pvopt.simulator.account import Totals
from pvopt.simulator.home import HomeControls, home_step
from pvopt.simulator.outlet import OutletParams, outlet_step

CLEAR_S = 30


class Fault(IntEnum):
    """What breaks."""

    NOTHING = 0
    WELDED = 1  # the contact
    SHORTED = 2  # the triac
    OPEN = 3  # the thermostat, and it stays so
    STOPPED = 4  # the driver of the source


class Breaks(NamedTuple):
    """``at_s``: from then on, as soon as at least ``from_w`` flow (a contact welds when it
    carries something, a thermostat opens while it heats)."""

    what: Fault = Fault.NOTHING
    at_s: int = 0
    from_w: float = 0.0


class Watch(NamedTuple):
    """``broken_s``: second in which it broke; ``latched_s``, ``heat_w``, ``found_s``: the
    first second with a latched verdict, and with any, after that (-1: none); Wh of the heater,
    all and after the break; ``out_s``: seconds that verdicts kept the heater off."""

    broken_s: int = -1
    found_s: int = -1
    latched_s: int = -1
    heat_wh: float = 0.0
    after_wh: float = 0.0
    out_s: int = 0
    switches: int = 0


def spoken(effects: EffectState, frozen: bool) -> Why:
    """The verdict that keeps the heater off now, HOLD for none."""
    if frozen:
        return Why.FROZEN
    if effects.suspect_w > 0.0:
        return Why.CHECKING
    return effects.verdict


def controls_with(breaks: Breaks, broken: bool, wanted: HomeControls) -> HomeControls:
    """What the home really gets."""
    if not broken:
        return wanted
    if breaks.what == Fault.WELDED:
        return HomeControls(True, wanted.knob_pct)
    if breaks.what == Fault.SHORTED:
        return HomeControls(wanted.relay_closed, 100.0)
    if breaks.what == Fault.OPEN:
        return HomeControls(False, 0.0)
    return wanted


def watched_course(
    plant: Plant,
    params: HeaterParams,
    outlet: OutletParams,
    course: Course,
    driven: Driven,
    watch: Watch,
    breaks: Breaks,
    age: int,
    every: int,
    allowed_age_s: float,
    pv_w: Any,
    load_w: Any,
    day: Any,
    clear_w: Any,
    ring: Any,
    counts: Any,
) -> tuple[Course, Driven, Watch]:
    """``len(pv_w)`` seconds. ``counts``: of verdicts that began, by ``Why``.

    ``every``: a new sample comes only every so many seconds.
    """
    was = Why.HOLD
    for k in range(pv_w.shape[0]):
        broken = watch.broken_s >= 0
        if not (broken and breaks.what == Fault.STOPPED):
            remember(plant, course, ring)
        else:
            ring[course.tick % ring.shape[0]] = ring[(course.tick - 1) % ring.shape[0]]
        late = age + course.tick % every
        now = recalled(ring, course.tick, late, allowed_age_s)
        load = LoadNow(expected_w=driven.expected_w, closed=driven.outlet.closed)
        dt_s = 0.0 if course.tick == 0 else 1.0
        clear = clear_w[course.tick // CLEAR_S]
        past = past_of(ring, course.tick, late, driven.expected_w)
        said = heater_step(params, driven.law, now, load, day[k] > 0, clear, math.nan, dt_s, past)
        moved = outlet_step(outlet, driven.outlet, said.setpoint_w, said.urgent, 1.0)
        switched = moved.state.closed != driven.outlet.closed
        driven = Driven(said.state, moved.state, moved.expected_w)
        effects = said.state.load.effects
        why = spoken(effects, said.state.world.frozen.frozen)
        if why not in (was, Why.HOLD):
            counts[why.value] += 1
        was = why
        controls = controls_with(breaks, broken, moved.controls)
        inputs = inputs_of(plant, pv_w[k], load_w[k], 0.0)
        home, flows = home_step(plant.home, course.home, inputs, controls, 1.0)
        watch = watched(watch, breaks, why, effects.latched, switched, flows.heater_w, course.tick)
        course = Course(home, home, flows, inputs, Totals(), 0.0, 0.0, course.tick + 1)
    return course, driven, watch


def watched(
    watch: Watch,
    breaks: Breaks,
    why: Why,
    latched: bool,
    switched: bool,
    heater_w: float,
    tick: int,
) -> Watch:
    """What is to be known of this second."""
    broken = watch.broken_s >= 0
    found = why != Why.HOLD and (broken or breaks.what == Fault.NOTHING)
    breaks_now = not broken and breaks.what != Fault.NOTHING and tick >= breaks.at_s
    breaks_now = breaks_now and heater_w >= breaks.from_w
    return Watch(
        tick if breaks_now else watch.broken_s,
        tick if found and watch.found_s < 0 else watch.found_s,
        tick if latched and watch.latched_s < 0 else watch.latched_s,
        watch.heat_wh + heater_w / 3600.0,
        watch.after_wh + (heater_w / 3600.0 if broken else 0.0),
        watch.out_s + (1 if why != Why.HOLD else 0),
        watch.switches + (1 if switched else 0),
    )
