"""Tasks of a sweep for tests, and what workers do with them (importable by their processes)."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import attrs

from pvopt.benchmarks.sweep_inputs import Span
from pvopt.benchmarks.sweep_work import Figures, Task
from pvopt.build import simulated
from pvopt.config.load import load
from pvopt.errors import PvoptError
from pvopt.simulator.daybook import DayBook, in_all
from pvopt.simulator.tariff import tariff_of
from pvopt.simulator.world import demo_world

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "Files/config.yaml"
JUNE_S = 1_781_992_800.0  # 2026-06-21 00:00 in Prague


def task_of(key: str = "k", hours: float = 24.0, step_s: int = 60, from_h: float = 0.0) -> Task:
    """The demonstration's home on its June day."""
    config = load(CONFIG, {})
    assert config.demo is not None
    span = Span(JUNE_S + 3600.0 * from_h, round(3600.0 * hours / step_s), step_s, 7200.0)
    return Task(key, config, config.demo, span, (config.site.latitude, config.site.longitude))


def with_demo(task: Task, **given: Any) -> Task:
    demo = attrs.evolve(task.demo, **given)
    return replace(task, demo=demo, config=attrs.evolve(task.config, demo=demo))


def by_the_loop(task: Task) -> Figures:
    """The same through the production loop, as `simulate` runs it."""
    config, demo, span = task.config, task.demo, task.span
    world = demo_world(demo, config.site, config.loads[0], span.start_utc_s)
    book = DayBook(world, config.site.timezone, tariff_of(demo), demo.hot_c)
    loop = simulated(config, world, (book,))
    loop.run(until_s=float(span.steps * span.step_s))
    book.close()
    loop.close()
    every = in_all(book.days)
    totals, money = every.totals, every.money
    price, sell = demo.buy_per_kwh, demo.sell_per_kwh if demo.feed_in else 0.0
    return Figures(
        bill=(price * totals.import_wh - sell * totals.export_wh) / 1000.0,
        saved=money.saved,
        bought_kwh=totals.import_wh / 1000.0,
        sold_kwh=totals.export_wh / 1000.0,
        hot_h=every.hot_s / 3600.0,
        sun_kwh=totals.sun_wh / 1000.0,
        heat_bought_kwh=(totals.from_grid_wh + totals.from_battery_wh) / 1000.0,
        caught_pct=totals.caught_pct,
        not_solar_pct=totals.not_solar_pct,
        pv_kwh=totals.pv_wh / 1000.0,
        pv_possible_kwh=totals.pv_possible_wh / 1000.0,
        switches=totals.switches,
        moves=totals.moves,
        outage_h=every.outage_s / 3600.0,
        alarm_h=0.0,
    )


def tasks_of(count: int) -> list[Task]:
    first = task_of()
    return [replace(first, key=f"k{n}") for n in range(count)]


def figures(number: float) -> Figures:
    return Figures(*(number + n for n in range(len(Figures._fields))))


def numbered(task: Task) -> Figures:
    """Figures that tell the task's key."""
    return figures(float(task.key[1:]))


def killed_once(task: Task) -> Figures:
    """The worker of the fourth task dies as the kernel kills, the first time."""
    flag = Path(os.environ["PVOPT_TEST_FLAG"])
    if task.key == "k3" and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return numbered(task)


def killed_always(task: Task) -> Figures:
    if task.key == "k1":
        os.kill(os.getpid(), signal.SIGKILL)
    return numbered(task)


def refused(task: Task) -> Figures:
    if task.key == "k2":
        raise PvoptError("the file is gone")
    return numbered(task)
