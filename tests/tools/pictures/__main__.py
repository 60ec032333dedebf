"""Draw the pictures of the README anew:   python -m tests.tools.pictures"""

from __future__ import annotations

from pathlib import Path

from tests.tools.pictures.all import PICTURES

for name, draw in PICTURES.items():
    Path(__file__).parents[3].joinpath("Pics", name).write_text(draw(), encoding="utf-8")
