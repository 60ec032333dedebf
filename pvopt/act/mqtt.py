"""A load behind a broker: a switch, or a regulator that takes percent or watts.

* A change is published once, at the next tick after the broker is back again, and every
  ``renew_s`` although nothing has changed.
* Off is published with an acknowledgement of the broker, whatever ``qos`` says. A connection on
  which none comes within ``HEARD_S`` is given up, and until a new one has carried it the outcome
  is a fault.
* Without a connection nothing can be switched: what was sent last still counts as drawn, and
  after ``AWAY_S`` the outcome is a fault, for nobody knows what the device does.
* A device that says for ``within_s`` something else than it was told is a fault, too, and stays
  one for ``DISTRUST_S``, so that no contact is switched in a circle.

When this machine vanishes the broker says off, if a last will was left there; else a device keeps
what it heard last, unless it has a timer of its own (``off_after_s``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pvopt.act.asked import asked_of
from pvopt.act.confirmed import Watch
from pvopt.act.curve import Curve
from pvopt.config.loads import Load
from pvopt.config.output_wire import Wire, floored, wire_of
from pvopt.config.outputs import MqttOutput
from pvopt.errors import ConfigError
from pvopt.links.mqtt_cells import SayingLink, Will
from pvopt.model import Command, Instant, Outcome

AWAY_S = 20.0  # a broker that is started anew is back by then
HEARD_S = 5.0  # a broker in the house answers within milliseconds, one behind bad Wi-Fi in seconds
OFF_QOS = 1
LAST_WORDS_S = 0.5  # for the broker to acknowledge the last off


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the device is to do. ``number``: percent or watts; ``drawn_w``: what that draws."""

    on: bool = False
    number: float = 0.0
    drawn_w: float = 0.0


class MqttActuator:
    """``ports.Actuator`` of one load. Never raises: what fails is the outcome's fault."""

    def __init__(self, load: Load, link: SayingLink, will: Will | None = None) -> None:
        """ConfigError for what can never work. The connection need not be there yet."""
        if not isinstance(load.output, MqttOutput):
            raise ConfigError(f"{load.id}: its output is not behind a broker")
        try:
            self._wire: Wire = wire_of(load.output)
        except ValueError as wrong:
            raise ConfigError(f"{load.id}: output: {wrong}") from wrong
        self.name = load.id
        self._max_w = load.max_w
        self._curve = Curve.from_config(load.output.law, load.max_w)
        self._link = link
        self._watch = Watch(self._wire, load.max_w, link)
        self._wish = _Wish()  # as last sent
        self._said = ""
        self._said_s = -math.inf
        self._connects = self._said_in = 0  # which connection, and the one that heard it
        self._there_s = math.nan  # the broker was there, or we began
        self._moves = self._switches = 0
        self._closed = False
        self._unheard = False  # what was acknowledged by nobody may not have been done
        link.on_connect.append(self._connected)
        if will is not None:
            will.will(self._wire.topic, self._payload(_Wish()), self._wire.retain)
            will.on_connect.append(self._connected)

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """Publish what has changed; see the module's text."""
        now_s = instant.mono_s
        asked_w, urgent = asked_of(command, self.name, now_s)
        wish = self._wish_of(asked_w)
        sent = self._send(wish, now_s, urgent)
        said = self._has_heard(wish)
        fault = self._fault(said, now_s)
        return Outcome(
            target=self.name,
            asked_w=asked_w,
            sent=sent,
            pending=not said or self._watch.waiting or self._unheard,
            fault=fault,
            expected_w=self._wish.drawn_w,
            position_pct=self._position_pct(),
            closed=self._wish.on,
            moves=self._moves,
            switches=self._switches,
        )

    def safe(self) -> None:
        """Off, now, as far as the broker can be reached; once is enough. Never raises."""
        try:
            if not self._has_heard(_Wish()):
                self._publish(_Wish(), self._said_s, OFF_QOS)
        except Exception as fault:  # the others are to be switched off, too
            self._watch.complain(f"{type(fault).__name__} while switching off")

    def close(self) -> None:
        """safe(), and wait a moment for the broker to have it. Idempotent, never raises."""
        self.safe()
        if not self._closed:
            self._link.flush(LAST_WORDS_S)
        self._closed = True

    # -- what is wished ----------------------------------------------------------------

    def _wish_of(self, asked_w: float) -> _Wish:
        """As near to the watts as can be said, and never above them."""
        if asked_w <= 0.0:
            return _Wish()
        if self._wire.sends == "on_off":
            return _Wish(True, 1.0, self._max_w)
        if self._wire.sends == "percent":
            pct = floored(self._curve.position_pct(asked_w), self._wire.decimals)
            return _Wish(True, pct, self._curve.watts(pct))
        fits_w = min(asked_w, self._max_w) if asked_w >= self._curve.law.min_w else 0.0
        watts = floored(fits_w, self._wire.decimals)
        return _Wish(True, watts, watts)

    def _payload(self, wish: _Wish) -> str:
        return self._wire.payload(wish.number, wish.on)

    def _position_pct(self) -> float:
        if self._wire.sends == "percent":
            return self._wish.number
        return 100.0 * self._wish.drawn_w / self._max_w

    # -- what is said ------------------------------------------------------------------

    def _connected(self) -> None:
        """A new connection (told in its thread): what was said may never have arrived."""
        self._connects += 1

    def _has_heard(self, wish: _Wish) -> bool:
        """Whether the broker has it, as far as is known."""
        heard = self._said == self._payload(wish) and self._said_in == self._connects
        return heard and self._link.connected

    def _send(self, wish: _Wish, now_s: float, urgent: bool) -> bool:
        renew = 0.0 < self._wire.renew_s <= now_s - self._said_s
        if self._has_heard(wish) and not renew:
            self._take(wish)  # on at 0 and off may be one word
            return False
        off = urgent or not wish.on
        return self._publish(wish, now_s, OFF_QOS if off else self._wire.qos)

    def _publish(self, wish: _Wish, now_s: float, qos: int) -> bool:
        """What is not delivered now is not kept for later: by then it may be wrong."""
        if not self._link.connected or self._closed:
            return False
        payload, wire, connects = self._payload(wish), self._wire, self._connects
        if not self._link.publish(wire.topic, payload, wire.retain, qos):
            return False
        if not self._has_heard(wish):
            self._watch.anew(wish.number, wish.on, now_s)
        self._take(wish)
        self._said, self._said_s, self._said_in = payload, now_s, connects
        return True

    def _take(self, wish: _Wish) -> None:
        self._switches += wish.on != self._wish.on
        self._moves += wish.number != self._wish.number
        self._wish = wish

    # -- what is wrong -----------------------------------------------------------------

    def _fault(self, said: bool, now_s: float) -> str:
        waits_s = self._link.unheard_s()
        if waits_s >= HEARD_S:
            self._link.renew()
            self._unheard = True
        elif said and waits_s == 0.0:
            self._unheard = False
        if math.isnan(self._there_s) or said:
            self._there_s = now_s
        if self._unheard or (not said and now_s - self._there_s >= AWAY_S):
            nothing = "acknowledges nothing" if self._unheard else "takes nothing more"
            why = self._link.fault or f"the broker {nothing}"
            return f"{self.name}: cannot be told to switch: {why}"
        wrong = self._watch.look(now_s) if said else ""
        return f"{self.name}: {wrong}" if wrong else ""
