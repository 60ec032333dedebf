"""The recorder that keeps every tick: a queue that the loop fills, a thread that empties it.

The loop only appends to the queue. The thread turns ticks into a batch of columns and writes it as
one transaction; what cannot be written waits, up to a bound, and then the oldest is lost and
counted. A file that is no good is set aside and a new one begun.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from pvopt import __version__
from pvopt.decide.memory import Memory
from pvopt.decide.settings import Settings
from pvopt.errors import StoreError
from pvopt.model import Forecast, Tick
from pvopt.ports import Clock
from pvopt.score.day import DayScore
from pvopt.store import database
from pvopt.store.codec import TickWriter, compress, forecast_bytes, memory_bytes, settings_bytes
from pvopt.store.items import DEFAULT_LIMITS, Batch, Counts, Item, Limits
from pvopt.store.minutes import MINUTES, Minutes, Row, columns_of
from pvopt.store.retention import FULL_SHARE, make_room, retain
from pvopt.store.rolls import HOUR_S, open_minutes, put_scores, roll

LOOK_S = 5.0  # the thread takes ticks out of the queue at least so often
RETRY_S = 10.0  # after a write that failed
MOST_TICKS = 600  # in the queue: a few MB
HURRY_TICKS = 300  # in the queue, and the thread is woken
MOST_BATCHES = 120  # that wait for a disk
END_S = 2.0  # how long the end waits for a disk

log = logging.getLogger("pvopt.store")


class Store:
    """``ports.Recorder``. ``memory``: asks for the loop's, after each tick; ``clock``: the
    machine's own; ``anew``: what an earlier run left is of no worth (a demonstration)."""

    def __init__(
        self,
        path: Path,
        settings: Settings,
        memory: Callable[[], Memory],
        clock: Clock,
        limits: Limits = DEFAULT_LIMITS,
        anew: bool = False,
    ) -> None:
        self.name = "store"
        self.path = path
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._limits = limits
        self._anew = anew
        # of the loop's thread
        self.scores: Callable[[], Sequence[DayScore]] = lambda: ()  # of the days, of any thread
        self._queue: deque[Item] = deque()
        self._before = Memory()
        self._number, self._hour = 0, -1
        self._refused = 0
        # of the store's thread
        self._counts = Counts()
        self._made: sqlite3.Connection | None = None
        self._run = 0
        self._forecasts: dict[Forecast, int] = {}
        self._forecast: tuple[Forecast | None, int] = (None, -1)
        self._forecasts_kept = 0
        self._writer: TickWriter | None = None
        self._begun: Item | None = None
        self._last: Item | None = None
        self._dictionary, self._stretch = b"", 0
        self._waiting: deque[Batch] = deque()
        self._retry_s = 0.0
        self._minutes = Minutes()
        self._newest = 0  # batch that is in the file
        self._wake = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    # -- in the loop's thread ----------------------------------------------------------

    def lives_by(self, settings: Settings) -> None:
        """The loop's own settings; before ``start``."""
        self._settings = settings

    def begin(self, memory: Memory) -> None:
        """The loop starts from ``memory``, or starts from it again after a tick that failed."""
        self._before, self._hour = memory, -1

    def record(self, tick: Tick) -> None:
        """Keep one tick; never raises, never waits."""
        hour = int(tick.snapshot.instant.utc_s // HOUR_S)
        memory = None
        if hour != self._hour:
            memory, self._hour = self._before, hour
        self._before = self._memory()
        if len(self._queue) >= MOST_TICKS:  # the newest is lost; then a stretch begins
            self._refused += 1
            self._hour = -1
        else:
            self._queue.append(Item(self._number, tick, memory))
        self._number += 1
        if len(self._queue) >= HURRY_TICKS:
            self._wake.set()

    def counted(self) -> tuple[int, int]:
        """Ticks kept and lost."""
        return self.counts.kept, self.counts.lost

    @property
    def counts(self) -> Counts:
        return self._counts._replace(lost=self._counts.lost + self._refused)

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name="store", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Write what there is. A disk that does not answer is not waited for."""
        self._ended = True
        self._wake.set()
        if self._thread is None:
            self._end()
        else:
            self._thread.join(END_S)

    # -- in the store's thread ---------------------------------------------------------

    def _live(self) -> None:
        while not self._ended:
            self._wake.wait(LOOK_S)
            self._wake.clear()
            self.look()
        self._end()

    def _end(self) -> None:
        self._retry_s = 0.0
        self.look(last=True)
        self._leave()

    def _leave(self) -> None:
        if self._made is not None:
            with contextlib.suppress(sqlite3.Error):
                self._made.close()
            self._made = None

    def look(self, last: bool = False) -> None:
        """Take what is in the queue; write what is due. Never raises."""
        try:
            while self._queue:
                self._take(self._queue.popleft())
            if last:
                self._cut()
            self._write()
        except Exception:  # whatever it is, it may not end the thread
            log.exception("the store failed; goes on")
            self._writer = None

    def _take(self, item: Item) -> None:
        begun = self._begun
        lasted_s = 0.0 if begun is None else item.mono_s - begun.mono_s
        if item.memory is not None or lasted_s >= self._limits.batch_s:
            self._cut()
        if self._writer is None:
            self._writer, self._begun = TickWriter(self._number_of), item
        self._writer.put(item.tick)
        self._last = item

    def _cut(self) -> None:
        """End the batch."""
        writer, begun, last = self._writer, self._begun, self._last
        self._writer = self._begun = None
        if writer is None or begun is None or last is None:
            return
        memory = None if begun.memory is None else memory_bytes(begun.memory)
        batch = Batch(begun.number, writer.count, begun.utc_s, last.utc_s, writer.text(), memory)
        self._waiting.append(batch)
        while len(self._waiting) > MOST_BATCHES:
            self._lose()

    def _lose(self) -> None:
        """The oldest that is no stretch's beginning."""
        rank = 1 if self._waiting[0].memory is not None else 0
        lost = self._waiting[rank].ticks
        del self._waiting[rank]
        self._counts = self._counts._replace(lost=self._counts.lost + lost)

    def _number_of(self, forecast: Forecast) -> int:
        """Of a forecast, which is written once; numbers count within a run."""
        if forecast is not self._forecast[0]:
            number = self._forecasts.setdefault(forecast, len(self._forecasts))
            self._forecast = (forecast, number)
        return self._forecast[1]

    def _write(self) -> None:
        now_s = self._clock.now().mono_s
        if not self._waiting or now_s < self._retry_s:
            return
        try:
            if self._made is None:
                self._open()
            while self._waiting:
                self._write_one(self._waiting[0])
                written = self._waiting.popleft()
                self._counts = self._counts._replace(kept=self._counts.kept + written.ticks)
        except (sqlite3.Error, StoreError, OSError) as fault:
            self._failed(fault, now_s)
            return
        except Exception as fault:
            self._spoilt(fault, now_s)
            return
        if self._counts.fault:
            log.info("%s: records are kept again", self.path)
            self._counts = self._counts._replace(fault="")

    def _open(self) -> None:
        if self._anew:
            database.remove(self.path)
            self._anew = False
        made = database.for_writing(self.path, self._limits.most_mb)
        try:
            self._minutes = Minutes()
            self._minutes.rows = _minutes_in(made)
            newest = made.execute("SELECT max(id) FROM batches").fetchone()[0]
            if database.size_bytes(made) > FULL_SHARE * self._limits.most_mb * 1e6:
                with database.transaction(made):
                    make_room(made)  # the limit is a lower one now: even a run's line needs room
            with database.transaction(made):
                row = (None, self._clock.now().utc_s, __version__, settings_bytes(self._settings))
                self._run = made.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", row).lastrowid or 0
        except BaseException:
            made.close()
            raise
        self._made, self._newest = made, newest or 0
        self._stretch, self._forecasts_kept = 0, 0

    def _write_one(self, batch: Batch) -> None:
        made = self._made
        assert made is not None
        number, begins = self._newest + 1, batch.memory is not None or self._stretch == 0
        hour = int(batch.from_utc_s // HOUR_S)
        rows = self._minutes.rows
        over = bool(rows) and all(minute // MINUTES != hour for minute in rows)
        body = compress(batch.text, b"" if begins else self._dictionary)
        forecasts = list(self._forecasts.items())[self._forecasts_kept :]
        with database.transaction(made):
            if over:
                roll(made, dict(rows), self._newest, self._settings)
                limits = self._limits
                retain(made, batch.to_utc_s, limits.days, limits.years, limits.most_mb)
            for forecast, rank in forecasts:
                row = (self._run, rank, forecast_bytes(forecast))
                made.execute("INSERT INTO forecasts VALUES (?, ?, ?)", row)
            if begins:
                made.execute(
                    "INSERT INTO stretches VALUES (?, ?, ?, ?)",
                    (number, self._run, hour, batch.memory),
                )
            made.execute(
                "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?)",
                (number, batch.number, batch.ticks, batch.from_utc_s, batch.to_utc_s, body),
            )
            put_scores(made, self.scores())
        if over:
            rows.clear()
        if begins:
            self._stretch, self._dictionary = number, batch.text
        self._newest, self._forecasts_kept = number, self._forecasts_kept + len(forecasts)
        self._minutes.add(columns_of(batch.text))

    def _failed(self, fault: Exception, now_s: float) -> None:
        self._retry_s = now_s + RETRY_S
        words = str(fault)
        if isinstance(fault, sqlite3.Error) and "full" in words and self._make_room():
            return
        if words != self._counts.fault:
            log.warning("%s: %s; nothing is recorded, tries again", self.path, words)
            self._counts = self._counts._replace(fault=words)
        self._leave()
        if isinstance(fault, sqlite3.Error) and database.is_broken(fault):
            aside = database.set_aside(self.path, self._clock.now().utc_s)
            log.warning("%s cannot be used: set aside as %s, begun anew", self.path, aside)
            self._retry_s = 0.0

    def _spoilt(self, fault: Exception, now_s: float) -> None:
        """A batch that cannot be understood would hold up all that wait behind it: it goes."""
        spoilt = self._waiting.popleft()
        self._retry_s = now_s + RETRY_S
        words = f"unexpected {type(fault).__name__}"
        if words != self._counts.fault:
            log.exception("%s: a record cannot be kept and is lost", self.path)
        self._counts = self._counts._replace(lost=self._counts.lost + spoilt.ticks, fault=words)
        self._leave()

    def _make_room(self) -> bool:
        """The file is as large as it may be: the oldest goes. False: the disk itself is full."""
        made = self._made
        try:
            if made is None:
                return False
            before = database.size_bytes(made)
            if before < 0.5 * self._limits.most_mb * 1e6:
                return False
            with database.transaction(made):
                make_room(made)
            return database.size_bytes(made) < before
        except sqlite3.Error:
            return False


def _minutes_in(made: sqlite3.Connection) -> dict[int, Row]:
    """Minutes of the present hour. A record among them that makes no sense is a broken file: no
    later look would fare better."""
    try:
        return open_minutes(made)
    except StoreError as fault:
        raise sqlite3.DatabaseError(str(fault)) from fault
