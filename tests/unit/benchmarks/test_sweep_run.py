"""Tasks handed out: in this process, to real processes, and with workers that die."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from pvopt.benchmarks import sweep_run
from pvopt.benchmarks.sweep_run import MOST_TRIES, Cluster, Processes, run_all
from pvopt.benchmarks.sweep_work import Figures, Task
from pvopt.errors import PvoptError
from tests.unit.benchmarks.sweep_samples import (
    killed_once,
    numbered,
    refused,
    tasks_of,
)


class AtOnce(Executor):
    """Works within ``submit``; ``breaks``: so many submissions end in a broken pool."""

    def __init__(self, breaks: int = 0) -> None:
        self.breaks = breaks
        self.submitted = 0

    def submit(self, fn: Any, /, *args: Any, **keywords: Any) -> Future[Any]:
        self.submitted += 1
        future: Future[Any] = Future()
        if self.breaks > 0:
            self.breaks -= 1
            future.set_exception(BrokenExecutor("gone"))
            return future
        try:
            future.set_result(fn(*args, **keywords))
        except PvoptError as error:
            future.set_exception(error)
        return future


class Here:
    """``Workers`` in this process."""

    breaks_all = True

    def __init__(self, breaks: int = 0, width: int = 3) -> None:
        self.executor: Executor = AtOnce(breaks)
        self.renewed = 0
        self._width = width

    def width(self) -> int:
        return self._width

    def is_loss(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def renew(self) -> None:
        self.renewed += 1

    def close(self) -> None:
        """Nothing to give back."""


class Told:
    """What was told, by key."""

    def __init__(self) -> None:
        self.figures: dict[str, Figures] = {}

    def __call__(self, task: Task, figures: Figures) -> None:
        assert task.key not in self.figures, "told twice"
        self.figures[task.key] = figures


def expected(count: int) -> dict[str, Figures]:
    return {task.key: numbered(task) for task in tasks_of(count)}


def test_every_task_is_told_once() -> None:
    told, workers = Told(), Here()
    run_all(tasks_of(10), workers, told, do=numbered)
    assert told.figures == expected(10)
    assert workers.renewed == 0


def test_no_task_is_no_work() -> None:
    run_all([], Here(), Told(), do=numbered)


@pytest.mark.parametrize("breaks", [1, 3, 5])
def test_what_a_broken_pool_had_is_run_again(breaks: int) -> None:
    told, workers = Told(), Here(breaks)
    run_all(tasks_of(10), workers, told, do=numbered)
    assert told.figures == expected(10)
    assert workers.renewed > 0


@pytest.mark.parametrize(("breaks", "ends"), [(MOST_TRIES, True), (MOST_TRIES + 1, False)])
def test_a_task_that_costs_its_worker_again_and_again(breaks: int, ends: bool) -> None:
    told, workers = Told(), Here(breaks, width=1)
    if ends:
        run_all(tasks_of(2), workers, told, do=numbered)
        assert told.figures == expected(2)
    else:
        with pytest.raises(PvoptError, match="--resume"):
            run_all(tasks_of(2), workers, told, do=numbered)


def test_the_fault_of_a_task_is_told() -> None:
    told = Told()
    with pytest.raises(PvoptError, match="the file is gone"):
        run_all(tasks_of(4), Here(width=1), told, do=refused)
    assert set(told.figures) == {"k0", "k1"}


def test_it_stops_when_asked() -> None:
    told = Told()
    run_all(tasks_of(10), Here(width=1), told, lambda: len(told.figures) >= 4, do=numbered)
    assert told.figures == expected(4)


def test_a_stopped_task_tells_nothing() -> None:
    told = Told()
    run_all(tasks_of(2), Here(), told, do=lambda task: None)
    assert told.figures == {}


def test_no_more_than_its_width_is_under_way() -> None:
    class Slow(AtOnce):
        def submit(self, fn: Any, /, *args: Any, **keywords: Any) -> Future[Any]:
            self.submitted += 1
            return Future()

    workers = Here(width=3)
    workers.executor = slow = Slow()
    looks: list[int] = []
    run_all(
        tasks_of(10),
        workers,
        Told(),
        stopped=lambda: len(looks) >= 2,
        on_look=lambda: looks.append(slow.submitted),
        do=numbered,
    )
    assert looks == [3, 3]


def test_a_cluster_needs_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PvoptError, match=r"run  \. \./env\.sh sim"):
        Cluster("tcp://127.0.0.1:1")


# -- real processes ----------------------------------------------------------------------------


@pytest.fixture
def processes() -> Iterator[Processes]:
    made = Processes(2)
    yield made
    made.close()


def test_a_killed_worker_loses_nothing(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = tmp_path / "killed"
    monkeypatch.setenv("PVOPT_TEST_FLAG", str(flag))
    told = Told()
    run_all(tasks_of(12), processes, told, do=killed_once)
    assert flag.exists(), "no worker was killed"
    assert told.figures == expected(12)


def test_a_process_of_ours_leaves_ctrl_c_to_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    class Event:
        def is_set(self) -> bool:
            return True

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(sweep_run, "_stop_event", None)
    try:
        assert not sweep_run._stopped()
        sweep_run._begin(Event())
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        assert sweep_run._stopped()
    finally:
        signal.signal(signal.SIGINT, before)
