"""When energy from the grid is cheap, and what it costs."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from pvopt.config.bounds import Range
from pvopt.config.comfort import Weekday

Price = Annotated[float, Range(-10, 1000, "a kWh")]


@frozen(kw_only=True)
class OffPeak:
    """From ``start`` until ``end``, across midnight where that is earlier. ``days``: on which it
    begins; none: every day."""

    start: str
    end: str
    days: tuple[Weekday, ...] = ()


@frozen(kw_only=True)
class PricedHours(OffPeak):
    """``per_kwh``: within these hours."""

    per_kwh: Price


@frozen(kw_only=True)
class Tariff:
    """``base_per_kwh`` outside all ``hours``; of these the first that is open counts."""

    base_per_kwh: Price
    hours: tuple[PricedHours, ...] = ()
