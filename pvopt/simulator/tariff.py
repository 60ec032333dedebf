"""What the grid's energy costs and pays. Pure; decides nothing."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.config.service import Demo
from pvopt.simulator.surroundings import minute_of


class Tariff(NamedTuple):
    """Prices of a kWh; ``night_per_kwh`` NaN: the same all day. Minutes of the local day."""

    buy_per_kwh: float = 0.3
    sell_per_kwh: float = 0.0  # 0 where nothing may be fed in
    night_per_kwh: float = math.nan
    night_start: int = 1320
    night_end: int = 360

    def price(self, minute: int) -> float:
        """A bought kWh at a minute of the local day; 23:00 is 1380, within 22:00 to 06:00."""
        if math.isnan(self.night_per_kwh):
            return self.buy_per_kwh
        inside = self.night_start <= minute < self.night_end
        if self.night_end < self.night_start:
            inside = not self.night_end <= minute < self.night_start
        return self.night_per_kwh if inside else self.buy_per_kwh

    @property
    def cheapest(self) -> float:
        """What a kWh of heat would cost without us: who has a night tariff heats at night."""
        if math.isnan(self.night_per_kwh):
            return self.buy_per_kwh
        return min(self.buy_per_kwh, self.night_per_kwh)


def tariff_of(demo: Demo) -> Tariff:
    """The demo's prices."""
    return Tariff(
        buy_per_kwh=demo.buy_per_kwh,
        sell_per_kwh=demo.sell_per_kwh if demo.feed_in else 0.0,
        night_per_kwh=math.nan if demo.night_per_kwh is None else demo.night_per_kwh,
        night_start=minute_of(demo.night_start),
        night_end=minute_of(demo.night_end),
    )


class Money(NamedTuple):
    """In the demo's currency.

    ``worth``: what the heat from the sun would have cost at the cheapest price; ``cost``: what
    grid and battery gave into the water, at the price of that moment (what a battery gives has to
    be bought later); ``not_sold``: what would have been paid for the same sun if it had been
    exported. 5 kWh of sun at 0.30 is worth 1.50.
    """

    worth: float = 0.0
    cost: float = 0.0
    not_sold: float = 0.0

    @property
    def saved(self) -> float:
        """What is left for the owner."""
        return self.worth - self.cost - self.not_sold

    def plus(
        self, tariff: Tariff, minute: int, sun_wh: float, bought_wh: float, not_sold_wh: float
    ) -> Money:
        """With some more energy, all of it at one minute of the local day."""
        return Money(
            self.worth + tariff.cheapest * sun_wh / 1000.0,
            self.cost + tariff.price(minute) * bought_wh / 1000.0,
            self.not_sold + tariff.sell_per_kwh * not_sold_wh / 1000.0,
        )
