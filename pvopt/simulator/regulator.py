"""The power regulator before the element: its spindle and its curve. Pure.

The spindle follows what turns it (servo or wiper) with a lag and with play; the curve says what
the regulator lets through at the spindle's place.
"""

from __future__ import annotations

import math

CURVE_LINEAR = 0
CURVE_PHASE_ANGLE = 1
CURVE_MEASURED = 2

# A real phase-angle regulator before a heater of 2298.5 W, measured at 201 places (the public
# calibration file of Coturex/Wifi_Mqtt_SolarBalancer); every fifth percent, and its top, where it
# is not monotone. It follows the exact integral p - sin(2 pi p) / 2 pi to 0.8 % of full, so below
# half it gives less than the common cosine approximation says: at 26.5 % by a third.
MEASURED_FULL_W = 2298.5
MEASURED_PCT = (
    0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0,
    80.0, 85.0, 90.0, 96.0, 98.5, 100.0,
)  # fmt: skip
MEASURED_W = (
    0.0, 2.0, 14.3, 48.0, 116.0, 209.5, 350.7, 522.3, 716.7, 931.3, 1150.0, 1372.5, 1583.2, 1789.2,
    1964.0, 2089.8, 2174.7, 2234.8, 2281.5, 2300.5, 2288.2, 2298.5,
)  # fmt: skip


def measured_share(pct: float) -> float:
    """Share of full watts of the measured regulator at 0 to 100 %: 25 % -> 0.0911, 96 % -> 1.0009.

    Straight lines between the points.
    """
    for k in range(1, len(MEASURED_PCT)):
        if pct <= MEASURED_PCT[k]:
            part = (pct - MEASURED_PCT[k - 1]) / (MEASURED_PCT[k] - MEASURED_PCT[k - 1])
            watts = MEASURED_W[k - 1] + part * (MEASURED_W[k] - MEASURED_W[k - 1])
            return watts / MEASURED_FULL_W
    return 1.0


def knob_w(knob_pct: float, heater_w: float, curve: int, dead_pct: float, snap_pct: float) -> float:
    """Watts of the element at a knob position (0 to 100 %).

    Phase angle: ``w = heater_w * (1 - cos(pi * pct / 100)) / 2``, the usual approximation of an
    SCR's resistive load by its firing angle; 25 % -> 14.6 % of the watts. Up to ``dead_pct``
    nothing flows and the curve begins there; below ``snap_pct`` nothing flows either, at it
    conduction starts abruptly.
    """
    pct = min(100.0, max(0.0, knob_pct))
    if pct <= dead_pct or pct < snap_pct:
        return 0.0
    share = (pct - dead_pct) / (100.0 - dead_pct)
    if curve == CURVE_LINEAR:
        return heater_w * share
    if curve == CURVE_MEASURED:
        return heater_w * measured_share(100.0 * share)
    return heater_w * (1.0 - math.cos(math.pi * share)) / 2.0


def lagged_pct(before_pct: float, asked_pct: float, lag_s: float, dt_s: float) -> float:
    """Where a first-order lag with the time constant ``lag_s`` is after ``dt_s``.

    From 0 towards 100 %, 3 s after, with 3 s -> 63.2 %. No lag: there at once.
    """
    if lag_s <= 0.0:
        return asked_pct
    return asked_pct + (before_pct - asked_pct) * math.exp(-dt_s / lag_s)


def spindle_pct(before_pct: float, drive_pct: float, play_pct: float) -> float:
    """Place of a spindle turned through play: it moves when ``play_pct`` to a side is used up.

    The classic backlash operator. At 50 % with 1 % of play, a drive at 50.9 % leaves it, one at
    52 % takes it to 51 %, and back at 50 % it is still at 51 %. A drive at an end (0 or 100 %)
    presses it against its stop, where there is no play.
    """
    if play_pct <= 0.0 or drive_pct <= 0.0 or drive_pct >= 100.0:
        return drive_pct
    return min(drive_pct + play_pct, max(drive_pct - play_pct, before_pct))
