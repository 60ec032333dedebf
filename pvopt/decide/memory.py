"""What decide remembers from tick to tick; frozen, in and out.

``timers`` run on the monotonic clock and are never saved: after a start every load counts as
just switched off, so a lost memory can delay a switch and never endanger. ``ledger`` is
calendar-bound and is saved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pvopt.decide.comfort import ComfortState
from pvopt.decide.drive import DriveState
from pvopt.decide.effect_state import EffectState
from pvopt.decide.frozen import FrozenState
from pvopt.decide.hunt import HuntState
from pvopt.decide.limits import LimitState
from pvopt.model import Why


@dataclass(frozen=True, slots=True)
class LoadTimers:
    id: str
    drive: DriveState = DriveState()
    limits: LimitState = LimitState()
    comfort: ComfortState = ComfortState()
    effects: EffectState = EffectState()


@dataclass(frozen=True, slots=True)
class Timers:
    """``seen_s``: instant of the last sample that was used (mono); ``last_s``: last tick.

    ``own_w``: what our loads drew in the last ticks, newest first.
    """

    last_s: float | None = None
    seen_s: float = float("-inf")
    hunt: HuntState = HuntState()
    loads: tuple[LoadTimers, ...] = ()
    soc_ok: bool = False
    grid_was_up: bool | None = None
    grid_lost_s: float = float("inf")  # since the grid went away
    frozen: FrozenState = FrozenState()
    own_w: tuple[float, ...] = ()
    clear_w: float = math.nan  # PV power under a clear sky, as of clear_utc_s
    clear_utc_s: float = math.nan


@dataclass(frozen=True, slots=True)
class Ledger:
    """``heated_wh``: (load, Wh expected of it since the start of the ledger).

    ``latched``: (load, verdict) of outputs found dangerous; they outlive a failed tick and are
    forgotten when an owner starts the program anew.
    """

    heated_wh: tuple[tuple[str, float], ...] = ()
    latched: tuple[tuple[str, Why], ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    timers: Timers = field(default_factory=Timers)
    ledger: Ledger = field(default_factory=Ledger)

    def load(self, load_id: str) -> LoadTimers:
        """The timers of one load; fresh ones for an id not seen before."""
        for timers in self.timers.loads:
            if timers.id == load_id:
                return timers
        verdict = dict(self.ledger.latched).get(load_id)
        if verdict is None:
            return LoadTimers(load_id)
        return LoadTimers(load_id, effects=EffectState(verdict=verdict, latched=True))
