"""One law in one home of the benchmark through all seconds of its inputs, and what it was worth."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from pvopt.benchmarks.course import (
    COLUMNS,
    Course,
    Driven,
    Plant,
    inputs_of,
    pvopt_course,
)
from pvopt.benchmarks.homes import SOC_PCT, home_of
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ours import DIGITAL, SERVO, ours
from pvopt.benchmarks.reference import Late, reference_course
from pvopt.benchmarks.rivals import Rivals, rival_course
from pvopt.decide.one_heater import HeaterParams
from pvopt.simulator.account import Totals
from pvopt.simulator.baselines.table import LAWS
from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.home import HomeControls, HomeState, home_step
from pvopt.simulator.regulator import CURVE_LINEAR

ALL_KNOWING, FRONTIER = "all-knowing", "frontier"
RIVALS = tuple(law.name for law in LAWS)
NAMES = (ALL_KNOWING, SERVO, DIGITAL, FRONTIER, *RIVALS)
AGES = (1, 60)
ALLOWED_AGE_S = {1: 7.0, 60: 150.0}
SETTLE_S = 60
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
    tank_c: float


class Row(NamedTuple):
    """One line of the result."""

    home: str
    data_age_s: int
    law: str
    caught_pct: float
    not_solar_pct: float
    from_charging_pct: float
    switches_per_day: float
    moves_per_day: float
    travel_per_day: float  # full strokes
    worst_minute_import_w: float
    soc_at_sunset_diff_pct: float  # mean of the days, against the all-knowing's
    heat_kwh: float
    refined: bool
    surplus_pct: float  # caught, less what came out of charging
    caught_own_path_pct: float  # against an all-knowing diverter with this law's battery level


def exact(shape: Any, kind: Any = None) -> Any:
    """The same numbers with the types that the shape declares: compiled once, not once a type."""
    made = type(shape)
    if hasattr(made, "_fields"):
        hints = typing.get_type_hints(made)
        return made(
            *(exact(part, hints[name]) for name, part in zip(made._fields, shape, strict=True))
        )
    if kind is float:
        return float(shape)
    return bool(shape) if kind is bool else shape


def begun(plant: Plant, inputs: Inputs) -> Course:
    """The home at the start of a run, settled as a ``World`` is."""
    first = inputs_of(plant, inputs.pv_w[0], inputs.load_w[0], inputs.litres[0])
    start = HomeState(soc_pct=SOC_PCT if plant.home.battery_wh > 0.0 else 0.0)
    state, flows = start, None
    for _ in range(SETTLE_S):
        settled, flows = home_step(plant.home, state, first, HomeControls(), 1.0)
        state = settled._replace(
            soc_pct=start.soc_pct, tank_c=start.tank_c, tank_top_c=start.tank_c
        )
    return typing.cast(Course, exact(Course(state, state, flows, first)))  # type: ignore[arg-type]


def _pieces(inputs: Inputs) -> list[tuple[int, int]]:
    """From sunset to sunset."""
    return list(zip((0, *inputs.nights[:-1]), inputs.nights, strict=True))


def _run(
    inputs: Inputs, course: Course, step: Callable[[Course, int, int], Course], heard: Heard
) -> Run:
    levels = []
    for first, last in _pieces(inputs):
        course = step(course, first, last)
        levels.append(course.home.soc_pct)
        heard(last)
    if len(levels) > 1:  # the last piece ends with the run
        levels = levels[:-1]
    return Run(course.totals, course.worst_minute_w, tuple(levels), course.home.tank_c)


def run_ours(
    law: str,
    plant: Plant,
    age: int,
    inputs: Inputs,
    heard: Heard = unheard,
    params: HeaterParams | None = None,
) -> Run:
    """Our own law; ``params``: other numbers than the defaults."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(pvopt_course)
    made = exact(ours(law, inputs.place, plant))
    numbers = made.params if params is None else exact(params)
    ring, no_trace = np.zeros((age + 2, COLUMNS)), np.zeros((0, 4))
    driven = exact(Driven())

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
            no_trace,
        )
        return after

    return _run(inputs, begun(made.plant, inputs), step, heard)


def run_rival(law: str, plant: Plant, age: int, inputs: Inputs, heard: Heard = unheard) -> Run:
    """A rival's law."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(rival_course)
    plant = exact(plant._replace(home=_linear(plant), resolution_pct=100.0 / 256.0))
    ring, states, before = np.zeros((age + 2, COLUMNS)), exact(Rivals()), HomeControls(False, 0.0)
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

    return _run(inputs, begun(plant, inputs), step, heard)


def run_reference(
    late: Late, plant: Plant, age: int, inputs: Inputs, heard: Heard = unheard
) -> Run:
    """``age`` 0: the all-knowing diverter; else one who knows all, so late."""
    import numpy as np  # noqa: PLC0415 (an extra)

    engine = compile_kernel(reference_course)
    plant = exact(plant._replace(home=_linear(plant), resolution_pct=100.0 / 256.0))
    known, before = np.zeros(age + late.window_s + 1), HomeControls(False, 0.0)

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

    return _run(inputs, begun(plant, inputs), step, heard)


def _linear(plant: Plant) -> Any:
    return plant.home._replace(curve=CURVE_LINEAR)


def run_law(home: str, age: int, law: str, inputs: Inputs, heard: Heard = unheard) -> Run:
    """The law by its name in the home by its name."""
    plant = home_of(home).plant
    if law == ALL_KNOWING:
        return run_reference(Late(), plant, 0, inputs, heard)
    if law in (SERVO, DIGITAL):
        return run_ours(law, plant, age, inputs, heard)
    return run_rival(law, plant, age, inputs, heard)


def row_of(home: str, age: int, law: str, run: Run, best: Run, inputs: Inputs) -> Row:
    """The numbers of a run. ``best``: the all-knowing diverter's in the same home."""
    totals, days = run.totals, inputs.days
    diff = [a - b for a, b in zip(run.soc_pct, best.soc_pct, strict=True)]
    return Row(
        home=home,
        data_age_s=age,
        law=law,
        caught_pct=_share_pct(totals.sun_wh, best.totals.heat_wh),
        not_solar_pct=totals.not_solar_pct,
        from_charging_pct=_share_pct(totals.from_charging_wh, totals.heat_wh, 0.0),
        switches_per_day=totals.switches / days,
        moves_per_day=totals.moves / days,
        travel_per_day=totals.travel_pct / 100.0 / days,
        worst_minute_import_w=run.worst_minute_w,
        soc_at_sunset_diff_pct=sum(diff) / len(diff),
        heat_kwh=totals.heat_wh / 1000.0,
        refined=inputs.refined,
        surplus_pct=_share_pct(totals.sun_wh - totals.from_charging_wh, best.totals.heat_wh),
        caught_own_path_pct=totals.caught_pct,
    )


def _share_pct(part: float, whole: float, of_nothing_pct: float = 100.0) -> float:
    return 100.0 * part / whole if whole > 0.0 else of_nothing_pct


def measure(home: str, age: int, law: str, inputs: Inputs) -> Row:
    """One law's row."""
    best = run_law(home, 1, ALL_KNOWING, inputs)
    run = best if law == ALL_KNOWING else run_law(home, age, law, inputs)
    return row_of(home, age, law, run, best, inputs)
