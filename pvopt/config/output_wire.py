"""What really goes over the wire for an MQTT output: preset and owner's words put together."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from pvopt.config.json_path import Path, parse_path
from pvopt.config.output_presets import NUMBERS, PLACES, PRESETS, OutputPreset, Send
from pvopt.config.outputs import MqttOutput

PLACE = re.compile(r"\{([a-z_]+)\}")  # JSON's own braces never stand so
ON, OFF = "ON", "OFF"


class Confirmation(NamedTuple):
    """Where the device tells what it does, and for how long it may say otherwise."""

    topic: str
    path: Path
    within_s: float


class Wire(NamedTuple):
    """All that is sent. ``number``: the payload with a place for percent, watts or true and
    false; empty: ``on`` and ``off`` are all there is. ``off`` is empty where the number 0 says it.
    """

    topic: str
    sends: Send
    number: str
    on: str
    off: str
    decimals: int
    retain: bool
    qos: int
    renew_s: float
    off_after_s: float
    confirm: Confirmation | None
    last_will: bool = False

    def payload(self, number: float, on: bool) -> str:
        """What is said for percent or watts, or for on and off. Worked: percent 45.50 with one
        decimal is ``45.5``, 0 is ``0``."""
        if not on and self.off:
            return self.off
        if self.sends == "on_off":
            return self.on if on and self.on else filled(self.number, on="true" if on else "false")
        said = number_text(number if on else 0.0, self.decimals)
        return filled(self.number, percent=said, watts=said)


def number_text(number: float, decimals: int) -> str:
    """A number rounded down, without zeros that say nothing: ``45.5``, ``100``, ``0``."""
    text = f"{floored(number, decimals):.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def floored(number: float, decimals: int) -> float:
    """What can be said of a number >= 0, never more than it. Worked: 45.58, one decimal: 45.5."""
    tens = 10.0**decimals
    return math.floor(number * tens + 1e-6) / tens


def filled(template: str, **words: str) -> str:
    """A template with its places filled in; unknown ones stay."""
    return PLACE.sub(lambda found: words.get(found[1], found[0]), template)


def places_in(template: str) -> tuple[str, ...]:
    return tuple(PLACE.findall(template))


def known_places(output: MqttOutput) -> tuple[str, ...]:
    """What may stand in braces in a payload."""
    return (*NUMBERS[output.sends], *PLACES)


def preset_of(output: MqttOutput) -> OutputPreset | None:
    """The preset, where what is sent is what it is for."""
    preset = PRESETS.get(output.preset or "")
    return preset if preset is not None and preset.send == output.sends else None


def templates(output: MqttOutput) -> tuple[str, str, str]:
    """(number, on, off) before device, channel and time are filled in."""
    preset = preset_of(output)
    own = bool(output.payload or output.on_payload)
    number, on, off = output.payload, output.on_payload, output.off_payload
    if preset is not None and not own:
        timed = preset.on_timed and off_after_of(output) > 0.0
        number, on = preset.payload, preset.on_timed if timed else preset.on
        off = off or preset.off
    if output.sends == "on_off":
        if not number:
            on, off = on or ON, off or OFF
    elif not number:
        number = "{" + output.sends + "}"
    return number, on, off


def off_after_of(output: MqttOutput) -> float:
    """After how long the device is told to switch off by itself (s); 0: never."""
    if output.off_after_s is not None:
        return output.off_after_s
    preset = preset_of(output)
    own = bool(output.payload or output.on_payload)
    return 0.0 if preset is None or own else preset.off_after_s


def has_will(output: MqttOutput) -> bool:
    """Whether the broker is to say off when we vanish: where the device would not do it."""
    return off_after_of(output) == 0.0 if output.last_will is None else output.last_will


def topic_of(output: MqttOutput) -> str:
    """Where to publish; empty where neither owner nor preset say it."""
    if output.topic:
        return output.topic
    preset = PRESETS.get(output.preset or "")
    if preset is None or not output.device:
        return ""
    return _placed(preset.topic, output)


def confirm_of(output: MqttOutput) -> Confirmation | None:
    """Where the device tells what it does; None: nowhere that is known. ValueError: no path."""
    preset = preset_of(output)
    said = output.confirm
    own_topic = bool(output.topic)  # another device than the preset's, or another of its parts
    known = preset.confirm if preset is not None and output.device and not own_topic else ""
    topic = (said.topic if said is not None else "") or _placed(known, output)
    if not topic or said is None:
        return None
    way = said.json
    if way is None:
        way = preset.confirm_json if preset is not None and not said.topic else ""
    return Confirmation(topic, parse_path(way), said.within_s)


def wire_of(output: MqttOutput) -> Wire:
    """Everything that is sent. ValueError where a topic or a path is not to be had; the rules of
    the configuration have told it before."""
    topic = topic_of(output)
    if not topic:
        raise ValueError("no topic")
    number, on, off = (_placed(text, output) for text in templates(output))
    preset = PRESETS.get(output.preset or "")
    kept = preset.retain if preset is not None else False
    return Wire(
        topic,
        output.sends,
        number,
        on,
        off,
        output.decimals,
        kept if output.retain is None else output.retain,
        output.qos,
        output.renew_s,
        off_after_of(output),
        confirm_of(output),
        has_will(output),
    )


def _placed(template: str, output: MqttOutput) -> str:
    """Device, channel and time in their places. Tasmota's only relay has no number."""
    alone = output.preset == "tasmota" and output.channel == 0
    return filled(
        template,
        device=output.device,
        channel="" if alone else str(output.channel),
        off_after_s=number_text(off_after_of(output), 0),
    )
