"""The boards, held against Grafana's own description of a board and of its panels.

It publishes that as types of TypeScript; the compiler then finds what is missing, misspelt or none
of the words that are allowed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.grafana import board
from tests.npm import packages
from tests.tools.boards.queries import DIALECTS

pytestmark = pytest.mark.timeout(360)

WANTED = ("@grafana/schema@13.2.3", "typescript@5.9.3")
RAW = "@grafana/schema/dist/esm/raw"
PANELS = {
    "stat": "Stat",
    "gauge": "Gauge",
    "timeseries": "TimeSeries",
    "state-timeline": "StateTimeline",
}
# Words are written as such and not as members of an enumeration. A state timeline may connect what
# is apart, though its description leaves that out.
HEAD = """
type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? Plain<U>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Spans = { spanNulls?: boolean | number };
"""
SETTINGS = {
    "strict": True, "noEmit": True, "skipLibCheck": True, "module": "nodenext",
    "moduleResolution": "nodenext", "target": "es2022", "types": [],
}  # fmt: skip


def imported() -> Iterator[str]:
    yield f'import type {{ Dashboard }} from "{RAW}/dashboard/x/Dashboard_types.gen";'
    for name in PANELS.values():
        path = f"{RAW}/composable/{name.lower()}/panelcfg/x/{name}PanelCfg_types.gen"
        yield f'import type * as {name} from "{path}";'


def stated(name: str, document: dict[str, Any]) -> Iterator[str]:
    """A board, and what each of its panels keeps for its kind."""
    yield f"export const {name}: Plain<Dashboard> = {json.dumps(document)};"
    for panel in document["panels"]:
        if panel["type"] == "row":
            continue
        kind, number = PANELS[panel["type"]], panel["id"]
        options = json.dumps(panel["options"])
        yield f"export const {name}_o{number}: Plain<Partial<{kind}.Options>> = {options};"
        if custom := panel["fieldConfig"]["defaults"]["custom"]:
            words = f"Plain<{kind}.FieldConfig> & Spans = {json.dumps(custom)}"
            yield f"export const {name}_c{number}: {words};"


def complaints(folder: Path, boards: dict[str, dict[str, Any]]) -> str:
    """What the compiler has against them; empty: nothing."""
    (folder / "node_modules").symlink_to(packages("pvopt-grafana", *WANTED))
    lines = [*imported(), HEAD, *(line for one in boards.items() for line in stated(*one))]
    (folder / "boards.ts").write_text("\n".join(lines))
    settings = {"compilerOptions": SETTINGS, "files": ["boards.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    node = shutil.which("node")
    assert node, "this test needs node, which comes with npm: bash tests/run.sh installs it"
    done = subprocess.run(
        [node, "node_modules/typescript/bin/tsc", "-p", "."],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_grafana_has_nothing_against_the_boards(tmp_path: Path) -> None:
    assert complaints(tmp_path, {name: board(name) for name in DIALECTS}) == ""


def test_the_description_would_find_something(tmp_path: Path) -> None:
    """A check that lets everything pass would be none."""
    extra, place, word, kind = (board("influx") for _ in range(4))
    extra["graphTooltips"] = 1
    place["panels"][1]["gridPos"]["width"] = 4
    word["panels"][1]["options"]["colorMode"] = "valeu"
    kind["templating"]["list"][1]["type"] = "querry"
    found = complaints(tmp_path, {"extra": extra, "place": place, "word": word, "kind": kind})
    for wrong in ("graphTooltips", '"width"', '"valeu"', '"querry"'):
        assert wrong in found
    assert len(found.splitlines()) == 4
