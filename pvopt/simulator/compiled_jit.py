"""Clones of kernels handed to numba, each with the clones of those that it calls."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import njit
from numba.core.errors import NumbaError

from pvopt.simulator.compiled_text import CannotCompileError, Clone, clone_of, is_shape, kernels_of
from pvopt.simulator.compiled_types import (
    constant,
    maker,
    provide_properties,
    replacer,
    signature_of,
)

OPTIONS = {"error_model": "numpy", "nogil": True, "boundscheck": False}
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_roots: dict[FunctionType, Any] = {}
_inner: dict[FunctionType, Any] = {}


def compiled(function: Callable[..., Any]) -> Any:
    """The kernel for callers in Python (and for kernels)."""
    kernel = kernels_of(function)
    if kernel not in _roots:
        _roots[kernel] = _dispatcher(kernel, OPTIONS)
    return _roots[kernel]


def _compiled_inside(function: FunctionType) -> Any:
    """The kernel for other kernels only: without the way in from Python."""
    if function in _roots:
        return _roots[function]
    if function not in _inner:
        _inner[function] = None
        _inner[function] = _dispatcher(function, INNER)
    if _inner[function] is None:
        raise CannotCompileError(f"{function.__name__} calls itself; kernels may not")
    return _inner[function]


def _dispatcher(function: FunctionType, options: dict[str, Any]) -> Any:
    clone = clone_of(function)
    sig = signature_of(function)
    space = _namespace(function, clone)
    exec(clone.code, space)
    made = njit(**options)(space[clone.name])
    if sig is not None:
        for kind in (*sig.args, sig.return_type):
            _provide(kind)
        try:
            made.compile(sig)
        except NumbaError as fault:
            place = f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
            raise CannotCompileError(f"{place}: {function.__name__}: {fault}") from fault
        made.disable_compile()
    return made


def _provide(kind: Any) -> None:
    shape = getattr(kind, "instance_class", None)
    if is_shape(shape):
        provide_properties(shape, _compiled_inside)
    for part in getattr(kind, "types", ()):
        _provide(part)


def _namespace(function: FunctionType, clone: Clone) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": __name__, **clone.others}
    space.update({name: maker(*what) for name, what in clone.makers.items()})
    space.update({name: replacer(names) for name, names in clone.replacers.items()})
    space.update({name: constant(value) for name, value in clone.shapes.items()})
    space.update({name: _compiled_inside(called) for name, called in clone.kernels.items()})
    return space
