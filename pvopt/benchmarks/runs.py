"""Laws in homes, compiled: a run from the first second of its inputs to the last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pvopt.benchmarks.course import (
    COLUMNS,
    MORE_ROWS,
    Course,
    Driven,
    Plant,
    inputs_of,
    pvopt_course,
)
from pvopt.benchmarks.homes import SOC_PCT
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ours import ours
from pvopt.benchmarks.reference import Late, reference_course
from pvopt.benchmarks.rivals import Rivals, rival_course
from pvopt.decide.one_heater import HeaterParams
from pvopt.simulator.account import Totals
from pvopt.simulator.baselines.table import LAWS
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeControls, HomeInputs, HomeState, home_step
from pvopt.simulator.regulator import CURVE_LINEAR

RIVALS = tuple(law.name for law in LAWS)
ALLOWED_AGE_S = {1: 7.0, 60: 150.0}
SETTLE_S = 60
TRACED = 4
DAY_S = 86_400.0
# How far a run is: seconds lived.
Heard = Callable[[int], None]


def unheard(second: int) -> None:
    """For whom it does not matter how far a run is."""


class Run(NamedTuple):
    """What a run amounted to. ``soc_pct``: at each sunset."""

    totals: Totals
    worst_minute_w: float
    soc_pct: tuple[float, ...]
    drawn_l: float
    hot_l: float
    alarm: int = 0  # a reason of our law that waits for the owner; 0: none


def begun(plant: Plant, first: HomeInputs) -> Course:
    """The home at the start of a run under its first inputs, settled as a ``World`` is."""
    start = HomeState(soc_pct=SOC_PCT)
    state, flows = home_step(plant.home, start, first, HomeControls(), 1.0)
    state = start
    for _ in range(SETTLE_S):
        settled, flows = home_step(plant.home, state, first, HomeControls(), 1.0)
        state = settled._replace(
            soc_pct=start.soc_pct, tank_c=start.tank_c, tank_top_c=start.tank_top_c
        )
    return Course(state, state, flows, first)


def first_of(plant: Plant, inputs: Inputs) -> HomeInputs:
    """The inputs of the first second."""
    return inputs_of(plant, float(inputs.pv_w[0]), float(inputs.load_w[0]), float(inputs.litres[0]))


def _pieces(inputs: Inputs) -> list[tuple[int, int]]:
    """From sunset to sunset."""
    return list(zip((0, *inputs.nights[:-1]), inputs.nights, strict=True))


def run_pieces(
    plant: Plant,
    inputs: Inputs,
    step: Callable[[Course, int, int], Course],
    heard: Heard = unheard,
) -> Run:
    """All of the inputs, from sunset to sunset, by ``step(course, first, last)``."""
    course = begun(plant, first_of(plant, inputs))
    levels = []
    for first, last in _pieces(inputs):
        course = step(course, first, last)
        levels.append(course.home.soc_pct)
        heard(last)
    if len(levels) > 1:  # the last piece ends with the run
        levels = levels[:-1]
    return Run(course.totals, course.worst_minute_w, tuple(levels), course.drawn_l, course.hot_l)


def run_ours(
    law: str,
    plant: Plant,
    age: int,
    inputs: Inputs,
    heard: Heard = unheard,
    params: HeaterParams | None = None,
    trace: Any = None,
) -> Run:
    """Our own law. ``params``: other numbers than the defaults; ``trace``: a row for each second
    of set-point, code of its reason, heater's and all-knowing watts."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(pvopt_course)
    made = ours(law, inputs.place, plant)
    numbers = made.params if params is None else params
    ring = np.zeros((age + MORE_ROWS, COLUMNS))
    trace = np.zeros((0, TRACED)) if trace is None else trace
    driven = Driven()

    def step(course: Course, first: int, last: int) -> Course:
        nonlocal driven
        after, driven = engine(
            made.plant,
            numbers,
            made.outlet,
            course,
            driven,
            age,
            ALLOWED_AGE_S[age],
            inputs.pv_w[first:last],
            inputs.load_w[first:last],
            inputs.litres[first:last],
            inputs.day[first:last],
            inputs.clear_w,
            ring,
            trace[first:last],
        )
        return after

    run = run_pieces(made.plant, inputs, step, heard)
    effects = driven.law.load.effects
    return run._replace(alarm=int(effects.verdict) if effects.latched else 0)


def run_rival(law: str, plant: Plant, age: int, inputs: Inputs, heard: Heard = unheard) -> Run:
    """A rival's law."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(rival_course)
    plant = linear(plant)
    ring, states, before = np.zeros((age + 2, COLUMNS)), Rivals(), HomeControls(False, 0.0)
    local_s = (inputs.start_utc_s + inputs.local_offset_s) % DAY_S

    def step(course: Course, first: int, last: int) -> Course:
        nonlocal states, before
        after, states, before = engine(
            plant,
            RIVALS.index(law),
            course,
            states,
            before,
            age,
            local_s,
            inputs.pv_w[first:last],
            inputs.load_w[first:last],
            inputs.litres[first:last],
            inputs.hourly_w,
            ring,
        )
        return after

    return run_pieces(plant, inputs, step, heard)


def run_reference(
    late: Late,
    plant: Plant,
    age: int,
    inputs: Inputs,
    heard: Heard = unheard,
) -> Run:
    """``age`` 0: the all-knowing diverter; else one who knows all, so late."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(reference_course)
    plant = linear(plant)
    known = np.zeros(age + late.window_s + 1)
    before = HomeControls(False, 0.0)

    def step(course: Course, first: int, last: int) -> Course:
        nonlocal before
        after, before = engine(
            plant,
            late,
            course,
            before,
            age,
            inputs.pv_w[first:last],
            inputs.load_w[first:last],
            inputs.litres[first:last],
            known,
        )
        return after

    return run_pieces(plant, inputs, step, heard)


def linear(plant: Plant) -> Plant:
    """The plant with a regulator that gives exactly the watts asked, in steps of 1/256."""
    return plant._replace(
        home=plant.home._replace(curve=CURVE_LINEAR), resolution_pct=100.0 / 256.0
    )
