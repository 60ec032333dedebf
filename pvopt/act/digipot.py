"""Digital potentiometers in place of the knob: set by SPI frames, or stepped up and down.

They are not insulated from what they turn, so they may only drive a regulator whose control input
is galvanically isolated; the configuration must say so, and this file asks for it once more.
A potentiometer keeps its wiper when the program ends: the relay is what makes it safe.
"""

from __future__ import annotations

import math
from typing import Any

from pvopt.act.chips import SPI_CHIPS, STEP_CHIPS, STEPS_A_TICK
from pvopt.act.pins import SPI_PINS, Pins, plain_words
from pvopt.config import outputs
from pvopt.errors import ConfigError


def _require_isolation(config: outputs.SpiPot | outputs.StepPot) -> None:
    if not config.isolated_control:
        raise ConfigError(
            f"{config.kind}: only for a regulator whose control input is galvanically isolated; "
            "say isolated_control: true if yours is (the knob of an ordinary SCR board is at "
            "mains potential)"
        )


def _tap(pct: float, taps: int, reverse: bool) -> int:
    """Wiper number for 0-100 %, rounded towards zero; ``reverse``: wired the other way round."""
    part = 0.0 if not pct > 0 else min(pct, 100.0) / 100.0
    tap = math.floor(part * (taps - 1) + 1e-6)
    return taps - 1 - tap if reverse else tap


def pct_of_tap(tap: int, taps: int, reverse: bool) -> float:
    return 100.0 * (taps - 1 - tap if reverse else tap) / (taps - 1)


class SpiPot:
    """A Knob that is where it was sent as soon as the frame is out."""

    moving = False

    def __init__(self, config: outputs.SpiPot, pins: Pins) -> None:
        _require_isolation(config)
        self._chip = SPI_CHIPS[config.kind]
        if config.channel >= len(self._chip.commands):
            raise ConfigError(f"{config.kind}: has no channel {config.channel}")
        if (config.port, config.device) not in SPI_PINS:
            raise ConfigError(f"{config.kind}: gpiozero drives SPI port 0 only")
        self.moves = 0
        self._config = config
        self._what = f"{config.kind} on SPI {config.port}.{config.device}"
        self._tap: int | None = None
        self._device: Any = pins.spi(config.kind, config.port, config.device)

    @property
    def at_zero(self) -> bool:
        return self._tap == _tap(0, self._chip.taps, self._config.reverse)

    @property
    def position_pct(self) -> float:
        if self._tap is None:
            return 100.0
        return pct_of_tap(self._tap, self._chip.taps, self._config.reverse)

    @property
    def certain_pct(self) -> float:
        return 0.0 if self._tap is None else self.position_pct

    @property
    def farthest_pct(self) -> float:
        return self.position_pct

    def go(self, pct: float, now_s: float) -> bool:
        tap = _tap(pct, self._chip.taps, self._config.reverse)
        if tap == self._tap:
            return False
        self._tap = None  # not known until the frame is out
        with plain_words(self._what):
            self._device._spi.transfer(list(self._chip.frame(self._config.channel, tap)))
        self._tap = tap
        self.moves += 1
        return True

    def advance(self, now_s: float) -> bool:
        return False

    def zero_now(self) -> None:
        self._tap = None  # said again even if it should be there
        self.go(0.0, 0.0)

    def release(self) -> None:
        with plain_words(self._what):
            self._device.close()


class StepPot:
    """A Knob of 100 taps that is stepped; homed by more steps down than it has taps.

    The chip writes its EEPROM (good for 100 000 times) when it is deselected with INC high, so INC
    stays low then: the last falling edge of a run is a step, and none is stored.
    """

    def __init__(self, config: outputs.StepPot, pins: Pins) -> None:
        _require_isolation(config)
        self.moves = 0
        self._taps = STEP_CHIPS[config.kind]
        self._config = config
        self._what = f"{config.kind} on GPIO{config.inc_pin}, {config.ud_pin}, {config.cs_pin}"
        self._tap = self._taps - 1 if not config.reverse else 0  # not known: assume full
        self._home_steps = self._taps  # still to go before the position is known
        self._goal = self._zero = _tap(0, self._taps, config.reverse)
        self._stepped_s = -math.inf  # one run of steps a tick
        pins.solder_step_pot(config.inc_pin, config.ud_pin, config.cs_pin)
        # The order matters: INC low before the chip is deselected, or it stores what it has.
        self._inc = pins.output(config.inc_pin)
        self._select = pins.output(config.cs_pin, active_high=False)
        self._up = pins.output(config.ud_pin)

    @property
    def moving(self) -> bool:
        return self._home_steps > 0 or self._tap != self._goal

    @property
    def at_zero(self) -> bool:
        return not self.moving and self._goal == self._zero

    @property
    def position_pct(self) -> float:
        return pct_of_tap(self._tap, self._taps, self._config.reverse)

    @property
    def certain_pct(self) -> float:
        return 0.0 if self._home_steps else self.position_pct

    @property
    def farthest_pct(self) -> float:
        goal_pct = pct_of_tap(self._goal, self._taps, self._config.reverse)
        return max(self.position_pct, goal_pct)

    def go(self, pct: float, now_s: float) -> bool:
        goal = _tap(pct, self._taps, self._config.reverse)
        if goal != self._goal:
            self._goal = goal
            self.moves += 1
        return self.advance(now_s)

    def advance(self, now_s: float) -> bool:
        if now_s == self._stepped_s:
            return False
        self._stepped_s = now_s
        return self._go_on(STEPS_A_TICK)

    def zero_now(self) -> None:
        self._goal = self._zero
        self._home_steps = self._taps
        self._go_on(self._taps)

    def release(self) -> None:
        with plain_words(self._what):
            self._inc.value = 0  # so that a floating CS stores nothing
            for device in (self._select, self._up, self._inc):
                device.close()

    def _go_on(self, most: int) -> bool:
        if self._home_steps:
            steps = min(most, self._home_steps)
            self._step(steps, up=self._config.reverse)
            self._home_steps -= steps
            if not self._home_steps:
                self._tap = self._zero
            return True
        away = self._goal - self._tap
        if not away:
            return False
        steps = min(most, abs(away))
        self._step(steps, up=away > 0)
        self._tap += steps if away > 0 else -steps
        return True

    def _step(self, steps: int, up: bool) -> None:
        with plain_words(self._what):
            self._up.value = up
            self._inc.value = 1
            self._select.value = 1
            for step in range(steps):
                if step:
                    self._inc.value = 1
                self._inc.value = 0
            self._select.value = 0
