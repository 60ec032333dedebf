"""A battery storage with an inverter and a mind of its own, step by step. Pure.

It looks at what it is told once a cycle, and answers some time later: its output goes to the new
target with its ramp. Two kinds: one is told the watts to give, the other the watts by which to
change (a device that believes to read a grid meter): it adds them to what it gives at that moment,
and so goes on by the same watts each cycle until it is told others.

Figures of a B2500 (HMJ), as AstraMeter's simulator has them (``simulator/b2500_steering.py`` and
``battery.py`` there): 17 W a cycle on each of two outputs, a dead band of 10 W on each, nine tenths
of what it reads, two seconds to wake; that it gives nothing below 80 W is told by its users.
"""

from __future__ import annotations

import math
from typing import NamedTuple

HOUR_S = 3600.0

AWAKE_W = 1.0  # less is rest


class StorageParams(NamedTuple):
    """One storage. Watts >= 0, seconds.

    ``cycle_s``: it looks at what it is told so often; ``delay_s``: from looking to its first
    movement; ``wake_s``: so much longer from rest; ``ramp_w_s``: inf: at once; ``floor_w``,
    ``charge_floor_w``: the least that it can do but nothing; ``dead_band_w``: a target so near
    moves nothing; ``gain``: of a change that it is told; ``efficiency``: of what flows in, the part
    that comes out again; ``adjusts``: it is told changes; ``empty_pct``: it gives no more.
    """

    capacity_wh: float = 2240.0
    max_discharge_w: float = 800.0
    max_charge_w: float = 0.0
    floor_w: float = 0.0
    charge_floor_w: float = 0.0
    cycle_s: float = 1.0
    delay_s: float = 1.0
    wake_s: float = 0.0
    ramp_w_s: float = math.inf
    dead_band_w: float = 0.0
    gain: float = 1.0
    efficiency: float = 0.9
    adjusts: bool = False
    empty_pct: float = 0.0


# A B2500 that reads an emulated meter every few seconds.
B2500 = StorageParams(
    floor_w=80.0,
    cycle_s=5.0,
    delay_s=1.0,
    wake_s=2.0,
    ramp_w_s=34.0,
    dead_band_w=10.0,
    gain=0.9,
    adjusts=True,
    empty_pct=10.0,
)


class StorageState(NamedTuple):
    """``power_w``: + charging, - discharging; ``target_w``: where its output goes; ``coming``:
    (seconds until it counts, target) of those under way; ``look_s``: until it looks again;
    ``waking_s``: asked out of its rest for so long; ``out_wh``, ``in_wh``: since the start."""

    power_w: float = 0.0
    soc_pct: float = 50.0
    target_w: float = 0.0
    coming: tuple[tuple[float, float], ...] = ()
    look_s: float = 0.0
    waking_s: float = 0.0
    out_wh: float = 0.0
    in_wh: float = 0.0


def storage_step(
    params: StorageParams, state: StorageState, told_w: float, dt_s: float, solar_w: float = 0.0
) -> StorageState:
    """One step of ``dt_s``.

    ``told_w``: watts to give, or to add to what it gives, + charging (NaN: it is told nothing and
    goes on); ``solar_w``: of its own panels, into the cells.
    Worked: told to be at -300 W, ramp 100 W/s, delay 1 s: 0 W, then -100, -200, -300 W.
    """
    look_s = state.look_s
    coming = tuple([(left_s - dt_s, aim_w) for left_s, aim_w in state.coming])
    if look_s <= 1e-9:
        look_s += params.cycle_s
        aim_w = _aim(params, state, told_w)
        if not math.isnan(aim_w):
            coming = (*coming, (params.delay_s, aim_w))
    look_s -= dt_s
    target_w = state.target_w
    while coming and coming[0][0] <= 1e-9:
        target_w, coming = coming[0][1], coming[1:]
    power_w, waking_s = _moved(params, state, target_w, dt_s)
    if state.soc_pct >= 100.0 and solar_w > 0.0:
        power_w = min(power_w, -solar_w)  # what cannot be stored flows through
    return _stored(
        params,
        StorageState(
            power_w, state.soc_pct, target_w, coming, look_s, waking_s, state.out_wh, state.in_wh
        ),
        solar_w,
        dt_s,
    )


def _aim(params: StorageParams, state: StorageState, told_w: float) -> float:
    """Where a look at ``told_w`` sends the output (W); NaN: it stays where it is sent. Told to hold
    on its way it stops there."""
    if math.isnan(told_w):
        return math.nan
    wish_w = state.power_w + params.gain * told_w if params.adjusts else told_w
    wish_w = max(-params.max_discharge_w, min(params.max_charge_w, wish_w))
    if abs(wish_w - state.power_w) <= params.dead_band_w:
        under_way = abs(state.target_w - state.power_w) > params.dead_band_w
        return state.power_w if under_way else math.nan
    return wish_w


def _moved(
    params: StorageParams, state: StorageState, target_w: float, dt_s: float
) -> tuple[float, float]:
    """(power after the step, how long it has been waking)."""
    least_w = params.charge_floor_w if target_w > 0.0 else params.floor_w
    if abs(target_w) < max(least_w, AWAKE_W) or _cannot(params, state, target_w):
        target_w = 0.0
    resting = abs(state.power_w) < AWAKE_W
    waking_s = state.waking_s + dt_s if resting and target_w != 0.0 else 0.0
    if resting and target_w != 0.0 and waking_s <= params.wake_s:
        return 0.0, waking_s
    most_w = params.ramp_w_s * dt_s
    step_w = max(-most_w, min(most_w, target_w - state.power_w))
    return state.power_w + step_w, waking_s


def _cannot(params: StorageParams, state: StorageState, target_w: float) -> bool:
    if target_w > 0.0:
        return state.soc_pct >= 100.0
    return target_w < 0.0 and state.soc_pct <= params.empty_pct


def _stored(
    params: StorageParams, state: StorageState, solar_w: float, dt_s: float
) -> StorageState:
    """The energy of one step. Losses are taken when it flows in."""
    out_wh = max(0.0, -state.power_w) * dt_s / HOUR_S
    in_wh = max(0.0, state.power_w) * dt_s / HOUR_S
    into_wh = params.efficiency * in_wh + solar_w * dt_s / HOUR_S - out_wh
    soc_pct = state.soc_pct + 100.0 * into_wh / params.capacity_wh
    return state._replace(
        soc_pct=min(100.0, max(0.0, soc_pct)),
        out_wh=state.out_wh + out_wh,
        in_wh=state.in_wh + in_wh,
    )
