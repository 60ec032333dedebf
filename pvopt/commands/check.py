"""Look at everything pvopt needs, and say what is wrong and what to do: a doctor.

Looked at: the configuration and advice on it; the pins and the library that drives them; the
boot setting of the relay's pin; what the knob may be connected to; the GX (reachable, firmware,
units, whether hidden surplus can be seen), its feed-in and ESS settings and what they mean for
the search; meters by MQTT (broker, topics, what has come and how old it is); loads behind the
broker (what would be said, what devices and their meters say); water temperature; the VRM portal
and the forecasts; clocks; folders, other instances, service and memory of this machine.

Each line begins with OK, WARN (it works, but look at it) or FAIL (it cannot work like this).
No pin is moved, nothing is written to the GX. It takes some seconds, about twenty if nothing
answers. With the simulated home of Files/config.yaml it works, too.

Exit code: 0 no FAIL, 3 at least one FAIL, 2 the configuration cannot be read.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from pvopt.build import make_sensors, make_sources, surroundings
from pvopt.build_storages import sources_of
from pvopt.checks import boot, configuration, host, mqtt_loads, pins
from pvopt.checks.live import Session, keep_known_units
from pvopt.checks.machine import Machine
from pvopt.checks.row import Level, Row, fail, guarded
from pvopt.commands.options import add_config
from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load
from pvopt.config.schema import Config
from pvopt.errors import PvoptError
from pvopt.shared_links import Links

if TYPE_CHECKING:
    from pvopt.links.mqtt import MqttLink, Queue

SCHEMA = "pvopt.check/1"
DONE, BROKEN_CONFIG, FAULT_FOUND = 0, 2, 3
DEMO_SPEED = 200.0  # the simulated home need not be waited for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--boot-config",
        type=Path,
        metavar="FILE",
        help="config.txt of the Pi, default /boot/firmware/config.txt (or /boot/config.txt); "
        "if given, it is looked at on any machine",
    )
    parser.add_argument(
        "--send-test",
        action="store_true",
        help="send each of `webhooks` a message to try",
    )
    parser.add_argument("--json", action="store_true", help=f"one JSON object, {SCHEMA}")


def run(args: argparse.Namespace) -> int:
    """Exit 0, or 3 if anything is a FAIL; InvalidConfigError (2) for a broken configuration."""
    try:
        config = load(args.config)
    except InvalidConfigError as error:
        if not args.json:
            raise
        print(as_json(list(configuration.broken(error))))
        return BROKEN_CONFIG
    found: list[Row] = []
    with _quiet_log():
        for row in examine(config, args.config, args.boot_config, send=args.send_test):
            found.append(row)
            if not args.json:
                print(row, flush=True)
    print(as_json(found) if args.json else f"\n{verdict(found, config.demo is not None)}")
    return FAULT_FOUND if any(row.level == Level.FAIL for row in found) else DONE


def examine(
    config: Config,
    path: Path,
    boot_config: Path | None = None,
    machine: Machine | None = None,
    send: bool = False,
) -> Iterator[Row]:
    """All rows, as they are found. ``machine``: another one than this, for tests; ``send``: a
    message to try to each of ``webhooks``."""
    here = machine or Machine()
    yield from guarded(configuration.AREA, lambda: configuration.rows(config, path))
    yield from guarded(pins.AREA, lambda: pins.rows(config, here))
    yield from guarded(boot.AREA, lambda: boot.rows(config, here, boot_config))
    yield from guarded(pins.ISOLATION, lambda: pins.isolation(config))
    yield from guarded("sources", lambda: _live(config, here))
    if config.webhooks:
        from pvopt.checks import webhooks  # noqa: PLC0415 (only when configured)

        yield from guarded(webhooks.AREA, lambda: webhooks.rows(config, send))
    yield from guarded("machine", lambda: host.rows(config, here))


def _live(config: Config, machine: Machine) -> Iterator[Row]:
    if config.demo is not None:
        config = attrs.evolve(config, demo=attrs.evolve(config.demo, port=0, speed=DEMO_SPEED))
    with tempfile.TemporaryDirectory(prefix="pvopt-") as name, contextlib.ExitStack() as stack:
        keep_known_units(config, Path(name))
        try:
            demo, clock, config = surroundings(config)
            if demo is not None:
                stack.callback(demo.server.stop)
            links = Links(config, clock, f"check-{os.getpid()}")
            stack.callback(links.close)
            sources = make_sources(config, clock, Path(name), links)
            own = make_sensors(config, clock, Path(name), links)
            link = links.mqtt() if mqtt_loads.wired(config) else None
            told = mqtt_loads.listen(config, link) if link is not None else {}
            stored = sources_of(config, links)
            talk, asked = _talk(config, links)
            links.start()
        except PvoptError as fault:
            yield fail("sources", str(fault), "look at `sources` in the configuration")
            return
        for source in (*sources, *own):
            stack.callback(source.close)
        session = Session(config, machine, clock, sources, own, link, told, talk, asked)
        session.storages = stored
        yield from session.rows()


def _talk(config: Config, links: Links) -> tuple[MqttLink | None, Sequence[Queue]]:
    """The connection for what is asked and told, where something is."""
    section = config.mqtt
    if section is None or not (section.requests or section.status):
        return None, ()
    from pvopt.build_mqtt import ears_of  # noqa: PLC0415 (only when configured)

    link = links.mqtt()
    return link, [link.queue(ear.topic) for ear in ears_of(section, config)]


def verdict(rows: list[Row], demo: bool = False) -> str:
    """The last line. ``demo``: nothing of the owner's was looked at."""
    faults = sum(row.level == Level.FAIL for row in rows)
    warnings = sum(row.level == Level.WARN for row in rows)
    if faults:
        also = f", and {_count(warnings, 'warning')}" if warnings else ""
        return f"{_count(faults, 'fault')}{also}: correct what is marked FAIL before you start"
    if demo:
        with_them = f", with {_count(warnings, 'warning')}" if warnings else ""
        return (
            f"All is well with the demonstration{with_them}; "
            "yours:  python main.py check --config YOUR.yaml"
        )
    if warnings:
        return f"Ready to start, with {_count(warnings, 'warning')}."
    return "All is well."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def as_json(rows: list[Row]) -> str:
    listed = [
        {"area": row.area, "level": str(row.level), "text": row.text, "todo": row.todo}
        for row in rows
    ]
    return json.dumps({"schema": SCHEMA, "rows": listed}, ensure_ascii=False, indent=1)


@contextlib.contextmanager
def _quiet_log() -> Iterator[None]:
    """The sources' own log lines would only repeat the rows."""
    log = logging.getLogger("pvopt")
    handler, propagate = logging.NullHandler(), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = propagate
