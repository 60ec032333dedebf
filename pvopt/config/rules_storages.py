"""What the types cannot say of storages: topics, limits that fit, who speaks to whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pvopt.config import storage_wire as wire
from pvopt.config.json_path import parse_path
from pvopt.config.loads import Load
from pvopt.config.output_wire import topic_of as topic_of_load
from pvopt.config.outputs import MqttOutput
from pvopt.config.rules_mqtt import topic_fault
from pvopt.config.scalars import number_words
from pvopt.config.storages import MqttStorage, Split
from pvopt.config.tree import Table

if TYPE_CHECKING:
    from pvopt.config.rules_across import Built

Local = Iterator[tuple[str, str]]
Global = Iterator[tuple[int, str, str]]

STORAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
PARTS = ("meter", "soc", "connected", "output")
NEEDED = {
    "meter": "the watts that it gives or takes",
    "soc": "how full it is",
    "output": "what it is told",
}


def _storage(made: MqttStorage, table: Table) -> Local:
    if not STORAGE_ID.fullmatch(made.id):
        yield "id", "must be 1 to 32 letters, digits, - or _"
    yield from _device(made)
    for part in PARTS:
        yield from _part(made, part)
    yield from _said(made)
    yield from _limits(made)


def _device(made: MqttStorage) -> Local:
    wrong = topic_fault(made.device)
    if wrong:
        yield "device", wrong
    elif made.device and made.preset is None:
        yield "device", "means nothing without a `preset`; write the topics"
    elif made.preset is not None and not made.device:
        known = wire.PRESETS[made.preset].output.replace("{device}", "DEVICE")
        if not all(getattr(made, part).topic for part in NEEDED):
            yield "device", f"is missing; it is what `{made.preset}` needs for {known} and others"


def _part(made: MqttStorage, part: str) -> Local:
    section = getattr(made, part)
    wrong = topic_fault(section.topic)
    if wrong:
        yield f"{part}.topic", wrong
    elif part in NEEDED and made.preset is None and not section.topic:
        yield f"{part}.topic", f"is missing: {NEEDED[part]}"
    if part == "output":
        return
    try:
        parse_path(section.json or "")
    except ValueError as fault:
        yield f"{part}.json", str(fault)
    if part != "connected" and section.scale == 0:
        yield f"{part}.scale", "must not be 0: nothing would be measured"


def _said(made: MqttStorage) -> Local:
    topic = wire.topic_of(made, "output")
    for part in PARTS[:-1]:
        if topic and topic == wire.topic_of(made, part):
            yield "output.topic", f"is the topic of `{part}`, too: we would hear ourselves"
    if "{watts}" not in made.output.payload:
        yield "output.payload", "has no place {watts}: each number would look like the others"
    if not made.connected.on:
        yield "connected.on", "is empty; which word says that it is connected?"


def _limits(made: MqttStorage) -> Local:
    most = number_words(made.max_discharge_w)
    for key in ("min_discharge_w", "floor_w"):
        if getattr(made, key) > made.max_discharge_w:
            yield key, f"must be at most max_discharge_w ({most} W)"
    if made.min_charge_w > made.max_charge_w:
        most = number_words(made.max_charge_w)
        yield "min_charge_w", f"must be at most max_charge_w ({most} W)"


def _split(made: Split, table: Table) -> Local:
    if made.before_data == "assume":
        return
    for key in ("assumed_soc_pct", "assumed_w"):
        if getattr(made, key) != getattr(Split(), key):
            yield key, "is used with `before_data: assume` only"


def across(built: list[Built]) -> Global:
    """``(line, key path, text)``: names and topics that are taken, a split of nothing."""
    storages = [one for one in built if isinstance(one.made, MqttStorage)]
    yield from _names(built, storages)
    yield from _topics(built, storages)
    if storages:
        return
    for one in built:
        if isinstance(one.made, Split) and one.table.path == "split":
            yield one.table.line, "split", "is not read without `storages`"


def _names(built: list[Built], storages: list[Built]) -> Global:
    taken = {one.made.id: one for one in built if isinstance(one.made, Load)}
    for one in storages:
        other = taken.setdefault(one.made.id, one)
        if other is not one:
            words = f"`{one.made.id}` is taken (line {_line(other, 'id')}); give each its own id"
            yield _line(one, "id"), f"{one.table.path}.id", words


def _topics(built: list[Built], storages: list[Built]) -> Global:
    """Two that listen to the same topic would both do what one is asked for."""
    taken: dict[str, int] = {}
    for one in built:
        if isinstance(one.made, MqttOutput):
            taken.setdefault(topic_of_load(one.made), one.table.line)
    for one in storages:
        topic = wire.topic_of(one.made, "output")
        line = taken.setdefault(topic, one.table.line)
        if topic and line != one.table.line:
            words = f"{topic} is told something else already (line {line}); each needs its own"
            yield _line(one, "output"), f"{one.table.path}.output", words


def _line(one: Built, key: str) -> int:
    return one.table.key_lines.get(key, one.table.line)


LOCAL: dict[type, Callable[[Any, Table], Local]] = {
    MqttStorage: _storage,
    Split: _split,
}
