"""The home's energies of today, as far as they were seen."""

from __future__ import annotations

from datetime import datetime, tzinfo

from pvopt.flows import MAX_DT_S, flows_of
from pvopt.model import Tick
from pvopt.show.status_forms import fresh_site


class Today:
    """Adds up watts from tick to tick; begins anew at the site's midnight."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last_s: float | None = None
        self._wh: dict[str, float] = {}
        self.date = ""
        self.before_wh: dict[str, float] = {}  # of the days before, since the start

    def add(self, tick: Tick) -> None:
        instant, site = tick.snapshot.instant, fresh_site(tick)
        date = f"{datetime.fromtimestamp(instant.utc_s, self._zone):%Y-%m-%d}"
        if date != self.date:
            self.before_wh = _added(self.before_wh, self.wh())
            self.date, self._wh = date, {}
        last_s, self._last_s = self._last_s, instant.mono_s
        dt_s = 0.0 if last_s is None else instant.mono_s - last_s
        if site is None or not 0.0 < dt_s <= MAX_DT_S:
            return
        wh = dict(self._wh)
        for name, watts in flows_of(site).items():
            wh[name] = wh.get(name, 0.0) + watts * dt_s / 3600.0
        self._wh = wh  # whole, for another thread may look

    def wh(self) -> dict[str, float]:
        """Wh by name; what was never known is missing."""
        return {name: round(number, 1) for name, number in self._wh.items()}


def _added(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in {**one, **other}}
