"""A simulated home behind a broker, made from a configuration: what it has, who speaks there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pvopt.config.loads import Load
from pvopt.config.meters import MqttMeters
from pvopt.config.outputs import MqttOutput
from pvopt.config.schema import Config
from pvopt.config.service import Demo
from pvopt.simulator.appliances import Household
from pvopt.simulator.home import HomeFlows, HomeInputs
from pvopt.simulator.mqtt_devices import appliance_of, device_of, reports_of
from pvopt.simulator.mqtt_home import MqttHome, Wire
from pvopt.simulator.mqtt_meters import Publication, meters_of
from pvopt.simulator.mqtt_storages import device_of as storage_of
from pvopt.simulator.world import World, demo_series, demo_world, local_start, offset_s


@dataclass
class Behind:
    """The home, its world, and what of the configuration is not in it. ``series``: what the sky
    and the rest of the house bring, at any time."""

    world: World
    home: MqttHome
    household: Household
    heater: Load | None  # on a pin; the world's own
    left_out: tuple[str, ...]
    series: Callable[[float], HomeInputs]


def demo_of(config: Config) -> Demo:
    """The home where no section ``demo`` describes it: the site's panels, and a battery where the
    meters tell of one."""
    if config.demo is not None:
        return config.demo
    peak_w = sum(plane.peak_w for plane in config.site.planes)
    meters = [one for one in config.sources if isinstance(one, MqttMeters)]
    battery = any(one.battery is not None or one.soc is not None for one in meters)
    plain = Demo()
    return Demo(
        peak_w=peak_w or plain.peak_w,
        battery_wh=plain.battery_wh if battery or not meters else 0.0,
        feed_in=config.site.feed_in == "allowed",
    )


def home_behind(config: Config, wire: Wire, start_utc_s: float | None = None) -> Behind:
    """Everything of ``config`` that speaks by MQTT, in a home that is simulated.

    The first load on a pin is the heater of the world; each load behind the broker is an appliance
    of its own. ``start_utc_s``: another start than the demo's.
    """
    demo = demo_of(config)
    begins_s = local_start(demo, config.site)[0] if start_utc_s is None else start_utc_s
    remote = [load for load in config.loads if isinstance(load.output, MqttOutput)]
    local = [load for load in config.loads if not isinstance(load.output, MqttOutput)]
    heater = local[0] if local else None
    boilers = [load for load in remote if load.output.has_knob or load.temperature is not None]
    draw_share = 1.0 / len(boilers) if boilers else 0.0
    appliances = [appliance_of(load, demo.tank_l, draw_share) for load in remote]
    series = demo_series(demo, config.site, offset_s(begins_s, config.site.timezone))
    stored = [storage_of(one, rank) for rank, one in enumerate(config.storages)]
    units = [one.unit for one in stored]
    household = Household(series, appliances, units, demo.peak_w, _has_panels(config))
    world = demo_world(demo, config.site, heater, begins_s, household)
    household.alive = lambda: world.flows.ac_up
    household.grid_w = lambda: world.flows.grid_w

    def now_s() -> float:
        return world.utc_s

    devices = [
        device_of(load, one, household.alive, now_s)
        for load, one in zip(remote, appliances, strict=True)
    ]
    meters = (*_meters(config, world), *_heater(heater, world))
    home = MqttHome(wire, meters, devices, now_s, stored)
    left_out = tuple(load.id for load in config.loads if load not in remote and load is not heater)
    return Behind(world, home, household, heater, left_out, series)


def _has_panels(config: Config) -> bool:
    """Whether panels hang on the house: not where nothing but storages is there, with their own."""
    meters = [one for one in config.sources if isinstance(one, MqttMeters)]
    told = any(one.pv is not None for one in meters) or len(meters) < len(config.sources)
    return bool(not config.storages or config.loads or config.site.planes or config.demo or told)


def _meters(config: Config, world: World) -> tuple[Publication, ...]:
    """What all meters say; two sections that hear the same topic hear one meter."""
    found: dict[str, Publication] = {}
    for source in config.sources:
        if isinstance(source, MqttMeters):
            for one in meters_of(source, lambda: world.flows, lambda: world.utc_s):
                found.setdefault(one.topic, one)
    return tuple(found.values())


def _heater(heater: Load | None, world: World) -> tuple[Publication, ...]:
    if heater is None:
        return ()

    def of(read: Callable[[HomeFlows], float]) -> Callable[[], float]:
        return lambda: read(world.flows)

    return reports_of(
        heater, of(lambda now: now.heater_w), of(lambda now: now.tank_c), lambda: world.utc_s
    )
