"""How much a ladder of these loads could catch at all: ours, told the surplus to the watt, late.

The same relays, minimum times, delays and shares by rank as ours; but for the search it knows what
all-knowing loads would have been given two seconds ago: a meter's second and a tick. Where a
surplus is throttled away and shows in no meter, it has to climb to it as any law must: a first step
of 5 % of the largest knob, each next one three times as large, none before the one before it has
been answered (``limits.py``). What is missing to it is the search's, what it misses itself is the
loads'.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.ladder_ours import Ours
from pvopt.benchmarks.ladder_plant import Asked, LadderHome
from pvopt.benchmarks.limits import Climb, ClimbState, climb_step
from pvopt.config.schema import Config
from pvopt.decide.budget import rested, room_w
from pvopt.decide.house import House
from pvopt.decide.hunt import HuntResult, HuntState
from pvopt.decide.look import Able
from pvopt.decide.policy import Kernels
from pvopt.decide.settings import HuntParams, SiteParams
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState
from pvopt.model import Why
from pvopt.settings_of import has_knob

DELAY_S = 2
FIRST_SHARE = 0.05
CLIMBING, SEEN = Climb(), Climb(first_w=1e9, answer_s=0.0)


class Knowing:
    """Ours, with the search replaced. ``home``: its name, for what it hides."""

    def __init__(self, config: Config, kernels: Kernels, home: str) -> None:
        self._house_step = kernels.house_step
        self._ours = Ours(config, kernels._replace(house_step=self._house))
        knob_w = max([load.max_w for load in config.loads if has_knob(load)], default=0.0)
        hidden = home_of(home).hides and knob_w > 0.0
        self._climb = CLIMBING._replace(first_w=FIRST_SHARE * knob_w) if hidden else SEEN
        self._headroom_w = config.site.inverter.headroom_w
        self._state = ClimbState()
        self._known: deque[float] = deque([0.0] * DELAY_S)

    def tick(self, home: LadderHome) -> list[Asked]:
        """One tick of ours, with the surplus of ``DELAY_S`` ago."""
        self._known.append(home.spare_w(self._headroom_w))
        self._state = climb_step(self._climb, self._state, self._known.popleft())
        return self._ours.tick(home)

    def _house(
        self,
        site: SiteParams,
        params: HuntParams,
        world: WorldState,
        hunt: HuntState,
        now: SiteNow,
        able: Able,
        *rest: Any,
    ) -> House:
        """The production's view of the home; behind an open gate what is known is the budget."""
        house = self._house_step(site, params, world, hunt, now, able, *rest)
        budget_w = 0.0
        if house.gate.why == Why.HOLD:
            most_w = room_w(site, now, house.world, able.one_phase, hunt.budget_w)
            budget_w = max(0.0, min(self._state.budget_w, able.most_w, most_w))
            budget_w = budget_w if budget_w >= able.least_w else 0.0
        self._state = self._state._replace(budget_w=min(self._state.budget_w, able.most_w))
        state = rested(hunt)._replace(budget_w=budget_w)
        why = Why.VISIBLE if budget_w > 0.0 else Why.NO_SURPLUS
        return house._replace(hunt=HuntResult(state, budget_w, why, 0.0, 0.0))
