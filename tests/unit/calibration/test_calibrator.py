"""The calibrator in the production loop, beside a steady simulated home: ends and last words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pvopt.build import simulated
from pvopt.calibration.calibrator import GRACE_S, Calibrator, house_w
from pvopt.calibration.shapes import End, plan_of
from pvopt.config.comfort import Comfort
from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, SpiPot
from pvopt.config.schema import Config
from pvopt.config.site import Inverter, Site
from pvopt.config.sources import GxModbus
from pvopt.config.temperatures import GxTemperature
from pvopt.loop import Loop
from pvopt.model import MISSING, Instant, Reading, Samples, Tick, Why
from pvopt.model import Site as SiteNumbers
from pvopt.simulator.home import HomeInputs, HomeParams, HomeState
from pvopt.simulator.world import World
from tests.unit.simulator.homes import steady_world

POT = SpiPot(kind="mcp4131", isolated_control=True)


def config_of(load: Load) -> Config:
    return Config(
        version=1,
        site=Site(latitude=50.0, longitude=14.0, inverter=Inverter(max_w=5000)),
        sources=(GxModbus(host="127.0.0.1"),),
        loads=(load,),
    )


def boiler(temperature: GxTemperature | None = None, comfort: Comfort | None = None) -> Load:
    output = GpioOutput(relay=Relay(pin=17), knob=POT, curve=Curve())
    return Load(
        id="boiler",
        max_w=2000.0,
        output=output,
        temperature=temperature,
        comfort=comfort or Comfort(),
    )


class Run:
    """A calibration by 10 % in a home that the test disturbs."""

    def __init__(self, load: Load | None = None, world: World | None = None) -> None:
        load = load or boiler()
        self.world = world or steady_world(params=HomeParams(inverter_w=5000.0))
        self.ticks: list[Tick] = []
        self.loop: Loop = simulated(config_of(load), self.world, (self,), straight=load.id)
        plan = plan_of(load.max_w, 10.0, both_ways=False, has_play=False)
        self.calibrator = Calibrator(plan, self.loop.settings, load.id, has_play=False)
        self.loop.decider = self.calibrator.decide

    def record(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def until(self, heater_w: float) -> None:
        self.loop.run(until_s=600.0, stopped=lambda: self.world.flows.heater_w >= heater_w)
        assert self.world.flows.heater_w >= heater_w

    def go_on(self, most_s: float = 900.0) -> None:
        self.loop.run(
            until_s=self.loop.clock.now().mono_s + most_s, stopped=lambda: self.calibrator.over
        )
        assert self.calibrator.over

    @property
    def urgent(self) -> bool:
        return any(tick.decision.commands[0].urgent for tick in self.ticks)


def test_a_whole_run_leaves_the_relay_open() -> None:
    run = Run()
    run.go_on()
    assert run.calibrator.end == End.DONE
    assert not run.urgent
    assert len(run.calibrator.points) == 10
    assert run.world.flows.heater_w == 0.0
    assert not run.world.controls.relay_closed
    assert run.ticks[-1].outcomes[0].switches == 2
    assert run.loop.counts.failed == 0


def test_the_knob_is_where_it_is_said_to_be() -> None:
    run = Run()
    run.go_on()
    seen = {round(t.outcomes[0].position_pct) for t in run.ticks if t.outcomes[0].closed}
    assert seen >= {0, 100, 50}
    for tick in run.ticks:
        asked_w = tick.decision.commands[0].setpoint_w
        assert tick.outcomes[0].position_pct <= asked_w / 20.0 + 1e-9 or tick.outcomes[0].pending


def test_an_overloaded_inverter_ends_it() -> None:
    run = Run(world=steady_world(HomeInputs(load_l1_w=350.0), HomeParams(inverter_w=5000.0)))
    run.until(1500.0)
    source = run.loop._collector._slots[0].source  # type: ignore[attr-defined]
    read = source.read

    def too_much(instant: Instant, budget_s: float) -> Samples:
        samples: Samples = read(instant, budget_s)
        assert samples.site is not None
        over = Reading(6000.0, instant.mono_s, "gx")
        return replace(samples, site=replace(samples.site, inverter_out_w=over))

    source.read = too_much
    run.go_on()
    assert run.calibrator.end == End.WATCHED
    assert run.calibrator.reason is not None
    assert run.calibrator.reason.code == Why.INVERTER_OVER
    assert run.urgent
    assert run.world.flows.heater_w == 0.0


def test_old_numbers_end_it_before_the_seventh_second() -> None:
    run = Run()
    run.until(1500.0)
    begun_s = run.loop.clock.now().mono_s
    source = run.loop._collector._slots[0].source  # type: ignore[attr-defined]
    last = source.read(run.loop.clock.now(), 1.0)
    source.read = lambda instant, budget_s: last
    run.go_on(30.0)
    assert run.calibrator.reason is not None
    assert run.calibrator.reason.code == Why.STALE
    off_s = next(t.snapshot.instant.mono_s for t in run.ticks if t.decision.commands[0].urgent)
    assert 6.0 <= off_s - begun_s <= 9.0


def test_hot_water_ends_it() -> None:
    load = boiler(GxTemperature(), Comfort(max_c=50.0))
    params = HomeParams(tank_l=20.0, inverter_w=5000.0)
    run = Run(load, steady_world(params=params, state=HomeState(tank_c=49.4, tank_top_c=49.4)))
    run.go_on()
    assert run.calibrator.reason is not None
    assert run.calibrator.reason.code == Why.TOO_HOT
    assert dict(run.calibrator.reason.numbers)["temperature_c"] >= 50.0
    assert run.urgent


def test_it_does_not_begin_in_hot_water() -> None:
    run = Run(boiler(GxTemperature(), Comfort(max_c=40.0)))
    run.go_on()
    assert run.calibrator.end == End.WATCHED
    assert run.ticks[-1].outcomes[0].switches == 0
    assert run.loop.clock.now().mono_s == pytest.approx(GRACE_S, abs=5.0)


def test_a_thermostat_that_opens_is_told() -> None:
    world = steady_world(params=HomeParams(thermostat_c=45.6, tank_l=20.0, inverter_w=5000.0))
    run = Run(world=world)
    run.go_on()
    assert run.calibrator.end == End.DRAWS_NOTHING
    assert run.urgent


def test_an_exception_ends_with_everything_off(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run()
    run.until(1500.0)

    def fails(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pvopt.calibration.calibrator.step", fails)
    run.loop.run(until_s=700.0, stopped=lambda: run.loop.counts.failed > 0)
    run.world.advance(1.0)
    assert run.world.flows.heater_w == 0.0
    assert not run.world.controls.relay_closed


def test_another_load_stays_off() -> None:
    """Commands for it are there, and they are nothing."""
    run = Run()
    settings = run.loop.settings
    two = replace(settings, loads=(*settings.loads, replace(settings.loads[0], id="pump")))
    calibrator = Calibrator(plan_of(2000.0, 10.0, False, False), two, "boiler", False)
    run.loop.decider = None
    run.loop.run(until_s=30.0)
    for tick in run.ticks:
        commands = calibrator.decide(tick.snapshot).commands
        assert [one.target for one in commands] == ["boiler", "pump"]
        assert commands[1].setpoint_w == 0.0


def numbers(**given: float) -> SiteNumbers:
    readings = {name: Reading(watts, 5.0, "") for name, watts in given.items()}
    return SiteNumbers("test", 5.0, 7.0, **readings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("site", "watts"),
    [
        (numbers(load_w=900.0, grid_w=100.0), 900.0),
        (numbers(grid_w=-500.0, pv_w=2000.0, battery_w=300.0), 1200.0),
        (numbers(grid_w=800.0), 800.0),
        (numbers(pv_w=800.0), None),
        (SiteNumbers("test", 5.0, 7.0, load_w=MISSING), None),
    ],
)
def test_what_the_house_takes(site: SiteNumbers, watts: float | None) -> None:
    assert house_w(site)[0] == watts
