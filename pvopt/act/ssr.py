"""A solid-state relay that fires whole half-waves of the mains, a burst a window.

Of the ``half_waves`` of a window the first ones are fired, as many as the watts take. At none and
at all of them the pin stands still, so that off is a level that can be read back and not the end
of a pulse. The pulses are made by lgpio's thread in this process; whoever switches off after us
(``pvopt.off``) drives the pin low.
"""

from __future__ import annotations

import math

from pvopt.act.pins import Device, Pins, plain_words
from pvopt.config.outputs import SsrOutput
from pvopt.errors import ActuatorError


class Burst:
    """A Knob that is where it was sent at once: 0-100 % of the half-waves, rounded down."""

    moving = False

    def __init__(self, config: SsrOutput, pins: Pins) -> None:
        self.moves = 0
        self._what = f"SSR on GPIO{config.pin}"
        self._waves = config.half_waves
        self._hz = 1.0 / config.window_s
        self._high = config.wiring == "active_high"
        self._fired: int | None = 0  # None: not known
        self._device: Device = pins.output(config.pin, active_high=self._high)

    @property
    def at_zero(self) -> bool:
        return self._fired == 0

    @property
    def position_pct(self) -> float:
        return 100.0 if self._fired is None else 100.0 * self._fired / self._waves

    @property
    def certain_pct(self) -> float:
        return 0.0 if self._fired is None else self.position_pct

    @property
    def farthest_pct(self) -> float:
        return self.position_pct

    def go(self, pct: float, now_s: float) -> bool:
        share = 0.0 if not pct > 0.0 else min(pct, 100.0) / 100.0
        fired = math.floor(share * self._waves + 1e-6)
        if fired == self._fired:
            return False
        self._fire(fired)
        self.moves += 1
        return True

    def advance(self, now_s: float) -> bool:
        return False

    def zero_now(self) -> None:
        self._fire(0)  # said again even if it should be there

    def verify(self) -> None:
        """Ask the driver whether the pin is off when it should be. ActuatorError: it is not."""
        if self._fired != 0:
            return
        with plain_words(self._what):
            seen = bool(self._device.value)
        if seen:
            raise ActuatorError(f"{self._what}: the pin is on, it should be off")

    def release(self) -> None:
        """Give back the pin. ActuatorError if the driver fails."""
        with plain_words(self._what):
            self._device.close()

    def _fire(self, fired: int) -> None:
        self._fired = None  # not known until the driver has it
        share = fired / self._waves
        with plain_words(self._what):
            line = self._device.pin
            if 0 < fired < self._waves:
                line.burst(self._hz, share if self._high else 1.0 - share)
            else:
                line.still(bool(fired) == self._high)
        self._fired = fired


class BurstContact:
    """An SSR alone, as a relay that is its own knob: open is no half-wave."""

    def __init__(self, burst: Burst) -> None:
        self.burst = burst
        self.closed = False  # as commanded
        self.switches = 0

    def close_contact(self) -> None:
        """Half-waves may be fired from now on; none is yet."""
        self.switches += not self.closed
        self.closed = True

    def open_contact(self) -> None:
        """None is fired any more. ActuatorError if the driver fails; closed still, then."""
        self.burst.zero_now()
        self.switches += self.closed
        self.closed = False

    def verify(self) -> None:
        """ActuatorError: the pin does not do what it should."""
        self.burst.verify()

    def release(self) -> None:
        """The knob gives back the pin."""
