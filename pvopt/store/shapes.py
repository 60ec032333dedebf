"""Any frozen shapes as columns, by their type hints: a tree of them in, bytes out, and back.

The bytes name the fields, so that what an older release wrote is read by a newer one: a field it
did not know takes its default, one that is gone is left out. Where a shape may be missing or a
tuple has any length a column says so; below stand the values that are there, closely packed.
"""

from __future__ import annotations

import dataclasses
import struct
import types
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from pvopt.errors import StoreError
from pvopt.store.columns import packed, unpacked

LEAF, RECORD, MAYBE, MANY, ABSENT = range(5)
MISSING = object()

# Names that type hints use but modules import for checkers only.
NAMES: dict[str, Any] = {}


class Field(NamedTuple):
    """Of a record: its name, hint and default (``MISSING``: none), as a function."""

    name: str
    hint: Any
    default: Callable[[], Any] | None


@cache
def fields_of(kind: Any) -> tuple[Field, ...] | None:
    """The fields of a frozen shape or a tuple of fixed length; None for anything else."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind, localns=NAMES)
        return tuple(Field(f.name, hints[f.name], _default(f)) for f in dataclasses.fields(kind))
    names = getattr(kind, "_fields", None)
    if names is not None:
        hints, defaults = get_type_hints(kind, localns=NAMES), kind._field_defaults
        return tuple(Field(name, hints[name], _constant(defaults, name)) for name in names)
    if get_origin(kind) is tuple and get_args(kind)[-1:] != (...,):
        return tuple(Field(str(k), one, None) for k, one in enumerate(get_args(kind)))
    return None


def _default(field: dataclasses.Field[Any]) -> Callable[[], Any] | None:
    if field.default is not dataclasses.MISSING:
        return _always(field.default)
    return None if field.default_factory is dataclasses.MISSING else field.default_factory


def _constant(defaults: Mapping[str, Any], name: str) -> Callable[[], Any] | None:
    return _always(defaults[name]) if name in defaults else None


def _always(one: Any) -> Callable[[], Any]:
    return lambda: one


def inner_of(kind: Any) -> Any:
    """X where the hint says that X may be None and X is more than a scalar; None else."""
    if get_origin(kind) not in (Union, types.UnionType):
        return None
    inner = [one for one in get_args(kind) if one is not type(None)]
    return inner[0] if len(inner) == 1 and not is_scalar(inner[0]) else None


def is_scalar(kind: Any) -> bool:
    """Whether a column of its own holds it."""
    return fields_of(kind) is None and get_origin(kind) is not tuple and inner_of(kind) is None


# -- writing ---------------------------------------------------------------------------

Put = Callable[[Any], None]


class Writer:
    """Takes values of one shape, one after another; ``text`` gives them all as bytes.

    ``refer``: shapes that are kept elsewhere, with what gives a number for one.
    """

    def __init__(self, kind: Any, refer: Mapping[Any, Callable[[Any], int]] | None = None) -> None:
        self._refer = refer or {}
        self.count = 0
        self._node = self._made(kind)

    def put(self, one: Any) -> None:
        self._node.put(one)
        self.count += 1

    def text(self) -> bytes:
        out = bytearray(struct.pack("<I", self.count))
        self._node.write(out)
        return bytes(out)

    def _made(self, kind: Any) -> _Node:
        if kind in self._refer:
            return _Leaf(self._refer[kind])
        inner = inner_of(kind)
        if inner is not None:
            return _Maybe(self._made(inner))
        fields = fields_of(kind)
        if fields is not None:
            each = [self._made(field.hint) for field in fields]
            return _Record(kind, [field.name for field in fields], each)
        if get_origin(kind) is tuple:
            return _Many(lambda: self._made(get_args(kind)[0]))
        return _Leaf()


class _Node:
    put: Put

    def write(self, out: bytearray) -> None:
        raise NotImplementedError


class _Leaf(_Node):
    def __init__(self, number_of: Callable[[Any], int] | None = None) -> None:
        self._column: list[Any] = []
        append = self._column.append
        self.put = append if number_of is None else lambda one: append(number_of(one))

    def write(self, out: bytearray) -> None:
        text = packed(self._column)
        out += struct.pack("<BI", LEAF, len(text))
        out += text


class _Record(_Node):
    def __init__(self, kind: Any, names: list[str], each: list[_Node]) -> None:
        self._names, self._each = names, each
        self._puts = [one.put for one in each]
        self._get: Callable[[Any], Iterable[Any]] = _getter(kind, names)
        self.put = self._put

    def _put(self, one: Any) -> None:
        for put, part in zip(self._puts, self._get(one), strict=True):
            put(part)

    def write(self, out: bytearray) -> None:
        out += struct.pack("<BB", RECORD, len(self._names))
        for name, node in zip(self._names, self._each, strict=True):
            out += bytes([len(name)]) + name.encode()
            node.write(out)


def _getter(kind: Any, names: list[str]) -> Callable[[Any], Iterable[Any]]:
    if not dataclasses.is_dataclass(kind):  # a tuple of whatever kind is its own parts
        return lambda one: one
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda one: (get(one),)


class _Maybe(_Node):
    def __init__(self, inner: _Node) -> None:
        self._there: list[bool] = []
        self._inner = inner
        self.put = self._put

    def _put(self, one: Any) -> None:
        self._there.append(one is not None)
        if one is not None:
            self._inner.put(one)

    def write(self, out: bytearray) -> None:
        text = packed(self._there)
        out += struct.pack("<BI", MAYBE, len(text)) + text
        if True in self._there:
            self._inner.write(out)
        else:
            out.append(ABSENT)


class _Many(_Node):
    def __init__(self, make: Callable[[], _Node]) -> None:
        self._counts: list[int] = []
        self._each: list[_Node] = []
        self._make = make
        self.put = self._put

    def _put(self, one: Any) -> None:
        self._counts.append(len(one))
        while len(self._each) < len(one):
            self._each.append(self._make())
        for node, part in zip(self._each, one, strict=False):
            node.put(part)

    def write(self, out: bytearray) -> None:
        text = packed(self._counts)
        out += struct.pack("<BI", MANY, len(text)) + text
        out += struct.pack("<H", len(self._each))
        for node in self._each:
            node.write(out)


# -- reading ---------------------------------------------------------------------------


class Part:
    """A node of the tree that bytes hold; columns are unpacked when they are asked for."""

    def __init__(self, kind: int, text: bytes, parts: dict[str, Part]) -> None:
        self.kind = kind
        self.parts = parts
        self._text = text

    def column(self, count: int) -> list[Any]:
        """Its own column: values, which are there, or lengths."""
        return unpacked(self._text, count)

    def along(self, path: tuple[str, ...], count: int) -> list[Any] | None:
        """The column at a path of fields and ranks, None where a shape is missing or a tuple
        shorter; None: there is no such place."""
        if self.kind == LEAF:
            return None if path else self.column(count)
        if self.kind == MAYBE:
            return self._spread([bool(one) for one in self.column(count)], "", path)
        if not path or path[0] not in self.parts:
            return None
        if self.kind == MANY:
            rank = int(path[0])
            return self._spread([one > rank for one in self.column(count)], path[0], path[1:])
        return self.parts[path[0]].along(path[1:], count)

    def _spread(self, there: list[bool], name: str, path: tuple[str, ...]) -> list[Any] | None:
        part = self.parts.get(name)
        known = None if part is None else part.along(path, sum(there))
        if known is None:
            return None
        each = iter(known)
        return [next(each) if one else None for one in there]


def parse(text: bytes) -> tuple[Part, int]:
    """The tree of what ``Writer.text`` gave, and how many values. StoreError: no such bytes."""
    try:
        (count,) = struct.unpack_from("<I", text)
        part, end = _parse(text, 4)
    except (struct.error, IndexError, UnicodeDecodeError, RecursionError) as fault:
        raise StoreError("a record that cannot be read") from fault
    if end != len(text):
        raise StoreError("a record that is too long")
    return part, count


def _parse(text: bytes, at: int) -> tuple[Part, int]:
    kind = text[at]
    if kind == ABSENT:
        return Part(ABSENT, b"", {}), at + 1
    if kind == RECORD:
        return _parse_record(text, at)
    if kind not in (LEAF, MAYBE, MANY):
        raise StoreError("a record of an unknown form")
    (size,) = struct.unpack_from("<I", text, at + 1)
    own, at = text[at + 5 : at + 5 + size], at + 5 + size
    if len(own) != size:
        raise StoreError("a record that is cut off")
    parts: dict[str, Part] = {}
    if kind == MAYBE:
        parts[""], at = _parse(text, at)
    elif kind == MANY:
        (length,) = struct.unpack_from("<H", text, at)
        at += 2
        for rank in range(length):
            parts[str(rank)], at = _parse(text, at)
    return Part(kind, own, parts), at


def _parse_record(text: bytes, at: int) -> tuple[Part, int]:
    length, at = text[at + 1], at + 2
    parts: dict[str, Part] = {}
    for _ in range(length):
        size = text[at]
        name, at = text[at + 1 : at + 1 + size].decode(), at + 1 + size
        parts[name], at = _parse(text, at)
    return Part(RECORD, b"", parts), at


Resolve = Mapping[Any, Callable[[int], Any]]


def values(part: Part, kind: Any, count: int, resolve: Resolve | None = None) -> list[Any]:
    """``count`` values of a shape. ``resolve``: what gives the shapes that are kept elsewhere.

    StoreError: the bytes hold another shape, or a field is missing that has no default.
    """
    resolve = resolve or {}
    if kind in resolve:
        return [resolve[kind](one) for one in _of(part, LEAF).column(count)]
    inner = inner_of(kind)
    if inner is not None:
        there = _of(part, MAYBE).column(count)
        known = iter(values(part.parts[""], inner, sum(there), resolve) if any(there) else ())
        return [next(known) if one else None for one in there]
    fields = fields_of(kind)
    if fields is not None:
        each = [_field(_of(part, RECORD), field, count, resolve) for field in fields]
        rows = zip(*each, strict=True)
        return list(rows) if get_origin(kind) is tuple else [kind(*row) for row in rows]
    if get_origin(kind) is tuple:
        return _many(_of(part, MANY), get_args(kind)[0], count, resolve)
    made = _scalar_maker(kind)
    column = _of(part, LEAF).column(count)
    return column if made is None else [None if one is None else made(one) for one in column]


def _of(part: Part, kind: int) -> Part:
    if part.kind != kind:
        raise StoreError("a record of another form")
    return part


def _field(part: Part, field: Field, count: int, resolve: Resolve) -> list[Any]:
    own = part.parts.get(field.name)
    if own is not None:
        return values(own, field.hint, count, resolve)
    if field.default is None:
        raise StoreError(f"a record without `{field.name}`")
    return [field.default() for _ in range(count)]


def _many(part: Part, kind: Any, count: int, resolve: Resolve) -> list[Any]:
    lengths = part.column(count)
    each = []
    for rank, one in enumerate(part.parts.values()):
        there = sum(1 for length in lengths if length > rank)
        each.append(iter(values(one, kind, there, resolve)))
    return [tuple([next(one) for one in each[:length]]) for length in lengths]


@cache
def _scalar_maker(kind: Any) -> Callable[[Any], Any] | None:
    """What turns a plain number into an enumeration's member."""
    kinds = (kind, *get_args(kind))
    for one in kinds:
        if isinstance(one, type) and issubclass(one, IntEnum):
            return _member(one)
    return None


def _member(kind: type[IntEnum]) -> Callable[[Any], Any]:
    def made(number: Any) -> Any:
        try:
            return kind(number)
        except ValueError as fault:
            raise StoreError(f"a record with an unknown {kind.__name__} {number}") from fault

    return made
