"""What is told of a measured regulator, and the picture of it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from matplotlib.image import imread

from pvopt.calibration.shapes import DOWN, UP, End, Point
from pvopt.errors import StoreError
from pvopt.show.calibration import Measured
from pvopt.show.plots_calibration import DPI, SIZE_IN, draw_calibration
from pvopt.show.words.calibration import ENDS


def cosine(pct: float) -> float:
    return 1000.0 * (1.0 - math.cos(math.pi * min(100.0, max(0.0, pct)) / 100.0))


def measured(play_pct: float = 0.0, max_w: float = 2000.0) -> Measured:
    places = [5.0 * k for k in range(1, 21)]
    points = [Point(pct, cosine(pct + play_pct), DOWN) for pct in places]
    points += [Point(pct, cosine(pct - play_pct), UP) for pct in places]
    return Measured("boiler", points, max_w, lambda pct: 20.0 * pct)


@pytest.mark.parametrize(("repeated", "words"), [(0, ""), (1, "one block"), (3, "3 blocks")])
def test_what_was_disturbed_is_told(repeated: int, words: str) -> None:
    assert words in measured().report(repeated)[0]
    assert ("block" in measured().report(repeated)[0]) == bool(repeated)


@pytest.mark.parametrize(("max_w", "told"), [(2060.0, False), (2070.0, True)])
def test_a_wrong_plate_is_told(max_w: float, told: bool) -> None:
    assert ("max_w: 2000" in measured(max_w=max_w).report(0)[1]) == told


@pytest.mark.parametrize(("play_pct", "told"), [(0.2, False), (1.5, True)])
def test_play_is_told(play_pct: float, told: bool) -> None:
    assert ("from_below" in "\n".join(measured(play_pct).report(0))) == told


def test_the_table_of_misfits() -> None:
    """A straight line is up to 10.5 % of full off a cosine, at 20 and 80 %."""
    rows = {line[:36].strip(): line[36:].split() for line in measured().report(0)}
    assert rows["monotone curve"] == ["0.0", "%", "0.0", "%"]
    kept = next(name for name in rows if name.startswith("its "))
    assert 0.1 <= float(rows[kept][2]) <= 0.5
    assert rows["the configuration's present curve"][2] == "10.5"
    assert float(rows["polynomial of degree 5"][2]) < 0.2


def test_the_file_goes_from_full_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    measured().write_csv(path)
    lines = path.read_text().splitlines()
    assert (lines[0], lines[10], lines[-1]) == ("100;2000.0", "50;1000.0", "0;0.0")


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    for write in (measured().write_csv, lambda path: draw_calibration(measured(), path)):
        with pytest.raises(StoreError, match="cannot be written"):
            write(tmp_path / "none" / "b.png")


def test_the_picture(tmp_path: Path) -> None:
    draw_calibration(measured(1.5), tmp_path / "b.png")
    pixels = imread(tmp_path / "b.png")
    assert pixels.shape == (round(SIZE_IN[1] * DPI), round(SIZE_IN[0] * DPI), 4)
    whole = (255.0 * pixels[..., :3]).round()
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73)):
        assert (whole == colour).all(axis=-1).any()


def test_every_early_end_has_its_words() -> None:
    assert set(ENDS) == set(End) - {End.DONE, End.WATCHED}
    assert all(words.format(max_w=2000.0) for words in ENDS.values())
