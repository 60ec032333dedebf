"""The file of the store: its tables, the one path between their versions, what to do if it breaks.

SQLite with a write-ahead log: readers never hold up the writer, and a power cut loses at most the
batch that was being written. Pages are small, for a batch is: a card wears by what is written.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pvopt.errors import StoreError

PAGE_BYTES = 1024
BUSY_S = 5.0
CHECKPOINT_PAGES = 2000  # 2 MB of log, then the pages go to their place
BESIDE = ("-wal", "-shm")

# A stretch is what a run recorded within one hour of UTC, or less after a fault; it has the number
# of its first batch, and what was remembered before that. Ticks are counted from a run's first.
# Each entry leads from one version to the next; a new one is added behind, none is changed.
MIGRATIONS = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY, begun_utc_s REAL, version TEXT, settings BLOB);
    CREATE TABLE forecasts (
        run INTEGER, number INTEGER, body BLOB, PRIMARY KEY (run, number)) WITHOUT ROWID;
    CREATE TABLE stretches (
        id INTEGER PRIMARY KEY, run INTEGER, hour INTEGER, memory BLOB);
    CREATE TABLE batches (
        id INTEGER PRIMARY KEY, tick INTEGER, ticks INTEGER, from_utc_s REAL, to_utc_s REAL,
        body BLOB);
    CREATE TABLE hours (hour INTEGER PRIMARY KEY, body BLOB);
    CREATE TABLE days (day INTEGER PRIMARY KEY, body BLOB);
    CREATE TABLE marks (name TEXT PRIMARY KEY, number INTEGER);
    """,
    "CREATE TABLE scores (day INTEGER PRIMARY KEY, body BLOB)",
    "CREATE TABLE means (day INTEGER PRIMARY KEY, body BLOB)",
)
VERSION = len(MIGRATIONS)


def for_writing(path: Path, most_mb: float) -> sqlite3.Connection:
    """The database, made or brought up to the present version.

    ``most_mb``: it never grows beyond, but for a new table. StoreError: it was written by a newer
    release; sqlite3.Error: as it comes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    made = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        made.execute(f"PRAGMA page_size={PAGE_BYTES}")
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=FULL")  # a commit is on the card: one a batch
        made.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        made.execute("PRAGMA cache_size=-256")
        migrate(made)  # unbounded: a file that is full would never be brought up
        (page_bytes,) = made.execute("PRAGMA page_size").fetchone()
        made.execute(f"PRAGMA max_page_count={int(most_mb * 1e6 / page_bytes)}")
    except BaseException:
        made.close()
        raise
    return made


def migrate(made: sqlite3.Connection) -> None:
    """Step by step to the present version, each step whole or not at all."""
    (version,) = made.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StoreError("was written by a newer release of pvopt")
    for number in range(version, VERSION):
        with transaction(made):
            for statement in MIGRATIONS[number].split(";"):
                made.execute(statement)
            made.execute(f"PRAGMA user_version={number + 1}")


@contextlib.contextmanager
def transaction(made: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, on the card when it is left."""
    made.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            made.execute("ROLLBACK")
        raise
    made.execute("COMMIT")


def for_reading(path: Path) -> sqlite3.Connection:
    """Of a database that is there, of this release or an older one. StoreError: none is, or of a
    newer one."""
    if not path.exists():
        raise StoreError(f"{path}: nothing is recorded yet")
    address = f"{path.resolve().as_uri()}?mode=ro"
    try:
        made = sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)
        (version,) = made.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as fault:
        raise StoreError(f"{path}: cannot be read ({fault})") from fault
    if not 0 < version <= VERSION:
        made.close()
        words = "nothing is recorded yet" if version == 0 else "was written by another release"
        raise StoreError(f"{path}: {words}")
    return made


def is_broken(fault: sqlite3.Error) -> bool:
    """Whether the file itself is no good, beyond waiting for room or for a lock."""
    return isinstance(fault, sqlite3.DatabaseError) and not isinstance(
        fault, sqlite3.OperationalError
    )


def set_aside(path: Path, utc_s: float) -> Path:
    """Move a file that cannot be used out of the way, with what belongs to it."""
    stamp = f"{datetime.fromtimestamp(utc_s, UTC):%Y-%m-%d-%H%M%S}"
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    for end in ("", *BESIDE):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).replace(aside.with_name(aside.name + end))
    return aside


def remove(path: Path) -> None:
    """The file and what belongs to it."""
    for end in ("", *BESIDE):
        path.with_name(path.name + end).unlink(missing_ok=True)


def size_bytes(made: sqlite3.Connection) -> int:
    """Of the pages in use."""
    (pages,) = made.execute("PRAGMA page_count").fetchone()
    (free,) = made.execute("PRAGMA freelist_count").fetchone()
    (each,) = made.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * each)
