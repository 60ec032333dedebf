"""Any frozen shapes as columns, by their type hints: a tree of them in, bytes out, and back.

The bytes name the fields, so that what an older release wrote is read by a newer one: a field it
did not know takes its default, one that is gone is left out. Where a shape may be missing or a
tuple has any length a column says so; below stand the values that are there, closely packed.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

LEAF, RECORD, MAYBE, MANY, ABSENT = range(5)

# Names that type hints use but modules import for checkers only.
NAMES: dict[str, Any] = {}


class Field(NamedTuple):
    """Of a record: its name, hint and default as a function (None: it has none)."""

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
