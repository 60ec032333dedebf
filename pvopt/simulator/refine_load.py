"""The load of a minute as seconds: things that are switched, and a few watts of flutter. Pure."""

from __future__ import annotations

import math

from pvopt.simulator.noise import noise
from pvopt.simulator.refine import Around, add_edge, boundary_levels

STEADY_W = 40.0
FLUTTER_W = 3.0
CHANNEL = 2300
# What comes on for less than a minute: a pump, a toaster, a microwave oven, a kettle, two things.
THINGS_W = (150.0, 500.0, 900.0, 1200.0, 2000.0, 3000.0, 6000.0)
TABLE = 1 << 14
LONGEST = 3600
# Even noise to cut a stretch from: drawing each second's own would take half of all the time.
_EVEN = [noise(1, CHANNEL + 6, k) for k in range(TABLE + LONGEST)]
STEADY_SHARE = 0.06  # of the load: what is no switching


def load_seconds(rows: Around, utc_s: float, count: int, seed: int) -> list[float]:
    """Watts of the ``count`` seconds from ``utc_s``: their mean is that of ``rows.here``.

    100 W, 100 W, 1100 W, 2100 W, 2100 W: in the third minute 2000 W come on at its 30th second.
    """
    mean = rows.here
    if mean <= 0.0:
        return [0.0] * count
    k = math.floor(utc_s)
    steady = max(STEADY_W, STEADY_SHARE * mean)
    first, last = boundary_levels(rows, steady)
    near_first, near_last = abs(first - mean) <= steady, abs(last - mean) <= steady
    if near_first and near_last:
        # A small change is a switch as well, at any second.
        seconds = [first] * count
        add_edge(seconds, count * noise(seed, CHANNEL, k), 0.0, last - first)
    elif near_first or near_last or (first - mean) * (last - mean) < 0.0:
        seconds = [first] * count
        at = min(1.0, max(0.0, (mean - last) / (first - last)))
        add_edge(seconds, count * at, 0.0, last - first)
    else:
        seconds = _visit(first, mean, last, k, count, seed)
    return _settled(seconds, mean, k, seed)


def _visit(first: float, mean: float, last: float, k: int, count: int, seed: int) -> list[float]:
    """Something that is on (or off) for a part of the step."""
    side = noise(seed, CHANNEL + 1, k)
    outside = first * side + last * (1.0 - side)
    if mean > outside:
        fitting = [w for w in THINGS_W if outside + w > mean] or [1.2 * (mean - outside)]
        few = min(len(fitting), 3)
        to = outside + fitting[int(few * noise(seed, CHANNEL + 2, k))]
    else:
        to = mean * (1.0 - (0.1 + 0.5 * noise(seed, CHANNEL + 2, k)))
    stay = min(1.0, (outside - mean) / (outside - to))
    in_s = side * (1.0 - stay) * count
    seconds = [first] * count
    add_edge(seconds, in_s, 0.0, to - first)
    add_edge(seconds, in_s + stay * count, 0.0, last - to)
    return seconds


def _settled(seconds: list[float], mean: float, k: int, seed: int) -> list[float]:
    """With flutter, and the mean made exact; never below 0."""
    count = len(seconds)
    wide = 2.0 * min(FLUTTER_W, 0.1 * mean)
    begin = int(noise(seed, CHANNEL + 5, k) * TABLE)
    fluttering = [x + wide * y for x, y in zip(seconds, _EVEN[begin : begin + count], strict=True)]
    shift = mean - math.fsum(fluttering) / count
    settled = [x + shift for x in fluttering]
    if min(settled) >= 0.0:
        return settled
    kept = [max(0.0, x) for x in settled]
    factor = mean * count / math.fsum(kept)
    return [x * factor for x in kept]
