"""The six loads of the ladder's benchmark, and what becomes full behind them.

Two heaters behind regulators, first and last in rank, and between them what a home has to switch:
a relay alone, a pump with long minimum times, a floor heating of three stages, a dehumidifier whose
watts nobody tells.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

from pvopt.simulator.noise import noise

# A dehumidifier's compressor takes this share of what its plate says, and up to all, by the minute.
LEAST_SHARE = 0.75
WATER_WH_PER_L = 55.0  # a litre of 60 °C out of water of 12 °C, 4131 J/lK


class Kind(IntEnum):
    CONTINUOUS = 1
    ON_OFF = 2
    STEPS = 3
    UNKNOWN = 4  # on or off; it draws at most ``max_w``, what its plate says


class Store(NamedTuple):
    """What a load fills. Its thermostat opens at ``capacity_wh`` and closes ``again_wh`` below;
    ``leak_w`` is lost while there is something, ``litre_wh`` with each litre of hot water."""

    capacity_wh: float = math.inf
    again_wh: float = 0.0
    leak_w: float = 0.0
    litre_wh: float = 0.0


ENDLESS = Store()


class Filled(NamedTuple):
    """How full a store is; ``open``: its thermostat takes no more."""

    held_wh: float = 0.0
    open: bool = False


class Member(NamedTuple):
    """One load. ``levels_w``: what a switched one draws, rising; ``metered``: its plug or a
    meter of its own tells what it draws; ``store``: in the table with real thermostats."""

    id: str
    kind: Kind
    max_w: float
    levels_w: tuple[float, ...] = ()
    min_on_s: float = 120.0
    min_off_s: float = 60.0
    metered: bool = False
    store: Store = ENDLESS

    @property
    def switched(self) -> bool:
        return self.kind != Kind.CONTINUOUS


# The tank: 200 l, 25 K to its thermostat. The pump runs as long as there is sun.
LADDER: tuple[Member, ...] = (
    Member(
        "boiler",
        Kind.CONTINUOUS,
        2000.0,
        metered=True,
        store=Store(5700.0, 1150.0, 64.0, WATER_WH_PER_L),
    ),
    Member("towels", Kind.ON_OFF, 500.0, (500.0,), metered=True, store=Store(1000.0, 300.0, 60.0)),
    Member("pump", Kind.ON_OFF, 800.0, (800.0,), 600.0, 600.0, metered=True),
    Member(
        "floor",
        Kind.STEPS,
        1500.0,
        (500.0, 1000.0, 1500.0),
        metered=True,
        store=Store(5000.0, 1500.0, 150.0),
    ),
    Member(
        "dehumidifier",
        Kind.UNKNOWN,
        350.0,
        (350.0,),
        store=Store(1200.0, 400.0, 80.0),
    ),
    Member("buffer", Kind.CONTINUOUS, 1000.0, store=Store(9000.0, 1700.0, 200.0)),
)


class Table(NamedTuple):
    """One question. ``members``: by rank, with what becomes full behind them."""

    name: str
    words: str
    members: tuple[Member, ...]


_ENDLESS = tuple(member._replace(store=ENDLESS) for member in LADDER)
TABLES: tuple[Table, ...] = (
    Table("boiler-first", "The largest load first, and none ever has enough", _ENDLESS),
    Table(
        "boiler-last",
        "What is switched first, the boiler takes what is left, and none ever has enough",
        (*_ENDLESS[1:], _ENDLESS[0]),
    ),
    Table("tanks", "Real thermostats: tanks, towels, floor and air become full", LADDER),
)
NAMES = tuple(table.name for table in TABLES)
# What runs unless others are asked for: of the first table the third asks more.
USUAL = NAMES[1:]
MAX_W = sum(member.max_w for member in LADDER)


def table_of(name: str) -> Table:
    """The table called ``name``, one of ``NAMES``."""
    return TABLES[NAMES.index(name)]


def real_w(member: Member, second: int) -> float:
    """What the load draws at its most in this second of the run (W).

    Worked: the dehumidifier of 350 W draws 262 to 350 W, another number each minute.
    """
    if member.kind != Kind.UNKNOWN:
        return member.max_w
    share = LEAST_SHARE + (1.0 - LEAST_SHARE) * noise(1, 3, second // 60)
    return member.max_w * share


def filled_step(store: Store, state: Filled, drawn_w: float, litres: float, dt_s: float) -> Filled:
    """One step. ``litres`` of hot water were drawn in it. Worked: 1150 Wh below 5700 Wh and
    open: closed from 4550 Wh on."""
    lost_w = store.leak_w if state.held_wh > 0.0 else 0.0
    held_wh = state.held_wh + (drawn_w - lost_w) * dt_s / 3600.0 - litres * store.litre_wh
    held_wh = max(0.0, held_wh)
    if held_wh >= store.capacity_wh:
        return Filled(held_wh, True)
    if held_wh <= store.capacity_wh - store.again_wh:
        return Filled(held_wh, False)
    return Filled(held_wh, state.open)
