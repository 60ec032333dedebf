"""Storages behind a broker: what is heard of each, and what it would be told. Nothing is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.schema import Config
from pvopt.config.storage_wire import StorageWire, Value, off_text
from pvopt.links.mqtt_cells import Cell, Link
from pvopt.model import Instant, Reading, StorageView
from pvopt.ports import Clock

AREA = "storages"
POLL_S = 0.1
PATIENCE_S = 5.0  # with a broker that does not answer
WORDS = {"meter": "its watts", "soc": "how full it is", "connected": "whether it listens"}


class Heard(Protocol):
    """One value and how it came."""

    @property
    def value(self) -> Value: ...
    @property
    def cell(self) -> Cell: ...
    @property
    def fault(self) -> str: ...
    def fresh(self, now_s: float) -> Reading: ...


@runtime_checkable
class Hearing(Protocol):
    """A storage's source."""

    name: str

    @property
    def link(self) -> Link: ...
    @property
    def wire(self) -> StorageWire: ...
    def view(self, instant: Instant) -> StorageView: ...
    def values(self) -> Sequence[Heard]: ...


def rows(config: Config, sources: Sequence[object], clock: Clock, left: Deadline) -> Iterator[Row]:
    """The broker, then each storage."""
    hearing = [one for one in sources if isinstance(one, Hearing)]
    if not hearing:
        return
    _wait(hearing, clock, left)
    link = hearing[0].link
    if not link.connected:
        names = ", ".join(one.name for one in hearing)
        todo = "without the broker they cannot be told anything: look at the section mqtt"
        yield fail(AREA, f"{names}: {link.fault}", todo)
        return
    off = {one.id: (off_text(one), one.output.last_will) for one in config.storages}
    for one in hearing:
        yield _state(one, clock.now())
        for heard in one.values():
            lack = _lack(heard, clock.now().mono_s)
            if lack:
                yield warn(AREA, f"{one.name}: {WORDS[heard.value.name]}: {lack}", _todo(heard))
        yield ok(AREA, _told(one.wire, *off[one.name]))


def _wait(hearing: Sequence[Hearing], clock: Clock, left: Deadline) -> None:
    """Until everything has come, as long as that may take; for a broker it need not be long."""
    real, patience = SystemClock(), Deadline(PATIENCE_S)
    while left.left_s() > 0.0:
        now = clock.now()
        for one in hearing:
            one.view(now)
        if not any(_lack(heard, now.mono_s) for one in hearing for heard in one.values()):
            return
        if not hearing[0].link.connected and patience.left_s() <= 0.0:
            return
        real.wait_until(real.now().mono_s + POLL_S)


def _state(one: Hearing, now: Instant) -> Row:
    view = one.view(now)
    watts, soc = view.power_w.value, view.soc_pct.value
    words = []
    if watts is not None:
        words.append(f"takes {watts:.0f} W" if watts > 0.0 else f"gives {abs(watts):.0f} W")
    if soc is not None:
        words.append(f"{soc:g} % full")
    if view.connected is not None:
        words.append("connected" if view.connected else "NOT connected")
    said = f"{one.name}: {', '.join(words) or 'silent'}"
    if watts is None or soc is None or view.connected is False:
        return warn(AREA, said, "without it the other storages carry what the house needs")
    return ok(AREA, said)


def _lack(heard: Heard, now_s: float) -> str:
    """What is wrong with a value, empty if nothing is."""
    topic = heard.value.topic
    if heard.cell.refused:
        return f"the broker does not let us hear {topic}"
    if heard.fault:
        return f"the last message on {topic} {heard.fault}"
    if heard.fresh(now_s).value is not None:
        return ""
    if heard.cell.kept_only:
        return f"nothing on {topic} but an old message that the broker had kept"
    if heard.cell.latest() is None:
        return f"nothing has come on {topic}"
    return f"{topic} is silent for more than {heard.value.allowed_age_s:g} s"


def _todo(heard: Heard) -> str:
    if heard.cell.refused:
        return "give this user the right to read the topic (acl_file of the broker)"
    if heard.fault:
        return "look at `json`, `unit` and `scale`, and at what is really published"
    return "is it on, does it publish often enough, is that its topic, letter by letter?"


def _told(wire: StorageWire, off: str, will: bool) -> str:
    what = "the watts to add to what it gives" if wire.adjusts else "the watts to give"
    kept = ", kept by the broker" if wire.retain else ""
    late = " or vanishes" if will else ""
    return (
        f"{wire.id}: is told {what} on {wire.topic}{kept}; when pvopt ends{late}, `{off}`; nothing "
        "was sent now"
    )
