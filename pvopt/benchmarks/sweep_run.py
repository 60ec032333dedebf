"""Tasks handed out to an executor, come what may: a worker that dies loses nothing."""

from __future__ import annotations

import multiprocessing
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from typing import Any, Protocol

from pvopt import __version__
from pvopt.benchmarks.child import child_begins
from pvopt.benchmarks.sweep_course import sweep_course
from pvopt.benchmarks.sweep_work import Figures, Task, figures_of
from pvopt.errors import PvoptError

LOOK_S = 0.2
MOST_TRIES = 3
Work = Callable[[Task], Figures | None]


class Workers(Protocol):
    """Where tasks run."""

    executor: Executor
    breaks_all: bool  # one lost worker is the end of all that is under way

    def width(self) -> int:
        """How many tasks may be under way."""

    def is_loss(self, error: BaseException) -> bool:
        """Whether a worker was lost, so that its task must be run again."""

    def renew(self) -> None:
        """Make good what was lost."""

    def close(self) -> None:
        """Give everything back; what still runs is dropped."""


class Processes:
    """So many processes of this machine."""

    breaks_all = True

    def __init__(self, count: int) -> None:
        self._count = count
        # A fresh start each: nothing of this process, its signals and threads comes along.
        self._context = multiprocessing.get_context("spawn")
        self._stop = self._context.Event()
        self.executor: Executor = self._made()

    def _made(self) -> Executor:
        return ProcessPoolExecutor(self._count, self._context, _begin, (self._stop,))

    def width(self) -> int:
        return 2 * self._count

    def is_loss(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def renew(self) -> None:
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.executor = self._made()

    def close(self) -> None:
        self._stop.set()
        self.executor.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """The workers of a Dask cluster that runs already, such as tcp://192.168.1.5:8786."""

    breaks_all = False

    def __init__(self, address: str) -> None:
        try:
            import distributed  # noqa: PLC0415 (an extra, only here)
        except ModuleNotFoundError as missing:
            raise PvoptError("--dask needs dask and distributed: run  . ./env.sh sim") from missing
        client: Any = distributed.Client
        try:
            self._client = client(address, timeout="10s", set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise PvoptError(
                f"--dask {address}: no Dask scheduler answers there ({error}): "
                "is the address right, such as tcp://192.168.1.5:8786?"
            ) from error
        try:
            self._check(address)
        except BaseException:
            self._client.close()
            raise
        self.executor: Executor = self._client.get_executor(pure=False)

    def _check(self, address: str) -> None:
        """Whoever is there must run the same engine, or its figures are others."""
        try:
            engines = set(self._client.run(engine).values())
        except Exception as error:
            raise PvoptError(
                f"--dask {address}: its workers cannot run pvopt ({error}): install this version "
                "there, with its extras"
            ) from error
        if engines - {engine()}:
            raise PvoptError(
                f"--dask {address}: its workers have another version of pvopt than this machine: "
                "install the same on all, and start the workers anew"
            )

    def width(self) -> int:
        return max(1, 2 * sum(int(cores) for cores in self._client.ncores().values()))

    def is_loss(self, error: BaseException) -> bool:
        from distributed import KilledWorker  # noqa: PLC0415

        return isinstance(error, KilledWorker)

    def renew(self) -> None:
        """The cluster starts its own workers anew."""

    def close(self) -> None:
        self.executor.shutdown(wait=False)
        self._client.close()


def engine() -> str:
    """What a worker's figures come from: the version and the text of its kernels."""
    from pvopt.simulator.compiled_digest import digest_of  # noqa: PLC0415 (needs the extras)

    return f"{__version__} {digest_of(sweep_course)}"


def work(task: Task) -> Figures | None:
    """What a worker does."""
    return figures_of(task, _stopped)


_stop_event: Any = None


def _stopped() -> bool:
    return _stop_event is not None and bool(_stop_event.is_set())


def _begin(stop: Any) -> None:
    """A process of ours begins."""
    global _stop_event  # noqa: PLW0603 (one a process, set once)
    _stop_event = stop
    child_begins()


def run_all(
    tasks: Iterable[Task],
    workers: Workers,
    on_figures: Callable[[Task, Figures], None],
    stopped: Callable[[], bool] = lambda: False,
    on_look: Callable[[], None] = lambda: None,
    do: Work = work,
) -> None:
    """Every task, its figures told as they come; fewer if ``stopped()``.

    PvoptError of a task, or where one has cost its worker three times.
    """
    waiting = deque(tasks)
    lost: Counter[str] = Counter()
    flying: dict[Future[Figures | None], Task] = {}
    while (waiting or flying) and not stopped():
        again = _hand_out(waiting, flying, workers, do)
        done, _ = wait(flying, LOOK_S, FIRST_COMPLETED)
        again += _taken(done, flying, workers, on_figures)
        if again and workers.breaks_all:
            again += _taken(wait(flying).done, flying, workers, on_figures)
            workers.renew()
        for task in again:
            lost[task.key] += 1
            if lost[task.key] > MOST_TRIES:
                raise PvoptError(
                    f"a worker was lost {MOST_TRIES + 1} times over the same task: is there enough "
                    "memory? What was done is kept: run it again with --resume and fewer --workers"
                )
        waiting.extendleft(again)
        on_look()


def _hand_out(
    waiting: deque[Task],
    flying: dict[Future[Figures | None], Task],
    workers: Workers,
    do: Work,
) -> list[Task]:
    """Keep every worker busy; what could not be handed out, for a worker is lost."""
    while waiting and len(flying) < workers.width():
        task = waiting.popleft()
        try:
            flying[workers.executor.submit(do, task)] = task
        except BrokenExecutor:
            return [task]
    return []


def _taken(
    done: Iterable[Future[Figures | None]],
    flying: dict[Future[Figures | None], Task],
    workers: Workers,
    on_figures: Callable[[Task, Figures], None],
) -> list[Task]:
    """Tell the figures that are there; the tasks whose worker was lost."""
    lost = []
    for future in done:
        task = flying.pop(future)
        try:
            figures = future.result()
        except CancelledError as error:
            raise PvoptError(
                "the cluster has dropped a task: is its scheduler still there? "
                "What was done is kept: run it again with --resume"
            ) from error
        except Exception as error:
            if not workers.is_loss(error):
                raise
            lost.append(task)
        else:
            if figures is not None:
                on_figures(task, figures)
    return lost
