"""Charts and days out of what was recorded."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pvopt.decide.windows import Hours, PricedWindow, Tariff, Window
from pvopt.errors import StoreError
from pvopt.model import Reading, StorageView
from pvopt.store.codec import ticks_of
from pvopt.store.days import NO_TARIFF, day_row
from pvopt.store.items import Limits
from pvopt.store.minutes import Row, hour_bytes, hour_rows, merged
from pvopt.store.reader import Reader
from pvopt.store.records import Records
from tests.unit.decide.samples import SETTINGS, snapshot
from tests.unit.store.rig import HOUR_UTC_S, Home

DAY = date.fromtimestamp(HOUR_UTC_S)


def home_at(path: Path, watts: float, seconds: int, step_s: float = 1.0, **given: object) -> Home:
    """A home with so much from the sun and a house that draws 500 W."""
    home = Home(path, decides=False, **given)  # type: ignore[arg-type]
    live(home, watts, seconds, step_s)
    return home


def live(home: Home, watts: float, count: int, step_s: float = 1.0) -> None:
    for k in range(count):
        now = snapshot(home.mono_s)
        assert now.site is not None
        site = replace(
            now.site,
            pv_w=Reading(watts, home.mono_s, "t"),
            grid_w=Reading(500.0 - watts, home.mono_s, "t"),
            load_w=Reading(500.0, home.mono_s, "t"),
        )
        home.tick(step_s, replace(now, site=site))
        if k % 100 == 0:
            home.store.look()
    home.store.look()


def test_nothing_is_recorded_yet(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "store.db")
    assert reader.span() is None
    assert reader.names() == []
    assert reader.series(["pv_w"], 0.0, 10.0, 5) == ([], {"pv_w": []})
    assert reader.days(DAY, DAY) == []


def test_names(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 100)
    home.store.close()
    names = Reader(home.path).names()
    site = {"grid_w", "pv_w", "load_w", "battery_w", "soc_pct", "budget_w"}
    ends = ("setpoint_w", "expected_w", "actual_w", "temperature_c", "why")
    assert site | {f"load.boiler.{end}" for end in ends} == set(names)


def test_storages_have_names(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db")
    for _ in range(70):
        view = StorageView("shed", Reading(-300.0, home.mono_s, "t"), Reading(55.0, 0.0, "t"))
        home.tick(1.0, replace(snapshot(home.mono_s), storages=(view,)))
    home.store.close()
    reader = Reader(home.path)
    assert {"storage.shed.power_w", "storage.shed.soc_pct"} <= set(reader.names())
    found = reader.series(["storage.shed.power_w"], HOUR_UTC_S, HOUR_UTC_S + 60, 1)
    assert found.columns == {"storage.shed.power_w": [-300.0]}


def test_a_short_span_has_every_tick(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 50)
    live(home, 2000.0, 70)
    home.store.close()
    found = Reader(home.path).series(["pv_w", "nothing_w"], HOUR_UTC_S + 49, HOUR_UTC_S + 52, 100)
    assert found.t_utc_s == [HOUR_UTC_S + 49, HOUR_UTC_S + 50, HOUR_UTC_S + 51]
    assert found.columns == {"pv_w": [1000.0, 2000.0, 2000.0], "nothing_w": [None] * 3}


def test_it_is_thinned_to_means(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 100)
    live(home, 3000.0, 101)
    home.store.close()
    found = Reader(home.path).series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 200, 1)
    assert found.columns == {"pv_w": [2000.0]}
    two = Reader(home.path).series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 200, 2)
    assert two.columns == {"pv_w": [1000.0, 3000.0]}
    assert two.t_utc_s == [HOUR_UTC_S + 49.5, HOUR_UTC_S + 149.5]


def test_a_long_span_comes_from_the_minutes(tmp_path: Path) -> None:
    """Three hours, the last of them not rolled up yet."""
    home = home_at(tmp_path / "store.db", 1000.0, 360, 10.0)
    live(home, 2000.0, 360, 10.0)
    live(home, 4000.0, 180, 10.0)
    home.store.look(last=True)
    reader = Reader(home.path)
    found = reader.series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 3 * 3600, 3)
    assert found.columns == {"pv_w": [1000.0, 2000.0, 4000.0]}
    assert len(reader.series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 9000, 1000).t_utc_s) == 150
    home.store.close()


def test_a_file_that_goes_bad_under_a_reader_is_a_fault_of_the_store(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 90, 10.0)
    home.store.close()
    reader = Reader(home.path)
    assert reader.span() is not None
    with sqlite3.connect(home.path) as made:
        made.execute("DROP TABLE batches")
    for look in (
        reader.span,
        reader.names,
        lambda: reader.series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 60, 10),
        lambda: reader.minutes(HOUR_UTC_S, HOUR_UTC_S + 60, ["pv_w"]),
        lambda: reader.days(DAY, DAY),
    ):
        with pytest.raises(StoreError, match=r"store\.db: cannot be read"):
            look()


def test_a_day_in_kwh(tmp_path: Path) -> None:
    """Two hours of 2500 W of sun, one of none: 5 kWh, 4 of them to the grid; 0.5 bought."""
    hours = Hours(tariff=Tariff(0.4, (PricedWindow(Window(0, 24 * 60 - 1), 0.2),)))
    home = home_at(
        tmp_path / "store.db", 2500.0, 720, 10.0, settings=replace(SETTINGS, hours=hours)
    )
    live(home, 0.0, 361, 10.0)
    home.store.close()
    (day,) = Reader(home.path).days(DAY, DAY)
    assert day.date == DAY.isoformat()
    assert day.known_h == pytest.approx(3.0, abs=0.01)
    assert day.pv_kwh == pytest.approx(5.0, abs=0.01)
    assert day.load_kwh == pytest.approx(1.5, abs=0.01)
    assert day.grid_out_kwh == pytest.approx(4.0, abs=0.01)
    assert day.grid_in_kwh == pytest.approx(0.5, abs=0.01)
    assert day.cost == pytest.approx(0.1, abs=0.01)
    (load,) = day.loads
    assert load.id == "boiler"
    drawn = sum(o.expected_w * 10.0 for tick in home.ticks for o in tick.outcomes) / 3.6e6
    assert load.kwh == pytest.approx(drawn, abs=0.02)


def test_days_that_are_over_are_kept_as_sums(tmp_path: Path) -> None:
    """The same from the kept sums as from the minutes; no tariff, no cost."""
    home = home_at(tmp_path / "store.db", 2000.0, 60 * 50, 60.0, limits=Limits(batch_s=1800.0))
    home.store.close()
    reader = Reader(home.path)
    days = reader.days(DAY, date.fromordinal(DAY.toordinal() + 5))
    assert [row.date for row in days] == [
        date.fromordinal(DAY.toordinal() + k).isoformat() for k in range(3)
    ]
    assert sum(row.pv_kwh or 0.0 for row in days) == pytest.approx(100.0, abs=0.2)
    assert days[1].pv_kwh == pytest.approx(48.0, abs=0.05)
    assert days[1].cost is None


def test_minutes_survive_a_restart_within_the_hour(tmp_path: Path) -> None:
    first = home_at(tmp_path / "store.db", 1000.0, 90, 10.0)
    first.store.close()
    then = home_at(first.path, 3000.0, 290, 10.0, utc_s=first.utc_s)
    then.store.close()
    found = Reader(first.path).series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 3601, 3601)
    assert found.columns["pv_w"] == [1000.0] * 15 + [3000.0] * 46


def test_a_clock_that_is_set_back_spoils_nothing(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 370, 10.0)
    home.utc_s -= 3600.0
    live(home, 3000.0, 740, 10.0)
    home.store.close()
    (day,) = Reader(home.path).days(DAY, DAY)
    assert day.pv_kwh == pytest.approx((3700 * 1000 + 7400 * 3000) / 3.6e6, rel=0.01)


def test_without_a_true_date_no_minute_is_made(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 100, utc_ok=False, utc_s=1000.0)
    home.utc_ok, home.utc_s = True, HOUR_UTC_S
    live(home, 1000.0, 100)
    home.store.close()
    reader = Reader(home.path)
    assert reader.days(date(1970, 1, 1), date(1970, 1, 2)) == []
    assert len(reader.days(DAY, DAY)) == 1


def test_readers_in_threads_do_not_hold_up_the_writer(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 600)
    reader, ended, faults = Reader(home.path), threading.Event(), []

    def looks() -> None:
        while not ended.is_set():
            try:
                reader.series(["pv_w"], HOUR_UTC_S, HOUR_UTC_S + 3600, 10)
                reader.days(DAY, DAY)
            except Exception as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=looks) for _ in range(3)]
    for thread in threads:
        thread.start()
    live(home, 1000.0, 600)
    ended.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert home.store.counts.fault == ""
    home.store.close()


def test_a_file_begun_anew_is_opened_anew(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 1000.0, 100)
    home.store.close()
    reader = Reader(home.path)
    assert reader.span() is not None
    home.path.unlink()
    assert reader.span() is None
    later = home_at(home.path, 1000.0, 100, utc_s=HOUR_UTC_S + 7200)
    later.store.close()
    span = reader.span()
    assert span is not None
    assert span[0] == HOUR_UTC_S + 7200


def test_an_hour_comes_back_rounded() -> None:
    rows: dict[int, Row] = {
        600: {"seconds": 60.0, "pv_w": 1234.56, "load.b.temperature_c": 55.126, "soc_pct": None},
        659: {"seconds": 12.0, "pv_w": None},
    }
    back = hour_rows(10, hour_bytes(rows))
    assert back[600]["pv_w"] == 1234.6
    assert back[600]["load.b.temperature_c"] == 55.13
    assert back[659]["pv_w"] is None
    assert hour_rows(10, hour_bytes(rows), ["pv_w"])[659] == {"seconds": 12.0, "pv_w": None}


def test_two_parts_of_a_minute_are_weighed() -> None:
    first: Row = {"seconds": 40.0, "pv_w": 100.0, "load.b.on_s": 10.0, "load.b.why": 3.0}
    then: Row = {"seconds": 20.0, "pv_w": 400.0, "load.b.on_s": 5.0, "load.b.why": 13.0}
    assert merged(first, then) == {
        "seconds": 60.0,
        "pv_w": 200.0,
        "load.b.on_s": 15.0,
        "load.b.why": 13.0,
    }
    assert merged(first, {"seconds": 5.0, "pv_w": None})["pv_w"] == 100.0


def test_a_meter_that_never_told_leaves_no_sum() -> None:
    rows: dict[int, dict[str, float | None]] = {
        29_700_000 + k: {"seconds": 60.0, "grid_w": 600.0, "grid_in_w": 600.0, "pv_w": None}
        for k in range(60)
    }
    day = day_row(DAY, rows, "UTC", NO_TARIFF)
    assert (day.pv_kwh, day.battery_in_kwh, day.load_kwh) == (None, None, None)
    assert day.grid_in_kwh == pytest.approx(0.6)
    assert day.grid_out_kwh == 0.0


def stale(home: Home, count: int) -> None:
    """The source is lost: the last sample stays what it was."""
    for _ in range(count):
        last = home.ticks[-1].snapshot
        home.tick(1.0, replace(snapshot(home.mono_s), site=last.site))
    home.store.look()


def test_a_lost_meter_is_not_recorded_as_measured(tmp_path: Path) -> None:
    """120 s of 3600 W, then 180 s in which the source is silent; believed for 7 s."""
    home = home_at(tmp_path / "store.db", 3600.0, 120)
    stale(home, 180)
    home.store.close()
    reader = Reader(home.path)
    names = ["pv_w", "grid_w", "soc_pct", "budget_w"]
    found = reader.series(names, HOUR_UTC_S + 110, HOUR_UTC_S + 140, 30)
    assert found.columns["pv_w"] == [3600.0] * 17 + [None] * 13  # seconds 110 to 126, then none
    assert found.columns["soc_pct"][16:18] == [90.0, None]
    assert None not in found.columns["budget_w"]
    minutes = list(reader.minutes(HOUR_UTC_S, HOUR_UTC_S + 300, names).values())
    assert [row["pv_w"] for row in minutes] == [3600.0] * 3 + [None] * 2
    (day,) = reader.days(DAY, DAY)
    assert day.known_h == pytest.approx(126.0 / 3600.0, abs=0.001)
    assert day.pv_kwh == pytest.approx(0.126, abs=0.0002)
    assert day.grid_out_kwh == pytest.approx(3.1 * 126.0 / 3600.0, abs=0.0002)


def test_its_ticks_are_kept_as_they_were(tmp_path: Path) -> None:
    home = home_at(tmp_path / "store.db", 3600.0, 20)
    stale(home, 20)
    home.store.close()
    kept = [
        tick.snapshot.site.pv_w.value
        for batch in Records(home.path).batches(HOUR_UTC_S, HOUR_UTC_S + 60)
        for tick in ticks_of(batch.text, lambda number: None)  # type: ignore[arg-type,return-value]
        if tick.snapshot.site is not None
    ]
    assert kept == [3600.0] * 40


def test_a_load_that_heats_blindly_is_counted(tmp_path: Path) -> None:
    """Its seconds are not those of the meters: 2 kW in a minute without a fresh number."""
    rows: dict[int, Row] = {
        1: {"seconds": 60.0, "known_s": 0.0, "pv_w": None, "load.a.expected_w": 2000.0}
    }
    day = day_row(DAY, rows, "Europe/Prague", NO_TARIFF)
    assert (day.known_h, day.pv_kwh) == (0.0, None)
    assert day.loads[0].kwh == pytest.approx(2.0 / 60.0, abs=0.0001)


def test_minutes_of_an_older_release_count_whole(tmp_path: Path) -> None:
    old: Row = {"seconds": 60.0, "pv_w": 1000.0}
    new: Row = {"seconds": 60.0, "known_s": 20.0, "pv_w": 4000.0}
    assert merged(old, new)["known_s"] == 80.0
    assert merged(old, new)["pv_w"] == pytest.approx(1750.0)
    assert day_row(DAY, {1: old}, "Europe/Prague", NO_TARIFF).known_h == pytest.approx(
        1.0 / 60.0, abs=0.001
    )


def test_a_sensor_that_fell_silent_has_no_temperature(tmp_path: Path) -> None:
    home = Home(tmp_path / "store.db", decides=False)
    for k in range(30):
        now = snapshot(home.mono_s)
        (seen,) = now.loads
        warm = Reading(50.0, home.mono_s - 890.0 - k, "t")
        home.tick(1.0, replace(now, loads=(replace(seen, temperature_c=warm),)))
    home.store.close()
    name = "load.boiler.temperature_c"
    found = Reader(home.path).series([name], HOUR_UTC_S, HOUR_UTC_S + 30, 30)
    assert found.columns[name] == [50.0] * 11 + [None] * 19
