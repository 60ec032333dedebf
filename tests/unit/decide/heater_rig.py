"""A heater in a home, second by second, for the tests of what effects are seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from pvopt.decide.effect_state import EffectMeters, EffectResult, EffectState
from pvopt.decide.effects import effect_step
from pvopt.model import Why

RATING_W = 2000.0


@dataclass
class HeaterRig:
    """``watts`` and ``closed`` are commanded; a verdict overrides them, as policy would.

    ``lag_s``: the meters show what was so many seconds ago. ``own_meter``: the load has one.
    """

    house_w: Callable[[float], float] = lambda _: 300.0
    lag_s: int = 1
    own_meter: bool = False
    temperature_c: float = 50.0
    shorted: bool = False  # full power whenever the relay lets it
    slipped_w: float = 0.0  # the coupling has slipped: so much flows at any knob
    welded: bool = False
    thermostat_open: bool = False
    on_off: bool = False
    sample_s: int = 1  # a new sample every so many seconds
    now_s: float = 0.0
    state: EffectState = EffectState()
    watts: float = 0.0
    closed: bool = False
    zero_only: bool = False  # what the last verdict allows of the knob
    switches: int = 0
    seen: list[Why] = field(default_factory=list)
    _flow: list[float] = field(default_factory=list)
    _sample: tuple[float, float, float] = (math.nan, math.nan, 0.0)

    def flowing_w(self) -> float:
        if self.thermostat_open or not (self.closed or self.welded):
            return 0.0
        if self.shorted or self.on_off:
            return RATING_W
        return max(self.slipped_w, self.asked_w())

    def asked_w(self) -> float:
        """Watts of the knob's position."""
        return 0.0 if self.zero_only else self.watts

    def tick(self) -> EffectResult:
        self._flow.append(self.flowing_w())
        seen_w = self._flow[max(0, len(self._flow) - 1 - self.lag_s)]
        fresh = int(self.now_s) % self.sample_s == 0
        if fresh:
            self._sample = (self.house_w(self.now_s) + seen_w, seen_w, self.now_s)
        load_w, own_w, at_s = self._sample
        meters = EffectMeters(
            expected_w=self.asked_w() if self.closed else 0.0,
            closed=self.closed,
            actual_w=own_w if self.own_meter else math.nan,
            load_w=load_w,
            temperature_c=self.temperature_c,
            rating_w=RATING_W,
            age_s=self.now_s - at_s,
            fresh=fresh,
            has_knob=not self.on_off,
            actual_age_s=self.now_s - at_s if self.own_meter else 0.0,
        )
        result = effect_step(self.state, meters, 1.0)
        self.state = result.state
        self.zero_only = result.zero_only
        self.seen.append(result.why)
        if not result.allowed:
            self.off()
        self.now_s += 1.0
        return result

    def off(self) -> None:
        self.switches += self.closed
        self.closed, self.watts = False, 0.0

    def run(self, seconds: int) -> EffectResult:
        result = self.tick()
        for _ in range(seconds - 1):
            result = self.tick()
        return result

    def until_refused(self, seconds: int) -> EffectResult | None:
        """Tick until a verdict or a check refuses the load; None if none came."""
        for _ in range(seconds):
            result = self.tick()
            if result.why != Why.HOLD:
                return result
        return None

    def close(self) -> None:
        """The relay closes with the knob at zero."""
        self.switches += not self.closed
        self.closed = True
        self.watts = RATING_W if self.on_off else 0.0

    def heat(self, watts: float, seconds: int = 40) -> EffectResult:
        """Relay at zero for three seconds if it was open, then the knob; run."""
        if not self.closed:
            self.close()
            if not self.run(3).allowed:
                return self.tick()
        self.watts = watts
        return self.run(seconds)
