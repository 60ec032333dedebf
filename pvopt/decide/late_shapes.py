"""Shapes and constants of the law for late samples (``late.py``). Watts, seconds, watt-hours."""

from __future__ import annotations

import math
from typing import NamedTuple

# Samples that are older when they come, or come more seldom, are late: a step can no longer be
# judged by who answers it before the sky is another one.
LATE_S = 15.0
# What is bought for lack of knowledge may be so much of the heat, a little less than 3 %.
BOUGHT_SHARE = 0.0285
# The climb before anything is learned, of the heater's power a second: 4 W/s with 2 kW. Who knew
# the exact surplus a minute late would do best with 1 to 6 W/s, depending on home and season.
RISE = 0.002
# What was saved or overspent counts in units of so many hours at full power (2 kW: 60 Wh, what
# a changeable day buys): a unit saved lets the climb double, one overspent halves it and takes
# this share of the budget off, down to no less than half.
UNIT_H = 0.03
CAUTION = 0.05
LEAST_FACTOR = 0.5
# A week of clear sky saves no more, a bad month owes no more (units).
MOST_SAVED = 20.0
MOST_OWED = 50.0
# Limited for a minute: the panels may give so much of the heater's power more; for two minutes
# four times as much, as nobody complained of the climb.
GROWTH = 0.06
# The belief in what the panels could give returns to what they gave lately within this.
CREEP_S = 300.0
# Limited, and the battery lacks watts for longer than kettle and charger take: the belief is
# wrong, and fades as slowly as it came.
DOUBT_S = 120.0
# Changes below these shares of the heater's power are not worth a movement, upward and down.
UP_SHARE = 0.02
DOWN_SHARE = 0.005
# A sample made while our loads moved shows neither before nor after: the next one will do,
# unless they are rare.
RARE_S = 10.0
# A pause in the samples longer than this is no measure of anything.
PAUSE_S = 300.0


class LateState(NamedTuple):
    """``bank_wh`` and ``bill_s`` outlive gates, the rest begins anew."""

    proven_w: float = 0.0  # surplus that lasted: it drops at once and rises slowly
    sky_w: float = 0.0  # what the panels are believed able to give
    climb_s: float = 0.0  # limited for so long
    known_s: float = math.inf  # since the last sample that counted; infinite: there was none
    moved_s: float = math.inf  # our loads are at rest for so long, by the samples
    bank_wh: float = 0.0  # what might have been bought, less what was
    bill_s: float = 0.0  # since the last sample that was billed
