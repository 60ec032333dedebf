"""The all-knowing ladder: what the loads together can take of a surplus that is known to the watt.

It has no minimum times, no delays and no meters. Only what the loads are made of binds it: what is
switched has its levels, what is behind a regulator fills up to its most.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from pvopt.benchmarks.ladder_loads import Kind, Member

TINY_W = 1e-6


def best_shares(
    members: Sequence[Member], real: Sequence[float], spare_w: float
) -> tuple[float, ...]:
    """Watts of each load: the largest sum that is not above ``spare_w``; among equal sums the
    higher rank first.

    ``real``: what each can draw at its most now (W), 0 for one whose thermostat is open.
    Worked: 2700 W for a boiler of 2000 W, a radiator of 500 W and a buffer of 1000 W: 2000, 500
    and 200 W; without the buffer 2000 and 500 W, for 2200 W 2000 and 0 W with a buffer's 200 W.
    """
    if spare_w <= 0.0:
        return (0.0,) * len(members)
    best: tuple[float, tuple[float, ...]] = (0.0, (0.0,) * len(members))
    for switched in _choices(_levels(members, real)):
        left_w = spare_w - sum(switched)
        if left_w < -TINY_W:
            continue
        shares = []
        for member, most_w, level_w in zip(members, real, switched, strict=True):
            mine_w = level_w if member.switched else min(most_w, max(0.0, left_w))
            left_w -= 0.0 if member.switched else mine_w
            shares.append(mine_w)
        found = (round(sum(shares), 3), tuple(shares))
        best = max(best, found)
    return best[1]


def _levels(members: Sequence[Member], real: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    """What each load can be switched to (W); nothing but 0 for one behind a regulator."""
    levels: list[tuple[float, ...]] = []
    for member, most_w in zip(members, real, strict=True):
        if not member.switched or most_w <= 0.0:
            levels.append((0.0,))
        elif member.kind == Kind.UNKNOWN:
            levels.append((most_w, 0.0))
        else:
            levels.append((*reversed(member.levels_w), 0.0))
    return tuple(levels)


@lru_cache(64)
def _choices(levels: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    """Every way to switch them."""
    return tuple(product(*levels))
