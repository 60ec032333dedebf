"""Shapes and constants of the search for surplus (``hunt.py``). Watts, seconds, watt-hours."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.late_shapes import LateState
from pvopt.model import Why
from pvopt.shape import replaceable

# Seconds from a command until relay, knob, inverter and the meters' one-second tick show it.
LAG_S = 3.0
# A budget that the loads do not follow for so long is given up.
FOLLOW_S = 40.0
# Neither limited nor exporting: what is owed goes back when it comes to so many watt-seconds
# (10 W for six seconds). With next to nothing owed this is the very edge, and only its long
# duration makes us look again; sooner where devices near their limit say the same on both sides.
OWED_WS = 60.0
# An error of a knob that moves without wear has to last so long before it is put right.
LASTING_CHIP_S = 1.0
EDGE_CONTENT_S = 180.0
UNSURE_CONTENT_S = 60.0
# So many answered steps in a row make the steps grow; one that failed takes the first away.
TRUSTED = 2.0
GROWTH = 3.0
MAX_BACKOFF = 4.0
# Panels that rose by so much of a step gave it whole; the rest are losses, and the sun's own way.
WHOLE_SHARE = 0.8
# A failed search that cost a switch of the relay waits so many of its minimum times.
COSTLY_WAITS = 5.0
MAX_RESPONSE_S = 180.0
# What the panels gave lately is a hint of what they hide, fading within this; a part of it may be
# tried in one step. Clearly less than it means a cloud, which may pass any time.
BEST_S = 1200.0
HOPE = 0.35
SHADED_SHARE = 0.9
SHADED_WAIT_S = 10.0
# A step may be so many first steps, or what the battery can lend out of its charging.
LEND = 4.0
# What a sun that falls or rises fast will change in so long is given back, or taken, too.
LEAD_S = 2.0
# At the edge so little is left over: meters round, and a knob stops where it can.
REST_W = 2.0
# Panels that gave more by so much in the last moments, nobody limited, come out of a cloud.
FAST_W = 40.0
# Panels that give more by no more than this from sample to sample are at rest.
STILL_W = 15.0
# A battery that stays within this is at rest: a slow charger on its way gives 15 W a second.
STEADY_W = 30.0
# A change of the load that shows who answers it.
CLEAR_W = 80.0
# A battery that is full may read so little: what its own meter errs by, and the DC loads.
LEAST_WISH_W = -80.0
# The house without our loads is compared over so long at the most.
HOUSE_S = 10.0
# A fall of the whole load by more than this makes an inverter export until it has followed.
DROP_W = 30.0
# A charger that becomes limited so long after our last step back does so for more sun.
ROSE_S = 15.0
# How fast the battery's wish is learned, a sample: from limited chargers, from export, and down
# from a device that is only near its limit (with our loads off, on).
WISH_SHARE = 0.3
WISH_SHARE_EXPORT = 0.7
UNSURE_SHARE_IDLE = 0.003
UNSURE_SHARE = 0.0005


class HuntMeters(NamedTuple):
    """One sample. Watts; signs as in model.py; NaN: not known.

    ``grid_w``: import + / export - relative to the grid set-point, for the phases that count;
    ``own_w``: what our loads draw; ``limited``: 1 sun is hidden, 0 not, NaN not known;
    ``age_s``: age of the sample; ``fresh``: not seen before; ``ceiling_w``: PV power that the
    sky cannot exceed (NaN: no bound).
    ``promise_w``: PV power that forecast or clear sky promise beyond the present (NaN: none);
    ``short_w``: how far the panels fall short of the whole load; ``waiting``: a contact waits
    for its time, so that the loads cannot follow yet.
    ``may_export``: surplus of the panels may go to the grid;
    ``unsure``: sun may be hidden, by devices near to their limit alone; ``high_w``, ``low_w``,
    ``still``: what our loads drew when the sample was made, see ``OwnPast``; ``reach_w``: up to
    here our loads can follow a budget watt by watt.
    """

    grid_w: float
    pv_w: float
    load_w: float
    battery_w: float
    own_w: float
    limited: float
    age_s: float
    fresh: bool
    ceiling_w: float
    promise_w: float = math.nan
    short_w: float = -math.inf
    waiting: bool = False
    unsure: bool = False
    may_export: bool = True
    high_w: float = 0.0
    low_w: float = 0.0
    still: bool = False
    reach_w: float = math.inf


class OwnPast(NamedTuple):
    """What our loads drew when the sample was made: the most and the least (W, >= 0) of the
    tick that its age points at and the one before, for nobody knows which of them it shows.

    ``still``: no change by more than 1 W from two ticks before to one after.
    """

    high_w: float = 0.0
    low_w: float = 0.0
    still: bool = True


@replaceable
class HuntState(NamedTuple):
    budget_w: float = 0.0
    accept_w: float = math.nan  # the battery's wish: what it takes when it can choose
    wish_load_w: float = math.nan  # the load when it last had that, ...
    wish_pv_w: float = math.nan  # ... and the panels
    step_w: float = 0.0  # step under judgement, 0: none
    step_s: float = 0.0  # how long it has been in force
    from_w: float = 0.0  # what the panels gave when it began, ...
    lacked_w: float = 0.0  # ... and what was lacking then
    borrowed_wh: float = 0.0  # by the step under judgement
    hour_wh: float = 0.0  # by all steps, leaking away over an hour
    wait_s: float = 0.0  # until the next step up
    backoff: float = 1.0
    next_w: float = 0.0  # size of the next step up
    streak: float = TRUSTED  # answered steps in a row; a search that just failed begins humbly
    response_s: float = 0.0  # learned; 0: not yet
    edge_s: float = 0.0  # neither limited nor exporting for so long
    deficit_s: float = 0.0  # limited and yet lacking for so long
    raised_w: float = 0.0  # lately added, perhaps not yet followed by the inverter
    raised_s: float = math.inf  # since then
    back_s: float = math.inf  # since the last step back
    since_s: float = 0.0  # since the last command
    gap_s: float = 0.0  # since the last sample
    sample_s: float = 1.0  # between the last two samples
    pv_w: float = 0.0  # of the sample before
    load_w: float = 0.0
    rest_w: float = 0.0  # the battery has stayed near this ...
    rest_s: float = 0.0  # ... for so long
    held_load_w: float = math.nan  # load and panels before a change under watch, ...
    held_pv_w: float = math.nan
    held_s: float = 0.0  # ... that long ago
    trusted: bool = False  # limited chargers do hide sun: they answered the last change
    was_limited: bool = False
    rise_w: float = 0.0  # by how much the panels rose in the last moments while nobody was limited
    drop_s: float = math.inf  # since the whole load fell, ...
    drop_w: float = 0.0  # ... by so much
    odd_s: float = math.inf  # since it fell with our loads, but by other than they did
    calm_s: float = 0.0  # since it rose above calm_w
    calm_w: float = 0.0
    spare_s: float = 0.0  # sun has been to spare for so long
    above_s: float = 0.0  # the battery has taken more than its wish for so long, ...
    above_w: float = 0.0  # ... the least of it
    house_w: float = math.nan  # the load without ours, when ours last was at rest, ...
    house_s: float = math.inf  # ... so long ago, ...
    lack_w: float = 0.0  # ... and what was lacking then
    best_w: float = 0.0  # the most that the panels gave lately, fading over BEST_S
    shaded: bool = False  # the panels give clearly less than that: the sun may return any time
    unused_ws: float = 0.0  # visible surplus left lying since the last change of the budget
    owed_ws: float = 0.0  # taken from battery or grid since then
    astray_s: float = 0.0  # own loads away from the budget for so long
    debt_ws: float = 0.0  # what a full battery lent and has not got back
    refill_w: float = 0.0  # what it takes for that when it can, learned
    repays: bool = False  # it is let have it
    freed_w: float = 0.0  # what it took until now and does not want any more
    late: LateState = LateState()


class HuntResult(NamedTuple):
    state: HuntState
    budget_w: float
    why: Why
    needs_w: float
    needs_s: float
