"""What the types cannot say of ``mqtt`` and of meters behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pvopt.config import meter_presets as presets
from pvopt.config.json_path import parse_path
from pvopt.config.meters import Meter, MqttMeters
from pvopt.config.mqtt import Mqtt
from pvopt.config.sources import GxMqtt
from pvopt.config.tree import Table

Local = Iterator[tuple[str, str]]

PORTAL_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
CLIENT_ID = re.compile(r"[A-Za-z0-9_.-]{0,64}", re.ASCII)
LONGEST_TOPIC = 1000
NO_GRID = (
    "grid power is not to be had; add `grid`, or the phases `grid_l1` ..., or `grid_import` with "
    "`grid_export`, or `load` with `pv`"
)
UNSEEN = (
    "needs `battery`, its power, beside it, or both `load` and `pv`: what an unseen battery gives "
    "looks like sun, and heat would come out of it"
)


def topic_fault(topic: str) -> str:
    """What is wrong with the name of one topic, empty if nothing is."""
    if "+" in topic or "#" in topic:
        return "must be one topic: + and # stand for many"
    if "\0" in topic or len(topic.encode("utf-8", "replace")) > LONGEST_TOPIC:
        return f"must be at most {LONGEST_TOPIC} letters without control characters"
    return ""


def mqtt(made: Mqtt, table: Table) -> Local:
    if made.password and not made.user:
        yield "user", "is missing: `user` and `password` belong together"
    if made.ca_file and not made.tls:
        yield "ca_file", "is used with `tls: true` only"
    if not CLIENT_ID.fullmatch(made.client_id):
        yield "client_id", "must be at most 64 letters, digits, -, _ or ."


def gx_mqtt(made: GxMqtt, table: Table) -> Local:
    if made.user and not made.password:
        yield "password", "is missing: `user` is used with `password` only"
    if made.ca_file and not made.tls:
        yield "ca_file", "is used with `tls: true` only"
    if made.portal_id and not PORTAL_ID.fullmatch(made.portal_id):
        yield (
            "portal_id",
            "must be the VRM portal id, such as c0619ab7e520 (on the GX: Settings → VRM online "
            "portal); left out, pvopt finds it by itself",
        )


def mqtt_meters(made: MqttMeters, table: Table) -> Local:
    for quantity in presets.QUANTITIES:
        meter: Meter | None = getattr(made, quantity)
        if meter is not None:
            for key, words in _meter(made, quantity, meter):
                yield f"{quantity}.{key}" if key else quantity, words
    yield from _grid(made)


def _meter(made: MqttMeters, quantity: str, meter: Meter) -> Local:
    yield from _topic(made, quantity, meter)
    if meter.json:
        try:
            parse_path(meter.json)
        except ValueError as wrong:
            yield "json", str(wrong)
    units = presets.UNITS[quantity]
    if presets.unit_of(made, quantity, meter) not in units:
        yield "unit", f"`{meter.unit}` does not fit {quantity}; allowed here: {', '.join(units)}"
    words = presets.SIGNED.get(quantity, ())
    if meter.positive is not None and meter.positive not in words:
        fits = f"allowed here: {', '.join(words)}" if words else "is never negative; leave it out"
        yield "positive", f"`{meter.positive}` does not fit {quantity}: {fits}"
    if meter.scale == 0:
        yield "scale", "must not be 0: nothing would be measured"


def _topic(made: MqttMeters, quantity: str, meter: Meter) -> Local:
    template = presets.template_of(made, quantity)
    if meter.topic or meter.device:
        for key in ("topic", "device"):
            wrong = topic_fault(getattr(meter, key))
            if wrong:
                yield key, wrong
    if meter.device and (template is None or "{device}" not in template.topic):
        yield "device", "means nothing here: no preset has a place for it; write `topic`"
    elif meter.device and meter.topic:
        yield "device", "either `device`, for the preset's topic, or `topic`, not both"
    elif not presets.topic_of(made, quantity, meter):
        if template is not None:
            topic = template.topic.replace("{device}", "DEVICE")
            yield "device", f"is missing; it makes the preset's topic {topic}; or write `topic`"
        else:
            yield "topic", "is missing"


def _grid(made: MqttMeters) -> Local:
    there = {name for name in presets.QUANTITIES if presets.named(made, name) is not None}
    pair = there.intersection(presets.PAIR)
    direct = "grid" in there or there.intersection(presets.PHASES)
    if len(pair) == 1:
        (one,) = pair
        other = next(name for name in presets.PAIR if name != one)
        yield one, f"needs `{other}` beside it: the two make up grid power"
    elif pair and direct:
        yield "grid_import", "either `grid` (or phases), or `grid_import` with `grid_export`"
    elif not pair and not direct and not {"load", "pv"} <= there:
        yield "", NO_GRID
    if "soc" in there and "battery" not in there and not {"load", "pv"} <= there:
        yield "soc", UNSEEN
    if "reactive" in there and not pair:
        yield "reactive", "corrects `grid_import` and `grid_export` in VA, which are not there"
