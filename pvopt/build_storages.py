"""The part of build.py that wires storages: what is heard of each, and what tells it what to give.

One table each: parameter class -> what is made of it, imported when one of them is configured.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from pvopt.config.schema import Config
from pvopt.config.storages import MqttStorage
from pvopt.ports import Actuator, Source
from pvopt.shared_links import Links


def _mqtt_source(one: MqttStorage, links: Links) -> Source:
    from pvopt.sources.mqtt_storages import MqttStorageSource  # noqa: PLC0415 (when configured)

    return MqttStorageSource(one, links.mqtt())


def _mqtt_output(one: MqttStorage, links: Links, wills: bool) -> Actuator:
    from pvopt.act.mqtt_storage import MqttStorageActuator  # noqa: PLC0415

    will = links.will(one.id) if wills and one.output.last_will else None
    return MqttStorageActuator(one, links.mqtt(), will)


SOURCES: dict[type, Callable[..., Source]] = {MqttStorage: _mqtt_source}
OUTPUTS: dict[type, Callable[..., Actuator]] = {MqttStorage: _mqtt_output}


@dataclass(frozen=True)
class Storages:
    """All storages of a configuration, in their order."""

    ids: tuple[str, ...] = ()
    heard: tuple[Source, ...] = ()
    told: tuple[Actuator, ...] = ()


def storages_of(
    config: Config,
    links: Links,
    undo: contextlib.ExitStack,
    dry: bool = False,
    wills: bool = True,
) -> Storages:
    """``dry``: they are heard, and told nothing. In a demonstration neither: its home has none of
    them, and nothing real may be told. ``undo`` makes them safe if a later part fails; ``wills``:
    last wills are left where they are configured."""
    ids = tuple(one.id for one in config.storages)
    told: list[Actuator] = []
    for one in config.storages:
        told.append(_told(one, links, dry or config.demo is not None, wills))
        undo.callback(told[-1].close)
    return Storages(ids, sources_of(config, links), tuple(told))


def sources_of(config: Config, links: Links) -> tuple[Source, ...]:
    """Only what is heard of them; nothing in a demonstration."""
    real = config.storages if config.demo is None else ()
    return tuple(SOURCES[type(one)](one, links) for one in real)


def _told(one: MqttStorage, links: Links, dry: bool, wills: bool) -> Actuator:
    if not dry:
        return OUTPUTS[type(one)](one, links, wills)
    from pvopt.act.dry import DryActuator  # noqa: PLC0415

    return DryActuator(one)
