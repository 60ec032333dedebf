"""How much could be caught at all with data a second old: two who know more than any law can.

Both know the exact surplus, hidden or not, of so many seconds ago: a meter's second, a tick and
an actuator's. They never probe in vain and never take from the battery's charging to find out.

* ``seen``: follows it at once. Where surplus is visible, nothing can do better but by guessing.
* ``climbing``: falls with it at once; a rise, which a throttled home does not show, it has to
  climb as any law must: a first step, each next one larger, and no step before the one before it
  has been answered. A charger is commanded every 3 s and its answer is seen 2 s later.

Kernels; arrays are numpy's.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.course import Course, Plant, inputs_of, lived
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.runs import Heard, Run, run_pieces, unheard
from pvopt.simulator.account import OFF, all_knowing_w, without_heater
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeControls, home_step

# A fall by more than this begins the climb anew.
FALL_W = 100.0
ROWS = 16  # of the ring of past surplus: more than any delay here


class Climb(NamedTuple):
    """``first_w``: the first step of a climb (W), each next one ``growth`` times as large, up to
    ``most_w``; ``answer_s``: from one step to the next; ``delay_s``: age of what is known."""

    first_w: float = 200.0
    growth: float = 3.0
    most_w: float = 2000.0
    answer_s: float = 5.0
    delay_s: int = 2


# Who is asked, by name: all at once, and the climbs that a first step of 5 % or 10 % allows.
KNOWERS = (
    ("seen", Climb(first_w=1e9, answer_s=0.0)),
    ("climbing, 10 % first", Climb()),
    ("climbing, 5 % first", Climb(first_w=100.0)),
)


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
    course: Course,
    before: HomeControls,
    state: ClimbState,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    known: Any,
) -> tuple[Course, HomeControls, ClimbState]:
    """``len(pv_w)`` seconds. ``known``: a ring for the surplus of past seconds."""
    rows = known.shape[0]
    for k in range(pv_w.shape[0]):
        inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
        begun = without_heater(course.home, course.beside)
        _, coming = home_step(plant.home, begun, inputs, OFF, 1.0)
        known[course.tick % rows] = all_knowing_w(plant.home, coming)
        spare_w = float(known[max(0, course.tick - climb.delay_s) % rows])
        state = climb_step(climb, state, spare_w)
        controls = HomeControls(True, min(100.0, 100.0 * state.budget_w / plant.home.heater_w))
        course = lived(plant, course, inputs, before, controls)
        before = controls
    return course, before, state


def run_climb(climb: Climb, plant: Plant, inputs: Inputs, heard: Heard = unheard) -> Run:
    """All of the inputs."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(climb_course)
    known, before, state = np.zeros(ROWS), HomeControls(False, 0.0), ClimbState()

    def step(plant: Plant, course: Course, first: int, last: int) -> Course:
        nonlocal before, state
        after, before, state = engine(
            plant,
            climb,
            course,
            before,
            state,
            inputs.pv_w[first:last],
            inputs.load_w[first:last],
            inputs.litres[first:last],
            known,
        )
        return after

    return run_pieces(plant, inputs, step, heard)
