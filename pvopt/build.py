"""From configuration to a wired loop: the only module that knows concrete classes.

One table per port: parameter class -> "module:function". A function is imported when its kind
is configured, so that nothing heavy loads without need. A new kind is a parameter class, a
runtime file, a row here, and a line in the contract tests.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import attrs

from pvopt.build_storages import storages_of
from pvopt.clock import SystemClock, VirtualClock
from pvopt.config import loads, outputs, temperatures
from pvopt.config import sources as source_kinds
from pvopt.config.meters import LoadMeter, MqttMeters
from pvopt.config.mqtt import Mqtt
from pvopt.config.schema import Config
from pvopt.decide.settings import Settings
from pvopt.loop import Loop
from pvopt.model import Instant
from pvopt.off import OffPlan, switch_off
from pvopt.ports import Actuator, Clock, Recorder, Source
from pvopt.settings_of import settings_of
from pvopt.shared_links import Links
from pvopt.sources.collect import BUDGET_S, Collector, LoadWiring, Mailbox
from pvopt.sources.sensors import meter_name, sensor_name, temperature_key

if TYPE_CHECKING:
    from pvopt.act.pins import Pins
    from pvopt.build_mqtt import ByMqtt
    from pvopt.build_page import PageParts
    from pvopt.score.keeper import ScoreKeeper
    from pvopt.simulator.gx_server import GxServer
    from pvopt.simulator.mqtt_wiring import Behind
    from pvopt.simulator.world import World


# A simulated portal: a GX that logs as often as it can, and what its numbers may be late.
PORTAL_LOG_S, PORTAL_LATE_S = 60.0, 90.0


@dataclass(frozen=True)
class Context:
    """What a source may need beside its own parameters."""

    config: Config
    clock: Clock
    state_folder: Path
    links: Links


SOURCES: dict[type, str] = {
    source_kinds.GxModbus: "pvopt.build:gx_modbus",
    source_kinds.GxMqtt: "pvopt.build:gx_mqtt",
    source_kinds.Vrm: "pvopt.build:vrm",
    MqttMeters: "pvopt.build:mqtt_meters",
    source_kinds.ForecastSolar: "pvopt.build:forecast",
    source_kinds.OpenMeteo: "pvopt.build:forecast",
    source_kinds.VrmForecast: "pvopt.build:forecast",
}
MakeSource = Callable[[source_kinds.SourceConfig, Context], Source]

# A temperature that is no device of a GX is a source of its own, for one load.
SENSORS: dict[type, str] = {
    temperatures.W1Temperature: "pvopt.build:w1",
    temperatures.MqttTemperature: "pvopt.build:mqtt_temperature",
}
MakeSensor = Callable[[temperatures.Temperature, str, Context], Source]


def gx_modbus(config: source_kinds.GxModbus, context: Context) -> Source:
    from pvopt.sources.victron_modbus import GxModbusSource  # noqa: PLC0415 (only when configured)

    return GxModbusSource(config, context.state_folder)


def gx_mqtt(config: source_kinds.GxMqtt, context: Context) -> Source:
    from pvopt.sources.victron_mqtt import GxMqttSource  # noqa: PLC0415

    return GxMqttSource(config, context.links.gx(config), context.state_folder)


def vrm(config: source_kinds.Vrm, context: Context) -> Source:
    from pvopt.sources.victron_vrm import VrmSource  # noqa: PLC0415

    return VrmSource(config, context.clock, tick_s=context.config.control.tick_s)


def mqtt_meters(config: MqttMeters, context: Context) -> Source:
    from pvopt.sources.mqtt_meters import MqttMetersSource  # noqa: PLC0415

    return MqttMetersSource(config, context.links.mqtt())


def forecast(
    config: source_kinds.ForecastSolar | source_kinds.OpenMeteo | source_kinds.VrmForecast,
    context: Context,
) -> Source:
    from pvopt.sources.forecast import ForecastSource  # noqa: PLC0415

    return ForecastSource(config, context.config.site, context.state_folder, context.clock)


def make_sources(
    config: Config, clock: Clock, state_folder: Path, links: Links
) -> tuple[Source, ...]:
    """One source for each entry of the list, in its order: the order of preference."""
    context = Context(config, clock, state_folder, links)
    made: list[Source] = []
    with contextlib.ExitStack() as undo:
        for item in config.sources:
            make = cast("MakeSource", _named(SOURCES[type(item)]))
            made.append(make(item, context))
            undo.callback(made[-1].close)
        undo.pop_all()
    return tuple(made)


def w1(config: temperatures.W1Temperature, name: str, context: Context) -> Source:
    from pvopt.sources.w1 import W1Source  # noqa: PLC0415

    return W1Source(name, config, context.clock)


def mqtt_temperature(config: temperatures.MqttTemperature, name: str, context: Context) -> Source:
    from pvopt.sources.mqtt_temperature import MqttTemperatureSource  # noqa: PLC0415

    return MqttTemperatureSource(name, config, context.links.mqtt())


def load_meter(config: LoadMeter, name: str, context: Context) -> Source:
    from pvopt.sources.load_meter import LoadMeterSource  # noqa: PLC0415

    return LoadMeterSource(name, config, context.links.mqtt())


def make_sensors(
    config: Config, clock: Clock, state_folder: Path, links: Links
) -> tuple[Source, ...]:
    """One source for each load whose temperature has a source of its own, and for each meter of
    a load."""
    context = Context(config, clock, state_folder, links)
    made: list[Source] = []
    with contextlib.ExitStack() as undo:
        for load in config.loads:
            if type(load.temperature) not in SENSORS:
                continue
            make = cast("MakeSensor", _named(SENSORS[type(load.temperature)]))
            made.append(
                make(cast("temperatures.Temperature", load.temperature), sensor_name(load), context)
            )
            undo.callback(made[-1].close)
        for load in config.loads:
            if load.meter is not None:
                made.append(load_meter(load.meter, meter_name(load), context))
                undo.callback(made[-1].close)
        undo.pop_all()
    return tuple(made)


def _named(path: str) -> object:
    """What a row of a table names, imported now."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def load_wiring(config: Config) -> tuple[LoadWiring, ...]:
    """Which temperature and watts of which source belong to which load."""
    return tuple(_wiring(config, load) for load in config.loads)


def _wiring(config: Config, load: loads.Load) -> LoadWiring:
    temperature = temperature_key(config, load)
    if load.meter is None:
        return LoadWiring(load.id, temperature)
    return LoadWiring(load.id, temperature, meter_name(load), load.meter.allowed_age_s)


@dataclass
class Demo:
    """The simulated home behind the demonstration. ``load_id``: of the heater that it has."""

    world: World
    server: GxServer
    load_id: str = ""


@dataclass
class Built:
    """A wired loop, and what has to be closed after it."""

    config: Config
    loop: Loop
    clock: SystemClock | VirtualClock
    pins: Pins | None
    off_plan: OffPlan
    demo: Demo | None = None
    links: Links | None = None
    by_mqtt: ByMqtt | None = None
    page: PageParts | None = None
    score: ScoreKeeper | None = None

    def close(self) -> None:
        """Everything off; pins, sockets and threads given back."""
        self.loop.close()
        if self.page is not None:
            self.page.close()
        if self.by_mqtt is not None:
            self.by_mqtt.close()
        if self.links is not None:
            self.links.close()
        if self.pins is not None:
            self.pins.close()
        if self.demo is not None:
            self.demo.server.stop()


def build(
    config: Config,
    *,
    dry_run: bool = False,
    recorders: Sequence[Recorder] = (),
    before_pins: Callable[[OffPlan], None] = lambda plan: None,
    straight: str = "",
    inbox: Mailbox | None = None,
    page: bool = False,
    saved_s: Callable[[], float] | None = None,
) -> Built:
    """Wire everything. ``before_pins`` hears how to switch off before any pin is touched;
    ``inbox``: where requests come from; ``page``: serve the page, if one is configured;
    ``saved_s``: mono instant of the newest ledger on disk, where it is kept.

    ``straight``: a load whose watts say where its knob shall be (``straightened``).
    ConfigError for what can never work here; whatever was made by then is off and closed.
    """
    from pvopt.act.off_plan import off_plan_of  # noqa: PLC0415 (heavy only with real pins)

    plan = off_plan_of(config)
    with contextlib.ExitStack() as undo:
        demo, clock, config = surroundings(config)
        if demo is not None:
            undo.callback(demo.server.stop)
        links = Links(config, clock)
        undo.callback(links.close)
        config = straightened(config, straight)
        pins: Pins | None = None
        actuators: tuple[Actuator, ...]
        if dry_run:
            from pvopt.act.dry import DryActuator  # noqa: PLC0415

            actuators = tuple(DryActuator(load) for load in config.loads)
        else:
            before_pins(plan)
            pins, actuators = _outputs(config, plan, demo, links, undo)
        state_folder = Path(config.state.folder)
        sources = make_sources(config, clock, state_folder, links)
        for source in sources:  # until the collector has them
            undo.callback(source.close)
        stored = storages_of(config, links, undo, dry_run)
        collector = Collector(
            (*sources, *make_sensors(config, clock, state_folder, links), *stored.heard),
            load_wiring(config),
            BUDGET_S * min(1.0, config.control.tick_s),
            inbox,
            stored.ids,
        )
        undo.callback(collector.close)
        settings = settings_of(config)
        score = None if dry_run else _score(settings)
        recorders = recorders if score is None else (*recorders, score)
        by_mqtt: ByMqtt | None = None
        if not dry_run and config.mqtt is not None:
            from pvopt import build_mqtt  # noqa: PLC0415 (only when configured)

            now = SystemClock()  # others live by it, in a demo, too
            taken = inbox is not None
            by_mqtt = build_mqtt.wire(config, links.mqtt, lambda: loop, now, saved_s, taken, score)
            recorders = (*recorders, *by_mqtt.recorders)
        served: PageParts | None = None
        if page and config.page is not None:
            from pvopt import build_page  # noqa: PLC0415 (only when configured)

            asks = inbox is not None and not dry_run
            served = build_page.make_page(
                config.page,
                config,
                lambda: loop.memory.ledger,
                asks,
                lambda: loop.counts,
                recorders,
                score,
            )
            recorders = (*recorders, served.recorder)
        loop: Loop = Loop(clock, collector, settings, actuators, recorders, storages=stored.told)
        links.start()
        if by_mqtt is not None:
            by_mqtt.start()
        if served is not None:
            served.start()
        undo.pop_all()
    return Built(config, loop, clock, pins, plan, demo, links, by_mqtt, served, score)


def _score(settings: Settings) -> ScoreKeeper | None:
    """What adds up each day; None for a home without loads."""
    if not settings.loads:
        return None
    from pvopt.score.keeper import ScoreKeeper  # noqa: PLC0415 (nothing for storages alone)
    from pvopt.show.journal_score import teller  # noqa: PLC0415

    return ScoreKeeper(settings, teller())


def straightened(config: Config, load_id: str) -> Config:
    """``load_id`` with a straight curve: ``max_w`` x percent / 100 W are that percent of the knob.

    Fewer than ``LEAST_W`` are its zero. The simulated home keeps the regulator that it has. The
    loop looks each second, as some meters tell so often: who waits for a level would wait longer.
    """
    if not load_id:
        return config
    from pvopt.calibration.calibrator import LEAST_W, TICK_S  # noqa: PLC0415 (only for calibrate)

    curve = outputs.Curve(kind="linear", min_w=LEAST_W)
    loads = tuple(
        attrs.evolve(load, output=attrs.evolve(load.output, curve=curve))
        if load.id == load_id and not isinstance(load.output, outputs.SsrOutput)
        else load
        for load in config.loads
    )
    control = attrs.evolve(config.control, tick_s=min(TICK_S, config.control.tick_s))
    return attrs.evolve(config, loads=loads, control=control)


@dataclass(frozen=True)
class Outlets:
    """What an output may need beside its own parameters."""

    pins: Pins
    plan: OffPlan
    links: Links
    demo: Demo | None = None


OUTPUTS: dict[type, str] = {
    outputs.GpioOutput: "pvopt.build:gpio_output",
    outputs.SsrOutput: "pvopt.build:gpio_output",
    outputs.MqttOutput: "pvopt.build:mqtt_output",
}
MakeOutput = Callable[[loads.Load, Outlets], Actuator]


def gpio_output(load: loads.Load, outlets: Outlets) -> Actuator:
    from pvopt.act.gpio import GpioActuator  # noqa: PLC0415

    plan = outlets.plan.of_pins()
    return GpioActuator(load, outlets.pins, lambda: switch_off(plan))


def mqtt_output(load: loads.Load, outlets: Outlets) -> Actuator:
    """In a demonstration nothing real may switch: the simulated heater stands for the device."""
    if outlets.demo is None:
        from pvopt.act.mqtt import MqttActuator  # noqa: PLC0415
        from pvopt.config.output_wire import has_will  # noqa: PLC0415

        assert isinstance(load.output, outputs.MqttOutput)
        will = outlets.links.will(load.id) if has_will(load.output) else None
        return MqttActuator(load, outlets.links.mqtt(), will)
    if outlets.demo.load_id == load.id:
        from pvopt.simulator.adapters import SimActuator  # noqa: PLC0415

        return SimActuator(outlets.demo.world, load)
    from pvopt.act.dry import DryActuator  # noqa: PLC0415

    return DryActuator(load)


def _outputs(
    config: Config, plan: OffPlan, demo: Demo | None, links: Links, undo: contextlib.ExitStack
) -> tuple[Pins, tuple[Actuator, ...]]:
    """The pins with an actuator a load; ``undo`` closes them (safely) if a later part fails."""
    from pvopt.act.pins import Pins  # noqa: PLC0415

    pins = Pins(config.gpio)
    undo.callback(pins.close)
    outlets = Outlets(pins, plan, links, demo)
    made: list[Actuator] = []
    for load in config.loads:
        make = cast("MakeOutput", _named(OUTPUTS[type(load.output)]))
        made.append(make(load, outlets))
        undo.callback(made[-1].close)
    if demo is not None and config.gpio.factory == "mock" and config.loads:
        _wire_back(config, pins, demo.world)
    return pins, tuple(made)


def _wire_back(config: Config, pins: Pins, world: World) -> None:
    """The simulated heater hangs on the mock pins: what they say is what it gets."""
    from pvopt.act.readback import PinReader  # noqa: PLC0415
    from pvopt.simulator.home import HomeControls  # noqa: PLC0415

    reader, load = PinReader(pins), config.loads[0]
    if isinstance(load.output, outputs.MqttOutput):
        return
    world.read_controls = lambda: HomeControls(reader.read_relay(load), reader.read_knob_pct(load))


def surroundings(config: Config) -> tuple[Demo | None, SystemClock | VirtualClock, Config]:
    """The machine's clock; or a simulated home, its server, and the clock that moves both."""
    if config.demo is None:
        return None, SystemClock(), config
    from pvopt.simulator.gx_server import GxServer  # noqa: PLC0415
    from pvopt.simulator.world import demo_world  # noqa: PLC0415

    load = config.loads[0] if config.loads else None
    world = demo_world(config.demo, config.site, load)
    server = GxServer("127.0.0.1", config.demo.port)
    port = server.start()
    server.follow(world)
    clock = VirtualClock(world.utc_s, world.advance, config.demo.speed)
    sources = tuple(
        attrs.evolve(s, host="127.0.0.1", port=port) if isinstance(s, source_kinds.GxModbus) else s
        for s in config.sources
    )
    loads = tuple(_in_the_tank(load) for load in config.loads)
    load_id = "" if load is None else load.id
    return Demo(world, server, load_id), clock, attrs.evolve(config, sources=sources, loads=loads)


def decided_by(config: Config) -> Settings:
    """What the loop of a configuration decides by; a demonstration changes some of it."""
    if config.demo is not None:
        config = attrs.evolve(config, loads=tuple(_in_the_tank(load) for load in config.loads))
    return settings_of(config)


def _in_the_tank(load: loads.Load) -> loads.Load:
    """In a simulated home every sensor is one of the simulated GX: no wire is looked at, nor any
    meter of the load's own."""
    load = attrs.evolve(load, meter=None)
    sensor = load.temperature
    if sensor is None or isinstance(sensor, temperatures.GxTemperature):
        return load
    simulated = temperatures.GxTemperature(
        required=sensor.required, allowed_age_s=sensor.allowed_age_s
    )
    return attrs.evolve(load, temperature=simulated)


def simulated(
    config: Config,
    world: World,
    recorders: Sequence[Recorder] = (),
    place: tuple[float, float] | None = None,
    straight: str = "",
) -> Loop:
    """The production loop at the two ports of a simulated home: as fast as it goes, no wires.

    The home has one heater, the first of the configuration. ``place``: latitude and longitude
    where the home's sun shines, if not the site's. ``straight`` as for ``build``.
    """
    from pvopt.simulator.adapters import SimActuator  # noqa: PLC0415

    load = _in_the_tank(straightened(config, straight).loads[0])
    if isinstance(load.temperature, temperatures.GxTemperature):  # the one that stands in the tank
        load = attrs.evolve(load, temperature=attrs.evolve(load.temperature, unit=None))
    site = config.site
    if place is not None:
        site = attrs.evolve(site, latitude=place[0], longitude=place[1])
    config = attrs.evolve(config, loads=(load,), site=site, storages=())
    wiring = load_wiring(config)
    collector = Collector([_sim_source(config, world)], wiring)
    clock = VirtualClock(world.utc_s, world.advance)
    return Loop(clock, collector, settings_of(config), [SimActuator(world, load)], recorders)


def at_broker(config: Config, address: tuple[str, int | None] | None) -> Config:
    """``config`` with the broker at another address; user, password and TLS stay."""
    if address is None:
        return config
    host, port = address
    section = Mqtt(host=host) if config.mqtt is None else config.mqtt
    return attrs.evolve(config, mqtt=attrs.evolve(section, host=host, port=port))


def behind_broker(config: Config, behind: Behind, clock: Clock, links: Links) -> Loop:
    """The production loop with everything that speaks MQTT as it really is, a home behind it.

    What hangs on wires is simulated at the loop's ports (a heater on a pin, a GX, a forecast) or
    left out (a sensor of this machine). Status is told, requests are not taken. ``links`` are
    started by the caller.
    """
    from pvopt.act.mqtt import MqttActuator  # noqa: PLC0415
    from pvopt.simulator.adapters import SimActuator  # noqa: PLC0415
    from pvopt.simulator.outlook import SimForecast  # noqa: PLC0415

    chosen = tuple(
        attrs.evolve(load, temperature=None)
        if isinstance(load.temperature, temperatures.W1Temperature)
        else load
        for load in config.loads
        if load.id not in behind.left_out
    )
    meters = tuple(one for one in config.sources if isinstance(one, MqttMeters))
    wired = attrs.evolve(config, loads=chosen, sources=meters, demo=None)
    stored = storages_of(wired, links, contextlib.ExitStack(), wills=False)
    state_folder = Path(config.state.folder)
    sources = [
        *make_sources(wired, clock, state_folder, links),
        *make_sensors(wired, clock, state_folder, links),
        *stored.heard,
    ]
    if any(isinstance(one, source_kinds.Gx | source_kinds.Vrm) for one in config.sources):
        sources.append(_sim_source(config, behind.world))
    if any(SOURCES[type(one)] == "pvopt.build:forecast" for one in config.sources):
        sources.append(SimForecast(behind.series))
    actuators: list[Actuator] = []
    for load in chosen:
        if behind.heater is not None and load.id == behind.heater.id:
            actuators.append(SimActuator(behind.world, load))
        else:
            actuators.append(MqttActuator(load, links.mqtt()))
    collector = Collector(sources, load_wiring(wired), storages=stored.ids)
    told: tuple[Recorder, ...] = ()
    if wired.mqtt is not None:
        from pvopt import build_mqtt  # noqa: PLC0415

        told = build_mqtt.wire(wired, links.mqtt, lambda: loop, clock).recorders
    settings = settings_of(wired)
    loop: Loop = Loop(clock, collector, settings, actuators, told, storages=stored.told)
    return loop


def _sim_source(config: Config, world: World) -> Source:
    """What stands for the sources: a GX, or the portal where the configuration has only that."""
    from pvopt.simulator.adapters import SimSource  # noqa: PLC0415

    name = next((s.name for s in config.sources if isinstance(s, source_kinds.Gx)), "gx")
    if portal_only(config):
        return SimSource(world, name, PORTAL_LOG_S + PORTAL_LATE_S, interval_s=PORTAL_LOG_S)
    return SimSource(world, name)


def portal_only(config: Config) -> bool:
    """Whether all numbers come from the VRM portal, minutes old."""
    portal = any(isinstance(source, source_kinds.Vrm) for source in config.sources)
    return portal and not any(isinstance(source, source_kinds.Gx) for source in config.sources)


def stamp_of(config: Config) -> Callable[[Instant], str] | None:
    """The home's own time for log lines, where it is not the machine's."""
    if config.demo is None:
        return None
    from datetime import datetime  # noqa: PLC0415

    from pvopt.daylight import zone  # noqa: PLC0415

    local = zone(config.site.timezone)
    return lambda instant: f"{datetime.fromtimestamp(instant.utc_s, local):%H:%M:%S} "
