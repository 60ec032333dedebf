"""What is kept between starts: whole or not at all, never a crash, never a wish without an end."""

from __future__ import annotations

import fcntl
import json
import math
import os
import random
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pvopt import keep
from pvopt.clock import SystemClock, VirtualClock
from pvopt.decide.asked import LONGEST_S, Standing
from pvopt.decide.day import day_of
from pvopt.decide.energy_floor import FloorLedger
from pvopt.decide.energy_period import PeriodLedger
from pvopt.decide.legionella import LegionellaLedger
from pvopt.decide.memory import Energy, Ledger
from pvopt.decide.wants_rules import ComfortLedger, ReadyLedger
from pvopt.errors import StoreError
from pvopt.keep import EACH_S, LOOK_S, RETRY_S, Keeper, document_of, write
from pvopt.lock import StateLock
from pvopt.model import Instant, Request, RequestKind, Temp, Tick, Why
from tests.unit.decide.samples import NOON_UTC_S
from tests.unit.show.test_journal import tick

LOADS = ("boiler", "tank")
FULL = Ledger(
    heated_wh=(("boiler", 5.0),),
    latched=(("boiler", Why.WELDED),),
    energy=(Energy("boiler", 1234.5, 99.0, 7.0, True, 12.0), Energy("tank")),
    standing=(
        Standing(Request("1", "boiler", RequestKind.BOOST, 700.0, 3e9, 55.0, "me", 60.0), 342.5),
        Standing(Request("2", "tank", RequestKind.OFF)),
        Standing(Request("3", "tank", RequestKind.SET_TEMP, until_c=50.0)),
        Standing(Request("4", "tank", RequestKind.SET_TEMP, until_c=40.0, temp=Temp.MIN)),
    ),
    day=day_of(NOON_UTC_S, "Europe/Prague"),
    comfort=(
        ComfortLedger(
            "boiler",
            1,
            FloorLedger(739_000, 1500.5, 7000.0, True, 738_999, 300.0, 4),
            PeriodLedger(1.7e9, 12.5, (2000.0, 0.0)),
            LegionellaLedger(1.7e9, 1.75e9, 60.0, 61.0, 1.78e9, True, True, False, done=(1.75e9,)),
            (ReadyLedger(1.79e9, 350.0, True), ReadyLedger()),
        ),
        ComfortLedger("tank"),
    ),
)


@dataclass
class Rig:
    folder: Path
    ledger: Ledger = FULL
    now_s: float = 0.0
    loads: tuple[str, ...] = LOADS
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        path = self.folder / "state" / "state.json"
        self.keeper = Keeper(path, self.loads, lambda: self.ledger, SystemClock())

    def look(self, seconds: float = LOOK_S) -> None:
        """So many seconds of ticks and of the keeper's looks."""
        for _ in range(round(seconds / LOOK_S)):
            self.now_s += LOOK_S
            made = tick(self.now_s, Why.HOLD)
            self.keeper.record(self.at(made))
            self.keeper._look(Instant(0.0, 0.0))

    def at(self, made: Tick) -> Tick:
        instant = Instant(self.now_s, NOON_UTC_S + self.now_s)
        return replace(made, snapshot=replace(made.snapshot, instant=instant))

    def kept(self) -> Any:
        return json.loads(self.keeper.path.read_text())


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_what_was_kept_comes_back_but_for_verdicts_and_counts_of_the_run(rig: Rig) -> None:
    rig.look()
    again = Rig(rig.folder).keeper.load()
    boost, *others = FULL.standing
    standing = (replace(boost, left_s=boost.left_s - EACH_S), *others)
    assert again == replace(FULL, heated_wh=(), latched=(), standing=standing)


def test_a_first_start_has_nothing(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    assert rig.keeper.load() == Ledger()
    assert not caplog.messages


def test_a_file_from_before_comfort_is_accepted(rig: Rig) -> None:
    rig.look()
    older = rig.kept()
    del older["comfort"]
    for one in older["energy"]:
        del one["comfort_wh"]
    rig.keeper.path.write_text(json.dumps(older))
    again = Rig(rig.folder).keeper.load()
    assert again.comfort == ()
    assert [one.today_wh for one in again.energy] == [1234.5, 0.0]
    assert [one.comfort_wh for one in again.energy] == [0.0, 0.0]


def test_water_that_is_not_hot_costs_no_writing_each_minute(rig: Rig) -> None:
    rig.ledger = seen_at(NOON_UTC_S)
    rig.look(EACH_S)
    before = rig.keeper.path.stat().st_mtime_ns
    rig.ledger = seen_at(NOON_UTC_S + EACH_S)
    rig.look(EACH_S)
    assert rig.keeper.path.stat().st_mtime_ns == before
    rig.ledger = seen_at(NOON_UTC_S + 900.0)
    rig.look(EACH_S)
    assert rig.keeper.path.stat().st_mtime_ns > before


def seen_at(utc_s: float) -> Ledger:
    legionella = LegionellaLedger(begun_utc_s=1.7e9, seen_utc_s=utc_s)
    return Ledger(comfort=(ComfortLedger("boiler", legionella=legionella),))


def test_unknown_loads_are_dropped(rig: Rig) -> None:
    rig.look()
    other = Rig(rig.folder, loads=("tank", "pool")).keeper.load()
    assert [one.id for one in other.energy] == ["tank"]
    assert {one.request.target for one in other.standing} == {"tank"}


@pytest.mark.parametrize("life_s", [2.0, 30.0, EACH_S - LOOK_S, 200.0])
def test_a_boost_ends_however_short_the_lives(tmp_path: Path, life_s: float) -> None:
    """Without a date, killed each time before a save is due: it never heats more than it may."""
    boost = Standing(Request("1", "boiler", RequestKind.BOOST, lasts_s=3600.0), 3600.0)
    off = Standing(Request("2", "tank", RequestKind.OFF, lasts_s=7200.0), 7200.0)
    Rig(tmp_path, ledger=Ledger(standing=(boost, off))).look()
    heated_s = 0.0
    for _ in range(61):
        rig = Rig(tmp_path)
        rig.ledger = rig.keeper.load()
        boost, off = rig.ledger.standing
        assert off.left_s == 7200.0, "an off harms nobody by lasting"
        for _ in range(round(min(life_s, boost.left_s))):
            boost = replace(boost, left_s=boost.left_s - LOOK_S)
            rig.ledger = replace(rig.ledger, standing=(boost, off))
            rig.look()
            heated_s += LOOK_S
        rig.ledger = replace(rig.ledger, standing=(boost, off))
    assert heated_s <= 3600.0
    assert Rig(tmp_path).keeper.load().standing[0].left_s == 0.0


def test_what_did_not_change_is_not_written_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By night nothing moves; the requests of the inbox count as saved all the same."""
    written: list[float] = []
    real = write

    def counted(path: Path, text: str) -> None:
        written.append(rig.now_s)
        real(path, text)

    monkeypatch.setattr(keep, "write", counted)
    rig.look(10.0 * EACH_S)
    assert len(written) == 1
    assert rig.keeper.saved_s() > 8.0 * EACH_S
    rig.ledger = replace(FULL, energy=(Energy("boiler", 2000.0),))
    rig.look(EACH_S)
    assert len(written) == 2
    rig.keeper.path.unlink()
    rig.look(EACH_S)
    assert rig.kept()["energy"][0]["today_wh"] == 2000.0


def test_what_is_set_aside_bears_the_date_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("{")
    Keeper(path, LOADS, Ledger, VirtualClock(NOON_UTC_S)).load()
    date = datetime.fromtimestamp(NOON_UTC_S, UTC)
    assert [one.name for one in tmp_path.iterdir()] == [f"state.json.broken-{date:%Y-%m-%d}"]


def test_each_minute_and_at_once_when_a_wish_comes(rig: Rig) -> None:
    rig.look()
    rig.ledger = replace(FULL, energy=(Energy("boiler", 2000.0),))
    rig.look(EACH_S - LOOK_S)
    assert rig.kept()["energy"][0]["today_wh"] == 1234.5
    rig.look()
    assert rig.kept()["energy"][0]["today_wh"] == 2000.0
    rig.ledger = replace(rig.ledger, standing=())
    rig.look()
    assert rig.kept()["standing"] == []
    assert rig.keeper.saved_s() == rig.now_s


def test_at_the_end_too(rig: Rig) -> None:
    rig.look()
    rig.ledger = replace(FULL, energy=(Energy("boiler", 2000.0),))
    rig.now_s += 1.0
    rig.keeper.record(rig.at(tick(rig.now_s, Why.HOLD)))
    rig.keeper.close()
    assert rig.kept()["energy"][0]["today_wh"] == 2000.0


def test_a_run_without_a_tick_keeps_what_there_was(rig: Rig) -> None:
    rig.look()
    before = rig.keeper.path.read_bytes()
    Rig(rig.folder, ledger=Ledger()).keeper.close()
    assert rig.keeper.path.read_bytes() == before


# -- disks -------------------------------------------------------------------------------------


def test_a_full_disk_is_told_once_and_tried_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    tries: list[float] = []
    real = write

    def full(path: Path, text: str) -> None:
        tries.append(rig.now_s)
        if rig.now_s <= 100.0:
            raise StoreError(f"{path} cannot be written: No space left on device")
        real(path, text)

    monkeypatch.setattr(keep, "write", full)
    rig.look(130.0)
    assert len(tries) >= 5
    assert min(b - a for a, b in pairwise(tries[:6])) >= RETRY_S
    assert len([line for line in caplog.messages if "No space left" in line]) == 1
    assert len([line for line in caplog.messages if "can be written again" in line]) == 1
    assert rig.kept()["standing"]
    assert rig.keeper.saved_s() > 100.0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_a_disk_without_room_leaves_the_old_file(rig: Rig) -> None:
    """The real error of the kernel, at the write."""
    rig.look()
    before = rig.keeper.path.read_bytes()
    beside = rig.keeper.path.with_name("state.json.new")
    beside.symlink_to("/dev/full")
    with pytest.raises(StoreError, match="No space left on device"):
        write(rig.keeper.path, "new")
    assert rig.keeper.path.read_bytes() == before
    assert not beside.is_symlink()


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        write(tmp_path / "file" / "state.json", "{}")


def test_what_is_written_reaches_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synced, renamed, the folder synced: in this order, or a power cut leaves an empty file."""
    done: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(file: int) -> None:
        done.append("folder" if Path(f"/proc/self/fd/{file}").is_dir() else "file")
        sync(file)

    def renamed(path: Path, target: Path) -> Path:
        done.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    write(tmp_path / "state.json", "{}")
    assert done == ["file", "rename", "folder"]


# -- broken files ------------------------------------------------------------------------------


def test_after_a_power_cut_at_any_byte_it_opens(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Cut, or the rest full of zeros: what can be used is used, all else is set aside."""
    rig.look()
    whole = rig.keeper.path.read_bytes()
    dice = random.Random(1)
    for _ in range(200):
        cut = dice.randrange(len(whole))
        tail = b"\0" * (len(whole) - cut) if dice.random() < 0.5 else b""
        rig.keeper.path.write_bytes(whole[:cut] + tail)
        assert Rig(rig.folder).keeper.load() == Ledger()
        assert not rig.keeper.path.exists()
    assert all("set aside" in line for line in caplog.messages)
    assert len(list(rig.keeper.path.parent.iterdir())) == 1, "no heap of broken files"


def test_a_rest_of_an_interrupted_save_does_no_harm(rig: Rig) -> None:
    rig.look()
    rig.keeper.path.with_name("state.json.new").write_text('{"schema')
    again = Rig(rig.folder)
    assert again.keeper.load().energy == FULL.energy
    again.look(EACH_S)
    assert not rig.keeper.path.with_name("state.json.new").exists()


def changed(**changes: Any) -> dict[str, Any]:
    return document_of(FULL, Instant(0.0, NOON_UTC_S)) | changes


STANDING = document_of(FULL, Instant(0.0, NOON_UTC_S))["standing"][0]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        changed(schema="pvopt.state/0"),
        changed(schema="pvopt.state/2"),
        changed(energy=[{"id": "boiler", "today_wh": -1}]),
        changed(energy={"boiler": 5}),
        changed(day=[1, 2]),
        changed(day=[1, math.nan, 2]),
        changed(standing=[STANDING | {"kind": "dance"}]),
        changed(standing=[STANDING | {"watts": "much"}]),
        changed(standing=[STANDING | {"temp": "cosy"}]),
        changed(standing=[STANDING | {"left_s": None}]),  # a boost without an end
        changed(standing=[STANDING | {"until_utc_s": 3e11}]),  # in no calendar
        changed(day=[1, 3e11, 3.1e11]),
    ],
    ids=range(14),
)
def test_an_older_or_strange_file_is_set_aside(
    rig: Rig, document: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rig.keeper.path.parent.mkdir()
    rig.keeper.path.write_text(json.dumps(document))
    assert rig.keeper.load() == Ledger()
    [aside] = rig.keeper.path.parent.glob("state.json.broken-20*")
    assert str(aside) in caplog.messages[0]


def test_no_wish_to_heat_is_made_longer_by_a_file(rig: Rig) -> None:
    rig.keeper.path.parent.mkdir()
    rig.keeper.path.write_text(json.dumps(changed(standing=[STANDING | {"left_s": 1e9}])))
    assert rig.keeper.load().standing[0].left_s == LONGEST_S - EACH_S


ODD = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def test_a_file_from_before_there_were_three_temperatures(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.look()
    old = rig.kept()
    for one in old["standing"]:
        del one["temp"]
    rig.keeper.path.write_text(json.dumps(old))
    assert {one.request.temp for one in rig.keeper.load().standing} == {Temp.MAX}


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["schema", "day", "energy", "standing", "today_wh", "kind", "id"]), ODD)
def test_no_rubbish_raises(tmp_path: Path, key: str, odd: object) -> None:
    rig = Rig(tmp_path)
    document = json.loads(json.dumps(changed()))
    for place in (document, document["energy"][0], document["standing"][0]):
        if key in place:
            place[key] = odd
    rig.keeper.path.parent.mkdir(exist_ok=True)
    rig.keeper.path.write_text(json.dumps(document))
    ledger = rig.keeper.load()
    assert all(math.isfinite(one.today_wh) for one in ledger.energy)


# -- one run a folder --------------------------------------------------------------------------


def test_one_run_a_folder(tmp_path: Path) -> None:
    first, second = StateLock(tmp_path / "state"), StateLock(tmp_path / "state")
    assert not second.held(), "no folder, no run"
    assert first.take()
    assert second.held()
    assert not second.take(patience_s=0.0)
    first.release()
    first.release()
    assert not second.held()
    assert second.take()
    second.release()


def test_who_only_looks_does_not_keep_a_run_from_its_folder(tmp_path: Path) -> None:
    """`request` holds the lock shared for a moment; a run that starts then waits for its end."""
    lock = StateLock(tmp_path)
    assert lock.take()
    lock.release()
    looking = os.open(tmp_path / "run.lock", os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    assert not lock.take(patience_s=0.0)
    ends = threading.Timer(0.1, os.close, (looking,))
    ends.start()
    assert lock.take(patience_s=10.0)
    ends.join()
    lock.release()
