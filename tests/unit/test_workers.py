"""Periodic: keeps the latest result, survives its job, ends in time."""

from __future__ import annotations

import logging
import threading

import pytest

from pvopt.clock import VirtualClock
from pvopt.errors import SourceError
from pvopt.model import Instant
from pvopt.workers import LAST_RETRY_S, Cell, Periodic, Turn

CLOCK = VirtualClock(1_780_000_000.0)


class Script:
    """A job that follows a list of results and exceptions, then repeats the last."""

    def __init__(self, *steps: Turn[str] | Exception) -> None:
        self.steps = list(steps)
        self.runs = 0

    def __call__(self, instant: Instant) -> Turn[str]:
        assert instant.utc_s == 1_780_000_000.0
        step = self.steps[min(self.runs, len(self.steps) - 1)]
        self.runs += 1
        if isinstance(step, Exception):
            raise step
        return step


def test_the_job_s_result_and_its_next_time() -> None:
    worker = Periodic("w", Script(Turn("one", 5.0), Turn("two", 7.0, "half of it")), CLOCK)
    assert worker.cell == Cell(None, "")
    assert worker.run_once() == 5.0
    assert (worker.latest, worker.fault) == ("one", "")
    assert worker.run_once() == 7.0
    assert (worker.latest, worker.fault) == ("two", "half of it")


def test_a_fault_keeps_the_last_result_and_waits_longer_each_time() -> None:
    script = Script(Turn("one", 5.0), SourceError("the portal is away"))
    worker = Periodic("w", script, CLOCK)
    worker.run_once()
    waits = [worker.run_once() for _ in range(9)]
    assert (worker.latest, worker.fault) == ("one", "the portal is away")
    assert waits[:3] == [10.0, 20.0, 40.0]
    assert waits[-1] == LAST_RETRY_S


def test_a_success_ends_the_fault_and_the_long_waits() -> None:
    script = Script(SourceError("a"), SourceError("a"), Turn("x", 1.0), SourceError("b"))
    worker = Periodic("w", script, CLOCK)
    assert [worker.run_once() for _ in range(4)] == [10.0, 20.0, 1.0, 10.0]


@pytest.mark.parametrize("fault", [KeyError("secret"), RecursionError(), MemoryError()])
def test_unforeseen_exceptions_do_not_show_their_text(fault: Exception) -> None:
    worker = Periodic("w", Script(fault), CLOCK)
    worker.run_once()
    assert type(fault).__name__ in worker.fault
    assert "secret" not in worker.fault


def test_the_thread_runs_on_after_a_fault_and_ends_when_told() -> None:
    done = threading.Event()

    def job(instant: Instant) -> Turn[int]:
        job_runs.append(1)
        if len(job_runs) >= 4:
            done.set()
        return Turn(len(job_runs), 0.0)

    job_runs: list[int] = []
    worker = Periodic("w", job, CLOCK)
    worker.start()
    worker.start()
    assert done.wait(5)
    assert worker.stop(2.0)
    runs = len(job_runs)
    worker.start()
    assert worker.stop()
    assert len(job_runs) == runs, "a stopped worker stays stopped"


def test_stop_does_not_wait_for_a_job_that_hangs() -> None:
    entered, free = threading.Event(), threading.Event()

    def job(instant: Instant) -> Turn[int]:
        entered.set()
        free.wait(10)
        return Turn(1, 1.0)

    worker = Periodic("w", job, CLOCK)
    worker.start()
    assert entered.wait(5)
    assert worker.stop(0.05) is False
    free.set()
    assert worker.stop(2.0) is True


def test_stop_before_start() -> None:
    assert Periodic("w", Script(Turn("x", 1.0)), CLOCK).stop()


def test_who_reads_a_worker_may_have_words_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    steps: tuple[Turn[str], ...] = (Turn(None, 1.0, "down"), Turn("x", 1.0))
    loud = Periodic("loud", Script(*steps), CLOCK)
    quiet = Periodic("quiet", Script(*steps), CLOCK, fault_level=logging.DEBUG)
    with caplog.at_level(logging.DEBUG, "pvopt.workers"):
        for worker in (loud, loud, quiet, quiet):
            worker.run_once()
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "loud: down"),
        ("INFO", "loud: well again"),
        ("DEBUG", "quiet: down"),
        ("DEBUG", "quiet: well again"),
    ]
