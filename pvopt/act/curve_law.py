"""The laws of a regulator's curve: watts against knob position, both ways. Pure kernels.

What each law says and where it comes from stands in ``pvopt.act.curve``, which adds measured
tables; a table is no law and gives NaN here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

LAW_LINEAR = 0
LAW_PHASE_ANGLE = 1
LAW_NONE = -1  # a measured table


class CurveLaw(NamedTuple):
    """One regulator's curve, of a load of ``max_w`` watts (> 0)."""

    kind: int = LAW_PHASE_ANGLE
    max_w: float = 2000.0
    min_w: float = 0.0
    dead_zone_pct: float = 0.0
    snap_on_pct: float = 0.0


def flows_at(law: CurveLaw, pct: float) -> bool:
    """Whether anything flows at a knob position: above the dead zone, and snapped on."""
    return pct > law.dead_zone_pct and pct >= law.snap_on_pct


def wanted_w(law: CurveLaw, asked_w: float) -> float:
    """Watts to look up for ``asked_w``: at most the load's, 0 below ``min_w`` and for NaN."""
    if not asked_w > 0.0 or asked_w < law.min_w:
        return 0.0
    return min(asked_w, law.max_w)


def law_pct(law: CurveLaw, asked_w: float) -> float:
    """Knob position, 0-100 %, for ``asked_w`` watts; 0 where the knob cannot give them.

    Phase angle: p = acos(1 - 2 * W / max) / pi, 500 of 2000 W -> 33.33 %. Linear: 25 %.
    """
    watts = wanted_w(law, asked_w)
    if watts <= 0.0:
        return 0.0
    share = math.nan
    if law.kind == LAW_LINEAR:
        share = watts / law.max_w
    elif law.kind == LAW_PHASE_ANGLE:
        share = math.acos(1.0 - 2.0 * (watts / law.max_w)) / math.pi
    pct = law.dead_zone_pct + share * (100.0 - law.dead_zone_pct)
    if pct <= law.dead_zone_pct or pct < law.snap_on_pct:
        return 0.0
    return pct


def law_w(law: CurveLaw, pct: float) -> float:
    """Watts that flow at a knob position in percent (clamped to 0-100; NaN gives 0).

    Phase angle: W = max * (1 - cos(pi * p)) / 2, 33.33 % of 2000 W -> 500 W.
    """
    if not flows_at(law, pct):
        return 0.0
    share = (min(pct, 100.0) - law.dead_zone_pct) / (100.0 - law.dead_zone_pct)
    if law.kind == LAW_LINEAR:
        return law.max_w * share
    if law.kind == LAW_PHASE_ANGLE:
        return law.max_w * (1.0 - math.cos(math.pi * share)) / 2.0
    return math.nan
