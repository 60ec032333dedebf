"""The way from Python into a compiled kernel: arguments as the kernel declares them."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Iterator
from enum import IntEnum
from types import FunctionType
from typing import Any

from numba.core.errors import NumbaError

from pvopt.simulator.compiled_text import CannotCompileError, is_shape


def entrance(function: FunctionType, made: Any, is_lazy: bool) -> Callable[..., Any]:
    """Calls ``made`` with defaults filled in and an int where a float is due turned into one.

    ``is_lazy``: it compiles for whatever types come, so none but the declared ones may.
    """
    signature = inspect.signature(function)
    try:
        hints = typing.get_type_hints(function)
    except NameError:
        hints = {}
    kinds = [hints.get(name) for name in signature.parameters]

    def cast(args: tuple[Any, ...]) -> list[Any]:
        return [declared(value, kind) for value, kind in zip(args, kinds, strict=True)]

    def compiled(*args: Any) -> Any:
        if not is_lazy:
            try:
                return made(*args)
            except TypeError:
                return made(*cast(args))
        try:
            return made(*cast(args))
        except NumbaError as fault:
            raise cannot(function, fault) from fault

    call = functools.wraps(function)(_with_way_in(signature, kinds, made, is_lazy, compiled))
    call.text_of_kernel = function  # type: ignore[attr-defined]
    return call


def _with_way_in(
    signature: inspect.Signature,
    kinds: list[Any],
    made: Any,
    is_lazy: bool,
    compiled: Callable[..., Any],
) -> Callable[..., Any]:
    """A function of the same parameters: straight into the machine code of ``made`` where each
    argument is of the declared kind, else ``compiled``, which is careful.

    The machine code takes apart whatever it gets, a shape of as many other numbers too, and saves
    the dispatcher's look at every field: 4 instead of 12 us for a home's step. So the kinds are
    looked at here, in a text written for this kernel, which costs 1 us.
    """
    known: dict[str, Any] = {"_compiled": compiled}
    arguments: list[str] = []
    for name, parameter in signature.parameters.items():
        known[f"_default_{name}"] = parameter.default
        has_none = parameter.default is inspect.Parameter.empty
        arguments.append(name if has_none else f"{name}=_default_{name}")
    names = ", ".join(signature.parameters)
    lines = [f"def call({', '.join(arguments)}):"]
    if not is_lazy and len(made.overloads) == 1:
        pairs = zip(signature.parameters, kinds, strict=True)
        looks = [look for name, kind in pairs for look in looks_at(name, kind, known)]
        (kept,) = made.overloads.values()
        known["_code"] = kept.entry_point
        lines.append(f" if {' and '.join(looks) or 'True'}: return _code({names})")
    lines.append(f" return _compiled({names})")
    exec("\n".join(lines), known)  # names of parameters, nothing else
    made_call: Callable[..., Any] = known["call"]
    return made_call


def looks_at(place: str, kind: Any, known: dict[str, Any]) -> Iterator[str]:
    """Conditions that hold for a value of this very kind only, its shapes within it too; numbers
    in a shape's fields are looked at by the machine code. ``known``: names for the conditions."""
    exact = tuple if typing.get_origin(kind) is tuple else kind
    name = f"_kind_{getattr(exact, '__name__', 'unknown')}_{len(known)}"
    known[name] = exact
    yield f"type({place}) is {name}"
    if is_shape(kind):
        inner = list(typing.get_type_hints(kind).values())
    elif exact is tuple:
        inner = list(typing.get_args(kind))
        yield f"len({place}) == {len(inner)}"
    else:
        return
    for k, part in enumerate(inner):
        if is_tuple(part):
            yield from looks_at(f"{place}[{k}]", part, known)


def is_tuple(kind: Any) -> bool:
    return is_shape(kind) or typing.get_origin(kind) is tuple


def declared(value: Any, kind: Any) -> Any:
    """A value of the kind that an annotation says, field by field; others as they are."""
    if is_shape(kind) and isinstance(value, kind):
        hints = typing.get_type_hints(kind)
        return kind(*(declared(getattr(value, name), hints[name]) for name in kind._fields))
    if isinstance(value, bool | int | float):
        if kind in (float, bool, int):
            return kind(value)
        if isinstance(kind, type) and issubclass(kind, IntEnum):
            return kind(int(value))
    return value


def cannot(function: FunctionType, fault: Exception) -> CannotCompileError:
    """What the compiler says, with the kernel's place."""
    where = f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
    return CannotCompileError(f"{where}: {function.__name__} cannot be compiled: {fault}")
