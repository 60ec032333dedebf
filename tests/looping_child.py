"""A loop with nothing but its life: beats like pvopt's, and holds a relay on by real pigpio.

Run by a guardian: ``looping_child.py PORT PIN [--ticks N] [--rest SECONDS]``. Prints its process
id at each start, and what it was told of an earlier one. SIGUSR1 raises an exception in the loop,
SIGUSR2 hangs it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from types import FrameType

import pigpio

from pvopt.off import OffPin, OffPlan
from pvopt.pulse import Pulse

TICK_S = 0.03
asked: set[int] = set()


def note(number: int, _frame: FrameType | None) -> None:
    asked.add(number)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("pin", type=int)
    parser.add_argument("--ticks", type=int, default=0, help="end in order after so many")
    parser.add_argument("--rest", type=float, help="seconds of --duration to report as left")
    parser.add_argument("--end", type=int, help="leave with this code before any tick")
    parser.add_argument("--stubborn", action="store_true", help="do not hear the stop signals")
    parser.add_argument("--latch", help="load to report as broken")
    parser.add_argument("--talks", action="store_true", help="fill standard error, and wait")
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, note)
    pulse = Pulse.from_env()
    assert pulse is not None, "only under a guardian"
    told = f"rest {pulse.rest_s} latched {pulse.latched}"
    print(f"child {os.getpid()} {told}", flush=True)  # noqa: T201
    pulse.plan(OffPlan([OffPin("pigpio", args.pin, "low")], port=args.port))
    if args.end is not None:
        return int(args.end)
    pi = pigpio.pi("127.0.0.1", args.port)
    code = loop(pulse, pi, args)
    # Only when it leaves in order: a loop that dies of an exception leaves the relay as it is.
    pi.write(args.pin, 0)
    return code


def loop(pulse: Pulse, pi: pigpio.pi, args: argparse.Namespace) -> int:
    ticks = 0
    while args.stubborn or not asked & {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}:
        pi.write(args.pin, 1)
        if signal.SIGUSR1 in asked:
            raise RuntimeError("a fault in the loop")
        while signal.SIGUSR2 in asked:
            time.sleep(0.01)
        ticks += 1
        if args.latch:
            pulse.latch(((args.latch, 69),))
        if not pulse.beat(args.rest):
            return 1
        if ticks == args.ticks:
            return 0
        while args.talks:
            os.write(2, b"x" * (1 << 20))
        time.sleep(TICK_S)
    return 0


if __name__ == "__main__":
    # Past every exit handler: the pins must be safe without anything that Python does at its end.
    try:
        code = main()
    except RuntimeError:
        code = 1
    sys.stdout.flush()
    os._exit(code)
