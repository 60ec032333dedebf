"""Measure a regulator: watts at each place of its knob, for a curve that fits yours.

The relay closes, the knob goes from 100 % down by steps (with a servo that may have play, up
again, too), and at each place the meter is read until it is steady. Between a few places the
knob goes to zero: so the house's own kettles and fridges are found out, and what they disturbed
is measured again. It needs a tank that can still take heat, and a GX over Modbus TCP or a meter
of the load itself. Whatever it draws it draws, from the sun or not.

Anything doubtful, such as old readings, an alarm, hot water, no watts at an open knob, Ctrl-C or
an error, ends it with the relay open. Nothing is written then.

It writes NAME.csv (percent;watt) and a picture, and prints the lines for your configuration.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from pvopt.act.curve import Curve
from pvopt.build import Built, build, portal_only
from pvopt.calibration.calibrator import Calibrator
from pvopt.calibration.shapes import End, Plan, plan_of
from pvopt.commands.options import add_config, number
from pvopt.commands.run import real_tick_s
from pvopt.commands.stopper import Stopper
from pvopt.config.load import load
from pvopt.config.loads import Load
from pvopt.config.outputs import Servo
from pvopt.config.schema import Config
from pvopt.errors import ConfigError, PvoptError
from pvopt.lock import PinLock, pins_of
from pvopt.off import OffPlan
from pvopt.pulse import Pulse
from pvopt.show import logfile
from pvopt.show.calibration import Measured
from pvopt.show.progress import Progress
from pvopt.show.words import calibration as words
from pvopt.show.words import sentence

STEP_PCT, FAST_PCT = 2.5, 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--load", metavar="NAME", help="id of the load (default: the only one with a knob)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="CSV",
        help="file for percent;watt, with the picture beside it (default: calibration-NAME.csv)",
    )
    steps = parser.add_mutually_exclusive_group()
    steps.add_argument(
        "--step",
        type=lambda text: number(text, 0.5, 25.0),
        default=STEP_PCT,
        metavar="PCT",
        help=f"percent of the knob from place to place (default: {STEP_PCT})",
    )
    steps.add_argument(
        "--fast",
        dest="step",
        action="store_const",
        const=FAST_PCT,
        help=f"the same as --step {FAST_PCT:g}: half the time",
    )
    parser.add_argument(
        "--one-way",
        action="store_true",
        help="from above only, also with a servo that may have play",
    )


@dataclass(frozen=True)
class Job:
    """What is to be measured, checked before anything moves."""

    config: Config
    load: Load
    out: Path
    plan: Plan
    has_play: bool


def run(args: argparse.Namespace) -> int:
    """Exit 0 when done or stopped by a signal; PvoptError when it had to end."""
    job = job_of(args)
    stopper = Stopper()
    stopper.install()
    pulse = Pulse.from_env()
    with PinLock(pins_of(job.config)):
        logfile.start(job.config.log)
        logging.getLogger().setLevel(logging.WARNING)  # progress is shown instead
        _say_head(job)
        calibrator = _measure(job, stopper, pulse)
    if calibrator is None:
        print(words.STOPPED)
        return 0
    if calibrator.end != End.DONE:
        raise PvoptError(_why(calibrator, job.load))
    _write(job, calibrator)
    return 0


def job_of(args: argparse.Namespace) -> Job:
    """ConfigError for what can never be measured."""
    config = load(args.config)
    one = _load_of(config, args.load)
    if portal_only(config):
        raise ConfigError(
            f"{args.config}: the portal's numbers are minutes old: calibrating needs a source that "
            "tells every few seconds, such as kind gx_modbus"
        )
    out = args.out or Path(f"calibration-{one.id}.csv")
    for path in (out, out.with_suffix(".png")):
        if path.exists():
            raise ConfigError(f"{path} is there already: move it away, or give another --out")
    if not out.parent.is_dir():
        raise ConfigError(f"--out {out}: there is no folder {out.parent}")
    knob = one.output.knob
    servo = isinstance(knob, Servo)
    if isinstance(knob, Servo) and args.step < knob.deadband_pct:
        raise ConfigError(
            f"--step {args.step:g}: the servo does not move by less than its deadband_pct "
            f"({knob.deadband_pct:g} %)"
        )
    any_way = isinstance(knob, Servo) and knob.approach == "any"
    plan = plan_of(one.max_w, args.step, any_way and not args.one_way, servo)
    return Job(config, one, out, plan, servo)


def _load_of(config: Config, name: str | None) -> Load:
    """The load that is meant."""
    able = [one for one in config.loads if one.output.has_curve]
    named = ", ".join(one.id for one in able)
    if name is None:
        if len(able) == 1:
            return able[0]
        which = f"give one with --load: {named}" if able else "no load of this file has a knob"
        raise ConfigError(f"which load? {which}")
    for one in able:
        if one.id == name:
            return one
    if any(one.id == name for one in config.loads):
        raise ConfigError(f"--load {name}: it has no knob to measure; those with one: {named}")
    raise ConfigError(f"--load {name}: there is no such load; with a knob: {named or 'none'}")


def _say_head(job: Job) -> None:
    if job.config.demo is not None:
        print(words.DEMONSTRATION)
    head = words.HEAD.format(
        load=job.load.id,
        places=job.plan.places,
        minutes=max(1.0, job.plan.estimate_s / 60.0),
        kwh=job.plan.estimate_wh / 1000.0,
    )
    print(head, flush=True)


def _measure(job: Job, stopper: Stopper, pulse: Pulse | None) -> Calibrator | None:
    """Everything off again, however it ends. None: stopped by a signal."""

    def hand_over(plan: OffPlan) -> None:
        if pulse is not None:
            pulse.plan(plan, real_tick_s(job.config))

    built = build(job.config, before_pins=hand_over, straight=job.load.id)
    try:
        calibrator = Calibrator(job.plan, built.loop.settings, job.load.id, job.has_play)
        _go(job, built, calibrator, stopper, pulse)
    finally:
        built.close()
    if pulse is not None and not stopper.asked:
        # All is off: a picture may take its minutes on a small Pi.
        pulse.plan(built.off_plan, 300.0)
        pulse.beat(0.0)
    if built.loop.counts.failed:
        raise PvoptError("an error inside pvopt, see above: switched off, nothing written")
    if not calibrator.over:
        if not stopper.asked:
            raise PvoptError("the guardian is gone: switched off, nothing written")
        return None
    return calibrator


def _go(
    job: Job, built: Built, calibrator: Calibrator, stopper: Stopper, pulse: Pulse | None
) -> None:
    loop, clock = built.loop, built.clock
    clock.sleep = stopper.sleep
    loop.decider = calibrator.decide
    progress = Progress(lambda: clock.now().mono_s)

    def beat() -> bool:
        progress.show(calibrator.share, _progress(job, calibrator))
        # 0 s are left: what is killed in between is not begun anew.
        return pulse is None or pulse.beat(0.0)

    def stopped() -> bool:
        return stopper.asked or calibrator.over or loop.counts.failed > 0

    try:
        loop.run(stopped=stopped, beat=beat, alive=lambda: pulse is None or pulse.alive())
    finally:
        progress.clear()


def _progress(job: Job, calibrator: Calibrator) -> str:
    pct = calibrator.asked_pct
    place = "off" if pct is None else f"knob at {pct:g} %"
    repeated = calibrator.state.repeated
    again = f", repeated {repeated}" if repeated else ""
    return f"{job.load.id}: {place}{again}"


def _why(calibrator: Calibrator, one: Load) -> str:
    """The sentence of an early end."""
    if calibrator.reason is not None:
        why = sentence(calibrator.reason)
    else:
        why = words.ENDS[calibrator.end or End.OUTPUTS].format(max_w=one.max_w)
    return f"calibration ended early, everything is off, nothing is written: {why}"


def _write(job: Job, calibrator: Calibrator) -> None:
    present = Curve.from_config(job.load.output.law, job.load.max_w)
    measured = Measured(job.load.id, calibrator.points, job.load.max_w, present.watts)
    measured.write_csv(job.out)
    print("\n".join(measured.report(calibrator.state.repeated)))
    print(f"\nwritten: {job.out}{_picture(measured, job.out.with_suffix('.png'))}\n")
    print(f"For the configuration, in loads, {job.load.id}, output, in place of its curve:\n")
    print("\n".join(measured.section()))
    print(
        f"\nor all places, with the file beside it:  curve: {{kind: table, file: {job.out.name}}}"
    )


def _picture(measured: Measured, path: Path) -> str:
    """Draws it where that can be done."""
    try:
        from pvopt.show.plots_calibration import draw_calibration  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("pvopt"):
            raise
        return f"\n{words.NO_MATPLOTLIB}"
    draw_calibration(measured, path)
    return f" and {path}"
