"""What the home's meters show: the truth, rounded and split by phase as a GX does it. Pure.

Hidden stays hidden: nothing here tells what the panels could give. Both the simulated GX and the
simulated source start from these numbers, so they cannot differ.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.simulator.charger import MODE_LIMITED
from pvopt.simulator.home import NO_CAP_W, HomeFlows, HomeInputs, HomeParams

Three = tuple[int, int, int]
ALL_PHASES = 0
LEAST_SOC_TENTHS = 5  # a GX without a battery monitor shows 0
ABSENT = -1  # mode of a charger that is not there


class Charger(NamedTuple):
    watts: int
    mode: int  # 0 off, 1 limited, 2 tracking; ABSENT: there is none


class Meters(NamedTuple):
    """Whole numbers in the unit that the name says; W, tenths, hundredths."""

    grid_w: Three
    generator_w: Three
    load_w: Three  # our heater included
    pv_ac_w: Three
    inverter_in_10w: Three
    inverter_out_10w: Three
    chargers: tuple[Charger, Charger]
    pv_dc_w: int
    battery: bool
    battery_w: int
    battery_10mv: int
    battery_100ma: int
    soc_tenths: int
    ccl_100ma: int
    dcl_100ma: int
    cvl_100mv: int
    frequency_10mhz: int
    tank_10mk: int
    pv_ac_max_w: int
    pv_ac_limit_w: int
    limiter: bool
    grid_up: bool
    generator: bool  # AC comes from it
    ac_up: bool
    overload: bool
    sustain: bool


def rounded(number: float) -> int:
    """Nearest whole number, halves away from zero, as a GX rounds."""
    size = math.floor(abs(number) + 0.5)
    return size if number >= 0.0 else -size


def _on_phase(watts: float, phase: int) -> tuple[float, float, float]:
    """Watts of a device on one phase, or shared by all."""
    if phase == ALL_PHASES:
        return watts / 3.0, watts / 3.0, watts / 3.0
    return (
        watts if phase == 1 else 0.0,
        watts if phase == 2 else 0.0,
        watts if phase == 3 else 0.0,
    )


def _three(watts: tuple[float, float, float], unit: float = 1.0) -> Three:
    return rounded(watts[0] / unit), rounded(watts[1] / unit), rounded(watts[2] / unit)


def read_meters(params: HomeParams, flows: HomeFlows, inputs: HomeInputs) -> Meters:
    """All meters at one instant. ``inputs`` gives the house's load by phase."""
    made_phase = 1 if params.phases == 1 else ALL_PHASES
    grid = (flows.grid_l1_w, flows.grid_l2_w, flows.grid_l3_w)
    fuel = (flows.generator_l1_w, flows.generator_l2_w, flows.generator_l3_w)
    heat = _on_phase(flows.heater_w, params.heater_phase)
    alive = 1.0 if flows.ac_up else 0.0
    load = (
        inputs.load_l1_w * alive + heat[0],
        inputs.load_l2_w * alive + heat[1],
        inputs.load_l3_w * alive + heat[2],
    )
    pv_ac = _on_phase(flows.pv_ac_w, made_phase)
    # A single inverter on L1 neither sees nor feeds the other phases.
    inverted = (1.0, 0.0, 0.0) if params.phases == 1 else (1.0, 1.0, 1.0)
    through = (
        (grid[0] + fuel[0]) * inverted[0],
        (grid[1] + fuel[1]) * inverted[1],
        (grid[2] + fuel[2]) * inverted[2],
    )
    out = (
        (load[0] - pv_ac[0]) * inverted[0],
        (load[1] - pv_ac[1]) * inverted[1],
        (load[2] - pv_ac[2]) * inverted[2],
    )
    chargers = _chargers(params, flows)
    told = flows.grid_up or flows.generator  # an island says it by its frequency alone
    held_w = flows.pv_ac_limit_w if told else params.pv_ac_rated_w
    return Meters(
        grid_w=_three(grid),
        generator_w=_three(fuel) if flows.generator else (0, 0, 0),
        load_w=_three(load),
        pv_ac_w=_three(pv_ac) if flows.pv_ac_w > 0.0 else (0, 0, 0),
        inverter_in_10w=_three(through, 10.0),
        inverter_out_10w=_three(out, 10.0),
        chargers=chargers,
        pv_dc_w=rounded(flows.charger_a_w + flows.charger_b_w),
        battery=params.battery_wh > 0.0,
        battery_w=rounded(flows.battery_w),
        battery_10mv=rounded(flows.battery_v * 100.0),
        battery_100ma=rounded(flows.battery_a * 10.0),
        soc_tenths=rounded(flows.soc_pct * 10.0),
        ccl_100ma=rounded(flows.charge_limit_a * 10.0),
        dcl_100ma=rounded(params.discharge_max_w / 51.2 * 10.0),
        cvl_100mv=rounded(params.absorb_v * 10.0),
        frequency_10mhz=rounded(flows.frequency_hz * 100.0),
        tank_10mk=rounded(flows.tank_c * 100.0),
        pv_ac_max_w=rounded(params.pv_ac_rated_w),
        pv_ac_limit_w=rounded(held_w),
        limiter=_limiter(params, flows, chargers),
        grid_up=flows.grid_up,
        generator=flows.generator,
        ac_up=flows.ac_up,
        overload=flows.overload,
        sustain=flows.sustain,
    )


def _chargers(params: HomeParams, flows: HomeFlows) -> tuple[Charger, Charger]:
    none = Charger(0, ABSENT)
    if params.battery_wh <= 0.0 or params.charger_a_rated_w <= 0.0:
        return none, none
    first = Charger(rounded(flows.charger_a_w), flows.mode_a)
    if params.charger_b_rated_w <= 0.0:
        return first, none
    return first, Charger(rounded(flows.charger_b_w), flows.mode_b)


def _limiter(params: HomeParams, flows: HomeFlows, chargers: tuple[Charger, Charger]) -> bool:
    """Whether the feed-in limit is what holds sun back now."""
    if not flows.grid_up:
        return False
    capped = params.dc_feed_in and params.feed_in_cap_w < NO_CAP_W
    if capped and (chargers[0].mode == MODE_LIMITED or chargers[1].mode == MODE_LIMITED):
        return -flows.grid_w >= params.feed_in_cap_w - 50.0
    return flows.pv_ac_w < flows.pv_ac_possible_w * 0.99 - 1.0
