"""The four things that comfort may want of a load, each with its ledger. Ordinary Python.

What was heated and how hot it was is counted in any case, whoever heated; the calendar moves only
with a true date.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from pvopt.daylight import DAY_S, local_day, local_utc_s
from pvopt.decide.asked import Numbers
from pvopt.decide.clouds import cloud_pct, coming_day
from pvopt.decide.day import minute_of_day
from pvopt.decide.energy_floor import FloorLedger, Floors, ask, count, is_due
from pvopt.decide.energy_period import PeriodFloor, PeriodLedger, Want, count_period, wanted
from pvopt.decide.legionella import OVER_K, LegionellaLedger, legionella_step
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.ready_by import ReadyStep, deadline_s, heat_wh, ready_step
from pvopt.decide.settings import DaylightSettings
from pvopt.decide.wants_rules import ComfortRules, ReadyLedger, ReadyRule
from pvopt.decide.windows import Hours
from pvopt.model import Forecast, Instant, Why

WEEK_S = 8 * DAY_S  # no deadline is further off
HALF_DAY_S = DAY_S / 2.0
AGAIN_K = 1.0  # water that was warm enough may cool so far before it is heated again
MORNING_MIN = 720  # what a night still owes at noon is the sun's again


class Moment(NamedTuple):
    """What is the same for all loads. ``cheap``: energy may be bought by temperature or period."""

    instant: Instant
    hours: Hours
    place: DaylightSettings
    forecast: Forecast | None
    cheap: bool
    dt_s: float

    @property
    def tz(self) -> str:
        return self.place.timezone


class Wanted(NamedTuple):
    """``watts`` 0 with another ``why`` than HOLD: not even sun."""

    why: Why = Why.HOLD
    watts: float = 0.0
    numbers: Numbers = ()


NOTHING = Wanted()


def hygiene_wants(
    rules: ComfortRules, before: LegionellaLedger, warm_c: float, load: LoadTick, moment: Moment
) -> tuple[Wanted, LegionellaLedger]:
    """The cycle against legionella."""
    rule = rules.legionella
    if rule is None:
        return NOTHING, before
    step = legionella_step(
        rule,
        before,
        warm_c,
        moment.instant,
        moment.forecast,
        moment.hours.tariff,
        moment.tz,
    )
    if not step.force or load.params.comfort.max_c < rule.target_c + OVER_K:
        # Below a maximum that a person lowered it would be heated without end and in vain.
        return NOTHING, step.ledger
    numbers = (("temperature_c", warm_c), ("target_c", rule.target_c))
    return Wanted(Why.LEGIONELLA, load.params.drive.max_w, numbers), step.ledger


def floor_wants(
    floors: Floors | None,
    before: FloorLedger,
    load: LoadTick,
    moment: Moment,
    heated_wh: float,
    full: bool,
) -> tuple[FloorLedger, float]:
    """The ledger of the seasons' minima, and what of them is to be bought now (Wh)."""
    if floors is None:
        return before, 0.0
    instant, tz, place = moment.instant, moment.tz, moment.place
    ledger = count(floors, before, instant, tz, heated_wh, full)
    if before.day == 0 and ledger.day > 0:
        begun_s = local_utc_s(date.fromordinal(ledger.day), floors.reset_min, tz)
        if instant.utc_s - begun_s > HALF_DAY_S:  # too little was seen of it to ask
            return replace(ledger, asked=ledger.day), 0.0
    if is_due(floors, ledger, instant, tz):
        latitude, longitude = place.latitude, place.longitude
        day = coming_day(tz, instant.utc_s)
        clouds = cloud_pct(moment.forecast, place.planes, latitude, longitude, day, tz)
        ledger = ask(floors, ledger, instant, tz, latitude, not load.in_hand, clouds)
    owed = ledger.owed_wh > 0.0 and moment.cheap and _is_morning(ledger, instant, tz)
    return ledger, ledger.owed_wh if owed else 0.0


def _is_morning(ledger: FloorLedger, instant: Instant, tz: str) -> bool:
    """From when it was asked until noon after it."""
    if not instant.utc_ok or ledger.asked <= 0:
        return False
    day = date.fromordinal(ledger.asked) + timedelta(days=1)
    return instant.utc_s < local_utc_s(day, MORNING_MIN, tz)


def period_wants(
    floor: PeriodFloor | None, before: PeriodLedger, moment: Moment, heated_wh: float
) -> tuple[Want, PeriodLedger]:
    """The first period begins at midnight of the first day that is known."""
    if floor is None:
        return Want.SUN, before
    instant, tz = moment.instant, moment.tz
    if instant.utc_ok and before.start_utc_s == 0.0:
        midnight_s = local_utc_s(local_day(instant.utc_s, tz), 0, tz)
        before = replace(before, start_utc_s=midnight_s)
    ledger = count_period(floor, before, instant, heated_wh)
    return wanted(floor, ledger, moment.cheap), ledger


def ready_wants(
    rules: ComfortRules,
    before: tuple[ReadyLedger, ...],
    moment: Moment,
    heated_wh: float,
    warm_c: float,
    full: bool,
) -> tuple[Wanted, tuple[ReadyLedger, ...]]:
    """The first of the times that has to be heated for now."""
    if not rules.ready:
        return NOTHING, ()
    if len(before) != len(rules.ready):  # other rules than before
        before = (ReadyLedger(),) * len(rules.ready)
    want, kept = NOTHING, []
    for rule, ledger in zip(rules.ready, before, strict=True):
        ledger = _counted(rule, ledger, moment, heated_wh)  # noqa: PLW2901
        lacking_wh = _lacking_wh(rule, ledger, rules.litres, warm_c, full)
        step = ready_step(
            rule.by,
            ReadyStep(ledger.force, math.nan, ledger.deadline_utc_s),
            lacking_wh,
            moment.instant,
            moment.tz,
            moment.hours.off_peak,
            moment.forecast,
        )
        kept.append(ledger._replace(force=step.force))
        if step.force and want.why == Why.HOLD:
            by_min = minute_of_day(step.deadline_s, moment.tz)
            numbers = (("lacking_wh", lacking_wh), ("by_min", by_min))
            want = Wanted(Why.READY_BY, rule.by.power_w, numbers)
    return want, tuple(kept)


def _counted(rule: ReadyRule, ledger: ReadyLedger, moment: Moment, heated_wh: float) -> ReadyLedger:
    """Heat counts for a deadline from 24 h before it, and from the one before it."""
    instant = moment.instant
    heated_wh += ledger.heated_wh
    if not instant.utc_ok:
        return ledger._replace(heated_wh=heated_wh)
    due_s = ledger.deadline_utc_s
    if not instant.utc_s < due_s <= instant.utc_s + WEEK_S:
        due_s = deadline_s(rule.by, moment.tz, instant.utc_s) or 0.0
        heated_wh = 0.0
    early = instant.utc_s < due_s - DAY_S
    return ReadyLedger(due_s, 0.0 if early else heated_wh, ledger.force)


def _lacking_wh(
    rule: ReadyRule, ledger: ReadyLedger, litres: float, warm_c: float, full: bool
) -> float:
    """NaN: not known. The more of what two rules of one time ask for."""
    lacking_wh = math.nan
    if not math.isnan(rule.temperature_c) and not math.isnan(warm_c):
        near = warm_c > rule.temperature_c - AGAIN_K and not ledger.force
        lacking_wh = 0.0 if near else heat_wh(litres, warm_c, rule.temperature_c)
    if not math.isnan(rule.energy_wh):
        left_wh = 0.0 if full else max(0.0, rule.energy_wh - ledger.heated_wh)
        lacking_wh = left_wh if math.isnan(lacking_wh) else max(left_wh, lacking_wh)
    return lacking_wh
