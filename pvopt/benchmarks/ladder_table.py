"""The result of `benchmark ladder` in words: a table for each question, and what it means."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.ladder import ALL_KNOWING, KNOWING, OURS, Row, enable_delays_s
from pvopt.benchmarks.ladder_loads import Kind, Member, table_of
from pvopt.benchmarks.ladder_watch import LEAST_SHARE, SLACK_S

LEAST_CAUGHT_PCT, MOST_BOUGHT_PCT, MOST_CHARGING_PCT = 98.0, 1.0, 1.0
HEADS = (
    f"{'home':<12}{'law':<13}{'caught':>8}{'not solar':>11}{'charging':>10}{'SoC':>7}"
    f"{'inversions':>12}{'(flow)':>7}{'for':>8}{'broken':>8}{'import':>8}  switches a day"
)
UNITS = (
    f"{'':<25}{'%':>8}{'%':>11}{'%':>10}{'%':>7}{'':>19}{'s/day':>8}{'times':>8}{'W':>8}  of each"
)


def report(rows: Sequence[Row]) -> list[str]:
    """Everything, table by table."""
    lines: list[str] = []
    for name in dict.fromkeys(row.table for row in rows):
        table, mine = table_of(name), [row for row in rows if row.table == name]
        lines += [f"{name}: {table.words}", f"by rank: {loads_words(table.members)}", HEADS, UNITS]
        lines += [line_of(row) for row in mine]
        lines += ["", *distances(mine), ""]
    return [*lines, *meanings()]


def line_of(row: Row) -> str:
    """One line of the table; who knows all has no contacts to wear."""
    shares = (
        f"{row.caught_pct:>8.1f}{row.not_solar_pct:>11.2f}{row.from_charging_pct:>10.2f}"
        if is_judged(row)
        else f"{'-':>8}{'-':>11}{'-':>10}"
    )
    numbers = f"{row.home:<12}{row.law:<13}{shares}{row.soc_at_sunset_diff_pct + 0.0:>7.1f}"
    if row.law == ALL_KNOWING:
        return numbers.rstrip()
    switches = " ".join(f"{number:.0f}" for number in row.switches_per_day)
    return (
        f"{numbers}{row.inversions:>12d}{f'({row.flow_inversions})':>7}"
        f"{row.inverted_s / row.days:>8.0f}"
        f"{row.broken_min_times:>8d}{row.worst_minute_import_w:>8.0f}  {switches}"
    )


def distances(rows: Sequence[Row]) -> list[str]:
    """Where our law misses an aim, and whether who knows more meets it: if not, the same loads
    cannot do better with data so old, and it is called their limit."""
    lines = []
    knowing = {row.home: _missed(row) for row in rows if row.law == KNOWING}
    for row in rows:
        if row.law != OURS:
            continue
        words = [
            f"{words}{_beside(aim, knowing.get(row.home))}" for aim, words in _missed(row).items()
        ]
        if not is_judged(row):
            words = ["nothing to catch, so no verdict"]
        lines.append(f"{row.home}: {', '.join(words) if words else 'every aim met'}")
    return lines


def _beside(aim: str, limit: dict[str, str] | None) -> str:
    """What who knows more has of an aim that we miss. ``limit`` None: it did not run."""
    if limit is None:
        return ""
    return f" (limit, knowing: {limit[aim]})" if aim in limit else " (open)"


def is_judged(row: Row) -> bool:
    """Whether there was anything to catch."""
    return not math.isnan(row.caught_pct)


def misses(row: Row) -> list[str]:
    """The aims that a row misses, by how much."""
    return list(_missed(row).values())


def _missed(row: Row) -> dict[str, str]:
    """(Aim, by how much it is missed.) As the table shows it: equal to the eye is equal."""
    words: dict[str, str] = {}
    if not is_judged(row):
        return words
    if round(row.caught_pct, 1) < LEAST_CAUGHT_PCT:
        words["caught"] = f"caught {row.caught_pct:.1f} % of {LEAST_CAUGHT_PCT:.0f} %"
    if round(row.not_solar_pct, 2) > MOST_BOUGHT_PCT:
        words["bought"] = f"not solar {row.not_solar_pct:.2f} % above {MOST_BOUGHT_PCT:.0f} %"
    if round(row.from_charging_pct, 2) > MOST_CHARGING_PCT:
        words["charging"] = (
            f"charging {row.from_charging_pct:.2f} % above {MOST_CHARGING_PCT:.0f} %"
        )
    if row.inversions:
        words["inversions"] = f"{row.inversions} inversions"
    if row.broken_min_times:
        words["broken"] = f"{row.broken_min_times} minimum times broken"
    return words


def loads_words(members: Sequence[Member]) -> str:
    """The loads by rank, with the delay after which each starts."""
    each = []
    for member, delay_s in zip(members, enable_delays_s(members), strict=True):
        kind = {
            Kind.CONTINUOUS: "0 to ",
            Kind.ON_OFF: "",
            Kind.STEPS: "/".join(f"{level_w:.0f}" for level_w in member.levels_w[:-1]) + "/",
            Kind.UNKNOWN: "at most ",
        }[member.kind]
        each.append(f"{member.id} {kind}{member.max_w:.0f} W ({delay_s:.0f} s)")
    return ", ".join(each)


def homes_words(homes: Sequence[str]) -> list[str]:
    """What the homes are."""
    return [f"{name:<12}{home_of(name).words}" for name in homes]


def meanings() -> list[str]:
    """What the columns are."""
    least_pct = 100.0 * LEAST_SHARE
    return f"""\
caught      what the loads drew from the sun, of what the all-knowing ladder draws in the same home
not solar   share of it that came out of the grid or the battery, against the same second without
            loads; charging: share that was taken from the battery's charging; SoC: battery level
            at sunset less the all-knowing's, mean of the days
inversions  for longer than a load's enable delay (see above, and {SLACK_S:.0f} s for the way of the
            data) lower ranks ran while it, not full and outside its minimum times, lacked power
            that they drew and could give up and no higher rank could use: as much as a switched
            load's next level needs; of one behind a regulator more than {least_pct:.0f} % of its
            most, in pieces that it could take whole. Of a load of unknown draw without a meter what
            it draws at the least; (flow): by the watts that flowed, which no law could see all
broken      contacts that closed or opened before their minimum time
import      what the loads imported in the worst minute, mean W
switches    of each load by rank; a change of stage is one
all-knowing puts into the loads what the panels could give beyond house and battery (battery
            first), each second, within the levels of the loads and the inverter, less the
            headroom that the configuration leaves it; who does not may draw more
knowing     our ladder with its relays, times and delays, but told that surplus two seconds late;
            where it shows in no meter, climbing to it from a first step of 5 %. An aim that it
            misses, too, is the limit of these loads with data so old; one that it meets is open
""".splitlines()
