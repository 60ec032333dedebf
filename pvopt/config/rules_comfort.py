"""What the types cannot say of comfort: what is in order, what fits, what needs a sensor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from pvopt.config.comfort import Comfort, Legionella, ReadyBy, Season, SeasonEnergy
from pvopt.config.hours import OffPeak, PricedHours
from pvopt.config.loads import Load
from pvopt.config.scalars import number_words
from pvopt.config.tree import Table

CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
# What a cycle needs above its target: bought heat goes 1.5 K over it.
OVER_TARGET_K = 2.0
BY_TEMPERATURE = ("max_c", "hysteresis_c", "min_c", "eco_c", "solar_min_c", "legionella")

Local = Iterator[tuple[str, str]]


def _clock_time(key: str, text: str) -> Local:
    if not CLOCK_TIME.fullmatch(text):
        yield key, "must be a time of day such as 06:30; allowed: 00:00 to 23:59"


def _days(days: tuple[str, ...]) -> Local:
    if len(set(days)) < len(days):
        yield "days", "names a day twice"


def _comfort(made: Comfort, table: Table) -> Local:
    yield from _in_order(made)
    legionella = made.legionella
    if legionella is not None and made.max_c < legionella.target_c + OVER_TARGET_K:
        least_c = number_words(legionella.target_c + OVER_TARGET_K)
        yield (
            "max_c",
            f"must be at least {least_c} °C, for legionella.target_c is "
            f"{number_words(legionella.target_c)} °C and heating goes a little over it",
        )
    for one in made.ready_by:
        if one.temperature_c is not None and one.temperature_c >= made.max_c:
            words = f"temperature_c {number_words(one.temperature_c)} must be below max_c"
            yield "ready_by", f"{words} ({number_words(made.max_c)} °C)"


def _in_order(made: Comfort) -> Local:
    """min_c <= eco_c <= solar_min_c < max_c, of those that are there."""
    if made.eco_c is not None and made.min_c is None:
        yield "eco_c", "needs `min_c`: it says where heating ends that began there"
    given = [
        (name, level_c)
        for name, level_c in (
            ("min_c", made.min_c),
            ("eco_c", made.eco_c),
            ("solar_min_c", made.solar_min_c),
        )
        if level_c is not None
    ]
    for (lower, low_c), (upper, high_c) in pairwise(given):
        if low_c > high_c:
            yield upper, f"must be at least {lower} ({number_words(low_c)} °C)"
    for name, level_c in given[-1:]:
        if level_c >= made.max_c:
            yield name, f"must be below max_c ({number_words(made.max_c)} °C)"


def _legionella(made: Legionella, table: Table) -> Local:
    if made.ahead_days >= made.every_days:
        yield "ahead_days", f"must be below every_days ({number_words(made.every_days)} days)"


def _season(made: Season, table: Table) -> Local:
    if made.two_days_wh < made.day_wh:
        yield "two_days_wh", f"must be at least day_wh ({number_words(made.day_wh)} Wh)"


def _seasons(made: SeasonEnergy, table: Table) -> Local:
    before = len(
        faults := [*_clock_time("ask_at", made.ask_at), *_clock_time("reset_at", made.reset_at)]
    )
    yield from faults
    if not before and made.ask_at >= made.reset_at:
        yield (
            "ask_at",
            f"must be earlier than reset_at ({made.reset_at}): it is asked in the night that ends "
            "the day",
        )


def _ready_by(made: ReadyBy, table: Table) -> Local:
    yield from _clock_time("at", made.at)
    yield from _days(made.days)
    if made.energy_wh is None and made.temperature_c is None:
        yield "energy_wh", "is missing: `energy_wh` or `temperature_c` says what is to be ready"


def _hours(made: OffPeak, table: Table) -> Local:
    before = len(faults := [*_clock_time("start", made.start), *_clock_time("end", made.end)])
    yield from faults
    if not before and made.start == made.end:
        yield "end", f"must differ from start ({made.start})"
    yield from _days(made.days)


def needs_sensor(made: Load, table: Table) -> Local:
    """Whatever goes by temperature needs one."""
    comfort = table.entries.get("comfort")
    if not isinstance(comfort, Table) or made.temperature is not None:
        return
    if any(key in comfort.entries for key in ("max_c", "hysteresis_c")):
        yield "comfort", "needs `temperature`: without a sensor no maximum can be kept"
    for key in BY_TEMPERATURE[2:]:
        if getattr(made.comfort, key) is not None:
            yield f"comfort.{key}", "needs `temperature`: a sensor in the load's water"
    if any(one.temperature_c is not None for one in made.comfort.ready_by):
        yield (
            "comfort.ready_by",
            "needs `temperature` for its `temperature_c`; without a sensor write `energy_wh`",
        )


LOCAL: dict[type, Callable[[Any, Table], Local]] = {
    Comfort: _comfort,
    Legionella: _legionella,
    OffPeak: _hours,
    PricedHours: _hours,
    ReadyBy: _ready_by,
    Season: _season,
    SeasonEnergy: _seasons,
}
