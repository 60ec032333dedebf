"""The picture of `benchmark ladder` is drawn, whatever ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.benchmarks.ladder import LAWS
from pvopt.benchmarks.ladder_loads import NAMES
from tests.unit.benchmarks.test_ladder_table import ROW

pytest.importorskip("matplotlib", reason="matplotlib is not installed:  . ./env.sh sim")


@pytest.mark.parametrize("tables", [NAMES[:1], NAMES])
@pytest.mark.parametrize("homes", [("dc-feed",), ("dc-zero", "dc-feed", "ac-zero")])
def test_a_picture(tables: tuple[str, ...], homes: tuple[str, ...], tmp_path: Path) -> None:
    from pvopt.benchmarks.plots_ladder import draw

    rows = [
        ROW._replace(home=home, table=table, law=law)
        for table in tables
        for home in homes
        for law in LAWS
    ]
    path = tmp_path / "ladder.png"
    draw(rows, "Six loads", path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_nothing_caught_is_drawn_too(tmp_path: Path) -> None:
    from pvopt.benchmarks.plots_ladder import draw

    dark = ROW._replace(heat_kwh=0.0, kwh=(0.0,) * 6)
    draw([dark], "A dark day", tmp_path / "ladder.png")
    assert (tmp_path / "ladder.png").exists()
