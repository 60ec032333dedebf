"""A process that computes for another one ends with it."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

from pvopt.benchmarks.child import child_begins
from tests.processes import children_of, gone, until

ROOT = Path(__file__).parents[3]
PROGRAM = "from tests.unit.benchmarks.test_child import parent; parent()"


def parent() -> None:
    """Begin a child and wait for it, for ever."""
    child = multiprocessing.get_context("spawn").Process(target=wait)
    child.start()
    child.join()


def wait() -> None:
    """The child: says that it has begun, and waits for ever."""
    child_begins()
    sys.stdout.write(f"{signal.getsignal(signal.SIGINT) == signal.SIG_IGN}\n")
    sys.stdout.flush()
    Event().wait()


def test_a_child_leaves_ctrl_c_to_its_parent_and_ends_with_it() -> None:
    words = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == "True\n"
        children = children_of(made.pid)
        assert children
        made.kill()
        made.wait()
        assert until(lambda: all(gone(child) for child in children))


def test_without_a_parent_nothing_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        child_begins()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
