"""The production loop in its simulated home by text and by compiled kernels: the same ticks."""

from __future__ import annotations

import pytest

from pvopt.benchmarks import compiled_loop
from pvopt.benchmarks.compiled_loop import compile_loop
from pvopt.decide.policy import TEXT
from pvopt.loop import Loop
from pvopt.model import Tick
from pvopt.simulator.compiled import available
from pvopt.simulator.second import second_step
from pvopt.simulator.world import World, demo_world
from tests.scenario.homes import shipped, wired

HOUR_S = 3600


def home() -> World:
    config = shipped()
    assert config.demo is not None
    return demo_world(config.demo, config.site, config.loads[0])


def lived(compiled: bool) -> tuple[list[Tick], World, Loop]:
    world = home()
    ticks: list[Tick] = []
    loop = wired(shipped(), world, [Kept(ticks)])
    if compiled:
        assert compile_loop(loop, world)
    loop.run(until_s=float(HOUR_S))
    return ticks, world, loop


class Kept:
    def __init__(self, ticks: list[Tick]) -> None:
        self.ticks = ticks

    def record(self, tick: Tick) -> None:
        self.ticks.append(tick)


@pytest.mark.slow
@pytest.mark.skipif(not available(), reason="numba is not installed: . ./env.sh sim")
def test_an_hour_is_the_same_tick_by_tick() -> None:
    text, plain, _ = lived(compiled=False)
    machine, quick, loop = lived(compiled=True)
    assert loop.counts.failed == 0
    assert len(text) == len(machine) == HOUR_S + 1
    for one, other in zip(text, machine, strict=True):
        assert one == other
    assert plain.totals == quick.totals
    assert max(tick.decision.budget_w for tick in text) > 500.0


def test_without_numba_it_goes_on_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_loop, "available", lambda: False)
    world = home()
    loop = wired(shipped(), world)
    assert not compile_loop(loop, world)
    assert loop.kernels is TEXT
    assert world.second_step is second_step


def test_nor_with_a_numba_that_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kernel: object) -> object:
        raise ImportError("Numba needs NumPy 2.2 or less")

    monkeypatch.setattr(compiled_loop, "available", lambda: True)
    monkeypatch.setattr(compiled_loop, "compile_kernel", broken)
    world = home()
    loop = wired(shipped(), world)
    assert not compile_loop(loop, world)
    assert loop.kernels is TEXT
    assert world.second_step is second_step
