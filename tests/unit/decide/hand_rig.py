"""A home in closed loop whose owner asks for things."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pvopt.model import Command, Request, RequestKind, Snapshot
from tests.unit.decide.home_rig import HomeRig
from tests.unit.decide.samples import HEATER_W


@dataclass
class HandRig(HomeRig):
    """``ask`` puts a request into the next tick's snapshot."""

    asks: tuple[Request, ...] = ()
    count: int = field(default=0)

    def ask(self, kind: RequestKind, **given: Any) -> HandRig:
        self.count += 1
        target = given.pop("target", self.rules.loads[0].id)
        self.asks = (*self.asks, Request(f"ask-{self.count}", target, kind, **given))
        return self

    def snapshot(self) -> Snapshot:
        made = replace(super().snapshot(), requests=self.asks)
        self.asks = ()
        return made

    def boosted(self, watts: float = HEATER_W, **given: Any) -> HandRig:
        """Past the minimum time of a start, and heating by hand."""
        self.run(30)
        self.ask(RequestKind.BOOST, watts=watts, **given)
        command = self.run(3)
        assert command.setpoint_w == watts, command
        return self


def by_hand(rig: HandRig, kind: RequestKind, **given: Any) -> Command:
    """Past the minimum time of a start, then asked; the command of the next tick."""
    rig.run(30)
    return rig.ask(kind, **given).tick()
