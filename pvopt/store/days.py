"""A local day in sums: energies, what each load drew, how long and how often it ran, money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pvopt.daylight import local_utc_s
from pvopt.decide.windows import Hours, Tariff, price_per_kwh
from pvopt.shape import frozen
from pvopt.store.minutes import MINUTE_S, SECONDS, Row, known_s

TOLD = ("pv_w", "load_w", "grid_w", "battery_w")
NO_TARIFF = Hours().tariff


@frozen
class LoadDay:
    """What a load drew by its own meter, or else by its curve; hours in which it should have
    drawn anything; times that its contact closed or opened."""

    id: str
    kwh: float
    on_h: float
    switches: int


@frozen
class DayRow:
    """kWh of a local day (ISO ``date``), of the hours ``known_h`` with fresh numbers.

    None: no meter told. ``cost``: what the energy from the grid cost, in the tariff's currency;
    None: no tariff.
    """

    date: str
    known_h: float = 0.0
    pv_kwh: float | None = 0.0
    load_kwh: float | None = 0.0
    grid_in_kwh: float | None = 0.0
    grid_out_kwh: float | None = 0.0
    battery_in_kwh: float | None = 0.0
    battery_out_kwh: float | None = 0.0
    loads: tuple[LoadDay, ...] = ()
    cost: float | None = None


def bounds_of(day: date, timezone: str) -> tuple[float, float]:
    """First and last moment of a local day (Unix seconds)."""
    return local_utc_s(day, 0, timezone), local_utc_s(day + timedelta(days=1), 0, timezone)


def day_row(day: date, rows: Mapping[int, Row], timezone: str, tariff: Tariff) -> DayRow:
    """The sums of a day's minutes. Worked: 60 minutes at 2000 W are 2 kWh."""
    whole = _Sums()
    loads: dict[str, list[float]] = {}
    priced = tariff != NO_TARIFF
    for minute, row in sorted(rows.items()):
        hours = (row.get(SECONDS) or 0.0) / 3600.0
        price = price_per_kwh(tariff, timezone, minute * MINUTE_S) if priced else 0.0
        whole.add(row, known_s(row) / 3600.0, price)
        for name in row:
            if name.startswith("load.") and name.endswith(".expected_w"):
                _add_load(loads, name.removesuffix(".expected_w"), row, hours)
    return DayRow(
        date=day.isoformat(),
        known_h=round(whole.hours, 3),
        pv_kwh=whole.told("pv_w", whole.pv),
        load_kwh=whole.told("load_w", whole.load),
        grid_in_kwh=whole.told("grid_w", whole.grid_in),
        grid_out_kwh=whole.told("grid_w", whole.grid_out),
        battery_in_kwh=whole.told("battery_w", whole.battery_in),
        battery_out_kwh=whole.told("battery_w", whole.battery_out),
        loads=tuple(
            LoadDay(name, round(kwh, 4), round(on_h, 3), int(switches))
            for name, (kwh, on_h, switches) in loads.items()
        ),
        cost=round(whole.cost, 4) if priced else None,
    )


class _Sums:
    def __init__(self) -> None:
        self.hours = self.pv = self.load = self.grid_in = self.grid_out = 0.0
        self.battery_in = self.battery_out = self.cost = 0.0
        self._told: set[str] = set()  # what a meter told of at any time

    def told(self, name: str, kwh: float) -> float | None:
        return round(kwh, 4) if name in self._told else None

    def add(self, row: Row, hours: float, price: float) -> None:
        self.hours += hours
        self._told |= {name for name in TOLD if row.get(name) is not None}
        self.pv += _kwh(row.get("pv_w"), hours)
        self.load += _kwh(row.get("load_w"), hours)
        grid_in = _kwh(row.get("grid_in_w"), hours)
        self.grid_in += grid_in
        self.grid_out += grid_in - _kwh(row.get("grid_w"), hours)
        battery_in = _kwh(row.get("battery_in_w"), hours)
        self.battery_in += battery_in
        self.battery_out += battery_in - _kwh(row.get("battery_w"), hours)
        self.cost += grid_in * price


def _kwh(watts: float | None, hours: float) -> float:
    return 0.0 if watts is None else watts * hours / 1000.0


def _add_load(loads: dict[str, list[float]], name: str, row: Row, hours: float) -> None:
    sums = loads.setdefault(name.removeprefix("load."), [0.0, 0.0, 0.0])
    metered = row.get(f"{name}.actual_w")
    sums[0] += _kwh(row.get(f"{name}.expected_w") if metered is None else metered, hours)
    sums[1] += (row.get(f"{name}.on_s") or 0.0) / 3600.0
    sums[2] += row.get(f"{name}.switches") or 0.0
