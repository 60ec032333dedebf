"""One home's aims: ours, those who know all, and how seldom a knob could move at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pvopt.act.curve_law import CurveLaw, law_pct
from pvopt.benchmarks import control
from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.limit_aims import CHIP_AIMS, SERVO_AIMS, Aims, Score, sought, verdict
from pvopt.benchmarks.limit_lazy import Lazy
from pvopt.benchmarks.limit_least import Least, least_of
from pvopt.benchmarks.limits import KNOWERS, Climb, run_climb
from pvopt.benchmarks.ours import DIGITAL, HEATER_W, SERVO
from pvopt.benchmarks.runs import TRACED, Run, run_ours

SURPLUS = 3  # the trace's column of all-knowing watts


class HomeLimits(NamedTuple):
    """Ours and the best found of those who know all, behind a chip and behind a servo; ``lazy``:
    how seldom that one's knob moves; ``least``: no knob less often."""

    home: str
    chip: Score
    chip_limit: Score
    servo: Score
    servo_limit: Score
    lazy: Lazy
    least: Least


def knower_of(home: str) -> Climb:
    """Who knows all here: the first of those that may see, or the best of those that climb."""
    return next(climb for _, climb in KNOWERS if home_of(home).hides == (climb.answer_s > 0.0))


def limits_of(home: str, inputs: Inputs, told: Callable[[str], None]) -> HomeLimits:
    """Measured on these days. ``told``: what is being done."""
    import numpy as np  # noqa: PLC0415 (an extra)

    own, plant, climb = control.inputs_for(home, inputs), control.plant_of(home), knower_of(home)
    told("all-knowing")
    best = control.run_law(home, 1, control.ALL_KNOWING, inputs)

    def score(run: Run) -> Score:
        row = control.row_of(home, 1, "", run, best, inputs)
        return Score(
            row.caught_pct,
            row.not_solar_pct,
            row.from_charging_pct,
            row.moves_per_day,
            row.travel_per_day,
        )

    def lazily(lazy: Lazy) -> Score:
        told(f"servo that moves for {lazy.up_ws:.0f} Ws up, {lazy.down_ws:.0f} Ws down")
        return score(run_climb(climb._replace(servo=True, lazy=lazy), plant, own))

    told("ours")
    trace = np.zeros((own.seconds, TRACED))
    chip = score(run_ours(DIGITAL, plant, 1, own))
    servo = score(run_ours(SERVO, plant, 1, own, trace=trace))
    told("who knows all")
    chip_limit = score(run_climb(climb, plant, own))
    lazy, servo_limit = sought(lazily, SERVO_AIMS)
    told("the least that a knob could move")
    law = CurveLaw(max_w=HEATER_W)
    least = least_of(trace[:, SURPLUS], HEATER_W, lambda watts: 0.01 * law_pct(law, watts))
    return HomeLimits(home, chip, chip_limit, servo, servo_limit, lazy, least)


LINE = "{home:<12}{who:<34}{caught:>9}{bought:>13}{charging:>11}{moves:>8}{strokes:>9}  {words}"


def head() -> list[str]:
    """The aims, above the homes."""
    names = LINE.format(
        home="home",
        who="who",
        caught="caught %",
        bought="not solar %",
        charging="charging %",
        moves="moves",
        strokes="strokes",
        words="aim",
    )
    return [names, _line("aims", "digital", CHIP_AIMS, ""), _line("", "servo", SERVO_AIMS, "")]


def lines_of(found: HomeLimits) -> list[str]:
    """A home's rows."""
    lazy = found.lazy
    waits = f"{lazy.up_ws:.0f} Ws up, {lazy.down_ws:.0f} Ws and {lazy.cushion_w:.0f} W down"
    least = Score(float("nan"), float("nan"), float("nan"), *found.least)
    chip = verdict(found.chip, found.chip_limit, CHIP_AIMS)
    servo = verdict(found.servo, found.servo_limit, SERVO_AIMS)
    return [
        _line(found.home, "pvopt-digital", found.chip, chip),
        _line("", "who knows all", found.chip_limit, ""),
        _line("", "pvopt-servo", found.servo, servo),
        _line("", "who knows all, moves when worth it", found.servo_limit, waits),
        _line("", "who knows the future", least, ""),
    ]


def _line(home: str, who: str, score: Score | Aims, words: str) -> str:
    return LINE.format(
        home=home,
        who=who,
        caught=_number(score.caught_pct, 2),
        bought=_number(score.not_solar_pct, 2),
        charging=_number(score.from_charging_pct, 2),
        moves=_number(score.moves, 0),
        strokes=_number(score.strokes, 1),
        words=words,
    ).rstrip()


def _number(number: float, places: int) -> str:
    """A dash for one that is not there."""
    return f"{number:.{places}f}" if 0.0 <= number < float("inf") else "-"
