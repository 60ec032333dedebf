"""The digital potentiometers that pvopt can drive: one row a chip, from their data sheets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpiChip:
    """A wiper set by a 16-bit SPI frame; the set position is not kept in any EEPROM.

    ``commands``: first byte of the frame, one a channel. ``nine_bit``: the wiper's number has
    nine bits, the highest in the first byte.
    """

    taps: int
    commands: tuple[int, ...]
    nine_bit: bool = False

    def frame(self, channel: int, tap: int) -> tuple[int, int]:
        """The two bytes that put ``channel``'s wiper on ``tap`` (0 to taps - 1)."""
        return self.commands[channel] | (tap >> 8 if self.nine_bit else 0), tap & 0xFF


SPI_CHIPS = {
    # Microchip DS11195C: command byte XX 01 XX P1 P0, then eight bits
    "mcp41010": SpiChip(256, (0x11,)),
    "mcp42010": SpiChip(256, (0x11, 0x12)),
    # Microchip DS22060B: address 0 (volatile wiper 0), command 00 (write), then nine bits
    "mcp4131": SpiChip(129, (0x00,), nine_bit=True),
    "mcp4151": SpiChip(257, (0x00,), nine_bit=True),
}

# Renesas (Xicor) FN8222: 100 taps; a falling INC moves one tap up or down while CS is low
STEP_CHIPS = {"x9c103": 100, "x9c104": 100}
# One tick may spend 20 ms on steps. Through pigpiod's socket a step is four round trips of up to
# 0.1 ms; through lgpio it takes a twentieth of that.
STEPS_A_TICK = 50
