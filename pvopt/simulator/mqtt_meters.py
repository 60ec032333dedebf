"""The meters of a simulated home that publish: which topics, how often, what stands in them.

Made from a ``mqtt_meters`` section of a configuration. The meters of the five known systems say
what those say, byte for byte; any other says its number where the section looks for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from pvopt.config.json_path import Path
from pvopt.config.meter_presets import Channel, channels
from pvopt.config.meters import MqttMeters
from pvopt.simulator.mqtt_payloads import PZEM_ERROR, pzem_status, whole
from pvopt.simulator.shapes import HomeFlows

# The least of a house: pumps and power supplies. A Linky tells apparent power of it.
REACTIVE_VAR = 120.0
PZEM = "smeter/pzem/"
PZEM_FAILS = 97  # one read in so many fails, as on a real bus
# How often a meter speaks (s); without a preset each second.
EVERY_S = {"pzem": 2.5, "tasmota": 10.0, "zigbee2mqtt": 5.0, "shelly": 2.0, "shelly_gen1": 2.0}
LEAST_EVERY_S = 1.0
PLACES = 4  # of a number in JSON

Truth = Callable[[], float]


class Publication(NamedTuple):
    """What a device says on its own: ``payload()`` on ``topic``, each ``every_s``."""

    topic: str
    every_s: float
    payload: Callable[[], bytes]


class Reactive:
    """The index of reactive energy of a home: whole varh that count up from somewhere."""

    def __init__(self, start_utc_s: float) -> None:
        self._start_utc_s = start_utc_s

    def varh(self, utc_s: float) -> float:
        """After an hour 120 more than at the start."""
        return math.floor(1000.0 + REACTIVE_VAR * (utc_s - self._start_utc_s) / 3600.0)


def truth_of(quantity: str, flows: HomeFlows) -> float:
    """A quantity of a section as the home has it now, W or %, in our own signs."""
    found = {
        "grid": flows.grid_w,
        "grid_l1": flows.grid_l1_w,
        "grid_l2": flows.grid_l2_w,
        "grid_l3": flows.grid_l3_w,
        "grid_import": max(0.0, flows.grid_w),
        "grid_export": max(0.0, -flows.grid_w),
        "pv": flows.pv_w,
        "load": flows.load_w + flows.heater_w,
        "battery": flows.battery_w,
        "soc": flows.soc_pct,
    }
    return found[quantity]


def apparent_va(quantity: str, watts: float) -> float:
    """Volt-amperes of a meter of one direction: 0 W drawn with 120 var are 120 VA where the home
    draws, and none where it feeds in."""
    if watts == 0.0 and quantity in {"grid_import", "grid_export"}:
        return 0.0
    return math.copysign(math.hypot(watts, REACTIVE_VAR), watts)


def meters_of(
    source: MqttMeters, flows: Callable[[], HomeFlows], utc_s: Truth
) -> tuple[Publication, ...]:
    """Everything that the meters of a section publish."""
    reactive = Reactive(utc_s())
    every_s = EVERY_S.get(source.preset or "", LEAST_EVERY_S)

    def number_of(channel: Channel) -> Truth:
        if channel.quantity == "reactive":
            return lambda: reactive.varh(utc_s()) / channel.factor
        if channel.apparent:
            return lambda: (
                apparent_va(channel.quantity, truth_of(channel.quantity, flows())) / channel.factor
            )
        return lambda: truth_of(channel.quantity, flows()) / channel.factor

    numbers: dict[str, list[tuple[Path, Truth]]] = {}
    for channel in channels(source):
        numbers.setdefault(channel.topic, []).append((channel.path, number_of(channel)))
    return tuple(
        Publication(topic, every_s, payload_of(topic, found, utc_s))
        for topic, found in numbers.items()
    )


def payload_of(topic: str, numbers: list[tuple[Path, Truth]], utc_s: Truth) -> Callable[[], bytes]:
    """How a device on ``topic`` says its numbers, each at its place."""
    path, first = numbers[0]
    if topic.startswith(PZEM) and path == ("power",):
        return Pzem(first, utc_s).payload
    if not path:
        linky = topic.startswith("tic/")
        return lambda: whole(first()) if linky else f"{first():.1f}".encode()
    return lambda: json_of({way: number() for way, number in numbers})


class Pzem:
    """A PZEM that counts its own energy, and whose read fails now and then."""

    def __init__(self, watts: Truth, utc_s: Truth) -> None:
        self._watts, self._utc_s = watts, utc_s
        self._before: tuple[float, float] | None = None
        self._kwh = 0.0
        self._reads = 0

    def payload(self) -> bytes:
        watts, now_s = self._watts(), self._utc_s()
        if self._before is not None:
            self._kwh += max(0.0, self._before[1]) * (now_s - self._before[0]) / 3.6e6
        self._before = (now_s, watts)
        self._reads += 1
        return pzem_status(watts, self._kwh) if self._reads % PZEM_FAILS else PZEM_ERROR


def json_of(numbers: dict[Path, Any]) -> bytes:
    """``{("a", "b"): 1.0, ("a", "c"): True}`` is ``{"a": {"b": 1.0, "c": true}}``."""
    whole_one: Any = None
    for path, found in numbers.items():
        number = round(found, PLACES) if isinstance(found, float) else found
        whole_one = _put(whole_one, path, number)
    return json.dumps(whole_one).encode()


def _put(into: Any, path: Path, number: Any) -> Any:
    """``into`` with ``number`` at ``path``; what is missing on the way is made."""
    if not path:
        return number
    step, *rest = path
    if isinstance(step, int):
        items = into if isinstance(into, list) else []
        items += [0.0] * (step + 1 - len(items))
        items[step] = _put(items[step], tuple(rest), number)
        return items
    table = into if isinstance(into, dict) else {}
    table[step] = _put(table.get(step), tuple(rest), number)
    return table
