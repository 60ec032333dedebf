"""A servo on the knob. It gives no answer, so where the horn is follows from time and bounds.

The servo keeps the interval in which the horn can be: all of the travel at the start, the target
alone once a move has had its time, and everything between while moves overtake one another.
A move lasts for the longest way out of that interval, and only then does the knob count as
arrived; so zero is certain even if the horn was turned by hand before the start.
"""

from __future__ import annotations

from pvopt.act.pulse import Pulse
from pvopt.act.travel import Travel
from pvopt.config.outputs import Servo as ServoConfig

SETTLE_S = 0.1  # pulses go on for five periods after the estimated arrival


class Servo:
    """A Knob turned by servo pulses, which end after every move."""

    def __init__(self, config: ServoConfig, pulse: Pulse) -> None:
        self.moves = 0  # pulse changes: an overshoot and its return are two
        self._config = config
        self._travel = Travel.from_config(config)
        self._pulse = pulse
        self._low, self._high = 0.0, 1.0  # where the horn can be
        self._from = 1.0  # where it most likely stood when the present move began
        self._aim: float | None = None  # where the pulses send it
        self._goal: float | None = None  # where it shall be in the end
        self._start_s: float | None = None  # None while moving: not timed yet
        self._now_s = 0.0
        self.moving = False

    @property
    def at_zero(self) -> bool:
        return not self.moving and self._goal == 0.0

    @property
    def position_pct(self) -> float:
        return self._travel.pct(self._likely())

    @property
    def certain_pct(self) -> float:
        ends = (end for end in (self._aim, self._goal) if end is not None)
        return self._travel.pct(min(self._likely(), *ends, 1.0))

    @property
    def farthest_pct(self) -> float:
        ends = (end for end in (self._aim, self._goal) if end is not None and self.moving)
        return self._travel.pct(max(self._likely(), *ends, 0.0))

    def go(self, pct: float, now_s: float) -> bool:
        self._now_s = now_s
        goal = self._travel.share(pct)
        if goal == self._goal or self._too_small(goal, pct):
            return False
        self._goal = goal
        via = self._overshoot(goal)
        self._send(goal if via is None else via, now_s)
        return True

    def advance(self, now_s: float) -> bool:
        self._now_s = now_s
        if not self.moving or self._aim is None or self._goal is None:
            return False
        if self._start_s is None:  # sent by zero_now, without a clock
            self._start_s = now_s
        if now_s - self._start_s < self._lasts_s():
            return False
        self._low = self._high = self._from = self._aim
        if self._aim != self._goal:
            self._send(self._goal, now_s)
            return True
        self._pulse.off()
        self.moving = False
        return True

    def zero_now(self) -> None:
        self._goal = 0.0
        if self._aim != 0.0 or not self.moving:
            self._send(0.0, None)

    def release(self) -> None:
        self._pulse.close()

    def _too_small(self, goal: float, pct: float) -> bool:
        """Moves below the deadband wear the servo for nothing; the ends are always reached."""
        if self._goal is None or pct <= 0 or pct >= 100:
            return False
        return abs(goal - self._goal) * 100.0 < self._config.deadband_pct - 1e-9

    def _overshoot(self, goal: float) -> float | None:
        """The point beyond the goal from which backlash is always taken up the same way."""
        beyond = self._config.overshoot_pct / 100.0
        if goal == 0.0 or self._goal is None or beyond == 0.0:
            return None
        if self._config.approach == "from_below" and self._high > goal:
            return max(0.0, goal - beyond)
        if self._config.approach == "from_above" and self._low < goal:
            via = min(1.0, goal + beyond)
            return via if via > goal else None
        return None

    def _send(self, aim: float, now_s: float | None) -> None:
        self._from = self._likely()
        self._aim = aim
        self._start_s = now_s
        self.moving = True
        self.moves += 1
        self._pulse.set_us(self._travel.pulse_us(aim))
        self._low, self._high = min(self._low, aim), max(self._high, aim)

    def _lasts_s(self) -> float:
        aim = self._aim or 0.0
        way = max(aim - self._low, self._high - aim)
        return way * self._config.full_travel_s + SETTLE_S

    def _likely(self) -> float:
        """Straight from where the move began to its aim, at the slow, stated speed."""
        if self._aim is None or self._start_s is None:
            return self._from
        way = max(0.0, self._now_s - self._start_s) / self._config.full_travel_s
        if self._aim >= self._from:
            return min(self._aim, self._from + way)
        return max(self._aim, self._from - way)
