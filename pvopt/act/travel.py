"""Arithmetic of a servo's travel: percent of the knob, share of the travel, pulse width. Pure.

A share of 0 is the end of the travel where the knob is off, 1 the other end. ``reverse`` swaps
the pulse widths, not the shares. The knob's 0-100 % lies between the two dead zones, but 0 %
itself is the very end, so that off does not hang on the edge of a zone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from pvopt.config.outputs import Servo
from pvopt.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Travel:
    """The travel of one servo; build it with ``from_config``."""

    min_us: float
    max_us: float
    resolution_us: float
    reverse: bool
    low: float  # share at which the knob begins to do something
    high: float  # share at which it is at its full

    @classmethod
    def from_config(cls, config: Servo) -> Self:
        """ConfigError if no pulse range or no room between the dead zones is left."""
        if config.min_us >= config.max_us:
            raise ConfigError(f"servo: min_us {config.min_us} must be below max_us {config.max_us}")
        low, high = config.dead_low_pct / 100.0, 1.0 - config.dead_high_pct / 100.0
        if low >= high:
            raise ConfigError("servo: dead_low_pct and dead_high_pct leave no room between them")
        return cls(
            float(config.min_us),
            float(config.max_us),
            config.resolution_us,
            config.reverse,
            low,
            high,
        )

    def share(self, pct: float) -> float:
        """Share of the travel for a knob percentage, rounded down to what the servo resolves.

        Down, so that the heater never gets more than was asked for.
        """
        if not pct > 0:
            return 0.0
        if pct >= 100:
            return self.high
        steps = (self.max_us - self.min_us) / self.resolution_us
        wanted = self.low + pct / 100.0 * (self.high - self.low)
        return min(self.high, math.floor(wanted * steps + 1e-6) / steps)

    def pct(self, share: float) -> float:
        """Knob percentage at a share of the travel; 0 and 100 in the dead zones."""
        part = (share - self.low) / (self.high - self.low)
        return 100.0 * min(1.0, max(0.0, part))

    def pulse_us(self, share: float) -> float:
        """Pulse width at a share of the travel, always within min_us..max_us."""
        part = min(1.0, max(0.0, share))
        return self.min_us + (1.0 - part if self.reverse else part) * (self.max_us - self.min_us)

    def share_of_pulse(self, width_us: float) -> float:
        """Inverse of ``pulse_us``, clamped to 0..1."""
        part = (width_us - self.min_us) / (self.max_us - self.min_us)
        part = min(1.0, max(0.0, part))
        return 1.0 - part if self.reverse else part
