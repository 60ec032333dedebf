"""How fast the program runs here: the production loop, the law, and law and home compiled.

Seconds of processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pvopt.benchmarks.control import plant_of
from pvopt.benchmarks.course import inputs_of
from pvopt.benchmarks.inputs import DAY_S, MADE_UP_PLACE, Inputs, made_up_inputs
from pvopt.benchmarks.lean import ALLOWED_AGE_S, Lean, law_course, lean_course
from pvopt.benchmarks.ours import SERVO, Ours, ours
from pvopt.benchmarks.runs import begun
from pvopt.benchmarks.told import told
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.one_heater import HeaterState, heater_step
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.loop import Loop
from pvopt.simulator.compiled import available, compile_kernel
from pvopt.simulator.meters import read_meters

HOME = "dc-zero"
YEAR_S = 365 * DAY_S
YEAR_AIM_S, DAY_AIM_S = 10.0, 20.0
LAW_TICKS = 20_000
MADE_UP_DAYS = 10.0
REPEATS = 5
Cpu = Callable[[], float]  # seconds of processor time of this process
Say = Callable[[float, str], None]  # (share of the whole, words)
LOOP_SHARE, LAW_SHARE, SUN_SHARE, COMPILED_SHARE = 0.5, 0.55, 0.7, 0.9
SAY_TICKS = 300


@dataclass(frozen=True)
class Row:
    """One measured speed. ``whole_s``: what ``whole`` (a day, a year) takes at that speed."""

    name: str
    steps_per_s: float
    whole: str = ""
    whole_s: float = math.nan
    aim_s: float | None = None

    @property
    def met(self) -> bool:
        return self.aim_s is None or self.whole_s <= self.aim_s


def day_row(name: str, steps: int, took_s: float) -> Row:
    """A day at one-second steps: 86400 steps in 12 s are 7200 a second."""
    return Row(name, steps / took_s, "a day", DAY_S * took_s / steps, DAY_AIM_S)


def year_row(name: str, steps: int, took_s: float) -> Row:
    """A home-year at one-second steps."""
    return Row(name, steps / took_s, "a home-year", YEAR_S * took_s / steps, YEAR_AIM_S)


def measure_law(cpu: Cpu, say: Say) -> list[Row]:
    """The law alone, interpreted: every tick of a stream whose sun rises and falls."""
    say(LOOP_SHARE, "the law, interpreted")
    made, lean = _home()
    state, now, load, past = HeaterState(), _sample(made, lean), LoadNow(), OwnPast()
    began_s = cpu()
    for k in range(LAW_TICKS):
        sun_w = 1500.0 + 1500.0 * math.sin(k / 500.0)
        seen = now._replace(now_s=float(k), at_s=float(k), pv_w=sun_w, grid_w=350.0 - sun_w)
        said = heater_step(made.params, state, seen, load, True, math.nan, math.nan, 1.0, past)
        state = said.state
    return [Row("the law alone, interpreted", LAW_TICKS / (cpu() - began_s))]


def _home() -> tuple[Ours, Lean]:
    """Our law's home, settled at noon."""
    made = ours(SERVO, MADE_UP_PLACE, plant_of(HOME))
    start = begun(made.plant, inputs_of(made.plant, 3000.0, 350.0, 0.0))
    return made, Lean(start.home, start.flows, start.inputs)


def _sample(made: Ours, lean: Lean) -> SiteNow:
    meters = read_meters(made.plant.home, lean.flows, lean.inputs)
    return told(made.plant.home, meters, 0.0, 0.0, ALLOWED_AGE_S)


def measure_compiled(cpu: Cpu, say: Say) -> list[Row]:
    """The law alone and law and home, compiled."""
    if not available():
        return []
    say(LAW_SHARE, "a few days of sun and load")
    inputs = made_up_inputs(days=MADE_UP_DAYS)
    made, lean = _home()
    say(SUN_SHARE, "the law, compiled")
    law, sample = compile_kernel(law_course), _sample(made, lean)

    def law_alone(few: bool) -> None:
        pv_w, load_w, _, _ = _cut(inputs, few)
        law(made.params, HeaterState(), sample, pv_w, load_w)

    law_s = _mean_s(cpu, law_alone)
    say(COMPILED_SHARE, "law and home, compiled")
    whole = compile_kernel(lean_course)

    def law_and_home(few: bool) -> None:
        pv_w, load_w, litres, day = _cut(inputs, few)
        whole(
            made.plant,
            made.params,
            made.outlet,
            lean,
            pv_w,
            load_w,
            litres,
            day,
            inputs.clear_w,
        )

    whole_s = _mean_s(cpu, law_and_home)
    return [
        Row("the law alone, compiled", inputs.seconds / law_s),
        year_row("law and home, compiled", inputs.seconds, whole_s),
    ]


def _cut(inputs: Inputs, few: bool) -> tuple[Any, ...]:
    """The arrays, or their beginnings."""
    arrays = (inputs.pv_w, inputs.load_w, inputs.litres, inputs.day)
    return tuple(array[:60] for array in arrays) if few else arrays


def _mean_s(cpu: Cpu, work: Callable[[bool], Any]) -> float:
    """Processor seconds; the first call, a short one, may have to compile."""
    work(True)
    began_s = cpu()
    for _ in range(REPEATS):
        work(False)
    return (cpu() - began_s) / REPEATS


def measure_loop(loop: Loop, cpu: Cpu, say: Say, hours: float) -> list[Row]:
    """The production loop for so many simulated hours."""
    until_s = hours * 3600.0

    def beat() -> bool:
        ticks = loop.counts.ticks
        if ticks % SAY_TICKS == 0:
            say(LOOP_SHARE * ticks / until_s, "the whole production loop")
        return True

    began_s = cpu()
    loop.run(until_s=until_s - 1.0, beat=beat)
    return [day_row("the whole production loop", loop.counts.ticks, cpu() - began_s)]
