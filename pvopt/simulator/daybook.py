"""A simulated run told by its days: sums, money, hours of hot water, and minutes for a picture.

Days are local calendar days; the first and the last may be cut short. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pvopt.model import Tick
from pvopt.simulator.account import Totals
from pvopt.simulator.tariff import Money, Tariff
from pvopt.simulator.world import World

MINUTE_S = 60


class Minute(NamedTuple):
    """Means of one minute; levels at its end. ``asked_w``: the set-points of the loop."""

    end_utc_s: float
    pv_possible_w: float
    pv_w: float
    load_w: float  # without the heater
    heater_w: float
    all_knowing_w: float
    asked_w: float
    battery_w: float
    grid_w: float
    soc_pct: float
    tank_c: float  # of the water that is drawn
    grid_up: bool
    tank_full: bool  # its thermostat is open


@dataclass
class Day:
    """One local day of the run, or the part of it that was simulated."""

    date: str  # 2026-06-21
    start_utc_s: float
    end_utc_s: float  # local midnight after it
    totals: Totals = Totals()
    money: Money = Money()
    hot_s: float = 0.0
    outage_s: float = 0.0
    minutes: list[Minute] = field(default_factory=list)


class _Sums:
    """What is summed up second by second within a minute."""

    def __init__(self) -> None:
        self.seconds = 0
        self.load_ws = self.battery_ws = self.not_sold_ws = self.hot_s = self.outage_s = 0.0
        self.asked_w = 0.0
        self.ticks = 0


class DayBook:
    """Hears every simulated second and every tick. ``on_day`` is told each day that is whole.

    Only the minutes of the present day are kept: they are dropped after ``on_day``.
    """

    def __init__(
        self,
        world: World,
        timezone: str,
        tariff: Tariff,
        hot_c: float,
        on_day: Callable[[Day], None] = lambda day: None,
        on_minute: Callable[[float], None] = lambda utc_s: None,
    ) -> None:
        self.days: list[Day] = []
        self._zone = ZoneInfo(timezone)
        self._tariff = tariff
        self._hot_c = hot_c
        self._on_day = on_day
        self._on_minute = on_minute
        self._world = world
        self._before = world.totals  # at the last whole minute
        self._day_before = world.totals  # at the day's start
        self._begun_utc_s = world.utc_s
        self._sums = _Sums()
        self._day = self._open(world.utc_s)
        world.on_second = self._second

    def record(self, tick: Tick) -> None:
        """``ports.Recorder``: the set-points for the picture."""
        self._sums.ticks += 1
        self._sums.asked_w += sum(command.setpoint_w for command in tick.decision.commands)

    def close(self) -> None:
        """Take what there is as the last day."""
        if self._world.utc_s > self._begun_utc_s:
            self._minute()
        if self._day.totals.seconds > 0.0:
            self._close_day()

    def _open(self, utc_s: float) -> Day:
        here = datetime.fromtimestamp(utc_s, self._zone)
        return Day(here.date().isoformat(), utc_s, midnight(here.date(), 1, self._zone))

    def _second(self, world: World) -> None:
        flows, sums = world.flows, self._sums
        sums.seconds += 1
        sums.load_ws += flows.load_w
        sums.battery_ws += flows.battery_w
        sums.not_sold_ws += max(0.0, -world.beside.grid_w) - max(0.0, -flows.grid_w)
        if flows.tank_top_c >= self._hot_c:
            sums.hot_s += 1.0
        if not flows.grid_up:
            sums.outage_s += 1.0
        if world.utc_s % MINUTE_S == 0.0:
            self._minute()
            if world.utc_s >= self._day.end_utc_s:
                self._close_day()
                self._day = self._open(world.utc_s)
            self._on_minute(world.utc_s)

    def _minute(self) -> None:
        """Close the minute (the last one may be short)."""
        world, sums, before = self._world, self._sums, self._before
        now = world.totals
        seconds = now.seconds - before.seconds
        if seconds <= 0.0 or sums.seconds == 0:
            return
        day, hours = self._day, seconds / 3600.0
        here = datetime.fromtimestamp(self._begun_utc_s, self._zone)
        day.money = day.money.plus(
            self._tariff,
            60 * here.hour + here.minute,
            now.sun_wh - before.sun_wh,
            now.from_grid_wh + now.from_battery_wh - before.from_grid_wh - before.from_battery_wh,
            sums.not_sold_ws / 3600.0,
        )
        day.hot_s += sums.hot_s
        day.outage_s += sums.outage_s
        day.totals = less(now, self._day_before)
        flows = world.flows
        day.minutes.append(
            Minute(
                world.utc_s,
                (now.pv_possible_wh - before.pv_possible_wh) / hours,
                (now.pv_wh - before.pv_wh) / hours,
                sums.load_ws / sums.seconds,
                (now.heat_wh - before.heat_wh) / hours,
                (now.possible_wh - before.possible_wh) / hours,
                sums.asked_w / sums.ticks if sums.ticks else 0.0,
                sums.battery_ws / sums.seconds,
                (now.import_wh - before.import_wh - now.export_wh + before.export_wh) / hours,
                flows.soc_pct,
                flows.tank_top_c,
                flows.grid_up,
                not world.state.thermostat_closed,
            )
        )
        self._before, self._begun_utc_s, self._sums = now, world.utc_s, _Sums()

    def _close_day(self) -> None:
        self._day_before = self._before
        self._on_day(self._day)
        self._day.minutes = []
        self.days.append(self._day)


def midnight(day: date, later: int, zone: ZoneInfo) -> float:
    """Unix time of local midnight, so many days later."""
    return datetime.combine(day + timedelta(days=later), time(), zone).timestamp()


def less(now: Totals, before: Totals) -> Totals:
    """What came on top since ``before``."""
    return Totals._make(a - b for a, b in zip(now, before, strict=True))


def in_all(days: list[Day]) -> Day:
    """The sums over all days."""
    every = Day("in all", days[0].start_utc_s, days[-1].end_utc_s) if days else Day("", 0.0, 0.0)
    for day in days:
        every.totals = Totals._make(a + b for a, b in zip(every.totals, day.totals, strict=True))
        every.money = Money._make(a + b for a, b in zip(every.money, day.money, strict=True))
        every.hot_s += day.hot_s
        every.outage_s += day.outage_s
    return every
