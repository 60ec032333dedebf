"""The shipped files: they load, explain every key with its bounds, and state the true defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import attrs
import pytest

from pvopt.config.bounds import Range
from pvopt.config.control import Control
from pvopt.config.load import load, load_text
from pvopt.config.outputs import Relay
from pvopt.config.scalars import number_words
from pvopt.config.schema import Config
from pvopt.config.structure import field_types
from pvopt.settings_of import least_times

ROOT = Path(__file__).parents[3]
FILES = [ROOT / "Files/config.yaml", *sorted((ROOT / "Files/examples").glob("*.yaml"))]
ENVIRON = {"VRM_TOKEN": "token"}  # what else an example asks for has a default
KEY_LINE = re.compile(r"^ *(?:- )?#?(?:- )?(\w+):(?: |$)([^#]*)(?:#(.*))?")
DISABLED = re.compile(r"^( *)#(?=[a-z]\w*:)", re.MULTILINE)


def classes(kind: Any = Config) -> Iterator[type]:
    """Every parameter class below ``kind``."""
    if isinstance(kind, type) and attrs.has(kind):
        yield kind
        for inner in field_types(kind).values():
            yield from classes(inner)
    else:
        for inner in get_args(kind):
            yield from classes(inner)


def explained(text: str) -> Iterator[tuple[str, str, str]]:
    """``(key, what stands behind it, explanation)``: the comment beside and just above a key."""
    above: list[str] = []
    for line in text.splitlines():
        comment = re.match(r"^ *# (.*)", line)
        found = KEY_LINE.match(line)
        if comment:
            above.append(comment[1])
        elif found:
            yield found[1], found[2].strip(), " ".join([*above, found[3] or ""]).strip()
            above = []
        else:
            above = []


EXPLAINED: dict[str, list[str]] = {}
for _path in FILES:
    for _key, _, _words in explained(_path.read_text(encoding="utf-8")):
        if _words:
            EXPLAINED.setdefault(_key, []).append(_words)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_loads(path: Path) -> None:
    load(path, ENVIRON)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_disabled_lines_show_the_defaults(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    enabled = DISABLED.sub(r"\1", text)
    assert load_text(enabled, path.name, ENVIRON) == load(path, ENVIRON)


def test_disabled_lines_are_found() -> None:
    count = len(DISABLED.findall(FILES[0].read_text(encoding="utf-8")))
    assert count > 80


def _bounds(kind: Any) -> Iterator[Range]:
    if get_origin(kind) is Annotated:
        yield from (note for note in get_args(kind) if isinstance(note, Range))
    for inner in get_args(kind):
        yield from _bounds(inner)


def _options(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) is Literal else ()


def _is_section(kind: Any) -> bool:
    return any(True for _ in classes(kind))


def _wanted(one: attrs.Attribute[Any], kind: Any) -> list[str]:
    """What the explanation of a key must hold: its bounds or words, and its default."""
    parts = [f"{number_words(limits.lo)} to {number_words(limits.hi)}" for limits in _bounds(kind)]
    options = _options(kind)
    parts += [", ".join(str(option) for option in options)] if len(options) > 1 else []
    if one.default is attrs.NOTHING:
        return [*parts, "required"]
    if kind is bool:
        parts.append("true, false")
    if one.default is None:
        return [*parts, "default empty"]
    if one.default == ():
        return [*parts, "default"]
    shown = str(one.default).lower() if isinstance(one.default, bool) else str(one.default)
    shown = number_words(one.default) if isinstance(one.default, float) else shown
    return [*parts, f"default {shown}" if shown else 'default ""']


KEYS = [
    pytest.param(cls, one, kinds[one.name], id=f"{cls.__name__}.{one.name}")
    for cls in dict.fromkeys(classes())
    for kinds in [field_types(cls)]
    for one in attrs.fields(cls)
    if one.name != "kind" and not (_is_section(kinds[one.name]) and one.name != "chargers")
]


@pytest.mark.parametrize(("cls", "one", "kind"), KEYS)
def test_every_key_is_explained(cls: type, one: attrs.Attribute[Any], kind: Any) -> None:
    wanted = _wanted(one, kind)
    texts = EXPLAINED.get(one.name, [])
    assert texts, f"{one.name} of {cls.__name__} stands in no shipped file"
    assert any(all(part in text for part in wanted) for text in texts), (wanted, texts)


def test_every_section_stands_in_a_shipped_file() -> None:
    every = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    for cls in dict.fromkeys(classes()):
        for name, kind in field_types(cls).items():
            if _is_section(kind):
                assert re.search(rf"^ *(- )?{name}:", every, re.MULTILINE), name


def test_every_kind_is_named() -> None:
    words = " ".join(" ".join(texts) for texts in EXPLAINED.values())
    every = words + "".join(path.read_text(encoding="utf-8") for path in FILES)
    for cls in dict.fromkeys(classes()):
        for kind in _options(field_types(cls).get("kind")):
            assert kind in every


def test_first_start_is_a_demonstration() -> None:
    config = load(FILES[0], {})
    assert config.demo is not None
    assert config.gpio.factory == "mock"


def test_the_demonstration_waits_less_than_a_real_relay_should() -> None:
    """Two minutes of it must heat; whoever makes it real is told to remove the line."""
    text = FILES[0].read_text(encoding="utf-8")
    shown = load(FILES[0], {})
    assert shown.control.enable_delay_s + least_times(shown.loads[0]).min_off_s <= 20
    above, found, rest = text.partition("        min_off_s: 15\n")
    assert found
    assert above.splitlines()[-1].endswith("REAL remove the line.")
    text = above + rest
    real = load_text(text, "config.yaml", {})
    assert real.control == Control()
    assert real.loads[0].output.relays == (Relay(pin=17),)


def test_examples_are_the_real_thing() -> None:
    for path in FILES[1:]:
        config = load(path, ENVIRON)
        assert config.demo is None
        assert config.gpio.factory == "lgpio"
        assert config.control.enable_delay_s == Control().enable_delay_s
        relays = [relay for one in config.loads for relay in one.output.relays]
        assert {relay.min_off_s for relay in relays} <= {Relay(pin=4).min_off_s}


def test_the_real_thing_is_a_few_edited_lines() -> None:
    text = FILES[0].read_text(encoding="utf-8")
    real = text[: text.rindex("# REAL remove this section")]
    real = real.replace("host: 127.0.0.1", "host: 192.168.1.20").replace(
        "factory: mock", "factory: lgpio"
    )
    config = load_text(real, "config.yaml", {})
    assert (config.demo, config.gpio.factory) == (None, "lgpio")
