"""What machine code depends on, as a digest: two kernels of one digest are the same code."""

from __future__ import annotations

import builtins
import hashlib
from enum import EnumMeta, IntEnum
from functools import cache
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from pvopt.simulator.compiled_text import clone_of, is_shape
from pvopt.simulator.compiled_types import signature_of, type_of


class _UnknownError(Exception):
    """Something whose changes a digest could not tell."""


@cache
def digest_of(function: FunctionType) -> str:
    """Of a kernel with all that it calls and refers to; empty: something cannot be told."""
    try:
        return _function(function, ())
    except _UnknownError:
        return ""


def told(kind: Any) -> str:
    """A numba type (or several) in full: with its shapes' classes, fields and defaults."""
    if isinstance(kind, tuple):
        return ", ".join(told(part) for part in kind)
    if hasattr(kind, "return_type"):
        return f"{told(kind.args)} -> {told(kind.return_type)}"
    shape = getattr(kind, "instance_class", None)
    parts = ", ".join(told(part) for part in getattr(kind, "types", ()))
    return f"{kind} {_class(shape) if shape else ''} ({parts})"


def _function(function: FunctionType, above: tuple[FunctionType, ...]) -> str:
    if function in above:
        return function.__qualname__  # it calls itself, which the compiler will refuse
    clone = clone_of(function)
    sig = signature_of(function)
    parts = [clone.text, told(sig) if sig is not None else ""]
    parts += [f"{k}={_function(v, (*above, function))}" for k, v in clone.kernels.items()]
    parts += [f"{k}={_made(shape)}{names}" for k, (shape, names) in clone.makers.items()]
    parts += [f"{k}={_thing(v)}" for k, v in (clone.shapes | clone.others).items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _made(shape: Any) -> str:
    kind = type_of(shape)
    return _class(shape) if kind is None else told(kind)


def _thing(thing: Any) -> str:
    if isinstance(thing, IntEnum):
        return f"{_class(type(thing))}.{int(thing)}"
    if is_shape(type(thing)):
        return _class(type(thing)) + repr([_thing(part) for part in thing])
    if isinstance(thing, tuple):
        return repr([_thing(part) for part in thing])
    if isinstance(thing, bool | int | float | str) or thing is None:
        return repr(thing)
    if isinstance(thing, type):
        return _class(thing)
    if isinstance(thing, ModuleType):
        return f"{thing.__name__} {getattr(thing, '__version__', '')}"
    if isinstance(thing, BuiltinFunctionType):
        return f"{thing.__module__}.{thing.__qualname__}"
    raise _UnknownError


def _class(kind: type) -> str:
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(kind, EnumMeta):
        return name + repr([(str(one.name), one.value) for one in kind])  # type: ignore[var-annotated]
    if is_shape(kind):
        return name + _shape(kind)
    if kind in vars(builtins).values():
        return name
    raise _UnknownError


@cache
def _shape(shape: Any) -> str:
    """Fields, what they are said to be, defaults, and what the properties do."""
    defaults = {name: _thing(value) for name, value in shape._field_defaults.items()}
    fields = [(name, str(shape.__annotations__.get(name))) for name in shape._fields]
    properties = [
        (name, digest_of(found.fget))
        for name, found in vars(shape).items()
        if isinstance(found, property) and isinstance(found.fget, FunctionType)
    ]
    return repr((fields, defaults, properties))
