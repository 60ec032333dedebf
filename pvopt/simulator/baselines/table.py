"""All rival laws by name, each with its published settings and the state that it begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pvopt.simulator.baselines.esphome import EsphomeParams, EsphomeState, esphome_step
from pvopt.simulator.baselines.evcc import EvccParams, EvccState, evcc_step
from pvopt.simulator.baselines.f1atb import F1atbParams, F1atbState, f1atb_step
from pvopt.simulator.baselines.forgetful import ForgetfulParams, ForgetfulState, forgetful_step
from pvopt.simulator.baselines.mk2 import Mk2Params, Mk2State, mk2_step
from pvopt.simulator.baselines.openems import OpenemsParams, OpenemsState, openems_step
from pvopt.simulator.baselines.s0 import S0Params, S0State, s0_step
from pvopt.simulator.baselines.s1 import S1Params, S1State, s1_step
from pvopt.simulator.baselines.s2 import S2Params, S2State, s2_step
from pvopt.simulator.baselines.victron_ol import VictronOlParams, VictronOlState, victron_ol_step
from pvopt.simulator.baselines.yasolr import YasolrParams, YasolrState, yasolr_step


class Law(NamedTuple):
    """``step(params, state, sees, heater, dt_s) -> (state, watts, closed)``."""

    name: str
    params: Any
    state: Any
    step: Callable[..., tuple[Any, float, bool]]


LAWS: tuple[Law, ...] = (
    Law("s2", S2Params(), S2State(), s2_step),
    Law("s1", S1Params(), S1State(), s1_step),
    Law("s0", S0Params(), S0State(), s0_step),
    Law("mk2", Mk2Params(), Mk2State(), mk2_step),
    Law("f1atb", F1atbParams(), F1atbState(), f1atb_step),
    Law("yasolr", YasolrParams(), YasolrState(), yasolr_step),
    Law("esphome", EsphomeParams(), EsphomeState(), esphome_step),
    Law("evcc", EvccParams(), EvccState(), evcc_step),
    Law("openems", OpenemsParams(), OpenemsState(), openems_step),
    Law("victron-ol", VictronOlParams(), VictronOlState(), victron_ol_step),
    Law("forgetful", ForgetfulParams(), ForgetfulState(), forgetful_step),
)
