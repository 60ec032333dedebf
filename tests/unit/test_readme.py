"""The README promises nothing that is not there: files, commands, options, keys, log sentences."""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import shlex
import types
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import attrs
import pytest

from pvopt.act.curve import Curve
from pvopt.act.travel import Travel
from pvopt.commands.cli import COMMANDS
from pvopt.config import outputs
from pvopt.config.schema import Config
from pvopt.config.structure import field_types
from pvopt.config.webhooks import Event
from pvopt.model import Alarm, Reason, Why
from pvopt.show.words import sentence
from tests.tools.pictures.all import PICTURES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", README, re.DOTALL)
SNIPPETS = [block or inline for block, inline in CODE]
OURS = re.compile(r"(?<![\w/.-])((?:Files|Pics|pvopt|tests)/[\w./-]+|env\.sh|main\.py|LICENSE)")
TOPIC = re.compile(r"pvopt/(availability|(\w+/)?(set|status))", re.ASCII)
SVG = "{http://www.w3.org/2000/svg}"


def section(title: str) -> str:
    """Text from a heading to the next one of the same rank."""
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE
    )
    assert found, f"the README has no section {title!r}"
    return found[1]


def table(text: str) -> list[list[str]]:
    """The cells of every row of the tables in a text, headings left out."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows]


# -- files and links ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({hit.rstrip("./") for hit in OURS.findall(README)}))
def test_every_file_that_is_named_exists(name: str) -> None:
    if name == "pvopt/my-home.yaml":  # the reader's own
        return
    if not TOPIC.fullmatch(name):
        assert (ROOT / name).exists()


def anchor(heading: str) -> str:
    """How GitHub names a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_link_within_leads_somewhere() -> None:
    anchors = {anchor(one) for one in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert links
    assert set(links) <= anchors


# -- commands ----------------------------------------------------------------------------------


def command_lines() -> Iterator[list[str]]:
    for snippet in SNIPPETS:
        for line in snippet.splitlines():
            for hit in re.findall(r"python main\.py([^&\n]*)", line):
                yield shlex.split(hit, comments=True)


UNIQUE_LINES = sorted({tuple(words) for words in command_lines()})


@pytest.mark.parametrize("line", UNIQUE_LINES, ids=lambda line: " ".join(line) or "bare")
def test_every_command_is_understood(line: tuple[str, ...]) -> None:
    words = list(line)
    if words == ["--help"]:
        return
    name = words.pop(0) if words and not words[0].startswith("-") else "run"
    assert name in COMMANDS
    parser = argparse.ArgumentParser(exit_on_error=False)
    importlib.import_module(COMMANDS[name][0]).add_arguments(parser)
    if name != "migrate" or words:  # named alone in prose
        parser.parse_args(words)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"python main.py {name}" in README


def test_options_of_run_are_all_named() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    importlib.import_module(COMMANDS["run"][0]).add_arguments(parser)
    options = re.findall(r"--[a-z-]+", parser.format_usage())
    assert options
    assert [option for option in options if f"`{option}" not in README] == []


def test_both_first_commands_stand_at_the_beginning() -> None:
    assert ". ./env.sh && python main.py\n" in section("Try it now")
    assert "bash tests/run.sh" in section("Try it now")


# -- configuration -----------------------------------------------------------------------------


def classes_of(kind: Any) -> Iterator[type]:
    """The parameter classes within an annotation."""
    if isinstance(kind, type) and attrs.has(kind):
        yield kind
    elif get_origin(kind) in (Union, types.UnionType, tuple, Annotated):
        for inner in get_args(kind):
            yield from classes_of(inner)


def fields_at(path: str) -> list[attrs.Attribute[Any]]:
    """The fields that a dotted key may mean: several where a list has several kinds."""
    *sections, last = path.split(".")
    here: list[type] = [Config]
    for name in sections:
        here = [found for one in here for found in classes_of(field_types(one).get(name))]
    found = [attrs.fields_dict(one).get(last) for one in here]
    return [one for one in found if one is not None]


def shown(default: object) -> str:
    """A default as the README writes it."""
    if default is attrs.NOTHING:
        return "required"
    if default is None:
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, int | float) else str(default)


KEY_ROWS = [row for row in table(section("Configuration")) if re.fullmatch(r"`[a-z_.]+`", row[0])]


@pytest.mark.parametrize("row", KEY_ROWS, ids=lambda row: row[0])
def test_keys_exist_and_have_the_default_that_is_told(row: list[str]) -> None:
    fields = fields_at(row[0].strip("`"))
    assert row[1] in {shown(one.default) for one in fields}


def test_the_table_of_keys_is_found() -> None:
    assert len(KEY_ROWS) > 25


def all_names(kind: type) -> Iterator[str]:
    for name, inner in field_types(kind).items():
        yield name
        for one in classes_of(inner):
            yield from all_names(one)


def test_keys_in_prose_exist() -> None:
    names = set(all_names(Config))
    inline = {one for one in SNIPPETS if re.fullmatch(r"[a-z]+_[a-z_]+(: \w+)?", one)}
    words = {one.split(":")[0] for one in inline} - {"strict_gpiod"}
    values = {"active_high", "active_low", "released_when_off", "per_phase", "summed"}
    values |= {"on_off", "on_time", "toggle_after"}  # what is sent, and what devices hear
    values |= set(get_args(Event))
    assert words - values <= names
    assert words & names


# -- what the log says -------------------------------------------------------------------------


def sentences() -> list[str]:
    """Every text in the package, f-strings in pieces."""
    found = []
    for path in (ROOT / "pvopt").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.sub(r"\{[^}]*\}", "…", node.value))
    alarms = [Reason(Why.ALARM, (("alarm", float(alarm)),)) for alarm in Alarm]
    return found + [sentence(reason) for reason in alarms]


SAYINGS = [row[0].strip("`") for row in table(section("Troubleshooting")) if row[0].startswith("`")]


@pytest.fixture(scope="module")
def said() -> str:
    return "\n".join(sentences())


@pytest.mark.parametrize("saying", SAYINGS)
def test_sentences_to_look_up_are_really_said(saying: str, said: str) -> None:
    pieces = [piece.strip() for piece in saying.split("…")]
    assert [piece for piece in pieces if piece not in said] == []


# -- numbers and pictures ----------------------------------------------------------------------


def test_worked_number_of_knob_and_pulse() -> None:
    """720 W of a 2000 W heater: 41 %, 1335 µs, in README and picture."""
    pct = Curve.from_config(outputs.Curve(), 2000.0).position_pct(720.0)
    travel = Travel.from_config(outputs.Servo(pin=18))
    width_us = travel.min_us + travel.share(pct) * (travel.max_us - travel.min_us)
    words = f"knob at {pct:.0f} %"
    for text in (README, PICTURES["flow.svg"]()):
        assert words in text
        assert f"pulse of {width_us:.0f} µs" in text


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_as_they_are_drawn(name: str) -> None:
    """Draw anew with `python -m tests.tools.pictures`."""
    assert (ROOT / "Pics" / name).read_text(encoding="utf-8") == PICTURES[name]()


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_whole_and_have_their_own_background(name: str) -> None:
    root = ET.fromstring(PICTURES[name]())
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title") is not None
    width, height = (float(part) for part in root.attrib["viewBox"].split()[2:])
    paper = next(root.iter(f"{SVG}rect"))
    assert (float(paper.attrib["width"]), float(paper.attrib["height"])) == (width, height)
    for words in root.iter(f"{SVG}text"):
        assert 0 < float(words.attrib["x"]) < width
        assert 0 < float(words.attrib["y"]) < height


def test_files_in_the_flow_picture_exist() -> None:
    root = ET.fromstring(PICTURES["flow.svg"]())
    texts = [words.text or "" for words in root.iter(f"{SVG}text")]
    names = [text for text in texts if re.fullmatch(r"[a-z_/]+\.py|[a-z_/]+/", text)]
    assert len(names) > 8
    assert [name for name in names if not (ROOT / "pvopt" / name).exists()] == []


def test_every_picture_is_shown() -> None:
    shown_ones = set(re.findall(r"!\[[^]]+\]\(Pics/([\w.-]+)\)", README))
    assert shown_ones == {path.name for path in (ROOT / "Pics").iterdir()}
