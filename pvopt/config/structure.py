"""From the tree to the parameter classes: cattrs walks the types, our hooks read the nodes.

Hooks note each fault with its line and go on as far as they can, so that one start shows
everything that is wrong. Every object that could be built is remembered with its node:
the rules about whole objects and about the whole file look at those.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from pvopt.config.bounds import Range
from pvopt.config.curve_file import read_points
from pvopt.config.faults import Fault
from pvopt.config.outputs import Curve
from pvopt.config.rules import local_faults
from pvopt.config.rules_across import Built
from pvopt.config.scalars import (
    NotAllowedError,
    quote,
    read_choice,
    read_number,
    read_text,
    read_truth,
    suggestion,
)
from pvopt.config.schema import Config
from pvopt.config.tree import NO_NAME, Node, Rows, Scalar, Table
from pvopt.config.yaml_words import lacks_blank

Hook = Callable[[Any, Any], Any]


class _NotedError(ValueError):
    """The faults below are written down already; this only unwinds."""


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def _is_ranged(kind: Any) -> bool:
    return get_origin(kind) is Annotated


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _such_as(kind: Any) -> str:
    return "times, such as [13:00, 13:20]" if kind is str else "numbers, such as [50, 900]"


def _says_nothing(node: Node, section: bool) -> bool:
    """An empty number is "none"; an empty section is there, with its defaults (`demo:`)."""
    if not isinstance(node, Scalar) or node.fault or not node.empty:
        return False
    return bool(node.text) or not section


class Structurer:
    """One reading of one file: collects faults and what was built."""

    def __init__(self, file: str, secrets: bool = True) -> None:
        self._secrets = secrets
        self._unset: list[str] = []  # secrets that are not known and not needed
        self.faults: list[Fault] = []
        self.built: list[Built] = []
        self._file = file
        self._converter = converter = Converter(detailed_validation=True)
        converter.register_structure_hook_factory(attrs.has, self._class_hook)
        converter.register_structure_hook_factory(_is_union, self._union_hook)
        converter.register_structure_hook_factory(_is_ranged, self._number_hook)
        converter.register_structure_hook_factory(_is_tuple, self._tuple_hook)
        converter.register_structure_hook_factory(
            _is_literal, lambda kind: self._leaf(lambda node: read_choice(node, get_args(kind)))
        )
        converter.register_structure_hook(str, self._leaf(read_text))
        converter.register_structure_hook(bool, self._leaf(read_truth))
        converter.register_structure_hook(
            int, self._leaf(lambda node: read_number(node, True, None))
        )
        converter.register_structure_hook(
            float, self._leaf(lambda node: read_number(node, False, None))
        )

    def config(self, root: Table) -> Config | None:
        """The whole configuration, None where faults were noted."""
        try:
            config = self._converter.structure(root, Config)
        except ExceptionGroup:
            return None
        except _NotedError:
            return None
        return None if self.faults else config

    def _note(self, node: Node, text: str, key: str = "", line: int = 0) -> None:
        path = ".".join(part for part in (node.path, key) if part)
        if self.forgives(path):
            return
        self.faults.append(Fault(self._file, line or node.line, path, text))

    def _leaf(self, read: Callable[[Node], Any]) -> Hook:
        def hook(node: Node, _: Any) -> Any:
            try:
                return read(node)
            except NotAllowedError as wrong:
                self._note(node, str(wrong))
                raise _NotedError from wrong

        return hook

    def _number_hook(self, kind: Any) -> Hook:
        base, *notes = get_args(kind)
        bounds = next((note for note in notes if isinstance(note, Range)), None)
        return self._leaf(lambda node: read_number(node, base is int, bounds))

    def _tuple_hook(self, kind: Any) -> Hook:
        inner = get_args(kind)
        open_ended = len(inner) == 2 and inner[1] is Ellipsis

        def hook(node: Node, _: Any) -> Any:
            items = self._items(node)
            if not open_ended and len(items) != len(inner):
                self._note(node, f"must be a list of {len(inner)} {_such_as(inner[0])}")
                raise _NotedError
            wanted = [inner[0]] * len(items) if open_ended else list(inner)
            made = []
            for item, item_kind in zip(items, wanted, strict=True):
                try:
                    made.append(self._converter.structure(item, item_kind))
                except (ExceptionGroup, _NotedError):
                    continue
            if len(made) < len(items):
                raise _NotedError
            return tuple(made)

        return hook

    def _items(self, node: Node) -> list[Node]:
        if isinstance(node, Rows):
            return node.items
        if isinstance(node, Scalar) and node.empty and not node.fault:
            return []
        found = "a section of keys" if isinstance(node, Table) else "a single word"
        self._note(node, f"is {found}; a list is expected, each item behind a `-`")
        raise _NotedError

    def _union_hook(self, kind: Any) -> Hook:
        options = [option for option in get_args(kind) if option is not types.NoneType]
        optional = len(options) < len(get_args(kind))
        sections = attrs.has(options[0])
        by_kind = {
            word: option
            for option in options
            if len(options) > 1
            for word in get_args(field_types(option)["kind"])
        }

        def hook(node: Node, _: Any) -> Any:
            if optional and _says_nothing(node, sections):
                return None
            if len(options) == 1:
                return self._converter.structure(node, options[0])
            return self._converter.structure(node, self._kind_of(node, by_kind))

        return hook

    def _kind_of(self, node: Node, by_kind: dict[str, type]) -> type:
        table = self._table(node)
        allowed = f"allowed: {', '.join(by_kind)}"
        tag = table.entries.get("kind")
        unnamed = [
            option for option in by_kind.values() if getattr(option, "may_be_unnamed", False)
        ]
        if tag is None and unnamed:
            return unnamed[0]
        if tag is None:
            self._note(node, f"is missing; it says what this is; {allowed}", "kind")
            raise _NotedError
        word = tag.text if isinstance(tag, Scalar) and not tag.fault else ""
        if word not in by_kind:
            shown = quote(tag) if isinstance(tag, Scalar) else "this"
            self._note(tag, f"{shown} is not known; {allowed}{suggestion(word, list(by_kind))}")
            raise _NotedError
        return by_kind[word]

    def _table(self, node: Node) -> Table:
        if isinstance(node, Table):
            return node
        if isinstance(node, Scalar) and node.empty and not node.fault:
            return Table(node.path, node.line, {}, {})  # a section whose lines are all comments
        found = "a list" if isinstance(node, Rows) else "a single word"
        if isinstance(node, Scalar) and node.plain and lacks_blank(node.text):
            found = "a single word, for a colon needs a blank after it"
        self._note(node, f"is {found}; a section of keys is expected, each on its own line")
        raise _NotedError

    def _class_hook(self, kind: Any) -> Hook:
        kinds = field_types(kind)
        required = [
            name for name, one in attrs.fields_dict(kind).items() if one.default is attrs.NOTHING
        ]
        build = make_dict_structure_fn(
            kind, self._converter, _cattrs_detailed_validation=True, _cattrs_use_linecache=False
        )

        def hook(node: Node, _: Any) -> Any:
            table = self._table(node)
            for key, line in table.key_lines.items():
                if key not in kinds:
                    words = f"unknown key{suggestion(key, list(kinds))}"
                    self._note(table, f"{words}; known here: {', '.join(kinds)}", key, line)
            for key in required:
                if key not in table.entries:
                    self._note(table, "is missing and has no default", key)
            entries = table.entries if self._secrets else self._without(table.entries, kind)
            made = build(entries, kind)
            self.built.append(Built(made, table))
            for key, text in local_faults(made, table):
                self._note(table, text, key, _line_of(table, key))
            return self._with_points(made) if isinstance(made, Curve) else made

        return hook

    def forgives(self, path: str) -> bool:
        """Whether a key, or an item of its list, is a secret that is not known and not needed."""
        return any(path == one or path.startswith(f"{one}[") for one in self._unset)

    def _without(self, entries: dict[str, Node], kind: Any) -> dict[str, Node]:
        """The entries; secrets whose variable is not set as they are written."""
        made = dict(entries)
        for name, one in attrs.fields_dict(kind).items():
            node = entries.get(name)
            if one.repr is not False or node is None:
                continue
            items = node.items if isinstance(node, Rows) else [node]
            shown = [_as_written(item) for item in items]
            if shown != items:
                self._unset.append(node.path)
                made[name] = (
                    Rows(node.path, node.line, shown) if isinstance(node, Rows) else shown[0]
                )
        return made

    def _with_points(self, curve: Curve) -> Curve:
        """A curve with what stands in its file; the file's name counts from the configuration."""
        if not curve.file or curve.kind != "table" or curve.points:
            return curve
        points, faults = read_points(Path(self._file).parent / curve.file)
        self.faults += faults
        return attrs.evolve(curve, points=points)


def _as_written(node: Node) -> Node:
    """A text whose variables are not set, with their names; any other as it is."""
    if not isinstance(node, Scalar) or not node.fault or NO_NAME in node.fault:
        return node
    return attrs.evolve(node, text=node.shown, fault="")


def _line_of(table: Table, key: str) -> int:
    """Where a key is written; one of a section within with a dot. 0 where it is not."""
    inner, dot, rest = key.partition(".")
    below = table.entries.get(inner)
    if dot and isinstance(below, Table):
        return _line_of(below, rest) or table.key_lines.get(inner, 0)
    return table.key_lines.get(inner, 0)


def field_types(kind: Any) -> dict[str, Any]:
    """Field names with their types, annotations resolved."""
    if any(isinstance(one.type, str) for one in attrs.fields(kind)):
        attrs.resolve_types(kind)
    return {one.name: one.type for one in attrs.fields(kind)}
