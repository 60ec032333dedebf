"""The kernel's GPIO through lgpio, as a gpiozero factory; the only importer of lgpio.

Two corrections to gpiozero's lgpio pin (2.0.1):

* an output is claimed with its level in one call. Its own way, claim low and then write, pulls
  an active-low relay on for an instant.
* the PWM duty keeps its fraction. Cut to whole percent of a 20 ms period it makes steps of
  200 µs: eleven knob positions in all. lgpio itself takes a float and works in microseconds.
"""

from __future__ import annotations

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class Line(LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
    """One line of the gpiochip."""

    _pwm: tuple[float, float] | None  # Hz, percent

    def output_with_state(self, state: float) -> None:
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)))

    def burst(self, hz: float, share: float) -> None:
        """High for ``share`` of each period, until ``still``. In one call: begun with nothing and
        changed then, an active-low output would be on for a whole first period."""
        self._pwm = (hz, share * 100.0)
        lgpio.tx_pwm(self.factory._handle, self._number, *self._pwm)

    def still(self, high: bool) -> None:
        """No pulses any more, and the level."""
        if self._pwm:
            lgpio.tx_pwm(self.factory._handle, self._number, 0, 0)
            self._pwm = None
        lgpio.gpio_write(self.factory._handle, self._number, int(high))

    def _set_state(self, level: float) -> None:
        if not self._pwm:
            super()._set_state(level)
            return
        frequency_hz, _ = self._pwm
        self._pwm = (frequency_hz, float(level) * 100.0)
        lgpio.tx_pwm(self.factory._handle, self._number, *self._pwm)


def make_factory(chip: int | None) -> LGPIOFactory:
    """Lines of one gpiochip; ``chip`` None: the 40-pin header's, by the board's revision."""
    factory = LGPIOFactory(chip=chip)
    # gpiozero keeps pins and reservations of all local factories in one place; what a lost
    # factory left there belongs to a closed chip.
    factory.pins.clear()
    factory._reservations.clear()
    factory.pin_class = Line
    return factory
