"""A load on the Pi's pins: a relay alone, a relay with a regulator's knob behind it, or an SSR.

What a command means here:

* ``setpoint_w`` > 0: on. Knob to zero, relay closed once zero is certain, ``zero_hold_s`` at zero,
  then the knob goes to the position of the curve. Watts between 0 and what the knob can give leave
  the relay closed and the knob at zero: that is how to ask for "ready, but nothing now".
  A relay alone knows all or nothing: any setpoint above 0 closes it. An SSR alone is relay and
  knob in one.
* ``setpoint_w`` = 0: off. Knob to zero, relay open once zero is certain (a travel time later).
* ``urgent``: relay open in this very call, then knob to zero, whatever the setpoint says. No
  command, an expired one, one for another load and one without finite watts count as urgent.

Nothing sleeps: a sequence takes ticks and ``Outcome.pending`` says so. After a fault everything is
thrown away and made anew, which begins with the relay open and the knob going to zero.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence

from pvopt.act.asked import asked_of
from pvopt.act.curve import Curve
from pvopt.act.knob import Contact, Knob, knob_behind, make_contact
from pvopt.act.pins import Pins
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, SsrOutput
from pvopt.errors import ActuatorError, ConfigError
from pvopt.model import Command, Instant, Outcome

RETRY_S = 2.0  # between attempts to reach lost outputs: each may wait half a second for an answer

SecondPath = Callable[[], Sequence[str]]


def _no_second_path() -> Sequence[str]:
    return ()


class GpioActuator:
    """``ports.Actuator`` of one load.

    ``second_path`` switches the outputs off without the driver (``pvopt.off``) and returns what
    failed, in words; it is called whenever the driver cannot be trusted to have done so.
    """

    def __init__(self, load: Load, pins: Pins, second_path: SecondPath = _no_second_path) -> None:
        """ConfigError for what can never work. Outputs that cannot be reached now are a fault
        that ``apply`` reports and tries to mend."""
        self.name = load.id
        self.fault = ""
        if not isinstance(load.output, GpioOutput | SsrOutput):
            raise ConfigError(f"{load.id}: its output is not on these pins")
        self._load = load
        self._output = load.output
        self._pins = pins
        self._second_path = second_path
        self._curve = Curve.from_config(load.output.law, load.max_w)
        self._relay: Contact | None = None
        self._knob: Knob | None = None
        self._generation = 0
        self._closed_s = -math.inf
        self._retry_s = -math.inf
        self._off_by_second_path = self._second_path_tried = False
        self._given_back = False
        self._moves = self._switches = 0  # of devices thrown away
        try:
            self._make()
        except ActuatorError as error:
            self._lose(error)
        except ConfigError:
            self._throw_away()  # a relay that was made is open
            raise

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """One step towards the command; see the module's text. ActuatorError: the outputs are
        off as far as they can be reached, and the next calls try to make them anew."""
        self._revive(instant.mono_s)
        asked_w, urgent = asked_of(command, self.name, instant.mono_s)
        try:
            sent = self._step(asked_w, urgent, instant.mono_s)
            self._need_relay().verify()
        except ActuatorError as error:
            self._retry_s = instant.mono_s + RETRY_S
            self._lose(error)
            raise ActuatorError(self.fault) from error
        # The pins are ours again: a next loss begins anew.
        self._off_by_second_path = self._second_path_tried = False
        return self._outcome(asked_w, sent, instant.mono_s)

    def safe(self) -> None:
        """Relay open, then knob to zero, now. Idempotent, never raises."""
        opened = False
        with contextlib.suppress(Exception):
            if self._relay is not None:
                self._relay.open_contact()
                self._relay.verify()
                opened = True
        with contextlib.suppress(Exception):
            if self._knob is not None:
                self._knob.zero_now()
        if not opened and (self._relay is not None or not self._second_path_tried):
            self._go_second_path()

    def close(self) -> None:
        """safe(), then give back the pins. Idempotent, never raises."""
        if not self._given_back:
            self.safe()
        self._given_back = True
        self._throw_away()

    def _need_relay(self) -> Contact:
        if self._relay is None:
            raise ActuatorError(f"{self.name}: there are no outputs")
        return self._relay

    # -- the sequences -----------------------------------------------------------------

    def _step(self, asked_w: float, urgent: bool, now_s: float) -> bool:
        relay = self._need_relay()
        if urgent and relay.closed:
            relay.open_contact()
            self._zero(now_s)
            return True
        sent = self._knob.advance(now_s) if self._knob is not None else False
        if asked_w > 0:
            return self._on(relay, asked_w, now_s) or sent
        return self._off(relay, now_s) or sent

    def _off(self, relay: Contact, now_s: float) -> bool:
        sent = self._zero(now_s)
        if relay.closed and self._is_zero():
            relay.open_contact()
            return True
        return sent

    def _on(self, relay: Contact, asked_w: float, now_s: float) -> bool:
        if not relay.closed:
            sent = self._zero(now_s)
            if not self._is_zero():
                return sent
            relay.close_contact()
            self._closed_s = now_s
            return True
        if self._knob is None or self._holding(now_s):
            return False
        return self._knob.go(self._curve.position_pct(asked_w), now_s)

    def _holding(self, now_s: float) -> bool:
        """The first seconds after closing belong to knob 0: watts now mean a fault."""
        return self._knob is not None and now_s - self._closed_s < self._output.zero_hold_s

    def _zero(self, now_s: float) -> bool:
        return self._knob is not None and self._knob.go(0.0, now_s)

    def _is_zero(self) -> bool:
        return self._knob is None or self._knob.at_zero

    # -- what came of it ---------------------------------------------------------------

    def _outcome(self, asked_w: float, sent: bool, now_s: float) -> Outcome:
        relay, knob = self._need_relay(), self._knob
        under_way = relay.closed != (asked_w > 0) or (relay.closed and self._holding(now_s))
        return Outcome(
            target=self._load.id,
            asked_w=asked_w,
            sent=sent,
            pending=under_way or (knob is not None and knob.moving),
            expected_w=self._expected_w(relay),
            most_w=self._most_w(relay),
            position_pct=(100.0 if relay.closed else 0.0) if knob is None else knob.position_pct,
            closed=relay.closed,
            moves=self._moves + (knob.moves if knob is not None else 0),
            switches=self._switches + relay.switches,
        )

    def _expected_w(self, relay: Contact) -> float:
        """Watts that the present position gives at least, while the knob moves."""
        if not relay.closed:
            return 0.0
        return self._load.max_w if self._knob is None else self._curve.watts(self._knob.certain_pct)

    def _most_w(self, relay: Contact) -> float:
        """Watts that a knob on its way may give before it rests; 0 for one at rest."""
        if not relay.closed or self._knob is None or not self._knob.moving:
            return 0.0
        return self._curve.watts(self._knob.farthest_pct)

    # -- faults ------------------------------------------------------------------------

    def _make(self) -> None:
        self._generation = self._pins.generation
        self._relay = make_contact(self._output, self._pins)
        self._knob = knob_behind(self._relay, self._output, self._pins)
        self.fault = ""

    def _revive(self, now_s: float) -> None:
        """Make the outputs anew where they are lost, or another load has renewed the drivers."""
        if self._relay is not None and self._generation == self._pins.generation:
            return
        if self._given_back or (self._relay is None and now_s < self._retry_s):
            raise ActuatorError(self.fault or f"{self.name}: the outputs were given back")
        self._throw_away()
        try:
            self._make()
        except ActuatorError as error:
            self._retry_s = now_s + RETRY_S
            self._lose(error)
            raise ActuatorError(self.fault) from error

    def _lose(self, error: ActuatorError) -> None:
        """Off by whatever still works; then nothing of the old devices is kept."""
        self.fault = str(error)
        opened = False
        with contextlib.suppress(Exception):
            if self._relay is not None:
                self._relay.open_contact()
                self._relay.verify()
                opened = True
        self._throw_away()
        self._pins.drop_lost()
        if not opened:  # lines must be free before the second path can have them
            self._pins.renew()
            self._go_second_path()

    def _throw_away(self) -> None:
        relay, knob, self._relay, self._knob = self._relay, self._knob, None, None
        if relay is not None:
            self._switches += relay.switches + relay.closed  # giving up the pin opens it
        if knob is not None:
            self._moves += knob.moves
        for device in (relay, knob):
            with contextlib.suppress(Exception):
                if device is not None:
                    device.release()

    def _go_second_path(self) -> None:
        """Until it has succeeded once since the outputs were last reached."""
        if self._off_by_second_path:
            return
        self._second_path_tried = True  # it may take seconds: safe() does not repeat it
        try:
            faults = self._second_path()
        except Exception as error:  # must not stop us from telling the first fault
            faults = (f"{type(error).__name__}: {error}",)
        self._off_by_second_path = not faults
        if faults:
            self.fault = f"{self.fault}; not off by the second path either: {', '.join(faults)}"
