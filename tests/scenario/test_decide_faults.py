"""Broken heaters, a stopped driver and an overload, in the simulated home through the loop."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import attrs
import pytest

from pvopt.clock import VirtualClock
from pvopt.config.load import load
from pvopt.loop import Loop
from pvopt.model import Command, Instant, Samples, Site, Tick, Why
from pvopt.settings_of import settings_of
from pvopt.show.journal import Journal
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.home import HomeControls, HomeInputs, HomeState
from pvopt.simulator.world import World, demo_world, home_params
from pvopt.sources.collect import Collector, LoadWiring
from tests.scenario.homes import SHIPPED

START_UTC_S = 1_782_032_400.0


@dataclass
class Kept:
    ticks: list[Tick] = field(default_factory=list)

    def record(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def command(self) -> Command:
        return self.ticks[-1].decision.commands[0]

    def reasons(self) -> set[Why]:
        return {tick.decision.commands[0].reason.code for tick in self.ticks}

    def alarms(self) -> set[Why]:
        return {alarm.code for tick in self.ticks for alarm in tick.decision.alarms}


class Stoppable:
    """A source whose driver stops: the same numbers for ever, with fresh times.

    ``every_s``: it has a new sample only so often, as a portal has.
    """

    def __init__(self, world: World, every_s: float = 0.0) -> None:
        self.name = "gx"
        self.stopped = False
        self._every_s = every_s
        self._source = SimSource(world)
        self._last: Site | None = None

    def read(self, instant: Instant, budget_s: float) -> Samples:
        samples = self._source.read(instant, budget_s)
        if self._every_s > 0.0 and samples.site is not None:
            if self._last is None or instant.mono_s - self._last.at_s >= self._every_s:
                allowed_age_s = min(300.0, self._every_s + 90.0)
                self._last = replace(samples.site, allowed_age_s=allowed_age_s)
            return replace(samples, site=self._last)
        if not self.stopped or self._last is None:
            self._last = samples.site
            return samples
        self._last = replace(self._last, at_s=instant.mono_s)
        return replace(samples, site=self._last)

    def close(self) -> None:
        self._source.close()


@dataclass
class Rig:
    """A full battery, 3000 W of sun that may not be exported, a house of ``house_w``."""

    house_w: Callable[[float], float] = lambda _: 350.0
    sun_w: float = 3000.0
    grid_up: bool = True
    thermostat_c: float = 500.0
    every_s: float = 0.0
    verify: bool = True
    kept: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        config = load(SHIPPED, {})
        config = attrs.evolve(config, loads=(attrs.evolve(config.loads[0], temperature=None),))
        assert config.demo is not None
        heater = config.loads[0]
        params = home_params(config.demo, config.site, heater)
        params = params._replace(thermostat_c=self.thermostat_c)
        self.world = World(params, self.inputs, START_UTC_S, HomeState(soc_pct=100.0))
        self.source = Stoppable(self.world, self.every_s)
        self.clock = VirtualClock(self.world.utc_s, self.world.advance)
        collector = Collector([self.source], [LoadWiring(heater.id)])
        actuator = SimActuator(self.world, heater)
        rules = settings_of(config)
        loads = tuple(replace(load, verify=self.verify) for load in rules.loads)
        rules = replace(rules, loads=loads)
        self.loop = Loop(self.clock, collector, rules, [actuator], (self.kept,))

    def inputs(self, utc_s: float) -> HomeInputs:
        # A few watts of flutter, at whatever second one looks: a house that is alive.
        watts = self.house_w(utc_s - START_UTC_S) + 2.5 * math.sin(1.7 * utc_s)
        return HomeInputs(pv_a_w=self.sun_w, load_l1_w=watts, grid_up=self.grid_up)

    def run(self, seconds: float) -> Rig:
        self.loop.run(until_s=self.clock.now().mono_s + seconds)
        return self

    def heat_w(self) -> float:
        return self.world.flows.heater_w


def shorted(world: World) -> Callable[[], HomeControls]:
    """The regulator's triac conducts whatever the knob says."""
    return lambda: HomeControls(world.controls.relay_closed, 100.0)


def test_a_triac_that_shorts_is_off_within_a_minute_and_stays_off() -> None:
    rig = Rig(sun_w=1200.0).run(600)
    assert rig.heat_w() > 500.0
    rig.world.read_controls = shorted(rig.world)
    rig.run(60)
    assert rig.heat_w() == 0.0
    rig.run(1200)
    assert Why.TRIAC_SHORT in rig.kept.alarms()
    assert rig.kept.command().reason.code == Why.TRIAC_SHORT
    heated_wh = rig.world.totals.heat_wh
    rig.run(1200)
    assert rig.world.totals.heat_wh == heated_wh


def test_a_triac_that_shorted_while_off_is_found_at_the_closing() -> None:
    rig = Rig()
    rig.world.read_controls = shorted(rig.world)
    rig.run(300)
    assert Why.TRIAC_SHORT in rig.kept.alarms()
    assert rig.world.totals.heat_wh < 2000.0 * 15.0 / 3600.0


def test_a_thermostat_that_opens_is_no_alarm() -> None:
    rig = Rig(thermostat_c=46.0)  # the tank has 45
    rig.run(1800)
    assert rig.world.totals.heat_wh > 50.0
    assert Why.THERMOSTAT_OPEN in rig.kept.reasons()
    assert rig.kept.alarms() == set()


def test_a_driver_that_stopped_is_off_within_a_minute_of_two_steps() -> None:
    rig = Rig().run(30)  # still climbing: it is steps that show it
    rig.source.stopped = True
    rig.run(120)
    assert Why.FROZEN in rig.kept.reasons()
    assert rig.heat_w() == 0.0
    rig.source.stopped = False
    rig.run(300)
    assert rig.heat_w() > 1000.0


def test_an_oven_on_an_island_takes_the_heater_off_at_once() -> None:
    rig = Rig(house_w=lambda t: 2500.0 if 900.0 <= t < 1500.0 else 350.0, sun_w=6000.0)
    rig.grid_up = False
    rig.run(890)
    assert rig.heat_w() > 1800.0
    rig.run(13)
    assert rig.heat_w() == 0.0
    rig.run(300)
    limit_w = rig.world.params.inverter_w
    assert rig.heat_w() + 2500.0 <= limit_w
    rig.run(600)
    assert rig.heat_w() > 1000.0


def test_kettles_all_day_latch_nothing() -> None:
    rig = Rig(house_w=lambda t: 2350.0 if t % 400.0 < 130.0 else 350.0, sun_w=1500.0)
    rig.run(4000)
    assert not rig.kept.alarms()
    assert rig.world.totals.heat_wh > 400.0


def test_an_hour_of_searching_is_told_in_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="pvopt")
    config = load(SHIPPED, {})
    assert config.demo is not None
    demo = attrs.evolve(config.demo, sky="broken", start="2026-06-21 11:00")
    world = demo_world(demo, config.site, config.loads[0])
    clock = VirtualClock(world.utc_s, world.advance)
    loop = Loop(
        clock,
        Collector([SimSource(world)], [LoadWiring(config.loads[0].id, "gx:water_heater")]),
        settings_of(config),
        [SimActuator(world, config.loads[0])],
        (Journal(),),
    )
    loop.run(until_s=3600.0)
    assert 2 <= len(caplog.messages) < 100
    assert not [line for line in caplog.messages if "?" in line]
