"""The inbox: whole files only, each once, broken ones aside, and none lost before it is saved."""

from __future__ import annotations

import json
import logging
import math
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pvopt.decide.asked import LONGEST_S
from pvopt.loop import Loop
from pvopt.model import Decision, Instant, Request, RequestKind, Snapshot
from pvopt.sources import inbox as inbox_module
from pvopt.sources.collect import Collector, LoadWiring
from pvopt.sources.inbox import (
    MOST_A_TICK,
    MOST_BROKEN,
    MOST_BYTES,
    MOST_TIMES,
    MOST_TOLD,
    Inbox,
    write,
)
from pvopt.sources.paper import (
    SCHEMA,
    BadRequestError,
    Paper,
    default_s,
    read,
    resolved,
)
from tests.unit.decide.samples import LOAD, NOON_UTC_S, SETTINGS
from tests.unit.test_loop import Output

NOW = Instant(100.0, NOON_UTC_S)
PLAIN = Paper("1", "boiler", "off")


def box(folder: Path, saved_s: float = math.inf, demo: bool = False) -> Inbox:
    return Inbox(folder, ("boiler", "tank"), "Europe/Prague", demo, lambda: saved_s)


def put(folder: Path, text: str | bytes, name: str = "5.json") -> Path:
    path = folder / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def files(folder: Path, name: str = "inbox") -> list[str]:
    return sorted(path.name for path in (folder / name).iterdir())


def test_what_is_written_is_read_once_and_then_removed(tmp_path: Path) -> None:
    paper = Paper("7", "boiler", "boost", 700.0, 55.0, NOON_UTC_S + 60.0, by="a test")
    write(tmp_path, paper, NOON_UTC_S)
    inbox = box(tmp_path)
    expected = Request(
        "7", "boiler", RequestKind.BOOST, 700.0, NOON_UTC_S + 60.0, 55.0, "a test", 60.0
    )
    assert inbox.drain(NOW) == (expected,)
    assert inbox.drain(NOW) == ()
    assert files(tmp_path) == []


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert box(tmp_path).drain(NOW) == ()


def test_an_empty_inbox_costs_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inbox").mkdir()
    inbox = box(tmp_path)
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("nothing to open"))
    monkeypatch.setattr(Path, "unlink", lambda *_: pytest.fail("nothing to remove"))
    assert inbox.drain(NOW) == ()


def test_a_file_stays_until_it_is_saved(tmp_path: Path) -> None:
    """A crash in between finds it there again."""
    write(tmp_path, PLAIN, NOON_UTC_S)
    saved = [99.0]
    inbox = Inbox(tmp_path, ("boiler",), "UTC", saved_s=lambda: saved[0])
    assert len(inbox.drain(NOW)) == 1
    assert inbox.drain(NOW) == ()
    assert len(files(tmp_path)) == 1
    assert len(box(tmp_path, saved_s=0.0).drain(NOW)) == 1, "as after a crash"
    saved[0] = 100.0
    assert inbox.drain(NOW) == ()
    assert files(tmp_path) == []


def test_in_the_order_of_their_making(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        write(tmp_path, PLAIN._replace(id=str(number)), NOON_UTC_S + number)
    assert [request.id for request in box(tmp_path).drain(NOW)] == ["1", "2", "3"]


def test_a_few_a_tick(tmp_path: Path) -> None:
    for number in range(2 * MOST_A_TICK + 1):
        write(tmp_path, PLAIN._replace(id=str(number)), NOON_UTC_S + number)
    inbox = box(tmp_path)
    assert [len(inbox.drain(NOW)) for _ in range(4)] == [MOST_A_TICK, MOST_A_TICK, 1, 0]


def test_half_a_file_is_not_seen(tmp_path: Path) -> None:
    put(tmp_path, '{"schema": ', ".00-1.json.new")
    assert box(tmp_path).drain(NOW) == ()


BROKEN: list[bytes] = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"schema": "pvopt.request/2", "id": "1", "target": "boiler", "kind": "on"}',
    b"[" * 4000,
    b"x" * (MOST_BYTES + 1),
    b'{"schema": "pvopt.request/1", "id": "1", "target": "boiler"}',
]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_set_aside_with_one_warning(
    tmp_path: Path, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, text)
    inbox = box(tmp_path)
    for _ in range(3):
        assert inbox.drain(NOW) == ()
    assert files(tmp_path) == []
    assert files(tmp_path, "inbox-broken") == ["5.json"]
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


def test_broken_files_do_not_fill_the_disk(tmp_path: Path) -> None:
    inbox = box(tmp_path)
    for number in range(MOST_BROKEN + 5):
        put(tmp_path, "{", f"{number}.json")
        inbox.drain(NOW)
    assert len(files(tmp_path, "inbox-broken")) == MOST_BROKEN
    assert files(tmp_path) == []


def test_an_unknown_load_is_named_with_those_there_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, PLAIN._replace(target="bioler"), NOON_UTC_S)
    inbox = box(tmp_path)
    assert inbox.drain(NOW) == ()
    assert inbox.drain(NOW) == ()
    [line] = caplog.messages
    assert "'bioler'" in line
    assert "boiler, tank" in line
    assert files(tmp_path) == []


@pytest.mark.parametrize(("until_s", "taken"), [(-1.0, 0), (0.0, 0), (1.0, 1)])
def test_one_whose_time_is_over_is_not_taken(
    tmp_path: Path, until_s: float, taken: int, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, PLAIN._replace(until_utc_s=NOON_UTC_S + until_s), NOON_UTC_S)
    assert len(box(tmp_path).drain(NOW)) == taken
    assert bool(caplog.messages) is not bool(taken)


@pytest.mark.parametrize("demo", [True, False])
def test_what_was_asked_of_a_simulated_home_never_reaches_a_real_one(
    tmp_path: Path, demo: bool
) -> None:
    write(tmp_path, PLAIN._replace(demo=not demo), NOON_UTC_S)
    assert box(tmp_path, demo=demo).drain(NOW) == ()


def test_a_folder_that_cannot_be_read_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "inbox").write_text("a file")
    inbox = box(tmp_path)
    for _ in range(3):
        assert inbox.drain(NOW) == ()
    assert len(caplog.messages) == 1


def test_a_file_that_cannot_be_removed_is_not_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, PLAIN, NOON_UTC_S)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    inbox = box(tmp_path)
    assert [len(inbox.drain(NOW)) for _ in range(5)] == [1, 0, 0, 0, 0]
    assert len(caplog.messages) == 1


def test_two_files_that_cannot_be_removed_are_told_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    for number in range(2):
        write(tmp_path, PLAIN._replace(id=str(number)), NOON_UTC_S + number)
    inbox = box(tmp_path)
    for _ in range(5):
        inbox.drain(NOW)
    assert len(caplog.messages) == 2
    for number in range(2, 3 * MOST_TOLD):
        write(tmp_path, PLAIN._replace(id=str(number)), NOON_UTC_S + number)
    for _ in range(20):
        inbox.drain(NOW)
    assert len(caplog.messages) == MOST_TOLD


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_set_aside_and_holds_up_nothing(
    tmp_path: Path, make: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "inbox").mkdir()
    make(tmp_path / "inbox" / "x.json")
    inbox = box(tmp_path)
    thread = threading.Thread(target=inbox.drain, args=(NOW,), daemon=True)
    thread.start()
    thread.join(10.0)
    assert not thread.is_alive(), "a pipe that nobody writes to holds up the tick"
    for _ in range(3):
        assert inbox.drain(NOW) == ()
    assert files(tmp_path) == []
    assert files(tmp_path, "inbox-broken") == ["x.json"]
    assert len(caplog.messages) == 1


def test_a_flood_of_files_does_not_take_the_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many a look, each once and none lost: what a look left out counts as there."""
    monkeypatch.setattr(inbox_module, "MOST_SEEN", 10)
    names = [str(number) for number in range(25)]
    for number, name in enumerate(names):
        write(tmp_path, PLAIN._replace(id=name), NOON_UTC_S + number)
    saved_s = [0.0]
    inbox = Inbox(tmp_path, ("boiler",), "UTC", saved_s=lambda: saved_s[0])
    scan, seen = os.scandir, [0]

    class Entries:
        def __init__(self, path: Path) -> None:
            self._inner = scan(path)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return self._all()

        def __exit__(self, *_: object) -> None:
            self._inner.close()

        def _all(self) -> Iterator[os.DirEntry[str]]:
            for entry in self._inner:
                seen[0] += 1
                yield entry

    monkeypatch.setattr(os, "scandir", Entries)
    got: list[str] = []
    for second in range(12):
        seen[0] = 0
        got += [request.id for request in inbox.drain(at(second))]
        assert seen[0] <= 10
        saved_s[0] = at(second - 1).mono_s
    assert sorted(got) == sorted(names)
    monkeypatch.setattr(os, "scandir", scan)
    assert files(tmp_path) == []


# -- a tick that fails ---------------------------------------------------------------------------


def at(seconds: float) -> Instant:
    return Instant(NOW.mono_s + seconds, NOW.utc_s + seconds)


def test_what_a_failed_tick_took_is_handed_on_again(tmp_path: Path) -> None:
    write(tmp_path, PLAIN, NOON_UTC_S)
    inbox = box(tmp_path)
    assert len(inbox.drain(at(0.0))) == 1
    inbox.forget(at(0.0))
    assert [request.id for request in inbox.drain(at(1.0))] == ["1"]
    inbox.forget(at(2.0))
    assert inbox.drain(at(3.0)) == (), "its tick was well, a later one failed"
    assert files(tmp_path) == []


def test_a_request_that_breaks_each_tick_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, PLAIN, NOON_UTC_S)
    inbox = box(tmp_path)
    counts = []
    for second in range(MOST_TIMES + 3):
        counts.append(len(inbox.drain(at(second))))
        inbox.forget(at(second))
    assert counts == [1] * MOST_TIMES + [0] * 3
    assert files(tmp_path) == []
    assert len(caplog.messages) == 1
    write(tmp_path, PLAIN, NOON_UTC_S)
    assert len(inbox.drain(at(60.0))) == 1, "asked anew under the same name"
    inbox.forget(at(60.0))
    assert len(inbox.drain(at(61.0))) == 1


def test_what_was_left_out_is_not_told_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, PLAIN._replace(target="bioler"), NOON_UTC_S)
    inbox = box(tmp_path)
    for second in range(3):
        inbox.drain(at(second))
        inbox.forget(at(second))
    assert len(caplog.messages) == 1


def test_an_off_outlives_the_failure_of_its_tick(tmp_path: Path) -> None:
    """The whole way: inbox, collector, loop; the ledger has it before its file is gone."""
    now_s = [NOW.mono_s]

    class Hand:
        def now(self) -> Instant:
            return Instant(now_s[0], NOON_UTC_S + now_s[0])

        def wait_until(self, mono_s: float) -> None:
            now_s[0] = mono_s

    saved_s = [0.0]
    inbox = Inbox(tmp_path, (LOAD.id,), "UTC", saved_s=lambda: saved_s[0])
    collector = Collector((), (LoadWiring(LOAD.id),), inbox=inbox)
    loop = Loop(Hand(), collector, SETTINGS, (Output(),))
    write(tmp_path, PLAIN._replace(target=LOAD.id), NOON_UTC_S)

    def refuse(_: Snapshot) -> Decision:
        raise ZeroDivisionError

    loop.decider = refuse
    assert loop.tick() is None
    loop.decider = None
    now_s[0] += 1.0
    assert loop.tick() is not None
    assert [one.request.kind for one in loop.memory.ledger.standing] == [RequestKind.OFF]
    assert len(files(tmp_path)) == 1
    saved_s[0] = now_s[0]
    now_s[0] += 1.0
    assert loop.tick() is not None
    assert files(tmp_path) == []
    assert len(loop.memory.ledger.standing) == 1


# -- what a document means ---------------------------------------------------------------------

WHOLE: dict[str, Any] = {"schema": SCHEMA, "id": "1", "target": "boiler", "kind": "boost"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "up"}, "'up'"),
        ({"id": ""}, "'id'"),
        ({"target": 5}, "'target'"),
        ({"watts": "2000"}, "'watts'"),
        ({"watts": True}, "'watts'"),
        ({"watts": -1}, "'watts'"),
        ({"watts": math.nan}, "'watts'"),
        ({"watts": 0}, "'watts'"),
        ({"watts": 0.0, "kind": "on"}, "'watts'"),
        ({"minutes": 1e300}, "'minutes'"),
        ({"minutes": 1.1e7}, "'minutes'"),
        ({"until_utc_s": 4.1e9}, "'until_utc_s'"),
        ({"until_utc_s": 3e11, "kind": "off"}, "'until_utc_s'"),
        ({"until": "24:00"}, "'until'"),
        ({"until": 1430}, "'until'"),
        ({"kind": "set-temp"}, "'until_c'"),
    ],
)
def test_what_cannot_be_meant_is_said(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        read(WHOLE | changes)


ODD = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*Paper._fields, "schema", "x"]), ODD), st.booleans())
def test_no_rubbish_raises(tmp_path: Path, document: dict[str, Any], whole: bool) -> None:
    given_one = WHOLE | document if whole else document
    put(tmp_path, json.dumps(given_one))
    for request in box(tmp_path).drain(NOW):
        assert request.target in ("boiler", "tank")
        assert request.watts is None or math.isfinite(request.watts)
    for path in tmp_path.rglob("*.json"):
        path.unlink()


@pytest.mark.parametrize(
    ("given_end", "until_s", "lasts_s"),
    [
        ({"minutes": 30.0}, 1800.0, 1800.0),
        ({"until_utc_s": NOON_UTC_S + 60.0}, 60.0, 60.0),
        ({}, None, 3600.0),
    ],
)
def test_when_a_boost_ends(
    given_end: dict[str, float], until_s: float | None, lasts_s: float
) -> None:
    request = resolved(Paper("1", "boiler", "boost", **given_end), "UTC", NOW)  # type: ignore[arg-type]
    assert request.until_utc_s == (None if until_s is None else NOON_UTC_S + until_s)
    assert request.lasts_s == lasts_s


def test_a_time_of_day_is_the_sites() -> None:
    request = resolved(PLAIN._replace(until="14:30"), "Europe/Prague", NOW)  # 13:06 there
    assert request.until_utc_s is not None
    assert request.until_utc_s % 86_400.0 == 12.5 * 3600.0


def test_without_a_date_minutes_count_and_a_time_of_day_does_not() -> None:
    unknown = Instant(100.0, 0.0, utc_ok=False)
    by_minutes = resolved(Paper("1", "boiler", "boost", minutes=5.0), "UTC", unknown)
    assert (by_minutes.until_utc_s, by_minutes.lasts_s) == (None, 300.0)
    by_clock = resolved(Paper("1", "boiler", "boost", until="14:30"), "UTC", unknown)
    assert (by_clock.until_utc_s, by_clock.lasts_s) == (None, 3600.0)


def test_how_long_without_a_word() -> None:
    kinds = (RequestKind.BOOST, RequestKind.ON, RequestKind.OFF, RequestKind.SET_TEMP)
    assert [default_s(kind) for kind in kinds] == [3600.0, 43_200.0, None, None]
    assert LONGEST_S == 86_400.0
