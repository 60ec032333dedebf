"""The picture of a day is made, has its size, and is not blank."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from matplotlib.image import imread

from pvopt.errors import StoreError
from pvopt.show.plots_day import DPI, SIZE_IN, draw_day
from pvopt.simulator.daybook import Day, Minute

MIDNIGHT_S = datetime(2026, 6, 20, 22, tzinfo=UTC).timestamp()


def some_day(minutes: int = 1440, cut: bool = False, full: bool = False) -> Day:
    made = Day("2026-06-21", MIDNIGHT_S, MIDNIGHT_S + 86400.0)
    for k in range(minutes):
        sun_w = max(0.0, 3000.0 - 8.0 * abs(k - 720))
        heat_w = 0.5 * sun_w
        made.minutes.append(
            Minute(
                MIDNIGHT_S + 60.0 * (k + 1), sun_w, 0.9 * sun_w, 350.0, heat_w, 0.55 * sun_w,
                heat_w, 500.0 - k, 10.0, 80.0, 50.0, not (cut and 700 <= k < 730), full and k > 900,
            )
        )  # fmt: skip
    return made


def colours(path: Path) -> set[tuple[float, ...]]:
    """The colours of the picture's every tenth pixel; its size is looked at, too."""
    pixels = imread(path)
    assert pixels.shape == (round(SIZE_IN[1] * DPI), round(SIZE_IN[0] * DPI), 4)
    return {tuple(pixel) for row in pixels[::10, ::10].tolist() for pixel in row}


def drawn(tmp_path: Path, day: Day) -> Path:
    path = tmp_path / "day.png"
    draw_day(day, "Europe/Prague", 45.0, "7.0 kWh of sun in the water", path)
    return path


def test_it_is_drawn_and_not_blank(tmp_path: Path) -> None:
    assert len(colours(drawn(tmp_path, some_day()))) > 20


def test_power_cuts_and_a_full_tank_show(tmp_path: Path) -> None:
    plain = drawn(tmp_path, some_day()).read_bytes()
    assert drawn(tmp_path, some_day(cut=True)).read_bytes() != plain
    assert drawn(tmp_path, some_day(full=True)).read_bytes() != plain


def test_a_day_of_one_minute_is_drawn_too(tmp_path: Path) -> None:
    assert len(colours(drawn(tmp_path, some_day(1)))) > 5


def test_a_long_headline_stays_within(tmp_path: Path) -> None:
    path = tmp_path / "day.png"
    draw_day(some_day(1), "UTC", 45.0, "a hundred on/off switches · " * 9, path)
    assert (imread(path)[:140, -10:] == 1.0).all(), "the right edge is white"
    draw_day(some_day(1), "UTC", 45.0, "", path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        draw_day(some_day(1), "UTC", 45.0, "", tmp_path / "not there" / "day.png")
