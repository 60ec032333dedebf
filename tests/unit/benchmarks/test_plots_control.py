"""The picture is drawn for each age, with every law in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.benchmarks.test_tables import ROWS

pytest.importorskip("matplotlib", reason="matplotlib is not installed:  . ./env.sh sim")


def test_a_picture_is_written_and_names_every_law(tmp_path: Path) -> None:
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    from pvopt.benchmarks import plots_control

    drawn: list[Figure] = []

    class Watched(Figure):
        def savefig(self, *args: object, **kwargs: object) -> None:
            drawn.append(self)
            super().savefig(*args, **kwargs)  # type: ignore[arg-type]

    path = tmp_path / "control.png"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots_control, "Figure", Watched)
        plots_control.draw(ROWS, 1, "Data 1 s old", path)
    assert path.read_bytes()[:4] == b"\x89PNG"
    (axes,) = (one for one in drawn[0].axes if one.axison)
    assert [label.get_text() for label in axes.get_yticklabels()] == [row.law for row in ROWS]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert (
        max(bar.get_x() + bar.get_width() for bar in bars) > 200.0
    )  # mk2's bar leaves the picture
