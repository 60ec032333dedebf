"""A second of the simulated home, its bill and its meters. A kernel."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.simulator.account import (
    OFF,
    Beside,
    Totals,
    account_step,
    beside_of,
    beside_step,
    without_heater,
)
from pvopt.simulator.home import (
    HomeControls,
    HomeFlows,
    HomeInputs,
    HomeParams,
    HomeState,
    home_step,
)
from pvopt.simulator.meters import Meters, read_meters


class Second(NamedTuple):
    """How the home is after a step, and what its meters show then.

    ``alone``: the home beside without the heater; ``beside``: what it did in this step.
    """

    state: HomeState
    flows: HomeFlows
    alone: HomeState
    beside: Beside
    totals: Totals
    meters: Meters


def second_step(
    params: HomeParams,
    state: HomeState,
    alone: HomeState,
    totals: Totals,
    inputs: HomeInputs,
    before: HomeControls,
    controls: HomeControls,
    resolution_pct: float,
    dt_s: float,
) -> Second:
    """``state``, ``alone``, ``totals``: as the step before left them; ``before``: its controls;
    ``resolution_pct``: a knob that moves by less does not count; ``dt_s``: 0 to 1 s."""
    after, flows = home_step(params, state, inputs, controls, dt_s)
    if controls == OFF and without_heater(state, alone) == state:
        alone, beside = after, beside_of(flows)  # the same step, not twice
    else:
        alone, beside = beside_step(params, state, alone, inputs, dt_s)
    totals = account_step(
        params,
        totals,
        flows,
        beside,
        abs(controls.knob_pct - before.knob_pct),
        controls.relay_closed != before.relay_closed,
        resolution_pct,
        dt_s,
    )
    return Second(after, flows, alone, beside, totals, read_meters(params, flows, inputs))
