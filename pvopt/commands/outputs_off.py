"""Switch every output off by the second path: no daemon, no loop, no whole configuration needed.

For systemd's stop action, and for a person in a hurry. From a file that is faulty or no YAML at
all, the pins are read as far as they can be.

Exit code: 0 all is off; 1 something is not off or not certain, which is said, or the pins are
mock pins, so that nothing real was switched off; 2 no pin can be read out of the file.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pvopt.act.off_plan import off_broker, off_plan, off_plan_of
from pvopt.commands.options import DEFAULT_CONFIG
from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput
from pvopt.config.parse import read_text
from pvopt.config.salvage import salvage
from pvopt.errors import ConfigError
from pvopt.lock import holder, lock_folder, topic_name
from pvopt.off import OffPlan, switch_off


@dataclass(frozen=True, slots=True)
class Reading:
    """``demo``: the file is a demonstration; ``doubtful``: pins whose off level is not known;
    ``unread``: a load behind a broker could not be read."""

    plan: OffPlan
    demo: bool = False
    doubtful: tuple[int, ...] = ()
    unread: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help="configuration that names the pins (default: Files/config.yaml)",
    )


def run(args: argparse.Namespace) -> int:
    """Exit 0 when all is off, 1 when a pin could not be reached or none is real (said on
    standard error). InvalidConfigError when no pin can be read out of the file.
    """
    reading = read(args.config)
    names = [str(pin) for pin in reading.plan.pins if pin.driver != "mock"]
    names += [str(message) for message in reading.plan.messages]
    if reading.unread:
        print(
            "pvopt: a load by MQTT cannot be read out of the file, so it was told nothing: LOOK "
            "whether it is off",
            file=sys.stderr,
        )
    if not names:
        if not reading.unread:
            print(_nothing_real(args.config, reading.demo), file=sys.stderr)
        return 1
    faults = switch_off(reading.plan)
    for fault in faults:
        pid = holder(fault.split(":")[0])
        running = f" (process {pid}: stop it first)" if pid else ""
        print(f"pvopt: NOT off: {fault}{running}", file=sys.stderr)
    for pin in reading.doubtful:
        print(
            f"pvopt: GPIO{pin}: the file does not say clearly which level is off, so the pin is "
            "let go: LOOK whether the heater is off",
            file=sys.stderr,
        )
    again = _switched_on_again(reading.plan)
    for words in again:
        print(f"pvopt: NOT off for long: {words}", file=sys.stderr)
    if faults or reading.doubtful or again or reading.unread:
        return 1
    print(f"off: {', '.join(names)}")
    return 0


def _switched_on_again(plan: OffPlan) -> list[str]:
    """Devices that another program goes on talking to, unlike a pin that it holds."""
    found = []
    for message in plan.messages:
        pid = holder(topic_name(str(plan.broker), message.topic, message.payload))
        if pid is not None:
            found.append(f"{message}: a pvopt runs (process {pid}) and may switch it on; stop it")
    return found


def _nothing_real(path: Path, demo: bool) -> str:
    if demo or path == DEFAULT_CONFIG:
        words = [
            f"pvopt: NOTHING was switched off: this looked at the demonstration ({path}).",
            "Your file:  python main.py outputs-off --config YOUR.yaml",
        ]
    else:
        words = [f"pvopt: NOTHING was switched off: the pins of {path} are mock pins."]
    words += [
        f"A pvopt runs now and drives {', '.join(pins)}:  kill {pid}  lets it switch them off"
        for pid, pins in running().items()
    ]
    return "\n".join(words)


def running(folder: Path | None = None) -> dict[int, list[str]]:
    """Process → names of the pins that it drives now, by the locks in ``folder``."""
    found: dict[int, list[str]] = {}
    try:
        folder = folder or lock_folder()
        files = sorted(folder.glob("pvopt-*.lock"))
    except (OSError, ConfigError):
        return {}
    for file in files:
        pin = file.stem.removeprefix("pvopt-")
        pid = holder(pin, folder)
        if pid is not None:
            found.setdefault(pid, []).append(pin.upper() if pin.startswith("gpio") else pin)
    return found


def plan_of(path: Path) -> OffPlan:
    """What "off" means in a configuration, which may be faulty.

    InvalidConfigError when it names no pin that could be read.
    """
    return read(path).plan


def read(path: Path) -> Reading:
    """As ``plan_of``, with what has to be said about it."""
    try:
        config = load(path)
    except InvalidConfigError as error:
        text, _ = read_text(path)
        saved = salvage(text, str(path), os.environ)
        if not saved.outputs and not saved.storages and not saved.unread:
            raise
        print(f"pvopt: {error}\npvopt: switching off what can be read", file=sys.stderr)
        loads = [
            Load(id=f"output-{i}", max_w=50, output=output)
            for i, output in enumerate(saved.outputs)
        ]
        broker = off_broker(saved.mqtt, "") if saved.says else None
        said = saved.storages
        try:
            plan = off_plan(loads, saved.gpio, broker=broker, storages=said)
        except ConfigError:  # a knob that cannot be; its relay must fall all the same
            loads = [_without_knob(load) for load in loads]
            plan = off_plan(loads, saved.gpio, broker=broker, storages=said)
        return Reading(plan, doubtful=saved.doubtful, unread=saved.unread)
    return Reading(off_plan_of(config), config.demo is not None)


def _without_knob(load: Load) -> Load:
    if not isinstance(load.output, GpioOutput):
        return load
    return Load(id=load.id, max_w=load.max_w, output=GpioOutput(relay=load.output.relay))
