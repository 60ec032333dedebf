"""Jobs side by side on the cores of this machine. Compiled kernels let threads run together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
Heard = Callable[[int], None]
Said = Callable[[float, str], None]  # (share of the whole, words)
LOOK_S = 0.2


class StoppedError(Exception):
    """The pool gave up; not for people."""


class Job(NamedTuple, Generic[T]):
    """``work(heard)`` calls ``heard`` now and then; ``calls``: how often, about."""

    words: str
    work: Callable[[Heard], T]
    calls: int


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def done(jobs: Sequence[Job[T]], workers: int, said: Said) -> list[T]:
    """The results in the order of the jobs; an exception of one ends all."""
    count = _Count(sum(job.calls for job in jobs))

    def run(job: Job[T]) -> T:
        work = job.work(lambda second: count.one(job.words))
        count.rest(job)
        return work

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(run, job) for job in jobs]
        try:
            left = set(futures)
            while left:
                ended, left = wait(left, LOOK_S, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                said(count.share(), count.words)
        except BaseException:
            count.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [future.result() for future in futures]


class _Count:
    """How much of the whole is done, counted by all threads."""

    def __init__(self, calls: int) -> None:
        self.stop = Event()
        self.words = ""
        self._calls = max(1, calls)
        self._lock = Lock()
        self._heard: dict[str, int] = {}
        self._whole = 0

    def one(self, words: str) -> None:
        if self.stop.is_set():
            raise StoppedError
        with self._lock:
            self.words = words
            self._heard[words] = self._heard.get(words, 0) + 1

    def rest(self, job: Job[T]) -> None:
        """A job has ended: it counts as foretold, whatever it called."""
        with self._lock:
            self._heard.pop(job.words, None)
            self._whole += job.calls

    def share(self) -> float:
        with self._lock:
            return min(1.0, (self._whole + sum(self._heard.values())) / self._calls)
