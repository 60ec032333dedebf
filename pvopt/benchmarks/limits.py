"""How much could be caught at all with data a second old: two who know more than any law can.

Both know the exact surplus, hidden or not, of so many seconds ago: a meter's second, a tick and
an actuator's. They never probe in vain and never take from the battery's charging to find out.

* ``seen``: follows it at once. Where surplus is visible, nothing can do better but by guessing.
* ``climbing``: falls with it at once; a rise, which a throttled home does not show, it has to
  climb as any law must: a first step, each next one larger, and no step before the one before it
  has been answered. A charger is commanded every 3 s and its answer is seen 2 s later.

Each behind a regulator that gives exactly what is asked, and behind our servo: its speed, its
steps, its deadband, its play and lag. What of a servo's losses is the servo's own shows between
the two.

Kernels; arrays are numpy's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.course import Course, Plant, inputs_of, lived
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.limit_lazy import Lazy, LazyState, lazy_step
from pvopt.benchmarks.ours import SERVO, ours
from pvopt.benchmarks.runs import Heard, Run, linear, run_pieces, unheard
from pvopt.decide.drive import KEEP_CLOSED_W
from pvopt.simulator.account import OFF, all_knowing_w, without_heater
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeControls, home_step
from pvopt.simulator.outlet import OutletParams, OutletState, outlet_step

# A fall by more than this begins the climb anew.
FALL_W = 100.0
OPEN_S = 1200.0  # nothing to give for so long opens a relay
ROWS = 16  # of the ring of past surplus: more than any delay here


class Climb(NamedTuple):
    """``first_w``: the first step of a climb (W), each next one ``growth`` times as large, up to
    ``most_w``; ``answer_s``: from one step to the next; ``delay_s``: age of what is known;
    ``servo``: behind our servo, else behind a regulator without any error; ``lazy``: how seldom
    its knob may move."""

    first_w: float = 200.0
    growth: float = 3.0
    most_w: float = 2000.0
    answer_s: float = 5.0
    delay_s: int = 2
    servo: bool = False
    lazy: Lazy = Lazy()


# Who is asked, by name: all at once, and the climbs that a first step of 5 % or 10 % allows.
EXACT = (
    ("seen", Climb(first_w=1e9, answer_s=0.0)),
    ("climbing, 10 % first", Climb()),
    ("climbing, 5 % first", Climb(first_w=100.0)),
)
KNOWERS = EXACT + tuple((f"{name}, servo", climb._replace(servo=True)) for name, climb in EXACT)


class ClimbState(NamedTuple):
    budget_w: float = 0.0
    next_w: float = 0.0
    since_s: float = 0.0  # since the last step


def climb_step(climb: Climb, state: ClimbState, spare_w: float) -> ClimbState:
    """One second. ``spare_w``: the surplus as it is known (W).

    Worked: from 400 W, 2000 W to spare, first step 200 W, three times as large each: 600, 1200,
    2000 W, five seconds apart.
    """
    since_s = state.since_s + 1.0
    lacking_w = spare_w - state.budget_w
    if lacking_w <= 0.0:
        next_w = climb.first_w if lacking_w < -FALL_W else state.next_w
        return ClimbState(spare_w, max(climb.first_w, next_w), since_s)
    if since_s < climb.answer_s:
        return ClimbState(state.budget_w, state.next_w, since_s)
    if lacking_w <= climb.first_w:
        return ClimbState(spare_w, climb.first_w, 0.0)
    step_w = min(max(climb.first_w, state.next_w), lacking_w)
    return ClimbState(
        state.budget_w + step_w, min(climb.most_w, max(climb.first_w, climb.growth * step_w)), 0.0
    )


def climb_course(
    plant: Plant,
    climb: Climb,
    outlet: OutletParams,
    course: Course,
    before: HomeControls,
    state: ClimbState,
    held: LazyState,
    knob: OutletState,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    known: Any,
) -> tuple[Course, HomeControls, ClimbState, LazyState, OutletState]:
    """``len(pv_w)`` seconds. ``known``: a ring for the surplus of past seconds.

    The servo's relay opens when there was nothing for long.
    """
    rows, idle_s = known.shape[0], OPEN_S
    for k in range(pv_w.shape[0]):
        inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
        begun = without_heater(course.home, course.beside)
        _, coming = home_step(plant.home, begun, inputs, OFF, 1.0)
        known[course.tick % rows] = all_knowing_w(plant.home, coming)
        spare_w = float(known[max(0, course.tick - climb.delay_s) % rows])
        state = climb_step(climb, state, spare_w)
        held = lazy_step(climb.lazy, held, state.budget_w)
        controls = HomeControls(True, min(100.0, 100.0 * held.budget_w / plant.home.heater_w))
        if climb.servo:
            idle_s = 0.0 if held.budget_w > 0.0 else idle_s + 1.0
            least_w = KEEP_CLOSED_W if idle_s < OPEN_S else 0.0
            moved = outlet_step(outlet, knob, max(least_w, held.budget_w), False, 1.0)
            knob, controls = moved.state, moved.controls
        course = lived(plant, course, inputs, before, controls)
        before = controls
    return course, before, state, held, knob


def run_climb(climb: Climb, plant: Plant, inputs: Inputs, heard: Heard = unheard) -> Run:
    """All of the inputs."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(climb_course)
    known, before, state = np.zeros(ROWS), HomeControls(False, 0.0), ClimbState()
    held, knob, made = LazyState(), OutletState(), ours(SERVO, inputs.place, plant)
    plant = made.plant if climb.servo else linear(plant)

    def step(course: Course, first: int, last: int) -> Course:
        nonlocal before, state, held, knob
        after, before, state, held, knob = engine(
            plant,
            climb,
            made.outlet,
            course,
            before,
            state,
            held,
            knob,
            inputs.pv_w[first:last],
            inputs.load_w[first:last],
            inputs.litres[first:last],
            known,
        )
        return after

    return run_pieces(plant, inputs, step, heard)
