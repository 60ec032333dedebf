"""What a simulated run amounted to, day by day, in a table that explains itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pvopt.simulator.daybook import Day

SHOWN_WH = 0.5  # less reads as 0.00 kWh, and a share of that says nothing

HEADS = (
    ("", "caught", "missed", "bought:", "from", "from", "caught", "hot", "on/off", "knob"),
    ("day", "", "", "grid", "battery", "charging", "", "water", "switches", "moves"),
    ("", "kWh", "kWh", "kWh", "kWh", "kWh", "%", "h", "", ""),
)


def table(days: list[Day], every: Day, currency: str) -> list[str]:
    """Heads, a row a day, and the sums (``every``) below."""
    heads = [(*one, "") for one in HEADS]
    heads[0] = (*HEADS[0], "saved")
    heads[-1] = (*HEADS[-1], currency)
    rows = [*heads, *(_cells(day) for day in days)]
    if len(days) != 1:
        rows.append(_cells(every))
    widths = [max(len(row[k]) for row in rows) for k in range(len(heads[0]))]
    lines = [_line(row, widths) for row in rows]
    rule = "-" * max(len(line) for line in lines)
    lines.insert(len(heads), rule)
    if len(days) > 1:
        lines.insert(-1, rule)
    return lines


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = (
        cell.rjust(width) if k else cell.ljust(width)
        for k, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join((first, *rest)).rstrip()


def _cells(day: Day) -> tuple[str, ...]:
    totals = day.totals
    possible = totals.possible_wh >= SHOWN_WH
    return (
        day.date,
        _kwh(totals.sun_wh),
        _kwh(totals.possible_wh - totals.sun_wh),
        _kwh(totals.from_grid_wh, 3),
        _kwh(totals.from_battery_wh, 3),
        _kwh(totals.from_charging_wh),
        f"{totals.caught_pct:.1f}" if possible else "-",
        f"{day.hot_s / 3600.0:.1f}",
        str(totals.switches),
        str(totals.moves),
        _plain(day.money.saved, 2),
    )


def _kwh(wh: float, digits: int = 2) -> str:
    return _plain(wh / 1000.0, digits)


def _plain(number: float, digits: int) -> str:
    """Without a minus before nothing."""
    return f"{round(number, digits) + 0.0:.{digits}f}"


def meanings(hot_c: float, currency: str) -> list[str]:
    """A line or two for each column of the table."""
    return [
        "caught         heat from the sun that reached the water, kWh",
        "missed         heat that an all-knowing diverter would have put in as well, kWh: it gives",
        "               the heater all that the panels could give beyond house and battery (below",
        "               0: some of what was caught was taken from the battery's charging)",
        "bought: grid   heat that came out of the grid, kWh",
        "from battery   heat that came out of the battery, kWh",
        "from charging  heat that the battery would have been charged with, kWh; part of `caught`",
        "caught %       caught as a share of caught + missed; - where nothing was possible",
        f"hot water      hours in which the water had {hot_c:g} °C or more",
        "switches       times that the heater was switched on or off",
        "knob moves     seconds in which the knob turned by more than its resolution",
        f"saved          {currency}: worth - cost - not sold, as follows",
    ]


def money_lines(every: Day, currency: str) -> list[str]:
    """How ``saved`` came about."""
    money = every.money
    return [
        f"worth          {_plain(money.worth, 2):>8} {currency}: what the caught heat would have"
        " cost, at the grid's cheapest price",
        f"cost           {_plain(money.cost, 2):>8} {currency}: heat out of grid and battery, at"
        " the price of its time",
        f"not sold       {_plain(money.not_sold, 2):>8} {currency}: what the grid would have paid"
        " for sun that heated instead",
    ]


def headline(day: Day, currency: str) -> str:
    """A day's figures in one line, for the title of its picture."""
    totals = day.totals
    parts = [f"{_kwh(totals.sun_wh, 1)} kWh of sun in the water"]
    if totals.possible_wh >= SHOWN_WH:
        parts.append(f"{totals.caught_pct:.0f} % of the possible")
    bought_wh = totals.from_grid_wh + totals.from_battery_wh
    parts.append(f"{_kwh(bought_wh)} kWh not from the sun")
    parts.append(f"{day.hot_s / 3600.0:.0f} h of hot water")
    parts.append(f"{totals.switches} on/off switches")
    parts.append(f"{_plain(day.money.saved, 2)} {currency} saved")
    return " · ".join(parts)
