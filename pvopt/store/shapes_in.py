"""Shapes out of columns: see ``shapes``."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any, get_args, get_origin

from pvopt.errors import StoreError
from pvopt.store.columns import unpacked
from pvopt.store.shapes import ABSENT, LEAF, MANY, MAYBE, RECORD, Field, fields_of, inner_of


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
