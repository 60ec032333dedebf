"""What could be caught: the all-knowing diverter, and who knows all but a minute late. Kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.course import Course, Plant, inputs_of, lived
from pvopt.simulator.account import OFF, all_knowing_w, without_heater
from pvopt.simulator.home import HomeControls, home_step


class Late(NamedTuple):
    """How a late surplus becomes a budget: ``factor`` x the least of ``window_s`` seconds, less
    ``margin_w``. With a factor of 1, a window of 1 s and no margin: all of it."""

    factor: float = 1.0
    margin_w: float = 0.0
    window_s: int = 1


def late_budget_w(late: Late, known: Any, tick: int, age: int) -> float:
    """The budget at ``tick``. ``known``: a ring of past surplus, longer than age and window.

    Worked: 900 to 1000 W in the window, factor 0.9, margin 50 W: 0.9 * 900 - 50 = 760 W.
    """
    least_w = float(known[max(0, tick - age) % known.shape[0]])
    for k in range(1, late.window_s):
        least_w = min(least_w, float(known[max(0, tick - age - k) % known.shape[0]]))
        if least_w <= 0.0:
            return 0.0
    return max(0.0, late.factor * least_w - late.margin_w)


def reference_course(
    plant: Plant,
    late: Late,
    course: Course,
    before: HomeControls,
    age: int,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    known: Any,
) -> tuple[Course, HomeControls]:
    """``len(pv_w)`` seconds. ``age`` 0: the all-knowing diverter, else ``late`` by so much.

    ``known``: a ring for the surplus of past seconds.
    """
    heater_w = plant.home.heater_w
    for k in range(pv_w.shape[0]):
        inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
        begun = without_heater(course.home, course.beside)
        _, coming = home_step(plant.home, begun, inputs, OFF, 1.0)
        spare_w = all_knowing_w(plant.home, coming)
        known[course.tick % known.shape[0]] = spare_w
        asked_w = spare_w if age == 0 else late_budget_w(late, known, course.tick, age)
        controls = HomeControls(True, min(100.0, 100.0 * asked_w / heater_w))
        course = lived(plant, course, inputs, before, controls)
        before = controls
    return course, before
