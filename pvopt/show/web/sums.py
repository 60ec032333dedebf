"""The home's energies of today, as far as they were seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from pvopt.flows import MAX_DT_S, flows_of
from pvopt.model import Tick
from pvopt.show.status_forms import fresh_site

WHOLE_S = 600.0  # who begins so soon after midnight has seen the whole day


class Today:
    """Adds up watts from tick to tick; begins anew at the site's midnight."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last_s: float | None = None
        self._wh: dict[str, float] = {}
        self._kept: tuple[str, Mapping[str, float]] = ("", {})
        self.date = ""
        self.since_utc_s: float | None = None  # None: from midnight on, or as far as recorded
        # Of the days before, since the start; below 0: what today has from before the start.
        self.before_wh: dict[str, float] = {}

    def begin(self, date: str, wh: Mapping[str, float]) -> None:
        """What an earlier run recorded of a day (ISO); before the first tick."""
        self._kept = (date, wh)

    def add(self, tick: Tick) -> None:
        instant, site = tick.snapshot.instant, fresh_site(tick)
        local = datetime.fromtimestamp(instant.utc_s, self._zone)
        date = f"{local:%Y-%m-%d}"
        if date != self.date:
            self._new_day(date, local)
        last_s, self._last_s = self._last_s, instant.mono_s
        dt_s = 0.0 if last_s is None else instant.mono_s - last_s
        if site is None or not 0.0 < dt_s <= MAX_DT_S:
            return
        wh = dict(self._wh)
        for name, watts in flows_of(site).items():
            wh[name] = wh.get(name, 0.0) + watts * dt_s / 3600.0
        self._wh = wh  # whole, for another thread may look

    def _new_day(self, date: str, local: datetime) -> None:
        self.before_wh = _added(self.before_wh, self.wh())
        kept: Mapping[str, float] = {}
        if self._kept[0] == date:
            kept, self._kept = self._kept[1], ("", {})
        after_s = local.hour * 3600 + local.minute * 60 + local.second
        self.since_utc_s = None if kept or after_s <= WHOLE_S else local.timestamp()
        self.date, self._wh = date, dict(kept)
        self.before_wh = _added(self.before_wh, {name: -one for name, one in self.wh().items()})

    def wh(self) -> dict[str, float]:
        """Wh by name; what was never known is missing."""
        return {name: round(number, 1) for name, number in self._wh.items()}


def _added(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in {**one, **other}}
