"""What a run says at its start and at its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.config.loads import Load
from pvopt.config.mqtt import Mqtt
from pvopt.config.mqtt_topics import OwnRequests
from pvopt.config.output_wire import topic_of
from pvopt.config.outputs import MqttOutput, SsrOutput
from pvopt.config.schema import Config
from pvopt.config.storage_wire import wire_of
from pvopt.config.storages import Storage
from pvopt.loop import Loop

if TYPE_CHECKING:  # the simulator is nothing a real home needs in memory
    from pvopt.simulator.account import Totals

SHOWN_WH = 0.5  # less reads as 0.000 kWh, and a share of that says nothing


def introduction(config: Config, path: Path, dry_run: bool) -> list[str]:
    """What this run is, and what to edit if it is only the demonstration."""
    lines = [f"pvopt starts with {path}"]
    if config.demo is not None:
        lines = [
            f"DEMONSTRATION with {path}: nothing real is read or switched",
            f"a simulated home, {config.demo.start}, {config.demo.sky} sky, at "
            f"{config.demo.speed:g} x real time, behind a real Modbus TCP server on this machine; "
            "the outputs are mock pins",
            "for the real thing: copy Files/examples/victron.yaml, set your GX's address, your "
            "pins and your heater in it, then `python main.py check --config YOUR.yaml`",
        ]
    lines.append("sources in order: " + ", ".join(source.name for source in config.sources))
    for load in config.loads:
        lines.append(f"load {load.id}: up to {load.max_w:.0f} W, {_hangs_on(load)}")
    lines += [_shares(one) for one in config.storages]
    if config.mqtt is not None and config.mqtt.requests and not dry_run:
        lines.append("may be asked by MQTT: " + ", ".join(_asked_on(config, config.mqtt)))
    if dry_run:
        lines.append(
            "DRY RUN: reads and decides, touches no pin. Nothing draws, so a search for hidden "
            "sun stays at its first step"
        )
    return lines


def _shares(one: Storage) -> str:
    """What a storage can, and where it is told."""
    wire = wire_of(one)
    takes = f", takes up to {one.max_charge_w:.0f} W" if one.max_charge_w > 0.0 else ""
    what = "watts to add" if wire.adjusts else "watts to give"
    return (
        f"storage {one.id}: gives up to {one.max_discharge_w:.0f} W{takes}, {what} by MQTT, "
        f"{wire.topic}"
    )


def _asked_on(config: Config, section: Mqtt) -> list[str]:
    """The topics where requests are heard."""
    topics: list[str] = []
    for item in section.requests:
        if isinstance(item, OwnRequests):
            topics += [f"{section.base_topic}/{load.id}/set" for load in config.loads]
        else:
            topics.append(item.topic)
    return topics


def _hangs_on(load: Load) -> str:
    """What drives a load."""
    output = load.output
    if isinstance(output, MqttOutput):
        return f"by MQTT, {topic_of(output)}"
    words = [f"SSR on GPIO{output.pin}"] if isinstance(output, SsrOutput) else []
    return ", ".join([*words, *(f"relay on GPIO{relay.pin}" for relay in output.relays)])


def warnings(config: Config) -> list[str]:
    """What an owner may have forgotten in a configuration that is sound."""
    if _only_mock(config) and config.demo is None:
        return ["the pins are mock pins (gpio.factory: mock): nothing is switched"]
    return []


def ending(config: Config, dry_run: bool) -> str:
    """What the end of a run means for the outputs."""
    if dry_run:
        return "dry run ended, no pin was touched"
    if _only_mock(config):
        return "stopped (mock pins)"
    rest = ", every storage told to rest" if config.storages and config.demo is None else ""
    return f"stopped: every output is off{rest}"


def _only_mock(config: Config) -> bool:
    """Whether nothing real hangs on pins that move nothing; a broker's devices are real."""
    others = any(not load.output.pins for load in config.loads) or bool(config.storages)
    behind = config.demo is None and others
    return config.gpio.factory == "mock" and not behind


def summary(loop: Loop, totals: Totals | None) -> list[str]:
    """Lines for the end of a run; ``totals``: the simulated home's own account, if there is one."""
    counts = loop.counts
    lines = [
        f"{_count(counts.ticks, 'look')} at the home, {counts.late or 'none'} late, "
        f"{counts.failed or 'none'} failed"
    ]
    for name, heated_wh in loop.memory.ledger.heated_wh:
        lines.append(f"{name}: about {heated_wh / 1000:.3f} kWh by the regulator's curve")
    if totals is not None:
        share = f"{totals.caught_pct:.0f} % of the {totals.possible_wh / 1000:.3f} kWh that were "
        lines.append(
            f"the simulated home's own account: {totals.sun_wh / 1000:.3f} kWh from the sun into "
            f"the water, {totals.from_grid_wh / 1000:.3f} kWh from the grid, "
            f"{totals.from_battery_wh / 1000:.3f} kWh from the battery; "
            f"{share + 'possible; ' if totals.possible_wh >= SHOWN_WH else ''}"
            f"{_count(totals.switches, 'on/off switch', 'on/off switches')}, "
            f"{_count(totals.moves, 'knob move')}"
        )
    return lines


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
