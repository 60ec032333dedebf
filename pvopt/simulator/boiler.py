"""The water heater: regulator, element, thermostat, a mixed tank that cools and is used. Pure."""

from __future__ import annotations

import math

WATER_J_PER_LK = 4131.0  # 0.9880 kg/l x 4.181 kJ/kgK = 4131 at 50 degC

CURVE_LINEAR = 0
CURVE_PHASE_ANGLE = 1


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
    return heater_w * (1.0 - math.cos(math.pi * share)) / 2.0


def thermostat_next(closed: bool, tank_c: float, open_c: float, hysteresis_c: float) -> bool:
    """Contact of the mechanical thermostat: opens at ``open_c``, closes ``hysteresis_c`` below."""
    if tank_c >= open_c:
        return False
    if tank_c <= open_c - hysteresis_c:
        return True
    return closed


def tank_loss_w(tank_c: float, room_c: float, loss_w_k: float) -> float:
    """Watts lost through the insulation: 60 degC in 20 degC at 1.6 W/K -> 64 W."""
    return loss_w_k * (tank_c - room_c)


def draw_w(tank_c: float, cold_c: float, draw_l_s: float) -> float:
    """Watts that leave with drawn water replaced by cold: 0.1 l/s, 50 K -> 20.7 kW."""
    return draw_l_s * WATER_J_PER_LK * (tank_c - cold_c)
