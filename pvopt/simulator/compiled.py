"""One text, two speeds: a kernel as it stands, or cloned and compiled to machine code by numba.

``compile_kernel(function)`` gives a function of the same results, to the last bit but for a
division by zero (which kernels must not do) and for powers (``x ** 2`` becomes ``x * x``).
Everything that the function calls is compiled along. A day of law and plant, second by second,
takes 13 s as text and 0.02 s compiled. numba is an extra that an appliance never loads.

Kernels may use: floats, bools, ints, IntEnums, NamedTuples of those (also nested, with defaults
and properties), ``_replace``, constants, ``math``, other kernels, loops; arrays of numpy as
parameters (annotated ``Any``). Whatever cannot be compiled is told with its file and line.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from pvopt.errors import PvoptError

F = TypeVar("F", bound=Callable[..., Any])


class NoNumbaError(PvoptError):
    """numba is not installed."""


def available() -> bool:
    """Whether kernels can be compiled here."""
    return find_spec("numba") is not None


def compile_kernel(function: F) -> F:
    """The kernel as machine code; the same function gives the same compiled one.

    A kernel whose parameters and result are all annotated as floats, bools, ints, IntEnums and
    shapes of those is compiled at once; one that takes arrays, when it is first called. Machine
    code is kept in the user's cache (``compiled_cache.py``). A call from Python costs 10 us and
    more, so put the loop into a kernel, too.
    """
    if not available():
        raise NoNumbaError("the compiled engine needs numba: run  . ./env.sh sim")
    made: F = import_module("pvopt.simulator.compiled_jit").compiled(function)
    return made
