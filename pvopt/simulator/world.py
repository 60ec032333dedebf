"""The simulated world of a run: home, inputs and outputs, advanced by the virtual clock's wait.

One thread owns it: the one that waits. Others see only what it publishes once a simulated second.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from pvopt.config.loads import Load
from pvopt.config.service import Demo
from pvopt.config.site import Site
from pvopt.simulator.account import OFF, Totals, beside_of
from pvopt.simulator.gains import PlaneShape
from pvopt.simulator.home import (
    NO_CAP_W,
    HomeControls,
    HomeInputs,
    HomeParams,
    HomeState,
    home_step,
)
from pvopt.simulator.meters import Meters, read_meters
from pvopt.simulator.regulator import CURVE_LINEAR, CURVE_PHASE_ANGLE
from pvopt.simulator.second import Second, second_step
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.surroundings import Outages, Surroundings, outages_of, utc_of

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
        self.second_step: Callable[..., Second] = second_step  # as text, or compiled from it
        self._inputs_at = inputs_at
        self._resolution_pct = resolution_pct
        self.state = state or HomeState()
        for _ in range(SETTLE_S):
            settled, self.flows = home_step(params, self.state, inputs_at(start_utc_s), OFF, 1.0)
            self.state = settled._replace(
                soc_pct=self.state.soc_pct,
                tank_c=self.state.tank_c,
                tank_top_c=self.state.tank_top_c,
            )
        self._alone = self.state
        self.beside = beside_of(self.flows)  # of the same second without the heater
        self.inputs: HomeInputs = inputs_at(start_utc_s)
        self.meters: Meters = read_meters(params, self.flows, self.inputs)
        self.meters_utc_s = start_utc_s
        self._log: deque[tuple[float, Meters]] = deque([(start_utc_s, self.meters)], 1)

    def keep_meters(self, seconds: float) -> None:
        """Remember the meters of at least the last ``seconds``, for sources that tell old ones."""
        longest = max(math.ceil(seconds) + 2, self._log.maxlen or 1)
        self._log = deque(self._log, longest)

    def meters_at(self, utc_s: float) -> tuple[float, Meters]:
        """(instant, meters) that were shown at ``utc_s``. Before its start the home stood still."""
        for shown in reversed(self._log):
            if shown[0] <= utc_s + 1e-6:
                return shown
        return float(math.floor(utc_s + 1e-6)), self._log[0][1]

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
        inputs = self.inputs = self._inputs_at(self.utc_s)
        self.state, self.flows, self._alone, self.beside, self.totals, meters = self.second_step(
            self.params,
            self.state,
            self._alone,
            self.totals,
            inputs,
            before,
            self.controls,
            self._resolution_pct,
            dt_s,
        )
        self.utc_s += dt_s
        if abs(self.utc_s - round(self.utc_s)) < 1e-6:
            self.utc_s = float(round(self.utc_s))
            self.meters = meters
            self.meters_utc_s = self.utc_s
            self._log.append((self.utc_s, self.meters))
            if self.on_second is not None:
                self.on_second(self)


def home_params(demo: Demo, site: Site, load: Load | None) -> HomeParams:
    """The default home, with what demo, site and the first heater say."""
    inverter_w = 3000.0 if site.inverter.max_w is None else site.inverter.max_w
    params = HomeParams(
        charger_a_rated_w=max(5000.0, 1.2 * demo.peak_w) if demo.battery_wh > 0.0 else 0.0,
        charger_recover_s=demo.charger_recover_s,
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
        tank_layers=demo.tank_layers,
        knob_backlash_pct=demo.knob_backlash_pct,
    )
    if load is None:
        return params
    curve = load.output.law
    return params._replace(
        heater_w=load.max_w,
        heater_phase=0 if load.phase == "all" else load.phase,
        curve=CURVE_LINEAR if curve.kind == "linear" else CURVE_PHASE_ANGLE,
        curve_dead_pct=curve.dead_zone_pct,
        curve_snap_pct=curve.snap_on_pct,
    )


def local_start(demo: Demo, site: Site) -> tuple[float, float]:
    """(Unix time of the demo's start, seconds that local time is ahead of UTC then)."""
    start_utc_s = utc_of(demo.start, site.timezone)
    return start_utc_s, offset_s(start_utc_s, site.timezone)


def offset_s(utc_s: float, timezone: str) -> float:
    """Seconds that local time is ahead of UTC: 7200 in Prague's summer."""
    ahead = datetime.fromtimestamp(utc_s, ZoneInfo(timezone)).utcoffset()
    return ahead.total_seconds() if ahead is not None else 0.0


def demo_planes(demo: Demo, site: Site) -> tuple[PlaneShape, ...]:
    """The planes of ``site`` give the shape, ``demo.peak_w`` the size; none: south at 35 deg."""
    given = tuple((p.peak_w, p.tilt_deg, p.azimuth_deg) for p in site.planes) or (DEFAULT_PLANE,)
    total_w = sum(plane[0] for plane in given)
    return tuple((demo.peak_w * w / total_w, tilt, azimuth) for w, tilt, azimuth in given)


def demo_series(demo: Demo, site: Site, ahead_s: float) -> HomeSeries:
    """The demo's sky and household; ``ahead_s``: seconds that local time is ahead of UTC."""
    planes = demo_planes(demo, site)
    return HomeSeries(
        latitude_deg=site.latitude,
        longitude_deg=site.longitude,
        local_offset_s=ahead_s,
        planes=planes if demo.battery_wh > 0.0 else (),
        planes_ac=() if demo.battery_wh > 0.0 else planes,
        sky=demo.sky,
        seed=demo.seed,
        load_w=demo.load_w,
    )


def demo_world(
    demo: Demo,
    site: Site,
    load: Load | None = None,
    start_utc_s: float | None = None,
    inputs_at: Callable[[float], HomeInputs] | None = None,
) -> World:
    """The world of the ``demo`` section. ``load``: the heater whose element stands in the tank.

    ``start_utc_s``: another start than the demo's; ``inputs_at``: other sky and household.
    """
    begins_s = utc_of(demo.start, site.timezone) if start_utc_s is None else start_utc_s
    ahead_s = offset_s(begins_s, site.timezone)
    inputs_at = inputs_at or demo_series(demo, site, ahead_s)
    outages = outages_of(demo, site.timezone)
    if outages != Outages() or demo.battery_c != HomeInputs().battery_c:
        inputs_at = Surroundings(inputs_at, outages, demo.battery_c, ahead_s)
    state = HomeState(soc_pct=demo.soc_pct)
    return World(home_params(demo, site, load), inputs_at, begins_s, state)
