"""decide() in a closed loop: its commands are obeyed at once and come back as load views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import Settings
from pvopt.model import Command, Decision, Instant, LoadView, Reading, Site, Snapshot, Why
from tests.unit.decide.samples import NOON_UTC_S, SETTINGS, site

HomeAt = Callable[[float, float], Site | None]  # (now, watts of ours) -> what the sample says


def exporting(surplus_w: float = 1500.0) -> HomeAt:
    """A home whose surplus goes to the grid; what we draw is taken from it."""

    def at(now_s: float, own_w: float) -> Site:
        export_w = surplus_w - own_w
        return site(
            now_s,
            grid_w=Reading(-export_w, now_s, "test"),
            pv_w=Reading(surplus_w + 400.0, now_s, "test"),
            load_w=Reading(340.0 + own_w, now_s, "test"),
        )

    return at


@dataclass
class HomeRig:
    """One load; ``temperature_c`` None: the sensor is silent."""

    home: HomeAt = field(default_factory=exporting)
    rules: Settings = SETTINGS
    temperature_c: float | None = 50.0
    now_s: float = 0.0
    own_w: float = 0.0
    fault: str = ""
    memory: Memory = Memory()
    decisions: list[Decision] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        view = LoadView(
            self.rules.loads[0].id,
            expected_w=0.0 if self.own_w <= 1.0 else self.own_w,
            closed=self.own_w > 0.0,
            temperature_c=Reading(self.temperature_c, self.now_s, "test"),
            fault=self.fault,
        )
        instant = Instant(self.now_s, NOON_UTC_S + self.now_s)
        return Snapshot(instant, self.home(self.now_s, self.own_w), (view,))

    def tick(self) -> Command:
        decision, self.memory = decide(self.snapshot(), self.memory, self.rules)
        self.decisions.append(decision)
        self.now_s += 1.0
        self.own_w = decision.commands[0].setpoint_w
        return decision.commands[0]

    def run(self, seconds: int) -> Command:
        command = self.tick()
        for _ in range(seconds - 1):
            command = self.tick()
        return command

    def heating(self) -> Self:
        """Run until the heater takes what is there."""
        for _ in range(200):
            if self.tick().setpoint_w > 1000.0:
                return self
        raise AssertionError("the heater never came on")

    def with_home(self, home: HomeAt) -> Self:
        self.home = home
        return self

    def changed(self, **changes: object) -> HomeAt:
        """The present home with other readings."""
        before = self.home

        def at(now_s: float, own_w: float) -> Site | None:
            there = before(now_s, own_w)
            return None if there is None else replace(there, **changes)  # type: ignore[arg-type]

        return at

    def reasons(self) -> list[Why]:
        return [decision.commands[0].reason.code for decision in self.decisions]
