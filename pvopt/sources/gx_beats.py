"""How late the messages of a GX reach us, by the clock in its heartbeat.

All messages come through one connection, in their order. Where a network stood still, what had
waited in the wires comes in one go: old numbers that look like new ones. A heartbeat says when
it was made, so it shows how long everything around it has waited.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

JITTER_S = 1.5  # a heartbeat tells whole seconds; half of one is the network's
# A clock that was set back looks like a delay of just so long. But what has waited comes faster
# than it was made, and a queue that grows does not stand still: a difference that stays is a clock.
STEADY = 20  # heartbeats, a minute


@dataclass(slots=True)
class Beats:
    """``lag_s``: how much later than the quickest the last heartbeat came; 0 while that is within
    the usual jitter. ``at_s``: when it came; ``utc_s``: what it said."""

    lag_s: float = 0.0
    at_s: float = -math.inf
    utc_s: float = 0.0
    _least_s: float = math.inf
    _steady_from_s: float = math.inf
    _steady: int = 0

    def take(self, at_s: float, utc_s: float) -> None:
        """One heartbeat. ``at_s``: our monotonic clock; ``utc_s``: the GX's own."""
        self.at_s, self.utc_s = at_s, utc_s
        apart_s = at_s - utc_s
        self._least_s = min(self._least_s, apart_s)
        late_s = apart_s - self._least_s
        if late_s <= JITTER_S:
            self._steady, self.lag_s = 0, 0.0
            return
        if self._steady and abs(apart_s - self._steady_from_s) <= JITTER_S:
            self._steady += 1
        else:
            self._steady, self._steady_from_s = 1, apart_s
        self.lag_s = late_s
        if self._steady > STEADY:
            self._least_s, self._steady, self.lag_s = apart_s, 0, 0.0

    def forget(self) -> None:
        """A new connection: nothing waits in it yet."""
        self._least_s, self._steady, self.lag_s = math.inf, 0, 0.0
