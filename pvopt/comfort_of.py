"""From the configuration to the rules of comfort that decide may see."""

from __future__ import annotations

import math

from pvopt.config.comfort import Comfort, Legionella, PeriodEnergy, ReadyBy, Season, SeasonEnergy
from pvopt.config.hours import OffPeak
from pvopt.config.loads import Load
from pvopt.config.schema import Config
from pvopt.config.site import Site
from pvopt.daylight import hhmm_minutes
from pvopt.decide.energy_floor import Floors, SeasonFloor
from pvopt.decide.energy_period import PeriodFloor
from pvopt.decide.legionella import LegionellaRule
from pvopt.decide.ready_by import ReadyBy as Deadline
from pvopt.decide.wants_rules import ComfortRules, ReadyRule
from pvopt.decide.windows import EVERY_DAY, Hours, PricedWindow, Tariff, Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_S = 86_400.0
# Where off-peak hours are named and no prices: so much of the ordinary price. It only weighs bought
# sun by day against a cheap night.
CHEAP_SHARE = 0.75


def hours_of(site: Site) -> Hours:
    """When energy is cheap. Off-peak hours that nobody named are those below the base price."""
    off_peak = tuple(_window(one) for one in site.off_peak)
    if site.tariff is None:
        cheap = tuple(PricedWindow(one, CHEAP_SHARE) for one in off_peak)
        return Hours(off_peak, Tariff(1.0, cheap))
    base = site.tariff.base_per_kwh
    priced = tuple(PricedWindow(_window(one), one.per_kwh) for one in site.tariff.hours)
    cheaper = tuple(one.window for one in priced if one.per_kwh < base)
    return Hours(off_peak or cheaper, Tariff(base, priced))


def _window(one: OffPeak) -> Window:
    return Window(_minutes(one.start), _minutes(one.end), _days(one.days))


def _minutes(text: str) -> int:
    minutes = hhmm_minutes(text)
    return 0 if minutes is None else int(minutes)


def _days(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(DAYS.index(name) for name in DAYS if name in names) if names else EVERY_DAY


def hygiene_of(config: Config) -> dict[str, LegionellaRule]:
    """The cycles against legionella, by load."""
    rules = {load.id: rules_of(load) for load in config.loads}
    return {
        name: one.legionella for name, one in rules.items() if one is not None and one.legionella
    }


def rules_of(load: Load) -> ComfortRules | None:
    """What is wanted of the load besides its maximum; None: nothing."""
    comfort = load.comfort
    energy = comfort.energy
    rules = ComfortRules(
        min_c=_or_nan(comfort.min_c),
        eco_c=_or_nan(comfort.eco_c),
        solar_min_c=_or_nan(comfort.solar_min_c),
        litres=comfort.litres,
        floors=_floors(energy) if isinstance(energy, SeasonEnergy) else None,
        period=_period(energy) if isinstance(energy, PeriodEnergy) else None,
        ready=tuple(_ready(one, load.max_w) for one in comfort.ready_by),
        legionella=_legionella(comfort, comfort.legionella, load.max_w),
    )
    return None if rules == ComfortRules(litres=comfort.litres) else rules


def _or_nan(given: float | None) -> float:
    return math.nan if given is None else given


def _floors(energy: SeasonEnergy) -> Floors:
    return Floors(
        seasons=(
            _season(energy.spring),
            _season(energy.summer),
            _season(energy.autumn),
            _season(energy.winter),
        ),
        morning_wh=energy.morning_wh,
        full_wh=energy.full_wh,
        good_pct=energy.good_pct,
        ask_min=_minutes(energy.ask_at),
        reset_min=_minutes(energy.reset_at),
    )


def _season(season: Season) -> SeasonFloor:
    return SeasonFloor(season.day_wh, season.two_days_wh, season.forecast)


def _period(energy: PeriodEnergy) -> PeriodFloor:
    return PeriodFloor(energy.min_wh, 3600.0 * energy.period_h, energy.short_periods)


def _ready(one: ReadyBy, max_w: float) -> ReadyRule:
    deadline = Deadline(_minutes(one.at), max_w, _days(one.days), 60.0 * one.spare_min)
    return ReadyRule(deadline, _or_nan(one.energy_wh), _or_nan(one.temperature_c))


def _legionella(comfort: Comfort, rule: Legionella | None, max_w: float) -> LegionellaRule | None:
    if rule is None:
        return None
    return LegionellaRule(
        power_w=max_w,
        litres=comfort.litres,
        target_c=rule.target_c,
        hold_s=60.0 * rule.hold_min,
        every_s=DAY_S * rule.every_days,
        ahead_s=DAY_S * rule.ahead_days,
        first_s=DAY_S * rule.first_days,
        spare_s=60.0 * rule.spare_min,
        house_w=rule.house_w,
    )
