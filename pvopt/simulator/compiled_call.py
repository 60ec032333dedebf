"""The way from Python into a compiled kernel: arguments as the kernel declares them."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
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
    count = len(signature.parameters)
    try:
        hints = typing.get_type_hints(function)
    except NameError:
        hints = {}
    kinds = [hints.get(name) for name in signature.parameters]
    straight = None if is_lazy else way_in(made, kinds)

    def cast(args: tuple[Any, ...]) -> list[Any]:
        return [declared(value, kind) for value, kind in zip(args, kinds, strict=True)]

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        if keywords or len(args) != count:
            bound = signature.bind(*args, **keywords)
            bound.apply_defaults()
            args = bound.args
        if straight is not None:
            code, fits = straight
            for fit, arg in zip(fits, args, strict=True):
                if not fit(arg):
                    break
            else:
                return code(*args)
        if not is_lazy:
            try:
                return made(*args)
            except TypeError:
                return made(*cast(args))
        try:
            return made(*cast(args))
        except NumbaError as fault:
            raise cannot(function, fault) from fault

    call.text_of_kernel = function  # type: ignore[attr-defined]
    return call


Fit = Callable[[Any], bool]


def way_in(made: Any, kinds: list[Any]) -> tuple[Callable[..., Any], list[Fit]] | None:
    """The machine code of ``made``, and what each argument must be for it.

    It takes apart whatever it gets, a wrong kind too (which ends the process), and saves the
    dispatcher's look at every field: 4 instead of 12 us for a home's step. None: not to be had.
    """
    fits = [fitting(kind) for kind in kinds]
    if len(made.overloads) != 1 or None in fits:
        return None
    (kept,) = made.overloads.values()
    return kept.entry_point, fits  # type: ignore[return-value]


def fitting(kind: Any) -> Fit | None:
    """Whether a value is of this very kind, its shapes within it too; numbers in a shape's fields
    are looked at by the machine code. None: not known."""
    if kind in (float, bool, int) or (isinstance(kind, type) and issubclass(kind, IntEnum)):
        return lambda value: type(value) is kind
    if not is_shape(kind):
        return None
    hints = enumerate(typing.get_type_hints(kind).values())
    inner = [(k, fitting(hint)) for k, hint in hints if is_tuple(hint)]
    if not inner:
        return lambda value: type(value) is kind
    if any(fit is None for _, fit in inner):
        return None

    def fits(value: Any) -> bool:
        return type(value) is kind and all(fit(value[k]) for k, fit in inner if fit is not None)

    return fits


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
