"""The one message by which Home Assistant finds us: a device with all its entities. Pure.

Its discovery has two forms: a topic for each entity, or, since 2024.11, one for the whole device.
Ours is the second: one message is whole or is not there, where forty could be lost one by one, and
what we are, by which topic we are there and where our numbers stand is said once. An entity goes by
a message that names nothing but its platform, the device by an empty one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pvopt import __version__
from pvopt.config.loads import Load
from pvopt.show import ha_parts
from pvopt.show.ha_parts import Part, Parts, slug, tag

UNHEARD_TIMES = 6.0  # so many messages may be lost before a number counts as unknown
LEAST_EXPIRY_S = 60.0


class Told(NamedTuple):
    """What the message depends on. ``asks``: whether somebody may ask by our own topics;
    ``every_s``: how often the status is told; ``sources``: their names."""

    base: str
    prefix: str
    name: str
    every_s: float
    asks: bool
    loads: tuple[Load, ...]
    storages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


Platforms = Mapping[str, str]  # of each entity, by its key


def topic_of(told: Told) -> str:
    """Where the message belongs. One home at a broker has one base topic, and so one device."""
    return f"{told.prefix}/device/{tag(told.base)}/config"


def entities(told: Told) -> Parts:
    """All of them, by key, with the topics that they read."""
    parts: Parts = {}
    _add(parts, "", "", ha_parts.of_home(), "")
    for name in told.sources:
        _add(parts, "", "", ha_parts.of_source(name), "")
    for load in told.loads:
        topic = f"{told.base}/{load.id}"
        of_load = ha_parts.of_load(load, f"{topic}/set" if told.asks else "")
        _add(parts, "load_", load.id, of_load, f"{topic}/status")
    for storage in told.storages:
        topic = f"{told.base}/{storage}/status"
        _add(parts, "storage_", storage, ha_parts.of_storage(storage), topic)
    expiry_s = round(max(LEAST_EXPIRY_S, UNHEARD_TIMES * told.every_s))
    for key, part in parts.items():
        part["unique_id"] = f"{tag(told.base)}_{key}"
        if part["platform"] in {"sensor", "binary_sensor"}:
            part["expire_after"] = expiry_s
    for part in parts.values():
        short = part.pop("short")
        part["default_entity_id"] = f"{part['platform']}.{slug(told.base)}_{short}"
    return parts


def _add(parts: Parts, group: str, owner: str, more: Parts, topic: str) -> None:
    for key, part in more.items():
        whole: Part = dict(part)
        if topic and part["platform"] != "button":
            whole["state_topic"] = topic
        whole["short"] = slug(f"{owner}_{key}") if owner else key
        parts[f"{group}{owner}_{key}" if owner else key] = whole


def platforms(told: Told) -> Platforms:
    return {key: part["platform"] for key, part in entities(told).items()}


def message(told: Told, gone: Platforms) -> str:
    """The whole device; ``gone``: entities that were told of earlier and are no more."""
    parts: dict[str, Any] = entities(told)
    for key, platform in gone.items():
        parts.setdefault(key, {"platform": platform})
    whole = {
        "device": {
            "identifiers": [tag(told.base)],
            "name": told.name,
            "manufacturer": "pvopt",
            "model": "Solar surplus control",
            "sw_version": __version__,
        },
        "origin": {"name": "pvopt", "sw_version": __version__},
        "availability_topic": f"{told.base}/availability",
        "state_topic": f"{told.base}/status",
        "components": parts,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
