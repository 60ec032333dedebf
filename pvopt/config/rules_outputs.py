"""What the types cannot say of an SSR, an MQTT output and a load's own meter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pvopt.config import output_wire as wire
from pvopt.config.json_path import parse_path
from pvopt.config.meters import LoadMeter
from pvopt.config.output_presets import PRESETS
from pvopt.config.outputs import GpioOutput, MqttOutput, Output, SsrOutput
from pvopt.config.rules_mqtt import topic_fault
from pvopt.config.scalars import number_words
from pvopt.config.tree import Table

Local = Iterator[tuple[str, str]]

RENEWALS = 2.0  # that may be lost before a device switches off by itself
NO_TIMER = (
    "this preset cannot tell the device when to switch off by itself; set it in the device (auto "
    "off, PulseTime), longer than renew_s, and leave this line out"
)


def drive_fault(drive: str, output: Output) -> str:
    """What is wrong with a drive for an output, empty if nothing is."""
    if drive == "continuous" and not output.has_knob:
        if isinstance(output, GpioOutput):
            return "`continuous` needs `output.knob`; a relay alone is `drive: on_off`"
        return "`continuous` needs `output.send: percent` or `watts`; a switch is `drive: on_off`"
    if drive == "steps" and not output.has_knob:
        return "`steps` needs an output that can be told watts; a switch alone is `drive: on_off`"
    if drive in ("on_off", "unknown") and output.has_knob:
        if isinstance(output, GpioOutput):
            return f"`{drive}` leaves the knob unused; remove `output.knob` or use `continuous`"
        if isinstance(output, SsrOutput):
            return f"`{drive}` leaves the bursts unused; use `continuous`, or `output.relay` alone"
        return f"`{drive}` does not fit `output.send: {output.sends}`; use `continuous`"
    return ""


def _ssr(made: SsrOutput, table: Table) -> Local:
    waves = 2 * made.mains_hz * made.window_s
    if abs(waves - round(waves)) > 1e-6:
        step = 1.0 / (2 * made.mains_hz)
        yield (
            "window_s",
            f"must be whole half-waves of {made.mains_hz} Hz, steps of {number_words(step)} s",
        )


def _mqtt(made: MqttOutput, table: Table) -> Local:
    yield from _where(made)
    yield from _what(made)
    yield from _when(made)
    yield from _curve(made)
    yield from _confirm(made)


def _where(made: MqttOutput) -> Local:
    for key in ("topic", "device"):
        wrong = topic_fault(getattr(made, key))
        if wrong:
            yield key, wrong
    preset = PRESETS.get(made.preset or "")
    if preset is None:
        if made.device:
            yield "device", "means nothing without a `preset`; write `topic`"
        elif not made.topic:
            yield "topic", "is missing; or write a `preset` with its `device`"
    elif not made.device and "{device}" in preset.topic + preset.on:
        topic = preset.topic.replace("{device}", "DEVICE")
        yield "device", f"is missing; it is what `{made.preset}` needs for {topic}"
    if made.preset == "domoticz" and made.device and not made.device.isdigit():
        yield "device", "must be the number that Domoticz calls idx, such as 359"
    if made.channel and "{channel}" not in wire.topic_of(made) and not _uses(made, "channel"):
        yield "channel", "means nothing here; leave it out"


def _uses(made: MqttOutput, place: str) -> bool:
    """Whether what is sent has a place for something."""
    preset = wire.preset_of(made)
    texts = [*wire.templates(made), made.topic]
    texts += [preset.topic, preset.on_timed] if preset is not None else []
    return any(place in wire.places_in(text) for text in texts)


def _what(made: MqttOutput) -> Local:
    preset, known = PRESETS.get(made.preset or ""), wire.known_places(made)
    own = made.payload or made.on_payload
    if preset is not None and preset.send != made.sends and not own:
        yield "send", f"`{made.preset}` sends {preset.send}; for {made.sends} write the payloads"
    for key in ("payload", "on_payload", "off_payload"):
        for place in wire.places_in(getattr(made, key)):
            if place not in known:
                fits = ", ".join("{" + one + "}" for one in known)
                yield key, f"{{{place}}} is not known with `send: {made.sends}`; known: {fits}"
    number = known[0]
    if made.payload and number not in wire.places_in(made.payload):
        yield "payload", f"has no place {{{number}}}: each number would look like the others"
    if made.on_payload and made.has_knob:
        yield "on_payload", f"is used with `send: on_off` only, not with `send: {made.sends}`"
    if made.sends == "on_off" and made.payload and (made.on_payload or made.off_payload):
        yield "payload", "either `payload` with {on}, or `on_payload` and `off_payload`, not both"
    if made.sends == "on_off" and not made.payload and made.on_payload == made.off_payload != "":
        yield "off_payload", "is the same as on_payload: nothing could ever be switched off"


def _when(made: MqttOutput) -> Local:
    if made.off_after_s is not None and not _uses(made, "off_after_s"):
        yield "off_after_s", _no_timer(made)
    off_after_s = wire.off_after_of(made)
    if off_after_s > 0.0 and not 0.0 < made.renew_s <= off_after_s / RENEWALS:
        yield (
            "renew_s",
            f"must be above 0 and at most half of off_after_s ({number_words(off_after_s)} s), "
            "or the device would switch off in between",
        )


def _no_timer(made: MqttOutput) -> str:
    if made.payload or made.on_payload or made.preset is None:
        return "has no place in what is sent; write {off_after_s} into the payload for on"
    return NO_TIMER


def _curve(made: MqttOutput) -> Local:
    if made.curve is None:
        return
    if made.sends == "on_off":
        yield "curve", "is used with `send: percent` only"
    elif made.sends == "watts" and made.curve.kind != "linear":
        yield (
            "curve",
            "watts are sent as they are; with `send: watts` only `curve: {kind: linear, min_w: …}` "
            "means something",
        )


def _confirm(made: MqttOutput) -> Local:
    said = made.confirm
    if said is None:
        return
    wrong = topic_fault(said.topic)
    if wrong:
        yield "confirm.topic", wrong
    try:
        found = wire.confirm_of(made)
    except ValueError as fault:
        yield "confirm.json", str(fault)
        return
    if found is None:
        yield "confirm.topic", "is missing: where does the device tell what it does?"
    elif found.topic == wire.topic_of(made):
        yield "confirm.topic", "is the topic that we publish to: we would confirm ourselves"


def _meter(made: LoadMeter, table: Table) -> Local:
    wrong = topic_fault(made.topic) if made.topic else "is empty"
    if wrong:
        yield "topic", wrong
    try:
        parse_path(made.json)
    except ValueError as fault:
        yield "json", str(fault)
    if made.scale == 0:
        yield "scale", "must not be 0: nothing would be measured"


LOCAL: dict[type, Callable[[Any, Table], Local]] = {
    LoadMeter: _meter,
    MqttOutput: _mqtt,
    SsrOutput: _ssr,
}
