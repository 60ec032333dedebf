"""What an owner wants of one load's warmth, and what is remembered of it. Plain shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from pvopt.decide.energy_floor import FloorLedger, Floors
from pvopt.decide.energy_period import PeriodFloor, PeriodLedger
from pvopt.decide.legionella import LegionellaLedger, LegionellaRule
from pvopt.decide.ready_by import ReadyBy
from pvopt.shape import frozen


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """By then so much heat (``energy_wh``, of the day before it), or water so warm
    (``temperature_c``); NaN: not asked."""

    by: ReadyBy
    energy_wh: float = math.nan
    temperature_c: float = math.nan


@dataclass(frozen=True, slots=True)
class ComfortRules:
    """Of one load. Temperatures in degC, NaN: not asked; ``litres``: of its tank."""

    min_c: float = math.nan
    eco_c: float = math.nan
    solar_min_c: float = math.nan
    litres: float = 200.0
    floors: Floors | None = None
    period: PeriodFloor | None = None
    ready: tuple[ReadyRule, ...] = ()
    legionella: LegionellaRule | None = None


class ReadyLedger(NamedTuple):
    """``heated_wh``: of the last 24 h before ``deadline_utc_s`` (0: none yet); ``force``: it
    heats for it."""

    deadline_utc_s: float = 0.0
    heated_wh: float = 0.0
    force: bool = False


@frozen
class ComfortLedger:
    """What comfort remembers of one load; saved. ``level``: a ``levels.Level``."""

    id: str
    level: int = 0
    floor: FloorLedger = FloorLedger()
    period: PeriodLedger = PeriodLedger()
    legionella: LegionellaLedger = LegionellaLedger()
    ready: tuple[ReadyLedger, ...] = ()
