"""How much heat the grid has to add because the sun brought too little: by day and by season.

The rules of the solar balancer's fallback (system S0). A counting day begins at 06:00 local time;
in the night that ends it, at 01:00, it is asked once what is missing:

====================================  ======================  ==========================
the day reached its minimum           nothing
it did not, but two days did          good forecast: nothing  bad: winter all that is left
                                                              of the day, summer nothing,
                                                              else left x cloud %
neither did                           good: the smaller of    bad: up to the morning's
                                      what is left, at most   need, and of the rest of
                                      the morning's need      the minimum cloud %
====================================  ======================  ==========================

A tank that was full once in the day needs nothing, and neither does one that is not left to the
sun. Energies in Wh, clouds in % of the coming day. Pure; the calendar moves only with a true date.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache

from pvopt.daylight import local_day, local_utc_s
from pvopt.decide.windows import Window, is_in
from pvopt.model import Instant


class Season(IntEnum):
    SPRING = 0
    SUMMER = 1
    AUTUMN = 2
    WINTER = 3


@dataclass(frozen=True, slots=True)
class SeasonFloor:
    """Least heat in a day and in two days. ``forecast`` False: clouds count as 100 %."""

    day_wh: float
    two_days_wh: float
    forecast: bool = True


@dataclass(frozen=True, slots=True)
class Floors:
    """``seasons``: spring, summer, autumn, winter; ``starts``: day of the year of each (northern).

    ``morning_wh``: what the first showers need; ``full_wh``: what a day counts that filled the
    tank; ``good_pct``: fewer clouds are a good forecast. Minutes are local, after midnight.
    """

    seasons: tuple[SeasonFloor, SeasonFloor, SeasonFloor, SeasonFloor] = (
        SeasonFloor(6000.0, 11_000.0),
        SeasonFloor(5000.0, 10_000.0),
        SeasonFloor(7000.0, 12_000.0),
        SeasonFloor(7000.0, 12_000.0),
    )
    starts: tuple[int, int, int, int] = (80, 173, 265, 355)
    morning_wh: float = 4000.0
    full_wh: float = 14_000.0
    good_pct: float = 30.0
    ask_min: int = 60
    reset_min: int = 360


class FloorRule(IntEnum):
    """Which rule answered; numbers are kept stable."""

    NOT_SOLAR = 0
    FULL = 1
    ENOUGH = 2
    SHORT_GOOD = 3  # both short, good forecast
    SHORT_BAD = 4
    TWO_DAYS_GOOD = 5  # only the day is short
    TWO_DAYS_WINTER = 6
    TWO_DAYS_SUMMER = 7
    TWO_DAYS_BETWEEN = 8


@dataclass(frozen=True, slots=True)
class Missing:
    """``wh`` >= 0: what has to be added."""

    rule: FloorRule
    wh: float = 0.0


def missing(
    floors: Floors,
    season: Season,
    today_wh: float,
    yesterday_wh: float,
    full: bool,
    solar: bool,
    cloud_pct: float,
) -> Missing:
    """What the grid has to add. ``solar``: the load is left to the sun; ``cloud_pct`` NaN: unknown.

    Unknown clouds count as 100 %: warm water is what was asked for, money is what it may cost.

    Worked, in winter (7000, 12 000; morning 4000): today 1000 and yesterday 6000 with 60 %:
    (4000 - 1000) + (7000 - 4000) x 0.6 = 4800. With 20 %: min(6000, 5000), at most 4000. Today
    5000 and yesterday 8000 with 60 %: two days are enough, it is winter: 2000.
    """
    floor = floors.seasons[season]
    if not solar:
        return Missing(FloorRule.NOT_SOLAR)
    if full:
        return Missing(FloorRule.FULL)
    left_wh = floor.day_wh - today_wh
    if left_wh <= 0.0:
        return Missing(FloorRule.ENOUGH)
    cloud_pct = 100.0 if math.isnan(cloud_pct) or not floor.forecast else cloud_pct
    cloud_pct = min(100.0, max(0.0, cloud_pct))
    good = cloud_pct < floors.good_pct
    left_two_wh = floor.two_days_wh - today_wh - yesterday_wh
    if left_two_wh > 0.0:
        if good:
            least_wh = min(left_wh, left_two_wh, floors.morning_wh)
            return Missing(FloorRule.SHORT_GOOD, least_wh)
        first_wh = max(0.0, floors.morning_wh - today_wh)
        rest_wh = max(0.0, floor.day_wh - max(floors.morning_wh, today_wh))
        return Missing(FloorRule.SHORT_BAD, first_wh + rest_wh * cloud_pct / 100.0)
    if good:
        return Missing(FloorRule.TWO_DAYS_GOOD)
    if season == Season.WINTER:
        return Missing(FloorRule.TWO_DAYS_WINTER, left_wh)
    if season == Season.SUMMER:
        return Missing(FloorRule.TWO_DAYS_SUMMER)
    return Missing(FloorRule.TWO_DAYS_BETWEEN, left_wh * cloud_pct / 100.0)


def season_of(floors: Floors, day: date, latitude_deg: float) -> Season:
    """The season of a day; the opposite one where the latitude is below 0.

    Worked: 21 March (day 80) at 48° is spring, at -34° autumn.
    """
    number = day.timetuple().tm_yday
    begun = [season for season in Season if floors.starts[season] <= number]
    northern = max(begun, key=lambda season: floors.starts[season], default=Season.WINTER)
    return Season((northern + 2) % 4) if latitude_deg < 0.0 else northern


@dataclass(frozen=True, slots=True)
class FloorLedger:
    """Heat of the present counting day and of the one before. Plain numbers, to be saved.

    ``day``: of the calendar on which the counting day began (0: none yet); ``asked``: the last
    counting day of which it was asked; ``owed_wh``: what the answer was, less what was heated
    since; ``rule``: which rule it was.
    """

    day: int = 0
    today_wh: float = 0.0
    yesterday_wh: float = 0.0
    full: bool = False
    asked: int = 0
    owed_wh: float = 0.0
    rule: int = 0


def counting_day(floors: Floors, tz: str, utc_s: float) -> int:
    """The day (proleptic number) whose counting is under way. Worked: 05:59 is still yesterday."""
    return _counting_day(floors.reset_min, tz, 60.0 * (utc_s // 60.0))


@lru_cache(8)
def _counting_day(reset_min: int, tz: str, utc_s: float) -> int:
    """It changes on whole minutes: each is looked up once."""
    today = local_day(utc_s, tz)
    if utc_s < local_utc_s(today, reset_min, tz):
        today -= timedelta(days=1)
    return today.toordinal()


def count(
    floors: Floors, ledger: FloorLedger, instant: Instant, tz: str, heated_wh: float, full: bool
) -> FloorLedger:
    """The ledger after ``heated_wh`` more (>= 0). ``full``: the thermostat is open now.

    Energy counts always; the day ends only with a true date. A day that was missed counts 0. A
    clock that went back begins no day anew.
    """
    if instant.utc_ok:
        ledger = _on(floors, ledger, counting_day(floors, tz, instant.utc_s))
    owed_wh = 0.0 if full else max(0.0, ledger.owed_wh - heated_wh)
    return replace(
        ledger,
        today_wh=ledger.today_wh + heated_wh,
        full=ledger.full or full,
        owed_wh=owed_wh,
    )


def _on(floors: Floors, ledger: FloorLedger, day: int) -> FloorLedger:
    if ledger.day == 0 or day < ledger.day:
        return replace(ledger, day=day, asked=min(ledger.asked, day))
    if day == ledger.day:
        return ledger
    closed_wh = max(ledger.today_wh, floors.full_wh) if ledger.full else ledger.today_wh
    yesterday_wh = closed_wh if day == ledger.day + 1 else 0.0
    return replace(ledger, day=day, today_wh=0.0, yesterday_wh=yesterday_wh, full=False)


def is_due(floors: Floors, ledger: FloorLedger, instant: Instant, tz: str) -> bool:
    """Whether it is to be asked now: once a counting day, from 01:00 until it ends.

    A machine that was off at 01:00 asks when it comes back before 06:00.
    """
    if not instant.utc_ok or ledger.day == 0 or ledger.asked >= ledger.day:
        return False
    night = (Window(floors.ask_min, floors.reset_min),)
    today = ledger.day == counting_day(floors, tz, instant.utc_s)
    return today and is_in(night, tz, instant.utc_s)


def ask(
    floors: Floors,
    ledger: FloorLedger,
    instant: Instant,
    tz: str,
    latitude_deg: float,
    solar: bool,
    cloud_pct: float,
) -> FloorLedger:
    """When it is due, what is missing becomes owed; nothing changes otherwise."""
    if not is_due(floors, ledger, instant, tz):
        return ledger
    season = season_of(floors, local_day(instant.utc_s, tz), latitude_deg)
    found = missing(
        floors, season, ledger.today_wh, ledger.yesterday_wh, ledger.full, solar, cloud_pct
    )
    return replace(ledger, asked=ledger.day, owed_wh=found.wh, rule=int(found.rule))
