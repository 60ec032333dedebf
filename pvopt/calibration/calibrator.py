"""Decides for the loop while a regulator is measured: the knob by the sweep, off by the watch.

The loop's load has a straight curve then, so that its watts say where the knob shall be:
``max_w * percent / 100``.
"""

from __future__ import annotations

from pvopt.calibration.judge import suspects
from pvopt.calibration.shapes import End, Plan, Point, Sample, again
from pvopt.calibration.sweep import State, asked_pct, begin, more, share, step, stop
from pvopt.calibration.watch import Watch
from pvopt.decide.guard import EXPIRES_S
from pvopt.decide.settings import LoadSettings, Settings
from pvopt.model import Command, Decision, Instant, LoadView, Reason, Site, Snapshot, Why

# Watts that mean: relay closed, knob at zero; a straight curve gives nothing below LEAST_W.
READY_W, LEAST_W = 0.01, 0.02
TICK_S = 1.0  # a slower tick of the owner would only wait longer for each level
GRACE_S = 45.0  # for the first readings of all sources, relay open
CLOSING_S = 15.0  # relay and knob on their way to "off" after the end
ROUNDS = 2  # of places that stand out, measured once more


class Calibrator:
    """``decide`` in the place of the law, for one load; all others stay off."""

    def __init__(self, plan: Plan, settings: Settings, load_id: str, has_play: bool) -> None:
        self.reason: Reason | None = None  # what the watch saw
        self.state: State = begin(plan)
        self._plan = plan
        self._settings = settings
        self._load: LoadSettings = next(one for one in settings.loads if one.id == load_id)
        self._has_play = has_play
        self._watch = Watch(settings, self._load)
        self._begun_s: float | None = None
        self._ended_s: float | None = None
        self._off = False
        self._rounds = 0

    @property
    def over(self) -> bool:
        """The end has come and the outputs are off, or had their time for it."""
        return self._off

    @property
    def end(self) -> End | None:
        return self.state.end

    @property
    def points(self) -> tuple[Point, ...]:
        return self.state.points

    @property
    def asked_pct(self) -> float | None:
        """Where the knob shall be; None: the relay open."""
        return asked_pct(self.state)

    @property
    def share(self) -> float:
        return share(self._plan, self.state)

    def decide(self, snapshot: Snapshot) -> Decision:
        """One command a load."""
        instant = snapshot.instant
        if self._begun_s is None:
            self._begun_s = instant.mono_s
        view = next((v for v in snapshot.loads if v.id == self._load.id), LoadView(self._load.id))
        doubt = self._watch.look(snapshot, view)
        if self.state.end is None:
            self._advance(snapshot, view, doubt, self._begun_s)
        if self.state.end == End.DONE and self._rounds < ROUNDS:
            self._look_again(instant.mono_s)
        if self.state.end is not None:
            self._leaving(view, instant.mono_s)
        commands = tuple([self._command(load, instant, snapshot) for load in self._settings.loads])
        return Decision(instant, commands, 0.0, 0.0)

    def _advance(
        self, snapshot: Snapshot, view: LoadView, doubt: Reason | None, begun_s: float
    ) -> None:
        now_s = snapshot.instant.mono_s
        if doubt is None:
            self.state = step(self._plan, self.state, _sample(snapshot, view, self._watch.room_w))
        elif asked_pct(self.state) is not None or now_s - begun_s > GRACE_S:
            self.reason = doubt
            self.state = stop(self.state, End.WATCHED)

    def _look_again(self, now_s: float) -> None:
        self._rounds += 1
        blocks = again(suspects(self._plan, self.points), self._has_play)
        if blocks:
            self.state = more(self.state, blocks, now_s)

    def _leaving(self, view: LoadView, now_s: float) -> None:
        if self._ended_s is None:
            self._ended_s = now_s
        elif not view.closed and not view.pending:
            self._off = True
        if now_s - self._ended_s > CLOSING_S:
            self._off = True

    def _command(self, load: LoadSettings, instant: Instant, snapshot: Snapshot) -> Command:
        pct = asked_pct(self.state) if load.id == self._load.id else None
        watts = 0.0 if pct is None else max(READY_W, self._plan.max_w * pct / 100.0)
        expires_s = instant.mono_s + EXPIRES_S
        site = snapshot.site
        if site is not None and watts > 0.0:
            expires_s = min(expires_s, site.at_s + site.allowed_age_s)
        urgent = self.state.end not in (None, End.DONE)
        return Command(load.id, watts, expires_s, Reason(Why.CHECKING), urgent)


def _sample(snapshot: Snapshot, view: LoadView, room_w: float) -> Sample:
    """The load's own meter if there is one, else the whole house."""
    site = snapshot.site
    watts, at_s = (None, 0.0) if site is None else house_w(site)
    if view.actual_w.value is not None:
        watts, at_s = view.actual_w.value, view.actual_w.at_s
    return Sample(
        now_s=snapshot.instant.mono_s,
        at_s=at_s,
        watts=watts,
        closed=bool(view.closed),
        resting=not view.pending,
        room_w=room_w,
    )


def house_w(site: Site) -> tuple[float | None, float]:
    """All that the house takes, and when: as told, or what grid, panels and battery make."""
    if site.load_w.value is not None:
        return site.load_w.value, site.load_w.at_s
    if site.grid_w.value is None:
        return None, 0.0
    parts = [(site.grid_w, 1.0), (site.pv_w, 1.0), (site.battery_w, -1.0)]
    known = [(r.value * sign, r.at_s) for r, sign in parts if r.value is not None]
    return sum(watts for watts, _ in known), min(at_s for _, at_s in known)
