"""Six loads in six homes: the runs of `benchmark ladder`, and what each was worth."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from typing import Any, NamedTuple

from pvopt.benchmarks.child import child_begins
from pvopt.benchmarks.compiled_loop import compiled_kernels
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ladder_limit import Knowing
from pvopt.benchmarks.ladder_loads import Member, table_of
from pvopt.benchmarks.ladder_ours import Ours, config_of
from pvopt.benchmarks.ladder_plant import LadderHome
from pvopt.benchmarks.ladder_rivals import S0, S1, AllKnowing, Law, Rival
from pvopt.benchmarks.ladder_watch import Counts
from pvopt.benchmarks.pool import LOOK_S, Said
from pvopt.settings_of import settings_of
from pvopt.simulator.account import Totals

ALL_KNOWING, KNOWING, OURS = "all-knowing", "knowing", "pvopt"
LAWS = (ALL_KNOWING, KNOWING, OURS, S0, S1)
SAY_S = 3600  # of simulated time
# With less than this to catch a day shares of it mean nothing: a minute of the sun.
LEAST_WH = 50.0
Heard = Callable[[], None]


class Key(NamedTuple):
    """Which run. ``table``: the order of the loads, and what becomes full behind them."""

    home: str
    law: str
    table: str


class Run(NamedTuple):
    """What a run amounted to. ``counts``: of each load, by rank."""

    totals: Totals
    worst_minute_w: float
    soc_pct: tuple[float, ...]  # at the end of each day's light
    counts: tuple[Counts, ...]
    days: float


class Row(NamedTuple):
    """One line of the result. ``switches_per_day`` and ``kwh``: of each load, by rank; shares are
    NaN where there was nothing to catch; inversions as in ``ladder_watch``."""

    home: str
    table: str
    law: str
    caught_pct: float
    not_solar_pct: float
    from_charging_pct: float
    inversions: int
    inverted_s: int
    flow_inversions: int
    broken_min_times: int
    worst_minute_import_w: float
    soc_at_sunset_diff_pct: float
    heat_kwh: float
    switches_per_day: tuple[float, ...]
    kwh: tuple[float, ...]
    days: float


def enable_delays_s(members: Sequence[Member]) -> tuple[float, ...]:
    """How long each load of ours waits for power that suffices (s), by rank."""
    loads = settings_of(config_of((0.0, 0.0), members)).loads
    return tuple(load.drive.enable_delay_s for load in loads)


def law_of(name: str, home: str, place: tuple[float, float], members: Sequence[Member]) -> Law:
    """The law called so, for the home of that name."""
    config = config_of(place, members)
    if name == ALL_KNOWING:
        return AllKnowing(config.site.inverter.headroom_w)
    if name == KNOWING:
        return Knowing(config, compiled_kernels(), home)
    return Ours(config, compiled_kernels()) if name == OURS else Rival(name, members)


def run_law(key: Key, days: Sequence[Inputs], heard: Heard = lambda: None) -> Run:
    """The law in the home, all days, one after the other with the same battery.

    ``heard`` is called after each simulated hour.
    """
    members = table_of(key.table).members
    home = LadderHome(key.home, days, members, enable_delays_s(members))
    law = law_of(key.law, key.home, days[0].place, members)
    levels = []
    for number, day in enumerate(days):
        home.begin_day(number)
        dusk, told, said = day.nights[0], False, 0
        while not home.day_over:
            asked = law.tick(home)
            if home.is_asleep(asked):
                home.sleep(asked)
            else:
                home.second(asked)
            if home.k >= dusk and not told:
                levels.append(home.course.home.soc_pct)
                told = True
            while said < home.k // SAY_S:
                said += 1
                heard()
    course = home.course
    return Run(
        course.totals,
        course.worst_minute_w,
        tuple(levels),
        home.watch.counts,
        sum(day.days for day in days),
    )


def row_of(key: Key, run: Run, best: Run) -> Row:
    """The numbers of a run. ``best``: the all-knowing ladder's in the same home."""
    totals, counts = run.totals, run.counts
    there = best.totals.heat_wh >= LEAST_WH * run.days
    diff = [a - b for a, b in zip(run.soc_pct, best.soc_pct, strict=True)]
    return Row(
        home=key.home,
        table=key.table,
        law=key.law,
        caught_pct=100.0 * totals.sun_wh / best.totals.heat_wh if there else math.nan,
        not_solar_pct=totals.not_solar_pct if there else math.nan,
        from_charging_pct=_pct(totals.from_charging_wh, totals.heat_wh) if there else math.nan,
        inversions=sum(one.inversions for one in counts),
        inverted_s=sum(one.inverted_s for one in counts),
        flow_inversions=sum(one.flow_inversions for one in counts),
        broken_min_times=sum(one.broken for one in counts),
        worst_minute_import_w=run.worst_minute_w,
        soc_at_sunset_diff_pct=sum(diff) / max(1, len(diff)),
        heat_kwh=totals.heat_wh / 1000.0,
        switches_per_day=tuple(one.switches / run.days for one in counts),
        kwh=tuple(one.drawn_wh / 1000.0 for one in counts),
        days=run.days,
    )


def _pct(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole > 0.0 else 0.0


def cells_of(row: Row) -> dict[str, object]:
    """A row for ``--json``: what is of each load by its name; null for a share of nothing."""
    cells: dict[str, object] = {
        name: _rounded(cell) if isinstance(cell, float) else cell
        for name, cell in row._asdict().items()
    }
    ids = [member.id for member in table_of(row.table).members]
    for name in ("switches_per_day", "kwh"):
        cells[name] = {load: round(x, 4) for load, x in zip(ids, getattr(row, name), strict=True)}
    return cells


def _rounded(cell: float) -> float | None:
    return None if math.isnan(cell) else round(cell, 4)


def keys_of(homes: Sequence[str], laws: Sequence[str], tables: Sequence[str]) -> list[Key]:
    """Every run, by table and home; the all-knowing one's first of each."""
    wanted = [ALL_KNOWING, *[law for law in laws if law != ALL_KNOWING]]
    return [Key(home, law, table) for table in tables for home in homes for law in wanted]


def ladder(keys: Sequence[Key], days: Sequence[Inputs], workers: int, said: Said) -> list[Row]:
    """The rows, in the order of the keys."""
    said(0.0, "compiling (once)")
    _warm_up(keys, days)
    runs = dict(zip(keys, _done(keys, days, workers, said), strict=True))
    return [row_of(key, runs[key], runs[key._replace(law=ALL_KNOWING)]) for key in keys]


def _warm_up(keys: Sequence[Key], days: Sequence[Inputs]) -> None:
    """Machine code is kept on disk: whoever comes next finds it there."""
    members = table_of(keys[0].table).members
    for law in dict.fromkeys(key.law for key in keys):
        home = LadderHome(keys[0].home, days[:1], members, enable_delays_s(members))
        made = law_of(law, keys[0].home, days[0].place, members)
        asked = made.tick(home)
        home.second(asked)
        home.sleep(asked)


_shared: dict[str, Any] = {}


def _begin(days: Sequence[Inputs], count: Any, stop: Any) -> None:
    child_begins()
    _shared.update(days=days, count=count, stop=stop)


class StoppedError(Exception):
    """The run was given up; not for people."""


def _work(key: Key) -> Run:
    def heard() -> None:
        if _shared["stop"].is_set():
            raise StoppedError
        with _shared["count"].get_lock():
            _shared["count"].value += 1

    return run_law(key, _shared["days"], heard)


def _done(keys: Sequence[Key], days: Sequence[Inputs], workers: int, said: Said) -> list[Run]:
    """The runs in processes side by side, the long ones first; an exception of one ends all."""
    context = multiprocessing.get_context("spawn")
    count, stop = context.Value("L", 0), context.Event()
    hours = len(keys) * sum(day.seconds // SAY_S for day in days)
    order = sorted(keys, key=lambda key: key.law not in (OURS, KNOWING))
    with ProcessPoolExecutor(workers, context, _begin, (days, count, stop)) as pool:
        futures = {key: pool.submit(_work, key) for key in order}
        try:
            left = set(futures.values())
            while left:
                ended, left = wait(left, LOOK_S, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                said(min(1.0, count.value / max(1, hours)), "days lived")
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [futures[key].result() for key in keys]
