"""The simulated home at the loop's two ports: a Source and an Actuator without wires.

For virtual days through the production loop. What the source tells is what a GX would tell,
rounded as a GX rounds, renewed once a second; what the actuator does takes the ticks that relay
and servo take.
"""

from __future__ import annotations

import math

from pvopt.act.curve import Curve
from pvopt.config.loads import Load
from pvopt.model import Command, Instant, Outcome, Reading, Samples
from pvopt.simulator.gx_image import WATER_HEATER
from pvopt.simulator.home import HomeControls
from pvopt.simulator.meters import Meters
from pvopt.simulator.outlet import OutletState, controls_of, outlet_move, outlet_params
from pvopt.simulator.told_site import site_of
from pvopt.simulator.world import World

ALLOWED_AGE_S = 7.0
FIRST_TICK_S = 1.0  # the time that an actuator's first tick is taken to have


class SimSource:
    """``ports.Source`` over a world.

    ``delay_s``: each read gives the meters of so long ago, as a slow way does. ``interval_s``:
    it gives the last sample of a log written at whole multiples of so many seconds, as the VRM
    portal does (60 or 900 s, say); its age grows until the next one. Both add up. Readings carry
    the true instant of their sample, so whoever wants such a source must allow its age.
    """

    def __init__(
        self,
        world: World,
        name: str = "gx",
        allowed_age_s: float = ALLOWED_AGE_S,
        delay_s: float = 0.0,
        interval_s: float = 0.0,
    ) -> None:
        self.name = name
        self._tank_keys = (f"{name}:{WATER_HEATER}", f"{name}:water_heater")
        self._world = world
        self._allowed_age_s = allowed_age_s
        self._delay_s = delay_s
        self._interval_s = interval_s
        self._logged = (-math.inf, -math.inf, world.meters)  # (asked for, instant, meters)
        if delay_s > 0.0 or interval_s > 0.0:
            world.keep_meters(delay_s + interval_s)

    def _shown(self) -> tuple[float, Meters]:
        """(instant, meters) that this source knows now."""
        world = self._world
        if self._delay_s <= 0.0 and self._interval_s <= 0.0:
            return world.meters_utc_s, world.meters
        asked_utc_s = world.utc_s - self._delay_s
        if self._interval_s > 0.0:
            asked_utc_s = math.floor(asked_utc_s / self._interval_s + 1e-9) * self._interval_s
        if asked_utc_s != self._logged[0]:
            self._logged = (asked_utc_s, *world.meters_at(asked_utc_s))
        return self._logged[1:]

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """The meters as of the home's last whole second. ``budget_s`` is not needed."""
        del budget_s
        world = self._world
        shown_utc_s, meters = self._shown()
        age_s = max(0.0, world.utc_s - shown_utc_s)
        at_s = math.floor((instant.mono_s - age_s) * 10.0 + 1e-6) / 10.0
        site = site_of(world.params, meters, at_s, self.name, self._allowed_age_s)
        tank = Reading(meters.tank_10mk / 100.0, at_s, self.name)
        return Samples(self.name, site, tuple([(key, tank) for key in self._tank_keys]))

    def close(self) -> None:
        """Nothing to give back."""


class SimActuator:
    """``ports.Actuator`` over a world: the outlet's kernels, fed with commands.

    A curve measured as a table is looked up here; the kernels know laws only.
    """

    def __init__(self, world: World, load: Load) -> None:
        self.name = load.id
        self._world = world
        self._max_w = load.max_w
        self._params = outlet_params(load)
        self._curve = Curve.from_config(load.output.law, load.max_w)
        self._state = OutletState()
        self._last_s: float | None = None

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """One tick towards the command; None, expired or not a number: off."""
        now_s = instant.mono_s
        dt_s = FIRST_TICK_S if self._last_s is None else now_s - self._last_s
        self._last_s = now_s
        asked_w, urgent = 0.0, False
        if command is not None:
            urgent = command.urgent
            if now_s < command.expires_s and math.isfinite(command.setpoint_w):
                asked_w = max(0.0, command.setpoint_w)
        before = self._state
        state, pending = outlet_move(
            self._params, before, asked_w, self._curve.position_pct(asked_w), urgent, dt_s
        )
        self._state = state
        controls = self._world.controls = controls_of(self._params, state)
        return Outcome(
            target=self.name,
            asked_w=asked_w,
            sent=(before.knob_pct, before.closed) != (state.knob_pct, state.closed),
            pending=pending,
            expected_w=self._expected_w(),
            position_pct=controls.knob_pct if self._params.has_knob else 100.0 * state.closed,
            closed=state.closed,
            moves=state.moves,
            switches=state.switches,
        )

    def safe(self) -> None:
        """Relay open and knob at zero, now."""
        state = self._state
        switches = state.switches + (1 if state.closed else 0)
        self._state = OutletState(moves=state.moves, switches=switches)
        self._world.controls = HomeControls(False, 0.0)

    def close(self) -> None:
        """Leave it safe."""
        self.safe()

    def _expected_w(self) -> float:
        if not self._state.closed:
            return 0.0
        if not self._params.has_knob:
            return self._max_w
        return self._curve.watts(self._state.knob_pct)
