"""Shapes of kernels for numba: their types as declared, and how they are made and changed.

A field has the type that its annotation says, whatever is put into it: an int in a float field
becomes a float. So each shape is one type, and each kernel is compiled once.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from enum import IntEnum
from functools import cache
from typing import Any

from numba import types
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing import signature
from numba.extending import intrinsic, overload_attribute

from pvopt.simulator.compiled_text import is_shape

SCALARS: dict[Any, Any] = {float: types.float64, int: types.int64, bool: types.boolean}


@cache
def type_of(annotation: Any) -> Any:
    """The numba type of an annotation of a kernel; None: not one of a kernel's."""
    if annotation in SCALARS:
        return SCALARS[annotation]
    if is_shape(annotation):
        fields = [type_of(kind) for kind in typing.get_type_hints(annotation).values()]
        return None if None in fields else types.BaseTuple.from_types(fields, annotation)
    if isinstance(annotation, type) and issubclass(annotation, IntEnum):
        return types.IntEnumMember(annotation, types.int64)
    if typing.get_origin(annotation) is tuple:
        parts = [type_of(part) for part in typing.get_args(annotation)]
        return None if None in parts else types.BaseTuple.from_types(parts)
    return None


@cache
def types_of(function: Callable[..., Any]) -> tuple[Any, ...]:
    """Of what a kernel gives and takes, by its annotations; None where they are not a kernel's."""
    try:
        hints = typing.get_type_hints(function)
    except NameError:  # a shape that only the function's own surroundings know
        hints = {}
    code = function.__code__
    names = ("return", *code.co_varnames[: code.co_argcount])
    return tuple(type_of(hints.get(name)) for name in names)


def signature_of(function: Callable[..., Any]) -> Any:
    """A kernel's signature by its annotations; None: not all of them are a kernel's."""
    given, *taken = types_of(function)
    return None if given is None or None in taken else signature(given, *taken)


def shape_type(shape: Any, given: dict[str, Any]) -> Any:
    """A shape's type; fields that no kernel may have (arrays) are what is put into them."""
    declared = type_of(shape)
    if declared is not None:
        return declared
    hints = typing.get_type_hints(shape)
    kinds = [type_of(hints[name]) or given.get(name) for name in shape._fields]
    return None if None in kinds else types.BaseTuple.from_types(kinds, shape)


def maker(shape: Any, names: tuple[str, ...]) -> Any:
    """``make(values of the named fields) -> shape``, the other fields by default.

    Those without a default are left open, for a replacer to fill in.
    """

    def make(_typing: Any, *values: Any) -> Any:
        kind = shape_type(shape, dict(zip(names, values, strict=True)))
        if kind is None:
            return None
        order = [shape._fields.index(name) for name in names]

        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            parts = [
                args[names.index(name)]
                if name in names
                else _default(context, builder, field, shape._field_defaults.get(name))
                for name, field in zip(shape._fields, kind.types, strict=True)
            ]
            made = context.make_tuple(builder, kind, parts)
            return impl_ret_borrowed(context, builder, kind, made)

        return signature(kind, *(kind.types[k] for k in order)), code

    return _intrinsic(make, len(names))


def replacer(names: tuple[str, ...]) -> Any:
    """``replace(old, values of the named fields) -> shape``."""

    def replace(_typing: Any, old: Any, *values: Any) -> Any:
        if not isinstance(old, types.BaseNamedTuple) or set(names) - set(old.fields):
            return None
        order = [old.fields.index(name) for name in names]

        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            made = args[0]
            for k, value in zip(order, args[1:], strict=True):
                made = builder.insert_value(made, value, k)
            return impl_ret_borrowed(context, builder, old, made)

        return signature(old, old, *(old.types[k] for k in order)), code

    return _intrinsic(replace, 1 + len(names))


def constant(value: Any) -> Any:
    """``get() -> shape``: a constant."""
    shape: Any = type(value)
    kind = type_of(shape)

    def get(_typing: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _constant(context, builder, kind, value)

        return signature(kind), code

    return _intrinsic(get, 0)


def _default(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if value is None:
        return context.get_constant_undef(kind)
    return _constant(context, builder, kind, value)


def _constant(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.BaseTuple):
        parts = [
            _constant(context, builder, part, one)
            for part, one in zip(kind.types, value, strict=True)
        ]
        return context.make_tuple(builder, kind, parts)
    return context.get_constant_generic(builder, kind, _as_kind(kind, value))


def _as_kind(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.IntEnumMember):
        return kind.instance_class(value)
    for python, compiled in SCALARS.items():
        if kind == compiled:
            return python(value)
    return value


def _intrinsic(work: Callable[..., Any], count: int) -> Any:
    """numba wants an intrinsic's parameters by name."""
    names = ", ".join(f"a{k}" for k in range(count))
    space: dict[str, Any] = {"work": work}
    exec(f"def made(context, {names}): return work(context, {names})", space)
    return intrinsic(space["made"])


_properties: set[str] = set()


def provide_properties(shape: Any, compiled: Callable[[Any], Any]) -> None:
    """Lets kernels read the properties of a shape; ``compiled`` compiles what they do."""
    for name in dir(shape):
        if isinstance(getattr(shape, name), property) and name not in _properties:
            _properties.add(name)
            _provide_property(name, compiled)


def _provide_property(name: str, compiled: Callable[[Any], Any]) -> None:
    def read(tup: Any) -> Any:
        found = getattr(tup.instance_class, name, None)
        if not isinstance(found, property):
            return None
        kernel = compiled(found.fget)

        def of(tup: Any) -> Any:  # numba wants the same parameters in both
            return kernel(tup)

        return of

    overload_attribute(types.BaseNamedTuple, name)(read)
