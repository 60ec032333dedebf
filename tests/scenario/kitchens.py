"""A house that cooks: kettles, pulsing hobs and ovens, second by second."""

from __future__ import annotations

import random
from array import array

DAY_S = 12 * 3600


def kitchen(seed: int, seconds: int = DAY_S) -> array[float]:
    """Watts of the house in each second of a day of 10 kettles, 3 hobs and 2 ovens.

    They come at any time of it; into fewer ``seconds`` the same cooking is crammed.
    """
    dice = random.Random(seed)
    watts = array("d", (250.0 + dice.uniform(-6.0, 6.0) for _ in range(seconds)))
    fridge_s = dice.randrange(1800)
    while fridge_s < seconds:
        _add(watts, fridge_s, fridge_s + 900, 90.0)
        fridge_s += 2700
    for _ in range(10):
        start_s = dice.randrange(seconds)
        _add(
            watts, start_s, start_s + dice.randrange(90, 210), dice.choice([1800.0, 2000.0, 2200.0])
        )
    for _ in range(3):
        start_s = dice.randrange(seconds)
        _pulses(watts, dice, start_s, dice.randrange(1200, 2700), 1800.0, (2, 10), (3, 20))
    for _ in range(2):
        start_s = dice.randrange(seconds)
        heated_s = start_s + dice.randrange(400, 700)
        _add(watts, start_s, heated_s, 2400.0)
        _pulses(watts, dice, heated_s, dice.randrange(1800, 3000), 2400.0, (20, 60), (40, 120))
    return watts


def _add(watts: array[float], start_s: int, end_s: int, more_w: float) -> None:
    for second in range(max(0, start_s), min(len(watts), end_s)):
        watts[second] += more_w


def _pulses(
    watts: array[float],
    dice: random.Random,
    start_s: int,
    lasts_s: int,
    more_w: float,
    on_s: tuple[int, int],
    off_s: tuple[int, int],
) -> None:
    now_s = start_s
    while now_s < start_s + lasts_s:
        end_s = now_s + dice.randint(*on_s)
        _add(watts, now_s, end_s, more_w)
        now_s = end_s + dice.randint(*off_s)
