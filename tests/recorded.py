"""A stretch of a simulated home with everything that a board shows, tick by tick."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from attrs import evolve

from pvopt.build import simulated
from pvopt.config.load import load
from pvopt.model import Command, Health, Reading, Reason, StorageView, Tick, Why
from pvopt.simulator.world import demo_world

SHIPPED = Path(__file__).parents[1] / "Files" / "config.yaml"
START = "2024-06-21 11:00"  # of a year that is over: no database takes what is still to come


class Keeper:
    """``ports.Recorder``."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []

    def record(self, tick: Tick) -> None:
        self.ticks.append(rich(tick))


def recorded(seconds: int) -> list[Tick]:
    """The shipped home, its heater run by the production loop; a meter of the heater and a storage
    that gives, as ``rich`` adds them."""
    config = load(SHIPPED, {})
    assert config.demo is not None
    config = evolve(config, demo=evolve(config.demo, start=START))
    assert config.demo is not None
    world = demo_world(config.demo, config.site, config.loads[0])
    keeper = Keeper()
    loop = simulated(config, world, [keeper])
    loop.run(until_s=loop.clock.now().mono_s + seconds - 1)
    return keeper.ticks


def rich(tick: Tick) -> Tick:
    """With a meter of the heater that shows 2 W more than it should draw, a storage that gives what
    it is asked for and empties, and the second source of a home that has two."""
    snapshot, at_s = tick.snapshot, tick.snapshot.instant.mono_s
    views = tuple(
        replace(view, actual_w=Reading(one.expected_w + 2.0, at_s, "meter"))
        for view, one in zip(snapshot.loads, tick.outcomes, strict=True)
    )
    soc = Reading(80.0 - at_s / 600.0, at_s, "shed")
    storage = StorageView("shed", Reading(-150.0, at_s, "shed"), soc, True)
    sources = (*snapshot.health, Health("vrm", True, 60.0))
    asked = Command("shed", -150.0, at_s + 5.0, Reason(Why.SHARING))
    return replace(
        tick,
        snapshot=replace(snapshot, loads=views, storages=(storage,), health=sources),
        decision=replace(tick.decision, storages=(asked,), need_w=150.0),
    )
