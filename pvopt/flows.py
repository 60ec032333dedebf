"""What flows through the home, and the energy of it, summed up from tick to tick."""

from __future__ import annotations

import math

from pvopt.model import Reading, Site

MAX_DT_S = 60.0  # a longer pause counts for nothing


def flows_of(site: Site) -> dict[str, float]:
    """Watts >= 0 by the name of their energy; what is not known is missing.

    Worked: ``grid_w`` -120 is ``import_wh`` 0 and ``export_wh`` 120.
    """
    flows: dict[str, float] = {}
    for name, reading in (("pv_wh", site.pv_w), ("load_wh", site.load_w)):
        watts = _known(reading)
        if watts is not None:
            flows[name] = watts
    for above, below, reading in (
        ("import_wh", "export_wh", site.grid_w),
        ("charged_wh", "discharged_wh", site.battery_w),
    ):
        watts = _known(reading)
        if watts is not None:
            flows[above], flows[below] = max(0.0, watts), max(0.0, -watts)
    return flows


def _known(reading: Reading) -> float | None:
    return None if reading.value is None or not math.isfinite(reading.value) else reading.value


class Energies:
    """Wh since the start, by name; never falling but where a meter tells less than 0."""

    def __init__(self) -> None:
        self.wh: dict[str, float] = {}
        self._last_s: float | None = None

    def add(self, site: Site | None, now_s: float) -> None:
        """What the home does now counts for the time since the last tick. ``site`` None: not known,
        or too old to be believed; ``now_s``: mono.

        Worked: 1800 W a second after the last tick are 0.5 Wh.
        """
        last_s, self._last_s = self._last_s, now_s
        dt_s = 0.0 if last_s is None else now_s - last_s
        if site is None or not 0.0 < dt_s <= MAX_DT_S:
            return
        for name, watts in flows_of(site).items():
            self.wh[name] = self.wh.get(name, 0.0) + watts * dt_s / 3600.0
