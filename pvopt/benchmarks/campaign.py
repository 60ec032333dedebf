"""All laws in all homes with data of all ages: the jobs, and their results as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pvopt.benchmarks import frontier
from pvopt.benchmarks.control import (
    AGES,
    ALL_KNOWING,
    FRONTIER,
    OURS,
    Row,
    inputs_for,
    plant_of,
    row_of,
    run_law,
)
from pvopt.benchmarks.inputs import Inputs, first_seconds
from pvopt.benchmarks.pool import Heard, Job, Said, done
from pvopt.benchmarks.reference import Late
from pvopt.benchmarks.runs import Run

LATE_AGE_S = 60
FRONTIER_RUNS = 20  # of the reference, about
WARM_UP_S = 600


class Key(NamedTuple):
    """Which run. ``age`` 0 for the all-knowing diverter; ``tank``: with the real thermostat."""

    home: str
    age: int
    law: str
    tank: bool = False
    plain: bool = False


@dataclass(frozen=True)
class Campaign:
    """``rows``: the benchmark; ``plain``, ``tank``: our law with plain minutes, with a real tank.

    ``lates``: for each home the law that is the frontier.
    """

    rows: tuple[Row, ...]
    plain: tuple[Row, ...]
    tank: tuple[tuple[Row, Run], ...]
    lates: dict[str, Late]


def campaign(
    homes: Sequence[str],
    laws: Sequence[str],
    inputs: Inputs,
    plain: Inputs | None,
    workers: int,
    said: Said,
) -> Campaign:
    """``plain``: the same days without refinement, for our own law; None: left out."""
    keys = _keys(homes, laws, plain is not None)
    lates: dict[str, Late] = {}
    _warm_up(keys, inputs, said)
    jobs = [_job(key, plain if key.plain and plain else inputs, lates) for key in keys]
    runs = dict(zip(keys, done(jobs, workers, said), strict=True))
    rows: list[Row] = []
    plains: list[Row] = []
    tanks: list[tuple[Row, Run]] = []
    for key in sorted(keys, key=lambda key: _order(key, homes, laws)):
        best = runs[Key(key.home, 0, ALL_KNOWING, key.tank, key.plain)]
        used = plain if key.plain and plain else inputs
        for age in AGES if key.age == 0 else (key.age,):
            row = row_of(key.home, age, key.law, runs[key], best, used)
            if key.tank:
                tanks.append((row, runs[key]))
            else:
                (plains if key.plain else rows).append(row)
    rows.sort(key=lambda row: (homes.index(row.home), row.data_age_s))
    return Campaign(tuple(rows), tuple(plains), tuple(tanks), lates)


def _keys(homes: Sequence[str], laws: Sequence[str], plain: bool) -> list[Key]:
    """The long ones first, so that none is left alone at the end."""
    every = [Key(home, LATE_AGE_S, FRONTIER) for home in homes if FRONTIER in laws]
    own = [law for law in laws if law in OURS]
    for home in homes:
        every += [Key(home, age, law) for age in AGES for law in own]
        for tank, rough in ((False, False), (True, False), (False, True)):
            if (rough and not plain) or ((tank or rough) and not own):
                continue
            if tank or rough:
                every += [Key(home, age, law, tank, rough) for age in AGES for law in own]
            every.append(Key(home, 0, ALL_KNOWING, tank, rough))
    others = [law for law in laws if law not in (*OURS, FRONTIER, ALL_KNOWING)]
    return every + [Key(home, age, law) for home in homes for age in AGES for law in others]


def _order(key: Key, homes: Sequence[str], laws: Sequence[str]) -> tuple[int, int, int]:
    place = -1 if key.law == ALL_KNOWING else list(laws).index(key.law)
    return homes.index(key.home), key.age, place


def _job(key: Key, inputs: Inputs, lates: dict[str, Late]) -> Job[Run]:
    words = f"{key.home}, {key.law}"
    if key.law != ALL_KNOWING:
        words += f", data {key.age} s old"
    words += ", real tank" if key.tank else ", plain" if key.plain else ""
    pieces = len(inputs.nights)
    if key.law == FRONTIER:

        def search(heard: Heard) -> Run:
            plant = plant_of(key.home)
            found = frontier.frontier(plant, key.age, inputs_for(key.home, inputs), heard)
            lates[key.home] = found.late
            return found.run

        return Job(words, search, FRONTIER_RUNS * pieces)

    def work(heard: Heard) -> Run:
        return run_law(key.home, key.age, key.law, inputs, heard, key.tank)

    return Job(words, work, pieces)


def _warm_up(keys: Sequence[Key], inputs: Inputs, said: Said) -> None:
    """Compile before the threads begin: the compiler does one thing at a time anyway."""
    short = first_seconds(inputs, min(WARM_UP_S, inputs.seconds))
    laws = list(dict.fromkeys(ALL_KNOWING if key.law == FRONTIER else key.law for key in keys))
    for law in laws:
        said(0.0, f"compiling (once): {law}")
        run_law(keys[0].home, 1, law, short)
