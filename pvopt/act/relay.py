"""The relay: three ways to wire it, off at construction without a blip, and read back."""

from __future__ import annotations

from pvopt.act.pins import Device, Pins, plain_words
from pvopt.config.outputs import Relay as RelayConfig
from pvopt.errors import ActuatorError


class Relay:
    """A relay on a GPIO, open when made.

    ``active_high`` and ``active_low`` drive both levels. ``released_when_off`` drives
    ``driven_level`` for on and lets the pin float (input, no pull) for off: for relays that either
    driven level of 3.3 V may hold.
    """

    def __init__(self, config: RelayConfig, pins: Pins) -> None:
        self.closed = False  # as commanded
        self.switches = 0  # operations since the start, closing and opening each count
        self._config = config
        self._what = f"relay on GPIO{config.pin}"
        self._device: Device
        if config.wiring == "released_when_off":
            self._device = pins.released(config.pin)
        else:
            self._device = pins.output(config.pin, active_high=config.wiring == "active_high")

    def close_contact(self) -> None:
        """Switch on. ActuatorError if the driver fails (the contact then counts as closed)."""
        if self.closed:
            return
        self.closed = True
        self.switches += 1
        self._drive(on=True)

    def open_contact(self) -> None:
        """Switch off, and drive the pin even if it should be off already. ActuatorError if the
        driver fails; the contact then counts as closed still."""
        self._drive(on=False)
        self.switches += self.closed
        self.closed = False

    def verify(self) -> None:
        """Ask the driver what the pin does. ActuatorError: it is lost, or another program or a
        restarted daemon has changed the pin."""
        with plain_words(self._what):
            if self._config.wiring == "released_when_off":
                pin = self._device.pin
                driven = pin.function == "output"
                seen = driven and pin.state == self._config.driven_level
                strange = driven != seen
            else:
                seen, strange = bool(self._device.value), False
        if seen != self.closed or strange:
            raise ActuatorError(
                f"{self._what}: the pin is {'on' if seen else 'off'}, "
                f"it should be {'on' if self.closed else 'off'}"
            )

    def release(self) -> None:
        """Give back the pin. ActuatorError if the driver fails."""
        with plain_words(self._what):
            self._device.close()

    def _drive(self, on: bool) -> None:
        with plain_words(self._what):
            if self._config.wiring != "released_when_off":
                self._device.value = on
            elif on:
                self._device.pin.output_with_state(self._config.driven_level)
            else:
                self._device.pin.input_with_pull("floating")
