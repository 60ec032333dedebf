"""Appliances of a simulated home beside its heater: boilers and plugs that others switch. Pure.

Each is asked for a share of its watts (by a percent of a regulator, or by a contact), has a
thermostat if it has a tank, and draws. Their watts are a part of the house's load.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from pvopt.simulator.boiler import mixed_tank, thermostat_next
from pvopt.simulator.regulator import CURVE_PHASE_ANGLE, knob_w
from pvopt.simulator.shapes import HomeInputs

LOSS_W_K = 1.6
THERMOSTAT_C, HYSTERESIS_C = 65.0, 5.0
START_C = 45.0


class ApplianceParams(NamedTuple):
    """One appliance. ``phase``: 1 to 3, 0 all three. ``tank_l`` 0: it has no thermostat.

    ``points``: (percent, watts) of a measured regulator in place of ``curve``, percent rising.
    """

    name: str
    watts: float
    phase: int = 1
    curve: int = CURVE_PHASE_ANGLE
    points: tuple[tuple[float, float], ...] = ()
    tank_l: float = 0.0
    draw_share: float = 0.0  # of the hot water that the household draws


class ApplianceTotals(NamedTuple):
    """Since the start: Wh drawn, Wh of it that the grid gave meanwhile, and switches-on."""

    drawn_wh: float = 0.0
    bought_wh: float = 0.0
    switched: int = 0
    on_s: float = 0.0


class Appliance:
    """``percent``: what its regulator is told, 0 to 100; a plug knows 0 and 100.

    ``wanted_w``: what it draws where there is AC; ``drawn_w``: what it drew in the last step.
    """

    def __init__(self, params: ApplianceParams) -> None:
        self.params = params
        self.percent = 0.0
        self.tank_c = START_C
        self.closed = True  # the thermostat
        self.wanted_w = 0.0
        self.drawn_w = 0.0
        self.totals = ApplianceTotals()

    @property
    def asked_w(self) -> float:
        """What it would draw behind a closed thermostat: 50 % of a phase-angle regulator is half
        of its watts, 25 % is 14.6 % of them."""
        params = self.params
        if params.points:
            return points_w(params.points, self.percent)
        return knob_w(self.percent, params.watts, params.curve, 0.0, 0.0)

    def passed(self, inputs: HomeInputs, alive: bool, bought_share: float, dt_s: float) -> None:
        """``dt_s`` seconds have passed, with AC or without; the grid gave ``bought_share`` (0 to
        1) of what was drawn."""
        params, was, before_w = self.params, self.totals, self.drawn_w
        self.drawn_w = self.wanted_w if alive else 0.0
        if params.tank_l > 0.0:
            tank = mixed_tank(
                self.tank_c,
                params.tank_l,
                LOSS_W_K,
                self.drawn_w,
                inputs.draw_l_s * params.draw_share,
                inputs.cold_c,
                inputs.room_c,
                dt_s,
            )
            self.tank_c = tank.low_c
            self.closed = thermostat_next(self.closed, self.tank_c, THERMOSTAT_C, HYSTERESIS_C)
        drawn_wh = self.drawn_w * dt_s / 3600.0
        self.totals = ApplianceTotals(
            was.drawn_wh + drawn_wh,
            was.bought_wh + drawn_wh * bought_share,
            was.switched + (1 if before_w <= 0.0 < self.drawn_w else 0),
            was.on_s + (dt_s if self.drawn_w > 0.0 else 0.0),
        )

    def begin(self) -> float:
        """Watts that it wants from now on."""
        self.wanted_w = self.asked_w if self.closed else 0.0
        return self.wanted_w


def points_w(points: Sequence[tuple[float, float]], percent: float) -> float:
    """Watts of a measured regulator, straight lines between its points: (0, 0) and (50, 900) at
    25 % are 450 W. Beyond the ends as at them."""
    if percent <= points[0][0]:
        return points[0][1]
    for (pct_a, watts_a), (pct_b, watts_b) in pairwise(points):
        if percent <= pct_b:
            return watts_a + (watts_b - watts_a) * (percent - pct_a) / (pct_b - pct_a)
    return points[-1][1]


class Storing(Protocol):
    """A storage at the house's AC side."""

    @property
    def power_w(self) -> float: ...

    def passed(self, sun_share: float, dt_s: float) -> None: ...


class Household:
    """``inputs_at`` with the appliances' watts added to the house's load of their phases, and
    those of the storages to the first.

    Time passes for them as the home asks for its inputs, once a step. ``alive``: whether there was
    AC in the step before; ``grid_w``: what the grid gave in it; ``house_wh``: what the rest of the
    house has drawn. ``peak_w``: of the home's panels; ``has_panels`` False: only the storages have
    any, under the same sun.
    """

    def __init__(
        self,
        inputs_at: Callable[[float], HomeInputs],
        appliances: Sequence[Appliance],
        storages: Sequence[Storing] = (),
        peak_w: float = 0.0,
        has_panels: bool = True,
    ) -> None:
        self.appliances = tuple(appliances)
        self.storages = tuple(storages)
        self.peak_w, self.has_panels = peak_w, has_panels
        self.alive: Callable[[], bool] = lambda: True
        self.grid_w: Callable[[], float] = lambda: 0.0
        self._inputs_at = inputs_at
        self.house_wh = 0.0
        self._before: tuple[float, HomeInputs] | None = None

    def __call__(self, utc_s: float) -> HomeInputs:
        if self._before is not None and utc_s > self._before[0]:
            self._passed(self._before[1], utc_s - self._before[0])
        inputs = self._inputs_at(utc_s)
        self._before = (utc_s, inputs)
        phases = [inputs.load_l1_w, inputs.load_l2_w, inputs.load_l3_w]
        for one in self.appliances:
            watts = one.begin()
            if one.params.phase == 0:
                phases = [phase_w + watts / 3.0 for phase_w in phases]
            else:
                phases[one.params.phase - 1] += watts
        phases[0] += math.fsum(one.power_w for one in self.storages)
        if not self.has_panels:
            inputs = inputs._replace(pv_a_w=0.0, pv_b_w=0.0, pv_ac_w=0.0)
        return inputs._replace(load_l1_w=phases[0], load_l2_w=phases[1], load_l3_w=phases[2])

    def _passed(self, inputs: HomeInputs, dt_s: float) -> None:
        alive = self.alive()
        if alive:
            house_w = inputs.load_l1_w + inputs.load_l2_w + inputs.load_l3_w
            self.house_wh += house_w * dt_s / 3600.0
        drawn_w = math.fsum(one.wanted_w for one in self.appliances) if alive else 0.0
        bought_share = min(1.0, max(0.0, self.grid_w()) / drawn_w) if drawn_w > 0.0 else 0.0
        for one in self.appliances:
            one.passed(inputs, alive, bought_share, dt_s)
        pv_w = inputs.pv_a_w + inputs.pv_b_w + inputs.pv_ac_w
        share = min(1.0, pv_w / self.peak_w) if self.peak_w > 0.0 else 0.0
        for storage in self.storages:
            storage.passed(share, dt_s)
