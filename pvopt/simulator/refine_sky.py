"""The beam of a minute as seconds: edges of clouds with published lengths. Pure.

Edges of cloud shadows are about 150 m long on average (K. Lappalainen, S. Valkealahti, "Effects
of PV array layout, electrical configuration and geographic orientation on mismatch losses caused
by moving clouds", Solar Energy 2017, 27,000 measured transitions); clouds move at 5 to 15 m/s, so
an edge passes in 10 to 30 s. Here: a log-normal width of 16 s (median), half of the spread by the
hour (wind, kind of cloud), half by the edge; less where a minute's mean leaves no room. The
steepest second of a year took 60 % of a clear sky (M. Lave, J. Kleissl, E. Arias-Castro, Solar
Energy 86, 2012): edges under 3 s are not made. How often: 185,000 shadows in ten years at 52 N,
some 50 a day (W. Mol, W. Knap, C. van Heerwaarden, Earth System Science Data 15, 2023).

Found in a March and a July at 56 N refined: transitions of more than a tenth of a clear beam last
11 s on average (median 8, 95 % below 31), the steepest second takes 56 %, July has 48 shadows
(beam below 120 W/m2) a day where the minutes alone show 37.
"""

from __future__ import annotations

import math

from pvopt.simulator.noise import noise
from pvopt.simulator.refine import Around, add_edge, boundary_levels, curve, to_mean

STEADY_WM2 = 25.0
EDGE_S = 16.0
EDGE_SPREAD = 0.9  # of the logarithm
SHORTEST_S = 3.0
OVER_SHARE = 1.06  # of the highest mean: rows hold the mean of a minute, not its best second
LONGEST_S = 90.0
CHANNEL = 2100


def bell(seed: int, channel: int, k: int) -> float:
    """Noise of mean 0 and deviation 1: three even numbers added up, within -3 to 3."""
    drawn = noise(seed, channel, k) + noise(seed, channel + 1, k) + noise(seed, channel + 2, k)
    return 2.0 * drawn - 3.0


def edge_s(seed: int, utc_s: float, which: int) -> float:
    """Seconds that the edge of a cloud takes to pass, at that step's hour."""
    shared = bell(seed, CHANNEL, math.floor(utc_s / 3600.0))
    own = bell(seed, CHANNEL + 10 * (1 + which), math.floor(utc_s))
    drawn = EDGE_S * math.exp(EDGE_SPREAD * math.sqrt(0.5) * (shared + own))
    return min(LONGEST_S, max(SHORTEST_S, drawn))


def beam_seconds(
    rows: Around,
    top_wm2: float,
    utc_s: float,
    count: int,
    seed: int,
    most_wm2: float = math.inf,
) -> list[float]:
    """Beam (DNI) of the ``count`` seconds from ``utc_s``: its mean is that of ``rows.here``.

    ``top_wm2``: a clear sky's beam; no second exceeds 1.06 of it (or of a row, where higher).
    ``most_wm2``: what the whole sky leaves to the beam; only 1.06 of the row itself may exceed it.
    """
    mean = rows.here
    top = max(OVER_SHARE * mean, min(most_wm2, OVER_SHARE * max(top_wm2, *rows)))
    if top <= 0.0:
        return [0.0] * count
    first, last = boundary_levels(rows, STEADY_WM2)
    near_first, near_last = abs(first - mean) <= STEADY_WM2, abs(last - mean) <= STEADY_WM2
    if near_first and near_last:
        return to_mean(curve(first, mean, last, count), mean, top)
    if near_first or near_last or (first - mean) * (last - mean) < 0.0:
        seconds = _passing(first, mean, last, utc_s, count, seed)
    else:
        seconds = _visit(first, mean, last, top, utc_s, count, seed)
    return to_mean(seconds, mean, top)


def _passing(
    first: float, mean: float, last: float, utc_s: float, count: int, seed: int
) -> list[float]:
    """One edge, where the mean puts it."""
    seconds = [first] * count
    # The edge lies whole within the step: nearer its ends it is steeper.
    at_s = count * min(1.0, max(0.0, (mean - last) / (first - last)))
    at_s = min(count - 0.5 * SHORTEST_S, max(0.5 * SHORTEST_S, at_s))
    width_s = min(edge_s(seed, utc_s, 0), 2.0 * at_s, 2.0 * (count - at_s))
    add_edge(seconds, at_s, width_s, last - first)
    return seconds


def _visit(
    first: float, mean: float, last: float, top: float, utc_s: float, count: int, seed: int
) -> list[float]:
    """A cloud, or a hole between clouds, that comes and goes within the step."""
    k = math.floor(utc_s)
    deep = 0.25 + 0.75 * noise(seed, CHANNEL + 40, k)
    side = 0.1 + 0.8 * noise(seed, CHANNEL + 41, k)
    outside = first * side + last * (1.0 - side)
    # Both edges lie whole within the step: what comes stays no longer than that leaves.
    longest = 1.0 - SHORTEST_S / count
    if mean < outside:
        to = max(0.0, min(mean * (1.0 - deep), outside - (outside - mean) / longest))
    else:
        to = min(top, max(mean + (top - mean) * deep, outside + (mean - outside) / longest))
    stay_s = count * min(longest, (outside - mean) / (outside - to))
    in_s = side * (count - stay_s)
    in_s = min(count - stay_s - 0.5 * SHORTEST_S, max(0.5 * SHORTEST_S, in_s))
    out_s = in_s + stay_s
    seconds = [first] * count
    short_s = max(SHORTEST_S, stay_s)
    add_edge(seconds, in_s, min(edge_s(seed, utc_s, 0), 2.0 * in_s, short_s), to - first)
    out_wide_s = min(edge_s(seed, utc_s, 1), 2.0 * (count - out_s), short_s)
    add_edge(seconds, out_s, out_wide_s, last - to)
    return seconds
