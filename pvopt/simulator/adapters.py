"""The simulated home at the loop's two ports: a Source and an Actuator without wires.

For virtual days through the production loop. What the source tells is what a GX would tell,
rounded as a GX rounds, renewed once a second; what the actuator does takes the ticks that relay
and servo take.
"""

from __future__ import annotations

import math

from pvopt.act.curve import Curve
from pvopt.config.loads import Load, Servo
from pvopt.model import (
    Command,
    EssState,
    FeedIn,
    Instant,
    Limits,
    LimitWhy,
    Outcome,
    PvDevice,
    Reading,
    Samples,
    Site,
)
from pvopt.simulator.charger import MODE_LIMITED, MODE_OFF
from pvopt.simulator.home import NO_CAP_W, HomeControls, HomeFlows, HomeParams
from pvopt.simulator.inverter import SHIFT_FROM_HZ
from pvopt.simulator.world import World

ALLOWED_AGE_S = 7.0
NEAR_LIMIT = 0.97  # a current at this share of its limit is held by that limit


class SimSource:
    """``ports.Source`` over a world."""

    def __init__(
        self, world: World, name: str = "gx", allowed_age_s: float = ALLOWED_AGE_S
    ) -> None:
        self.name = name
        self._world = world
        self._allowed_age_s = allowed_age_s

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The meters as of the home's last whole second. ``budget_s`` is not needed."""
        del budget_s
        world = self._world
        at_s = instant.mono_s - max(0.0, world.utc_s - world.seen_utc_s)
        site = site_of(world.params, world.seen, at_s, self.name, self._allowed_age_s)
        tank = Reading(_rounded(world.seen.tank_c, 0.01), at_s, self.name)
        return Samples(self.name, site, ((f"{self.name}:water_heater", tank),))

    def close(self) -> None:
        """Nothing to give back."""


def _rounded(number: float, step: float) -> float:
    """Half away from zero to a multiple of ``step``, as the GX rounds."""
    steps = math.floor(abs(number) / step + 0.5)
    return math.copysign(round(steps * step, 6), number) if steps else 0.0


def site_of(
    params: HomeParams, flows: HomeFlows, at_s: float, origin: str, allowed_age_s: float
) -> Site:
    """The site as meters show it: what they do not show (possible PV) is not in it."""

    def reading(number: float, step: float = 1.0) -> Reading:
        return Reading(_rounded(number, step), at_s, origin)

    phases = tuple(reading(watts) for watts in (flows.grid_l1_w, flows.grid_l2_w, flows.grid_l3_w))
    grid_up = flows.grid_up
    battery = params.battery_wh > 0.0
    missing = Reading(None, at_s, origin)
    return Site(
        origin=origin,
        at_s=at_s,
        allowed_age_s=allowed_age_s,
        grid_w=reading(flows.grid_w),
        grid_phase_w=(phases[0], phases[1], phases[2]),
        pv_w=reading(flows.pv_w),
        load_w=reading(flows.load_w + flows.heater_w),
        battery_w=reading(flows.battery_w) if battery else missing,
        battery_v=reading(flows.battery_v, 0.01) if battery else missing,
        soc_pct=reading(flows.soc_pct, 0.1) if battery else missing,
        inverter_out_w=reading(max(0.0, flows.inverter_out_w)) if battery else missing,
        frequency_hz=reading(flows.frequency_hz, 0.01),
        pv=_pv_devices(params, flows, at_s, origin),
        feed_in=FeedIn(
            dc_allowed=params.dc_feed_in,
            ac_allowed=params.ac_feed_in,
            cap_w=None if params.feed_in_cap_w >= NO_CAP_W else params.feed_in_cap_w,
            limiter_active=flows.limited and params.feed_in_cap_w < NO_CAP_W,
        ),
        grid_setpoint_w=reading(params.grid_setpoint_w),
        grid_up=grid_up,
        generator=False,
        ess_state=EssState.OPTIMIZED if grid_up else EssState.ISLAND,
        limits=Limits(
            charge_w=flows.charge_limit_a * flows.battery_v if battery else None,
            discharge_w=params.discharge_max_w if battery else None,
            charge_v=params.absorb_v if battery else None,
            inverter_w=params.inverter_w if battery else None,
            ess_min_soc_pct=params.min_soc_pct if battery else None,
        ),
    )


def _limit_why(params: HomeParams, flows: HomeFlows, given_w: float, rated_w: float) -> LimitWhy:
    """Why a charger is limited, as far as its GX's numbers tell."""
    if given_w >= NEAR_LIMIT * rated_w:
        return LimitWhy.OWN_RATING
    if flows.battery_v >= params.absorb_v - 0.1:
        return LimitWhy.BATTERY_FULL
    if flows.battery_a >= NEAR_LIMIT * flows.charge_limit_a:
        return LimitWhy.CHARGE_LIMIT
    return LimitWhy.UNKNOWN


def _pv_devices(
    params: HomeParams, flows: HomeFlows, at_s: float, origin: str
) -> tuple[PvDevice, ...]:
    devices = []
    for name, rated_w, given_w, mode in (
        ("charger_a", params.charger_a_rated_w, flows.charger_a_w, flows.mode_a),
        ("charger_b", params.charger_b_rated_w, flows.charger_b_w, flows.mode_b),
    ):
        if rated_w > 0.0:
            limited = None if mode == MODE_OFF else mode == MODE_LIMITED
            why = _limit_why(params, flows, given_w, rated_w) if limited else LimitWhy.NONE
            devices.append(
                PvDevice(name, Reading(_rounded(given_w, 1.0), at_s, origin), limited, why)
            )
    if params.pv_ac_rated_w > 0.0:
        watts = Reading(_rounded(flows.pv_ac_w, 1.0), at_s, origin)
        limited, why = _pv_ac_limited(params, flows)
        devices.append(PvDevice("pv_inverter", watts, limited, why))
    return tuple(devices)


def _pv_ac_limited(params: HomeParams, flows: HomeFlows) -> tuple[bool, LimitWhy]:
    """A PV inverter tells its limit only; giving what the limit allows means held back."""
    if not flows.grid_up:
        shifted = flows.frequency_hz > SHIFT_FROM_HZ
        return shifted, LimitWhy.FREQUENCY if shifted else LimitWhy.NONE
    below = flows.pv_ac_limit_w < params.pv_ac_rated_w * 0.99
    held = below and flows.pv_ac_w >= NEAR_LIMIT * flows.pv_ac_limit_w
    return held, LimitWhy.FEED_IN_LIMIT if held else LimitWhy.NONE


class SimActuator:
    """``ports.Actuator`` over a world: a relay, and a servo on the regulator's knob.

    On: knob at zero, relay, ``zero_hold_s`` at zero, knob up. Off: knob to zero, then the relay,
    one tick later. A command of more than 0 W that the curve cannot give keeps the relay closed
    with the knob at zero. The knob moves as far as its speed allows in the time since the last
    tick, in steps of its resolution, and not at all for less than its deadband.
    """

    def __init__(self, world: World, load: Load) -> None:
        self.name = load.id
        self._world = world
        self._load = load
        knob = load.output.knob if isinstance(load.output.knob, Servo) else None
        self._has_knob = load.output.knob is not None
        self._speed_pct_s = 100.0 / (knob.full_travel_s if knob else 0.1)
        span_us = abs(knob.max_us - knob.min_us) if knob else 0.0
        self._grain_pct = 100.0 * knob.resolution_us / span_us if knob and span_us else 100.0 / 256
        self._deadband_pct = knob.deadband_pct if knob else self._grain_pct
        self._curve = Curve.from_config(load.output.curve, load.max_w)
        self._knob_pct = 0.0
        self._closed = False
        self._closed_at_s = 0.0
        self._last_s: float | None = None
        self._moves = 0
        self._switches = 0

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """One tick towards the command; None, expired or not a number: off."""
        now_s = instant.mono_s
        room_pct = self._speed_pct_s * (1.0 if self._last_s is None else now_s - self._last_s)
        self._last_s = now_s
        asked_w = 0.0
        if command is not None and now_s < command.expires_s and math.isfinite(command.setpoint_w):
            asked_w = max(0.0, command.setpoint_w)
        before = (self._knob_pct, self._closed)
        if command is not None and command.urgent and asked_w <= 0.0:
            self._switch(False, now_s)
        pending = self._towards(asked_w, now_s, room_pct)
        knob_pct = self._knob_pct if self._has_knob else 100.0
        self._world.controls = HomeControls(self._closed, knob_pct)
        return Outcome(
            target=self.name,
            asked_w=asked_w,
            sent=before != (self._knob_pct, self._closed),
            pending=pending,
            expected_w=self._expected_w(),
            position_pct=self._knob_pct,
            closed=self._closed,
            moves=self._moves,
            switches=self._switches,
        )

    def safe(self) -> None:
        """Relay open and knob at zero, now."""
        self._switch(False, self._last_s or 0.0)
        self._knob_pct = 0.0
        self._world.controls = HomeControls(False, 0.0)

    def close(self) -> None:
        """Leave it safe."""
        self.safe()

    def _towards(self, asked_w: float, now_s: float, room_pct: float) -> bool:
        """Move relay and knob by at most one tick; True while the sequence goes on."""
        if asked_w <= 0.0:
            at_zero = self._knob_pct == 0.0
            self._turn(0.0, room_pct)
            if at_zero:
                self._switch(False, now_s)
            return self._closed
        if not self._closed:
            at_zero = self._knob_pct == 0.0
            self._turn(0.0, room_pct)
            if at_zero:
                self._switch(True, now_s)
            return True
        if self._has_knob and now_s - self._closed_at_s < self._load.output.zero_hold_s:
            return True
        aim_pct = self._curve.position_pct(asked_w)
        self._turn(aim_pct, room_pct)
        return abs(self._knob_pct - aim_pct) > self._deadband_pct

    def _turn(self, aim_pct: float, room_pct: float) -> None:
        if not self._has_knob:
            return
        aim_pct = min(100.0, round(aim_pct / self._grain_pct) * self._grain_pct)
        way_pct = aim_pct - self._knob_pct
        end = aim_pct in {0.0, 100.0}
        if way_pct == 0.0 or (abs(way_pct) < self._deadband_pct and not end):
            return
        self._moves += 1
        if abs(way_pct) <= room_pct:
            self._knob_pct = aim_pct
        else:
            self._knob_pct += math.copysign(room_pct, way_pct)

    def _switch(self, closed: bool, now_s: float) -> None:
        if closed != self._closed:
            self._closed = closed
            self._closed_at_s = now_s
            self._switches += 1

    def _expected_w(self) -> float:
        if not self._closed:
            return 0.0
        return self._curve.watts(self._knob_pct) if self._has_knob else self._load.max_w
