"""A house with a meter and storages around ``split_step``, a second at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.split import Split, SplitMemory, split_step
from pvopt.model import MISSING, Instant, Reading, Site, StorageView
from pvopt.simulator.storage_unit import StorageParams, StorageState, storage_step

QUICK = StorageParams(max_discharge_w=800.0, max_charge_w=0.0, delay_s=1.0)


def split_of(
    count: int = 2, split: dict[str, object] | None = None, **storage: object
) -> SplitSettings:
    """So many alike: 800 W of discharge each if nothing else is said."""
    given = {"max_discharge_w": 800.0} | storage
    each = tuple([StorageSettings(id=name, **given) for name in "abcdefgh"[:count]])  # type: ignore[arg-type]
    return SplitSettings(storages=each, **(split or {}))  # type: ignore[arg-type]


def site(grid_w: float | None, at_s: float) -> Site:
    reading = MISSING if grid_w is None else Reading(grid_w, at_s, "test")
    return Site("test", at_s, 10.0, grid_w=reading)


def view(
    name: str,
    power_w: float | None,
    at_s: float,
    soc_pct: float | None = 70.0,
    connected: bool | None = True,
) -> StorageView:
    power = MISSING if power_w is None else Reading(power_w, at_s, "test")
    soc = MISSING if soc_pct is None else Reading(soc_pct, at_s, "test")
    return StorageView(name, power, soc, connected)


@dataclass
class Rig:
    """``load_w(second)``: what the house draws; ``own_w``: of that, by loads on surplus;
    ``silent``: (name or "meter", from, to) of what says nothing; ``offline`` likewise; ``lost``:
    seconds in which no message reaches a storage."""

    split: SplitSettings
    load_w: Callable[[int], float]
    params: tuple[StorageParams, ...] = (QUICK, QUICK)
    own_w: Callable[[int], float] = lambda second: 0.0
    silent: tuple[tuple[str, int, int], ...] = ()
    offline: tuple[tuple[str, int, int], ...] = ()
    lost: tuple[int, int] = (0, 0)
    socs_pct: tuple[float, ...] = ()
    report_s: int = 1
    late: bool = False  # what they say is a second older than it says
    memory: SplitMemory = SplitMemory()
    grid: list[float] = field(default_factory=list)
    powers: list[tuple[float, ...]] = field(default_factory=list)
    steps: list[Split] = field(default_factory=list)

    def __post_init__(self) -> None:
        socs = self.socs_pct or (70.0,) * len(self.params)
        self.states = [StorageState(soc_pct=soc_pct) for soc_pct in socs]
        self.told = [math.nan] * len(self.params)
        self.said = [(0.0, 0.0, state.soc_pct) for state in self.states]

    def run(self, seconds: int) -> Rig:
        for _ in range(seconds):
            self._second(len(self.grid))
        return self

    def _second(self, second: int) -> None:
        own = zip(self.params, self.states, self.told, strict=True)
        self.states = [storage_step(p, state, told_w, 1.0) for p, state, told_w in own]
        self.grid.append(self.load_w(second) + sum(state.power_w for state in self.states))
        self.powers.append(tuple([state.power_w for state in self.states]))
        for place, state in enumerate(self.states):
            if (second + place) % self.report_s == 0:
                told_w = self.powers[-2 if self.late and second else -1][place]
                self.said[place] = (float(second), told_w, state.soc_pct)
        step = self._decide(second)
        self.steps.append(step)
        if self.lost[0] <= second < self.lost[1]:
            return
        for place, (params, command) in enumerate(zip(self.params, step.commands, strict=True)):
            if not params.adjusts:
                self.told[place] = command.setpoint_w
            elif command.from_w is not None:
                self.told[place] = command.setpoint_w - command.from_w

    def _decide(self, second: int) -> Split:
        views = []
        for storage, (at_s, power_w, soc_pct) in zip(self.split.storages, self.said, strict=True):
            quiet = _within(self.silent, storage.id, second)
            here = not _within(self.offline, storage.id, second)
            heard_w = None if quiet else power_w
            views.append(view(storage.id, heard_w, at_s, soc_pct, here))
        last = second
        while last > 0 and _within(self.silent, "meter", last):
            last -= 1
        step = split_step(
            self.split,
            self.memory,
            site(self.grid[last], float(last)),
            tuple(views),
            self.own_w(second),
            Instant(float(second), float(second)),
            1.0,
        )
        self.memory = step.memory
        return step


def _within(spans: tuple[tuple[str, int, int], ...], name: str, second: int) -> bool:
    return any(name == who and begin <= second < end for who, begin, end in spans)
