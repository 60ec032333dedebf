"""Serve a simulated home as a Victron GX over Modbus TCP, in real time, for trying a configuration.

The home is the one of the configuration's `demo` section (Files/config.yaml without --config).
Point a source of yours at it: `host` and `port` of the address that is printed first.

What to know: the heater in this home draws nothing. Nothing connects the outputs of another
process with it; the demonstration (`python main.py`) does that within one process. The home's
clock begins at the demo's `start`, whatever the wall says; a pvopt that runs against it goes by
the machine's clock, so at night give it `daylight: {mode: always}`. Nothing can be written to
this GX. It ends with Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pvopt.clock import VirtualClock
from pvopt.commands.options import DEFAULT_CONFIG
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.config.service import Demo
from pvopt.errors import ConfigError, SourceError
from pvopt.simulator.gx_server import GxServer
from pvopt.simulator.world import demo_world

HIGHEST_PORT = 65_535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--serve",
        required=True,
        metavar="HOST:PORT",
        type=_address,
        help="where to listen, e.g. 127.0.0.1:5020; port 0 takes any free one",
    )
    parser.add_argument(
        "--config", type=Path, default=DEFAULT_CONFIG, help="configuration (default: %(default)s)"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=None,
        metavar="X",
        help="simulated seconds a second, 0.1 to 10000 (default: the demo's, or 1)",
    )


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, e.g. 127.0.0.1:5020")
    if int(port) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"port {port} is above {HIGHEST_PORT}")
    return host, int(port)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 10_000.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0.1 to 10000")
    return speed


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes; 0. ConfigError for a bad file, SourceError for a taken port."""
    stopper = Stopper()
    stopper.install()
    config = load(args.config)
    demo = config.demo or Demo()
    if not config.loads:
        raise ConfigError("the configuration has no load whose heater could stand in the home")
    world = demo_world(demo, config.site, config.loads[0])
    host, port = args.serve
    server = GxServer(host, port)
    server.follow(world)
    try:
        port = server.start()
    except SourceError as fault:
        raise SourceError(f"{fault}: choose another port, or 0 for any free one") from fault
    speed = demo.speed if args.speed is None else args.speed
    print(f"{host}:{port}", flush=True)
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
