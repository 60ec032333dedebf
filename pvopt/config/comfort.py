"""How warm a load may become, and what heat it has to have although the sun did not bring it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from pvopt.config.bounds import Range

Warm = Annotated[float, Range(20, 90, "°C")]
Energy = Annotated[float, Range(0, 200_000, "Wh")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@frozen(kw_only=True)
class Season:
    """Least heat of a day, and of two days together; ``forecast`` false: clouds count as 100 %."""

    day_wh: Energy
    two_days_wh: Energy
    forecast: bool = True


@frozen(kw_only=True)
class SeasonEnergy:
    """Asked once in each night at ``ask_at``: what the day that ends at ``reset_at`` lacks."""

    may_be_unnamed: ClassVar[bool] = True  # `energy:` without `kind` is this one

    kind: Literal["seasons"] = "seasons"
    spring: Season = Season(day_wh=6000.0, two_days_wh=11_000.0)
    summer: Season = Season(day_wh=5000.0, two_days_wh=10_000.0)
    autumn: Season = Season(day_wh=7000.0, two_days_wh=12_000.0)
    winter: Season = Season(day_wh=7000.0, two_days_wh=12_000.0)
    morning_wh: Energy = 4000.0
    full_wh: Energy = 14_000.0
    good_pct: Annotated[float, Range(0, 100, "%")] = 30.0
    ask_at: str = "01:00"
    reset_at: str = "06:00"


@frozen(kw_only=True)
class PeriodEnergy:
    """At least ``min_wh`` in each period, forced off-peak after periods that were short."""

    kind: Literal["period"] = "period"
    min_wh: Annotated[float, Range(1, 1_000_000, "Wh")]
    period_h: Annotated[float, Range(1, 336, "h")] = 24.0
    short_periods: Annotated[int, Range(1, 2, "periods")] = 1


@frozen(kw_only=True)
class ReadyBy:
    """By ``at`` on ``days`` (none: every day) so much heat, or water so warm, or both."""

    at: str
    days: tuple[Weekday, ...] = ()
    energy_wh: Annotated[float, Range(1, 200_000, "Wh")] | None = None
    temperature_c: Warm | None = None
    spare_min: Annotated[float, Range(0, 240, "min")] = 10.0


@frozen(kw_only=True)
class Legionella:
    """So hot for so long, once in so many days; see decide/legionella.py."""

    target_c: Annotated[float, Range(55, 75, "°C")] = 60.0
    hold_min: Annotated[float, Range(1, 600, "min")] = 30.0
    every_days: Annotated[float, Range(1, 60, "days")] = 7.0
    ahead_days: Annotated[float, Range(0.1, 30, "days")] = 2.0
    first_days: Annotated[float, Range(0.1, 30, "days")] = 1.0
    spare_min: Annotated[float, Range(0, 1440, "min")] = 60.0
    house_w: Annotated[float, Range(0, 20_000, "W")] = 300.0


@frozen(kw_only=True)
class Comfort:
    """Never above ``max_c`` (needs a temperature sensor); on again ``hysteresis_c`` below. The
    other keys: which heat may be bought, and when sun is left to others; none: never."""

    max_c: Annotated[float, Range(20, 95, "°C")] = 75.0
    hysteresis_c: Annotated[float, Range(0.5, 20, "K")] = 3.0
    min_c: Warm | None = None
    eco_c: Warm | None = None
    solar_min_c: Warm | None = None
    litres: Annotated[float, Range(5, 5000, "l")] = 200.0
    energy: SeasonEnergy | PeriodEnergy | None = None
    ready_by: tuple[ReadyBy, ...] = ()
    legionella: Legionella | None = None
