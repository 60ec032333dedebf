"""What keeps the sun from panels: shade that comes back each day, and snow. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.sun import SunAt


class Shade(NamedTuple):
    """Something that stands before the sun: it takes ``share`` of the panels out of the beam.

    While the sun's azimuth (0 south, -90 east, 90 west) is between ``az_from_deg`` and
    ``az_to_deg`` and it is lower than ``below_elevation_deg``. ``groups``: cell groups with a
    bypass diode each in the string, commonly three a module.
    """

    az_from_deg: float
    az_to_deg: float
    below_elevation_deg: float
    share: float
    groups: int = 30


class Snow(NamedTuple):
    """Snow on the panels from ``start_utc_s``, gone at ``end_utc_s``: a share ``cover`` of them.

    It slides off in the last ``slide_s``, evenly.
    """

    start_utc_s: float
    end_utc_s: float
    cover: float = 1.0
    slide_s: float = 3600.0


def shade_of(shades: tuple[Shade, ...], sun: SunAt) -> Shade:
    """The widest shade that falls on the panels now; one of share 0 when none does."""
    widest = Shade(0.0, 0.0, 0.0, 0.0)
    for shade in shades:
        low = 0.0 < sun.elevation_deg < shade.below_elevation_deg
        behind = shade.az_from_deg <= sun.azimuth_deg <= shade.az_to_deg
        if low and behind and shade.share > widest.share:
            widest = shade
    return widest


def bypassed_share(share: float, groups: int) -> float:
    """Share of the cell groups that a shadow on ``share`` of the panels puts out.

    A group carries no more current than its darkest cell, so a shadow takes every group that it
    touches, one more than it fills: whole groups, rounded up, and one; bypass diodes carry the
    current past them. After C. Deline, "Partially shaded operation of a grid-tied PV system"
    (IEEE PVSC 2009): the loss exceeds the shaded area. 10 % of 30 groups: 4 of 30, 13.3 %.
    """
    if share <= 0.0:
        return 0.0
    return min(1.0, (math.ceil(share * groups - 1e-9) + 1.0) / groups)


def snow_cover(snows: tuple[Snow, ...], utc_s: float) -> float:
    """Share 0..1 of the panels that lies under snow; what is covered gives nothing.

    Snow(0, 7200) is whole until 3600 s, half at 5400 s, gone at 7200 s.
    """
    most = 0.0
    for snow in snows:
        if snow.start_utc_s <= utc_s < snow.end_utc_s:
            left = 1.0
            if snow.slide_s > 0.0:
                left = min(1.0, (snow.end_utc_s - utc_s) / snow.slide_s)
            most = max(most, snow.cover * left)
    return most
