"""Storages behind every law, through the same day."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from pvopt.benchmarks.storage_home import Law, best_grid, run, storages_of
from pvopt.benchmarks.storage_ours import Ours
from pvopt.benchmarks.storage_rivals import Balancer, Distributor
from pvopt.benchmarks.storage_score import Score, score

OURS = "pvopt"
LAWS: dict[str, Callable[[int], Law]] = {
    OURS: Ours,
    "distributor": lambda count: Distributor(),
    "balancer": Balancer,
}
COUNTS = (2, 3, 8)
MIXED = "1-10"
DELAYS = ("1", "10", MIXED)
HOUR_S = 3600.0


@dataclass(frozen=True)
class Row:
    """One law with so many storages that answer so late."""

    storages: int
    delay: str
    law: str
    score: Score


@dataclass(frozen=True)
class Case:
    storages: int
    delay: str
    law: str


def cases_of(counts: list[int], delays: list[str], laws: list[str]) -> list[Case]:
    """Every law in every case, the slowest first."""
    found = [Case(count, delay, law) for count in counts for delay in delays for law in laws]
    return sorted(found, key=lambda case: -case.storages * (4 if case.law == OURS else 1))


def delays_of(count: int, delay: str) -> tuple[float, ...]:
    """Seconds of each storage: all the same, or spread from 1 to 10."""
    if delay != MIXED:
        return (float(delay),) * count
    return tuple([1.0 + round(9.0 * place / max(1, count - 1)) for place in range(count)])


def worked(case: Case, load_w: Any) -> Row:
    """One run."""
    day_wh = float(load_w.sum()) / HOUR_S
    storages = storages_of(delays_of(case.storages, case.delay), day_wh)
    course = run(LAWS[case.law](case.storages), storages, load_w)
    best_w = best_grid(case.storages, load_w)
    return Row(case.storages, case.delay, case.law, score(course, best_w, load_w))


def storages(
    cases: list[Case], load_w: Any, workers: int, said: Callable[[float, str], None]
) -> list[Row]:
    """All of them, in processes of their own, in the order of the table."""
    rows: dict[Case, Row] = {}
    with ProcessPoolExecutor(workers) as pool:
        futures = {pool.submit(worked, case, load_w): case for case in cases}
        for future in as_completed(futures):
            case = futures[future]
            rows[case] = future.result()
            said(len(rows) / len(cases), f"{case.storages} storages, {case.law}")
    order = list(LAWS)
    return sorted(
        rows.values(), key=lambda r: (r.storages, DELAYS.index(r.delay), order.index(r.law))
    )


def cells_of(row: Row) -> dict[str, object]:
    """A row for JSON."""
    return {"storages": row.storages, "delay_s": row.delay, "law": row.law} | row.score._asdict()
