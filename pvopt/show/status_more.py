"""Of our own status: energies that only rise, what a person set, how the sources fare. Pure.

Others add up what they are told, so an energy must never fall but to begin anew. What is on disk
outlives a crash, and no more: so of a load's energy is told what is kept already, a minute late.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pvopt import __version__
from pvopt.decide.memory import Ledger
from pvopt.model import Health, RequestKind, Site
from pvopt.show.status_numbers import known, rounded


class Counted(NamedTuple):
    """Wh since the start of the program, each of them >= 0 and rising."""

    pv: float = 0.0
    grid_in: float = 0.0
    grid_out: float = 0.0
    battery_in: float = 0.0
    battery_out: float = 0.0

    def more(self, site: Site, dt_s: float) -> Counted:
        """With ``dt_s`` seconds of the home as it is. What is not known counts as nothing.

        Worked: 1200 W from the grid for 3 s are 1 Wh of ``grid_in``.
        """
        hours = dt_s / 3600.0
        pv_w, grid_w = known(site.pv_w) or 0.0, known(site.grid_w) or 0.0
        battery_w = known(site.battery_w) or 0.0
        return Counted(
            self.pv + max(0.0, pv_w) * hours,
            self.grid_in + max(0.0, grid_w) * hours,
            self.grid_out + max(0.0, -grid_w) * hours,
            self.battery_in + max(0.0, battery_w) * hours,
            self.battery_out + max(0.0, -battery_w) * hours,
        )


class More(NamedTuple):
    """``late``: ticks since the start; ``kept_wh``: energies of today by load, as they are told;
    None: as the ledger has them."""

    counted: Counted = Counted()
    late: int = 0
    kept_wh: Mapping[str, float] | None = None


class KeptEnergies:
    """Today's energies as they would be after a crash. ``saved_s``: mono instant of the newest
    ledger on disk; None: nothing is kept, and a new start begins at 0."""

    def __init__(self, saved_s: Callable[[], float] | None) -> None:
        self._saved_s = saved_s
        self._safe: Mapping[str, float] | None = None
        self._waiting: tuple[float, Mapping[str, float]] | None = None

    def of(self, ledger: Ledger, now_s: float) -> Mapping[str, float] | None:
        """What may be told in the tick at ``now_s`` (mono); of a load that is not there: 0."""
        if self._saved_s is None:
            return None
        if self._safe is None:  # the first tick has drawn nothing: what was kept is what there is
            self._safe = _today(ledger)
        if self._waiting is not None and self._saved_s() >= self._waiting[0]:
            self._safe, self._waiting = self._waiting[1], None
        if self._waiting is None:
            today = _today(ledger)
            if today != self._safe:
                self._waiting = now_s, today
        return self._safe


def _today(ledger: Ledger) -> Mapping[str, float]:
    return {one.id: one.today_wh for one in ledger.energy}


def energy(wh: float) -> float:
    """Wh in tenths, never more than there is: what was kept with fewer digits is told alike."""
    return math.floor(wh * 10.0 + 0.001) / 10.0


def of_program(more: More, health: tuple[Health, ...]) -> dict[str, Any]:
    return {
        "version": __version__,
        "late_ticks": more.late,
        "counted_wh": {name: energy(wh) for name, wh in more.counted._asdict().items()},
        "sources": {
            one.origin: {"ok": one.ok, "age_s": rounded(one.age_s), "fault": one.fault}
            for one in health
        },
    }


def by_hand(ledger: Ledger, load: str) -> dict[str, Any]:
    """What a person asked of a load. ``set_c``: temperatures; null: as configured."""
    mode, left_min = "auto", 0
    set_c: dict[str, float | None] = {"max": None, "min": None, "eco": None}
    for one in ledger.standing:
        request = one.request
        if request.target != load:
            continue
        if request.kind == RequestKind.SET_TEMP:
            set_c[request.temp.name.lower()] = rounded(request.until_c)
            continue
        mode = request.kind.name.lower()
        boost = request.kind == RequestKind.BOOST and math.isfinite(one.left_s)
        left_min = math.ceil(max(0.0, one.left_s) / 60.0) if boost else 0
    return {"mode": mode, "boost_min": left_min, "set_c": set_c}
