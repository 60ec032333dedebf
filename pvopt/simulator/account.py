"""The bill of a simulated run: how much of the possible sun reached the water, and its price. Pure.

Every second is held against the same second without the heater: a second home with the same
battery level and sun, its heater off, runs beside the first. What the grid or the battery gives
more, or the battery takes less, is laid to the heater, never more than the heater drew.
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.simulator.dc import bus_of
from pvopt.simulator.electric import ac_after, electric_step
from pvopt.simulator.inverter import ac_for_dc_w
from pvopt.simulator.shapes import HomeControls, HomeFlows, HomeInputs, HomeParams, HomeState

OFF = HomeControls(False, 0.0)


class Totals(NamedTuple):
    """Sums since the start of a run."""

    seconds: float = 0.0
    heat_wh: float = 0.0
    from_grid_wh: float = 0.0
    from_battery_wh: float = 0.0
    from_charging_wh: float = 0.0
    possible_wh: float = 0.0  # heat of the all-knowing diverter
    pv_wh: float = 0.0
    pv_possible_wh: float = 0.0
    import_wh: float = 0.0
    export_wh: float = 0.0
    switches: int = 0  # relay contacts opened or closed
    moves: int = 0  # steps in which the knob moved by more than its resolution
    travel_pct: float = 0.0  # way of the knob, 100 = one full stroke

    @property
    def sun_wh(self) -> float:
        """Heat that came neither from the grid nor from the battery."""
        return self.heat_wh - self.from_grid_wh - self.from_battery_wh

    @property
    def caught_pct(self) -> float:
        """Sun heat as a share of the all-knowing diverter's; 100 where nothing was possible."""
        return 100.0 * self.sun_wh / self.possible_wh if self.possible_wh > 0.0 else 100.0

    @property
    def not_solar_pct(self) -> float:
        """Share of the heat that grid or battery gave."""
        bought_wh = self.from_grid_wh + self.from_battery_wh
        return 100.0 * bought_wh / self.heat_wh if self.heat_wh > 0.0 else 0.0


class Beside(NamedTuple):
    """What the home without the heater does in a step (W): import +, fuel, battery charging +."""

    grid_w: float
    generator_w: float
    battery_w: float


def without_heater(state: HomeState, beside: HomeState) -> HomeState:
    """The home beside: its own chargers and inverter, the first home's battery level and tank."""
    return HomeState(
        state.soc_pct,
        state.tank_c,
        state.thermostat_closed,
        beside.charger_a_w,
        beside.charger_b_w,
        beside.command_a_w,
        beside.command_b_w,
        beside.command_age_s,
        beside.inverter_out_w,
        beside.pv_ac_w,
        state.sustain,
        beside.ac_up,
        beside.ac_timer_s,
        state.tank_top_c,
        state.knob_drive_pct,
        state.spindle_pct,
    )


def all_knowing_w(params: HomeParams, flows: HomeFlows) -> float:
    """Heater watts of a diverter that knows what the panels could give.

    What is possible, less what the battery still accepts (battery first) and the house's load,
    within inverter and heater. 3300 W possible, 438 W accepted, 25 W idle, 350 W house, efficiency
    0.94 -> (3300 - 438 - 25) * 0.94 - 350 = 2317 W, so a 2000 W heater gets 2000 W. While a
    generator runs nothing is surplus.
    """
    if flows.generator:
        return 0.0
    dc_w = flows.pv_possible_w - flows.pv_ac_possible_w - flows.battery_accept_w
    made_w = 0.0
    if params.battery_wh > 0.0:
        made_w = ac_for_dc_w(dc_w, params.inverter_efficiency, params.inverter_idle_w)
        made_w = min(params.inverter_w, max(-params.inverter_w, made_w))
    spare_w = made_w + flows.pv_ac_possible_w - flows.load_w
    return min(flows.heater_possible_w, max(0.0, spare_w))


def account_step(
    params: HomeParams,
    totals: Totals,
    flows: HomeFlows,
    beside: Beside,
    moved_pct: float,
    switched: bool,
    resolution_pct: float,
    dt_s: float,
) -> Totals:
    """Add one step. ``beside``: the same step without heater; ``moved_pct``: way of the knob."""
    hours = dt_s / 3600.0
    heat_w = flows.heater_w
    bought_w = max(0.0, flows.grid_w) + flows.generator_w  # fuel is paid for like import
    grid_w = bought_w - max(0.0, beside.grid_w) - beside.generator_w
    grid_w = min(heat_w, max(0.0, grid_w))
    taken_w = max(0.0, -flows.battery_w) - max(0.0, -beside.battery_w)
    battery_w = min(heat_w - grid_w, max(0.0, taken_w))
    missed_w = max(0.0, beside.battery_w) - max(0.0, flows.battery_w)
    charging_w = min(heat_w - grid_w - battery_w, max(0.0, missed_w))
    moved = moved_pct > resolution_pct
    return Totals(
        totals.seconds + dt_s,
        totals.heat_wh + heat_w * hours,
        totals.from_grid_wh + grid_w * hours,
        totals.from_battery_wh + battery_w * hours,
        totals.from_charging_wh + charging_w * hours,
        totals.possible_wh + all_knowing_w(params, flows) * hours,
        totals.pv_wh + flows.pv_w * hours,
        totals.pv_possible_wh + flows.pv_possible_w * hours,
        totals.import_wh + max(0.0, flows.grid_w) * hours,
        totals.export_wh + max(0.0, -flows.grid_w) * hours,
        totals.switches + (1 if switched else 0),
        totals.moves + (1 if moved else 0),
        totals.travel_pct + moved_pct,
    )


def beside_step(
    params: HomeParams,
    state: HomeState,
    beside: HomeState,
    inputs: HomeInputs,
    dt_s: float,
) -> tuple[HomeState, Beside]:
    """One step of the home beside. ``state``: of the first home before the same step.

    What ``without_heater`` takes of the first home is not worked out.
    """
    begun = without_heater(state, beside)
    bus = bus_of(params, begun, inputs, dt_s)
    now = electric_step(params, begun, inputs, bus, 0.0, dt_s)
    _, ac_up, timer_s = ac_after(params, begun, inputs, bus, now, dt_s)
    after = HomeState(
        begun.soc_pct,
        begun.tank_c,
        begun.thermostat_closed,
        now.a_w,
        now.b_w,
        now.command_a_w,
        now.command_b_w,
        now.command_age_s,
        now.inverter_w,
        now.pv_ac_w,
        begun.sustain,
        ac_up,
        timer_s,
        begun.tank_top_c,
        begun.knob_drive_pct,
        begun.spindle_pct,
    )
    in_w = now.net_w - now.inverter_w
    grid_w = in_w * (1.0 if inputs.grid_up else 0.0)
    fuel_w = in_w * (1.0 if bus.generator and now.alive else 0.0)
    return after, Beside(grid_w, fuel_w, now.battery_w)


def beside_of(flows: HomeFlows) -> Beside:
    """A home's own step, where its heater was off anyway."""
    return Beside(flows.grid_w, flows.generator_w, flows.battery_w)
