"""Weather and load files: read as they are, or refused with their line and a cure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pvopt.errors import ConfigError
from pvopt.simulator.weather_csv import read_load, read_weather
from tests.unit.simulator.weather_samples import (
    HEADER,
    MONTHS,
    ROWS,
    measured_month,
    start,
    written,
)


@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_read_as_they_are(tmp_path: Path, packed: bool) -> None:
    weather = read_weather(written(tmp_path, HEADER, *ROWS, packed=packed))
    assert weather.start_utc_s == start(2026, 6, 21, 11)
    assert weather.end_utc_s == start(2026, 6, 21, 11, 3)
    assert weather.step_s == 60.0
    assert list(weather.ghi) == [800.0, 810.0, 820.0]
    assert list(weather.dni) == [700.0, 710.0, 720.0]
    assert list(weather.air_c) == [20.5, 20.5, 20.6]
    assert list(weather.load_w) == [300.0, 310.0, 2300.0]
    assert weather.filled == 0
    assert weather.where(1) == f"{weather.path}:3"


def test_columns_in_any_order_offsets_and_empty_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "\ufeffair_temperature, dhi,time,dni,ghi",
        "20,150,2026-06-21T13:00+02:00,700,800",
        "",
        "21,151,2026-06-21T13:05:00+02:00,701,801",
    )
    weather = read_weather(path)
    assert weather.start_utc_s == start(2026, 6, 21, 11)
    assert weather.step_s == 300.0
    assert list(weather.dhi) == [150.0, 151.0]
    assert len(weather.load_w) == 0
    assert weather.where(1).endswith(":4")


def test_load_alone_and_load_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "load,time", "300,2026-06-21T11:00Z", "310,2026-06-21T11:01Z")
    assert list(read_load(path).load_w) == [300.0, 310.0]
    bad = written(tmp_path, HEADER, *(row.replace(",800,", ",oops,") for row in ROWS))
    assert list(read_load(bad).load_w) == [300.0, 310.0, 2300.0]  # weather is not looked at
    bad = written(tmp_path, HEADER, *(row + "oops" for row in ROWS))
    assert len(read_weather(bad, load=False).load_w) == 0


def rows(*minutes: int, load: str = "300") -> list[str]:
    return [f"2026-06-21T{11 + m // 60}:{m % 60:02d}Z,{800 + m},700,150,20,{load}" for m in minutes]


def test_gaps_up_to_15_minutes_are_filled_and_counted(tmp_path: Path) -> None:
    weather = read_weather(written(tmp_path, HEADER, *rows(0, 1, 17, 18)))
    assert len(weather) == 19
    assert list(weather.ghi) == pytest.approx([800.0 + m for m in range(19)])
    assert weather.filled == 15 * 5
    assert [weather.lines[k] for k in (1, 2, 16, 17, 18)] == [3, 4, 4, 4, 5]
    with pytest.raises(ConfigError, match=r"w\.csv:4: a gap of 16 min .* split the file there"):
        read_weather(written(tmp_path, HEADER, *rows(0, 1, 18, 19)))


def test_empty_cells_are_gaps_too(tmp_path: Path) -> None:
    empty = [r if k in {0, 16} else r.replace(f",{800 + k},", ",,") for k, r in
             enumerate(rows(*range(17)))]  # fmt: skip
    weather = read_weather(written(tmp_path, HEADER, *empty))
    assert weather.filled == 15
    assert list(weather.ghi) == pytest.approx([800.0 + m for m in range(17)])
    empty = [r if k in {0, 17} else r.replace(f",{800 + k},", ",,") for k, r in
             enumerate(rows(*range(18)))]  # fmt: skip
    with pytest.raises(ConfigError, match=r"w\.csv:19: a gap of ghi of 16 min"):
        read_weather(written(tmp_path, HEADER, *empty))
    with pytest.raises(ConfigError, match=r"w\.csv:2: ghi is empty at the file's beginning"):
        read_weather(written(tmp_path, HEADER, ROWS[0].replace(",800,", ",,"), *ROWS[1:]))
    with pytest.raises(ConfigError, match=r"w\.csv:4: load is empty at the file's end"):
        read_weather(written(tmp_path, HEADER, *ROWS[:2], ROWS[2].replace(",2300", ",")))


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (",810,", ",abc,", r":3: ghi 'abc' is no number: write one"),
        (",810,", ",nan,", r":3: ghi 'nan' is no number"),
        (",810,", ",inf,", r":3: ghi 'inf' is no number"),
        (",810,", ",-0.1,", r":3: ghi -0.1 W/m2 is below 0: write 0"),
        (",810,", ",1600.1,", r":3: ghi 1600.1 W/m2 is outside 0 to 1600"),
        (",710,", ",1421,", r":3: dni 1421 W/m2 is outside"),
        (",20.5,310", ",60.1,310", r":3: air_temperature 60.1 degC is outside -60 to 60"),
        (",20.5,310", ",-60.1,310", r":3: air_temperature -60.1 degC is outside -60 to 60"),
        (",310", ",100001", r":3: load 100001 W is outside 0 to 100000 W: mend it"),
        (",310", ",-1", r":3: load -1 W is below 0"),
        (",310", "", r":3: 5 cells under 6 columns: mend this line"),
        (",310", ",310,1", r":3: 7 cells under 6 columns"),
        ("T11:01Z", "T11:01", r":3: time 2026-06-21T11:01 without a zone: add Z"),
        ("2026-06-21T11:01Z", "21.6.2026 11:01", r":3: no time: .* write it like 2026-"),
        ("T11:01Z", "T11:00Z", r":3: time .* is not after the row before: sort"),
        ("T11:01Z", "T10:59Z", r":3: time .* is not after the row before"),
        ("T11:01Z", "T11:00:30Z", r":3: a step of 30 s: rows must be 60 to 3600 s apart"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, was: str, now: str, told: str) -> None:
    assert was in ROWS[1]
    path = written(tmp_path, HEADER, ROWS[0], ROWS[1].replace(was, now), ROWS[2])
    with pytest.raises(ConfigError, match=r"w\.csv" + told):
        read_weather(path)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (",810,", ",0,"),
        (",810,", ",1600,"),
        (",20.5,310", ",60,310"),
        (",20.5,310", ",-60,310"),
        (",310", ",100000"),
    ],
)
def test_the_bounds_themselves_are_taken(tmp_path: Path, was: str, now: str) -> None:
    assert len(read_weather(written(tmp_path, HEADER, ROWS[0], ROWS[1].replace(was, now)))) == 2


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([""], r":1: empty: the first line must name columns, like time,ghi"),
        ([HEADER], r":1: only 0 rows of numbers: at least 2"),
        ([HEADER, ROWS[0]], r":2: only 1 rows of numbers"),
        (["time,ghi,dni,dhi", ROWS[0]], r":1: no column air_temperature: add it"),
        (["time;ghi;dni;dhi;air_temperature", ""], r":1: unknown column .* commas between"),
        ([HEADER + ",wind", ""], r":1: unknown column 'wind'"),
        ([HEADER + ",ghi", ""], r":1: column ghi stands there twice"),
        (ROWS, r":1: unknown column '2026-06-21T11:00Z'"),
    ],
)
def test_a_bad_head_or_length_is_named(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=r"w\.csv" + told):
        read_weather(written(tmp_path, *lines))


def test_uneven_steps_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, *rows(0, 2, 4, 7))
    with pytest.raises(ConfigError, match=r"w\.csv:5: 180 s after .* step is 120 s"):
        read_weather(path)
    hours = [row.replace("T11:", "T09:") for row in rows(0)] + rows(0)
    with pytest.raises(ConfigError, match=r"w\.csv:3: a step of 7200 s"):
        read_weather(written(tmp_path, HEADER, *hours))


def test_what_is_no_file_no_text_no_gzip(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read \(No such file"):
        read_weather(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00time")
    with pytest.raises(ConfigError, match=r"bytes\.csv: is not text"):
        read_weather(tmp_path / "bytes.csv")
    (tmp_path / "plain.csv.gz").write_text(HEADER)
    with pytest.raises(ConfigError, match=r"plain\.csv\.gz: cannot be unpacked"):
        read_weather(tmp_path / "plain.csv.gz")
    whole = written(tmp_path, HEADER, *ROWS, packed=True)
    whole.write_bytes(whole.read_bytes()[:-12])
    with pytest.raises(ConfigError, match=r"w\.csv\.gz: cannot be unpacked"):
        read_weather(whole)


@pytest.mark.parametrize("name", MONTHS)
def test_a_real_month_is_whole(name: str) -> None:
    weather = measured_month(name)
    assert len(weather) == 31 * 1440
    assert weather.filled == 0
    assert datetime.fromtimestamp(weather.start_utc_s, UTC).day == 1
    assert len(weather.load_w) == len(weather)
