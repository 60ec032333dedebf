"""Four temperatures of one tank: when only sun may heat it, when the grid has to, when it is full.

The rule of the linky optimiser's temperature-driven loads (system S1):

- at ``max_c`` it is full, and stays so until it falls below ``solar_min_c``: sun is left to
  others meanwhile, and a thermostat's last tenth is not chased;
- at or below ``min_c`` it lacks heat, and goes on lacking until ``eco_c`` is reached: that may
  come from the grid, in off-peak hours only;
- in all other cases it takes what sun there is.

0 degC and what lies outside 1 to 110 is no reading (as in comfort.py): then nothing is bought,
and sun still may heat, for whether a silent sensor stops a load is comfort's to say. The level is
kept meanwhile: a gap of a second may not end a heating up to ``eco_c``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from pvopt.decide.comfort import HIGHEST_C, LOWEST_C


class Level(IntEnum):
    """What a tank wants by its temperature."""

    SUN = 0  # surplus, nothing else
    LACKING = 1  # below what is comfortable: from the grid as well, if it is the hour for that
    FULL = 2  # nothing


@dataclass(frozen=True, slots=True)
class Levels:
    """``min_c`` <= ``eco_c`` <= ``solar_min_c`` <= ``max_c``, degC. See ``ordered``."""

    min_c: float
    eco_c: float
    solar_min_c: float
    max_c: float


class LevelState(NamedTuple):
    """``known``: by a reading of now."""

    level: Level = Level.SUN
    known: bool = False


def ordered(levels: Levels) -> bool:
    """Whether the four rise (equal ones are allowed, but for a hysteresis of nothing at the top).

    Worked: 45, 50, 55, 60 do; 45, 50, 60, 60 do not: full at 60 and not full at 60.
    """
    return levels.min_c <= levels.eco_c <= levels.solar_min_c < levels.max_c


def level_step(levels: Levels, state: LevelState, temperature_c: float) -> LevelState:
    """The level after one more reading; ``temperature_c`` NaN: no value.

    Worked, with 45, 50, 55, 60: 45.0 lacks; 49.9 after it still lacks, 50.0 does not; 60.0 is
    full, 55.0 after it still is, 54.9 is not. 49.9 and 55.0 alone want sun.
    """
    if not is_reading(temperature_c):
        return LevelState(state.level, False)
    return LevelState(_level(levels, state.level, temperature_c), True)


def _level(levels: Levels, before: Level, temperature_c: float) -> Level:
    if temperature_c >= levels.max_c:
        return Level.FULL
    if temperature_c <= levels.min_c:
        return Level.LACKING
    if before == Level.FULL and temperature_c >= levels.solar_min_c:
        return Level.FULL
    if before == Level.LACKING and temperature_c < levels.eco_c:
        return Level.LACKING
    return Level.SUN


def is_reading(temperature_c: float) -> bool:
    """Whether a number can be the temperature of water; NaN and 0 cannot."""
    return not math.isnan(temperature_c) and LOWEST_C <= temperature_c <= HIGHEST_C


def buys(state: LevelState, off_peak: bool) -> bool:
    """Whether the load is to be forced now. ``off_peak``: the hour for it (windows.is_in)."""
    return state.known and state.level == Level.LACKING and off_peak


def takes_sun(state: LevelState) -> bool:
    """Whether surplus may be put into it."""
    return not state.known or state.level != Level.FULL
