"""One solar charger (MPPT): tracking or limited, commanded in turns, slow to recover. Pure.

The modes are those of a GX's register 791. A charger at its own rating is limited too, and
hides no sun that it could give.
"""

from __future__ import annotations

import math

MODE_OFF = 0  # night or switched off
MODE_LIMITED = 1  # held back by voltage, current or its own rating
MODE_TRACKING = 2  # at the maximum power point: nothing more to gain
DARK_W = 5.0  # below this the charger sleeps
LIMITED_SHARE = 0.01  # more than this share below the possible counts as limited


def charger_step(
    before_w: float,
    possible_w: float,
    command_w: float,
    need_w: float,
    rise_w_s: float,
    fall_s: float,
    dt_s: float,
) -> float:
    """Watts into the DC bus after ``dt_s``.

    ``possible_w``: what panels and the charger's rating allow; ``command_w``: the last limit it
    was sent; ``need_w``: what the DC bus takes now. It falls with the sun at once, backs off
    against a full battery with the time constant ``fall_s`` (its own voltage loop), and rises no
    faster than ``rise_w_s``.
    """
    now_w = min(before_w, possible_w)
    aim_w = min(possible_w, command_w, need_w)
    if aim_w >= now_w:
        return min(aim_w, now_w + rise_w_s * dt_s)
    return aim_w + (now_w - aim_w) * math.exp(-dt_s / fall_s)


def operation_mode(charger_w: float, sun_w: float) -> int:
    """0 off, 1 limited, 2 tracking, as a GX tells it. ``sun_w``: possible without the rating."""
    if sun_w < DARK_W:
        return MODE_OFF
    if charger_w < sun_w * (1.0 - LIMITED_SHARE) - 1.0:
        return MODE_LIMITED
    return MODE_TRACKING
