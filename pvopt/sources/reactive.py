"""Active power of a meter that tells apparent power and an index of reactive energy."""

from __future__ import annotations

import math

SURE_VARH = 5.0  # so much of the index is a power, however soon it came
LEAST_VARH, LEAST_S = 2.0, 60.0  # so much is one after a minute
QUIET_S = 120.0  # nothing of it for so long: none
SECONDS_AN_HOUR = 3600.0


class ReactivePower:
    """Reactive power (var, >= 0) out of the steps of an index (varh), which counts whole ones.

    Worked: 5 varh within 30 s are 600 var.
    """

    def __init__(self) -> None:
        self._from_varh = math.nan
        self._from_s = 0.0
        self._var = 0.0

    def take(self, index_varh: float, at_s: float) -> None:
        """One more reading of the index; one that runs backwards is a new meter."""
        if math.isnan(self._from_varh) or index_varh < self._from_varh:
            self._from_varh, self._from_s, self._var = index_varh, at_s, 0.0
            return
        grown_varh, took_s = index_varh - self._from_varh, at_s - self._from_s
        sure = grown_varh >= SURE_VARH and took_s > 0.0
        if sure or (grown_varh >= LEAST_VARH and took_s >= LEAST_S):
            self._var = grown_varh * SECONDS_AN_HOUR / took_s
        elif took_s < QUIET_S:
            return
        else:
            self._var = 0.0
        self._from_varh, self._from_s = index_varh, at_s

    def var(self, now_s: float) -> float:
        """The power now; 0 where the index has not told one for two minutes."""
        return self._var if now_s - self._from_s < QUIET_S else 0.0


def active_w(apparent_va: float, reactive_var: float) -> float:
    """sqrt(S^2 - Q^2) with the sign of S. Worked: 1000 VA with 600 var are 800 W."""
    square = apparent_va * apparent_va - reactive_var * reactive_var
    return math.copysign(math.sqrt(max(0.0, square)), apparent_va)
