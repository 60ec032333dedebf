"""What the types cannot say of ``mqtt.requests`` and ``mqtt.status``: topics and loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pvopt.config.homeassistant import HomeAssistant
from pvopt.config.loads import Load
from pvopt.config.mqtt import Mqtt
from pvopt.config.mqtt_topics import (
    BalancerRequests,
    BalancerStatus,
    Domoticz,
    LinkyRequests,
    LinkyStatus,
    NetPower,
    OwnRequests,
    OwnStatus,
)
from pvopt.config.rules_mqtt import topic_fault
from pvopt.config.scalars import suggestion
from pvopt.config.tree import Table

if TYPE_CHECKING:
    from pvopt.config.rules_across import Built

Named = BalancerRequests | LinkyRequests | BalancerStatus | LinkyStatus | Domoticz | NetPower
ASKING = (OwnRequests, BalancerRequests, LinkyRequests)
TELLING = (OwnStatus, BalancerStatus, LinkyStatus, Domoticz, NetPower)


def base_topic(made: Mqtt, table: Table) -> Iterator[tuple[str, str]]:
    wrong = _fault(made.base_topic)
    if wrong:
        yield "base_topic", wrong
    elif made.base_topic.startswith("/") or made.base_topic.endswith("/"):
        yield "base_topic", "must not begin or end with /"
    elif "base_topic" in table.entries and not (
        made.requests or made.status or made.homeassistant is not None
    ):
        yield "base_topic", "is not read without `requests`, `status` or `homeassistant`"


def _homeassistant(made: HomeAssistant, table: Table) -> Iterator[tuple[str, str]]:
    wrong = _fault(made.prefix)
    if wrong:
        yield "prefix", wrong
    elif made.prefix.startswith("/") or made.prefix.endswith("/"):
        yield "prefix", "must not begin or end with /"


def _topic(made: Named, table: Table) -> Iterator[tuple[str, str]]:
    wrong = _fault(made.topic)
    if wrong:
        yield "topic", wrong


def _domoticz(made: Domoticz, table: Table) -> Iterator[tuple[str, str]]:
    yield from _topic(made, table)
    if made.grid_idx is None and made.injection_idx is None:
        yield "grid_idx", "is missing; this or `injection_idx` names the device that is told"
    elif made.grid_idx == made.injection_idx:
        yield "injection_idx", "must be another device than `grid_idx`"


def _fault(topic: str) -> str:
    """What is wrong with a topic that has to be there, empty if nothing is."""
    if not topic:
        return "is empty"
    return (
        "must not begin with $: those are the broker's own"
        if topic[0] == "$"
        else (topic_fault(topic))
    )


def across(built: list[Built]) -> Iterator[tuple[int, str, str]]:
    """``(line, key path, text)``: loads that are not there, topics that are taken."""
    loads = [one.made.id for one in built if isinstance(one.made, Load)]
    taken: dict[str, Built] = {}
    for one in built:
        made = one.made
        if not isinstance(made, (*ASKING, *TELLING)):
            continue
        if isinstance(made, LinkyRequests) and made.load not in loads:
            there = f"; there are: {', '.join(loads)}" if loads else ""
            words = f"there is no load `{made.load}`{suggestion(made.load, loads) or there}"
            yield _line(one, "load"), f"{one.table.path}.load", words
        own = isinstance(made, OwnRequests | OwnStatus)
        # Of ours there is one each; who is asked and who is told may never be the same topic.
        name = type(made).__name__ if own else made.topic
        other = taken.setdefault(name, one)
        if other is not one:
            key = "kind" if own else "topic"
            words = f"is there already (line {other.table.line}); once is enough"
            if not own:
                words = f"`{name}` is taken (line {_line(other, 'topic')}); give each its own topic"
            yield _line(one, key), f"{one.table.path}.{key}", words


def _line(one: Built, key: str) -> int:
    return one.table.key_lines.get(key, one.table.line)


LOCAL: dict[type, Callable[[Any, Table], Iterator[tuple[str, str]]]] = {
    BalancerRequests: _topic,
    BalancerStatus: _topic,
    Domoticz: _domoticz,
    HomeAssistant: _homeassistant,
    LinkyRequests: _topic,
    LinkyStatus: _topic,
    NetPower: _topic,
}
