"""The README's table of `benchmark control`, out of the rows of one or two runs.

  python -m tests.tools.benchmark_table summer.json spring.json

writes, for each home and age, "caught / not solar" of the laws that a reader knows, as Markdown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LAWS = ("pvopt-digital", "pvopt-servo", "evcc", "s2", "victron-ol", "mk2", "yasolr")
Rows = list[dict[str, Any]]


def lines(named: Sequence[tuple[str, Rows]], age: int) -> list[str]:
    """Markdown for data of one age; a line for each home and file."""
    laws = [*LAWS, "frontier"] if age > 1 else list(LAWS)
    made = [f"| data {age} s old | {' | '.join(laws)} |", "|---" * (len(laws) + 1) + "|"]
    for name, rows in named:
        for home in dict.fromkeys(row["home"] for row in rows):
            cells = [_cell(rows, home, age, law) for law in laws]
            made.append(f"| {home}, {name} | {' | '.join(cells)} |")
    return made


def _cell(rows: Rows, home: str, age: int, law: str) -> str:
    for row in rows:
        if (row["home"], row["data_age_s"], row["law"]) == (home, age, law):
            bold = "**" if law.startswith("pvopt") else ""
            return f"{bold}{row['caught_pct']:.1f}{bold} / {row['not_solar_pct']:.1f}"
    return ""


def main(paths: Sequence[str]) -> None:
    """Print the tables of both ages."""
    named = [
        (Path(path).stem, json.loads(Path(path).read_text(encoding="utf-8"))["rows"])
        for path in paths
    ]
    for age in (1, 60):
        sys.stdout.write("\n".join([*lines(named, age), "", ""]))


if __name__ == "__main__":
    main(sys.argv[1:])
