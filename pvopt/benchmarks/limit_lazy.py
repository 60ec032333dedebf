"""A knob that moves only when it is worth it, behind someone who knows the surplus. Kernel.

Each movement wears a servo. One that knows all but is told two seconds late can still choose how
much may be lost before it moves: up, once the watts left unused come to ``up_ws``; down, once
those drawn too much come to ``down_ws``, and then by ``cushion_w`` more, for a sun that falls
often goes on falling. All numbers 0: it follows at once.
"""

from __future__ import annotations

from typing import NamedTuple


class Lazy(NamedTuple):
    """``margin_w``: left unused by a movement up, ``cushion_w`` by one down (W); ``up_ws``,
    ``down_ws``: the error, summed up, that is worth a movement (Ws)."""

    margin_w: float = 0.0
    cushion_w: float = 0.0
    up_ws: float = 0.0
    down_ws: float = 0.0


class LazyState(NamedTuple):
    budget_w: float = 0.0
    unused_ws: float = 0.0
    owed_ws: float = 0.0


def lazy_step(lazy: Lazy, state: LazyState, wanted_w: float) -> LazyState:
    """One second of ``wanted_w``.

    Worked: 1000 W are drawn and 700 W wanted, ``down_ws`` 500, ``cushion_w`` 20: for one second
    nothing, in the next one 680 W.
    """
    error_w = wanted_w - state.budget_w
    unused_ws = max(0.0, state.unused_ws + error_w)
    owed_ws = state.owed_ws - error_w if error_w < 0.0 else 0.0
    if error_w < 0.0 and owed_ws > lazy.down_ws:
        return LazyState(max(0.0, wanted_w - lazy.cushion_w), 0.0, 0.0)
    if error_w > lazy.margin_w and unused_ws > lazy.up_ws:
        return LazyState(wanted_w - lazy.margin_w, 0.0, 0.0)
    return LazyState(state.budget_w, unused_ws, owed_ws)
