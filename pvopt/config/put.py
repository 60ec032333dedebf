"""Single values of a configuration written over, by their path, before it is judged as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pvopt.config.faults import Fault, InvalidConfigError
from pvopt.config.parse import parse, read_text
from pvopt.config.rules_across import global_faults
from pvopt.config.schema import Config
from pvopt.config.structure import Structurer
from pvopt.config.tree import Node, Rows, Scalar, Table


def load_with(path: Path, changes: Iterable[tuple[str, str]]) -> Config:
    """The configuration in ``path`` with ``(key path, text)`` written over.

    Worked: ``("loads.boiler.max_w", "1500")``; an item of a list by its id, name or number from 0.
    Secrets are not needed, else it raises as ``load`` does.
    """
    file = str(path)
    text, faults = read_text(path)
    root = None
    if not faults:
        root, faults = parse(text, file, os.environ)
    if root is None or faults:
        raise InvalidConfigError(file, faults)
    for key, value in changes:
        put(root, key, value, file)
    structurer = Structurer(file, secrets=False)
    config = structurer.config(root)
    across = [
        Fault(file, line, key, said)
        for line, key, said in global_faults(root, structurer.built)
        if not structurer.forgives(key)
    ]
    if config is None or structurer.faults or across:
        raise InvalidConfigError(file, [*structurer.faults, *across])
    return config


def put(root: Table, path: str, text: str, file: str) -> None:
    """Write a value into the tree; sections that are not there are made. Its line is 0."""
    *way, key = path.split(".")
    section = root
    walked = ""
    for part in way:
        walked = f"{walked}.{part}" if walked else part
        section = _into(section, part, walked, file)
    section.entries[key] = Scalar(path, 0, text, True, text)
    section.key_lines[key] = 0


def _into(section: Table, part: str, walked: str, file: str) -> Table:
    if isinstance(section, _Listed):
        found = section.item(part, walked, file)
    else:
        found = section.entries.get(part, Scalar(walked, 0, "", True, ""))
        if isinstance(found, Scalar) and found.empty:
            section.entries[part] = found = Table(walked, 0, {}, {})
            section.key_lines.setdefault(part, 0)
    if isinstance(found, Rows):
        return _Listed(found)
    if not isinstance(found, Table):
        raise InvalidConfigError(file, [Fault(file, found.line, walked, "is no section of keys")])
    return found


class _Listed(Table):
    """A list on the way to one of its items."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows.path, rows.line, {}, {})
        self.rows = rows

    def item(self, part: str, walked: str, file: str) -> Node:
        for node in self._tables():
            if _named(node) == part:
                return node
        if not part.isdigit() or int(part) >= len(self.rows.items):
            words = f"the file has {len(self.rows.items)} of them, counted from 0"
            names = ", ".join(filter(None, map(_named, self._tables())))
            words += f"; by name: {names}" if names else ""
            raise InvalidConfigError(file, [Fault(file, self.rows.line, walked, words)])
        return self.rows.items[int(part)]

    def _tables(self) -> list[Table]:
        return [node for node in self.rows.items if isinstance(node, Table)]


def _named(node: Table) -> str:
    """An item's own name, if it has one."""
    for key in ("id", "name"):
        found = node.entries.get(key)
        if isinstance(found, Scalar) and found.text:
            return found.text
    return ""
