"""Relay and knob of a heater, tick by tick: what outputs do with the watts asked for. Pure kernels.

On: knob at zero, relay, ``zero_hold_s`` at zero, knob up. Off: knob to zero, then the relay, one
tick later; urgent: the relay at once. More than 0 W that the curve cannot give keeps the relay
closed with the knob at zero. The knob moves as far as its speed allows in the time since the last
tick, in steps of its grain (never to more watts than asked, the ends exact), and not at all for
less than its deadband. A relay alone gives all its watts or none.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.act.chips import SPI_CHIPS, STEP_CHIPS, STEPS_A_TICK
from pvopt.act.curve import law_of
from pvopt.act.curve_law import CurveLaw, law_pct, law_w
from pvopt.config.loads import Load
from pvopt.config.outputs import MqttOutput, Servo, SpiPot, SsrOutput
from pvopt.simulator.shapes import HomeControls

AT_ONCE_PCT_S = 1e9  # a digital potentiometer is where it was sent


class OutletParams(NamedTuple):
    """What the outputs are made of; constant through a run. A servo of 1800 us in 5 us steps."""

    has_knob: bool = True
    speed_pct_s: float = 125.0  # of travel: 0.8 s from end to end
    grain_pct: float = 100.0 * 5.0 / 1800.0
    deadband_pct: float = 0.5
    zero_hold_s: float = 3.0
    law: CurveLaw = CurveLaw()


class OutletState(NamedTuple):
    """What the outputs remember; at a start the relay is open and the knob at zero."""

    knob_pct: float = 0.0
    closed: bool = False
    closed_s: float = 0.0  # since the relay closed
    moves: int = 0
    switches: int = 0


class OutletTick(NamedTuple):
    """One tick's answer. ``expected_w``: by the curve, at the heater's configured power."""

    state: OutletState
    controls: HomeControls
    expected_w: float
    pending: bool


def step_below_pct(params: OutletParams, wanted_pct: float) -> float:
    """The position that the knob resolves, never above the wanted one; the ends are exact.

    50 % in steps of 0.278 % is 50 %, 50.2 % is 50 % too.
    """
    if wanted_pct >= 100.0:
        return 100.0
    return math.floor(wanted_pct / params.grain_pct + 1e-6) * params.grain_pct


def _switched(state: OutletState, closed: bool) -> OutletState:
    if closed == state.closed:
        return state
    return OutletState(state.knob_pct, closed, 0.0, state.moves, state.switches + 1)


def _turned(
    params: OutletParams, state: OutletState, wanted_pct: float, room_pct: float
) -> tuple[OutletState, bool]:
    """The knob turned by at most ``room_pct``; True while it is still on its way."""
    aim_pct = step_below_pct(params, wanted_pct)
    way_pct = aim_pct - state.knob_pct
    end = aim_pct <= 0.0 or aim_pct >= 100.0
    if way_pct == 0.0 or (abs(way_pct) < params.deadband_pct and not end):
        return state, False
    there = abs(way_pct) <= room_pct
    knob_pct = aim_pct if there else state.knob_pct + math.copysign(room_pct, way_pct)
    moves = state.moves + 1
    return OutletState(knob_pct, state.closed, state.closed_s, moves, state.switches), not there


def outlet_move(
    params: OutletParams,
    state: OutletState,
    asked_w: float,
    wanted_pct: float,
    urgent: bool,
    dt_s: float,
) -> tuple[OutletState, bool]:
    """One tick towards ``asked_w``, for which the curve wants the knob at ``wanted_pct``.

    ``dt_s``: since the tick before. The second number is True while a sequence goes on. Watts
    that are no number, not finite or not above 0 mean off.
    """
    room_pct = params.speed_pct_s * dt_s
    now = state
    if state.closed:
        now = OutletState(state.knob_pct, True, state.closed_s + dt_s, state.moves, state.switches)
    on = asked_w > 0.0 and asked_w < math.inf
    if urgent and not on:
        now = _switched(now, False)
    if not on or not now.closed:
        at_zero = now.knob_pct == 0.0
        now, _ = _turned(params, now, 0.0, room_pct)
        if at_zero:
            now = _switched(now, on)
        return now, params.has_knob if on else now.closed
    if not params.has_knob:
        return now, False
    if now.closed_s < params.zero_hold_s - 1e-9:
        return now, True
    return _turned(params, now, wanted_pct, room_pct)


def controls_of(params: OutletParams, state: OutletState) -> HomeControls:
    """What the home sees of the outputs; without a knob the heater is behind the relay alone."""
    return HomeControls(state.closed, state.knob_pct if params.has_knob else 100.0)


def outlet_step(
    params: OutletParams, state: OutletState, asked_w: float, urgent: bool, dt_s: float
) -> OutletTick:
    """One tick towards ``asked_w`` by the curve's law. Not for a measured table, which has none."""
    after, pending = outlet_move(params, state, asked_w, law_pct(params.law, asked_w), urgent, dt_s)
    expected_w = 0.0
    if after.closed:
        expected_w = law_w(params.law, after.knob_pct) if params.has_knob else params.law.max_w
    return OutletTick(after, controls_of(params, after), expected_w, pending)


def _grain_pct(load: Load) -> float:
    """Steps of what no knob turns: half-waves, or the digits that are sent."""
    if isinstance(load.output, SsrOutput):
        return 100.0 / load.output.half_waves
    digits = load.output.decimals if isinstance(load.output, MqttOutput) else 0
    watts = isinstance(load.output, MqttOutput) and load.output.sends == "watts"
    return 10.0**-digits * (100.0 / load.max_w if watts else 1.0)


def outlet_params(load: Load) -> OutletParams:
    """The outputs of a load of the configuration. A digital potentiometer has its chip's taps."""
    knob, law = load.output.knob, law_of(load.output.law, load.max_w)
    hold_s = float(load.output.zero_hold_s)
    if not load.output.has_knob:
        return OutletParams(has_knob=False, zero_hold_s=hold_s, law=law)
    if knob is None:
        return OutletParams(True, AT_ONCE_PCT_S, _grain_pct(load), 0.0, hold_s, law)
    if isinstance(knob, Servo):
        return OutletParams(
            True,
            100.0 / knob.full_travel_s,
            100.0 * knob.resolution_us / abs(knob.max_us - knob.min_us),
            float(knob.deadband_pct),
            hold_s,
            law,
        )
    taps = SPI_CHIPS[knob.kind].taps if isinstance(knob, SpiPot) else STEP_CHIPS[knob.kind]
    grain_pct = 100.0 / (taps - 1)
    speed_pct_s = AT_ONCE_PCT_S if isinstance(knob, SpiPot) else STEPS_A_TICK * grain_pct
    return OutletParams(True, speed_pct_s, grain_pct, 0.0, hold_s, law)
