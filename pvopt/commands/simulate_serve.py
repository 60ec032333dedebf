"""`simulate --serve`: the simulated home as a Victron GX over Modbus TCP, in real time."""

from __future__ import annotations

from pathlib import Path

from pvopt.clock import VirtualClock
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.config.service import Demo
from pvopt.errors import ConfigError, SourceError
from pvopt.simulator.gx_server import GxServer
from pvopt.simulator.world import World, demo_world


def serve(path: Path, address: tuple[str, int], faster: float | None) -> int:
    """Serve until a signal comes; 0. ConfigError for a bad file, SourceError for a taken port.

    ``faster``: simulated seconds a second, None: the demo's.
    """
    stopper = Stopper()
    stopper.install()
    config = load(path)
    demo = config.demo or Demo()
    if not config.loads:
        raise ConfigError("the configuration has no load whose heater could stand in the home")
    world = demo_world(demo, config.site, config.loads[0])
    server = serve_gx(world, address)
    speed = demo.speed if faster is None else faster
    print(
        f"a simulated GX: {demo.peak_w:.0f} W of panels, {demo.battery_wh:.0f} Wh of battery at"
        f" {demo.soc_pct:.0f} %, from {demo.start} at {speed:g} times real time; its heater draws"
        " nothing. Ctrl-C ends it.",
        flush=True,
    )
    clock = VirtualClock(world.utc_s, world.advance, speed)
    clock.sleep = stopper.sleep
    try:
        while not stopper.asked:
            clock.wait_until(clock.now().mono_s + 1.0)
    finally:
        server.stop()
    return 0


def serve_gx(world: World, address: tuple[str, int]) -> GxServer:
    """A GX that shows ``world``, its address printed. SourceError for a taken port."""
    host, port = address
    server = GxServer(host, port)
    server.follow(world)
    try:
        port = server.start()
    except SourceError as fault:
        raise SourceError(f"{fault}: choose another port, or 0 for any free one") from fault
    print(f"{host}:{port}", flush=True)
    return server
