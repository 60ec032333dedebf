"""The simulated world of a run: home, inputs and outputs, advanced by the virtual clock's wait.

One thread owns it: the one that waits. Others see only what it publishes once a simulated second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from pvopt.config.loads import Load
from pvopt.config.service import Demo
from pvopt.config.site import Site
from pvopt.simulator.account import OFF, Totals, account_step, beside_step
from pvopt.simulator.boiler import CURVE_LINEAR, CURVE_PHASE_ANGLE
from pvopt.simulator.home import (
    NO_CAP_W,
    HomeControls,
    HomeInputs,
    HomeParams,
    HomeState,
    home_step,
)
from pvopt.simulator.meters import Meters, read_meters
from pvopt.simulator.series import HomeSeries

DEFAULT_PLANE = (1.0, 35.0, 0.0)  # share of the peak, tilt, azimuth
SETTLE_S = 60  # seconds run before the start, so that no start-up of the home is seen


class World:
    """A home that lives in simulated time.

    ``read_controls``: asked before each step for relay and knob (the pins, read back). Without it
    ``controls`` is used, which a simulated actuator sets. ``meters`` is renewed at each whole
    simulated second, as a GX does; then ``on_second`` is called with the world.
    """

    def __init__(
        self,
        params: HomeParams,
        inputs_at: Callable[[float], HomeInputs],
        start_utc_s: float,
        state: HomeState | None = None,
        resolution_pct: float = 0.2,
    ) -> None:
        self.params = params
        self.utc_s = start_utc_s
        self.controls = OFF
        self._before = OFF
        self.read_controls: Callable[[], HomeControls] | None = None
        self.on_second: Callable[[World], None] | None = None
        self.totals = Totals()
        self._inputs_at = inputs_at
        self._resolution_pct = resolution_pct
        self.state = state or HomeState()
        for _ in range(SETTLE_S):
            settled, self.flows = home_step(params, self.state, inputs_at(start_utc_s), OFF, 1.0)
            self.state = settled._replace(soc_pct=self.state.soc_pct, tank_c=self.state.tank_c)
        self._beside = self.state
        self.inputs: HomeInputs = inputs_at(start_utc_s)
        self.meters: Meters = read_meters(params, self.flows, self.inputs)
        self.meters_utc_s = start_utc_s

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` > 0 seconds pass, in steps of at most one second."""
        left_s = dt_s
        while left_s > 1e-9:
            # Steps end on whole seconds: the meters' tick.
            step_s = min(left_s, math.floor(self.utc_s + 1e-6) + 1.0 - self.utc_s)
            self._step(step_s)
            left_s -= step_s

    def _step(self, dt_s: float) -> None:
        before = self._before
        if self.read_controls is not None:
            self.controls = self.read_controls()
        self._before = self.controls
        moved_pct = abs(self.controls.knob_pct - before.knob_pct)
        switched = self.controls.relay_closed != before.relay_closed
        inputs = self.inputs = self._inputs_at(self.utc_s)
        state, self.flows = home_step(self.params, self.state, inputs, self.controls, dt_s)
        self._beside, beside = beside_step(self.params, self.state, self._beside, inputs, dt_s)
        self.state = state
        self.totals = account_step(
            self.params,
            self.totals,
            self.flows,
            beside,
            moved_pct,
            switched,
            self._resolution_pct,
            dt_s,
        )
        self.utc_s += dt_s
        if abs(self.utc_s - round(self.utc_s)) < 1e-6:
            self.utc_s = float(round(self.utc_s))
            self.meters = read_meters(self.params, self.flows, inputs)
            self.meters_utc_s = self.utc_s
            if self.on_second is not None:
                self.on_second(self)


def home_params(demo: Demo, site: Site, load: Load | None) -> HomeParams:
    """The default home, with what demo, site and the first heater say."""
    inverter_w = 3000.0 if site.inverter.max_w is None else site.inverter.max_w
    params = HomeParams(
        charger_a_rated_w=max(5000.0, 1.2 * demo.peak_w) if demo.battery_wh > 0.0 else 0.0,
        battery_wh=demo.battery_wh,
        battery_ohm=0.08 * 4800.0 / demo.battery_wh if demo.battery_wh > 0.0 else 0.08,
        charge_max_a=90.0 * demo.battery_wh / 4800.0,
        discharge_max_w=4500.0 * demo.battery_wh / 4800.0,
        inverter_w=inverter_w,
        dc_feed_in=demo.feed_in,
        feed_in_cap_w=NO_CAP_W if demo.feed_in_cap_w is None else demo.feed_in_cap_w,
        # Without a battery there is no DC bus: the panels feed a PV inverter.
        pv_ac_rated_w=0.0 if demo.battery_wh > 0.0 else demo.peak_w,
        ac_feed_in=demo.feed_in,
        tank_l=demo.tank_l,
    )
    if load is None:
        return params
    curve = load.output.curve
    return params._replace(
        heater_w=load.max_w,
        heater_phase=0 if load.phase == "all" else load.phase,
        curve=CURVE_LINEAR if curve.kind == "linear" else CURVE_PHASE_ANGLE,
        curve_dead_pct=curve.dead_zone_pct,
        curve_snap_pct=curve.snap_on_pct,
    )


def local_start(demo: Demo, site: Site) -> tuple[float, float]:
    """(Unix time of the demo's start, seconds that local time is ahead of UTC then)."""
    local = datetime.strptime(demo.start, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(site.timezone))
    ahead = local.utcoffset()
    return local.timestamp(), ahead.total_seconds() if ahead is not None else 0.0


def demo_world(demo: Demo, site: Site, load: Load | None = None) -> World:
    """The world of the ``demo`` section. ``load``: the heater whose element stands in the tank.

    The planes of ``site`` give the shape, ``demo.peak_w`` the size; none means south at 35 deg.
    """
    start_utc_s, offset_s = local_start(demo, site)
    given = tuple((p.peak_w, p.tilt_deg, p.azimuth_deg) for p in site.planes) or (DEFAULT_PLANE,)
    total_w = sum(plane[0] for plane in given)
    planes = tuple((demo.peak_w * w / total_w, tilt, azimuth) for w, tilt, azimuth in given)
    series = HomeSeries(
        latitude_deg=site.latitude,
        longitude_deg=site.longitude,
        local_offset_s=offset_s,
        planes=planes if demo.battery_wh > 0.0 else (),
        planes_ac=() if demo.battery_wh > 0.0 else planes,
        sky=demo.sky,
        seed=demo.seed,
        load_w=demo.load_w,
    )
    state = HomeState(soc_pct=demo.soc_pct)
    return World(home_params(demo, site, load), series, start_utc_s, state)
