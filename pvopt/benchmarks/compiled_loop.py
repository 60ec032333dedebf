"""A simulated day in less time: the loop's and the home's kernels compiled."""

from __future__ import annotations

import logging

from pvopt.decide.policy import TEXT, Kernels
from pvopt.errors import PvoptError
from pvopt.loop import Loop
from pvopt.simulator.compiled import available, compile_kernel
from pvopt.simulator.compiled_home import compile_home
from pvopt.simulator.world import World

log = logging.getLogger("pvopt.benchmarks")
# A shorter run is over before its kernels are compiled.
WORTH_COMPILING_S = 86_400.0


def compiled_kernels() -> Kernels:
    """The costly steps of a decision as machine code. NoNumbaError where numba is not."""
    return Kernels._make(compile_kernel(kernel) for kernel in TEXT)


def compile_loop(loop: Loop, world: World) -> bool:
    """Let law and home go on by compiled kernels; False where numba is not, or does not work.

    The decisions are the same to the last bit. Compiling takes half a minute once, and some
    seconds at every start.
    """
    if not available():
        return False
    try:
        kernels = compiled_kernels()
        compile_home(world)
    except (ImportError, PvoptError) as fault:
        log.info("law and home run as text: %s", fault)
        return False
    loop.kernels = kernels
    return True
