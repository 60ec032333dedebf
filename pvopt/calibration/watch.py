"""What stops a calibration: the gates and the temperature rules of the main job, looked at alone.

Only surplus does not matter here: the water is heated with whatever power there is.
"""

from __future__ import annotations

import math

from pvopt.decide.comfort import ComfortState, comfort_step
from pvopt.decide.gates import gate_step
from pvopt.decide.guard import headroom_w
from pvopt.decide.reasons import house_numbers
from pvopt.decide.settings import LoadSettings, Settings
from pvopt.decide.site_now import load_now, site_now
from pvopt.decide.world import WorldState, is_fresh, world_step
from pvopt.model import LoadView, Reason, Snapshot, Why

MAX_DT_S = 60.0


class Watch:
    """Looks at each snapshot of one run; remembers what the rules need."""

    def __init__(self, settings: Settings, load: LoadSettings) -> None:
        self.room_w = 0.0  # what the inverter may still give
        self._settings = settings
        self._load = load
        self._world = WorldState()
        self._comfort = ComfortState()
        self._last_s: float | None = None

    def look(self, snapshot: Snapshot, view: LoadView) -> Reason | None:
        """Why nothing may be heated now; None: all is well."""
        params = self._settings.site
        now = site_now(snapshot.site, snapshot.instant)
        load = load_now(view, now.now_s)
        dt_s = 0.0 if self._last_s is None else snapshot.instant.mono_s - self._last_s
        dt_s = min(MAX_DT_S, max(0.0, dt_s))
        self._last_s = snapshot.instant.mono_s
        fresh = is_fresh(now, self._world.seen_s)
        seen_s = self._world.seen_s
        self._world = world_step(params, self._world, now, load.expected_w, False, fresh, dt_s)
        self.room_w = headroom_w(params, now, 0.0, self._load.phase != 0)
        world = self._world
        gate = gate_step(params, now, True, world.grid_lost_s, False, seen_s, world.soc_ok, True)
        if gate.why != Why.HOLD:
            numbers = house_numbers(gate.why, params, now, world.grid_lost_s)
            return Reason(gate.why, numbers)
        if view.fault:
            return Reason(Why.OUTPUT_FAULT)
        return self._warm(load.temperature_c, load.temperature_age_s, load.expected_w, dt_s)

    def _warm(
        self, temperature_c: float, age_s: float, heated_w: float, dt_s: float
    ) -> Reason | None:
        params = self._load.comfort
        result = comfort_step(params, self._comfort, temperature_c, age_s, heated_w, dt_s)
        self._comfort = result.state
        if result.allowed:
            return None
        known = () if math.isnan(temperature_c) else (("temperature_c", temperature_c),)
        return Reason(result.why, (*known, ("max_c", params.max_c)))
