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

    def cast(args: tuple[Any, ...]) -> list[Any]:
        return [declared(value, kind) for value, kind in zip(args, kinds, strict=True)]

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        if keywords or len(args) != count:
            bound = signature.bind(*args, **keywords)
            bound.apply_defaults()
            args = bound.args
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
