"""Switch every output off by the second path: no daemon, no loop, no whole configuration needed.

For systemd's stop action, and for a person in a hurry.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pvopt.act.off_plan import off_plan
from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load
from pvopt.config.loads import GpioOutput, Load, Relay
from pvopt.config.parse import parse, read_text
from pvopt.config.service import Gpio
from pvopt.config.structure import Structurer
from pvopt.errors import ConfigError
from pvopt.lock import holder
from pvopt.off import OffPlan, switch_off

DEFAULT_CONFIG = Path(__file__).resolve().parents[2] / "Files" / "config.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help="configuration that names the pins (default: Files/config.yaml)",
    )


def run(args: argparse.Namespace) -> int:
    """Exit 0 when all is off, 1 when a pin could not be reached (said on standard error).

    InvalidConfigError when no pin can be read out of the file.
    """
    plan = plan_of(args.config)
    faults = switch_off(plan)
    for fault in faults:
        pid = holder(fault.split(":")[0])
        running = f" (process {pid}: stop it first)" if pid else ""
        print(f"pvopt: NOT off: {fault}{running}", file=sys.stderr)
    if faults:
        return 1
    names = [str(pin) for pin in plan.pins if pin.driver != "mock"]
    print(f"off: {', '.join(names)}" if names else "nothing to switch off: the pins are mock pins")
    return 0


def plan_of(path: Path) -> OffPlan:
    """What "off" means in a configuration, which may be faulty elsewhere.

    InvalidConfigError when it names no pin that could be read.
    """
    try:
        config = load(path)
    except InvalidConfigError as error:
        loads, gpio = _what_can_be_read(path)
        if not loads:
            raise
        print(f"pvopt: {error}\npvopt: switching off what can be read", file=sys.stderr)
        try:
            return off_plan(loads, gpio)
        except ConfigError:  # a knob that cannot be; its relay must fall all the same
            return off_plan([_without_knob(load) for load in loads], gpio)
    return off_plan(config.loads, config.gpio)


def _without_knob(load: Load) -> Load:
    return Load(id=load.id, max_w=load.max_w, output=GpioOutput(relay=load.output.relay))


def _what_can_be_read(path: Path) -> tuple[list[Load], Gpio]:
    """The outputs that a faulty configuration still names, each as a load of its own."""
    text, _ = read_text(path)
    root, _ = parse(text or "", str(path), os.environ)
    if root is None:
        return [], Gpio()
    structurer = Structurer(str(path))
    structurer.config(root)
    made = [one.made for one in structurer.built]
    outputs = [one for one in made if isinstance(one, GpioOutput)]
    whole = {id(output.relay) for output in outputs}
    lone = [one for one in made if isinstance(one, Relay) and id(one) not in whole]
    outputs += [GpioOutput(relay=relay) for relay in lone]
    # Without a readable section the kernel's road is taken, which needs no daemon.
    gpio = next((one for one in made if isinstance(one, Gpio)), Gpio())
    return [Load(id=f"output-{i}", max_w=50, output=one) for i, one in enumerate(outputs)], gpio
