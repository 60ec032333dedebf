"""A simulated home whose seconds are machine code: the same results, sooner."""

from __future__ import annotations

from pvopt.simulator.compiled import compile_kernel
from pvopt.simulator.world import Kernels, World


def compile_home(world: World) -> None:
    """Let the home live by compiled kernels from now on: the same seconds in less time.

    NoNumbaError where numba is not installed.
    """
    text = Kernels()
    world.kernels = Kernels(
        compile_kernel(text.home_step),
        compile_kernel(text.beside_step),
        compile_kernel(text.account_step),
        compile_kernel(text.read_meters),
    )
