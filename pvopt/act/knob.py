"""What every knob of a regulator can do, whatever turns it. Times are monotonic seconds."""

from __future__ import annotations

from typing import Protocol

from pvopt.act.digipot import SpiPot, StepPot
from pvopt.act.pins import Pins
from pvopt.act.pulse import make_pulse
from pvopt.act.relay import Relay
from pvopt.act.servo import Servo
from pvopt.act.ssr import Burst, BurstContact
from pvopt.config import outputs


class Knob(Protocol):
    """A position of 0-100 % that is reached over several ticks; never sleeps.

    At construction the position is not known; ``go(0, …)`` is homing. All calls that move
    raise ActuatorError.
    """

    moves: int

    @property
    def moving(self) -> bool:
        """Something of the last move is still to come."""

    @property
    def at_zero(self) -> bool:
        """The knob has certainly arrived at zero and stays there."""

    @property
    def position_pct(self) -> float:
        """Best estimate of where the knob is now."""

    @property
    def certain_pct(self) -> float:
        """The knob is, or is about to be, at least here: never above ``position_pct``."""

    @property
    def farthest_pct(self) -> float:
        """The knob may be, before it rests, as far up as this: never below ``position_pct``."""

    def go(self, pct: float, now_s: float) -> bool:
        """Begin to move; True if something was sent. A repeated call costs nothing."""

    def advance(self, now_s: float) -> bool:
        """Go on with a move; True if something was sent."""

    def zero_now(self) -> None:
        """Towards zero at once, whatever was under way."""

    def release(self) -> None:
        """Give back the pins."""


class Contact(Protocol):
    """What lets current flow at all; open when made. Calls raise ActuatorError."""

    closed: bool
    switches: int

    def close_contact(self) -> None: ...
    def open_contact(self) -> None: ...
    def verify(self) -> None: ...
    def release(self) -> None: ...


def make_contact(output: outputs.GpioOutput | outputs.SsrOutput, pins: Pins) -> Contact:
    """A relay; or an SSR that has none before it."""
    if output.relay is not None:
        return Relay(output.relay, pins)
    assert isinstance(output, outputs.SsrOutput)
    return BurstContact(Burst(output, pins))


def knob_behind(
    contact: Contact, output: outputs.GpioOutput | outputs.SsrOutput, pins: Pins
) -> Knob | None:
    """What regulates behind the contact, None: nothing. ConfigError, ActuatorError."""
    if isinstance(contact, BurstContact):
        return contact.burst
    if isinstance(output, outputs.SsrOutput):
        return Burst(output, pins)
    return None if output.knob is None else make_knob(output.knob, pins)


def make_knob(config: outputs.Servo | outputs.SpiPot | outputs.StepPot, pins: Pins) -> Knob:
    """The knob of a configuration. ConfigError, ActuatorError."""
    if isinstance(config, outputs.Servo):
        return Servo(config, make_pulse(config, pins))
    if isinstance(config, outputs.SpiPot):
        return SpiPot(config, pins)
    return StepPot(config, pins)
