"""`simulate`: virtual days through the production loop, with pictures, a summary and a table."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pvopt import __version__
from pvopt.benchmarks.compiled_loop import WORTH_COMPILING_S, compile_loop
from pvopt.build import simulated
from pvopt.clock import SystemClock
from pvopt.commands.simulate_plan import Plan, plan
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.errors import ConfigError, StoreError
from pvopt.loop import Loop
from pvopt.show.days import headline, meanings, money_lines, table
from pvopt.show.progress import Progress, span
from pvopt.show.ticks_csv import TicksCsv
from pvopt.simulator.daybook import Day, DayBook, in_all
from pvopt.simulator.surroundings import DAY_S
from pvopt.simulator.tariff import tariff_of

FOLDER = Path("simulated")
TICKS, SUMMARY = "ticks.csv.gz", "summary.txt"
NOT_ENDED = "The run that writes here has not ended yet.\n"
NO_MATPLOTLIB = "pictures need matplotlib: run  . ./env.sh sim"
Draw = Callable[[Day, str, float, str, Path], None]


def simulate(args: argparse.Namespace) -> int:
    """0, also after Ctrl-C. ConfigError before anything runs, StoreError for a full disk."""
    stopper = Stopper()
    stopper.install()
    prepared = plan(args, load(args.config))
    folder = _folder(FOLDER if args.out is None else args.out)
    draw = None if args.no_pictures else _drawer()
    ticks = TicksCsv(folder / TICKS, prepared.world)
    run = Run(prepared, folder, ticks, draw, stopper)
    try:
        run.go()
    finally:
        run.end()
    print("\n".join(run.report()))
    if draw is None and not args.no_pictures:
        print(NO_MATPLOTLIB)
    if run.fault:
        raise StoreError(f"{run.fault}; is there room? What was written until then is kept")
    return 0


def _folder(folder: Path) -> Path:
    """The folder, made if need be, with a summary that says that there is none yet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SUMMARY).write_text(NOT_ENDED, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"--out {folder}: cannot be written to ({error.strerror}): choose another folder"
        ) from error
    return folder


def _drawer() -> Draw | None:
    """What draws a day, or None without matplotlib."""
    try:
        from pvopt.show.plots_day import draw_day  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("pvopt"):
            raise
        return None
    return draw_day


class Run:
    """One run: the loop, what listens to it, and what is written in the end."""

    def __init__(
        self, plan: Plan, folder: Path, ticks: TicksCsv, draw: Draw | None, stopper: Stopper
    ) -> None:
        self.fault = ""
        self.pictures = 0
        self._plan = plan
        self._folder = folder
        self._ticks = ticks
        self._draw = draw
        self._stopper = stopper
        self._zone = ZoneInfo(plan.config.site.timezone)
        self._begun_s = _mono_s()
        self._progress = Progress(_mono_s)
        self.book = DayBook(
            plan.world,
            plan.config.site.timezone,
            tariff_of(plan.demo),
            plan.demo.hot_c,
            self._day,
            self._minute,
        )
        self.loop: Loop = simulated(plan.config, plan.world, (ticks, self.book), plan.place)
        if plan.end_utc_s - plan.start_utc_s >= WORTH_COMPILING_S:
            self._progress.show(0.0, "compiling home and law")
            compile_loop(self.loop, plan.world)

    def go(self) -> None:
        """Until the end, a signal, or a disk that takes no more."""
        self.loop.run(
            until_s=self._plan.end_utc_s - self._plan.start_utc_s,
            stopped=lambda: self._stopper.asked or bool(self.fault or self._ticks.fault),
        )

    def end(self) -> None:
        """Close the last day and every file."""
        self._ticks.close()
        self.book.close()
        self._progress.clear()
        self.loop.close()
        self.fault = self._ticks.fault or self.fault
        try:
            text = "\n".join(self.report()) + "\n"
            (self._folder / SUMMARY).write_text(text, encoding="utf-8")
        except OSError as error:
            path = self._folder / SUMMARY
            self.fault = self.fault or f"{path}: cannot be written ({error.strerror})"

    def _minute(self, utc_s: float) -> None:
        plan = self._plan
        whole_s = plan.end_utc_s - plan.start_utc_s
        now = datetime.fromtimestamp(utc_s, self._zone)
        self._progress.show(
            (utc_s - plan.start_utc_s) / whole_s, f"simulated until {now:%Y-%m-%d %H:%M}"
        )

    def _day(self, day: Day) -> None:
        if self._draw is None:
            return
        demo = self._plan.demo
        path = self._folder / f"{day.date}.png"
        try:
            title = headline(day, demo.currency)
            self._draw(day, self._plan.config.site.timezone, demo.hot_c, title, path)
            self.pictures += 1
        except StoreError as error:
            self.fault = str(error)

    def report(self) -> list[str]:
        """The summary."""
        plan, demo = self._plan, self._plan.demo
        every = in_all(self.book.days)
        lines = [f"pvopt {__version__}, simulated"]
        lines += [f"{head:<14} {words}" for head, words in plan.notes]
        lines += ["", *table(self.book.days, every, demo.currency), ""]
        lines += meanings(demo.hot_c, demo.currency)
        lines += money_lines(every, demo.currency)
        if every.outage_s > 0.0:
            lines.append(f"power cuts     {every.outage_s / 3600.0:.2f} h without grid")
        return [*lines, "", *self._how_it_went(every)]

    def _how_it_went(self, every: Day) -> list[str]:
        plan, counts = self._plan, self.loop.counts
        lived, asked = every.totals.seconds, plan.end_utc_s - plan.start_utc_s
        took = span(_mono_s() - self._begun_s)
        lines = [
            f"{_days(lived)} in {took}: {counts.ticks} ticks, {counts.failed or 'none'} failed"
        ]
        if lived < asked - 1.0:
            lines[0] = f"STOPPED EARLY, of {_days(asked)} only: {lines[0]}"
        written = [TICKS, SUMMARY, *([_pictures(self.pictures)] if self.pictures else [])]
        return [*lines, f"written to {self._folder}/: {', '.join(written)}"]


def _mono_s() -> float:
    """Real seconds."""
    return SystemClock().now().mono_s


def _days(seconds: float) -> str:
    days = seconds / DAY_S
    return "1 day" if abs(days - 1.0) < 1e-6 else f"{days:.4g} days"


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
