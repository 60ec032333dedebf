"""Adds up the score from tick to tick: a recorder on the appliance, and the same over records."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from pvopt.decide.day import NO_DAY, day_of
from pvopt.decide.settings import LoadSettings, Settings
from pvopt.decide.site import hidden, island
from pvopt.decide.site_now import load_now, site_now
from pvopt.decide.sky import CLEAR_S, clear_sky
from pvopt.decide.windows import Hours, price_per_kwh
from pvopt.model import Command, Instant, LoadView, Tick
from pvopt.score.causes import Cause, cause_of
from pvopt.score.day import DayScore
from pvopt.score.step import Flows, Guess, Share, flows_of

LONGEST_S = 60.0  # a longer pause between two ticks was not recorded
METER_S = 10.0  # a load's own meter counts for so long
PRICE_S = 60.0
NO_TARIFF = Hours().tariff

log = logging.getLogger("pvopt.score")


class ScoreKeeper:
    """``ports.Recorder``. ``over``: hears of each day that has ended, in the loop's thread."""

    def __init__(
        self, settings: Settings, over: Callable[[DayScore], None] = lambda score: None
    ) -> None:
        self.before: DayScore | None = None  # the day before, if it was seen
        self.today: DayScore | None = None  # as of the last tick, whole; None: no date is known
        self._over = over
        self._day = NO_DAY
        self._sums = _Sums()
        self._guess = Guess()
        self._last_s: float | None = None
        self._clear = (math.nan, -math.inf)  # W, as of
        self._price = (0.0, -math.inf)
        self._failed = False
        self.lives_by(settings)

    def lives_by(self, settings: Settings) -> None:
        """The loop's own settings; before its first tick."""
        self._settings = settings
        self._loads = {one.id: one for one in settings.loads}
        self._zone = settings.daylight.timezone
        self._priced = settings.hours.tariff != NO_TARIFF

    def begin(self, kept: DayScore | None) -> None:
        """Go on with what an earlier run kept of this day."""
        if kept is not None:
            self._sums = _Sums(kept)

    def days(self) -> tuple[DayScore, ...]:
        """Those that are to be kept. Of any thread."""
        return tuple([one for one in (self.before, self.today) if one is not None])

    def record(self, tick: Tick) -> None:
        """Never raises."""
        try:
            self._record(tick)
            if self._day is not NO_DAY:
                self.today = self._sums.score(self._day.number)
        except Exception:
            if not self._failed:
                log.exception("the score could not be kept")
            self._failed = True

    def _record(self, tick: Tick) -> None:
        instant = tick.snapshot.instant
        last_s, self._last_s = self._last_s, instant.mono_s
        if not instant.utc_ok:
            return
        if not self._day.holds(instant.utc_s):
            self._turn(instant)
        dt_s = 0.0 if last_s is None else instant.mono_s - last_s
        if not 0.0 < dt_s <= LONGEST_S:
            return
        now = site_now(tick.snapshot.site, instant)
        if island(now):  # no grid, and often no meter of it
            now = now._replace(grid_w=0.0)
        age_s = now.now_s - now.at_s
        if not now.known or not age_s <= now.allowed_age_s or math.isnan(now.grid_w):
            self._sums.blind_s += dt_s
            return
        views = {one.id: one for one in tick.snapshot.loads}
        loads = tuple(
            [
                self._share(command, views.get(command.target), instant.mono_s)
                for command in tick.decision.commands
            ]
        )
        clear_w = self._clear_w(instant)
        # One that is only near to its limit gives about all that it could.
        held_back = hidden(self._settings.site, now, math.nan) == 1.0 and not now.unsure
        self._guess, flows = flows_of(self._guess, now, held_back, clear_w, loads)
        self._sums.add(flows, dt_s, self._price_now(instant.utc_s) if self._priced else None)

    def _turn(self, instant: Instant) -> None:
        """The first tick of a day; what an earlier run kept of it was given to ``begin``."""
        ended, self._day = self._day, day_of(instant.utc_s, self._zone)
        if ended is NO_DAY:
            if self._sums.day != self._day.number:
                self._sums = _Sums()
            return
        again, self.before = self.before, self._sums.score(ended.number)
        if again is not None and again.day != self._day.number:
            again = None
        self.today, self._sums = None, _Sums(again)  # a clock set back returns to the day before
        if self._day.number > ended.number:
            self._over(self.before)

    def _share(self, command: Command, view: LoadView | None, now_s: float) -> Share:
        one: LoadSettings = self._loads[command.target]
        cause = cause_of(command.reason.code)
        if view is None:
            return Share(0.0, one.drive.max_w, cause, one.before_battery)
        load = load_now(view, now_s)
        metered = load.actual_age_s <= METER_S and not math.isnan(load.actual_w)
        draws_w = max(0.0, load.actual_w) if metered else load.expected_w
        return Share(draws_w, one.drive.max_w, cause, one.before_battery)

    def _clear_w(self, instant: Instant) -> float:
        if not abs(instant.utc_s - self._clear[1]) < CLEAR_S:
            self._clear = (clear_sky(self._settings.daylight, instant), instant.utc_s)
        return self._clear[0]

    def _price_now(self, utc_s: float) -> float:
        if not abs(utc_s - self._price[1]) < PRICE_S:
            tariff = self._settings.hours.tariff
            self._price = (price_per_kwh(tariff, self._zone, utc_s), utc_s)
        return self._price[0]


class _Sums:
    """A day's sums while they grow; ``kept``: as an earlier run left them."""

    def __init__(self, kept: DayScore | None = None) -> None:
        score = DayScore(0) if kept is None else kept
        self.day = score.day
        self.blind_s = score.blind_s
        self._known_s = score.known_s
        self._wh = [
            score.caught_wh, score.charging_wh, score.grid_wh, score.battery_wh, score.guessed_wh,
        ]  # fmt: skip
        self._missed = [*score.missed_wh, *(0.0,) * (len(Cause) - len(score.missed_wh))]
        self._worth, self._cost = score.worth, score.cost

    def add(self, flows: Flows, dt_s: float, price: float | None) -> None:
        hours = dt_s / 3600.0
        self._known_s += dt_s
        watts = (
            flows.caught_w, flows.charging_w, flows.grid_w, flows.battery_w, flows.guessed_w,
        )  # fmt: skip
        for rank, one in enumerate(watts):
            self._wh[rank] += one * hours
        for rank, one in enumerate(flows.missed_w):
            if one:
                self._missed[rank] += one * hours
        if price is not None:
            self._worth = (self._worth or 0.0) + flows.caught_w * hours / 1000.0 * price
            self._cost = (self._cost or 0.0) + flows.grid_w * hours / 1000.0 * price

    def score(self, day: int) -> DayScore:
        caught, charging, grid, battery, guessed = self._wh
        return DayScore(
            day=day,
            known_s=self._known_s,
            blind_s=self.blind_s,
            caught_wh=caught,
            charging_wh=charging,
            grid_wh=grid,
            battery_wh=battery,
            missed_wh=tuple(self._missed),
            guessed_wh=guessed,
            worth=self._worth,
            cost=self._cost,
        )
