"""The rivals' laws in the homes of the benchmark, all of them in one kernel.

Each heater gets exactly the watts that its law asks: its regulator is linear in watts and follows
at once, which is more than any of those projects has.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pvopt.benchmarks.course import (
    CHARGE_LIMIT,
    OWN,
    PV_AC,
    Course,
    Plant,
    inputs_of,
    lived,
    recalled,
    remember,
)
from pvopt.simulator.baselines.esphome import EsphomeParams, EsphomeState, esphome_step
from pvopt.simulator.baselines.evcc import EvccParams, EvccState, evcc_step
from pvopt.simulator.baselines.f1atb import F1atbParams, F1atbState, f1atb_step
from pvopt.simulator.baselines.forgetful import ForgetfulParams, ForgetfulState, forgetful_step
from pvopt.simulator.baselines.mk2 import Mk2Params, Mk2State, mk2_step
from pvopt.simulator.baselines.openems import OpenemsParams, OpenemsState, openems_step
from pvopt.simulator.baselines.s0 import S0Params, S0State, s0_step
from pvopt.simulator.baselines.s1 import S1Params, S1State, s1_step
from pvopt.simulator.baselines.s2 import S2Params, S2State, s2_step
from pvopt.simulator.baselines.types import Heater, Sees
from pvopt.simulator.baselines.victron_ol import VictronOlParams, VictronOlState, victron_ol_step
from pvopt.simulator.baselines.yasolr import YasolrParams, YasolrState, yasolr_step
from pvopt.simulator.home import HomeControls

S2, S1, S0, MK2, F1ATB, YASOLR, ESPHOME, EVCC, OPENEMS, VICTRON_OL, FORGETFUL = range(11)


class Rivals(NamedTuple):
    """What the laws remember; only the one that runs changes."""

    s2: S2State = S2State()
    s1: S1State = S1State()
    s0: S0State = S0State()
    mk2: Mk2State = Mk2State()
    f1atb: F1atbState = F1atbState()
    yasolr: YasolrState = YasolrState()
    esphome: EsphomeState = EsphomeState()
    evcc: EvccState = EvccState()
    openems: OpenemsState = OpenemsState()
    victron_ol: VictronOlState = VictronOlState()
    forgetful: ForgetfulState = ForgetfulState()


def rival_step(
    law: int, states: Rivals, sees: Sees, heater: Heater, dt_s: float
) -> tuple[Rivals, float, bool]:
    """One second of the law with this number, with its published settings."""
    if law == S2:
        s2, watts, closed = s2_step(S2Params(), states.s2, sees, heater, dt_s)
        return states._replace(s2=s2), watts, closed
    if law == S1:
        s1, watts, closed = s1_step(S1Params(), states.s1, sees, heater, dt_s)
        return states._replace(s1=s1), watts, closed
    if law == S0:
        s0, watts, closed = s0_step(S0Params(), states.s0, sees, heater, dt_s)
        return states._replace(s0=s0), watts, closed
    if law == MK2:
        mk2, watts, closed = mk2_step(Mk2Params(), states.mk2, sees, heater, dt_s)
        return states._replace(mk2=mk2), watts, closed
    if law == F1ATB:
        f1atb, watts, closed = f1atb_step(F1atbParams(), states.f1atb, sees, heater, dt_s)
        return states._replace(f1atb=f1atb), watts, closed
    if law == YASOLR:
        yasolr, watts, closed = yasolr_step(YasolrParams(), states.yasolr, sees, heater, dt_s)
        return states._replace(yasolr=yasolr), watts, closed
    if law == ESPHOME:
        esphome, watts, closed = esphome_step(EsphomeParams(), states.esphome, sees, heater, dt_s)
        return states._replace(esphome=esphome), watts, closed
    if law == EVCC:
        evcc, watts, closed = evcc_step(EvccParams(), states.evcc, sees, heater, dt_s)
        return states._replace(evcc=evcc), watts, closed
    if law == OPENEMS:
        openems, watts, closed = openems_step(OpenemsParams(), states.openems, sees, heater, dt_s)
        return states._replace(openems=openems), watts, closed
    if law == VICTRON_OL:
        victron, watts, closed = victron_ol_step(
            VictronOlParams(), states.victron_ol, sees, heater, dt_s
        )
        return states._replace(victron_ol=victron), watts, closed
    forgetful, watts, closed = forgetful_step(
        ForgetfulParams(), states.forgetful, sees, heater, dt_s
    )
    return states._replace(forgetful=forgetful), watts, closed


def seen(ring: Any, tick: int, age: int, forecast_w: float, day_s: float) -> Sees:
    """The sample of ``age`` seconds before ``tick``, as the laws take it."""
    now = recalled(ring, tick, age, 0.0)
    row = ring[max(0, tick - age) % ring.shape[0]]
    return Sees(
        grid_w=now.grid_w,
        pv_w=now.pv_w,
        load_w=now.load_w,
        battery_w=now.battery_w,
        soc_pct=now.soc_pct,
        own_w=row[OWN],
        limited=now.hides,
        forecast_w=forecast_w,
        setpoint_w=now.setpoint_w,
        battery_v=now.battery_v,
        day_s=day_s,
        charge_limit_w=row[CHARGE_LIMIT],
        feed_in=now.dc_feed_in,
        fresh=True,
        age_s=float(age),
        pv_ac_w=row[PV_AC],
    )


def rival_course(
    plant: Plant,
    law: int,
    course: Course,
    states: Rivals,
    before: HomeControls,
    age: int,
    start_local_s: float,
    pv_w: Any,
    load_w: Any,
    litres: Any,
    hourly_w: Any,
    ring: Any,
) -> tuple[Course, Rivals, HomeControls]:
    """``len(pv_w)`` seconds. ``start_local_s``: local time at the start of the run (s);
    ``hourly_w``: what the panels could give, a mean for each clock hour since then."""
    heater = Heater(plant.home.heater_w, 0.0)
    into_hour_s = start_local_s % 3600.0
    for k in range(pv_w.shape[0]):
        remember(plant, course, ring)
        forecast_w = hourly_w[int((into_hour_s + course.tick) / 3600.0)]
        day_s = (start_local_s + course.tick) % 86400.0
        sees = seen(ring, course.tick, age, forecast_w, day_s)
        states, watts, closed = rival_step(law, states, sees, heater, 1.0)
        controls = HomeControls(closed, min(100.0, max(0.0, 100.0 * watts / heater.max_w)))
        inputs = inputs_of(plant, pv_w[k], load_w[k], litres[k])
        course = lived(plant, course, inputs, before, controls)
        before = controls
    return course, states, before
