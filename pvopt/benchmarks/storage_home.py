"""A house with storages that take changes, a second at a time, and the forms of laws for it.

The storages are B2500s behind an emulated meter: each looks at what it is told once a cycle, moves
some time later, and goes with its ramp. A law is told the meter and what each storage says, both a
second old, and answers with the watts by which each is to change.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Protocol

from pvopt.simulator.storage_unit import B2500, StorageParams, StorageState, storage_step

LEAST_W, MOST_W, BOOST_W = 0.0, 800.0, 100.0
SPREAD_PCT = 12.0  # between the fullest and the emptiest in the morning
FULLEST_PCT = 95.0
SPARE = 1.4  # all cells together hold so much more than the day takes


class Said(NamedTuple):
    """What one storage says: watts, our sign, and how full it is, whole percents; ``looks``: it
    will look at what it is told in this second."""

    power_w: float
    soc_pct: float
    looks: bool


class Law(Protocol):
    def tell(self, second: int, grid_w: float, said: tuple[Said, ...]) -> tuple[float, ...]:
        """Watts to change by, + towards charging; NaN: nothing is said."""


class Course(NamedTuple):
    """What became of it: watts at the grid, second by second, and the charges at the end."""

    grid_w: Any
    socs_pct: tuple[float, ...]
    given_wh: tuple[float, ...]


def storages_of(delays_s: tuple[float, ...], day_wh: float) -> tuple[StorageParams, ...]:
    """One for each delay: it looks every so many seconds, and moves half as many later, so a wish
    takes ``delay`` seconds on average. Cells that last the day."""
    capacity_wh = math.ceil(SPARE * day_wh / len(delays_s) / 0.8)
    alike = B2500._replace(capacity_wh=float(capacity_wh), floor_w=LEAST_W)
    return tuple(
        [alike._replace(cycle_s=max(1.0, delay_s), delay_s=0.5 * delay_s) for delay_s in delays_s]
    )


def run(law: Law, storages: tuple[StorageParams, ...], load_w: Any) -> Course:
    """A day, or what there is of it."""
    import numpy as np  # noqa: PLC0415 (an extra)

    count = len(storages)
    states = [
        StorageState(
            soc_pct=FULLEST_PCT - SPREAD_PCT * place / max(1, count - 1), look_s=float(place)
        )
        for place in range(count)
    ]
    told = (math.nan,) * count
    grid = np.empty(len(load_w))
    before_w = float(load_w[0])
    for second in range(len(load_w)):
        said = tuple([_said(state) for state in states])
        told = law.tell(second, before_w, said)
        both = zip(storages, states, told, strict=True)
        states = [storage_step(params, state, watts, 1.0) for params, state, watts in both]
        before_w = float(load_w[second]) + math.fsum([state.power_w for state in states])
        grid[second] = before_w
    return Course(
        grid,
        tuple([state.soc_pct for state in states]),
        tuple([state.out_wh for state in states]),
    )


def _said(state: StorageState) -> Said:
    return Said(float(round(state.power_w)), float(round(state.soc_pct)), state.look_s <= 1e-9)


def best_grid(count: int, load_w: Any) -> Any:
    """The grid of one who knows the next second, with storages that obey at once: what lies
    between the least of one and the most of all is never bought."""
    import numpy as np  # noqa: PLC0415 (an extra)

    given = np.where(load_w < LEAST_W, 0.0, np.minimum(load_w, count * MOST_W))
    return load_w - given
