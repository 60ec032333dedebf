"""Wiring that fails halfway: whatever was made by then is off and given back."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from pvopt import build as wiring
from pvopt.act import gpio, pins
from pvopt.act.gpio import GpioActuator
from pvopt.act.pins import Pins
from pvopt.build import (
    Built,
    build,
    load_wiring,
    make_sensors,
    portal_only,
    simulated,
    straightened,
)
from pvopt.clock import VirtualClock
from pvopt.config.load import load_text
from pvopt.config.outputs import GpioOutput, SpiPot
from pvopt.config.schema import Config
from pvopt.config.service import Demo, State
from pvopt.config.sources import GxMqtt, Vrm
from pvopt.config.temperatures import GxTemperature, Temperature, W1Temperature
from pvopt.errors import ActuatorError, ConfigError, SourceError
from pvopt.loop import Loop
from pvopt.model import Why
from pvopt.off import OffPlan
from pvopt.ports import Source
from pvopt.settings_of import settings_of
from pvopt.shared_links import Links
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.world import World, demo_world
from pvopt.sources import w1
from pvopt.sources.collect import Collector
from pvopt.sources.w1 import W1Source
from tests.processes import until
from tests.w1_bus import Bus

TEXT = """
version: 1
site: {latitude: 50, longitude: 14}
sources:
  - {kind: gx_modbus, host: 127.0.0.1}
  - {kind: gx_modbus, name: second, host: 127.0.0.1}
loads:
  - {id: one, max_w: 2000, drive: on_off, output: {relay: {pin: 17}}}
  - id: two
    max_w: 2000
    output: {relay: {pin: 27}, knob: {kind: mcp41010, isolated_control: true}}
gpio: {factory: mock}
demo:
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = load_text(TEXT, "test.yaml", {})
    return attrs.evolve(made, state=State(folder=str(tmp_path)))


def not_isolated(config: Config) -> Config:
    """What no sound file can say: the second load's knob is refused only where it is made."""
    first, second = config.loads
    assert isinstance(second.output, GpioOutput)
    output = attrs.evolve(second.output, knob=SpiPot(kind="mcp41010"))
    return attrs.evolve(config, loads=(first, attrs.evolve(second, output=output)))


class Traces:
    """What was made during a build, in order, and what of it was given back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pins: list[Pins] = []
        self.ended: list[str] = []
        self.port = 0
        traces = self

        class SeenPins(Pins):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args)
                traces.pins.append(self)

            def close(self) -> None:
                super().close()
                traces.ended.append("pins")

        class SeenActuator(GpioActuator):
            def close(self) -> None:
                super().close()
                traces.ended.append(self.name)

        surroundings = wiring.surroundings

        def seen(config: Config) -> Any:
            found = surroundings(config)
            source: Any = found[2].sources[0]
            traces.port = source.port
            return found

        monkeypatch.setattr(pins, "Pins", SeenPins)
        monkeypatch.setattr(gpio, "GpioActuator", SeenActuator)
        monkeypatch.setattr(wiring, "surroundings", seen)

    def assert_all_given_back(self, *ended: str) -> None:
        assert self.ended == [*ended, "pins"]
        with pytest.raises(ConnectionRefusedError):  # nobody listens for the demonstration
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Traces:
    return Traces(monkeypatch)


def test_a_sound_build_gives_back_nothing_before_its_end(config: Config, traces: Traces) -> None:
    built = build(config)
    assert isinstance(built, Built)
    assert traces.ended == []
    socket.create_connection(("127.0.0.1", traces.port), 1.0).close()
    built.close()
    assert {"one", "two", "pins"} == set(traces.ended)
    assert traces.ended[-1] == "pins"


def test_a_later_load_that_can_never_work(config: Config, traces: Traces) -> None:
    plans: list[OffPlan] = []
    with pytest.raises(ConfigError, match="isolated"):
        build(not_isolated(config), before_pins=plans.append)
    assert len(plans) == 1  # whoever watches over us knew before any pin was touched
    traces.assert_all_given_back("one")


def test_a_later_load_whose_outputs_fail(
    config: Config, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Callable[..., GpioActuator] = gpio.GpioActuator

    def failing(load: Any, *args: Any) -> GpioActuator:
        if load.id == "two":
            raise ActuatorError("the bus is gone")
        return seen(load, *args)

    monkeypatch.setattr(gpio, "GpioActuator", failing)
    with pytest.raises(ActuatorError, match="the bus is gone"):
        build(config)
    traces.assert_all_given_back("one")


def test_a_source_that_cannot_be_made(
    config: Config, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, closed = wiring.gx_modbus, []

    def failing(item: Any, context: Any) -> Source:
        if item.name == "second":
            raise ConfigError("no such source")
        made = make(item, context)
        monkeypatch.setattr(made, "close", lambda: closed.append(item.name))
        return made

    monkeypatch.setattr(wiring, "gx_modbus", failing)
    with pytest.raises(ConfigError, match="no such source"):
        build(config)
    assert closed == ["gx"]
    traces.assert_all_given_back("two", "one")


def test_a_dry_run_that_fails_leaves_nothing(
    config: Config, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(item: Any, context: Any) -> Source:
        raise SourceError(f"{item.name} cannot be")

    monkeypatch.setattr(wiring, "gx_modbus", failing)
    with pytest.raises(SourceError):
        build(config, dry_run=True)
    assert traces.pins == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", traces.port), 1.0).close()


class TestSimulated:
    """The loop at a simulated home: one heater, and numbers as old as the sources give them."""

    def world(self, config: Config) -> World:
        return demo_world(Demo(), config.site, config.loads[0])

    def test_only_the_first_load_is_there(self, config: Config) -> None:
        loop = simulated(config, self.world(config))
        tick = loop.tick()
        assert tick is not None
        assert [command.target for command in tick.decision.commands] == ["one"]

    def test_its_sun_shines_where_it_is_told(self, config: Config) -> None:
        loop = simulated(config, self.world(config), place=(-33.9, 18.4))
        daylight = loop.settings.daylight
        assert (daylight.latitude, daylight.longitude) == (-33.9, 18.4)

    @pytest.mark.parametrize("kind", ["gx_modbus", "vrm"])
    def test_a_portals_numbers_are_old(self, config: Config, kind: str) -> None:
        portal = Vrm(token="t")
        both = (*config.sources, portal)
        config = attrs.evolve(config, sources=(portal,) if kind == "vrm" else both)
        assert portal_only(config) == (kind == "vrm")
        world = self.world(config)
        loop = simulated(config, world)
        ages = []
        for second in range(150):
            loop.clock.wait_until(float(second))
            tick = loop.tick()
            assert tick is not None
            assert tick.snapshot.site is not None
            ages.append(tick.snapshot.instant.mono_s - tick.snapshot.site.at_s)
        assert max(ages) == (59.0 if kind == "vrm" else 0.0)

    @pytest.mark.parametrize("sensor", [GxTemperature(unit=24), W1Temperature()])
    def test_any_sensor_is_the_one_in_the_tank(self, config: Config, sensor: Temperature) -> None:
        load = attrs.evolve(config.loads[0], temperature=sensor)
        config = attrs.evolve(config, loads=(load,))
        tick = simulated(config, self.world(config)).tick()
        assert tick is not None
        assert tick.snapshot.loads[0].temperature_c.value == pytest.approx(45.0)


class TestGxByMqtt:
    """A GX that publishes has a connection of its own, which starts with all others."""

    def test_it_is_made_and_started(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
        source = GxMqtt(host="127.0.0.1", port=1, portal_id="c0619ab7e520")
        config = attrs.evolve(config, sources=(source,), demo=None)
        built = build(config, dry_run=True)
        try:
            assert built.links is not None
            (link,) = built.links._gx
            assert until(lambda: "nobody listens at 127.0.0.1:1" in link.fault)
            tick = built.loop.tick()
            assert tick is not None
            assert tick.snapshot.site is None
            assert "nobody listens at 127.0.0.1:1" in tick.snapshot.health[0].fault
        finally:
            built.close()


class TestSensors:
    """A load's 1-wire sensor is a source of its own; with it lost and required, the load is off."""

    def with_sensor(self, config: Config, **keys: Any) -> Config:
        loads = (attrs.evolve(config.loads[0], temperature=W1Temperature(**keys)),)
        return attrs.evolve(config, loads=loads)

    def test_its_temperature_is_the_load_s(
        self, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bus = Bus(tmp_path / "devices")
        bus.plug(51.5)
        monkeypatch.setattr(w1, "DEVICES", bus.folder)
        config = attrs.evolve(self.with_sensor(config), demo=None)
        clock = VirtualClock(1.8e9)
        (source,) = make_sensors(config, clock, tmp_path, Links(config, clock))
        assert isinstance(source, w1.W1Source)
        source.worker.run_once()
        collector = Collector([source], load_wiring(config))
        (load,) = collector.collect(clock.now()).loads
        collector.close()
        assert (load.id, load.temperature_c.value) == ("one", 51.5)

    def test_in_the_demonstration_it_is_the_simulated_one(self, config: Config) -> None:
        with contextlib.closing(build(self.with_sensor(config, required=True))) as built:
            sensor = built.config.loads[0].temperature
            assert sensor == GxTemperature(required=True)

    def test_lost_and_required_means_off(self, config: Config, tmp_path: Path) -> None:
        """The load heats until its sensor's last reading is older than allowed, and no longer."""
        config = attrs.evolve(
            self.with_sensor(config, required=True, allowed_age_s=60.0),
            control=attrs.evolve(config.control, min_soc_pct=5.0),
        )
        world = demo_world(Demo(soc_pct=100.0, peak_w=9000.0, feed_in=True), config.site, None)
        clock = VirtualClock(world.utc_s, world.advance)
        bus = Bus(tmp_path / "devices")
        bus.plug(45.0)
        sensor = W1Source("one-temperature", W1Temperature(), clock, bus.folder, threaded=False)
        collector = Collector([SimSource(world), sensor], load_wiring(config))
        actuator = SimActuator(world, config.loads[0])
        loop = Loop(clock, collector, settings_of(config), [actuator])
        lost_s, whys = 300, {}
        for second in range(lost_s + 65):
            clock.wait_until(float(second))
            if second % 10 == 0 and second <= lost_s:
                bus.plug(45.0 + second / 300)
                sensor.worker.run_once()
            tick = loop.tick()
            assert tick is not None
            (command,) = tick.decision.commands
            whys[second] = (command.setpoint_w > 0, command.reason.code)
        assert whys[lost_s][0]
        assert whys[lost_s + 60][0]
        assert whys[lost_s + 61] == (False, Why.SENSOR_LOST)


MQTT_LOADS = """
site: {latitude: 50, longitude: 14}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
mqtt: {host: 127.0.0.1, port: 9}
gpio: {factory: mock}
loads:
  - id: water
    max_w: 2000
    output: {kind: mqtt, preset: vload, device: ECS}
    meter: {topic: meter/water}
  - id: plug
    max_w: 500
    drive: on_off
    output: {kind: mqtt, preset: tasmota, device: plug}
  - id: bursts
    max_w: 1000
    output: {kind: ssr, pin: 26}
"""


def test_every_kind_of_output_gets_its_actuator(tmp_path: Path) -> None:
    made = attrs.evolve(load_text(MQTT_LOADS, "c", {}), state=State(folder=str(tmp_path)))
    built = build(made)
    try:
        kinds = [type(one).__name__ for one in built.loop._actuators]
        assert kinds == ["MqttActuator", "MqttActuator", "GpioActuator"]
        assert [str(one) for one in built.off_plan.messages] == [
            "water (regul/vload/ECS/cmd)",
            "plug (cmnd/plug/POWER)",
        ]
        assert built.off_plan.broker is not None
        assert built.off_plan.broker.client_id.endswith("-off")
    finally:
        built.close()


def test_a_demonstration_says_nothing_to_any_device(tmp_path: Path) -> None:
    text = MQTT_LOADS + "demo: {port: 0, speed: 1000}\n"
    made = attrs.evolve(load_text(text, "c", {}), state=State(folder=str(tmp_path)))
    built = build(made)
    try:
        assert built.off_plan.messages == ()
        kinds = [type(one).__name__ for one in built.loop._actuators]
        assert kinds == ["SimActuator", "DryActuator", "GpioActuator"]
        for _ in range(300):
            assert built.loop.tick() is not None
            built.clock.wait_until(built.clock.now().mono_s + 1.0)
        assert built.demo is not None
        assert built.demo.world.totals.sun_wh > 0.0
    finally:
        built.close()


@pytest.mark.parametrize(("tick_s", "looks_s"), [(5.0, 1.0), (0.5, 0.5)])
def test_who_calibrates_looks_each_second(config: Config, tick_s: float, looks_s: float) -> None:
    slow = attrs.evolve(config, control=attrs.evolve(config.control, tick_s=tick_s))
    load = config.loads[0].id
    assert straightened(slow, load).control.tick_s == looks_s
    assert straightened(slow, "").control.tick_s == tick_s
