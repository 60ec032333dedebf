"""The table of ticks: a cell for each column, empty where nothing was told, whole when closed."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from pvopt.errors import StoreError
from pvopt.model import (
    MISSING,
    Command,
    Decision,
    Instant,
    LoadView,
    Outcome,
    PvDevice,
    Reading,
    Reason,
    Site,
    Snapshot,
    Tick,
    Why,
)
from pvopt.show.ticks_csv import COLUMNS, TicksCsv, row_of
from pvopt.simulator.home import HomeControls
from tests.unit.simulator.homes import START_S, steady_world

NOW = Instant(50.0, START_S)


def read(watts: float) -> Reading:
    return Reading(watts, 49.0, "gx")


SITE = Site(
    "gx",
    49.0,
    7.0,
    grid_w=read(-3.0),
    pv_w=read(1500.0),
    load_w=read(1400.0),
    battery_w=read(90.0),
    soc_pct=read(98.5),
    pv=(PvDevice("a", read(1500.0), limited=True),),
)


def tick(site: Site | None = SITE) -> Tick:
    command = Command("boiler", 1000.0, 60.0, Reason(Why.RIDING))
    return Tick(
        Snapshot(NOW, site, (LoadView("boiler", temperature_c=read(51.25)),)),
        Decision(NOW, (command,), 1012.0, 12.0),
        (Outcome("boiler", 1000.0, position_pct=50.0, closed=True),),
    )


def cells(row: str) -> dict[str, str]:
    return dict(zip(COLUMNS, row.rstrip("\n").split(","), strict=True))


def test_what_was_told_decided_and_true() -> None:
    world = steady_world()
    world.controls = HomeControls(True, 50.0)
    world.advance(30.0)
    row = cells(row_of(tick(), world))
    assert row["time"].endswith("Z")
    assert (row["told_pv_w"], row["told_load_w"], row["told_grid_w"]) == ("1500", "1400", "-3")
    assert (row["told_age_s"], row["told_soc_pct"], row["told_tank_c"]) == ("1.0", "98.5", "51.25")
    assert (row["budget_w"], row["asked_w"], row["why"]) == ("1012", "1000.0", "RIDING")
    assert (row["told_limited"], row["closed"], row["knob_pct"]) == ("1", "1", "50.00")
    assert float(row["true_heater_w"]) == pytest.approx(world.flows.heater_w, abs=0.1)
    assert float(row["true_grid_w"]) == pytest.approx(world.flows.grid_w, abs=0.1)
    assert row["grid_up"] == "1"


def test_what_is_missing_is_empty() -> None:
    row = cells(row_of(tick(None), steady_world()))
    told = [name for name in COLUMNS if name.startswith("told_") and name != "told_tank_c"]
    assert [row[name] for name in told] == [""] * len(told)
    silent = replace(SITE, soc_pct=MISSING, pv=(PvDevice("a", read(1.0)),))
    row = cells(row_of(tick(silent), steady_world()))
    assert (row["told_soc_pct"], row["told_limited"]) == ("", "")


def test_whole_after_close(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv.gz"
    path.write_text("of an older run")
    table = TicksCsv(path, steady_world())
    for _ in range(3):
        table.record(tick())
    table.close()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == 4
    assert (table.rows, table.fault) == (3, "")


def test_no_room_is_a_fault_that_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "ticks.csv.gz"
    path.symlink_to("/dev/full")
    table = TicksCsv(path, steady_world())
    for _ in range(20_000):
        table.record(tick())
        if table.fault:
            break
    table.close()
    assert "No space left" in table.fault
    assert "ticks.csv.gz" in table.fault


def test_a_place_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        TicksCsv(tmp_path / "not there" / "ticks.csv.gz", steady_world())
