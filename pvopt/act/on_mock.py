"""Pins that move nothing, and what would hang on them: knob horn and potentiometer chips.

The demonstration and the tests read the outputs back from here, from levels, pulses and bus bits,
as a home would feel them, never from what the drivers believe they did.
"""

from __future__ import annotations

from typing import Any

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin, MockSPIDevice

from pvopt.act.chips import SpiChip

HISTORY = 1000  # level changes that a pin remembers


class Line(MockPWMPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin with PWM that comes up with its level and remembers the last pulse, as a horn does."""

    _frequency: float | None
    last_pulse_us = 0.0
    listeners: tuple[Any, ...] = ()

    def output_with_state(self, state: float) -> None:
        self._change_state(float(state))
        self.function = "output"

    def burst(self, hz: float, share: float) -> None:
        """High for ``share`` of each period, until ``still``."""
        self._frequency = hz
        self._change_state(float(share))

    def still(self, high: bool) -> None:
        self._frequency = None
        self._change_state(float(high))

    def _change_state(self, state: float) -> bool:
        changed = bool(super()._change_state(state))
        if len(self.states) > HISTORY:  # days of demonstration would fill the memory
            del self.states[: HISTORY // 2]
        if self._frequency and state > 0:
            self.last_pulse_us = float(state) / float(self._frequency) * 1e6
        if changed:
            for listener in self.listeners:
                listener(self, bool(state))
        return changed


class SpiPotChip(MockSPIDevice):  # type: ignore[misc]
    """An MCP41xxx, 42xxx or 41x1 at the end of a bus: decodes frames as its data sheet says."""

    def __init__(self, chip: SpiChip, *pins: int, pin_factory: Factory) -> None:
        super().__init__(*pins, pin_factory=pin_factory)
        self.chip = chip
        self.wipers = [chip.taps // 2] * 2  # the data sheets: mid-scale at power-up
        self.frames: list[int] = []

    def on_bit(self) -> None:
        if self.rx_bit != 16:
            return
        word = 0
        for bit in self.rx_buf:
            word = word << 1 | int(bool(bit))
        self.frames.append(word)
        if self.chip.nine_bit:  # AAAA CC DD DDDD DDDD: address 0, command 00 writes the wiper
            if word >> 10 == 0:
                self.wipers[0] = min(word & 0x1FF, self.chip.taps - 1)
        elif word >> 12 & 3 == 1:  # XX CC XX PP DDDD DDDD: command 01 writes pots P1, P0
            for pot in (0, 1):
                if word >> 8 & 1 << pot:
                    self.wipers[pot] = word & 0xFF


class StepPotChip:
    """An X9C103/104: a falling INC moves the wiper; CS rising while INC is high stores it."""

    def __init__(self, factory: Factory, inc_pin: int, ud_pin: int, cs_pin: int) -> None:
        self.wiper = 42  # whatever its memory held
        self.stores = 0
        self._inc, self._ud, self._cs = (factory.pin(pin) for pin in (inc_pin, ud_pin, cs_pin))
        self._inc.listeners += (self._stepped,)
        self._cs.listeners += (self._selected,)

    def _stepped(self, _pin: Line, high: bool) -> None:
        if not high and not self._cs.state:
            self.wiper = max(0, min(99, self.wiper + (1 if self._ud.state else -1)))

    def _selected(self, _pin: Line, high: bool) -> None:
        if high and self._inc.state:
            self.stores += 1


class Factory(MockFactory):  # type: ignore[misc]
    """A Pi 3 made of mock pins; one object a pin, whatever class asks for it."""

    def __init__(self) -> None:
        super().__init__(revision="a02082", pin_class=Line)
        self.spi_pots: dict[tuple[int, int], SpiPotChip] = {}
        self.step_pots: dict[int, StepPotChip] = {}
        if Device.pin_factory is None:
            Device.pin_factory = self  # gpiozero's software SPI bus looks only there

    def pin(self, name: Any, pin_class: Any = None, **kwargs: Any) -> Any:
        for _, info in self.board_info.find_pin(name):
            if info in self.pins:
                return self.pins[info]
        return super().pin(name, pin_class, **kwargs)
