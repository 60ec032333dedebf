"""The same GX read over Modbus TCP and by MQTT is the same Site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pvopt.config.service import Demo
from pvopt.config.site import Site as SiteConfig
from pvopt.config.sources import GxModbus, GxUnits
from pvopt.model import Instant, Samples, Site
from pvopt.simulator.gx_image import GxImage, image_of
from pvopt.simulator.gx_server import GxServer
from pvopt.simulator.home import HomeInputs, HomeParams, HomeState
from pvopt.simulator.world import World, demo_world
from pvopt.sources.victron_modbus import GxModbusSource
from tests.gx_mqtt_rig import GxMqttRig
from tests.gx_rig import GxRig
from tests.gx_told import INSTANCES, raw_of
from tests.modbus_standin import Devices, home
from tests.unit.simulator.homes import SUNNY, steady_world

UNIT_OF = {instance: unit for unit, instance in INSTANCES.items()}


def by_unit(site: Site) -> Site:
    """Devices under their Modbus unit, and a set-point that is as old as the rest: over Modbus it
    is read now and then."""
    pv = []
    for device in site.pv:
        kind, _, number = device.id.partition(":")
        if not device.limited and device.limited is not False and not device.power_w.value:
            continue  # a tracker that is not there reads 0 over Modbus
        instance, slash, tracker = number.partition("/")
        unit = UNIT_OF.get(int(instance), int(instance))
        pv.append(replace(device, id=f"{kind}:{unit}{slash}{tracker}"))
    setpoint_w = replace(site.grid_setpoint_w, at_s=site.at_s)
    return replace(site, pv=tuple(pv), grid_setpoint_w=setpoint_w)


def assert_same(modbus: Samples, mqtt: Samples) -> None:
    assert modbus.site is not None
    assert mqtt.site is not None
    assert by_unit(mqtt.site) == by_unit(modbus.site)
    told = [[(key, one.value) for key, one in way.temperatures] for way in (modbus, mqtt)]
    assert told[0] == told[1]


# Homes by their registers ---------------------------------------------------------------

Edit = Callable[[Devices], object]


def usual(devices: Devices) -> None:
    """As it is."""


def island(devices: Devices) -> None:
    devices.put("system", 100, 826, 240)
    devices.put("vebus", 227, 29, 240, 0, 9)
    devices.put("vebus", 227, 21, 5040)
    devices.put32("system", 100, 908, 0)


def generator(devices: Devices) -> None:
    devices.put("system", 100, 826, 2)
    devices.put32("system", 100, 908, 0)
    devices.put32("system", 100, 914, 2500)


def three_phases(devices: Devices) -> None:
    devices.put("vebus", 227, 28, 3)
    for phase, watts in enumerate((-1500, 1500, 0)):
        devices.put32("system", 100, 908 + 2 * phase, watts)


def ac_coupled(devices: Devices) -> None:
    devices.unplug("solarcharger", 226)
    devices.put("system", 100, 850, 0)
    devices.put32("system", 100, 890, 2100)
    devices.plug("pvinverter", 20)
    devices.put32("pvinverter", 20, 1052, 2100)
    devices.put32("pvinverter", 20, 1054, 5000)
    devices.put32("pvinverter", 20, 1056, 2150)


def large(devices: Devices) -> None:
    """Watts that no 16 bits hold, and an inverter of panels that draws a little."""
    devices.put("system", 100, 820, 40_000)
    devices.put32("system", 100, 908, 40_000)
    devices.put32("grid", 30, 2638, 40_000)
    devices.put("system", 100, 808, -5)
    devices.put32("system", 100, 884, -5)


def two_trackers(devices: Devices) -> None:
    devices.put("solarcharger", 226, 3724, 1000, 530)
    devices.put("solarcharger", 226, 3731, 1, 2)


def no_battery(devices: Devices) -> None:
    devices.put("system", 100, 840, 0, 0, 0, 0, 0)
    devices.unplug("battery", 225)


def troubled(devices: Devices) -> None:
    """Alarms, limits, a volatile set-point, Dynamic ESS, a cap, a sick sensor."""
    devices.put("vebus", 227, 34, 0, 1, 2)
    devices.put("vebus", 227, 44, 2)
    devices.put("battery", 225, 268, 2)
    devices.put("battery", 225, 323, 2)
    devices.put32("hub4", 100, 2716, -1500)
    devices.put("hub4", 100, 2709, 1)
    devices.put("system", 100, 5400, 1)
    devices.put("settings", 100, 2705, 50, 30, 0, 1)
    devices.put32("settings", 100, 2720, 2000)
    devices.put32("settings", 100, 2722, 3000)
    devices.put("settings", 100, 2714, 16, 1)
    devices.put("settings", 100, 2900, 5, 200, 2, 355)
    devices.put("temperature", 24, 3305, 1)


EDITS = (
    usual, island, generator, three_phases, ac_coupled, large, two_trackers, no_battery, troubled,
)  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_of_registers(tmp_path: Path, edit: Edit) -> None:
    devices = home()
    edit(devices)
    with GxRig(tmp_path, devices) as modbus:
        for _ in range(3):
            read = modbus.look()
        mqtt = GxMqttRig(tmp_path, devices)
        mqtt.now_s = modbus.now_s
        assert_same(read, mqtt.samples())


# Simulated homes ------------------------------------------------------------------------


def demo() -> World:
    world = demo_world(Demo(), SiteConfig(latitude=48.0, longitude=11.0), None)
    world.advance(120.0)
    return world


def worlds() -> dict[str, Callable[[], World]]:
    night = HomeInputs(load_l1_w=500.0)
    roof = HomeParams(pv_ac_rated_w=5000.0)
    return {
        "demo": demo,
        "full battery": lambda: steady_world(state=HomeState(soc_pct=100.0)),
        "night": lambda: steady_world(night),
        "feed-in": lambda: steady_world(params=HomeParams(dc_feed_in=True)),
        "AC panels": lambda: steady_world(SUNNY._replace(pv_ac_w=2000.0), roof),
        "three phases": lambda: steady_world(
            SUNNY._replace(load_l2_w=700.0, load_l3_w=40.0), HomeParams(phases=3)
        ),
        "island": lambda: steady_world(SUNNY._replace(grid_up=False)),
    }


def over_modbus(folder: Path, image: GxImage, instant: Instant) -> Samples:
    server = GxServer()
    config = GxModbus(
        host="127.0.0.1",
        port=server.start(),
        scan=False,
        units=GxUnits(
            vebus=227, grid_meter=30, battery=225, chargers=(226, 224), temperatures=(24,),
            pv_inverters=(20,),
        ),
    )  # fmt: skip
    source = GxModbusSource(config, folder)
    try:
        server.publish(image)
        for _ in range(2):
            samples = source.read(instant, 0.8)
        return samples
    finally:
        source.close()
        server.stop()


@pytest.mark.parametrize("kind", worlds())
def test_of_simulated_homes(tmp_path: Path, kind: str) -> None:
    image = image_of(worlds()[kind]())
    mqtt = GxMqttRig(tmp_path, raw=raw_of(image))
    assert_same(over_modbus(tmp_path, image, mqtt.instant), mqtt.samples())
