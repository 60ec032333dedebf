"""The recorder: what was recorded is there; nothing that a disk does reaches the loop."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import threading
from datetime import date
from pathlib import Path

import pytest

from pvopt.decide.memory import Memory
from pvopt.errors import StoreError
from pvopt.model import Instant, Tick
from pvopt.store import database, writer
from pvopt.store.codec import ticks_of
from pvopt.store.database import MIGRATIONS, VERSION, for_reading
from pvopt.store.items import Limits
from pvopt.store.reader import Reader
from pvopt.store.rolls import batches
from pvopt.store.writer import Store
from tests.unit.decide.samples import SETTINGS
from tests.unit.store.rig import HOUR_UTC_S, HandClock, Home, plain

DAY = date.fromtimestamp(HOUR_UTC_S)


def recorded(path: Path) -> list[object]:
    """All ticks that a file holds, for comparing."""
    made = for_reading(path)
    ticks: list[Tick] = []
    for batch in batches(made, "1", ()):
        ticks += ticks_of(batch.text, lambda number: None)  # type: ignore[arg-type,return-value]
    made.close()
    return list(map(plain, ticks))


def moments(path: Path) -> list[Instant]:
    """Of all ticks that a file holds; every batch is read whole."""
    made = for_reading(path)
    found: list[Instant] = []
    for batch in batches(made, "1", ()):
        ticks = ticks_of(batch.text, lambda number: None)  # type: ignore[arg-type,return-value]
        found += [tick.snapshot.instant for tick in ticks]
    made.close()
    return found


def test_what_is_recorded_is_there(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db")
    home.live(200)
    home.store.close()
    assert recorded(home.path) == home.texts
    assert home.store.counts == (200, 0, "")


def test_a_batch_is_written_when_its_time_is_over(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db", Limits(batch_s=60.0))
    home.live(60)
    assert not home.path.exists()
    home.live(1)
    assert len(recorded(home.path)) == 60
    home.store.close()


def test_nothing_is_written_on_the_way(tmp_path: Path) -> None:
    """A card wears by writing: between batches the file is not touched."""
    home = Home(tmp_path / "store.db")
    home.live(61)
    wal = tmp_path / "store.db-wal"
    before = (home.path.stat().st_mtime_ns, wal.stat().st_mtime_ns)
    home.live(59)
    assert (home.path.stat().st_mtime_ns, wal.stat().st_mtime_ns) == before
    home.store.close()


def test_the_next_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    first = Home(tmp_path / "store.db")
    first.live(100)
    first.store.close()
    then = Home(tmp_path / "store.db", utc_s=first.utc_s + 30.0)
    then.live(100)
    then.store.close()
    assert recorded(first.path) == first.texts + then.texts
    made = for_reading(first.path)
    assert made.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_demonstration_begins_anew(tmp_path: Path) -> None:
    first = Home(tmp_path / "store.db")
    first.live(10)
    first.store.close()
    then = Home(tmp_path / "store.db")
    then.store = Store(
        first.path, then.settings, lambda: then.memory, then.clock, Limits(), anew=True
    )
    then.live(20)
    then.store.close()
    assert recorded(first.path) == then.texts


def test_the_loop_never_waits_for_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk hangs for good: the queue fills up, then ticks are counted as lost."""
    go_on, inside = threading.Event(), threading.Event()

    def hangs(*given: object) -> None:
        inside.set()
        go_on.wait(30.0)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(database, "for_writing", hangs)
    home = Home(tmp_path / "store.db", Limits(batch_s=5.0))
    home.store.start()
    home.live(writer.HURRY_TICKS + 50, look=False)
    assert inside.wait(10.0)
    home.live(writer.MOST_TICKS + 100, look=False)
    assert home.store.counts.lost >= 100
    go_on.set()
    home.store.close()


def test_a_locked_file_is_waited_for_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    home = Home(tmp_path / "store.db", Limits(batch_s=10.0))
    home.live(30)
    other = sqlite3.connect(home.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING):
        home.live(30)
    assert "locked" in home.store.counts.fault
    assert caplog.text.count("tries again") == 1
    other.execute("ROLLBACK")
    home.live(30)
    home.store.close()
    assert home.store.counts == (90, 0, "")
    assert recorded(home.path) == home.texts


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is lost and counted, but for what the others are read with."""
    monkeypatch.setattr(writer, "MOST_BATCHES", 5)
    home = Home(tmp_path / "nowhere" / "store.db", Limits(batch_s=10.0))
    (tmp_path / "nowhere").write_text("a file where a folder should be")
    home.live(100)
    assert home.store.counts.fault
    assert home.store.counts.lost == 40
    (tmp_path / "nowhere").unlink()
    home.live(30)
    home.store.close()
    lost = home.store.counts.lost
    assert 40 <= lost <= 70
    assert recorded(home.path) == home.texts[:10] + home.texts[10 + lost :]


def test_a_batch_that_cannot_be_understood_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home(tmp_path / "store.db", Limits(batch_s=10.0))
    home.live(30)

    def fails(text: bytes) -> None:
        raise KeyError("mono_s")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "columns_of", fails)
        home.live(50)
    assert caplog.text.count("a record cannot be kept") == 1
    home.live(50)
    home.store.close()
    kept, lost, fault = home.store.counts
    assert (kept + lost, fault) == (130, "")
    assert 10 <= lost <= 50
    assert recorded(home.path)[-40:] == home.texts[-40:]


@pytest.mark.parametrize("kind", ["noise", "empty head", "torn", "a record", "no beginning"])
def test_a_broken_file_is_set_aside(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    first = Home(path)
    first.live(300)
    first.store.close()
    made = sqlite3.connect(path)
    with made:
        if kind == "a record":
            made.execute("UPDATE batches SET body=x'00' WHERE id=1")
        elif kind == "no beginning":
            made.execute("DELETE FROM batches WHERE id=1")
    made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made.close()
    text = bytearray(path.read_bytes())
    if kind == "noise":
        text = bytearray(b"no database " * 3000)
    elif kind == "empty head":
        text[:100] = bytes(100)
    elif kind == "torn":
        text[1024 : len(text)] = bytes(len(text) - 1024)
    path.write_bytes(text)
    then = Home(path)
    with caplog.at_level(logging.WARNING):
        then.live(200)
        then.store.close()
    assert "set aside" in caplog.text
    assert len(list(tmp_path.glob("store.db.broken-*"))) == 1
    assert recorded(path) == then.texts


def test_a_file_of_a_newer_release_is_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    made = sqlite3.connect(path)
    made.execute(f"PRAGMA user_version={VERSION + 1}")
    made.close()
    home = Home(path)
    home.live(200)
    home.store.close()
    assert "newer release" in home.store.counts.fault
    assert home.store.counts.kept == 0
    with pytest.raises(StoreError, match="another release"):
        for_reading(path)


def test_a_step_of_the_migration_is_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    home = Home(path)
    home.live(100)
    home.store.close()
    steps = (*MIGRATIONS, "CREATE TABLE more (id INTEGER); ALTER TABLE days ADD COLUMN x")
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE more (a); nonsense"))
    monkeypatch.setattr(database, "VERSION", VERSION + 1)
    with pytest.raises(sqlite3.Error):
        database.for_writing(path, 100.0)
    monkeypatch.setattr(database, "MIGRATIONS", steps)
    made = database.for_writing(path, 100.0)
    assert made.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)
    assert made.execute("SELECT count(*) FROM batches").fetchone() == (2,)
    made.close()


def test_room_that_ends_costs_the_oldest(tmp_path: Path) -> None:
    """The file stays within its bound and goes on with the newest."""
    home = Home(tmp_path / "store.db", Limits(batch_s=300.0, most_mb=0.1), decides=False)
    home.live(1500, 60.0)
    home.store.close()
    assert home.store.counts.fault == ""
    assert home.path.stat().st_size <= 100_000
    kept = recorded(home.path)
    assert 10 < len(kept) < 1500
    assert kept == home.texts[-len(kept) :]
    reader = Reader(home.path)
    assert reader.days(DAY, DAY)


@pytest.mark.parametrize("older", [False, True])
def test_a_limit_below_what_there_is_costs_the_oldest(tmp_path: Path, older: bool) -> None:
    """An owner wants less kept, with or without a newer release: it goes on all the same."""
    path = tmp_path / "store.db"
    home = Home(path, Limits(batch_s=300.0, most_mb=0.4), decides=False)
    home.live(1900, 60.0)
    home.store.close()
    if older:
        with contextlib.closing(sqlite3.connect(path)) as made:
            made.executescript("DROP TABLE scores; DROP TABLE means; PRAGMA user_version=1")
    assert path.stat().st_size > 120_000
    again = Home(path, Limits(batch_s=10.0, most_mb=0.1), decides=False)
    again.utc_s = home.utc_s
    again.live(60)
    again.store.close()
    assert again.store.counts == (60, 0, "")
    assert recorded(path)[-60:] == again.texts


def test_a_full_disk_is_counted_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "store.db", Limits(batch_s=10.0))
    home.live(15)
    made = home.store._made
    assert made is not None
    (pages,) = made.execute("PRAGMA page_count").fetchone()
    made.execute(f"PRAGMA max_page_count={pages}")  # the disk is full now
    home.live(60)
    assert "full" in home.store.counts.fault
    home.clock.mono_s += 20.0  # there is room again: it is opened anew
    home.live(20)
    home.store.close()
    assert home.store.counts == (95, 0, "")
    assert recorded(home.path) == home.texts


def test_old_ticks_go_and_minutes_stay(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db", Limits(days=1.0, batch_s=1800.0), decides=False)
    home.live(12 * 72, 300.0)
    home.store.close()
    made = for_reading(home.path)
    (first,) = made.execute("SELECT min(from_utc_s) FROM batches").fetchone()
    assert 24 * 3600 <= home.utc_s - first <= 26 * 3600 + 600
    assert made.execute("SELECT count(*) FROM hours").fetchone()[0] >= 70
    assert made.execute("SELECT count(*) FROM days").fetchone()[0] >= 2
    span = Reader(home.path).span()
    assert span is not None
    assert span[0] == HOUR_UTC_S


CUTS = 200


def test_a_cut_at_any_instant_loses_one_batch_at_most(tmp_path: Path) -> None:
    """The log is cut off or torn at 200 places: what was committed before is there, whole."""
    import random

    dice = random.Random(3)
    home = Home(tmp_path / "store.db", Limits(batch_s=5.0))
    states: list[tuple[int, int]] = []  # size of the log, ticks committed
    wal = tmp_path / "store.db-wal"
    for _ in range(30):
        home.live(5)
        if wal.exists():
            states.append((wal.stat().st_size, home.store.counts.kept))
    for number in range(CUTS):
        path = tmp_path / f"cut{number}.db"
        shutil.copy(home.path, path)
        text = wal.read_bytes()
        cut = dice.randrange(32, len(text))
        torn = text[:cut]
        if number % 2:  # what follows was never written: noise of an older life
            torn += dice.randbytes(len(text) - cut)
        path.with_name(path.name + "-wal").write_bytes(torn)
        whole = max((ticks for size, ticks in states if size <= cut), default=0)
        if whole:
            found = moments(path)
            assert found == [tick.snapshot.instant for tick in home.ticks[: len(found)]]
            assert whole <= len(found) <= whole + 5
        if number % 10 == 0:  # and it goes on
            more = Home(path, utc_s=home.utc_s, decides=False)
            more.live(12)
            more.store.close()
            assert more.store.counts == (12, 0, "")
    home.store.close()


def test_a_cut_while_the_log_goes_to_its_place(tmp_path: Path) -> None:
    """Pages of the file are half old, half new, the log is whole: nothing is lost."""
    import random

    dice = random.Random(4)
    home = Home(tmp_path / "store.db", Limits(batch_s=5.0))
    home.live(100)
    old, log = home.path.read_bytes(), (tmp_path / "store.db-wal").read_bytes()
    made = home.store._made
    assert made is not None
    made.execute("PRAGMA wal_checkpoint(FULL)")
    new = home.path.read_bytes()
    kept = home.store.counts.kept
    old += bytes(len(new) - len(old))
    page = database.PAGE_BYTES
    for number in range(50):
        path = tmp_path / f"torn{number}.db"
        mixed = b"".join(
            (new if dice.random() < 0.5 else old)[at : at + page] for at in range(0, len(new), page)
        )
        path.write_bytes(mixed)
        path.with_name(path.name + "-wal").write_bytes(log)
        assert moments(path) == [tick.snapshot.instant for tick in home.ticks[:kept]]
    home.store.close()


def test_after_a_failed_tick_a_stretch_begins(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db")
    home.live(30)
    home.memory = Memory(ledger=home.memory.ledger)
    home.store.begin(home.memory)
    home.live(30)
    home.store.close()
    made = for_reading(home.path)
    assert made.execute("SELECT count(*) FROM stretches").fetchone() == (2,)
    assert recorded(home.path) == home.texts


def test_the_end_waits_for_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "END_S", 0.05)
    go_on = threading.Event()

    def hangs(*given: object) -> None:
        go_on.wait(30.0)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(database, "for_writing", hangs)
    store = Store(tmp_path / "s.db", SETTINGS, Memory, HandClock(), Limits())
    home = Home(tmp_path / "store.db")
    home.store = store
    home.live(5, look=False)
    store.start()
    store.close()
    go_on.set()
    assert store._thread is not None
    store._thread.join(10.0)  # it may not speak into the next test
