"""Keys that are put over those of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.config.faults import InvalidConfigError
from pvopt.config.put import load_with

FILE = Path(__file__).parents[3] / "Files" / "config.yaml"


def test_an_item_by_its_name() -> None:
    found = load_with(FILE, [("loads.boiler.max_w", "1200")])
    assert found.loads[0].max_w == 1200.0


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("loads.bolier.max_w", "the file has 1 of them, counted from 0; by name: boiler"),
        ("site.planes.1.peak_w", "the file has 1 of them, counted from 0"),
    ],
)
def test_an_item_that_is_not_there(path: str, words: str) -> None:
    with pytest.raises(InvalidConfigError) as raised:
        load_with(FILE, [(path, "1200")])
    assert str(raised.value).endswith(words)
