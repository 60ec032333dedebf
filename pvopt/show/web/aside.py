"""Two threads for what waits: a disk, a password's arithmetic. They never hold up the program's
end, as those of concurrent.futures would."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

THREADS = 2
MOST_WAITING = 200

T = TypeVar("T")
Job = Callable[[], None]


class BusyError(Exception):
    """More waits than ever comes to its turn in time."""


class Aside:
    """Runs what is given to it in a thread of its own. The threads start with the first job."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    async def run(self, what: Callable[[], T]) -> T:
        """What ``what`` returns or raises. BusyError."""
        if self._jobs.qsize() >= MOST_WAITING:
            raise BusyError
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                found = what()
            except Exception as fault:  # it is raised where it was asked for
                _hand_over(loop, told, partial(told.set_exception, fault))
            else:
                _hand_over(loop, told, partial(told.set_result, found))

        self._start()
        self._jobs.put(job)
        return await told

    def close(self) -> None:
        """Each thread ends after what it does now; nobody waits for it."""
        for _ in self._threads:
            self._jobs.put(None)

    def _start(self) -> None:
        while len(self._threads) < THREADS:
            thread = threading.Thread(target=self._work, name="page-aside", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _hand_over(
    loop: asyncio.AbstractEventLoop, told: asyncio.Future[T], tell: Callable[[], None]
) -> None:
    """To the page's thread; whoever asked may have gone, and the page may have ended."""

    def here() -> None:
        if not told.done():
            tell()

    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(here)
