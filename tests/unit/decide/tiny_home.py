"""A home of a dozen lines around the search: it obeys the budget and shows what a GX would."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pvopt.decide.hunt import HuntMeters, HuntResult, HuntState, hunt_step
from pvopt.decide.settings import HuntParams
from pvopt.model import Why
from tests.unit.decide.samples import HUNT

NAN = float("nan")


@dataclass
class TinyHome:
    """``delay_s``: how long the charger takes to follow; ``feed_in``: the grid takes surplus.

    Without feed-in the charger gives what battery and loads take, no more: sun is hidden.
    """

    possible_w: Callable[[float], float] = lambda _: 2400.0
    other_w: Callable[[float], float] = lambda _: 350.0
    accept_w: float = 60.0
    feed_in: bool = False
    answers: bool = True  # False: says that it is limited, but gives no more when asked
    delay_s: int = 2
    params: HuntParams = HUNT
    state: HuntState = HuntState()
    now_s: float = 0.0
    own_w: float = 0.0
    budgets: list[float] = field(default_factory=list)
    whys: list[Why] = field(default_factory=list)
    from_charging_wh: float = 0.0
    _wanted: list[float] = field(default_factory=list)
    _drawn: list[float] = field(default_factory=list)

    def meters(self) -> HuntMeters:
        other_w, possible_w = self.other_w(self.now_s), self.possible_w(self.now_s)
        self._wanted.append(other_w + self.own_w + self.accept_w)
        asked_w = self._wanted[max(0, len(self._wanted) - 1 - self.delay_s)]
        if not self.answers:
            asked_w = self._wanted[0]
        pv_w = possible_w if self.feed_in else min(possible_w, asked_w)
        battery_w = pv_w - other_w - self.own_w
        grid_w = 0.0
        if self.feed_in:
            battery_w = min(self.accept_w, battery_w)
            grid_w = other_w + self.own_w + battery_w - pv_w
        self.from_charging_wh += max(0.0, self.accept_w - battery_w) / 3600.0
        self._drawn.append(self.own_w)
        last, lately = self._drawn[-2:], self._drawn[-3:]
        return HuntMeters(
            grid_w=grid_w,
            pv_w=pv_w,
            load_w=other_w + self.own_w,
            battery_w=battery_w,
            own_w=self.own_w,
            limited=float(not self.feed_in and (pv_w < possible_w or not self.answers)),
            age_s=0.0,
            fresh=True,
            ceiling_w=NAN,
            high_w=max(last),
            low_w=min(last),
            may_export=self.feed_in,
            still=max(lately) - min(lately) <= 1.0,
        )

    def tick(self) -> HuntResult:
        result = hunt_step(self.params, self.state, self.meters(), 1.0)
        self.state, self.own_w = result.state, result.budget_w
        self.budgets.append(result.budget_w)
        self.whys.append(result.why)
        self.now_s += 1.0
        return result

    def run(self, seconds: int) -> HuntResult:
        result = self.tick()
        for _ in range(seconds - 1):
            result = self.tick()
        return result


def sample(grid_w: float = 0.0, battery_w: float = 60.0, **changes: float) -> HuntMeters:
    """One sample of a home at rest, nothing limited."""
    plain = HuntMeters(
        grid_w=grid_w,
        pv_w=1000.0,
        load_w=350.0,
        battery_w=battery_w,
        own_w=0.0,
        limited=0.0,
        age_s=0.0,
        fresh=True,
        ceiling_w=NAN,
    )
    return plain._replace(**changes)  # type: ignore[arg-type]
