"""Whole virtual days in the embedded home: how much sun is caught, and at what price."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from pvopt.model import Tick
from pvopt.simulator.home import HomeInputs
from pvopt.simulator.series import Sky
from tests.scenario.homes import day, steady

CAUGHT_PCT: dict[Sky, float] = {"clear": 95.0, "broken": 90.0, "overcast": 80.0}
MOST_SWITCHES = 20
HEATER_W = 2000.0
SETTLED_S = 120.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sky", "seed"), [("clear", 1), ("broken", 1), ("broken", 2), ("overcast", 2)]
)
def test_a_day_is_caught_without_buying(sky: Sky, seed: int) -> None:
    world, loop = day(sky, seed)
    totals = world.totals
    bought_wh = totals.from_grid_wh + totals.from_battery_wh
    assert loop.counts.failed == 0
    assert totals.possible_wh > 1000.0, "a day without possible heat shows nothing"
    assert totals.caught_pct >= CAUGHT_PCT[sky]
    assert bought_wh <= max(0.01 * totals.heat_wh, 20.0)
    assert totals.switches <= MOST_SWITCHES


@pytest.mark.slow
@pytest.mark.parametrize("home", [{"dc_feed_in": True}, {"grid_setpoint_w": 50.0}])
def test_other_homes_are_caught_as_well(home: dict[str, Any]) -> None:
    world, loop = day("broken", **home)
    totals = world.totals
    assert loop.counts.failed == 0
    assert totals.caught_pct >= CAUGHT_PCT["broken"]
    assert totals.not_solar_pct <= 1.0
    assert totals.switches <= MOST_SWITCHES


class Setpoints:
    """Set-points of the first load, by time."""

    def __init__(self) -> None:
        self.asked_w: list[tuple[float, float]] = []

    def record(self, tick: Tick) -> None:
        self.asked_w.append((tick.snapshot.instant.mono_s, tick.decision.commands[0].setpoint_w))

    def worst_reversal_w(self, after_s: float) -> float:
        """The deepest fall from any peak that a rise follows, or the highest rise from a valley
        that a fall preceded, of all set-points after ``after_s``."""
        series = [watts for at_s, watts in self.asked_w if at_s >= after_s]
        turns = [series[0]]
        for watts in series[1:]:
            if len(turns) >= 2 and (turns[-1] - turns[-2]) * (watts - turns[-1]) >= 0.0:
                turns[-1] = watts
            elif watts != turns[-1]:
                turns.append(watts)
        # The first leg is the approach, not a reversal.
        return max((abs(b - a) for a, b in pairwise(turns[1:])), default=0.0)


@pytest.mark.parametrize(
    ("sun_w", "soc_pct", "export"),
    [(1200.0, 100.0, False), (2000.0, 100.0, False), (4000.0, 100.0, False), (2000.0, 100.0, True)],
)
def test_a_steady_sun_sees_no_hunting(sun_w: float, soc_pct: float, export: bool) -> None:
    setpoints = Setpoints()
    inputs = HomeInputs(pv_a_w=sun_w, load_l1_w=350.0)
    # A battery that is full and stays so: else its taper is no constant input.
    _, loop = steady(lambda _: inputs, soc_pct, setpoints, dc_feed_in=export)
    loop.run(until_s=1800.0)
    assert setpoints.asked_w[-1][1] > 0.25 * sun_w
    assert setpoints.worst_reversal_w(SETTLED_S) <= 0.02 * HEATER_W
