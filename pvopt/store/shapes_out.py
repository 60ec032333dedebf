"""Shapes into columns: see ``shapes``."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, get_args, get_origin

from pvopt.store.columns import packed
from pvopt.store.shapes import ABSENT, LEAF, MANY, MAYBE, RECORD, fields_of, inner_of

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
