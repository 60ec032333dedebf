"""Beside laws that catch more because they buy more: ours, told to draw a few watts too much.

Where the grid takes all, a law of fifty looks a second that aims at no export at all catches a
little more than ours, and buys twice as much. What ours would catch for that shows when its
margin is below zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pvopt.benchmarks import control
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ours import DIGITAL, ours
from pvopt.benchmarks.runs import Run, run_ours, run_rival

RIVALS = ("mk2", "yasolr")
MARGINS_W = (0.0, -5.0, -10.0, -20.0)


LINE = "{home:<12}{who:<34}{caught:>9}{bought:>13}"


class Beside(NamedTuple):
    """One law: who, and what it came to."""

    who: str
    caught_pct: float
    not_solar_pct: float


def beside_rivals(home: str, inputs: Inputs, told: Callable[[str], None]) -> list[Beside]:
    """Ours at each margin, then the rivals. ``told``: what is being done."""
    own, plant = control.inputs_for(home, inputs), control.plant_of(home)
    best = control.run_law(home, 1, control.ALL_KNOWING, inputs)

    def row(who: str, run: Run) -> Beside:
        found = control.row_of(home, 1, who, run, best, inputs)
        return Beside(who, found.caught_pct, found.not_solar_pct)

    rows, plain = [], ours(DIGITAL, own.place, plant).params
    for margin_w in MARGINS_W:
        told(f"ours, {-margin_w:.0f} W too much")
        params = plain._replace(hunt=plain.hunt._replace(margin_w=margin_w))
        who = DIGITAL if margin_w == 0.0 else f"{DIGITAL}, {-margin_w:.0f} W too much"
        rows.append(row(who, run_ours(DIGITAL, plant, 1, own, params=params)))
    for name in RIVALS:
        told(name)
        rows.append(row(name, run_rival(name, plant, 1, own)))
    return rows


def rival_lines(home: str, rows: list[Beside]) -> list[str]:
    """The rows, and for each rival whether ours catches as much and buys no more."""
    lines = []
    for number, row in enumerate(rows):
        words = LINE.format(
            home="" if number else home,
            who=row.who,
            caught=f"{row.caught_pct:.2f}",
            bought=f"{row.not_solar_pct:.2f}",
        )
        lines.append(words if row.who in RIVALS else f"{words}{_passed(row, rows)}")
    return lines


def _passed(mine: Beside, rows: list[Beside]) -> str:
    """Which rivals catch no more than this row and buy no less."""
    passed = [
        row.who
        for row in rows
        if row.who in RIVALS
        and row.caught_pct <= mine.caught_pct
        and row.not_solar_pct >= mine.not_solar_pct
    ]
    return f"  no worse than {', '.join(passed)}" if passed else ""
