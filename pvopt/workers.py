"""Periodic: the one kind of background thread, for reading what is slow."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pvopt.errors import PvoptError
from pvopt.model import Instant
from pvopt.ports import Clock

T = TypeVar("T")

FIRST_RETRY_S = 10.0
LAST_RETRY_S = 900.0
SHORTEST_WAIT_S = 0.05

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """What one run of a job brought, and in how many seconds it wants to run again.

    ``fault``: why there is nothing newer, in plain words; empty when all is well.
    """

    latest: T | None
    next_s: float
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Cell(Generic[T]):
    """The last published state of a worker; replaced whole, so any thread may read it."""

    latest: T | None = None
    fault: str = ""


class Periodic(Generic[T]):
    """Runs ``job(instant)`` in a daemon thread again and again, and keeps its latest result.

    Waits are real seconds; ``clock`` gives the job its instant. A job that raises keeps the
    last result, sets the fault and is tried again after 10 s, doubling up to 15 minutes.
    ``fault_level``: of the log's lines about faults, where the reader has words of its own.
    """

    def __init__(
        self,
        name: str,
        job: Callable[[Instant], Turn[T]],
        clock: Clock,
        fault_level: int = logging.WARNING,
    ) -> None:
        self.name = name
        self._job = job
        self._clock = clock
        self._fault_level = fault_level
        self._cell: Cell[T] = Cell()
        self._retry_s = FIRST_RETRY_S
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def cell(self) -> Cell[T]:
        return self._cell

    @property
    def latest(self) -> T | None:
        return self._cell.latest

    @property
    def fault(self) -> str:
        return self._cell.fault

    def run_once(self) -> float:
        """One run in the caller's thread; never raises. Seconds until the next run."""
        try:
            turn = self._job(self._clock.now())
        except Exception as fault:  # a worker must outlive whatever its job meets
            return self._failed(fault)
        self._retry_s = FIRST_RETRY_S
        self._publish(turn.latest, turn.fault)
        return max(SHORTEST_WAIT_S, turn.next_s)

    def start(self) -> None:
        """Start the thread if it is not running; nothing after ``stop``."""
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 1.0) -> bool:
        """Ask the thread to end and wait at most ``timeout_s``; True if it has ended.

        A job still inside an exchange ends with it; the thread never holds up the program.
        """
        self._ended.set()
        if self._thread is None:
            return True
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._ended.wait(min(wait_s, threading.TIMEOUT_MAX)):
            wait_s = self.run_once()

    def _failed(self, fault: Exception) -> float:
        if isinstance(fault, PvoptError):
            words = str(fault)
        else:
            # an unforeseen exception's text could quote a secret; its place is enough
            words = f"unexpected {type(fault).__name__} in {self.name}"
            log.debug("%s", words, exc_info=fault)
        self._publish(self._cell.latest, words)
        wait_s = self._retry_s
        self._retry_s = min(LAST_RETRY_S, self._retry_s * 2)
        return wait_s

    def _publish(self, latest: T | None, fault: str) -> None:
        if fault != self._cell.fault:
            if fault:
                log.log(self._fault_level, "%s: %s", self.name, fault)
            else:
                log.log(min(logging.INFO, self._fault_level), "%s: well again", self.name)
        self._cell = Cell(latest, fault)
