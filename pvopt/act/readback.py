"""What the outputs really say, read from the mock pins: the simulated home's side of the wires.

Only levels, pulses and bus bits are looked at, not what the drivers believe.
"""

from __future__ import annotations

from typing import Any

from pvopt.act.chips import SPI_CHIPS, STEP_CHIPS
from pvopt.act.digipot import pct_of_tap
from pvopt.act.pins import Pins
from pvopt.act.travel import Travel
from pvopt.config import loads, outputs
from pvopt.errors import ConfigError


class PinReader:
    """Reads relays and knobs of loads from mock pins. ConfigError if the pins are real."""

    def __init__(self, pins: Pins) -> None:
        if pins.driver != "mock":
            raise ConfigError("only mock pins can be read back (gpio.factory: mock)")
        self._factory: Any = pins.factory()

    def read_relay(self, load: loads.Load) -> bool:
        """True if a relay of the stated wiring would be pulled in by its pin now."""
        if not load.output.relays:
            return self.read_knob_pct(load) > 0.0
        (relay,) = load.output.relays
        pin = self._factory.pin(relay.pin)
        if pin.function != "output":
            return False
        on_level = {"active_high": 1, "active_low": 0}.get(relay.wiring, relay.driven_level)
        return bool(pin.state) == bool(on_level)

    def read_knob_pct(self, load: loads.Load) -> float:
        """Position of the regulator's knob, 0-100 %; 100 for a relay without a knob.

        A horn stays where its last pulse sent it, a wiper where its last frame or step did.
        """
        if isinstance(load.output, outputs.SsrOutput):
            return self._read_bursts(load.output)
        knob = load.output.knob
        if knob is None:
            return 100.0
        if isinstance(knob, outputs.Servo):
            travel = Travel.from_config(knob)
            width_us = self._factory.pin(knob.pin).last_pulse_us
            return travel.pct(travel.share_of_pulse(width_us)) if width_us else 0.0
        if isinstance(knob, outputs.SpiPot):
            wiper = self._factory.spi_pots[knob.port, knob.device].wipers[knob.channel]
            return pct_of_tap(wiper, SPI_CHIPS[knob.kind].taps, knob.reverse)
        wiper = self._factory.step_pots[knob.inc_pin].wiper
        return pct_of_tap(wiper, STEP_CHIPS[knob.kind], knob.reverse)

    def _read_bursts(self, output: outputs.SsrOutput) -> float:
        """Share of the half-waves that the pin fires, in percent."""
        pin = self._factory.pin(output.pin)
        if pin.function != "output":
            return 0.0
        share = float(pin.state)
        return 100.0 * (share if output.wiring == "active_high" else 1.0 - share)
