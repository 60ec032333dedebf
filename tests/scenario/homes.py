"""The embedded home for virtual days through the production loop: SimSource, SimActuator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from pvopt.clock import VirtualClock
from pvopt.config.load import load
from pvopt.config.schema import Config
from pvopt.loop import Loop
from pvopt.ports import Recorder
from pvopt.settings_of import settings_of
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.home import HomeInputs, HomeState
from pvopt.simulator.series import Sky
from pvopt.simulator.world import World, demo_world, home_params
from pvopt.sources.collect import Collector, LoadWiring

SHIPPED = Path(__file__).resolve().parents[2] / "Files" / "config.yaml"
# A sink that the day cannot fill: the law is looked at, not the tank.
ENDLESS_C = 500.0


def shipped() -> Config:
    """The embedded default, its heater without a temperature sensor (the sink is endless)."""
    config = load(SHIPPED, {})
    return attrs.evolve(config, loads=(attrs.evolve(config.loads[0], temperature=None),))


def wired(config: Config, world: World, recorders: Sequence[Recorder] = ()) -> Loop:
    """The production loop in a simulated home, at any speed."""
    heater = config.loads[0]
    collector = Collector([SimSource(world)], [LoadWiring(heater.id)])
    clock = VirtualClock(world.utc_s, world.advance)
    actuator = SimActuator(world, heater)
    return Loop(clock, collector, settings_of(config), [actuator], recorders)


def day(sky: Sky, seed: int = 1, hours: float = 16.0, **home: Any) -> tuple[World, Loop]:
    """A June day from 05:00 in the embedded home; ``home`` overrides parameters of the home."""
    config = shipped()
    assert config.demo is not None
    demo = attrs.evolve(config.demo, sky=sky, seed=seed, start="2026-06-21 05:00")
    world = demo_world(demo, config.site, config.loads[0])
    world.params = world.params._replace(thermostat_c=ENDLESS_C, **home)
    loop = wired(config, world)
    loop.run(until_s=hours * 3600.0)
    return world, loop


def steady(
    inputs_at: Callable[[float], HomeInputs], soc_pct: float, recorder: Recorder, **home: Any
) -> tuple[World, Loop]:
    """A home whose sun and house are given; nothing else disturbs it."""
    config = shipped()
    assert config.demo is not None
    params = home_params(config.demo, config.site, config.loads[0])
    params = params._replace(thermostat_c=ENDLESS_C, **home)
    world = World(params, inputs_at, 1_782_032_400.0, HomeState(soc_pct=soc_pct))
    return world, wired(config, world, (recorder,))
