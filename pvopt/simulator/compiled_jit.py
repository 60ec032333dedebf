"""Clones of kernels handed to numba, each with the clones of those that it calls."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import njit
from numba.core.errors import NumbaError

from pvopt.simulator.compiled_boxes import teach
from pvopt.simulator.compiled_cache import Kept
from pvopt.simulator.compiled_call import cannot, entrance
from pvopt.simulator.compiled_digest import digest_of, told
from pvopt.simulator.compiled_text import Clone, clone_of, is_shape, kernel_of
from pvopt.simulator.compiled_types import (
    constant,
    maker,
    provide_properties,
    replacer,
    signature_of,
    types_of,
)

OPTIONS = {"error_model": "numpy", "nogil": True, "boundscheck": False}
# Called by other kernels only: no way in from Python, and all of it becomes part of the caller,
# so that shapes of fifty fields need not be handed over in memory (four times as fast).
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
# Floats, bools and ints need nobody to count references to them.
UNCOUNTED = {"_nrt": False}
teach()

_roots: dict[FunctionType, Any] = {}
_inner: dict[FunctionType, Any] = {}
_under_way: list[FunctionType] = []


def compiled(function: Callable[..., Any]) -> Any:
    """The kernel for callers in Python."""
    kernel = kernel_of(function)
    if kernel not in _roots:
        _roots[kernel] = _root(kernel)
    return _roots[kernel]


def _root(function: FunctionType) -> Any:
    """Compiled, or taken from disk, which needs nothing of what it calls."""
    sig = signature_of(function)
    clone = clone_of(function)
    digest = digest_of(function)
    space = _namespace(clone)

    def prepare() -> None:
        space.update({name: _inside(called) for name, called in clone.kernels.items()})

    made = _dispatcher(function, clone, space, OPTIONS if sig is None else OPTIONS | UNCOUNTED)
    made._cache = Kept(function.__name__, digest, prepare, told)
    if sig is not None:
        _compile(function, made, sig)
    return entrance(function, made, is_lazy=sig is None)


def _inside(function: FunctionType) -> Any:
    """The kernel for other kernels."""
    if function not in _inner:
        if function in _under_way:
            raise cannot(function, RecursionError("it calls itself"))
        _under_way.append(function)
        try:
            _inner[function] = _part(function)
        finally:
            _under_way.remove(function)
    return _inner[function]


def _part(function: FunctionType) -> Any:
    sig = signature_of(function)
    clone = clone_of(function)
    space = _namespace(clone)
    space.update({name: _inside(called) for name, called in clone.kernels.items()})
    made = _dispatcher(function, clone, space, INNER if sig is None else INNER | UNCOUNTED)
    if sig is not None:
        _compile(function, made, sig)
    return made


def _dispatcher(
    function: FunctionType, clone: Clone, space: dict[str, Any], options: dict[str, Any]
) -> Any:
    code = compile(clone.tree, function.__code__.co_filename, "exec", dont_inherit=True)
    exec(code, space)
    body = space[clone.name]
    body.__defaults__ = function.__defaults__
    for kind in types_of(function):
        _provide(kind)
    # Machine code is found by name: another text must have another one.
    digest = digest_of(function)
    body.__qualname__ = f"{clone.name}_{digest[:16]}" if digest else f"{clone.name}_{id(body)}"
    return njit(**options)(body)


def _compile(function: FunctionType, made: Any, sig: Any) -> None:
    try:
        made.compile(sig)
    except NumbaError as fault:
        raise cannot(function, fault) from fault
    made.disable_compile()


def _provide(kind: Any) -> None:
    shape = getattr(kind, "instance_class", None)
    if is_shape(shape):
        provide_properties(shape, _inside)
    for part in getattr(kind, "types", ()):
        _provide(part)


def _namespace(clone: Clone) -> dict[str, Any]:
    """Everything that the text refers to, but for other kernels."""
    space: dict[str, Any] = {"__name__": __name__, **clone.others}
    space.update({name: maker(*what) for name, what in clone.makers.items()})
    space.update({name: replacer(names) for name, names in clone.replacers.items()})
    space.update({name: constant(value) for name, value in clone.shapes.items()})
    return space
