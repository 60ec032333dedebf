"""The result of `benchmark control` in words: a table for each home and age, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pvopt.benchmarks.campaign import Campaign
from pvopt.benchmarks.control import ALL_KNOWING, FRONTIER, OURS, Row
from pvopt.benchmarks.frontier import NOT_SOLAR_PCT
from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.ours import actuator_s
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Run

# A law competes if it catches at least so much, and at most so much of its heat was not free.
LEAST_CAUGHT_PCT = 50.0
MOST_TAKEN_PCT = 20.0
METER_S, TICK_S = 1.0, 0.0
BEST, OUT = "*", "-"
LAW_WIDTH = 14


class Column(NamedTuple):
    """``number``: of a row; ``digits`` behind the point; ``badness``: the less, the better."""

    head: str
    unit: str
    number: Callable[[Row], float]
    digits: int
    badness: Callable[[float], float]


def _itself(number: float) -> float:
    return number


def _below_all(caught_pct: float) -> float:
    """More than the all-knowing diverter caught came out of the battery: no merit."""
    return -min(100.0, caught_pct)


COLUMNS = (
    Column("caught", "%", lambda row: row.caught_pct, 1, _below_all),
    Column("not solar", "%", lambda row: row.not_solar_pct, 2, _itself),
    Column("charging", "%", lambda row: row.from_charging_pct, 2, _itself),
    Column(
        "SoC", "%", lambda row: row.soc_at_sunset_diff_pct, 1, lambda soc_pct: -min(0.0, soc_pct)
    ),
    Column("switches", "/day", lambda row: row.switches_per_day, 1, _itself),
    Column("moves", "/day", lambda row: row.moves_per_day, 0, _itself),
    Column("strokes", "/day", lambda row: row.travel_per_day, 1, _itself),
    Column("import", "W", lambda row: row.worst_minute_import_w, 0, _itself),
)

MEANINGS = f"""\
caught     heat from the sun, of what the all-knowing diverter heats in the same home
not solar  share of the heat that came out of the grid or the battery, against the same second
           without heater
charging   share of the heat that was taken from the battery's charging
SoC        battery level at sunset less the all-knowing's, mean of the days
switches   of the relay; moves: of the knob, above the actuator's resolution; strokes: the way of
           the knob in full strokes; import: what the heater imported in the worst minute, mean W
{BEST} the best of its column among the laws that compete: those that catch {LEAST_CAUGHT_PCT:.0f} %
  or more and take {MOST_TAKEN_PCT:.0f} % or less of their heat from grid, battery and charging
  together. {OUT} does not compete.
all-knowing puts into the heater what the panels could give beyond house and battery (battery
  first), each second; {FRONTIER} sees exactly that, but so late."""


def competes(row: Row) -> bool:
    """Whether the row's numbers are worth a comparison."""
    taken_pct = row.not_solar_pct + row.from_charging_pct
    able = row.caught_pct >= LEAST_CAUGHT_PCT and taken_pct <= MOST_TAKEN_PCT
    return able and row.law not in (ALL_KNOWING, FRONTIER)


def best_of(rows: Sequence[Row], column: Column) -> float | None:
    """The best printed number of a column; None: no law competes."""
    numbers = [_printed(column, row) for row in rows if competes(row)]
    return min(numbers, key=column.badness) if numbers else None


def _printed(column: Column, row: Row) -> float:
    """As the table shows it: equal to the eye is equal."""
    return round(column.number(row), column.digits)


def table(rows: Sequence[Row]) -> list[str]:
    """The rows of one home and age."""
    heads = "".join(f"{f'{column.head}':>11}" for column in COLUMNS)
    units = "".join(f"{column.unit:>11}" for column in COLUMNS)
    lines = [f"{'law':<{LAW_WIDTH}}  {heads}", f"{'':<{LAW_WIDTH}}  {units}"]
    bests = [best_of(rows, column) for column in COLUMNS]
    for row in rows:
        reference = row.law in (ALL_KNOWING, FRONTIER)
        mark = " " if reference or competes(row) else OUT
        cells = "".join(
            _cell(column, row, best) for column, best in zip(COLUMNS, bests, strict=True)
        )
        lines.append(f"{row.law:<{LAW_WIDTH}} {mark}{cells}".rstrip())
    return lines


def _cell(column: Column, row: Row, best: float | None) -> str:
    number = _printed(column, row)
    same = best is not None and column.badness(number) == column.badness(best)
    mark = BEST if same and competes(row) else " "
    return f"{number + 0.0:>10.{column.digits}f}{mark}"


def distances(rows: Sequence[Row]) -> list[str]:
    """How far our law is from the best of each column where another is better."""
    if not any(competes(row) for row in rows):
        return ["no law competes here"]
    lines = []
    for row in rows:
        if row.law not in OURS:
            continue
        words = []
        for column in COLUMNS:
            best = best_of(rows, column)
            if best is None:
                continue
            number = _printed(column, row)
            if column.badness(number) > column.badness(best):
                words.append(f"{column.head} {number - best:+.{column.digits}f}")
        said = ", ".join(words) if words else "none better in any column"
        lines.append(f"{row.law} against the best: {said}")
    return lines


def report(result: Campaign) -> list[str]:
    """Everything, home by home."""
    lines: list[str] = []
    for home in dict.fromkeys(row.home for row in result.rows):
        for age in dict.fromkeys(row.data_age_s for row in result.rows if row.home == home):
            rows = [row for row in result.rows if (row.home, row.data_age_s) == (home, age)]
            if all(row.law == ALL_KNOWING for row in rows) and age > 1:
                continue
            lines += ["", f"{home}: {home_of(home).words}; data {age} s old", *table(rows)]
            lines += distances(rows)
            lines += _frontier(rows, result.lates.get(home))
            lines += _plain(rows, result.plain)
            lines += [f"{row.law} ended with an alarm: {row.alarm}" for row in rows if row.alarm]
    if result.tank:
        lines += ["", *_tanks(result.tank)]
    return [*lines[1:], "", *MEANINGS.splitlines(), delay_words()]


def _frontier(rows: Sequence[Row], late: Late | None) -> list[str]:
    found = next((row for row in rows if row.law == FRONTIER), None)
    if found is None or late is None:
        return []
    gaps = [
        f"{row.law} {row.caught_pct - found.caught_pct:+.1f}" for row in rows if row.law in OURS
    ]
    margin = f" less {late.margin_w:.0f} W" if late.margin_w else ""
    words = [
        f"frontier: {late.factor:.3f} x the least surplus of {late.window_s} s{margin}, the best "
        f"found at {NOT_SOLAR_PCT:g} % not solar"
    ]
    return [*words, f"caught against it: {', '.join(gaps)}"] if gaps else words


def _plain(rows: Sequence[Row], plain: Sequence[Row]) -> list[str]:
    """Our law on minutes that are not refined to seconds."""
    return [
        f"plain minutes: {row.law} caught {row.caught_pct:.1f} %, "
        f"not solar {row.not_solar_pct:.2f} %, charging {row.from_charging_pct:.2f} %"
        for row in plain
        if rows
        and (row.home, row.data_age_s) == (rows[0].home, rows[0].data_age_s)
        and row.law in OURS
    ]


def _tanks(tanks: Sequence[tuple[Row, Run]]) -> list[str]:
    lines = [
        "With the real tank (200 l, thermostat 70 °C)",
        f"{'home':<12}{'law':<14}{'data':>6}{'caught':>9}{'not solar':>11}{'heat':>11}{'drawn':>9}"
        f"{'45 °C':>9}",
        f"{'':<12}{'':<14}{'s':>6}{'%':>9}{'%':>11}{'kWh':>11}{'l':>9}{'%':>9}",
    ]
    for row, run in tanks:
        if row.law == ALL_KNOWING and row.data_age_s > 1:
            continue
        age = "" if row.law == ALL_KNOWING else str(row.data_age_s)
        hot_pct = 100.0 * run.hot_l / run.drawn_l if run.drawn_l else 0.0
        lines.append(
            f"{row.home:<12}{row.law:<14}{age:>6}{row.caught_pct:>9.1f}{row.not_solar_pct:>11.2f}"
            f"{row.heat_kwh:>11.1f}{run.drawn_l:>9.0f}{hot_pct:>9.1f}"
        )
    return lines


def delay_words() -> str:
    """Where the seconds between sun and heater go with data 1 s old."""
    whole = [f"{law} {METER_S + 1.0 + TICK_S + actuator_s(law):.1f} s" for law in OURS]
    return (
        f"With data 1 s old the whole delay is at most: {', '.join(whole)} (the meter's second "
        f"{METER_S:.0f} s,\nits age 1 s, the tick {TICK_S:.0f} s: it decides when the sample "
        f"comes, and the actuator's full stroke)."
    )
