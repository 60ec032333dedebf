"""`simulate --mqtt`: a simulated home behind a real broker, in real time or for virtual days."""

from __future__ import annotations

import argparse
import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pvopt.benchmarks.compiled_loop import WORTH_COMPILING_S, compile_loop
from pvopt.build import at_broker, behind_broker
from pvopt.clock import Deadline, SystemClock, VirtualClock
from pvopt.commands.simulate_serve import serve_gx
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.config.mqtt import Mqtt
from pvopt.config.schema import Config
from pvopt.errors import ConfigError
from pvopt.shared_links import Links, client_id
from pvopt.show.behind import headline, line_of, table
from pvopt.show.progress import Progress, span
from pvopt.simulator.daybook import midnight
from pvopt.simulator.mqtt_client import DeviceClient
from pvopt.simulator.mqtt_steps import Meeting, StepClock, topics
from pvopt.simulator.mqtt_wiring import Behind, demo_of, home_behind
from pvopt.simulator.surroundings import DAY_S

ROLE = "home"
SPEAK_EVERY_S = 0.5  # real seconds, however fast the simulated ones pass
TELL_EVERY_S = 30.0  # real seconds
SHOW_EVERY_S = 60.0  # simulated ones


def simulate(args: argparse.Namespace) -> int:
    """0, also after Ctrl-C. ConfigError for a bad file, SourceError where there is no broker."""
    address = None if isinstance(args.mqtt, str) else args.mqtt
    config = at_broker(load(args.config), address)
    rig = _rig(config, _begins_s(config, args))
    stopper = Stopper()
    stopper.install()
    try:
        if args.days is None:
            speed = demo_of(config).speed if args.speed is None else args.speed
            _live(config, rig, speed, stopper, args.serve)
        else:
            _days(config, rig, args.days, stopper)
    finally:
        rig.client.close()
    return 0


@dataclass
class Rig:
    """The home, its connection, and the topics that keep both sides in step."""

    behind: Behind
    client: DeviceClient
    broker: Mqtt
    name: str


def _rig(config: Config, begins_s: float | None) -> Rig:
    broker = config.mqtt
    if broker is None:
        raise ConfigError("mqtt: is missing; add the section, or write --mqtt HOST:PORT")
    name = client_id(broker.client_id, config.site.name, ROLE, broker.base_topic)
    client = DeviceClient(broker, name)
    behind = home_behind(config, client, begins_s)
    if not behind.home.meters and not behind.home.devices:
        raise ConfigError(
            "nothing of this configuration speaks by MQTT; see Files/examples/mqtt-meters.yaml"
        )
    client.topics = (*behind.home.topics, topics(name)[1])
    return Rig(behind, client, broker, name)


def _begins_s(config: Config, args: argparse.Namespace) -> float | None:
    """The moment that was asked for; whole days begin at midnight."""
    zone = ZoneInfo(config.site.timezone)
    if args.start is not None:
        local: datetime = args.start[0]
        return local.replace(tzinfo=zone).timestamp()
    if args.days is None:
        return None
    world = home_behind(config, _Nobody()).world
    return midnight(datetime.fromtimestamp(world.utc_s, zone).date(), 0, zone)


class _Nobody:
    """A wire that leads nowhere."""

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Heard by nobody."""


def _live(
    config: Config, rig: Rig, speed: float, stopper: Stopper, gx: tuple[str, int] | None
) -> None:
    """In real time, or ``speed`` times faster, until a signal comes. ``gx``: where it is a GX."""
    behind, client = rig.behind, rig.client
    client.start()
    with contextlib.ExitStack() as undo:
        if gx is not None:
            undo.callback(serve_gx(behind.world, gx).stop)
        print(rig.client.broker, flush=True)
        print("\n".join(headline(behind, speed)), flush=True)
        _live_on(config, rig, speed, stopper)
    print("\n".join(table(behind)))


def _live_on(config: Config, rig: Rig, speed: float, stopper: Stopper) -> None:
    behind, client = rig.behind, rig.client
    clock = VirtualClock(behind.world.utc_s, behind.world.advance, speed)

    def listen(seconds: float) -> None:
        client.pump(seconds)
        while client.heard:
            behind.home.obey(*client.heard.popleft())

    def rest(seconds: float) -> None:
        deadline = Deadline(seconds)
        while not stopper.asked and (left_s := deadline.left_s()) > 0:
            listen(left_s)

    clock.sleep = rest
    speak, tell = Deadline(0.0), Deadline(TELL_EVERY_S)
    while not stopper.asked:
        if speak.left_s() <= 0:
            speak = Deadline(SPEAK_EVERY_S if speed > 1.0 else 0.0)
            behind.home.speak()
        clock.wait_until(clock.now().mono_s + 1.0)
        listen(0.0)  # a clock that is behind does not rest
        if tell.left_s() <= 0:
            tell = Deadline(TELL_EVERY_S)
            print(line_of(behind, ZoneInfo(config.site.timezone)), flush=True)


def _days(config: Config, rig: Rig, days: float, stopper: Stopper) -> None:
    """The appliance's own loop against the home, as fast as both and the broker can."""
    # The simulated meters fail now and then on purpose; that is no news here.
    logging.getLogger("pvopt.sources").setLevel(logging.ERROR)
    behind, whole_s = rig.behind, DAY_S * days
    world, start_s = behind.world, behind.world.utc_s
    inner = VirtualClock(start_s, world.advance)
    links = Links(config, inner, "simulated")
    meeting = Meeting(behind.home, rig.client, links.mqtt(), rig.name)
    clock = StepClock(inner, lambda: meeting)
    loop = behind_broker(config, behind, clock, links)
    begun_s = SystemClock().now().mono_s
    progress = Progress(lambda: SystemClock().now().mono_s)
    zone = ZoneInfo(config.site.timezone)
    if whole_s >= WORTH_COMPILING_S:
        progress.show(0.0, "compiling home and law")
        compile_loop(loop, world)
    try:
        rig.client.start()
        links.start()
        meeting.before_tick()

        def stopped() -> bool:
            done_s = world.utc_s - start_s
            if done_s % SHOW_EVERY_S < config.control.tick_s:
                now = datetime.fromtimestamp(world.utc_s, zone)
                progress.show(done_s / whole_s, f"simulated until {now:%Y-%m-%d %H:%M}")
            return stopper.asked

        loop.run(until_s=whole_s, stopped=stopped)
    finally:
        progress.clear()
        loop.close()
        links.close()
    took = span(SystemClock().now().mono_s - begun_s)
    print("\n".join(headline(behind)))
    print("\n".join(table(behind)))
    print(
        f"{(world.utc_s - start_s) / DAY_S:.4g} days in {took}: {loop.counts.ticks} ticks, "
        f"{loop.counts.failed or 'none'} failed"
    )
