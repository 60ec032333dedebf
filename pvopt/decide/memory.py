"""What decide remembers from tick to tick; frozen, in and out.

``timers`` run on the monotonic clock and are never saved: after a start every load counts as
just switched off, so a lost memory can delay a switch and never endanger. ``ledger`` is
calendar-bound and is saved.
"""

from __future__ import annotations

from dataclasses import field

from pvopt.decide.asked import Standing
from pvopt.decide.day import NO_DAY, Day
from pvopt.decide.effect_state import EffectState
from pvopt.decide.hunt import HuntState
from pvopt.decide.look import LoadState
from pvopt.decide.past import History
from pvopt.decide.rungs import Rung
from pvopt.decide.sky import Sky
from pvopt.decide.split import SplitMemory
from pvopt.decide.wants_rules import ComfortLedger
from pvopt.decide.world import WorldState
from pvopt.model import Why
from pvopt.shape import frozen


@frozen
class LoadTimers:
    """``apart``: a person or comfort had it draw, so what it draws is none of the search's;
    ``bought``: comfort had; ``rung``: where it stands on a ladder of several."""

    id: str
    state: LoadState = LoadState()
    apart: bool = False
    bought: bool = False
    rung: Rung = Rung()


@frozen
class Timers:
    """``last_s``: instant of the last tick (mono); ``own``: what all our loads drew lately but
    for those apart and those before the battery; ``apart_w``: what those apart drew, now and in
    the ticks before (empty: nothing); ``first_hunt``, ``first_own``, ``first_w``: the same of the
    loads before the battery, ``later_w`` of the others where there are such; ``plenty_s``: hidden
    sun was left over for so long although all knobs were at their end."""

    last_s: float | None = None
    world: WorldState = WorldState()
    hunt: HuntState = HuntState()
    loads: tuple[LoadTimers, ...] = ()
    sky: Sky = Sky()
    own: History = ()
    apart_w: tuple[float, ...] = ()
    first_hunt: HuntState = HuntState()
    first_own: History = ()
    first_w: tuple[float, ...] = ()
    later_w: tuple[float, ...] = ()
    plenty_s: float = 0.0
    split: SplitMemory = SplitMemory()


@frozen
class Energy:
    """Wh that a load should have drawn on the local day and the one before; ``by_hand_wh``: of
    today's, what a person asked for; ``full``: it took no more at some time of today;
    ``comfort_wh``: of today's, what comfort asked for."""

    id: str
    today_wh: float = 0.0
    yesterday_wh: float = 0.0
    by_hand_wh: float = 0.0
    full: bool = False
    comfort_wh: float = 0.0


@frozen
class Ledger:
    """``heated_wh``: (load, Wh expected of it since the start of the program); ``energy``: by
    ``day``; ``standing``: what persons asked for; ``comfort``: what comfort remembers.

    ``latched``: (load, verdict) of outputs found dangerous; they outlive a failed tick and are
    forgotten when an owner starts the program anew.
    """

    heated_wh: tuple[tuple[str, float], ...] = ()
    latched: tuple[tuple[str, Why], ...] = ()
    energy: tuple[Energy, ...] = ()
    standing: tuple[Standing, ...] = ()
    day: Day = NO_DAY
    comfort: tuple[ComfortLedger, ...] = ()


@frozen
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
        latched = EffectState(verdict=verdict, latched=True)
        return LoadTimers(load_id, LoadState(effects=latched))
