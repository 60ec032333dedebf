"""The table and the CSV of a sweep, and its picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from pvopt.benchmarks.plots_sweep import MOST_LINES, draw_sweep, positions
from pvopt.benchmarks.sweep_table import Row, as_csv, meanings, table
from pvopt.benchmarks.sweep_work import Figures
from pvopt.errors import StoreError
from tests.unit.benchmarks.sweep_samples import figures

PATHS = ["demo.battery_wh", "demo.feed_in_cap_w"]


def rows() -> list[Row]:
    return [Row((size, cap), figures(float(size) / 100.0)) for size in ("2400", "4800")
            for cap in ("", "900")]  # fmt: skip


def test_table() -> None:
    lines = table(PATHS, rows(), "CZK")
    assert len(lines) == 3 + 4
    assert lines[0].split()[:4] == ["battery_wh", "feed_in_cap_w", "bill", "saved"]
    assert "CZK" in lines[1]
    assert lines[3].split()[:4] == ["2400", "none", "24.00", "25.00"]
    assert len({len(line) for line in lines[3:]}) == 1


def test_paths_of_one_last_word_are_told_in_full() -> None:
    line = table(["site.planes.0.tilt_deg", "site.planes.1.tilt_deg"], [], "EUR")[0]
    assert line.split()[:2] == ["site.planes.0.tilt_deg", "site.planes.1.tilt_deg"]


def test_nothing_is_never_minus_nothing() -> None:
    line = table(["demo.tank_l"], [Row(("9",), figures(0.0)._replace(bill=-1e-9))], "EUR")[-1]
    assert line.split()[1] == "0.00"


def test_every_column_is_explained() -> None:
    text = "\n".join(meanings("45 °C", "EUR"))
    for head in ("bill", "saved", "bought", "hot", "sun heat", "caught", "not solar"):
        assert f"\n{head}" in f"\n{text}"


def test_csv_has_every_figure() -> None:
    lines = as_csv(PATHS, rows()).splitlines()
    assert lines[0].split(",") == [*PATHS, *Figures._fields]
    assert lines[1].startswith("2400,,24,25,")
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["100", "9", "9"], {"100": 100.0, "9": 9.0}),
        (["clear", "broken"], {"clear": 0.0, "broken": 1.0}),
        (["", "900"], {"": 0.0, "900": 1.0}),
        (["nan", "1"], {"nan": 0.0, "1": 1.0}),
    ],
)
def test_where_values_stand(values: list[str], expected: dict[str, float]) -> None:
    assert positions(values) == expected


def colours(path: Path) -> int:
    """How many there are in every sixth row."""
    return len(np.unique(imread(path)[::6].reshape(-1, 4), axis=0))


@pytest.mark.parametrize("count", [2, MOST_LINES + 1])
def test_picture(tmp_path: Path, count: int) -> None:
    """A line for each of a few others, a band for many."""
    made = [
        Row((str(size), str(seed)), figures(size / 100.0 + seed))
        for size in (2400, 4800, 9600)
        for seed in range(count)
    ]
    path = tmp_path / "sweep.png"
    draw_sweep(["demo.battery_wh", "demo.seed"], made, "EUR", "Money", path)
    assert colours(path) > 20


def test_one_variant_alone_has_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "sweep.png"
    draw_sweep(["demo.tank_l"], [Row(("200",), figures(1.0))], "EUR", "Money", path)
    assert path.stat().st_size > 1000


def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        draw_sweep(["demo.tank_l"], rows()[:1], "EUR", "", tmp_path / "none" / "sweep.png")
