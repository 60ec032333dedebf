"""A storage behind a broker: told the watts to give, or those to add to what it gives.

An adjustment is no state: whoever follows it adds what stands there again and again, until there
is another number. So it is worked out anew each tick from the watts that the storage has now, and
published when it changed; a lost or repeated message is repaired by the next. What stands there
when nobody works it out any more must be harmless: see ``off_text``.

* A change below ``min_change_w`` is left, but not where the number becomes 0 or changes its sign:
  what stands there would go on adding.
* Without a connection nothing can be said; after ``AWAY_S`` the outcome is a fault.
* A storage of which nothing is known is left alone for ``ALONE_S`` after the start, and then told
  what is safe.
"""

from __future__ import annotations

import math

from pvopt.config.storage_wire import StorageWire, off_text, wire_of
from pvopt.config.storages import MqttStorage
from pvopt.errors import ConfigError
from pvopt.links.mqtt_cells import SayingLink, Will
from pvopt.model import Command, Instant, Outcome

AWAY_S = 20.0  # a broker that is started anew is back by then
ALONE_S = 30.0
SAFE_QOS = 1
LAST_WORDS_S = 0.5  # for the broker to acknowledge the last message


class MqttStorageActuator:
    """``ports.Actuator`` of one storage; watts have our sign (+ charging). Never raises: what
    fails is the outcome's fault."""

    def __init__(self, storage: MqttStorage, link: SayingLink, will: Will | None = None) -> None:
        """ConfigError for what can never work. The connection need not be there yet. ``will``:
        one that leaves a last will, which says what is harmless when this machine vanishes."""
        try:
            self._wire: StorageWire = wire_of(storage)
        except ValueError as wrong:
            raise ConfigError(f"{storage.id}: {wrong}") from wrong
        self.name = storage.id
        self._storage = storage
        self._off = off_text(storage)
        self._link = link
        self._from_w: float | None = None  # what it had when it was last told something
        self._said = ""
        self._said_w = math.nan
        self._said_s = -math.inf
        self._connects = self._said_in = 0  # which connection, and the one that heard it
        self._there_s = self._since_s = math.nan
        self._moves = 0
        self._wrong = ""  # told once
        self._closed = False
        link.on_connect.append(self._connected)
        if will is not None:
            will.will(self._wire.topic, self._off, self._wire.retain)
            will.on_connect.append(self._connected)  # where it had broken off, that was said

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """Publish what has changed; see the module's text."""
        now_s = instant.mono_s
        if math.isnan(self._since_s):
            self._since_s = self._there_s = now_s
        asked_w = asked_of(command, self.name, now_s)
        self._from_w = None if command is None else command.from_w
        target_w = 0.0 if asked_w is None else self._within(asked_w)
        urgent = asked_w is None or (command is not None and command.urgent)
        sent = self._tell(target_w, now_s, urgent)
        said = self._heard() or not self._said
        if said and self._link.connected:
            self._there_s = now_s
        return Outcome(
            target=self.name,
            asked_w=target_w,
            sent=sent,
            pending=not said,
            fault=self._fault(now_s),
            expected_w=target_w,
            position_pct=self._position_pct(target_w),
            moves=self._moves,
        )

    def safe(self) -> None:
        """What is harmless though nobody looks on. Idempotent, never raises."""
        try:
            if self._said != self._off or not self._heard():
                self._publish(self._off, math.nan, self._said_s, SAFE_QOS)
        except Exception as fault:  # the others are to be made safe, too
            self._wrong = f"{type(fault).__name__} while it was made safe"

    def close(self) -> None:
        """safe(), and wait a moment for the broker to have it. Idempotent, never raises."""
        self.safe()
        if not self._closed:
            self._link.flush(LAST_WORDS_S)
        self._closed = True

    # -- what is said ------------------------------------------------------------------

    def _within(self, watts: float) -> float:
        """No more than it may ever give or take, whatever was decided."""
        one = self._storage
        return max(-one.max_discharge_w - one.boost_w, min(one.max_charge_w, watts))

    def _tell(self, target_w: float, now_s: float, urgent: bool) -> bool:
        if self._wire.adjusts and self._from_w is None:
            return self._blind(now_s)
        watts = target_w - (self._from_w or 0.0) if self._wire.adjusts else target_w
        text = self._wire.text(watts)
        if self._heard() and not self._due(text, watts, now_s):
            return False
        return self._publish(text, watts, now_s, SAFE_QOS if urgent else self._wire.qos)

    def _blind(self, now_s: float) -> bool:
        """Nothing is known of what it gives, so nothing can be added to it."""
        if not self._said and now_s - self._since_s < ALONE_S:
            return False
        renew = 0.0 < self._wire.renew_s <= now_s - self._said_s
        if self._said == self._off and self._heard() and not renew:
            return False
        return self._publish(self._off, math.nan, now_s, SAFE_QOS)

    def _due(self, text: str, watts: float, now_s: float) -> bool:
        """Whether what the broker has needs another word."""
        if 0.0 < self._wire.renew_s <= now_s - self._said_s:
            return True
        if text == self._said:
            return False
        moved_w = abs(watts - self._said_w)
        if not moved_w < self._wire.min_change_w:  # of an unknown number, too
            return True
        turned = (watts > 0.0) != (self._said_w > 0.0)
        return turned or text == self._wire.text(0.0)

    def _publish(self, text: str, watts: float, now_s: float, qos: int) -> bool:
        """What is not delivered now is not kept for later: by then it may be wrong."""
        if not self._link.connected or self._closed:
            return False
        connects = self._connects
        if not self._link.publish(self._wire.topic, text, self._wire.retain, qos):
            return False
        self._moves += text != self._said
        self._said, self._said_w, self._said_s, self._said_in = text, watts, now_s, connects
        return True

    def _connected(self) -> None:
        """A new connection (told in its thread): what was said may never have arrived."""
        self._connects += 1

    def _heard(self) -> bool:
        """Whether the broker has what was said last, as far as is known."""
        return bool(self._said) and self._said_in == self._connects and self._link.connected

    # -- how it stands -----------------------------------------------------------------

    def _position_pct(self, target_w: float) -> float:
        """The part of its most (%)."""
        most_w = self._storage.max_charge_w if target_w > 0.0 else self._storage.max_discharge_w
        return 100.0 * abs(target_w) / most_w if most_w > 0.0 else 0.0

    def _fault(self, now_s: float) -> str:
        if now_s - self._there_s < AWAY_S:
            wrong, self._wrong = self._wrong, ""
            return f"{self.name}: {wrong}" if wrong else ""
        why = self._link.fault or "the broker takes nothing more"
        return f"{self.name}: cannot be told what to give: {why}"


def asked_of(command: Command | None, target: str, now_s: float) -> float | None:
    """Watts in our sign. None: what cannot be trusted, and so nothing to give or to take."""
    if command is None or command.target != target or not now_s < command.expires_s:
        return None
    return command.setpoint_w if math.isfinite(command.setpoint_w) else None
