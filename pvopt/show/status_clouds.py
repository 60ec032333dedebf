"""How much of the coming day's sun clouds will take, as a status tells it."""

from __future__ import annotations

import math

from pvopt.decide.clouds import cloud_pct, coming_day
from pvopt.decide.settings import DaylightSettings
from pvopt.model import Snapshot

UNKNOWN = -1  # what the solar balancer itself says before it has a forecast


class Clouds:
    """Whole % of a clear sky's energy; worked out anew for a new forecast and another day, for it
    is some milliseconds of work."""

    def __init__(self, place: DaylightSettings) -> None:
        self._place = place
        self._of: object = None
        self._pct = UNKNOWN

    def __call__(self, snapshot: Snapshot) -> int:
        place, forecast, instant = self._place, snapshot.forecast, snapshot.instant
        if forecast is None or not instant.utc_ok:
            return UNKNOWN
        day = coming_day(place.timezone, instant.utc_s)
        if self._of != (forecast.id, day):
            pct = cloud_pct(
                forecast,
                place.planes,
                place.latitude,
                place.longitude,
                day,
                place.timezone,
            )
            self._of, self._pct = (forecast.id, day), UNKNOWN if math.isnan(pct) else round(pct)
        return self._pct
