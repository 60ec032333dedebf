"""The forecast of a simulated home, as a source: its own sky, hour by hour. Pure.

Better than any real one, for it knows where each cloud will be; only an hour's mean is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pvopt.model import Forecast, ForecastPoint, Instant, Samples
from pvopt.simulator.shapes import HomeInputs

HOUR_S = 3600.0
AHEAD_H = 48
LOOKS = 6  # an hour
ISSUED_EVERY_S = 6.0 * HOUR_S


class SimForecast:
    """``ports.Source``. ``inputs_at``: what sun and household will bring, by Unix time."""

    def __init__(self, inputs_at: Callable[[float], HomeInputs], name: str = "forecast") -> None:
        self.name = name
        self._inputs_at = inputs_at
        self._forecast: Forecast | None = None

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The last one; a new one each six hours. ``budget_s`` is not needed."""
        del budget_s
        issued_utc_s = math.floor(instant.utc_s / ISSUED_EVERY_S) * ISSUED_EVERY_S
        if self._forecast is None or self._forecast.issued_utc_s != issued_utc_s:
            self._forecast = self._made(issued_utc_s)
        return Samples(self.name, forecast=self._forecast)

    def close(self) -> None:
        """Nothing to give back."""

    def _made(self, issued_utc_s: float) -> Forecast:
        hours = [issued_utc_s + HOUR_S * hour for hour in range(AHEAD_H)]
        points = [ForecastPoint(start_s, self._mean_w(start_s)) for start_s in hours]
        points.append(ForecastPoint(hours[-1] + HOUR_S, 0.0))
        return Forecast(f"{self.name}@{issued_utc_s:.0f}", issued_utc_s, self.name, tuple(points))

    def _mean_w(self, start_s: float) -> float:
        step_s = HOUR_S / LOOKS
        watts = [_sun_w(self._inputs_at(start_s + step_s * (k + 0.5))) for k in range(LOOKS)]
        return round(math.fsum(watts) / LOOKS, 1)


def _sun_w(inputs: HomeInputs) -> float:
    return inputs.pv_a_w + inputs.pv_b_w + inputs.pv_ac_w
