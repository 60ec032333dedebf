"""Run the control loop: read the home, find the surplus, drive the heater."""

from __future__ import annotations

import argparse
import contextlib
import logging
import math
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from pvopt.build import Built, build, stamp_of
from pvopt.config.load import load
from pvopt.config.schema import Config
from pvopt.lock import PinLock, pins_of
from pvopt.model import Instant
from pvopt.off import OffPlan
from pvopt.ports import Clock
from pvopt.pulse import Pulse
from pvopt.show import logfile
from pvopt.show.journal import Journal
from pvopt.show.summary import introduction, summary

DEFAULT_CONFIG = Path(__file__).resolve().parents[2] / "Files" / "config.yaml"
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = logging.getLogger("pvopt")


class _StoppedError(BaseException):
    """Raised by a signal, only inside the loop's wait."""


class Stopper:
    """Turns signals into an orderly end: at once while waiting, else after the tick."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False

    def install(self) -> None:
        for number in SIGNALS:
            # Under nohup a hang-up was ignored on purpose.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        if self._waiting:
            raise _StoppedError

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """A signal in here ends the wait at once."""
        try:
            self._waiting = True
            yield
        except _StoppedError:
            pass
        finally:
            self._waiting = False


class StoppableClock:
    """A clock whose wait a signal ends."""

    def __init__(self, clock: Clock, stopper: Stopper) -> None:
        self._clock = clock
        self._stopper = stopper

    def now(self) -> Instant:
        return self._clock.now()

    def wait_until(self, mono_s: float) -> None:
        with self._stopper.waiting():
            if not self._stopper.asked:
                self._clock.wait_until(mono_s)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help="configuration (default: Files/config.yaml, a simulated home)",
    )
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
        return _run(args, config, stopper, pulse)


def _run(args: argparse.Namespace, config: Config, stopper: Stopper, pulse: Pulse | None) -> int:
    def hand_over(plan: OffPlan) -> None:
        if pulse is not None:
            pulse.plan(plan, config.control.tick_s)

    journal = Journal(stamp_of(config))
    built = build(config, dry_run=args.dry_run, recorders=(journal,), before_pins=hand_over)
    if args.dry_run:
        hand_over(OffPlan(()))
    try:
        _go(args, built, stopper, pulse)
    finally:
        built.close()
        log.info("stopped: every output is off")
        if args.duration is not None or built.demo is not None:
            totals = None if built.demo is None else built.demo.world.totals
            for line in summary(built.loop, totals):
                log.info(line)
    return 0


def _go(args: argparse.Namespace, built: Built, stopper: Stopper, pulse: Pulse | None) -> None:
    loop = built.loop
    loop.clock = StoppableClock(built.clock, stopper)
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
        rest_s = None if math.isinf(end_s) else max(0.0, end_s - loop.clock.now().mono_s)
        return pulse.beat(rest_s)

    def alive() -> bool:
        return pulse is None or pulse.alive()

    loop.run(until_s=end_s, stopped=lambda: stopper.asked, beat=beat, alive=alive)
