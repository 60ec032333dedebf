"""The boards for Grafana: as its model of a board wants them, and asking for what there is.

Its own types of a board are asked in tests/real/test_boards_model.py, the databases in
tests/real/test_boards.py.
"""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from pvopt.loop import Counts
from pvopt.model import Why
from pvopt.show.metrics import families
from pvopt.show.web.published import Published
from pvopt.store.influx import lines_of, score_lines
from tests.grafana import FOLDER, LABEL_VALUES, Reader, board
from tests.recorded import rich
from tests.tools.boards.board import board as made
from tests.tools.boards.queries import DIALECTS, Dialect
from tests.unit.show.test_metrics import SCORE, TOLD, Written
from tests.unit.show.web.samples import HOME, tick_at

KINDS = {"row", "stat", "gauge", "timeseries", "state-timeline"}
UNITS = {"watt", "kwatth", "celsius", "percent", "percentunit", "s", "bytes", "none"}
TOP = {
    "annotations", "description", "editable", "fiscalYearStartMonth", "graphTooltip", "id", "links",
    "panels", "refresh", "schemaVersion", "tags", "templating", "time", "timepicker", "timezone",
    "title", "uid", "version",
}  # fmt: skip
CHOSEN = {"load": ["boiler", "pool"], "storage": ["shed", "a.b"]}
BOARDS = {name: board(name) for name in DIALECTS}
each_board = pytest.mark.parametrize("name", DIALECTS)


def panels(name: Dialect) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = BOARDS[name]["panels"]
    return found


@each_board
def test_the_file_is_what_the_tool_writes(name: Dialect) -> None:
    """Else: python -m tests.tools.boards"""
    text = (FOLDER / f"pvopt-{name}.json").read_text(encoding="utf-8")
    assert text == json.dumps(made(name), indent=2, ensure_ascii=False) + "\n"


@each_board
def test_a_board_has_what_grafana_knows(name: Dialect) -> None:
    document = BOARDS[name]
    assert set(document) == TOP
    assert document["id"] is None  # of the database that it is imported into
    assert re.fullmatch(r"[A-Za-z0-9_-]{8,40}", document["uid"])
    assert document["schemaVersion"] >= 39
    numbers = [panel["id"] for panel in panels(name)]
    assert len(set(numbers)) == len(numbers)


@each_board
def test_panels_lie_beside_each_other(name: Dialect) -> None:
    for panel in panels(name):
        place = panel["gridPos"]
        assert set(place) == {"x", "y", "w", "h"}
        assert place["x"] >= 0 and place["h"] > 0 and place["w"] > 0
        assert place["x"] + place["w"] <= 24, panel["title"]
    for one, other in combinations(panels(name), 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = (
            a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        )  # fmt: skip
        assert apart, (one["title"], other["title"])


@each_board
def test_each_panel_asks_the_chosen_database(name: Dialect) -> None:
    database = {"uid": "${DS_PVOPT}", "type": "influxdb" if name == "influx" else "prometheus"}
    for panel in panels(name):
        assert panel["type"] in KINDS
        if panel["type"] == "row":
            continue
        assert panel["datasource"] == database
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        refs = [target["refId"] for target in panel["targets"]]
        assert refs and len(set(refs)) == len(refs)
        for target in panel["targets"]:
            assert target["datasource"] == database
            assert ("query" if name == "influx" else "expr") in target
        for override in panel["fieldConfig"]["overrides"]:
            assert override["matcher"]["id"] in {"byName", "byRegexp"}


@each_board
def test_every_variable_is_there(name: Dialect) -> None:
    document = BOARDS[name]
    source, *others = document["templating"]["list"]
    assert (source["name"], source["type"]) == ("DS_PVOPT", "datasource")
    assert [one["name"] for one in others] == ["load", "storage"]
    reader = Reader(0.0, 3600.0, chosen=CHOSEN)
    for asked in reader.asks(document):  # KeyError: a variable that nobody knows
        assert "boiler|pool" in asked.text or "load" not in re.findall(r'"(\w+)" =~', asked.text)
        assert "$" not in asked.text.replace(")$/", "")


@each_board
def test_steps_and_colours_are_of_lines_that_exist(name: Dialect) -> None:
    for panel in panels(name):
        legends = [
            target.get("alias", target.get("legendFormat")) for target in panel.get("targets", ())
        ]
        for override in panel.get("fieldConfig", {}).get("overrides", ()):
            how, whom = override["matcher"]["id"], override["matcher"]["options"]
            if how == "byName":
                assert whom in legends, panel["title"]
            else:
                assert any(re.search(whom.strip("/"), legend) for legend in legends)


@each_board
def test_every_reason_has_a_name(name: Dialect) -> None:
    [panel] = [one for one in panels(name) if one["type"] == "state-timeline"]
    [mapping] = panel["fieldConfig"]["defaults"]["mappings"]
    assert mapping["type"] == "value"
    named = {int(code): one["text"] for code, one in mapping["options"].items()}
    assert named == {int(one): one.name.lower().replace("_", " ") for one in Why}


def test_prometheus_is_told_of_all_that_is_asked_for() -> None:
    every = {f"{one}_wh": 1.0 for one in ("pv", "load", "import", "export")}
    latest = Published(1, rich(tick_at()), TOLD, "2026-06-21", every, score=SCORE)
    told = {
        one.name
        for one in families(latest, HOME, Counts(), [Written()])
        if any(sample.number is not None for sample in one.samples)
    }
    asked = set()
    for one in Reader(0.0, 3600.0, chosen=CHOSEN).asks(BOARDS["prometheus"]):
        asked |= set(re.findall(r"\b(?:pvopt|process)_\w+", one.text))
    for variable in BOARDS["prometheus"]["templating"]["list"][1:]:
        asked |= set(LABEL_VALUES.findall(variable["query"]["query"])[0][:1])
    assert len(asked) > 25
    assert asked <= told


@pytest.mark.parametrize("name", ["influx", "victoria"])
def test_lines_hold_all_that_is_asked_for(name: Dialect) -> None:
    """``pvopt_site grid_w=1`` is pvopt_site_grid_w to VictoriaMetrics."""
    told = set()
    wh = {f"{one}_wh": 1.0 for one in ("pv", "load", "import", "export")}
    sent = lines_of(rich(tick_at()), "pvopt", wh, (("ecs", 1.0),))
    for line in (*sent, *score_lines(SCORE, "pvopt", 0.0)):
        head, fields, _ = line.decode().split(" ")
        measurement = head.partition(",")[0]
        told |= {f"{measurement}_{field.partition('=')[0]}" for field in fields.split(",")}
    asked = set()
    for one in Reader(0.0, 3600.0, chosen=CHOSEN).asks(BOARDS[name]):
        if name == "victoria":
            asked |= set(re.findall(r"\bpvopt_\w+", one.text))
        else:
            [measurement] = re.findall(r'FROM "(\w+)"', one.text)
            within = one.text.rpartition("(SELECT")[2]  # where one SELECT stands in another
            names = re.findall(r'"(\w+)"', within.partition(" FROM ")[0].partition(" AS ")[0])
            asked |= {f"{measurement}_{field}" for field in names}
    assert len(asked) > 15
    assert asked <= told
