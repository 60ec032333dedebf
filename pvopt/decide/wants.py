"""What comfort wants of each load now: bought heat, no more sun, or nothing. Ordinary Python.

It speaks where no person does, highest first: hygiene, water below its minimum, an energy that
the sun did not bring, a time by which it is to be warm. What it wants is carried out by the same
steps as a person's wish (``by_hand.py``), so danger, minimum times and the inverter's limit stand
above it. A sensor that comfort distrusts tells nothing here: then nothing is bought by
temperature. What was heated and how hot it was is counted in any case, whoever heated.
"""

from __future__ import annotations

import math

from pvopt.decide.energy_period import PeriodLedger, Want
from pvopt.decide.legionella import deadline_s
from pvopt.decide.levels import Level, Levels, LevelState, buys, level_step
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.settings import Settings
from pvopt.decide.wants_each import (
    NOTHING,
    Moment,
    Wanted,
    floor_wants,
    hygiene_wants,
    period_wants,
    ready_wants,
)
from pvopt.decide.wants_rules import ComfortLedger, ComfortRules
from pvopt.decide.windows import Hours, is_in
from pvopt.model import Forecast, Instant, Reason, Why

NO_RULES = ComfortRules()
ECO_K = 5.0  # above the minimum, where nothing else is said
EARLIEST_UTC_S, LATEST_UTC_S = 9.4e8, 4e9  # 1999 to 2096
LEAST_K = 0.5  # between what is full and what is no longer
METER_S = 60.0  # a load's own meter counts so long


def with_wants(
    settings: Settings,
    ledgers: tuple[ComfortLedger, ...],
    loads: tuple[LoadTick, ...],
    instant: Instant,
    forecast: Forecast | None,
    dt_s: float,
) -> tuple[tuple[LoadTick, ...], tuple[ComfortLedger, ...]]:
    """The loads with what comfort asks of those that no person has in hand, and its ledgers."""
    if not any(_concerns(load) for load in loads):
        return loads, ()
    instant = _believed(instant)
    place, hours = settings.daylight, settings.hours
    cheap = is_cheap(hours, place.timezone, instant)
    moment = Moment(instant, hours, place, forecast, cheap, dt_s)
    known = {one.id: one for one in ledgers}
    after: list[LoadTick] = []
    kept: list[ComfortLedger] = []
    for load in loads:
        if not _concerns(load):
            after.append(load)
            continue
        name = load.settings.id
        want, ledger = want_step(load, known.get(name, ComfortLedger(name)), moment)
        kept.append(ledger)
        if want.why != Why.HOLD and not load.in_hand:
            asked = load.asked._replace(why=want.why, watts=want.watts, numbers=want.numbers)
            load = load._replace(asked=asked)  # noqa: PLW2901
        after.append(load)
    return tuple(after), tuple(kept)


def overdue(
    loads: tuple[LoadTick, ...], ledgers: tuple[ComfortLedger, ...], instant: Instant
) -> tuple[Reason, ...]:
    """What an owner has to know: no cycle of hygiene was whole in its time."""
    known = {one.id: one for one in ledgers}
    late = False
    for load in loads:
        rules, ledger = load.settings.rules, known.get(load.settings.id)
        if rules is None or rules.legionella is None or ledger is None:
            continue
        begun = ledger.legionella.begun_utc_s > 0.0 and _believed(instant).utc_ok
        late |= begun and instant.utc_s > deadline_s(rules.legionella, ledger.legionella)
    return (Reason(Why.LEGIONELLA_LATE),) if late else ()


def _believed(instant: Instant) -> Instant:
    """A date that no run of this program has is none: calendars would be searched for years."""
    if not instant.utc_ok or EARLIEST_UTC_S <= instant.utc_s <= LATEST_UTC_S:
        return instant
    return Instant(instant.mono_s, instant.utc_s, False)


def _concerns(load: LoadTick) -> bool:
    return load.settings.rules is not None or not math.isnan(load.asked.min_c)


def is_cheap(hours: Hours, tz: str, instant: Instant) -> bool:
    """Whether this is the hour to buy; any is where the owner names none."""
    if not hours.off_peak:
        return True
    return instant.utc_ok and is_in(hours.off_peak, tz, instant.utc_s)


def levels_of(rules: ComfortRules, load: LoadTick) -> Levels | None:
    """The four temperatures, what a person asked for in the place of the owner's; None: no rule.

    They are brought into order below the maximum. Worked: 45, 50 and 55 with a maximum that a
    person lowered to 50: 45, 49.5, 49.5, 50.
    """
    min_c = rules.min_c if math.isnan(load.asked.min_c) else load.asked.min_c
    if math.isnan(min_c) and math.isnan(rules.solar_min_c):
        return None
    eco_c = rules.eco_c if math.isnan(load.asked.eco_c) else load.asked.eco_c
    comfort = load.params.comfort
    solar_min_c = rules.solar_min_c
    if math.isnan(solar_min_c):
        solar_min_c = comfort.max_c - comfort.hysteresis_c
    solar_min_c = min(solar_min_c, comfort.max_c - LEAST_K)
    min_c = -math.inf if math.isnan(min_c) else min(min_c, solar_min_c)
    eco_c = min_c + ECO_K if math.isnan(eco_c) else eco_c
    return Levels(min_c, min(max(min_c, eco_c), solar_min_c), solar_min_c, comfort.max_c)


def water_c(load: LoadTick) -> float:
    """The water's temperature as far as comfort trusts its sensor; NaN: not known."""
    trusted = load.look.comfort.why in (Why.HOLD, Why.TOO_HOT)
    return load.now.temperature_c if load.settings.comfort.sensor and trusted else math.nan


def heated_w(load: LoadTick) -> float:
    """What goes into the water (W): by the load's own meter, else what it should draw."""
    now = load.now
    if now.actual_age_s <= METER_S and not math.isnan(now.actual_w):
        return max(0.0, now.actual_w)
    return 0.0 if _is_shut(load) else now.expected_w


def _is_shut(load: LoadTick) -> bool:
    """Whether its thermostat is open."""
    return load.look.effects.state.verdict == Why.THERMOSTAT_OPEN


def want_step(
    load: LoadTick, ledger: ComfortLedger, moment: Moment
) -> tuple[Wanted, ComfortLedger]:
    """What is wanted of one load, and what is remembered of it."""
    rules = load.settings.rules or NO_RULES
    warm_c = water_c(load)
    heated_wh = heated_w(load) * moment.dt_s / 3600.0
    levels = levels_of(rules, load)
    level = LevelState(Level(ledger.level), False)
    level = LevelState() if levels is None else level_step(levels, level, warm_c)
    full = level.level == Level.FULL or load.look.comfort.why == Why.TOO_HOT or _is_shut(load)
    hygiene, legionella = hygiene_wants(rules, ledger.legionella, warm_c, load, moment)
    floor, floor_wh = floor_wants(rules.floors, ledger.floor, load, moment, heated_wh, full)
    want, period = period_wants(rules.period, ledger.period, moment, heated_wh)
    by, ready = ready_wants(rules, ledger.ready, moment, heated_wh, warm_c, full)
    after = ComfortLedger(ledger.id, int(level.level), floor, period, legionella, ready)
    return _highest(load, levels, level, hygiene, floor_wh, want, period, by, full, moment), after


def _highest(
    load: LoadTick,
    levels: Levels | None,
    level: LevelState,
    hygiene: Wanted,
    floor_wh: float,
    want: Want,
    period: PeriodLedger,
    by: Wanted,
    full: bool,
    moment: Moment,
) -> Wanted:
    """The highest of what is wanted."""
    most_w, rules = load.params.drive.max_w, load.settings.rules or NO_RULES
    if hygiene.why != Why.HOLD:
        return hygiene
    if levels is not None and buys(level, moment.cheap):
        numbers = (("temperature_c", load.now.temperature_c), ("eco_c", levels.eco_c))
        return Wanted(Why.TOO_COLD, most_w, numbers)
    if floor_wh > 0.0:
        return Wanted(Why.ENERGY_FLOOR, most_w, (("lacking_wh", floor_wh),))
    if want == Want.FORCED and not full and rules.period is not None:
        lacking_wh = rules.period.min_wh - period.present_wh
        return Wanted(Why.ENERGY_FLOOR, most_w, (("lacking_wh", lacking_wh),))
    if by.why != Why.HOLD:
        return by
    if levels is not None and level.level == Level.FULL and load.look.comfort.allowed:
        return Wanted(Why.TANK_FULL, 0.0, (("solar_min_c", levels.solar_min_c),))
    return Wanted(Why.ENERGY_ENOUGH) if want == Want.ENOUGH else NOTHING
