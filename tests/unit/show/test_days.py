"""The summary of simulated days: it adds up, lines stand under their heads, all is explained."""

from __future__ import annotations

import re

from pvopt.show.days import headline, meanings, money_lines, table
from pvopt.simulator.account import Totals
from pvopt.simulator.daybook import Day, in_all
from pvopt.simulator.tariff import Money


def day(date: str = "2026-06-21", sun_wh: float = 7000.0) -> Day:
    totals = Totals(
        seconds=86400.0,
        heat_wh=sun_wh + 42.0,
        from_grid_wh=12.0,
        from_battery_wh=30.0,
        from_charging_wh=50.0,
        possible_wh=8000.0,
        switches=6,
        moves=812,
    )
    return Day(date, 0.0, 86400.0, totals, Money(2.1, 0.01, 0.5), hot_s=5400.0)


def cells(line: str) -> list[str]:
    return line.split()


def test_a_row_a_day_and_one_for_all() -> None:
    days = [day(), day("2026-06-22", 6000.0)]
    lines = table(days, in_all(days), "EUR")
    first = cells(lines[4])
    assert first == [
        "2026-06-21", "7.00", "1.00", "0.012", "0.030", "0.05", "87.5", "1.5", "6", "812", "1.59",
    ]  # fmt: skip
    assert cells(lines[-1])[:4] == ["in", "all", "13.00", "3.00"]
    assert cells(lines[-1])[-3:] == ["12", "1624", "3.18"]
    assert lines[0].endswith("saved")
    assert lines[2].endswith("EUR")


def test_a_single_day_needs_no_sum() -> None:
    lines = table([day()], in_all([day()]), "EUR")
    assert len(lines) == 5
    assert "in all" not in "\n".join(lines)


def test_columns_stand_under_their_heads() -> None:
    lines = table([day()], in_all([day()]), "EUR")
    ends = [hit.end() for hit in re.finditer(r"\S+", lines[4])]
    assert [hit.end() for hit in re.finditer(r"\S+", lines[2])] == [*ends[1:8], ends[10]]


def test_nothing_possible_has_no_share() -> None:
    dark = Day("2026-12-21", 0.0, 86400.0, Totals(possible_wh=0.4))
    assert cells(table([dark], dark, "EUR")[4])[6] == "-"
    dawn = Day("2026-12-21", 0.0, 86400.0, Totals(possible_wh=0.5))
    assert cells(table([dawn], dawn, "EUR")[4])[6] == "0.0"
    assert "of the possible" not in headline(dark, "EUR")


def test_nothing_is_never_below_zero() -> None:
    even = Day("2026-06-21", 0.0, 86400.0, Totals(heat_wh=8000.001, possible_wh=8000.0))
    assert cells(table([even], even, "EUR")[4])[2] == "0.00"


def test_every_column_is_explained_and_money_adds_up() -> None:
    words = " ".join(meanings(45.0, "CZK"))
    for name in ("caught", "missed", "grid", "battery", "charging", "hot water", "switches"):
        assert name in words
    assert "45 °C" in words
    amounts = [float(re.findall(r"-?\d+\.\d\d", line)[0]) for line in money_lines(day(), "CZK")]
    assert amounts == [2.1, 0.01, 0.5]
    assert "CZK" in " ".join(money_lines(day(), "CZK"))


def test_headline() -> None:
    assert headline(day(), "EUR") == (
        "7.0 kWh of sun in the water · 88 % of the possible · 0.04 kWh not from the sun · "
        "2 h of hot water · 6 on/off switches · 1.59 EUR saved"
    )
