"""What a full battery lent to our loads, and how it gets it back. Kernel.

A battery that is full wants nothing, and so the search takes for its own all that the panels
give. But each probe that failed, and each cloud, borrowed a little from it: until that is back it
wants a few watts again, and nobody limited tells so. Kept by an account, they go back at once, to
the watt, and are ours again, without any search, when all is repaid: the sun carried them.

Only where a surplus is hidden, for an export shows by itself what the battery does not want; and
only for what moves without wear: a servo would turn twice for a fraction of a watt-hour.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt_shapes import LAG_S, LASTING_CHIP_S, HuntMeters, HuntState
from pvopt.decide.hunt_watch import seen
from pvopt.decide.settings import HuntParams

# A battery that wants no more than this is full. One that gave more than 5 Wh is so no longer, and
# its wish is learned anew.
FULL_W = 60.0
MOST_DEBT_WS = 18_000.0
# What is owed is given back when it comes to so much: what a smallest probe borrows.
DEBT_WS = 40.0
# A full battery that takes no more than this although it could has got all back.
REPAID_W = 5.0
# How fast it is learned what a battery takes for it, a sample.
REFILL_SHARE = 0.3


def lent(params: HuntParams, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntState:
    """Lay a sample to the account.

    Worked: a full battery gave 300 W for two seconds and takes 35 W when it can. For 17 s 35 W
    less are drawn, then 35 W more again.
    """
    state = state._replace(freed_w=0.0)
    battery_w = meters.battery_w
    counts = params.lasting_s <= LASTING_CHIP_S and not meters.may_export
    full = state.accept_w < FULL_W or state.debt_ws > 0.0
    if not counts or math.isnan(battery_w) or not full:
        return state._replace(debt_ws=0.0, repays=False)
    rest_w = min(0.0, state.accept_w)  # what its meter errs by
    debt_ws, refill_w = state.debt_ws - (battery_w - rest_w) * dt_s, state.refill_w
    free = meters.limited > 0.5 and not meters.unsure and state.rest_s >= LAG_S
    if free and state.step_w <= 0.0 and seen(state, meters):
        if battery_w < rest_w + REPAID_W:
            debt_ws = 0.0
        elif state.debt_ws > 0.0:
            refill_w += REFILL_SHARE * (min(FULL_W, battery_w) - refill_w)
    if not 0.0 < debt_ws < MOST_DEBT_WS:
        debt_ws = 0.0
    # The sample is a second old, and what it takes meanwhile counts, too.
    repays = debt_ws > DEBT_WS or (state.repays and debt_ws > max(0.0, battery_w))
    freed_w = battery_w if state.repays and not repays and battery_w > 0.0 else 0.0
    return state._replace(debt_ws=debt_ws, refill_w=refill_w, repays=repays, freed_w=freed_w)


def refilling(state: HuntState, watts: float) -> bool:
    """Whether a battery that takes ``watts`` more than its wish only takes back what it lent."""
    return state.debt_ws > 0.0 and watts < FULL_W
