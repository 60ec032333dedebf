"""A load that stays up for minutes while the knob asks for little. A kernel.

A short that stands in the load for a minute is soon laid to the house. What is not forgotten is
the least load with the relay open; and what kettles and hobs do not do is to stay a good share
of a heater above it for ten minutes without a single sample below. Ovens, washing machines and
heat pumps do it, too: each opening that finds one makes us more patient, until the load is seen
below.
"""

from __future__ import annotations

from pvopt.decide.effect_state import PATIENCE_S, EffectMeters, EffectState, stuck_w
from pvopt.decide.unrest import JUMP_SHARE, STEP_W

# With the knob below so much of the rating our own watts are not what keeps the load up;
# above the second share nothing is known any more, and the time begins anew.
LOW_SHARE = 0.25
HIGH_SHARE = 0.5
# Ten minutes, half an hour, an hour and a half: of a day with a heat pump, a handful of looks.
MORE_PATIENT = 3.0
MOST_PATIENCE_S = 5400.0


def lasting_step(state: EffectState, meters: EffectMeters, settled: bool) -> EffectState:
    """A sample with the relay closed: for how long has the load been up by a heater?

    Worked: 300 W at night, a heater of 2000 W: with the knob at 0 to 500 W the load never is
    below 1100 W for 600 s: reason to look (``outlasted``).
    """
    if meters.expected_w > HIGH_SHARE * meters.rating_w:
        return state._replace(up_s=0.0)
    if meters.expected_w > LOW_SHARE * meters.rating_w:
        return state
    if stuck_w(state, meters.load_w) <= jump_w(meters):
        # Only at rest is it known that the house can be as low as that.
        patience_s = PATIENCE_S if settled else state.patience_s
        return state._replace(up_s=0.0, patience_s=patience_s)
    return state._replace(up_s=state.up_s + state.unrest.gap_s)


def jump_w(meters: EffectMeters) -> float:
    """What could be taken for the heater (W)."""
    return max(STEP_W, JUMP_SHARE * meters.rating_w)


def outlasted(state: EffectState) -> bool:
    """Whether the load has been up for longer than is put down to the house."""
    return state.up_s >= state.patience_s


def more_patient(state: EffectState) -> EffectState:
    """It was the house."""
    patience_s = min(MOST_PATIENCE_S, MORE_PATIENT * state.patience_s)
    return state._replace(up_s=0.0, patience_s=patience_s)
