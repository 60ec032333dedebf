"""A recorder that tells others by MQTT what pvopt does: at changes, and every so many seconds.

Nothing waits: what the broker does not take is lost, and the next message says all again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import Protocol

from pvopt.daylight import zone
from pvopt.decide.legionella import LegionellaRule
from pvopt.decide.memory import Ledger
from pvopt.model import Tick
from pvopt.score.keeper import ScoreKeeper
from pvopt.show import status_forms, status_storages
from pvopt.show.status_forms import Seen, fresh_site, in_hand
from pvopt.show.status_more import Counted, KeptEnergies, More
from pvopt.show.status_numbers import known

LEAST_S = 1.0  # between two messages of a form
QUIET_S = 20.0  # so long at 0 W, and Domoticz is told 0 once more before a rise
KEPT_ALIVE_S = 1800.0  # Domoticz is told 0 W from the grid again
AGAIN_S = 2.0  # who was told how to read us has listened by then
EARLY_S = 0.1  # ticks are not quite regular
MAX_DT_S = 60.0  # a longer pause counts for nothing

Topical = tuple[str, str]  # topic, payload

log = logging.getLogger("pvopt.status")


class Link(Protocol):
    """What is needed of the connection."""

    connected: bool
    on_connect: list[Callable[[], object]]

    def publish(self, topic: str, payload: str, retain: bool = False, qos: int = 0) -> bool: ...
    def will(self, topic: str, payload: str, retain: bool = True) -> None: ...


class Form(Protocol):
    """One way of telling. ``at_changes``: not only every ``every_s``; ``kept``: by the broker."""

    every_s: float
    at_changes: bool
    kept: bool

    def messages(self, seen: Seen, now_s: float) -> Iterable[Topical]: ...


def announce(link: Link, base_topic: str) -> None:
    """``<base>/availability``, kept by the broker: online, and offline when we vanish."""
    topic = f"{base_topic}/availability"
    link.will(topic, "offline")
    link.on_connect.append(lambda: link.publish(topic, "online", True, 1))


class OwnForm:
    kept = False

    def __init__(self, base_topic: str, every_s: float) -> None:
        self.every_s, self.at_changes = every_s, True
        self._base = base_topic

    def messages(self, seen: Seen, now_s: float) -> Iterable[Topical]:
        yield f"{self._base}/status", status_forms.own(seen)
        for rank, command in enumerate(seen.tick.decision.commands):
            yield f"{self._base}/{command.target}/status", status_forms.own_load(seen, rank)
        for rank, command in enumerate(seen.tick.decision.storages):
            text = status_storages.one(seen.tick, rank)
            yield f"{self._base}/{command.target}/status", text


class JsonForm:
    """One message on one topic; nothing where ``write`` has nothing to say."""

    kept = False

    def __init__(self, topic: str, every_s: float, write: Callable[[Seen], str | None]) -> None:
        self.every_s, self.at_changes = every_s, True
        self._topic = topic
        self._write = write

    def messages(self, seen: Seen, now_s: float) -> Iterable[Topical]:
        text = self._write(seen)
        if text is not None:
            yield self._topic, text


class NumberForm:
    """A number on a topic, kept by the broker, each time that it has changed."""

    kept = True

    def __init__(self, topic: str, every_s: float, write: Callable[[Seen], str | None]) -> None:
        self.every_s, self.at_changes = every_s, False
        self._topic = topic
        self._write = write
        self._told: str | None = None

    def messages(self, seen: Seen, now_s: float) -> Iterable[Topical]:
        text = self._write(seen)
        if text is not None and text != self._told:
            self._told = text
            yield self._topic, text


class DomoticzForm:
    """Watts from the grid for one device, watts to it (below 0) for another.

    0 is told when it comes; then nothing, but 0 from the grid each half an hour. After more than
    ``QUIET_S`` of it 0 is told once more just before the first watts: else whoever draws a line
    from point to point would see a slope that never was.
    """

    kept = False

    def __init__(
        self, topic: str, every_s: float, grid_idx: int | None, injection_idx: int | None
    ) -> None:
        self.every_s, self.at_changes = every_s, False
        self._topic = topic
        self._devices = [
            _Device(idx, sign, KEPT_ALIVE_S if sign > 0 else None)
            for idx, sign in ((injection_idx, -1), (grid_idx, 1))
            if idx is not None
        ]

    def messages(self, seen: Seen, now_s: float) -> Iterable[Topical]:
        site = fresh_site(seen.tick)
        grid_w = None if site is None else known(site.grid_w)
        if grid_w is None:
            return
        for device in self._devices:
            for watts in device.told(round(grid_w), now_s):
                yield self._topic, status_forms.domoticz(device.idx, watts)


class _Device:
    def __init__(self, idx: int, sign: int, alive_s: float | None) -> None:
        self.idx = idx
        self._sign = sign
        self._alive_s = alive_s
        self._zero_since_s: float | None = None
        self._zero_told_s: float | None = None

    def told(self, grid_w: int, now_s: float) -> list[int]:
        """What is told of one number of the grid."""
        watts = grid_w if grid_w * self._sign > 0 else 0
        since_s, told_s = self._zero_since_s, self._zero_told_s
        if watts:
            self._zero_since_s = None
            quiet = since_s is not None and now_s - since_s > QUIET_S
            return [0, watts] if quiet else [watts]
        if since_s is not None and told_s is not None:
            if self._alive_s is None or now_s - told_s <= self._alive_s:
                return []
        else:
            self._zero_since_s = now_s
        self._zero_told_s = now_s
        return [0]


class MqttStatus:
    """Tells by ``forms``. ``now_s``: a monotonic clock of real seconds, whatever the home's does;
    ``ledger``: asks for the loop's; ``hygiene``: the rules against legionella, by load;
    ``late``: ticks that came late; ``saved_s``: as ``KeptEnergies`` has it."""

    def __init__(
        self,
        link: Link,
        forms: Sequence[Form],
        ledger: Callable[[], Ledger],
        timezone: str,
        now_s: Callable[[], float],
        hygiene: Mapping[str, LegionellaRule] = MappingProxyType({}),
        late: Callable[[], int] = lambda: 0,
        saved_s: Callable[[], float] | None = None,
        score: ScoreKeeper | None = None,
    ) -> None:
        self._score = score
        self._link = link
        self._late = late
        self._kept = KeptEnergies(saved_s)
        self._counted = Counted()
        self._again = False
        self._hygiene = hygiene
        self._forms = tuple(forms)
        self._ledger = ledger
        self._timezone = timezone
        self._zone: tzinfo = zone(timezone)
        self._now_s = now_s
        self._next_s = [0.0] * len(self._forms)
        self._earliest_s = [0.0] * len(self._forms)
        self._changed = [False] * len(self._forms)
        self._before: object = None
        self._last_s: float | None = None
        self._day = 0
        self._produced_wh = 0.0
        self._failed = False

    def record(self, tick: Tick) -> None:
        """Tell what is due. Never raises."""
        try:
            self._record(tick)
            self._failed = False
        except Exception:
            if not self._failed:
                log.exception("the status could not be told")
            self._failed = True

    def again(self) -> None:
        """Tell all soon, whatever was told: somebody begins to listen. From any thread."""
        self._again = True

    def _record(self, tick: Tick) -> None:
        ledger = self._ledger()
        self._count(tick, ledger)
        kept_wh = self._kept.of(ledger, tick.snapshot.instant.mono_s)
        now_s = self._now_s()
        if self._again:
            self._again = False
            self._next_s = [min(due_s, now_s + AGAIN_S) for due_s in self._next_s]
        what = _what_changes(tick, ledger)
        if what != self._before:
            self._before, self._changed = what, [True] * len(self._forms)
        if not self._link.connected:
            return
        wh, zone_, name = self._produced_wh, self._zone, self._timezone
        more = More(self._counted, self._late(), kept_wh)
        score = None if self._score is None else self._score.today
        seen = Seen(tick, ledger, wh, zone_, name, self._hygiene, more, score)
        for rank, form in enumerate(self._forms):
            changed = form.at_changes and self._changed[rank] and now_s >= self._earliest_s[rank]
            if not changed and now_s < self._next_s[rank]:
                continue
            self._changed[rank] = False
            self._earliest_s[rank] = now_s + LEAST_S - EARLY_S
            self._next_s[rank] = now_s + form.every_s - EARLY_S
            for topic, payload in form.messages(seen, now_s):
                self._link.publish(topic, payload, form.kept)

    def _count(self, tick: Tick, ledger: Ledger) -> None:
        """What the panels gave today; of a start in the middle of the day, since then."""
        now_s, last_s = tick.snapshot.instant.mono_s, self._last_s
        self._last_s = now_s
        if ledger.day.number != self._day:
            self._day, self._produced_wh = ledger.day.number, 0.0
        site = fresh_site(tick)
        if site is None or last_s is None or not 0.0 < now_s - last_s <= MAX_DT_S:
            return
        self._counted = self._counted.more(site, now_s - last_s)
        self._produced_wh += (known(site.pv_w) or 0.0) * (now_s - last_s) / 3600.0


def _what_changes(tick: Tick, ledger: Ledger) -> object:
    """What others are told of at once."""
    loads = [
        (command.reason.code, outcome.expected_w > 0.0, outcome.fault)
        for command, outcome in zip(tick.decision.commands, tick.outcomes, strict=True)
    ]
    asked = [one.request.id for one in ledger.standing]
    alarms = [reason.code for reason in tick.decision.alarms]
    hands = [in_hand(ledger, command.target) for command in tick.decision.commands]
    stored = [command.reason.code for command in tick.decision.storages]
    faults = [outcome.fault for outcome in tick.storage_outcomes]
    faults += [view.fault for view in tick.snapshot.storages]
    return loads, asked, alarms, hands, stored, faults, fresh_site(tick) is None
