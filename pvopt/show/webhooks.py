"""A recorder that tells people, by HTTP, when somebody has to look.

The loop only compares and appends to a queue; each address has a thread of its own, so that one
that hangs holds up neither the loop nor the others. What was told is kept, so that a program that
is started again and again says so once.
"""

from __future__ import annotations

import json
import logging
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from pvopt.config.webhooks import AnyWebhook
from pvopt.decide.legionella import LegionellaRule
from pvopt.decide.memory import Ledger
from pvopt.errors import StoreError
from pvopt.keep import write
from pvopt.links.http import HttpError, post_text
from pvopt.model import Instant, Tick
from pvopt.ports import Clock
from pvopt.show.alert_limits import Kept, Limits
from pvopt.show.alerts import Change, Key, Watch, hidden, standing
from pvopt.show.webhook_forms import Post, post
from pvopt.workers import Periodic, Turn

SCHEMA = "pvopt.webhooks/1"
LOOK_S = 1.0
DEADLINE_S = 10.0
FIRST_RETRY_S, LAST_RETRY_S = 5.0, 600.0
OLDEST_S = 6 * 3600.0  # an alarm of this morning is no news
MOST_WAITING = 50
MOST_BYTES = 100_000
# What will not be taken another time either: a wrong address, key or form. Redirects, too.
NEVER = frozenset({301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 413, 415, 422})

log = logging.getLogger("pvopt.webhooks")


class Facts(NamedTuple):
    """What alerts need beside a tick. ``max_c``: the owner's maxima of loads with a sensor;
    ``allowed_age_s``: of what those sensors tell."""

    home: str
    ledger: Callable[[], Ledger]
    max_c: Mapping[str, float] = MappingProxyType({})
    hygiene: Mapping[str, LegionellaRule] = MappingProxyType({})
    allowed_age_s: Mapping[str, float] = MappingProxyType({})


class Told:
    """One who is told. ``path``: of the file where that is kept; None: nowhere. ``lost``: messages
    that nobody took."""

    def __init__(self, hook: AnyWebhook, name: str, path: Path | None, clock: Clock) -> None:
        self.hook = hook
        self.limits = Limits(60.0 * hook.repeat_min, hook.most_per_hour)
        self.sent = self.lost = 0
        self._name = name
        self._path = path
        self._queue: deque[Post] = deque()
        self._retry_s = FIRST_RETRY_S
        self._clock = clock
        self.worker: Periodic[None] = Periodic(name, self.look, clock)

    def offer(self, one: Post) -> None:
        """In the loop's thread: queue it, and lose the oldest of too many."""
        self._queue.append(one)
        while len(self._queue) > MOST_WAITING:
            try:
                self._queue.popleft()
            except IndexError:  # the thread has them all
                return
            self.lost += 1

    def waiting(self) -> int:
        return len(self._queue)

    def look(self, instant: Instant) -> Turn[None]:
        """In its own thread: send what waits, the oldest first."""
        while self._queue:
            try:
                one = self._queue.popleft()
            except IndexError:
                break
            if self._clock.now().mono_s - one.since_s > OLDEST_S:
                self.lost += 1
                continue
            try:
                post_text(self.hook.url, one.body, None, one.headers, DEADLINE_S)
            except HttpError as fault:
                if fault.status in NEVER:
                    self.lost += 1
                    log.warning("%s: %s: a message was refused", self._name, fault)
                    continue
                self._queue.appendleft(one)
                wait_s = max(self._retry_s, min(fault.retry_after_s or 0.0, LAST_RETRY_S))
                self._retry_s = min(LAST_RETRY_S, 2.0 * self._retry_s)
                return Turn(None, wait_s, str(fault))
            self.sent += 1
            self._retry_s = FIRST_RETRY_S
            self._keep(self._clock.now())
        return Turn(None, LOOK_S)

    def _keep(self, instant: Instant) -> None:
        if self._path is None:
            return
        rows = [
            [*one.key, one.begun, *(round(age_s) for age_s in one.ages_s)]
            for one in self.limits.kept(instant.mono_s)
        ]
        utc_s = round(instant.utc_s) if instant.utc_ok else None
        document = {"schema": SCHEMA, "utc_s": utc_s, "told": rows}
        try:
            write(self._path, json.dumps(document, separators=(",", ":")))
        except StoreError as fault:
            log.debug("%s", fault)  # the state folder has a line of its own

    def restore(self) -> tuple[Key, ...]:
        """Go on where an earlier run ended; which alerts stood then."""
        instant = self._clock.now()
        kept = [] if self._path is None else read(self._path, instant)
        self.limits.restore(kept, instant.mono_s)
        return tuple(one.key for one in kept if one.begun and one.key.event != "restarted")


class Webhooks:
    """``ports.Recorder``. Never raises, never waits."""

    def __init__(self, told: Sequence[Told], facts: Facts) -> None:
        self._told = tuple(told)
        self._facts = facts
        self._watch = Watch(key for one in self._told for key in one.restore())
        self._restarted = ""
        self._failed = False

    def start(self, restarted: str = "") -> None:
        """``restarted``: why the guardian had to start the loop anew; empty: it had not."""
        self._restarted = restarted
        for one in self._told:
            one.worker.start()

    def close(self) -> None:
        """Nobody waits for an address that does not answer."""
        for one in self._told:
            one.worker.stop(0.1)
            if one.waiting():
                log.warning("%d messages to a webhook were not sent", one.waiting())

    def record(self, tick: Tick) -> None:
        try:
            self._record(tick)
            self._failed = False
        except Exception:
            if not self._failed:
                log.exception("nobody could be told")
            self._failed = True

    def _record(self, tick: Tick) -> None:
        facts, instant = self._facts, tick.snapshot.instant
        alerts = standing(tick, facts.ledger(), facts.max_c, facts.hygiene)
        changes = self._watch.step(
            alerts, instant.mono_s, lambda key: hidden(key, tick, facts.allowed_age_s)
        )
        for one in self._told:
            self._tell(one, changes, instant)
        self._restarted = ""

    def _tell(self, one: Told, changes: Sequence[Change], instant: Instant) -> None:
        wanted = one.hook.events
        for change in changes:
            if not wanted or change.key.event in wanted:
                one.limits.take(change)
        if self._restarted and (not wanted or "restarted" in wanted):
            one.limits.once(Key("restarted"), f"pvopt was started again: {self._restarted}")
        utc_s = instant.utc_s if instant.utc_ok else None
        for said in one.limits.due(instant.mono_s):
            one.offer(post(one.hook, said, self._facts.home, utc_s, instant.mono_s))


def read(path: Path, instant: Instant) -> list[Kept]:
    """What was told by earlier runs; nothing where that cannot be read. Without a true date no
    time has passed since."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return []
        document: Any = json.loads(path.read_bytes())
        if document["schema"] != SCHEMA:
            return []
        at = document["utc_s"]
        passed_s = max(0.0, instant.utc_s - float(at)) if at and instant.utc_ok else 0.0
        return [_kept(row, passed_s) for row in document["told"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return []


def _kept(row: Any, passed_s: float) -> Kept:
    event, load, begun, over_s, begun_s = row
    ages_s = float(over_s) + passed_s, float(begun_s) + passed_s
    if not all(math.isfinite(age_s) and age_s >= 0.0 for age_s in ages_s):
        raise ValueError("no ages")  # from the future: it would never be told again
    return Kept(Key(str(event), str(load)), begun is True, ages_s)
