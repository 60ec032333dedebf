"""One text, two speeds: a kernel as it stands, or cloned and compiled to machine code by numba.

``compile_kernel(function)`` gives a function of the same results, bit for bit but for what a
division by zero does (kernels must not). Everything that the function calls is compiled along.
numba is an extra that an appliance never loads.
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

    A kernel whose parameters are all floats, bools, ints, IntEnums and shapes of those is
    compiled at once; one that takes arrays, when it is first called.
    """
    if not available():
        raise NoNumbaError("the compiled engine needs numba: run  . ./env.sh sim")
    made: F = import_module("pvopt.simulator.compiled_jit").compiled(function)
    return made
