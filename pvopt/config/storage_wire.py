"""What goes over the wire to and from a storage: preset and owner's words put together.

- b2500: a storage that follows a meter of its own. What an ESP32 beside it tells stands on
  https://github.com/tomquist/esphome-b2500 ("MQTT topics"): watts and percent every few seconds,
  ``smartmeter/connected`` at changes. The meter that it follows is stood in for by a program
  that reads one number from the broker (https://github.com/tomquist/AstraMeter): whatever stands
  there the storage adds to what it gives, again and again, until there is another number.
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.config.json_path import Path, parse_path
from pvopt.config.storages import MqttStorage, Way


class StoragePreset(NamedTuple):
    """Topics and what is sent; ``{device}`` is what the owner gives as ``device``."""

    meter: str
    soc: str
    connected: str
    output: str
    adjusts: bool
    positive: Way
    retain: bool


PRESETS: dict[str, StoragePreset] = {
    "b2500": StoragePreset(
        meter="b2500/{device}/power/power",
        soc="b2500/{device}/battery/remaining_percent",
        connected="b2500/{device}/smartmeter/connected",
        output="sma/net_power/{device}",
        adjusts=True,
        positive="discharging",
        retain=True,
    ),
}


class Value(NamedTuple):
    """One thing that it tells: ``number at path * factor``, for ``allowed_age_s`` (0: always)."""

    name: str
    topic: str
    path: Path
    factor: float
    allowed_age_s: float


class StorageWire(NamedTuple):
    """All topics of a storage. ``connected`` None: it does not say. ``sign``: our watts (+ charge)
    times it are those that are sent."""

    id: str
    meter: Value
    soc: Value
    connected: Value | None
    on: str
    kept_too: bool
    topic: str
    adjusts: bool
    payload: str
    sign: float
    decimals: int
    retain: bool
    qos: int
    min_change_w: float
    renew_s: float

    def text(self, watts: float) -> str:
        """What is said for watts in our sign. Worked: -50.4 W with the sign -1 is ``50``."""
        rounded = round(self.sign * watts, self.decimals)
        said = f"{rounded + 0.0:.{self.decimals}f}"  # never -0
        return self.payload.replace("{watts}", said)


def topic_of(storage: MqttStorage, part: str) -> str:
    """The topic of ``meter``, ``soc``, ``connected`` or ``output``; empty where neither owner nor
    preset say it."""
    own: str = getattr(storage, part).topic
    preset = PRESETS.get(storage.preset or "")
    if own or preset is None or not storage.device:
        return own
    known: str = getattr(preset, part)
    return known.replace("{device}", storage.device)


def adjusts(storage: MqttStorage) -> bool:
    """Whether it takes the watts to add to what it gives, not those to give."""
    said, preset = storage.output.send, PRESETS.get(storage.preset or "")
    return said == "adjustment" if said is not None else preset is not None and preset.adjusts


def off_text(storage: MqttStorage) -> str:
    """What may stand on its topic while nobody works out anything.

    Of a set-point that is nothing to give. An adjustment is added again and again: minus all that
    it can give brings one that only discharges down to its least, where it stays; one that could
    charge would go on and draw that from the grid, so it is told to hold.
    """
    down = adjusts(storage) and storage.max_charge_w <= 0.0
    return wire_of(storage).text(storage.max_discharge_w if down else 0.0)


def wire_of(storage: MqttStorage) -> StorageWire:
    """Everything that is heard and said. ValueError where a topic or a path is not to be had; the
    rules of the configuration have told it before."""
    preset, output = PRESETS.get(storage.preset or ""), storage.output
    meter, soc, connected = storage.meter, storage.soc, storage.connected
    kilo = 1000.0 if meter.unit == "kW" else 1.0
    way = -1.0 if meter.positive == "discharging" else 1.0
    positive = output.positive or (preset.positive if preset is not None else "discharging")
    kept = preset.retain if preset is not None else False
    return StorageWire(
        id=storage.id,
        meter=_value(storage, "meter", way * kilo * meter.scale),
        soc=_value(storage, "soc", soc.scale),
        connected=_value(storage, "connected", 1.0) if topic_of(storage, "connected") else None,
        on=connected.on,
        kept_too=storage.retained == "use",
        topic=_there(storage, "output"),
        adjusts=adjusts(storage),
        payload=output.payload,
        sign=-1.0 if positive == "discharging" else 1.0,
        decimals=output.decimals,
        retain=kept if output.retain is None else output.retain,
        qos=output.qos,
        min_change_w=output.min_change_w,
        renew_s=output.renew_s,
    )


def _value(storage: MqttStorage, part: str, factor: float) -> Value:
    said = getattr(storage, part)
    path = parse_path(said.json or "")
    return Value(part, _there(storage, part), path, factor, said.allowed_age_s)


def _there(storage: MqttStorage, part: str) -> str:
    topic = topic_of(storage, part)
    if not topic:
        raise ValueError(f"{part}: no topic")
    return topic
