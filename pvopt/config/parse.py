"""From the bytes of a file to a tree of nodes, with everything that is wrong as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from yaml.composer import Composer
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import AliasEvent, Event, NodeEvent
from yaml.nodes import MappingNode, ScalarNode, SequenceNode
from yaml.nodes import Node as YamlNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from pvopt.config.faults import Fault
from pvopt.config.tree import Node, Rows, Scalar, Table, fill_in, label
from pvopt.config.yaml_words import explain, lacks_blank

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
OWN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))
NO_ANCHORS = (
    "anchors (&) and aliases (*) are not used here: write it out; "
    "a text that begins with & or * needs quotes"
)


class _RefusedError(YAMLError):
    """YAML that is right as such and yet not taken here."""

    def __init__(self, words: str, line: int) -> None:
        super().__init__(words)
        self.words = words
        self.line = line


class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML without its guesses: every scalar stays text; anchors and aliases are refused."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: YamlNode | None, index: int) -> YamlNode | None:
        event: Event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise _RefusedError(NO_ANCHORS, line)
        if self._depth >= MAX_DEPTH:
            raise _RefusedError("nested too deep", line)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def read_text(path: Path) -> tuple[str, list[Fault]]:
    """The file's text without a byte order mark, or the one reason why it cannot be had."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return "", [Fault(name, 0, "", _open_words(error))]
    if len(raw) > MAX_BYTES:
        return "", [Fault(name, 0, "", "is larger than 1 MB: that is no configuration")]
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return "", [Fault(name, line, "", "is not UTF-8 text; save the file with encoding UTF-8")]


def _open_words(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder; the configuration is one file"
    if isinstance(error, PermissionError):
        return "this user may not read the file"
    return f"cannot be read: {getattr(error, 'strerror', None) or 'not a usable file name'}"


def parse(text: str, file: str, environ: Mapping[str, str]) -> tuple[Table | None, list[Fault]]:
    """The tree of ``text`` and what is wrong with it as YAML; no tree: nothing more to say."""
    tabs = [
        Fault(file, number, "", "a tab in the indentation; use spaces")
        for number, line in enumerate(text.splitlines(), 1)
        if "\t" in line[: len(line) - len(line.lstrip())] and line.strip()
    ]
    try:
        root = _Loader(text).get_single_node()
    except YAMLError as error:
        return None, tabs or [_syntax_fault(error, text, file)]
    if root is None or (isinstance(root, ScalarNode) and not root.value.strip()):
        return None, [Fault(file, 1, "", "is empty; Files/config.yaml shows what belongs here")]
    if isinstance(root, ScalarNode) and not root.style and lacks_blank(root.value):
        return None, [Fault(file, 1, "", "the colon needs a blank after it, as in `version: 1`")]
    if not isinstance(root, MappingNode):
        return None, [Fault(file, 1, "", "must be keys with a colon, such as `version: 1`")]
    builder = _Builder(file, environ, tabs)
    return builder.table(root, ""), builder.faults


def _syntax_fault(error: YAMLError, text: str, file: str) -> Fault:
    # Only the parser's own words and the line are passed on: its excerpt of the file, or a name
    # out of it, could be a secret.
    if isinstance(error, _RefusedError):
        return Fault(file, error.line, "", error.words)
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Fault(file, line, "", "an unprintable character")
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Fault(file, 0, "", "cannot be read as YAML")
    line = error.problem_mark.line + 1
    problem = error.problem or "cannot be read as YAML"
    if "'\\t'" in problem:
        words = "a tab; use spaces"
    elif "found another document" in problem:
        words = "a second document (---) begins; the configuration is one document"
    elif "cannot start any token" in problem:
        words = f"{problem.removeprefix('found ')}; a text that begins so needs quotes"
    elif problem.startswith("found undefined tag"):
        words = "tags (!) are not used here; a text that begins with ! needs quotes"
    else:
        opened = error.context_mark.line + 1 if error.context_mark is not None else 0
        line, words = explain(problem, line, opened, text)
    return Fault(file, line, "", words)


class _Builder:
    """Turns YAML nodes into ours; collects duplicate keys, tags and missing environment."""

    def __init__(self, file: str, environ: Mapping[str, str], faults: list[Fault]) -> None:
        self.faults = list(faults)
        self._file = file
        self._environ = environ

    def _fault(self, line: int, path: str, text: str) -> None:
        self.faults.append(Fault(self._file, line, path, text))

    def node(self, source: YamlNode, path: str, line: int) -> Node:
        if source.tag not in OWN_TAGS:
            self._fault(
                line, path, "tags (!) are not used here; a text that begins so needs quotes"
            )
        if isinstance(source, MappingNode):
            return self.table(source, path)
        if isinstance(source, SequenceNode):
            return self._rows(source, path, line)
        assert isinstance(source, ScalarNode)
        text, fault = fill_in(source.value, self._environ)
        return Scalar(path, line, text, not source.style, source.value, fault)

    def table(self, source: MappingNode, path: str) -> Table:
        table = Table(path, source.start_mark.line + 1, {}, {})
        for key_node, child in source.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._fault(line, path, "a key must be one word")
                continue
            key = key_node.value
            if key in table.entries:
                first = table.key_lines[key]
                where = f"{path}.{key}" if path else key
                self._fault(line, where, f"stands here twice; first in line {first}")
                continue
            table.key_lines[key] = line
            table.entries[key] = self.node(child, f"{path}.{key}" if path else key, line)
        return table

    def _rows(self, source: SequenceNode, path: str, line: int) -> Rows:
        items = []
        for position, child in enumerate(source.value):
            names = {
                key.value: entry.value
                for key, entry in (child.value if isinstance(child, MappingNode) else ())
                if isinstance(key, ScalarNode) and isinstance(entry, ScalarNode)
            }
            where = f"{path}[{label(position, names)}]"
            items.append(self.node(child, where, child.start_mark.line + 1))
        return Rows(path, line, items)
