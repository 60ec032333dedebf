"""Run the control loop: read the home, find the surplus, drive the heater."""

from __future__ import annotations

import argparse
import contextlib
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.build import Built, build, stamp_of
from pvopt.clock import SystemClock
from pvopt.comfort_of import hygiene_of
from pvopt.commands.options import add_config
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.config.schema import Config
from pvopt.decide.memory import Ledger, Memory
from pvopt.errors import ConfigError
from pvopt.keep import DEMO_NAME, NAME, Keeper
from pvopt.lock import PinLock, StateLock, pins_of
from pvopt.loop import Loop
from pvopt.model import Instant, Reason, Why
from pvopt.off import OffPlan
from pvopt.ports import Recorder
from pvopt.pulse import Pulse
from pvopt.show import logfile
from pvopt.show.journal import Journal
from pvopt.show.journal_hygiene import HygieneJournal
from pvopt.show.summary import ending, introduction, summary, warnings
from pvopt.show.words import sentence
from pvopt.show.words.wishes import asked_by, local_time, wish
from pvopt.sources.inbox import Inbox

if TYPE_CHECKING:
    from pvopt.build_store import Recording
    from pvopt.show.webhooks import Webhooks

log = logging.getLogger("pvopt")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--duration",
        type=_seconds,
        metavar="SECONDS",
        help="stop after so many seconds of the home's time, with a summary",
    )
    parser.add_argument("--once", action="store_true", help="one tick, then stop")
    parser.add_argument(
        "--dry-run", action="store_true", help="read, decide and log, but touch no pin"
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from None
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError("must be more than 0 seconds")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Exit 0 when done or stopped in order; ConfigError before anything is started."""
    config = load(args.config)
    stopper = Stopper()
    stopper.install()
    pulse = Pulse.from_env()
    lock = contextlib.nullcontext() if args.dry_run else PinLock(pins_of(config))
    with lock:
        logfile.start(config.log)
        for line in introduction(config, args.config, args.dry_run):
            log.info(line)
        for line in warnings(config):
            log.warning(line)
        if pulse is not None and pulse.why:
            log.warning("started again by the guardian: %s", pulse.why)
        return _run(args, config, stopper, pulse)


def _run(args: argparse.Namespace, config: Config, stopper: Stopper, pulse: Pulse | None) -> int:
    def hand_over(plan: OffPlan) -> None:
        if pulse is not None:
            pulse.plan(plan, real_tick_s(config))

    local = partial(local_time, config.site.timezone)
    journal = Journal(stamp_of(config), "would: " if args.dry_run else "", local)
    kept = None if args.dry_run else _kept(config)
    recording = None if kept is None else _recording(config, lambda: built.loop.memory)
    keeping: tuple[Recorder, ...] = () if kept is None else (kept.keeper,)
    alerts = None if args.dry_run else _alerts(config, lambda: built.loop.memory, kept is not None)
    keeping = keeping if alerts is None else (*keeping, alerts)
    hygiene = hygiene_of(config)
    if hygiene:
        zone, stamp = config.site.timezone, stamp_of(config)
        keeping = (HygieneJournal(hygiene, lambda: built.loop.memory.ledger, zone, stamp), *keeping)
    built: Built = build(
        config,
        dry_run=args.dry_run,
        recorders=(journal, *keeping, *(() if recording is None else recording.recorders)),
        before_pins=hand_over,
        inbox=None if kept is None else kept.inbox,
        page=True,
        saved_s=None if kept is None else kept.keeper.saved_s,
    )
    if args.dry_run:
        hand_over(OffPlan(()))
    try:
        if kept is not None:
            kept.begin(built.loop, local)
        if alerts is not None:
            alerts.start("" if pulse is None else pulse.why)
        _go(args, built, stopper, pulse, recording)
    finally:
        built.close()
        if pulse is not None:
            pulse.leaving()
        if alerts is not None:
            alerts.close()
        if recording is not None:
            recording.close()
        if kept is not None:
            kept.end()
        log.info(ending(config, args.dry_run))
        totals = None if built.demo is None else built.demo.world.totals
        for line in summary(built.loop, totals):
            log.info(line)
    return 0


class Kept:
    """What a run keeps in its state folder, and where requests come from."""

    def __init__(self, config: Config, folder: Path, lock: StateLock) -> None:
        ids = tuple(load.id for load in config.loads)
        demo = config.demo is not None
        self._lock = lock
        self._loop: Loop | None = None
        path = folder / (DEMO_NAME if demo else NAME)
        self.keeper = Keeper(path, ids, self._ledger, SystemClock())
        zone, saved_s = config.site.timezone, self.keeper.saved_s
        self.inbox = Inbox(folder, ids, zone, demo, saved_s)

    def _ledger(self) -> Ledger:
        return Ledger() if self._loop is None else self._loop.memory.ledger

    def begin(self, loop: Loop, local: Callable[[Instant], Callable[[float], str]]) -> None:
        """The loop goes on with what was kept."""
        self._loop = loop
        ledger = self.keeper.load()
        loop.memory = Memory(ledger=ledger)
        for one in ledger.standing:
            words = f"{wish(one.request, local(loop.clock.now()))}{asked_by(one.request)}"
            log.info("%s: as before this start: %s", one.request.target, words)
        self.keeper.start()

    def end(self) -> None:
        self.keeper.close()
        self._lock.release()


def _kept(config: Config) -> Kept | None:
    """None where nothing can be kept: that is no reason not to run."""
    folder = Path(config.state.folder)
    lock = StateLock(folder)
    try:
        if lock.take():
            return Kept(config, folder, lock)
        why = "another pvopt uses it; give each its own `state.folder`"
    except ConfigError as fault:
        why = str(fault)
    log.warning(
        "the state folder %s is not used: %s; nothing is kept or recorded, nobody can ask",
        folder,
        why,
    )
    return None


def real_tick_s(config: Config) -> float:
    """Real seconds from tick to tick, as the guardian counts: a home may run in slow motion.

    One that runs fast may fall behind on a slow machine, and is given the home's own seconds.
    """
    return config.control.tick_s / min(1.0, 1.0 if config.demo is None else config.demo.speed)


def remembered(pulse: Pulse, config: Config, kept: Ledger | None = None) -> Memory:
    """What an earlier child of the guardian found dangerous stays off; ``kept``: what else an
    earlier run left."""
    ids = {load.id for load in config.loads}
    latched = tuple((name, Why(code)) for name, code in pulse.latched if name in ids)
    for name, why in latched:
        log.warning(
            "%s stays off, as before the loop was started anew: %s", name, sentence(Reason(why))
        )
    return Memory(ledger=replace(Ledger() if kept is None else kept, latched=latched))


def _recording(config: Config, memory: Callable[[], Memory]) -> Recording | None:
    """What records every tick, if anything shall."""
    if config.store.kind == "none" and config.store.influx is None:
        return None
    from pvopt.build_store import Recording  # noqa: PLC0415 (only when configured)

    return Recording(config, memory)


def _alerts(config: Config, memory: Callable[[], Memory], keeps: bool) -> Webhooks | None:
    """Who is told by HTTP, if anybody shall be."""
    if not config.webhooks:
        return None
    from pvopt.build_webhooks import webhooks_of  # noqa: PLC0415 (only when configured)

    return webhooks_of(config, lambda: memory().ledger, keeps)


def _go(
    args: argparse.Namespace,
    built: Built,
    stopper: Stopper,
    pulse: Pulse | None,
    recording: Recording | None = None,
) -> None:
    loop = built.loop
    built.clock.sleep = stopper.sleep
    if pulse is not None:
        loop.memory = remembered(pulse, built.config, loop.memory.ledger)
    if recording is not None:
        page = None if built.page is None else built.page.recorder.begin
        recording.begin(loop, built.score, page)
    end_s = math.inf
    if args.once:
        end_s = loop.clock.now().mono_s
    elif args.duration is not None:
        seconds = args.duration
        if pulse is not None and pulse.rest_s is not None:
            seconds = pulse.rest_s
        end_s = loop.clock.now().mono_s + seconds

    def beat() -> bool:
        if pulse is None:
            return True
        if not pulse.latch(loop.memory.ledger.latched):
            return False
        rest_s = None if math.isinf(end_s) else max(0.0, end_s - loop.clock.now().mono_s)
        return pulse.beat(rest_s)

    def alive() -> bool:
        if pulse is None:
            return True
        return pulse.latch(loop.memory.ledger.latched) and pulse.alive()

    loop.run(until_s=end_s, stopped=lambda: stopper.asked, beat=beat, alive=alive)
