"""The water heater: thermostat, a tank of one or two layers that cools and is used. Pure."""

from __future__ import annotations

from typing import NamedTuple

WATER_J_PER_LK = 4131.0  # 0.9880 kg/l x 4.181 kJ/kgK = 4131 at 50 degC

LAYER_LOW = 0
LAYER_TOP = 1


class Tank(NamedTuple):
    """A tank after a step. One layer: both have the same temperature."""

    low_c: float
    top_c: float
    lost_w: float
    drawn_w: float


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


def mixed_tank(
    tank_c: float,
    litres: float,
    loss_w_k: float,
    heat_w: float,
    draw_l_s: float,
    cold_c: float,
    room_c: float,
    dt_s: float,
) -> Tank:
    """One layer: 1 kWh into 200 l without losses -> 4.36 K."""
    lost_w = tank_loss_w(tank_c, room_c, loss_w_k)
    drawn_w = draw_w(tank_c, cold_c, draw_l_s)
    after_c = tank_c + (heat_w - lost_w - drawn_w) * dt_s / (litres * WATER_J_PER_LK)
    return Tank(after_c, after_c, lost_w, drawn_w)


def layered_tank(
    low_c: float,
    top_c: float,
    low_l: float,
    top_l: float,
    loss_w_k: float,
    mix_w_k: float,
    heat_low_w: float,
    heat_top_w: float,
    draw_l_s: float,
    cold_c: float,
    room_c: float,
    dt_s: float,
) -> Tank:
    """Two layers, each mixed in itself (the multi-node tank of Duffie and Beckman, two nodes).

    Hot water leaves the top and cold enters below: 0.1 l/s with 15 K between the layers bring the
    top 6.2 kW less than they take, at 60 degC above 12 degC 19.8 kW leave. The losses follow the
    volumes. ``mix_w_k`` crosses from the hotter layer (water, wall, stirring). A lower layer that
    has become hotter rises and mixes with the upper: 100 l of 50 degC under 100 l of 40 degC ->
    45 degC. ``dt_s`` must not draw more than a layer holds.
    """
    low_j_k, top_j_k = low_l * WATER_J_PER_LK, top_l * WATER_J_PER_LK
    share = low_l / (low_l + top_l)
    low_lost_w = tank_loss_w(low_c, room_c, loss_w_k * share)
    top_lost_w = tank_loss_w(top_c, room_c, loss_w_k * (1.0 - share))
    sinking_w = mix_w_k * (top_c - low_c)
    pushed_w = draw_w(top_c, low_c, draw_l_s)
    low_after_c = low_c + dt_s / low_j_k * (
        heat_low_w - low_lost_w + sinking_w - draw_w(low_c, cold_c, draw_l_s)
    )
    top_after_c = top_c + dt_s / top_j_k * (heat_top_w - top_lost_w - sinking_w - pushed_w)
    if low_after_c > top_after_c:
        low_after_c = (low_j_k * low_after_c + top_j_k * top_after_c) / (low_j_k + top_j_k)
        top_after_c = low_after_c
    drawn_w = draw_w(top_c, cold_c, draw_l_s)
    return Tank(low_after_c, top_after_c, low_lost_w + top_lost_w, drawn_w)
