"""Writes the boards of Files/grafana/:   python -m tests.tools.boards"""

from __future__ import annotations

import json
from pathlib import Path

from tests.tools.boards.board import board
from tests.tools.boards.queries import DIALECTS

FOLDER = Path(__file__).parents[3] / "Files" / "grafana"


def main() -> None:
    for dialect in DIALECTS:
        text = json.dumps(board(dialect), indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"pvopt-{dialect}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
