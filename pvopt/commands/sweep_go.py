"""`sweep`: combinations made, handed out, and told."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pvopt import __version__
from pvopt.benchmarks.sweep_inputs import Span, file_of, measured
from pvopt.benchmarks.sweep_kept import Kept, key_of
from pvopt.benchmarks.sweep_paths import Axis, axes_of
from pvopt.benchmarks.sweep_run import Cluster, Processes, Workers, run_all
from pvopt.benchmarks.sweep_table import Row, as_csv, meanings, table
from pvopt.benchmarks.sweep_variants import Skipped, Variant, told, variants_of
from pvopt.benchmarks.sweep_work import Figures, Task, made_ready
from pvopt.clock import SystemClock
from pvopt.commands.simulate_plan import Plan, plan
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.errors import ConfigError, StoreError
from pvopt.show.progress import Progress, span
from pvopt.simulator.compiled import NoNumbaError, available
from pvopt.simulator.surroundings import DAY_S
from pvopt.simulator.world import offset_s

CSV, PICTURE = "sweep.csv", "sweep.png"
YEAR = 365.0
MOST_STEPS = 10_000_000
MOST_SHOWN = 10
# What a line about the run tells of; wrong where that is varied.
TOLD_BY = {"sky": ("demo.sky", "demo.seed"), "house": ("demo.load_w",)}
NO_MATPLOTLIB = "the picture needs matplotlib: run  . ./env.sh sim"


def sweep(args: argparse.Namespace) -> int:
    """0, also after Ctrl-C. ConfigError before anything runs."""
    if args.days is None and args.weather is None and args.load is None:
        args.days = YEAR
    planned = plan(args, load(args.config))
    first = _first_task(args, planned)
    has_load = first.load is not None or first.load_in_weather
    axes = axes_of(args.vary, first.weather is not None, has_load)
    variants, skipped = variants_of(args.config, axes)
    if not available():
        raise NoNumbaError("a sweep needs numba: run  . ./env.sh sim")
    tasks = [_task(first, variant, planned) for variant in variants]
    stopper = Stopper()
    stopper.install()
    run = Sweep(args, axes, variants, tasks)
    try:
        run.go(stopper)
    finally:
        run.end()
        print("\n".join([*_about(args, planned, first), "", *run.report(skipped)]))
    return 0


def _first_task(args: argparse.Namespace, planned: Plan) -> Task:
    """What all variants have in common."""
    site = planned.config.site
    start_utc_s, step_s = planned.start_utc_s, args.step
    whole = round((planned.end_utc_s - start_utc_s) / step_s)
    if not 1 <= whole <= MOST_STEPS:
        raise ConfigError(
            f"--step {step_s}: the run has {whole} steps of it, and 1 to {MOST_STEPS} are possible:"
            f" {'fewer --days or a longer' if whole else 'more --days or a shorter'} step"
        )
    weather = None if args.weather is None else file_of(args.weather)
    return Task(
        key="",
        config=planned.config,
        demo=planned.demo,
        span=Span(start_utc_s, whole, step_s, offset_s(start_utc_s, site.timezone)),
        place=planned.place or (site.latitude, site.longitude),
        weather=weather,
        load=None if args.load is None else file_of(args.load),
        load_in_weather=weather is not None and bool(measured(weather, False).load_w),
    )


def _task(first: Task, variant: Variant, planned: Plan) -> Task:
    site = variant.config.site
    made = replace(
        first,
        config=variant.config,
        demo=variant.demo,
        place=planned.place or (site.latitude, site.longitude),
    )
    return replace(made, key=key_of(made))


def _about(args: argparse.Namespace, planned: Plan, first: Task) -> list[str]:
    """What was run. The home itself is what varies."""
    lines = [f"pvopt {__version__}, sweep"]
    paths = {word.partition("=")[0].strip() for word in args.vary}
    for head, words in planned.notes:
        if head != "home":
            told_words = "varied" if paths.intersection(TOLD_BY.get(head, ())) else words
            lines.append(f"{head:<14} {told_words}")
    held = f"sun and load held for {first.span.step_s} s" if first.span.step_s > 1 else ""
    return [*lines, f"{'steps':<14} {held or 'of one second'}; the law ticks once a second"]


class Sweep:
    """One sweep: what is done of it, and what is written."""

    def __init__(
        self,
        args: argparse.Namespace,
        axes: tuple[Axis, ...],
        variants: Sequence[Variant],
        tasks: Sequence[Task],
    ) -> None:
        self._args = args
        self._axes = axes
        self._paths = [axis.path for axis in axes]
        self._variants = variants
        self._tasks = tasks
        self._kept = Kept(args.out, args.resume)
        self._values = {t.key: v.values for t, v in zip(tasks, variants, strict=True)}
        self._found = sum(task.key in self._kept.found for task in tasks)
        self._done = 0
        self._begun_s = _mono_s()
        self._progress = Progress(_mono_s)

    def go(self, stopper: Stopper) -> None:
        """Until all is done, or a signal."""
        missing = {t.key: t for t in self._tasks if t.key not in self._kept.found}
        if not missing:
            return
        self._progress.show(0.0, "compiling the engine, once after an update: up to a minute")
        made_ready(self._tasks[0])
        workers = self._workers(len(missing))
        total = len(missing)

        def look() -> None:
            words = f"{self._done} of {total} variants"
            self._progress.show(self._done / total, words)

        try:
            run_all(missing.values(), workers, self._take, lambda: stopper.asked, look)
        finally:
            self._progress.clear()
            workers.close()

    def _workers(self, most: int) -> Workers:
        if self._args.dask is not None:
            return Cluster(self._args.dask)
        cores = len(os.sched_getaffinity(0))
        return Processes(min(most, self._args.workers or cores))

    def _take(self, task: Task, figures: Figures) -> None:
        pairs = list(zip(self._paths, self._values[task.key], strict=True))
        self._kept.add(task.key, pairs, figures)
        self._done += 1

    def rows(self) -> list[Row]:
        """What is there, in the order of the combinations."""
        pairs = zip(self._tasks, self._variants, strict=True)
        found = self._kept.found
        return [Row(variant.values, found[t.key]) for t, variant in pairs if t.key in found]

    def end(self) -> None:
        """Write what there is."""
        self._kept.close()
        path = self._args.out / CSV
        try:
            path.write_text(as_csv(self._paths, self.rows()), encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror})") from error

    def report(self, skipped: Sequence[Skipped]) -> list[str]:
        """Table, what the columns mean, what was left out, and what was written."""
        rows, demo = self.rows(), self._tasks[0].demo
        hot_c = "demo.hot_c" if "demo.hot_c" in self._paths else f"{demo.hot_c:g} °C"
        lines = [*table(self._paths, rows, demo.currency), ""]
        lines += meanings(hot_c, demo.currency)
        lines += ["", *(self._alarm(row) for row in rows if row.figures.alarm_h > 0.0)]
        lines += [_left_out(one, self._axes) for one in skipped[:MOST_SHOWN]]
        if len(skipped) > MOST_SHOWN:
            lines.append(f"and {len(skipped) - MOST_SHOWN} more combinations left out")
        written = [self._kept.path.name, CSV]
        if rows and self._draw(rows, demo.currency):
            written.append(PICTURE)
        elif rows:
            lines.append(NO_MATPLOTLIB)
        took = span(_mono_s() - self._begun_s)
        head = f"{self._done} {'variant' if self._done == 1 else 'variants'} in {took}"
        head += f", {self._found} were there already" if self._found else ""
        if len(rows) < len(self._tasks):
            missing = len(self._tasks) - len(rows)
            head = f"STOPPED EARLY, {missing} missing (--resume goes on): {head}"
        return [*lines, head, f"written to {self._args.out}/: {', '.join(written)}"]

    def _alarm(self, row: Row) -> str:
        return (
            f"alarm: {told(self._axes, row.values)}: off for {row.figures.alarm_h:.0f} h, because "
            "the law took the heater for broken and waited for its owner"
        )

    def _draw(self, rows: Sequence[Row], currency: str) -> bool:
        try:
            from pvopt.benchmarks.plots_sweep import draw_sweep  # noqa: PLC0415 (an extra)
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("pvopt"):
                raise
            return False
        days = self._tasks[0].span.steps * self._tasks[0].span.step_s / DAY_S
        title = f"Money and comfort in {'a year' if days == YEAR else f'{days:.4g} days'}"
        draw_sweep(self._paths, rows, currency, title, Path(self._args.out) / PICTURE)
        return True


def _left_out(one: Skipped, axes: tuple[Axis, ...]) -> str:
    return f"left out: {told(axes, one.values)}: {one.why}"


def _mono_s() -> float:
    """Real seconds."""
    return SystemClock().now().mono_s
